//! One job from its first item to its last.

use super::{Shared, Summary, Tally, Worker, items, mail, originals::Originals};
use crate::{
    Entity, Error, ErrorKind, Result,
    journal::{Journal, Records},
    ledger::AccountJob,
    report::{Pace, Problem},
    throttle::Throttle,
    worker::Gate,
};
use std::sync::Arc;

/// What an attempt at a job came to.
#[derive(Debug)]
pub(crate) struct Done {
    /// For the journal.
    pub(crate) summary: Vec<u8>,
    /// What kept the job from being finished.
    pub(crate) error: Option<Error>,
    /// How fast items moved.
    pub(crate) pace: Pace,
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
    let worker = Worker {
        policy: &policy,
        records: Records::new(journal.as_ref(), &gate.lease),
        journal,
        events: &shared.events,
        originals: &originals,
        out: &shared.out,
        limits: &shared.limits,
        addresses: shared.addresses(),
        deletions: shared.deletions,
        verify: shared.verify,
        gate,
    };
    let _room = connections(shared, job.entity).await;
    let mut tally = Tally::new(&job.account.mail);
    let moved = match job.entity {
        Entity::Mail => match &shared.mail {
            Some((source, target)) => {
                mail::run(
                    &worker,
                    &job.account,
                    source.as_ref(),
                    target.as_ref(),
                    &mut tally,
                )
                .await
            }
            None => Ok(()),
        },
        entity => match shared.items(entity) {
            Some((source, target)) => {
                items::run(
                    &worker,
                    entity,
                    &job.account,
                    source.as_ref(),
                    target.as_ref(),
                    &mut tally,
                )
                .await
            }
            None => Ok(()),
        },
    };
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
    Ok(Done {
        summary: Summary::new(tally, problems).encode()?,
        error,
        pace,
    })
}

/// A journal that does not write, or a full disk, would fail for every job; a lease that is lost and a run that is
/// cancelled are no job's fault.
fn stops(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Journal | ErrorKind::Io | ErrorKind::LeaseLost | ErrorKind::Cancelled
    )
}

/// Room for the connections of a job: first on the source, then on the target, so that no two jobs wait for each other.
async fn connections(shared: &Shared, entity: Entity) -> Vec<tokio::sync::OwnedSemaphorePermit> {
    let fast = entity == Entity::Mail && shared.joins_imap();
    let wanted = if fast { shared.limits.connections } else { 1 };
    let mut room = Vec::new();
    for throttle in shared.throttles(entity) {
        room.extend(Throttle::connections(&throttle, wanted).await.1);
    }
    room
}
