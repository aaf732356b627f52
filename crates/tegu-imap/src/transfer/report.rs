//! What a transfer comes to.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::access::Quota;
use crate::finding::Finding;
use crate::mailbox::MailboxName;
use crate::wire::{Uid, UidSet};
use crate::{Error, State};

/// Messages and their octets.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Count {
    /// How many messages.
    pub messages: u64,
    /// How many octets, as far as they are known.
    pub octets: u64,
}

/// How many messages came to which end.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tally {
    counts: [Count; State::ALL.len()],
}

impl Tally {
    /// How many came to this end.
    pub fn get(&self, state: State) -> Count {
        self.counts.get(state as usize).copied().unwrap_or_default()
    }

    /// How many there are in all.
    pub fn messages(&self) -> u64 {
        self.counts.iter().map(|count| count.messages).sum()
    }

    pub(super) fn add(&mut self, state: State, messages: u64, octets: u64) {
        if let Some(count) = self.counts.get_mut(state as usize) {
            count.messages += messages;
            count.octets += octets;
        }
    }

    fn add_all(&mut self, other: &Self) {
        for state in State::ALL {
            let count = other.get(state);
            self.add(state, count.messages, count.octets);
        }
    }
}

/// A message that is neither moved nor present, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ItemReport {
    /// Its UID on the source.
    pub uid: Uid,
    /// Its end.
    pub state: State,
    /// The stable code of the reason.
    pub code: String,
    /// The reason in words.
    pub text: String,
}

impl ItemReport {
    pub(super) fn new(uid: Uid, state: State, code: &str, text: &str) -> Self {
        Self {
            uid,
            state,
            code: code.to_owned(),
            text: text.to_owned(),
        }
    }
}

/// What became of one folder.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FolderReport {
    /// Its name on the source.
    pub source: MailboxName,
    /// Its name on the target; `None` for a folder that holds no mail.
    pub target: Option<MailboxName>,
    /// How many messages the source holds in it.
    pub held: u64,
    /// What became of them.
    pub tally: Tally,
    /// How many of those that stand on the target were proved in this run.
    pub verified: u64,
    /// How many had their flags brought up to date.
    pub reflagged: u64,
    /// How many were removed from the target, since they are on the source no more.
    pub removed: u64,
    /// The UIDs that those had on the source.
    pub gone: UidSet,
    /// The messages that need a person or another run.
    pub items: Vec<ItemReport>,
    /// What else was noticed, losses that were accepted among it; up to a hundred of each kind.
    pub findings: Vec<Finding>,
    /// How many there were of each kind, by code.
    pub noticed: BTreeMap<&'static str, u64>,
    /// Why the folder was given up.
    pub error: Option<Arc<Error>>,
}

impl FolderReport {
    pub(super) fn new(source: &MailboxName, target: Option<&MailboxName>) -> Self {
        Self {
            source: source.clone(),
            target: target.cloned(),
            held: 0,
            tally: Tally::default(),
            verified: 0,
            reflagged: 0,
            removed: 0,
            gone: UidSet::new(),
            items: Vec::new(),
            findings: Vec::new(),
            noticed: BTreeMap::new(),
            error: None,
        }
    }

    /// Whether every message that the source holds has come to exactly one end.
    pub fn balances(&self) -> bool {
        self.held == self.tally.messages()
    }
}

/// What became of a whole mailbox.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// Its folders, by name.
    pub folders: Vec<FolderReport>,
    /// The sum over all folders.
    pub tally: Tally,
    /// What was noticed about folders: those that hold no mail, names that changed.
    pub findings: Vec<Finding>,
    /// How often something was tried again.
    pub retries: u64,
    /// How long it took.
    pub elapsed: Duration,
}

impl Report {
    /// Whether every message that the source holds has come to exactly one end.
    pub fn balances(&self) -> bool {
        self.folders.iter().all(FolderReport::balances)
    }

    /// Whether nothing is left to do: no message is manual or failed, and no folder was given up.
    pub fn is_complete(&self) -> bool {
        let left = |state| self.tally.get(state).messages;
        left(State::Manual) + left(State::Failed) == 0
            && self.folders.iter().all(|folder| folder.error.is_none())
    }

    pub(super) fn sum_up(&mut self, elapsed: Duration) {
        self.elapsed = elapsed;
        self.tally = Tally::default();
        for folder in &self.folders {
            self.tally.add_all(&folder.tally);
        }
    }
}

/// A message of a [`FolderPlan`], and how a run would end it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct PlannedItem {
    /// Its UID on the source.
    pub uid: Uid,
    /// How many octets it has, as far as the source says; an estimate on Exchange.
    pub octets: u64,
    /// How a run would end it.
    pub state: State,
    /// Why it is not [`Moved`](State::Moved) or [`Present`](State::Present).
    pub reason: Option<tegu_outcome::Finding>,
}

/// What a run would do to one folder.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FolderPlan {
    /// Its name on the source.
    pub source: MailboxName,
    /// Its name on the target; `None` for a folder that holds no mail.
    pub target: Option<MailboxName>,
    /// Whether it would be created there.
    pub create: bool,
    /// How many messages the source holds in it.
    pub held: u64,
    /// How a run would end them.
    pub tally: Tally,
    /// The same for each message, by UID. Incomplete for a folder that the caller leaves out or that
    /// cannot be opened: `tally` counts its other messages.
    pub items: Vec<PlannedItem>,
    /// Messages whose flags would change.
    pub reflag: u64,
    /// Messages that would be removed from the target.
    pub remove: u64,
    /// What else would be noticed, accepted losses included, by code.
    pub noticed: BTreeMap<&'static str, u64>,
    /// Why the folder cannot be copied. Messages that the target does not have would fail.
    pub error: Option<Arc<Error>>,
}

impl FolderPlan {
    pub(super) fn new(source: &MailboxName, target: Option<&MailboxName>, held: u64) -> Self {
        Self {
            source: source.clone(),
            target: target.cloned(),
            create: false,
            held,
            tally: Tally::default(),
            items: Vec::new(),
            reflag: 0,
            remove: 0,
            noticed: BTreeMap::new(),
            error: None,
        }
    }

    pub(super) fn add(&mut self, item: PlannedItem) {
        self.tally.add(item.state, 1, item.octets);
        self.items.push(item);
    }

    /// Returns whether every message that the source holds has a state.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.held == self.tally.messages()
    }
}

/// What a run would do.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Plan {
    /// Folder by folder, parents first.
    pub folders: Vec<FolderPlan>,
    /// The sum over all folders.
    pub tally: Tally,
    /// What was noticed about folders: those that hold no mail, names that would change.
    pub findings: Vec<Finding>,
    /// The target's quotas (RFC 9208), if it has any.
    pub quotas: Vec<Quota>,
}

impl Plan {
    pub(super) fn add(&mut self, folder: FolderPlan) {
        self.tally.add_all(&folder.tally);
        self.folders.push(folder);
    }

    /// Returns whether every message that the source holds has a state.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.folders.iter().all(FolderPlan::balances)
    }
}
