//! One folder: read, compare, copy, follow, prove.

use super::context::{Attempts, FolderContext};
use super::demand::{Demand, of_an_earlier_run};
use super::event::Event;
use super::report::{FolderReport, ItemReport};
use super::survey::{FolderJob, LedgerSummary};
use super::uploader::Mode;
use super::{Transfer, copier, follow, not_mail, recognise, rivals, search, verify};
use crate::State;
use crate::finding::Finding;
use crate::ledger::{Entry, Ledger, Pair, Pass, Record};
use crate::plan::{Delta, Rules, delta};
use crate::session::{Selected, Session};
use crate::snapshot::{Snapshot, SnapshotBuilder};
use crate::wire::{Uid, UidSet};
use crate::{Error, ErrorKind, Result};
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
    report.items.clone_from(&earlier.left);
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
        && !earlier.left.iter().any(retried)
        && transfer.options.selection.is_everything()
        && transfer.options.exclusion.0.is_none()
}

/// A folder that is open on both sides, and what has to be done about it.
pub(super) struct Comparison {
    pub(super) snapshot: Snapshot,
    pub(super) delta: Delta,
    selected: Selected,
}

/// A folder that has ended, and in which copies may still arrive.
#[derive(Debug)]
pub(super) struct Doubt {
    pub(super) job: FolderJob,
    /// The messages that the source holds.
    pub(super) shown: UidSet,
}

/// Goes through a folder once, to its end or to the first error that concerns more than a message.
pub(super) async fn run(
    transfer: &Transfer,
    ledger: &dyn Ledger,
    job: &FolderJob,
    source: &mut Session,
    target: &mut Session,
    attempts: &mut Attempts,
) -> Result<(FolderReport, Option<Doubt>)> {
    attempts.progressed = false;
    if let Some(role) = job.not_mail {
        let ends = not_mail::ends(transfer, job, role, source).await?;
        return Ok((not_mail::report(job, ends), None));
    }
    let mut folder = begin(transfer, ledger, job, target, attempts).await?;
    let comparison = open(&mut folder, source, target).await?;
    transfer.events.send(Event::Folder {
        name: job.source.clone(),
        messages: comparison.delta.copy.len(),
        octets: comparison.delta.copy_octets,
    });
    copy(&mut folder, source, target, &comparison).await?;
    follow::apply(&mut folder, target, &comparison.delta).await?;
    let shown = comparison.snapshot.uids();
    verify::unproved(&mut folder, source, target, &shown).await?;
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
    let doubt = folder.record.mark().map(|_| Doubt {
        job: job.clone(),
        shown,
    });
    Ok((folder.close(&comparison.snapshot, &comparison.delta), doubt))
}

/// The report of a folder that was given up.
pub(super) async fn given_up(
    ledger: &dyn Ledger,
    job: &FolderJob,
    demand: &Demand,
    attempts: &mut Attempts,
    error: Error,
) -> Result<FolderReport> {
    let record = ledger.read(&job.source).await?;
    let mut report = FolderReport::new(&job.source, job.target_name());
    report.held = job.held.map_or(0, |held| u64::from(held.messages));
    for (uid, (state, octets, reason)) in demand.ends(&record) {
        let fresh = attempts.fresh.contains(uid);
        let state = if fresh { state } else { of_an_earlier_run(state) };
        report.tally.add(state, 1, octets);
        if let Some((code, text)) = reason {
            report.items.push(ItemReport::new(uid, state, &code, &text));
        }
    }
    let left = report.held.saturating_sub(report.tally.messages());
    report.tally.add(State::Failed, left, 0);
    // More than the source counted at first: it grew, or lost what the ledger still knows.
    report.held = report.held.max(report.tally.messages());
    report.error = Some(Arc::new(error));
    attempts.settle(&mut report);
    Ok(report)
}

pub(super) async fn begin<'a>(
    transfer: &'a Transfer,
    ledger: &'a dyn Ledger,
    job: &'a FolderJob,
    target: &Session,
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
        demand: Demand::new(&transfer.options, target),
        mark: Uid::MIN,
        unplaced: UidSet::new(),
        vanished: UidSet::new(),
        dry: false,
        decided: UidSet::new(),
    })
}

