//! Folders of events, contacts and the like: nothing in them is copied as mail, and everything is accounted for.

use super::Transfer;
use super::report::{FolderPlan, FolderReport, ItemReport, PlannedItem};
use super::survey::FolderJob;
use crate::finding::Finding;
use crate::mailbox::FolderRole;
use crate::session::Session;
use crate::wire::Uid;
use crate::{Result, State};

/// How each item of a folder ends.
pub(super) async fn ends(
    transfer: &Transfer,
    job: &FolderJob,
    role: FolderRole,
    source: &mut Session,
) -> Result<Vec<PlannedItem>> {
    source.examine(&job.source).await?;
    let snapshot = source.snapshot(Uid::MIN).await?;
    let options = &transfer.options;
    let finding = Finding::FolderNotMail {
        name: job.source.clone(),
        role,
    };
    let end = |entry: &crate::snapshot::SnapshotEntry| {
        let excluded = options.selection.excludes(entry) || options.exclusion.leaves_out(&job.source, entry);
        PlannedItem {
            uid: entry.uid,
            octets: entry.size,
            state: if excluded { State::Excluded } else { State::Manual },
            reason: (!excluded).then(|| (&finding).into()),
        }
    };
    Ok(snapshot.entries.iter().map(end).collect())
}

pub(super) fn report(job: &FolderJob, items: Vec<PlannedItem>) -> FolderReport {
    let mut report = FolderReport::new(&job.source, None);
    report.held = items.len() as u64;
    for item in items {
        report.tally.add(item.state, 1, item.octets);
        if let Some(reason) = item.reason {
            let (code, text) = (&reason.code, &reason.message);
            report
                .items
                .push(ItemReport::new(item.uid, item.state, code, text));
        }
    }
    report
}

pub(super) fn plan(job: &FolderJob, items: Vec<PlannedItem>) -> FolderPlan {
    let mut plan = job.plan();
    plan.held = items.len() as u64;
    items.into_iter().for_each(|item| plan.add(item));
    plan
}
