//! Routes: the ways by which things get from their source to their target.
//!
//! A [`Route`] moves one kind of thing of one account. It plans, runs and proves, and all three rest on the same decisions: what
//! [`Route::plan`] says is what [`Route::run`] does, as long as neither side changes in between.
//!
//! | route | what | by |
//! |---|---|---|
//! | [`ImapRoute`] | messages between two IMAP servers | [`tegu_imap::transfer`] |
//! | [`MailRoute`] | messages between every other pair | a [`MailSource`](crate::sources::MailSource) and a [`MailTarget`] |
//! | [`DavRoute`] | calendars and contacts to a CalDAV or CardDAV server | [`tegu_dav::import`] |
//! | [`ItemRoute`] | calendars and contacts to every other target | an [`ItemSource`](crate::sources::ItemSource) and an [`ItemTarget`](crate::targets::ItemTarget) |
//!
//! [`MigrationBuilder::route`](crate::MigrationBuilder::route) adds a route. A kind of thing that this crate does not move is added by
//! implementing [`Route`] for it.

mod context;
mod dav;
mod imap;
mod items;
mod label;
mod mail;
mod originals;
mod proof;
mod tally;

pub use context::{PlanContext, ProveContext, RunContext};
pub use dav::{DavRoute, Slim};
pub use imap::ImapRoute;
pub use items::ItemRoute;
pub use mail::MailRoute;
pub use proof::{Flaw, Proof};

pub(crate) use {originals::Originals, tally::Tally};

use crate::{
    Account, BoxFuture, Entity, Finding, Limits, Result, journal::Record, net::Throttle, plan::ContainerPlan,
    sources::Collection, targets::MailTarget,
};
use std::{collections::HashMap, fmt::Debug, sync::Arc, time::Duration};
use tracing::Span;

/// How long a run waits at its end for second copies of messages that it sent again. Later passes look for them too.
const LATENESS: Duration = Duration::from_secs(30);

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

/// Identities and names, for [`RunContext::names`].
fn listed(collections: &[Collection]) -> Vec<(Option<&str>, &str)> {
    collections
        .iter()
        .map(|one| (one.id.as_deref(), one.name.as_str()))
        .collect()
}

/// Collections under the names by which the job knows them.
fn called(collections: Vec<Collection>, names: Vec<String>) -> Vec<Collection> {
    let mut called = collections;
    for (collection, name) in called.iter_mut().zip(names) {
        collection.name = name;
    }
    called
}

/// The span of one kind of thing of an account: what is logged in it says whose it is.
pub(crate) fn account_span(account: &Account, kind: Entity) -> Span {
    tracing::info_span!("account", account = account.mail, %kind)
}

/// The span of a folder, calendar or address book.
fn folder_span(folder: &str) -> Span {
    tracing::info_span!("folder", folder)
}

/// Makes a record of an item's state.
fn record(state: crate::State, bytes: u64, findings: Vec<Finding>) -> Record {
    let mut record = Record::new(state);
    record.bytes = bytes;
    record.findings = findings;
    record
}

/// Returns how often an item has been tried before.
fn attempts(known: &HashMap<String, Record>, id: &str) -> u32 {
    known.get(id).map_or(0, |record| record.attempts)
}
