//! What is asked of an export, and what became of it.

use super::batch::Tally;
use crate::{Finding, Kind, Severity};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A kind of things that can be asked for.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Family {
    /// Mail, posts, reports and meeting messages.
    Mail,
    /// Appointments.
    Calendars,
    /// Contacts and private lists.
    Contacts,
    /// Tasks.
    Tasks,
    /// Notes and entries of the journal.
    Notes,
}

impl Family {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Mail,
        Self::Calendars,
        Self::Contacts,
        Self::Tasks,
        Self::Notes,
    ];

    /// The name in arguments, reports and paths.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Calendars => "calendars",
            Self::Contacts => "contacts",
            Self::Tasks => "tasks",
            Self::Notes => "notes",
        }
    }

    /// By its name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.name() == name)
    }

    /// The family of a kind; `None` for what has to be looked at.
    #[must_use]
    pub fn of(kind: Kind) -> Option<Self> {
        Some(match kind {
            Kind::Mail | Kind::Meeting => Self::Mail,
            Kind::Appointment => Self::Calendars,
            Kind::Contact | Kind::List => Self::Contacts,
            Kind::Task => Self::Tasks,
            Kind::Note | Kind::Journal => Self::Notes,
            Kind::Other => return None,
        })
    }

    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Mail => "mbox",
            Self::Contacts => "vcf",
            Self::Calendars | Self::Tasks | Self::Notes => "ics",
        }
    }
}

/// What is written.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ExportOptions {
    pub(super) families: BTreeSet<Family>,
    pub(super) accept: BTreeSet<String>,
    pub(super) recoverable: bool,
}

impl Default for ExportOptions {
    fn default() -> Self {
        Self {
            families: Family::ALL.into(),
            accept: BTreeSet::new(),
            recoverable: false,
        }
    }
}

impl ExportOptions {
    /// Only these kinds of things; items of others are excluded.
    #[must_use]
    pub fn families(mut self, families: impl IntoIterator<Item = Family>) -> Self {
        self.families = families.into_iter().collect();
        self
    }

    /// Losses that are accepted, by their codes. An item with no other loss is written like one without any.
    #[must_use]
    pub fn accept(mut self, codes: impl IntoIterator<Item = String>) -> Self {
        self.accept.extend(codes);
        self
    }

    /// Whether items of the folder Recoverable Items, which their owner had deleted for good, are written. The default is no.
    #[must_use]
    pub fn recoverable(mut self, recoverable: bool) -> Self {
        self.recoverable = recoverable;
        self
    }
}

/// How the items of a folder ended. The sum of all but `expected` is `expected`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// Rows of the folder's table, or orphans.
    pub expected: u64,
    /// Written, and proved to be the original octets.
    pub exact: u64,
    /// Written, and read again as what the file holds.
    pub faithful: u64,
    /// Written with a loss that was accepted.
    pub accepted: u64,
    /// Left for a person, in `manual`.
    pub manual: u64,
    /// Could not be read at all.
    pub failed: u64,
    /// Of a kind that was not asked for, deleted for good by its owner, or listed a second time.
    pub excluded: u64,
}

impl Counts {
    /// Whether each item ended in one way.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.exact + self.faithful + self.accepted + self.manual + self.failed + self.excluded
            == self.expected
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.expected += other.expected;
        self.exact += other.exact;
        self.faithful += other.faithful;
        self.accepted += other.accepted;
        self.manual += other.manual;
        self.failed += other.failed;
        self.excluded += other.excluded;
    }
}

/// What became of a folder.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct FolderReport {
    /// The node.
    pub nid: u32,
    /// The names from the top of the mailbox down.
    pub path: Vec<String>,
    /// How its items ended.
    pub counts: Counts,
    /// Hidden items, which are settings and not written.
    pub hidden: u64,
    /// Findings of its items by code, with how many items have them.
    pub findings: BTreeMap<String, u64>,
    /// The files that were written.
    pub files: Vec<String>,
}

impl FolderReport {
    /// Counts more of its items.
    pub(super) fn add(&mut self, tally: &Tally) {
        self.counts.add(&tally.counts);
        for (code, count) in &tally.findings {
            match self.findings.get_mut(code.as_ref()) {
                Some(known) => *known += count,
                None => drop(self.findings.insert(code.to_string(), *count)),
            }
        }
    }
}

/// What became of a file.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// How all items ended.
    pub counts: Counts,
    /// Folders, and at the end the orphans if there are any.
    pub folders: Vec<FolderReport>,
    /// What was noticed about the file, its folders and its tables.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether each item of each folder ended in one way.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.counts.balances() && self.folders.iter().all(|folder| folder.counts.balances())
    }

    /// Whether something is left for a person: an item, or damage of the file.
    #[must_use]
    pub fn is_manual(&self) -> bool {
        self.counts.manual > 0
            || self
                .findings
                .iter()
                .any(|finding| finding.severity == Severity::Lossy)
    }
}
