//! The trait that all movers implement, and what they share.

use crate::{
    Account, BoxFuture, Entity, Finding, Limits, Organisation, PlanContext, Proof, ProveContext, Result,
    RunContext, State,
    journal::{Journal, Record},
    net::Throttle,
    plan::ContainerPlan,
    report::Octets,
    targets::{MailTarget, Room},
};
use std::{collections::HashMap, fmt::Debug, sync::Arc};
use tracing::Span;

/// Files about the whole organisation: their paths below the job's directory, and what they hold.
pub type Sheets = Vec<(String, Vec<u8>)>;

/// One way by which one kind of thing of an account gets from its source to its target.
///
/// # Cancel safety
///
/// The future of [`run`](Self::run) may be dropped at any await, and the process may be killed at any instant. A later call must
/// end as one uninterrupted call would have: nothing lost, nothing twice.
pub trait Route: Debug + Send + Sync {
    /// What moves.
    fn entity(&self) -> Entity;

    /// Source and target, without secrets. Two routes are the same only if they say the same.
    fn describe(&self) -> String;

    /// Where the account's things are and where they go: source and target, as texts to compare. `None` where only opening it
    /// tells, which is the default.
    fn places(&self, _account: &Account) -> [Option<String>; 2] {
        [None, None]
    }

    /// Looks for two accounts whose things would go to one place, where only opening the target tells: their addresses, and the place. They
    /// are refused before anything moves. Default: none.
    fn one_target<'a>(
        &'a self,
        _accounts: &'a [&'a Account],
    ) -> BoxFuture<'a, Result<Option<(String, String, String)>>> {
        Box::pin(async { Ok(None) })
    }

    /// The same for two accounts whose things are in one place.
    fn one_source<'a>(
        &'a self,
        _accounts: &'a [&'a Account],
    ) -> BoxFuture<'a, Result<Option<(String, String, String)>>> {
        Box::pin(async { Ok(None) })
    }

    /// What else decides about items and may change from pass to pass, without secrets. Default: nothing.
    fn settings(&self) -> String {
        String::new()
    }

    /// Whether the source names people by addresses that only the directory knows. Default: unless it is mail.
    fn names_people(&self) -> bool {
        self.entity() != Entity::Mail
    }

    /// The limits of the servers on both ends, the source's first.
    fn throttles(&self) -> Vec<Arc<Throttle>> {
        Vec::new()
    }

    /// How many connections the route opens to either side for one account.
    fn connections(&self, _limits: &Limits) -> usize {
        1
    }

    /// Where letters to the owners of mailboxes can be delivered, if the route has such a target.
    fn mailboxes(&self) -> Option<&dyn MailTarget> {
        None
    }

    /// Learns of the whole organisation, before the first account of a pass or a plan is looked at. Changes nothing on either side.
    /// Default: nothing, for routes that decide about each account alone.
    ///
    /// # Errors
    ///
    /// What keeps the route from deciding about anybody. What is wrong with one account is told by its own job.
    fn survey<'a>(&'a self, _organisation: &'a Organisation<'a>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }

    /// Files about the whole organisation, for people: by their paths below the job's directory. Asked for after a
    /// [survey](Self::survey). Default: none.
    fn sheets(&self) -> Sheets {
        Vec::new()
    }

    /// Files about the whole organisation that only the jobs of a pass know, as [`sheets`](Self::sheets) for the rest. Asked for when the jobs of a
    /// pass have ended, those of other workers too. Default: none.
    ///
    /// # Errors
    ///
    /// Those of the journal.
    fn closing_sheets<'a>(&'a self, _journal: &'a dyn Journal) -> BoxFuture<'a, Result<Sheets>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// Opens both sides once and changes nothing, so that a wrong password or certificate is known before a run begins.
    ///
    /// # Errors
    ///
    /// Whatever keeps either side from being opened.
    fn check<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<()>>;

    /// Says what [`run`](Self::run) would do now. Looks at both sides and changes neither.
    ///
    /// # Errors
    ///
    /// What could not be looked at.
    fn plan<'a>(&'a self, context: &'a PlanContext<'a>) -> BoxFuture<'a, Result<RoutePlan>>;

    /// Moves what is not on the target yet, proves it, and gives every item of the source a state.
    ///
    /// # Errors
    ///
    /// The first failure that kept an item or a container from a state; others may have moved. Errors of the journal, of local files, a
    /// lost lease and a cancelled run end the work at once.
    fn run<'a>(&'a self, context: &'a RunContext<'a>) -> BoxFuture<'a, Result<()>>;

    /// Proves again what earlier runs moved, by the journal and the target alone. Changes nothing.
    ///
    /// # Errors
    ///
    /// What could not be looked at.
    fn prove<'a>(&'a self, context: &'a ProveContext<'a>) -> BoxFuture<'a, Result<Proof>>;
}

/// What a route would do for one account.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct RoutePlan {
    /// Folders, calendars and address books.
    pub containers: Vec<ContainerPlan>,
    /// What was noticed about the account as a whole, such as `PLAN-OVER-QUOTA`.
    pub findings: Vec<Finding>,
}

impl RoutePlan {
    /// A plan of these containers.
    #[must_use]
    pub fn new(containers: Vec<ContainerPlan>, findings: Vec<Finding>) -> Self {
        Self { containers, findings }
    }

    /// Adds the finding `PLAN-OVER-QUOTA` if the account's quota leaves too little room for what will move.
    pub fn check_room(&mut self, room: Room) {
        let needed: u64 = self.containers.iter().map(|row| row.amounts.moves.bytes).sum();
        let left = room.limit.saturating_sub(room.used);
        if needed > left {
            let [needed, left, limit] = [needed, left, room.limit].map(Octets::new);
            let message = format!("{needed} will move, but the target has room for {left} of {limit}");
            self.findings.push(Finding::lossy("PLAN-OVER-QUOTA", message));
        }
    }
}

/// The span of one kind of thing of an account: what is logged in it says whose it is.
#[must_use]
pub fn account_span(account: &Account, kind: Entity) -> Span {
    tracing::info_span!("account", account = account.mail, %kind)
}

/// The span of a folder, calendar or address book.
pub(crate) fn folder_span(folder: &str) -> Span {
    tracing::info_span!("folder", folder)
}

/// Makes a record of an item's state.
pub(crate) fn record(state: State, bytes: u64, findings: Vec<Finding>) -> Record {
    let mut record = Record::new(state);
    record.bytes = bytes;
    record.findings = findings;
    record
}

/// Returns how often an item has been tried before.
pub(crate) fn attempts(known: &HashMap<String, Record>, id: &str) -> u32 {
    known.get(id).map_or(0, |record| record.attempts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_told() {
        for (bytes, codes) in [(5_000, 0), (5_001, 1)] {
            let mut row = ContainerPlan::new(Entity::Mail, "INBOX");
            row.item("1", State::Moved, bytes, &[]);
            let mut plan = RoutePlan::new(vec![row], Vec::new());
            plan.check_room(Room::new(1_000, 6_000));
            let found = plan
                .findings
                .iter()
                .filter(|finding| finding.code == "PLAN-OVER-QUOTA");
            assert_eq!(found.count(), codes, "{bytes}");
        }
    }
}
