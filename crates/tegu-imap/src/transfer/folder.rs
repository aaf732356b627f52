//! One folder: read, compare, copy, follow, prove.

use super::context::{Attempts, FolderContext};
use super::copier;
use super::event::Event;
use super::report::{FolderPlan, FolderReport, ItemReport, PlannedItem};
use super::survey::{FolderJob, LedgerSummary};
use super::uploader::Mode;
use super::{Transfer, follow, not_mail, recognise, verify};
use crate::State;
use crate::finding::Finding;
use crate::ledger::{Entry, Ledger, Pair, Pass, Record};
use crate::plan::{Delta, Rules, delta};
use crate::session::{Selected, Session};
use crate::snapshot::{Snapshot, SnapshotBuilder};
use crate::wire::{Uid, UidSet};
use crate::{Error, ErrorKind, Result};
use std::collections::HashMap;
use std::sync::Arc;

/// The report of a folder in which nothing can have happened since the last pass, by what both sides count.
pub(super) fn unchanged(transfer: &Transfer, job: &FolderJob) -> Option<FolderReport> {
    let held = job.held?;
    let mut report = FolderReport::new(&job.source, job.target_name());
    report.held = u64::from(held.messages);
    if !job.wanted {
        report
            .tally
            .add(State::Excluded, report.held, held.size.unwrap_or_default());
        return Some(report);
    }
    let earlier = job
        .earlier
        .as_ref()
        .filter(|earlier| is_through(transfer, earlier, job))?;
    report.tally = earlier.tally;
    report.items.clone_from(&earlier.staying);
    Some(report)
}

fn is_through(transfer: &Transfer, earlier: &LedgerSummary, job: &FolderJob) -> bool {
    let (Some(held), Some(stands), Some(pass)) = (job.held, job.stands, earlier.pass) else {
        return false;
    };
    let pair = &earlier.pair;
    let now = Pass::new(held.uid_next, held.messages, held.highest_mod_seq);
    let same_pair = held.uid_validity == Some(pair.source)
        && stands.uid_validity == Some(pair.target)
        && pair.name == job.target;
    // Without a modification sequence flags may have changed unseen.
    let same_source = pass == now && now.uid_next.is_some() && now.mod_seq.is_some();
    let retried = |item: &ItemReport| {
        item.state == State::Failed || transfer.options.accept.contains(item.code.as_str())
    };
    same_pair
        && same_source
        && !earlier.is_open
        && earlier.tally.messages() == u64::from(held.messages)
        && !earlier.staying.iter().any(retried)
        && transfer.options.selection.is_everything()
        && transfer.options.exclusion.0.is_none()
}

/// A folder that is open on both sides, and what has to be done about it.
struct Comparison {
    snapshot: Snapshot,
    delta: Delta,
    selected: Selected,
}

/// Goes through a folder once, to its end or to the first error that concerns more than a message.
pub(super) async fn run(
    transfer: &Transfer,
    ledger: &dyn Ledger,
    job: &FolderJob,
    source: &mut Session,
    target: &mut Session,
    attempts: &mut Attempts,
) -> Result<FolderReport> {
    attempts.progressed = false;
    if let Some(role) = job.not_mail {
        return Ok(not_mail::report(
            job,
            not_mail::ends(transfer, job, role, source).await?,
        ));
    }
    let mut folder = begin(transfer, ledger, job, attempts).await?;
    let comparison = open(&mut folder, source, target).await?;
    transfer.events.send(Event::Folder {
        name: job.source.clone(),
        messages: comparison.delta.copy.len(),
        octets: comparison.delta.copy_octets,
    });
    copy(&mut folder, source, target, &comparison).await?;
    follow::apply(&mut folder, target, &comparison.delta).await?;
    verify::fresh(&mut folder, source, target).await?;
    let pass = Pass::new(
        comparison.selected.uid_next,
        comparison.selected.exists,
        comparison.selected.highest_mod_seq,
    );
    // What vanished while it was read makes the count another one.
    if folder.vanished.is_empty() && folder.record.pass() != Some(&pass) {
        folder.remember(&[Entry::Passed(pass)]).await?;
    }
    folder.attempts.halt_on(ledger.sync().await)?;
    Ok(folder.close(&comparison.snapshot, &comparison.delta))
}

