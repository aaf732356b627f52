//! One job from its first item to its last.

use crate::{
    Error, Limits, Result,
    net::Throttle,
    report::SpeedMeter,
    route::{Route, RunContext},
    shared::Shared,
};
use std::sync::Arc;
use tegu_mbox::tree::encode_component;
use tegu_transfer::{AccountJob, Gate, Summary, Tally};

/// What an attempt at a job came to.
#[derive(Debug)]
pub(crate) struct Done {
    /// For the journal.
    pub(crate) summary: Vec<u8>,
    /// What kept the job from being finished.
    pub(crate) error: Option<Error>,
    /// How fast items moved.
    pub(crate) speed: SpeedMeter,
}

/// Moves one kind of thing of one account. An error is one that stops the whole run, or this worker's part in it.
pub(crate) async fn job(shared: &Shared, gate: &Arc<Gate>, job: &AccountJob) -> Result<Done> {
    let options = shared.options(&job.account, job.entity);
    let originals = format!("worklist/{}/{}", job.entity, encode_component(&job.account.mail));
    let context = RunContext::new(job, &options, gate, &shared.out)
        .originals_in(originals)
        .events(shared.events.clone());
    let mut totals = match shared.route(job.entity) {
        Some(route) => {
            let _room = connections(route, &shared.limits).await;
            context.run(route).await?
        }
        None => Tally::new(&job.account.mail).finish(Some(no_route(job))),
    };
    let mut summary = Summary::of(job.entity, &mut totals, gate.lease().epoch());
    let last = gate.lease().summary();
    let last = last
        .map(|last| Summary::decode(job.entity, gate.lease().key(), last))
        .transpose()?;
    summary.take_over(last.as_ref());
    Ok(Done {
        summary: summary.encode(job.entity)?,
        error: totals.error,
        speed: totals.speed,
    })
}

/// The summary of a job whose own one the journal refuses.
pub(super) fn refused(job: &AccountJob, gate: &Gate, error: &Error) -> Result<Vec<u8>> {
    Summary::refused(job.entity, error, gate.lease().epoch()).encode(job.entity)
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
