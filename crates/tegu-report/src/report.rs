//! What became of every item of a job.

use crate::{
    AccountReport, CoexistenceReport, ContainerReport, Counts, DocumentReport, Entity, EntityReport,
    ExceptionReport, LettersReport, PlanCheck, Section, Speed, State, WorkItem,
};
use serde::{Deserialize, Serialize};

/// The version of the form of `report.json`.
pub const REPORT_VERSION: u32 = 3;

/// What became of every item of a job, over all its runs so far.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
#[doc(alias = "summary")]
#[doc(alias = "statistics")]
pub struct Report {
    /// [`REPORT_VERSION`].
    pub version: u32,
    /// The job's name.
    pub job: String,
    /// When this run began (RFC 3339, UTC).
    pub started: String,
    /// When this run ended (RFC 3339, UTC).
    pub finished: String,
    /// Whether the run came to its end. [`Report::is_complete`] looks at the accounts too.
    pub complete: bool,
    /// A row for each kind of thing.
    pub entities: Vec<EntityReport>,
    /// A section for each kind of thing, counted or not.
    pub sections: Vec<Section>,
    /// What the directory holds.
    pub directory: Vec<ContainerReport>,
    /// A row for each account that took part.
    pub accounts: Vec<AccountReport>,
    /// Every file or resource of calendars and contacts, and how many items it held.
    pub documents: Vec<DocumentReport>,
    /// What is left for people, and what failed.
    pub worklist: Vec<WorkItem>,
    /// The operator's policy, in the form of the program that made the report.
    pub policy: serde_json::Value,
    /// The exceptions of the policy, with how many items each applied to.
    pub exceptions: Vec<ExceptionReport>,
    /// How fast this run was.
    pub speed: Speed,
    /// How this run compares with the plan that it followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanCheck>,
    /// What became of the letters to owners, if the job writes letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub letters: Option<LettersReport>,
    /// Where accounts stand, if the job has waves or two servers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coexistence: Option<CoexistenceReport>,
}

/// How a job stands, in a few lines.
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
    /// [`Report::is_complete`].
    pub complete: bool,
    /// [`Report::balances`].
    pub balances: bool,
    /// Accounts that took part.
    pub accounts: usize,
    /// Accounts that could not be finished.
    pub unfinished: usize,
    /// Accounts of which something is not counted.
    pub uncounted: usize,
    /// Items that wait for a person or failed.
    pub worklist: usize,
    /// The sums.
    pub entities: &'a [EntityReport],
}

impl Report {
    /// Returns the row of one kind of thing, if it is counted.
    pub fn entity(&self, entity: Entity) -> Option<&EntityReport> {
        self.entities.iter().find(|row| row.entity == entity)
    }

    /// Returns whether each item of the source is shown to have exactly one state: every row adds up, and nothing is
    /// [uncounted](AccountReport::uncounted). Sums with an unknown part do not balance.
    ///
    /// Items may have failed, and accounts may have problems: see [`is_complete`](Self::is_complete).
    pub fn balances(&self) -> bool {
        self.counted_balances() && self.uncounted().next().is_none()
    }

    /// Returns whether what was counted adds up. If not, an item was lost track of, which is a defect.
    pub(crate) fn counted_balances(&self) -> bool {
        let entities = self.entities.iter().map(|row| &row.counts);
        let mut rows = entities.chain(self.containers().map(|row| &row.counts));
        rows.all(Counts::balances)
    }

    /// Returns whether the run came to its end for every account: everything was counted, and nothing kept an account from being
    /// finished. Items may still wait for a person, or have failed.
    pub fn is_complete(&self) -> bool {
        self.complete && self.accounts.iter().all(AccountReport::is_complete)
    }

    /// Returns each account and kind of thing that is not counted.
    pub fn uncounted(&self) -> impl Iterator<Item = (&AccountReport, Entity)> {
        self.accounts.iter().flat_map(|account| {
            let entities = account.uncounted.iter();
            entities.map(move |entity| (account, *entity))
        })
    }

    /// Returns the rows of all folders, calendars and address books, and those of the directory.
    pub fn containers(&self) -> impl Iterator<Item = &ContainerReport> {
        self.directory
            .iter()
            .chain(self.accounts.iter().flat_map(|account| &account.containers))
    }

    /// Returns how many items are in a state, over all kinds of things.
    pub fn total(&self, state: State) -> u64 {
        let items = self.entities.iter().map(|row| row.counts.get(state));
        items.fold(0, u64::saturating_add)
    }

    /// Returns the report without its rows, for a status line.
    pub fn summary(&self) -> Summary<'_> {
        Summary {
            version: self.version,
            job: &self.job,
            started: &self.started,
            finished: &self.finished,
            complete: self.is_complete(),
            balances: self.balances(),
            accounts: self.accounts.len(),
            unfinished: self
                .accounts
                .iter()
                .filter(|account| !account.problems.is_empty())
                .count(),
            uncounted: self
                .accounts
                .iter()
                .filter(|account| !account.uncounted.is_empty())
                .count(),
            worklist: self.worklist.len(),
            entities: &self.entities,
        }
    }
}