/// What [`run`] would do. With `contents`, messages are read as well.
pub(super) async fn plan(
    transfer: &Transfer,
    ledger: &dyn Ledger,
    job: &FolderJob,
    source: &mut Session,
    target: &mut Session,
    contents: bool,
) -> Result<FolderPlan> {
    if let Some(done) = unchanged(transfer, job) {
        return unchanged_plan(ledger, job, &done).await;
    }
    if let Some(role) = job.not_mail {
        let ends = not_mail::ends(transfer, job, role, source).await;
        return match ends {
            Ok(ends) => Ok(not_mail::plan(job, ends)),
            Err(error) if super::may_pass(&error) => Err(error),
            Err(error) => failed_plan(ledger, job, error).await,
        };
    }
    let mut attempts = Attempts::default();
    let mut folder = begin(transfer, ledger, job, &mut attempts).await?;
    folder.dry = true;
    match decide(&mut folder, source, target, contents).await {
        Ok(comparison) => Ok(folder.close_plan(&comparison.snapshot, &comparison.delta)),
        Err(error) if attempts.halted || super::may_pass(&error) => Err(error),
        Err(error) => failed_plan(ledger, job, error).await,
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
    let largest = largest(target);
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

/// How many octets a message may have on the target.
pub(super) fn largest(target: &Session) -> u64 {
    target.capabilities().append_limit().unwrap_or(u64::MAX)
}

/// The plan of a folder in which there is nothing to do.
async fn unchanged_plan(ledger: &dyn Ledger, job: &FolderJob, done: &FolderReport) -> Result<FolderPlan> {
    let mut plan = job.plan();
    plan.tally = done.tally;
    if job.wanted {
        plan.items = known_items(&ledger.read(&job.source).await?);
    }
    Ok(plan)
}

/// The plan of a folder that a run would give up.
async fn failed_plan(ledger: &dyn Ledger, job: &FolderJob, error: Error) -> Result<FolderPlan> {
    let report = given_up(ledger, job, &mut Attempts::default(), error).await?;
    let mut plan = job.plan();
    plan.held = report.held;
    plan.tally = report.tally;
    plan.items = known_items(&ledger.read(&job.source).await?);
    plan.error = report.error;
    Ok(plan)
}

/// What a ledger says of each message, by UID.
fn known_items(record: &Record) -> Vec<PlannedItem> {
    let standing = record.standing().map(|(uid, standing)| PlannedItem {
        uid,
        octets: standing.octets,
        state: State::Present,
        reason: None,
    });
    let staying = record.staying().map(|(uid, state, code, text)| PlannedItem {
        uid,
        octets: 0,
        state,
        reason: Some(tegu_outcome::Finding::lossy(code.to_owned(), text)),
    });
    let mut items: Vec<PlannedItem> = standing.chain(staying).collect();
    items.sort_by_key(|item| item.uid);
    items
}

/// The report of a folder that was given up.
pub(super) async fn given_up(
    ledger: &dyn Ledger,
    job: &FolderJob,
    attempts: &mut Attempts,
    error: Error,
) -> Result<FolderReport> {
    let record = ledger.read(&job.source).await?;
    let mut report = FolderReport::new(&job.source, job.target_name());
    report.held = job.held.map_or(0, |held| u64::from(held.messages));
    for (uid, standing) in record.standing() {
        let fresh = attempts.fresh.contains(uid);
        let state = if fresh { standing.state } else { State::Present };
        report.tally.add(state, 1, standing.octets);
    }
    for (uid, state, code, text) in record.staying() {
        report.tally.add(state, 1, 0);
        report.items.push(ItemReport::new(uid, state, code, text));
    }
    let left = report.held.saturating_sub(report.tally.messages());
    report.tally.add(State::Failed, left, 0);
    // More than the source counted at first: it grew, or lost what the ledger still knows.
    report.held = report.held.max(report.tally.messages());
    report.error = Some(Arc::new(error));
    attempts.settle(&mut report);
    Ok(report)
}

async fn begin<'a>(
    transfer: &'a Transfer,
    ledger: &'a dyn Ledger,
    job: &'a FolderJob,
    attempts: &'a mut Attempts,
) -> Result<FolderContext<'a>> {
    let record = attempts.halt_on(ledger.read(&job.source).await)?;
    Ok(FolderContext {
        transfer,
        ledger,
        job,
        attempts,
        record,
        rules: Rules {
            selection: transfer.options.selection.clone(),
            keywords: transfer.keywords(),
            accept: transfer.options.accept.clone(),
            deletions: transfer.options.deletions,
        },
        mark: Uid::MIN,
        intended: UidSet::new(),
        unplaced: HashMap::new(),
        vanished: UidSet::new(),
        dry: false,
        decided: UidSet::new(),
    })
}