/// Opens both sides, learns what arrived without the ledger's knowledge, and compares.
pub(super) async fn open(
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
        entries.push(Entry::Paired(pair));
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
            .not_copied()
            .filter(|(_, state, code, _)| is_retried(*state, code));
        let retried: UidSet = retried.map(|(uid, ..)| uid).collect();
        let retried = retried.intersection(&whole.uids()).difference(&changed);
        if !retried.is_empty() {
            let mut snapshot = SnapshotBuilder::new();
            let items = "(UID FLAGS INTERNALDATE RFC822.SIZE)";
            source
                .fetch_each(&retried, items, |item| snapshot.add(&item))
                .await?;
            whole.update(snapshot.finish(selected.uid_validity));
        }
        // Where the numbers agree, nothing has vanished without being told.
        if whole.entries.len() == selected.exists as usize {
            return Ok(whole);
        }
    }
    source.snapshot(Uid::MIN).await
}

pub(super) async fn copy(
    folder: &mut FolderContext<'_>,
    source: &mut Session,
    target: &mut Session,
    comparison: &Comparison,
) -> Result<()> {
    let from = folder.mark;
    let mut wanted = comparison.delta.copy.clone();
    if folder.attempts.careful {
        /// So many messages from the front are sent alone to find the one over which connections break.
        const CAREFUL: u32 = 200;
        let first = wanted.chunks(CAREFUL, usize::MAX).into_iter().next();
        let doubtful = first.unwrap_or_default();
        wanted = wanted.difference(&doubtful);
        for uid in doubtful.iter() {
            alone(folder, source, target, &comparison.snapshot, uid).await?;
        }
        folder.attempts.careful = false;
    }
    let first = series(folder, source, target, comparison, wanted, Mode::Batches).await?;
    let second = series(
        folder,
        source,
        target,
        comparison,
        first.store.clone(),
        Mode::OneByOne,
    )
    .await?;
    for uid in first.fetch.union(&second.fetch).iter() {
        alone(folder, source, target, &comparison.snapshot, uid).await?;
    }
    if folder.dry || folder.record.mark().is_none() {
        return Ok(());
    }
    // What was appended shows for certain in a mailbox that is opened after that.
    target.select(&folder.job.target).await?;
    let shown = comparison.snapshot.uids();
    let had_no_uids = !folder.unplaced.is_empty();
    let others = search::search(folder, source, target, &shown).await?;
    if had_no_uids {
        rivals::check_without_uids(folder, &others, from).await?;
    }
    not_found(folder).await
}

/// Copies messages, and looks who else is at work where the target leaves out UIDs.
async fn series(
    folder: &mut FolderContext<'_>,
    source: &mut Session,
    target: &mut Session,
    comparison: &Comparison,
    mut wanted: UidSet,
    mode: Mode,
) -> Result<copier::Again> {
    let snapshot = &comparison.snapshot;
    let mut again = copier::Again::default();
    loop {
        let part = copier::copy_messages(folder, source, target, snapshot, &wanted, mode).await?;
        again.store = again.store.union(&part.store);
        again.fetch = again.fetch.union(&part.fetch);
        let Some((from, left)) = part.gap else {
            return Ok(again);
        };
        rivals::check(folder, source, target, snapshot, from).await?;
        // Some of them may have been found.
        wanted = left.iter().filter(|uid| !folder.record.knows(*uid)).collect();
    }
}

/// Messages that the target said it stored, without telling where, and that are not there.
async fn not_found(folder: &mut FolderContext<'_>) -> Result<()> {
    let lost = std::mem::take(&mut folder.unplaced);
    let lost: UidSet = lost
        .iter()
        .filter(|uid| folder.record.stored_flags(*uid).is_none())
        .collect();
    if lost.is_empty() {
        return Ok(());
    }
    folder.refused(lost.clone()).await?;
    for uid in lost.iter() {
        if !folder.record.knows(uid) {
            folder.leave(uid, &Finding::NotFoundAgain { uid }, 0).await?;
        }
    }
    Ok(())
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
