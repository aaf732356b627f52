//! One folder: read, compare, copy, follow, prove.

use super::books::{Attempts, Books};
use super::event::Event;
use super::line::Mode;
use super::pump;
use super::report::{Count, FolderPlan, FolderReport, ItemReport};
use super::survey::{Earlier, Job};
use super::{Transfer, follow, recognise, verify};
use crate::finding::Finding;
use crate::ledger::{Entry, Ledger, Pair, Pass, Record};
use crate::plan::{Delta, Rules, delta};
use crate::session::{Selected, Session};
use crate::snapshot::Snapshot;
use crate::state::State;
use crate::wire::{Uid, UidSet};
use crate::{Error, ErrorKind, Result};
use std::collections::HashMap;

/// The report of a folder in which nothing can have happened since the last pass, by what both sides count.
pub(super) fn unchanged(transfer: &Transfer, job: &Job) -> Option<FolderReport> {
    let held = job.held?;
    let mut report = FolderReport::new(&job.source, &job.target);
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

fn is_through(transfer: &Transfer, earlier: &Earlier, job: &Job) -> bool {
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
struct Opened {
    snapshot: Snapshot,
    delta: Delta,
    selected: Selected,
}

/// Goes through a folder once, to its end or to the first error that concerns more than a message.
pub(super) async fn run(
    transfer: &Transfer,
    ledger: &dyn Ledger,
    job: &Job,
    source: &mut Session,
    target: &mut Session,
    attempts: &mut Attempts,
) -> Result<FolderReport> {
    attempts.progressed = false;
    let mut books = begin(transfer, ledger, job, attempts).await?;
    let opened = open(&mut books, source, target).await?;
    transfer.events.send(Event::Folder {
        name: job.source.clone(),
        messages: opened.delta.copy.len(),
        octets: opened.delta.copy_octets,
    });
    copy(&mut books, source, target, &opened).await?;
    follow::apply(&mut books, target, &opened.delta).await?;
    verify::fresh(&mut books, source, target).await?;
    let pass = Pass::new(
        opened.selected.uid_next,
        opened.selected.exists,
        opened.selected.highest_mod_seq,
    );
    // What vanished while it was read makes the count another one.
    if books.vanished.is_empty() && books.record.pass() != Some(&pass) {
        books.remember(&[Entry::Passed(pass)]).await?;
    }
    ledger.sync().await?;
    Ok(books.close(&opened.snapshot, &opened.delta))
}

/// What [`run`] would do.
pub(super) async fn plan(
    transfer: &Transfer,
    ledger: &dyn Ledger,
    job: &Job,
    source: &mut Session,
    target: &mut Session,
) -> Result<FolderPlan> {
    let mut plan = FolderPlan {
        source: job.source.clone(),
        target: job.target.clone(),
        create: job.create,
        held: job.held.map_or(0, |held| u64::from(held.messages)),
        copy: Count::default(),
        present: 0,
        manual: 0,
        excluded: 0,
        reflag: 0,
        remove: 0,
        error: None,
    };
    if let Some(done) = unchanged(transfer, job) {
        plan.present = done.tally.get(State::Present).messages;
        plan.manual = done.tally.get(State::Manual).messages;
        plan.excluded = done.tally.get(State::Excluded).messages;
        return Ok(plan);
    }
    let mut attempts = Attempts::default();
    let mut books = begin(transfer, ledger, job, &mut attempts).await?;
    books.dry = true;
    match open(&mut books, source, target).await {
        Ok(Opened { snapshot, delta, .. }) => {
            plan.held = snapshot.entries.len() as u64;
            plan.copy.messages = delta.copy.len();
            plan.copy.octets = delta.copy_octets;
            plan.present = delta.standing.len();
            plan.manual = delta.staying.len();
            plan.excluded = delta.excluded.len();
            plan.reflag = delta.reflag.len() as u64;
            plan.remove = delta.gone.iter().filter(|(_, target)| target.is_some()).count() as u64;
        }
        Err(error) if super::may_pass(&error) => return Err(error),
        Err(error) => plan.error = Some(error.to_string()),
    }
    Ok(plan)
}

/// The report of a folder that was given up.
pub(super) async fn given_up(
    ledger: &dyn Ledger,
    job: &Job,
    attempts: &mut Attempts,
    error: &Error,
) -> Result<FolderReport> {
    let record = ledger.read(&job.source).await?;
    let mut report = FolderReport::new(&job.source, &job.target);
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
    report.error = Some(error.to_string());
    attempts.settle(&mut report);
    Ok(report)
}

async fn begin<'a>(
    transfer: &'a Transfer,
    ledger: &'a dyn Ledger,
    job: &'a Job,
    attempts: &'a mut Attempts,
) -> Result<Books<'a>> {
    Ok(Books {
        transfer,
        ledger,
        job,
        attempts,
        record: ledger.read(&job.source).await?,
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
    })
}