/// Opens both sides, learns what arrived without the ledger's knowledge, and compares.
async fn open(
    folder: &mut FolderContext<'_>,
    source: &mut Session,
    target: &mut Session,
) -> Result<Comparison> {
    let job = folder.job;
    learn_to_tell(folder, source).await?;
    let examine = source.examine(&job.source);
    // A target that would be created is empty; a plan does not create it.
    let absent = folder.dry && job.create;
    let (selected, stands) = if absent {
        (examine.await?, None)
    } else {
        let open = async {
            if folder.dry {
                target.examine(&job.target).await
            } else {
                target.select(&job.target).await
            }
        };
        let (selected, stands) = tokio::join!(examine, open);
        (selected?, Some(stands?))
    };
    let snapshot = read(folder, source, &selected).await?;
    folder.rules.keywords.room = target.quirks().keywords();
    let Some(stands) = stands else {
        // What the ledger knows of an earlier mailbox of that name means nothing for a new one.
        folder.record = Record::new();
        let delta = compare(folder, &snapshot, &folder.record);
        return Ok(Comparison {
            snapshot,
            delta,
            selected,
        });
    };
    // Most servers hide the permanent flags of a mailbox that is comparison for reading, as a plan does it.
    let hidden = folder.dry && stands.permanent_flags.is_empty();
    if !stands.accepts_new_keywords && !hidden {
        folder.rules.keywords.room = Some(stands.permanent_flags.clone());
    }
    let pair = Pair::new(selected.uid_validity, job.target.clone(), stands.uid_validity);
    let is_new = folder.record.pair() != Some(&pair);
    let mut entries = Vec::new();
    if is_new {
        entries.push(Entry::Opened(pair));
    }
    if let Some(delimiter) = job.delimiter
        && (is_new || folder.record.delimiter() != job.delimiter)
    {
        entries.push(Entry::Delimiter(delimiter));
    }
    folder.remember(&entries).await?;
    recognise::earlier(folder, source, target, &snapshot, &stands, is_new).await?;
    let mut delta = compare(folder, &snapshot, &folder.record);
    delta.copy = delta.copy.difference(&folder.attempts.failed);
    Ok(Comparison {
        snapshot,
        delta,
        selected,
    })
}

/// Lets a source that was copied before tell what has vanished since (QRESYNC). Its answer can be longer than a response
/// may be, so an attempt that follows a failure does without.
async fn learn_to_tell(folder: &FolderContext<'_>, source: &mut Session) -> Result<()> {
    let offered = ["ENABLE", "QRESYNC"]
        .iter()
        .all(|name| source.capabilities().has(name));
    let since = folder.record.pass().and_then(|pass| pass.mod_seq);
    let late = source.has_opened() || source.enabled().has("QRESYNC") || folder.attempts.failed_before;
    if offered && since.is_some() && !late {
        match source.enable(&["QRESYNC"]).await {
            Err(error) if error.kind() != ErrorKind::Refused => return Err(error),
            Ok(_) | Err(_) => {}
        }
    }
    Ok(())
}

