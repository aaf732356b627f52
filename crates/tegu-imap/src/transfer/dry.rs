//! What a run would do to one folder: the decisions of [`folder`], without writing anything.

use super::context::{Attempts, FolderContext};
use super::demand::{Demand, End, of_an_earlier_run};
use super::folder::{Comparison, begin, copy, given_up, open, unchanged};
use super::report::{FolderPlan, FolderReport, PlannedItem};
use super::survey::FolderJob;
use super::{Transfer, copier, not_mail};
use crate::ledger::{Ledger, Record};
use crate::session::Session;
use crate::wire::Uid;
use crate::{Error, Result};

/// Plans a folder. With `contents`, messages are read as well.
pub(super) async fn plan(
    transfer: &Transfer,
    ledger: &dyn Ledger,
    job: &FolderJob,
    source: &mut Session,
    target: &mut Session,
    contents: bool,
) -> Result<FolderPlan> {
    if let Some(done) = unchanged(transfer, job) {
        let demand = Demand::new(&transfer.options, target);
        return unchanged_plan(ledger, job, &done, &demand).await;
    }
    if let Some(role) = job.not_mail {
        let ends = not_mail::ends(transfer, job, role, source).await;
        return match ends {
            Ok(ends) => Ok(not_mail::plan(job, ends)),
            Err(error) if super::may_pass(&error) => Err(error),
            Err(error) => failed_plan(transfer, ledger, job, target, error).await,
        };
    }
    let mut attempts = Attempts::default();
    let mut folder = begin(transfer, ledger, job, target, &mut attempts).await?;
    folder.dry = true;
    match decide(&mut folder, source, target, contents).await {
        Ok(comparison) => Ok(folder.close_plan(&comparison.snapshot, &comparison.delta)),
        Err(error) if attempts.halted || super::may_pass(&error) => Err(error),
        Err(error) => failed_plan(transfer, ledger, job, target, error).await,
    }
}

/// Decides on each message as far as that can be done without storing it.
async fn decide(
    folder: &mut FolderContext<'_>,
    source: &mut Session,
    target: &mut Session,
    contents: bool,
) -> Result<Comparison> {
    let comparison = open(folder, source, target).await?;
    if contents {
        copy(folder, source, target, &comparison).await?;
        return Ok(comparison);
    }
    let largest = copier::largest(target);
    // A size that is an estimate is no reason yet.
    let exact = !source.quirks().size_is_estimate;
    for entry in &comparison.snapshot.entries {
        if comparison.delta.copy.contains(entry.uid) {
            let octets = if exact { entry.size } else { 0 };
            let (uid, date) = (entry.uid, entry.internal_date);
            folder.admit(largest, uid, &entry.flags, date, octets).await?;
        }
    }
    Ok(comparison)
}

/// The plan of a folder in which there is nothing to do.
async fn unchanged_plan(
    ledger: &dyn Ledger,
    job: &FolderJob,
    done: &FolderReport,
    demand: &Demand,
) -> Result<FolderPlan> {
    let mut plan = job.plan();
    plan.tally = done.tally;
    if job.wanted {
        plan.items = known_items(&ledger.read(&job.source).await?, demand);
    }
    Ok(plan)
}

/// The plan of a folder that a run would give up.
async fn failed_plan(
    transfer: &Transfer,
    ledger: &dyn Ledger,
    job: &FolderJob,
    target: &Session,
    error: Error,
) -> Result<FolderPlan> {
    let demand = Demand::new(&transfer.options, target);
    let report = given_up(ledger, job, &demand, &mut Attempts::default(), error).await?;
    let mut plan = job.plan();
    plan.held = report.held;
    plan.tally = report.tally;
    plan.items = known_items(&ledger.read(&job.source).await?, &demand);
    plan.error = report.error;
    Ok(plan)
}

/// What a ledger says of each message, by UID.
fn known_items(record: &Record, demand: &Demand) -> Vec<PlannedItem> {
    let item = |(uid, (state, octets, reason)): (Uid, End)| PlannedItem {
        uid,
        octets,
        state: of_an_earlier_run(state),
        reason: reason.map(|(code, text)| tegu_outcome::Finding::lossy(code, text)),
    };
    let mut items: Vec<PlannedItem> = demand.ends(record).map(item).collect();
    items.sort_by_key(|item| item.uid);
    items
}