/// Opens both sides, learns what arrived without the ledger's knowledge, and compares.
async fn open(books: &mut Books<'_>, source: &mut Session, target: &mut Session) -> Result<Opened> {
    let job = books.job;
    learn_to_tell(books, source).await?;
    let examine = source.examine(&job.source);
    // A target that would be created is empty; a plan does not create it.
    let absent = books.dry && job.create;
    let (selected, stands) = if absent {
        (examine.await?, None)
    } else {
        let (selected, stands) = tokio::join!(examine, target.select(&job.target));
        (selected?, Some(stands?))
    };
    let snapshot = read(books, source, &selected).await?;
    let Some(stands) = stands else {
        let delta = compare(books, &snapshot, &Record::new());
        return Ok(Opened {
            snapshot,
            delta,
            selected,
        });
    };
    if !stands.accepts_new_keywords {
        books.rules.keywords.room = Some(stands.permanent_flags.clone());
    }
    let pair = Pair::new(selected.uid_validity, job.target.clone(), stands.uid_validity);
    let is_new = books.record.pair() != Some(&pair);
    if is_new {
        books.open(pair).await?;
    }
    recognise::earlier(books, source, target, &snapshot, &stands, is_new).await?;
    let mut delta = compare(books, &snapshot, &books.record);
    delta.copy = delta.copy.difference(&books.attempts.failed);
    Ok(Opened {
        snapshot,
        delta,
        selected,
    })
}

/// What has to be done, without what the caller leaves out.
fn compare(books: &Books<'_>, snapshot: &Snapshot, record: &Record) -> Delta {
    let mut delta = delta(snapshot, true, record, &books.rules);
    let exclusion = &books.transfer.options.exclusion;
    for entry in &snapshot.entries {
        if delta.copy.contains(entry.uid) && exclusion.leaves_out(&books.job.source, entry) {
            delta.copy.remove(entry.uid);
            delta.copy_octets -= entry.size;
            delta.excluded.insert(entry.uid);
            delta.excluded_octets += entry.size;
        }
    }
    delta
}

/// Lets a source that was copied before tell what has vanished since (QRESYNC). Its answer can be longer than a response
/// may be, so an attempt that follows a failure does without.
async fn learn_to_tell(books: &Books<'_>, source: &mut Session) -> Result<()> {
    let offered = ["ENABLE", "QRESYNC"]
        .iter()
        .all(|name| source.capabilities().has(name));
    let since = books.record.pass().and_then(|pass| pass.mod_seq);
    let late = source.has_opened() || source.enabled().has("QRESYNC") || books.attempts.failed_before;
    if offered && since.is_some() && !late {
        match source.enable(&["QRESYNC"]).await {
            Err(error) if error.kind() != ErrorKind::Refused => return Err(error),
            Ok(_) | Err(_) => {}
        }
    }
    Ok(())
}

/// The source as it is now: told by what changed since the last pass where that is enough, else all of it.
async fn read(books: &Books<'_>, source: &mut Session, selected: &Selected) -> Result<Snapshot> {
    let record = &books.record;
    let same = record
        .pair()
        .is_some_and(|pair| pair.source == selected.uid_validity)
        && books.rules.keywords.renamed.is_empty();
    let since = record.pass().and_then(|pass| pass.mod_seq);
    if let (true, Some(since), Some(_)) = (same, since, selected.highest_mod_seq) {
        let changes = source.changes(since).await?;
        let vanished = changes.vanished.unwrap_or_default();
        let whole = changes.changed.over(record, &vanished);
        // Where the numbers agree, nothing has vanished without being told.
        if whole.entries.len() == selected.exists as usize {
            return Ok(whole);
        }
    }
    source.snapshot(Uid::MIN).await
}

async fn copy(
    books: &mut Books<'_>,
    source: &mut Session,
    target: &mut Session,
    opened: &Opened,
) -> Result<()> {
    let mut wanted = opened.delta.copy.clone();
    if books.attempts.careful {
        let first = wanted.chunks(pump::INTENT, usize::MAX).into_iter().next();
        let doubtful = first.unwrap_or_default();
        wanted = wanted.difference(&doubtful);
        for uid in doubtful.iter() {
            alone(books, source, target, &opened.snapshot, uid).await?;
        }
        books.attempts.careful = false;
    }
    let first = pump::pump(books, source, target, &opened.snapshot, &wanted, Mode::Batches).await?;
    let second = pump::pump(
        books,
        source,
        target,
        &opened.snapshot,
        &first.store,
        Mode::OneByOne,
    )
    .await?;
    for uid in first.fetch.union(&second.fetch).iter() {
        alone(books, source, target, &opened.snapshot, uid).await?;
    }
    recognise::unplaced(books, target).await?;
    recognise::late(books, target).await
}

/// Copies one message with nothing else on its way.
async fn alone(
    books: &mut Books<'_>,
    source: &mut Session,
    target: &mut Session,
    snapshot: &Snapshot,
    uid: Uid,
) -> Result<()> {
    if books
        .attempts
        .suspicions
        .get(&uid)
        .is_some_and(|times| *times >= 2)
    {
        let text = "every connection that carried it broke".to_owned();
        return books.stay(uid, &Finding::BreaksConnection { uid, text }, 0).await;
    }
    books.attempts.suspect = Some(uid);
    let one = [uid].into_iter().collect();
    pump::pump(books, source, target, snapshot, &one, Mode::Alone).await?;
    books.attempts.suspect = None;
    Ok(())
}