/// What has to be done, without what the caller leaves out.
fn compare(folder: &FolderContext<'_>, snapshot: &Snapshot, record: &Record) -> Delta {
    let mut delta = delta(snapshot, true, record, &folder.rules);
    let exclusion = &folder.transfer.options.exclusion;
    let mut left_out = UidSet::new();
    for entry in &snapshot.entries {
        if delta.copy.contains(entry.uid) && exclusion.leaves_out(&folder.job.source, entry) {
            left_out.insert(entry.uid);
            delta.copy_octets -= entry.size;
            delta.excluded_octets += entry.size;
        }
    }
    delta.copy = delta.copy.difference(&left_out);
    delta.excluded = delta.excluded.union(&left_out);
    delta
}

/// The source as it is now: told by what changed since the last pass where that is enough, else all of it.
async fn read(folder: &FolderContext<'_>, source: &mut Session, selected: &Selected) -> Result<Snapshot> {
    let record = &folder.record;
    let same = record
        .pair()
        .is_some_and(|pair| pair.source == selected.uid_validity)
        && folder.rules.keywords.renamed.is_empty();
    let since = record.pass().and_then(|pass| pass.mod_seq);
    if let (true, Some(since), Some(_)) = (same, since, selected.highest_mod_seq) {
        let changes = source.changes(since).await?;
        let vanished = changes.vanished.unwrap_or_default();
        let changed = changes.changed.uids();
        let mut whole = changes.changed.over(record, &vanished);
        // Of a message that is tried again the ledger keeps neither size nor date, on which decisions depend.
        let accept = &folder.rules.accept;
        let is_retried = |state: State, code: &str| state == State::Failed || accept.contains(code);
        let retried = record
            .staying()
            .filter(|(_, state, code, _)| is_retried(*state, code));
        let retried: UidSet = retried.map(|(uid, ..)| uid).collect();
        let retried = retried.intersection(&whole.uids()).difference(&changed);
        if !retried.is_empty() {
            let mut told = SnapshotBuilder::new();
            let items = "(UID FLAGS INTERNALDATE RFC822.SIZE)";
            source.fetch_each(&retried, items, |item| told.add(&item)).await?;
            whole.update(told.finish(selected.uid_validity));
        }
        // Where the numbers agree, nothing has vanished without being told.
        if whole.entries.len() == selected.exists as usize {
            return Ok(whole);
        }
    }
    source.snapshot(Uid::MIN).await
}

async fn copy(
    folder: &mut FolderContext<'_>,
    source: &mut Session,
    target: &mut Session,
    comparison: &Comparison,
) -> Result<()> {
    let mut wanted = comparison.delta.copy.clone();
    if folder.attempts.careful {
        let first = wanted.chunks(copier::INTENT, usize::MAX).into_iter().next();
        let doubtful = first.unwrap_or_default();
        wanted = wanted.difference(&doubtful);
        for uid in doubtful.iter() {
            alone(folder, source, target, &comparison.snapshot, uid).await?;
        }
        folder.attempts.careful = false;
    }
    let first = copier::copy_messages(
        folder,
        source,
        target,
        &comparison.snapshot,
        &wanted,
        Mode::Batches,
    )
    .await?;
    let second = copier::copy_messages(
        folder,
        source,
        target,
        &comparison.snapshot,
        &first.store,
        Mode::OneByOne,
    )
    .await?;
    for uid in first.fetch.union(&second.fetch).iter() {
        alone(folder, source, target, &comparison.snapshot, uid).await?;
    }
    if folder.dry {
        return Ok(());
    }
    recognise::unplaced(folder, target).await?;
    recognise::late(folder, target).await
}

/// Copies one message with nothing else on its way.
async fn alone(
    folder: &mut FolderContext<'_>,
    source: &mut Session,
    target: &mut Session,
    snapshot: &Snapshot,
    uid: Uid,
) -> Result<()> {
    if folder
        .attempts
        .suspicions
        .get(&uid)
        .is_some_and(|times| *times >= 2)
    {
        let text = "every connection that carried it broke".to_owned();
        return folder
            .leave(uid, &Finding::BreaksConnection { uid, text }, 0)
            .await;
    }
    folder.attempts.suspect = Some(uid);
    let one = [uid].into_iter().collect();
    copier::copy_messages(folder, source, target, snapshot, &one, Mode::Alone).await?;
    folder.attempts.suspect = None;
    Ok(())
}
