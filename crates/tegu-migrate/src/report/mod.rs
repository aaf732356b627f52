//! What became of every item, for machines (`report.json`) and for people (`report.html`, the worklist).

mod advice;
mod build;
pub(crate) mod exception;
mod pace;
mod page;
mod section;
mod worklist;

pub use advice::advice;
pub(crate) use build::Parts;
pub use exception::{ExceptionKind, ExceptionReport};
pub(crate) use pace::Pace;
pub use pace::Speed;
pub use section::Section;

use crate::{
    Counts, Entity, Error, Finding, Policy, Result, State, file::stream_atomically, plan::PlanCheck,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::Path};

/// The version of `report.json`'s form.
pub const REPORT_VERSION: u32 = 2;

/// A row that counts more items than this was not written by a run, and its sums could not be reckoned with.
const MAX_ITEMS: u64 = 1 << 40;

/// What became of every item of a job, over all its runs so far.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// [`REPORT_VERSION`].
    pub version: u32,
    /// The job's name.
    pub job: String,
    /// When this run began (RFC 3339, UTC).
    pub started: String,
    /// When this run ended (RFC 3339, UTC).
    pub finished: String,
    /// Whether the run came to its end for every account.
    pub complete: bool,
    /// A row for each kind of thing.
    pub entities: Vec<EntityReport>,
    /// A section for each kind of thing, also of those that no item is counted of.
    pub sections: Vec<Section>,
    /// What the directory holds.
    pub directory: Vec<ContainerReport>,
    /// A row for each account that took part.
    pub accounts: Vec<AccountReport>,
    /// Every file or resource of calendars and contacts, and how many items it held.
    pub documents: Vec<DocumentReport>,
    /// What is left for people, and what failed.
    pub worklist: Vec<WorkItem>,
    /// What the operator selected and relaxed, as it was written.
    pub policy: Policy,
    /// The same, one by one, with how many items each exception met.
    pub exceptions: Vec<ExceptionReport>,
    /// How fast this run went.
    pub speed: Speed,
    /// How this run compares with the plan that it followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanCheck>,
}

/// How a job stands, in few lines.
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct Summary<'a> {
    /// [`REPORT_VERSION`].
    pub version: u32,
    /// The job's name.
    pub job: &'a str,
    /// When the last run began.
    pub started: &'a str,
    /// When the last run ended.
    pub finished: &'a str,
    /// Whether it came to its end for every account.
    pub complete: bool,
    /// Whether every row adds up.
    pub balances: bool,
    /// Accounts that took part.
    pub accounts: usize,
    /// Accounts that could not be finished.
    pub unfinished: usize,
    /// Items that wait for a person or failed.
    pub worklist: usize,
    /// The sums.
    pub entities: &'a [EntityReport],
}

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
    /// Items that this very run moved; a second run moves none.
    pub moved_now: u64,
}

/// One account's share.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct AccountReport {
    /// Primary address.
    pub account: String,
    /// Name for people.
    pub display_name: String,
    /// Folders, calendars and address books.
    pub containers: Vec<ContainerReport>,
    /// What kept the account from being finished, one line each.
    pub problems: Vec<Problem>,
}

/// Why an account could not be finished.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Problem {
    /// What was being moved.
    pub entity: Entity,
    /// One line.
    pub error: String,
}

/// The sums of one folder, calendar or address book.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct ContainerReport {
    /// What it holds.
    pub entity: Entity,
    /// Its name on the source.
    pub name: String,
    /// The sums.
    #[serde(flatten)]
    pub counts: Counts,
    /// Octets on the source.
    pub bytes: u64,
    /// Items that this very run moved.
    pub moved_now: u64,
    /// How often each finding occurred, by code.
    pub findings: BTreeMap<String, u64>,
    /// Items that are on the source no more, and what this run did about it: only where deletions are carried over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deleted: Vec<Deletion>,
}

/// An item that had got to the target, and is on the source no more. It is counted nowhere.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Deletion {
    /// Its identity on the source.
    pub item: String,
    /// Whether it was removed from the target, or why it was not.
    pub finding: Finding,
}

impl Deletion {
    pub(crate) fn new(id: &str, finding: Finding) -> Self {
        Self {
            item: id.replace('\0', "/"),
            finding,
        }
    }
}

