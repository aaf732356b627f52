//! One job from its first item to its last.

use crate::{
    Blame, Error, ErrorKind, Limits, Result,
    gate::Gate,
    journal::Journal,
    ledger::{AccountJob, Summary},
    net::Throttle,
    report::{Problem, SpeedMeter},
    route::{Originals, Route, RunContext, Tally},
    shared::Shared,
};
use std::sync::{Arc, Mutex, PoisonError};

/// What an attempt at a job came to.
#[derive(Debug)]
pub(crate) struct Done {
    /// For the journal.
    pub(crate) summary: Vec<u8>,
    /// What kept the job from being finished.
    pub(crate) error: Option<Error>,
    /// How fast items moved.
    pub(crate) pace: SpeedMeter,
}

/// Moves one kind of thing of one account. An error is one that stops the whole run, or this worker's part in it.
pub(crate) async fn job(
    shared: &Shared,
    journal: &Arc<dyn Journal>,
    gate: &Arc<Gate>,
    job: &AccountJob,
) -> Result<Done> {
    let originals = Originals::new(shared.out.clone());
    let policy = shared.policy.narrowed(&job.account.mail, job.entity);
    let context = RunContext {
        entity: job.entity,
        account: &job.account,
        policy: &policy,
        limits: &shared.limits,
        journal,
        gate,
        originals: &originals,
        out: &shared.out,
        addresses: shared.addresses(),
        deletions: shared.deletions,
        verify: shared.verify,
        events: &shared.events,
        tally: Mutex::new(Tally::new(&job.account.mail)),
    };
    let moved = match shared.route(job.entity) {
        Some(route) => {
            let _room = connections(route, &shared.limits).await;
            route.run(&context).await
        }
        None => Err(no_route(job)),
    };
    let mut tally = context.tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut problems = Vec::new();
    let error = match moved {
        Err(error) if stops(&error) => return Err(error),
        moved => moved.err(),
    };
    if let Some(error) = &error {
        tally.fail_the_rest(error);
        problems.push(Problem::new(job.entity, error));
    }
    let pace = tally.take_pace();
    let mut summary = summary(tally, problems);
    summary.epoch = gate.lease.epoch();
    let last = gate.lease.summary();
    let last = last
        .map(|last| Summary::decode(job.entity, gate.lease.key(), last))
        .transpose()?;
    summary.take_over(last.as_ref());
    Ok(Done {
        summary: summary.encode()?,
        error,
        pace,
    })
}

/// What the journal keeps of the job.
fn summary(tally: Tally, problems: Vec<Problem>) -> Summary {
    let counted = tally.is_counted();
    let (containers, documents, worklist) = tally.into_parts();
    Summary {
        counted,
        containers,
        documents,
        worklist,
        problems,
        epoch: 0,
    }
}

/// Whether an error is no fault of the job: a journal that does not write and a full disk would fail every job; so do a lease that is
/// lost and a run that is cancelled. A source whose files cannot be read is this job's alone.
pub(super) fn stops(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Journal | ErrorKind::LeaseLost | ErrorKind::Cancelled => true,
        ErrorKind::Io => error.blame() != Blame::Source,
        _ => false,
    }
}

/// The summary of a job whose own one the journal refuses.
pub(super) fn refused(job: &AccountJob, gate: &Gate, error: &Error) -> Result<Vec<u8>> {
    let mut summary = Summary::default();
    summary.problems.push(Problem::new(job.entity, error));
    summary.epoch = gate.lease.epoch();
    summary.encode()
}

/// A worker that was configured otherwise than the run that made the job.
fn no_route(job: &AccountJob) -> Error {
    let message = format!(
        "nothing moves {} here: configure a route for it, as the run that began this pass did",
        job.entity
    );
    Error::config(message)
}

/// Room for the connections of a job: first on the source, then on the target, so that no two jobs wait for each other.
async fn connections(route: &dyn Route, limits: &Limits) -> Vec<tokio::sync::OwnedSemaphorePermit> {
    let wanted = route.connections(limits);
    let mut room = Vec::new();
    for throttle in route.throttles() {
        room.extend(Throttle::connections(&throttle, wanted).await.1);
    }
    room
}
