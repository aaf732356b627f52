//! Other programs, or jobs with ledgers of their own, that copy the same messages to the same target.
//!
//! No server tells who else is at work. But UIDs ascend by one on nearly all of them, so that a message of somebody else
//! shows as a gap between our own. Each series therefore begins with one message that is waited for, and a gap is looked
//! into before anything more is sent. A target without UIDPLUS shows no gaps: there the folder is looked at when all of it
//! is copied.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::context::FolderContext;
use super::reading::{octets, unknown_from};
use super::search;
use crate::finding::Finding;
use crate::ledger::{Entry, Origin};
use crate::prove::Digest;
use crate::session::Session;
use crate::snapshot::Snapshot;
use crate::wire::{InternalDate, Uid, UidSet};
use crate::{Error, ErrorKind, Result};

/// Looks at what took the UIDs from `from` on that this run did not get. Mail that is delivered meanwhile means nothing.
///
/// # Errors
///
/// Kind [`InUse`](ErrorKind::InUse) if it is messages of the source. What this run stored beside them is removed first.
pub(super) async fn check(
    folder: &mut FolderContext<'_>,
    source: &mut Session,
    target: &mut Session,
    snapshot: &Snapshot,
    from: Uid,
) -> Result<()> {
    target.select(&folder.job.target).await?;
    // Copies that this job made itself, over connections that are lost, are another matter.
    search::search(folder, source, target, &snapshot.uids()).await?;
    let there = unknown_from(folder, target, from).await?;
    if there.is_empty() {
        folder.attempts.empty_gaps += 1;
        return Ok(());
    }
    let found = octets(target, &there).await?;
    let theirs: HashMap<Digest, Uid> = found.iter().map(|(uid, octets)| (octets.whole, *uid)).collect();
    let ours: Vec<(Uid, Uid, Digest)> = folder
        .record
        .stored()
        .filter(|(_, message)| message.origin == Origin::Copied && message.target >= from)
        .filter_map(|(uid, message)| Some((uid, message.target, message.digest?)))
        .filter(|(.., digest)| theirs.contains_key(digest))
        .collect();
    let to_come = to_come(folder, source, target, snapshot, &there, &theirs).await?;
    let Some(example) = ours
        .first()
        .and_then(|(.., digest)| theirs.get(digest).copied())
        .or(to_come)
    else {
        return Ok(());
    };
    let finding = other_copier(folder, example);
    folder.remember(&[Entry::Disturbed { from }]).await?;
    take_back(folder, target, &ours, &finding).await?;
    end(folder, finding)
}

/// Looks at the messages that this run did not send, on a target that does not tell UIDs. Nothing can be taken back there.
///
/// # Errors
///
/// Kind [`InUse`](ErrorKind::InUse) if one that came from `from` on is the same as a message that this run stored.
pub(super) async fn check_without_uids(
    folder: &mut FolderContext<'_>,
    others: &BTreeMap<Uid, Digest>,
    from: Uid,
) -> Result<()> {
    let ours: HashSet<Digest> = folder
        .record
        .stored()
        .filter(|(_, message)| message.origin == Origin::Copied && message.target >= from)
        .filter_map(|(_, message)| message.digest)
        .collect();
    let mut theirs = others.range(from..).filter(|(_, digest)| ours.contains(digest));
    let Some((example, _)) = theirs.next() else {
        return Ok(());
    };
    let finding = other_copier(folder, *example);
    folder.remember(&[Entry::Disturbed { from }]).await?;
    end(folder, finding)
}

fn other_copier(folder: &FolderContext<'_>, example: Uid) -> Finding {
    Finding::OtherCopier {
        name: folder.job.target.clone(),
        target: example,
    }
}

/// The other one may be at work for hours; a person decides which of them goes on.
fn end(folder: &mut FolderContext<'_>, finding: Finding) -> Result<()> {
    folder.notice(finding.clone());
    let error = Error::new(ErrorKind::InUse, finding).retryable(false);
    Err(error.doing("append to", &folder.job.target).at_target())
}

/// One of the messages there that this run was about to send.
async fn to_come(
    folder: &FolderContext<'_>,
    source: &mut Session,
    target: &mut Session,
    snapshot: &Snapshot,
    there: &UidSet,
    theirs: &HashMap<Digest, Uid>,
) -> Result<Option<Uid>> {
    let date = |date: Option<InternalDate>| date.map(InternalDate::unix_seconds);
    let listed = target.snapshot(there.iter().next().unwrap_or(Uid::MIN)).await?;
    let looks: HashSet<(Option<i64>, u64)> = listed
        .entries
        .iter()
        .filter(|entry| there.contains(entry.uid))
        .map(|entry| (date(entry.internal_date), entry.size))
        .collect();
    let alike: UidSet = snapshot
        .entries
        .iter()
        .filter(|entry| !folder.record.knows(entry.uid))
        .filter(|entry| looks.contains(&(date(entry.internal_date), entry.size)))
        .map(|entry| entry.uid)
        .collect();
    let read = octets(source, &alike).await?;
    Ok(read
        .values()
        .find_map(|octets| theirs.get(&octets.whole).copied()))
}

/// Removes what is there twice, as far as this run stored it.
async fn take_back(
    folder: &mut FolderContext<'_>,
    target: &mut Session,
    ours: &[(Uid, Uid, Digest)],
    finding: &Finding,
) -> Result<()> {
    let copies: UidSet = ours.iter().map(|(_, copy, _)| *copy).collect();
    if copies.is_empty() {
        return Ok(());
    }
    match target.remove(&copies).await {
        Ok(()) => {}
        Err(error) if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::Refused) => return Ok(()),
        Err(error) => return Err(error),
    }
    let entries: Vec<Entry> = ours
        .iter()
        .map(|(uid, ..)| Entry::NotCopied {
            uid: *uid,
            state: finding.state(),
            code: finding.code().to_owned(),
            text: finding.to_string(),
        })
        .collect();
    folder.remember(&entries).await
}
