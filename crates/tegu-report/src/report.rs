//! What became of every item of a job.

use crate::{
    AccountReport, ContainerReport, Counts, DocumentReport, Entity, EntityReport, ExceptionReport, PlanCheck,
    Section, Speed, State, WorkItem,
};
use serde::{Deserialize, Serialize};

/// The version of `report.json`'s form.
pub const REPORT_VERSION: u32 = 2;

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
    /// What the operator selected and relaxed, in the form of the program that made the report.
    pub policy: serde_json::Value,
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
}
