//! The rows of a report.

use crate::{Counts, Entity, Finding, State};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::BTreeMap};

/// The sums of one kind of thing.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct EntityReport {
    /// What is counted.
    pub entity: Entity,
    /// The sums.
    #[serde(flatten)]
    pub counts: Counts,
    /// Octets on the source.
    pub bytes: u64,
    /// Items that this run moved. A second run moves none.
    pub moved_now: u64,
    /// Accounts whose things of this kind are not counted, or not all of them. If this is not 0, `source` is a lower bound.
    #[serde(default)]
    pub uncounted: u64,
}

impl EntityReport {
    /// Returns whether every account was counted, and the states add up to what the source held.
    pub fn balances(&self) -> bool {
        self.uncounted == 0 && self.counts.balances()
    }
}

/// One account's share.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct AccountReport {
    /// Primary address.
    pub account: String,
    /// Display name.
    pub display_name: String,
    /// Folders, calendars and address books.
    pub containers: Vec<ContainerReport>,
    /// Kinds of things that are not counted: their source could not be opened or listed to its end, or the run did not reach it. What
    /// `containers` says of them is a part of the whole.
    #[serde(default)]
    pub uncounted: Vec<Entity>,
    /// Why the account could not be finished.
    pub problems: Vec<Problem>,
}

/// Why an account could not be finished.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Problem {
    /// What was being moved.
    pub entity: Entity,
    /// The error, on one line.
    pub error: String,
}

/// The sums of one folder, calendar or address book.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct ContainerReport {
    /// What it holds.
    pub entity: Entity,
    /// Its name on the source when it was first met: it stays the same in all passes.
    pub name: String,
    /// What the source calls it now, if its owner has renamed or moved it since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed: Option<String>,
    /// The sums.
    #[serde(flatten)]
    pub counts: Counts,
    /// Octets on the source.
    pub bytes: u64,
    /// Items that this run moved.
    pub moved_now: u64,
    /// How often each finding occurred, by code.
    pub findings: BTreeMap<String, u64>,
    /// Items that are no longer on the source, and what this run did about it. Empty unless deletions are carried over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deleted: Vec<Deletion>,
}

/// An item that was moved to the target and is no longer on the source. It is not counted.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Deletion {
    /// Its identity on the source.
    pub item: String,
    /// Whether it was removed from the target, or why it was not.
    pub finding: Finding,
}

impl Deletion {
    /// Makes a deletion from the item's identity and what was done about it.
    pub fn new(id: &str, finding: Finding) -> Self {
        Self {
            item: id.replace('\0', "/"),
            finding,
        }
    }
}

impl ContainerReport {
    /// Makes the row of a container in which nothing has been counted yet.
    pub fn new(entity: Entity, name: &str) -> Self {
        Self {
            entity,
            name: name.to_owned(),
            renamed: None,
            counts: Counts::default(),
            bytes: 0,
            moved_now: 0,
            findings: BTreeMap::new(),
            deleted: Vec::new(),
        }
    }

    /// Its name for people: after an arrow what it is called now.
    #[must_use]
    pub fn shown(&self) -> Cow<'_, str> {
        match &self.renamed {
            Some(now) => format!("{} → {now}", self.name).into(),
            None => self.name.as_str().into(),
        }
    }
}

/// A file or resource that was opened.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct DocumentReport {
    /// What it holds.
    pub entity: Entity,
    /// The primary address of its owner.
    pub account: String,
    /// The calendar or address book that it belongs to.
    pub collection: String,
    /// Its name.
    pub document: String,
    /// Items found in it, each of which has a state.
    pub items: u64,
}

/// An item that waits for a person, or for another run.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct WorkItem {
    /// What it is.
    pub entity: Entity,
    /// The primary address of its owner.
    pub account: String,
    /// The folder, calendar or address book on the source that holds it.
    pub container: String,
    /// Its identity on the source.
    pub item: String,
    /// A label for people, such as sender and subject.
    pub label: String,
    /// [`State::Manual`] or [`State::Failed`].
    pub state: State,
    /// The reasons.
    pub findings: Vec<Finding>,
    /// The path of the original that was kept, relative to the job's directory.
    pub original: Option<String>,
    /// How often it has been tried.
    pub attempts: u32,
}

impl AccountReport {
    /// Makes the row of an account of which nothing has been counted yet.
    pub fn new(account: impl Into<String>, display_name: impl Into<String>) -> Self {
        Self {
            account: account.into(),
            display_name: display_name.into(),
            containers: Vec::new(),
            uncounted: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Returns whether everything was counted and nothing kept the account from being finished.
    pub fn is_complete(&self) -> bool {
        self.uncounted.is_empty() && self.problems.is_empty()
    }

    /// Returns the sums of each kind of thing that the account has.
    pub(crate) fn sums(&self) -> BTreeMap<Entity, Counts> {
        let mut sums: BTreeMap<Entity, Counts> = BTreeMap::new();
        for container in &self.containers {
            sums.entry(container.entity).or_default().merge(&container.counts);
        }
        sums
    }
}

impl Problem {
    /// Makes a problem from an error.
    pub fn new(entity: Entity, error: impl ToString) -> Self {
        Self {
            entity,
            error: error.to_string(),
        }
    }
}

impl DocumentReport {
    /// Makes the row of a document that held this many items.
    pub fn new(entity: Entity, account: &str, collection: &str, document: &str, items: u64) -> Self {
        Self {
            entity,
            account: account.to_owned(),
            collection: collection.to_owned(),
            document: document.to_owned(),
            items,
        }
    }
}

impl WorkItem {
    /// Makes an item without label and findings. Set the other fields as needed. NUL in the identity becomes `/`.
    pub fn new(entity: Entity, account: &str, container: &str, item: &str, state: State) -> Self {
        Self {
            entity,
            account: account.to_owned(),
            container: container.to_owned(),
            item: item.replace('\0', "/"),
            label: String::new(),
            state,
            findings: Vec::new(),
            original: None,
            attempts: 0,
        }
    }
}