impl ContainerReport {
    pub(crate) fn new(entity: Entity, name: &str) -> Self {
        let (counts, findings) = Default::default();
        Self {
            entity,
            name: name.to_owned(),
            counts,
            bytes: 0,
            moved_now: 0,
            findings,
            deleted: Vec::new(),
        }
    }
}

/// A file or resource that was opened.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct DocumentReport {
    /// What it holds.
    pub entity: Entity,
    /// Whose it is.
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
    /// Whose it is.
    pub account: String,
    /// Where it lies on the source.
    pub container: String,
    /// Its identity on the source.
    pub item: String,
    /// What a person recognises it by.
    pub label: String,
    /// [`State::Manual`] or [`State::Failed`].
    pub state: State,
    /// Why.
    pub findings: Vec<Finding>,
    /// Where the original was kept, relative to the job directory.
    pub original: Option<String>,
    /// How often it has been tried.
    pub attempts: u32,
}

impl Report {
    /// The row of one kind of thing.
    pub fn entity(&self, entity: Entity) -> Option<&EntityReport> {
        self.entities.iter().find(|row| row.entity == entity)
    }

    /// Whether each item that the source held has exactly one state, in every row.
    pub fn balances(&self) -> bool {
        self.entities
            .iter()
            .map(|row| &row.counts)
            .chain(self.containers().map(|row| &row.counts))
            .all(Counts::balances)
    }

    /// Every folder, calendar and address book, and what the directory holds.
    pub fn containers(&self) -> impl Iterator<Item = &ContainerReport> {
        self.directory
            .iter()
            .chain(self.accounts.iter().flat_map(|account| &account.containers))
    }

    /// Items in a state, over all kinds of things.
    pub fn total(&self, state: State) -> u64 {
        self.entities.iter().map(|row| row.counts.get(state)).sum()
    }

    /// The report without its rows: what a status line needs.
    pub fn summary(&self) -> Summary<'_> {
        Summary {
            version: self.version,
            job: &self.job,
            started: &self.started,
            finished: &self.finished,
            complete: self.complete,
            balances: self.balances(),
            accounts: self.accounts.len(),
            unfinished: self
                .accounts
                .iter()
                .filter(|account| !account.problems.is_empty())
                .count(),
            worklist: self.worklist.len(),
            entities: &self.entities,
        }
    }

    /// Reads the `report.json` of a job's directory. `None`: there is none.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) for a file that is no report, or of another version, and
    /// [`ErrorKind::Io`](crate::ErrorKind::Io).
    pub fn read_from(directory: &Path) -> Result<Option<Self>> {
        let path = directory.join("report.json");
        let json = match std::fs::read(&path) {
            Ok(json) => json,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io(format_args!("reading {}", path.display()), error)),
        };
        let named = |why: String| Error::config(format!("{}: {why}", path.display()));
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let read = |error: serde_json::Error| named(error.to_string());
        let Version { version } = serde_json::from_slice(&json).map_err(read)?;
        if version != REPORT_VERSION {
            return Err(named(format!(
                "is of version {version}; this program reads version {REPORT_VERSION}"
            )));
        }
        let report: Self = serde_json::from_slice(&json).map_err(read)?;
        let entities = report.entities.iter().map(|row| (&row.counts, row.moved_now));
        let mut counts = entities.chain(report.containers().map(|row| (&row.counts, row.moved_now)));
        let large = |number: u64| number > MAX_ITEMS;
        let beyond = counts.any(|(counts, now)| {
            large(counts.source) || large(now) || State::ALL.iter().any(|state| large(counts.get(*state)))
        });
        drop(counts);
        if beyond {
            return Err(named("counts more items than there can be".into()));
        }
        Ok(Some(report))
    }

    /// Writes `report.json`, `report.html` and `worklist.csv`, each whole or not at all. None of them is held in memory.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) names the file that could not be written.
    pub fn write_to(&self, directory: &Path) -> Result<()> {
        stream_atomically(&directory.join("report.json"), |file| {
            Ok(serde_json::to_writer_pretty(file, self)?)
        })?;
        stream_atomically(&directory.join("report.html"), |file| page::write(self, file))?;
        stream_atomically(&directory.join("worklist.csv"), |file| {
            worklist::write(self, file)
        })
    }
}
