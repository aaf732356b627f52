//! Looking for copies of messages that were sent with no known end.
//!
//! IMAP cannot take a command back, and a server may still carry it out when its connection is long gone. So what is
//! behind the mark is compared with what was sent: by octets, and where the target changes messages, by what it keeps.

use std::collections::{BTreeMap, HashMap};

use super::context::FolderContext;
use super::reading::{Header, headers, octets, unknown_from};
use crate::finding::Finding;
use crate::ledger::{Entry, Origin, Proof, StoredMessage};
use crate::plan;
use crate::prove::Digest;
use crate::session::Session;
use crate::wire::{Uid, UidSet};
use crate::{ErrorKind, Result};

/// Waits until no more messages come, or all of those that may be on their way have. So fewer are sent twice.
pub(super) async fn wait_until_quiet(folder: &mut FolderContext<'_>, target: &mut Session) -> Result<()> {
    /// Mail that others send must not keep a run waiting.
    const ROUNDS: u32 = 30;
    let awaited = folder
        .record
        .pending()
        .filter(|(uid, _)| !folder.record.knows(*uid))
        .count() as u64;
    let (Some(mark), false) = (folder.record.mark(), folder.dry) else {
        return Ok(());
    };
    let mut before = None;
    for _ in 0..ROUNDS {
        let there = unknown_from(folder, target, mark).await?.len();
        if there >= awaited || before == Some(there) {
            break;
        }
        before = Some(there);
        tokio::time::sleep(folder.transfer.options.quiet).await;
        let selected = target.select(&folder.job.target).await?;
        folder.mark = folder.mark.max(selected.uid_next.unwrap_or(Uid::MIN));
    }
    Ok(())
}

/// Looks once behind the mark, in the open mailbox of the target. Records what arrived, removes copies that are too
/// many, and names what cannot be told apart. A plan only records. `shown` are the messages that the source holds.
/// Returns what this job did not send, or at least not so often.
pub(super) async fn search(
    folder: &mut FolderContext<'_>,
    source: &mut Session,
    target: &mut Session,
    shown: &UidSet,
) -> Result<BTreeMap<Uid, Digest>> {
    let Some(mark) = folder.record.mark() else {
        return Ok(BTreeMap::new());
    };
    let there = unknown_from(folder, target, mark).await?;
    let others = by_octets(folder, target, shown, &there).await?;
    let rest = copies_of_copies(folder, target, shown, others.clone()).await?;
    let named = by_traits(folder, source, target, shown, &rest).await?;
    // Nothing comes below what is there already (RFC 9051, section 2.3.1.1).
    let highest = there.iter().last().max(folder.record.highest_target());
    let below = |next: &Uid| folder.record.mark().is_some_and(|mark| mark < *next);
    // What is for a person is named by each pass, as long as it is looked for.
    if !named && let Some(mark) = highest.and_then(Uid::next).filter(below) {
        folder.remember(&[Entry::Searched { mark }]).await?;
        folder.mark = folder.mark.max(mark);
    }
    settle(folder, shown).await?;
    Ok(others)
}

/// Takes the messages whose octets were sent. Returns the others, with the digests of their octets.
async fn by_octets(
    folder: &mut FolderContext<'_>,
    target: &mut Session,
    shown: &UidSet,
    there: &UidSet,
) -> Result<BTreeMap<Uid, Digest>> {
    let read = octets(target, there).await?;
    let mut found: Vec<(Uid, Digest)> = read.iter().map(|(uid, octets)| (*uid, octets.whole)).collect();
    found.sort_by_key(|(uid, _)| *uid);
    let result = plan::search(&folder.record, &found);
    let arrived: UidSet = result.arrived.iter().map(|(_, target)| *target).collect();
    let flags: HashMap<Uid, Header> = by_uid(headers(target, &arrived).await?);
    let (mut stored, mut surplus) = (Vec::new(), result.surplus);
    for (uid, copy) in result.arrived {
        // Its owner has deleted it meanwhile, and a run without the interruption would have followed that.
        if folder.rules.deletions && !shown.contains(uid) {
            surplus.push((uid, copy));
            continue;
        }
        let Some(pending) = folder.record.pending_of(uid) else {
            continue;
        };
        let flags = flags
            .get(&copy)
            .map(|header| header.flags.clone())
            .unwrap_or_default();
        let message = StoredMessage::new(Origin::Copied, copy, pending.digest, pending.octets, flags);
        stored.push((uid, message, Some(Proof::Digest)));
    }
    stored.sort_by_key(|(uid, ..)| *uid);
    folder.store(stored).await?;
    remove(folder, target, shown, &surplus).await?;
    let others = result.others.into_iter();
    Ok(others
        .filter_map(|uid| Some((uid, read.get(&uid)?.whole)))
        .collect())
}

/// Where the target changes messages, a second copy has the octets of the first one there, not those that were sent.
async fn copies_of_copies(
    folder: &mut FolderContext<'_>,
    target: &mut Session,
    shown: &UidSet,
    mut rest: BTreeMap<Uid, Digest>,
) -> Result<UidSet> {
    let in_doubt: Vec<(Uid, Uid, u32)> = folder
        .record
        .pending()
        .filter_map(|(uid, pending)| {
            let is_changed = folder.record.proof(uid) != Some(Proof::Digest);
            let (copy, _) = folder.record.stored_flags(uid).filter(|_| is_changed)?;
            Some((uid, copy, pending.sendings))
        })
        .collect();
    if !rest.is_empty() && !in_doubt.is_empty() {
        let copies = in_doubt.iter().map(|(_, copy, _)| *copy).collect();
        let first = octets(target, &copies).await?;
        let mut surplus = Vec::new();
        for (uid, copy, sendings) in in_doubt {
            let Some(first) = first.get(&copy) else { continue };
            let equal = rest.iter().filter(|(_, digest)| **digest == first.whole);
            let equal: Vec<Uid> = equal.map(|(uid, _)| *uid).take(sendings as usize).collect();
            for other in equal {
                rest.remove(&other);
                surplus.push((uid, other));
            }
        }
        remove(folder, target, shown, &surplus).await?;
    }
    Ok(rest.into_keys().collect())
}

/// Takes the messages that the target changed, as far as it keeps what tells them apart. Returns whether messages were
/// named that are on the source no more.
async fn by_traits(
    folder: &mut FolderContext<'_>,
    source: &mut Session,
    target: &mut Session,
    shown: &UidSet,
    rest: &UidSet,
) -> Result<bool> {
    let missing: UidSet = folder
        .record
        .pending()
        .map(|(uid, _)| uid)
        .filter(|uid| !folder.record.knows(*uid) && shown.contains(*uid))
        .collect();
    if rest.is_empty() {
        return Ok(false);
    }
    if missing.is_empty() {
        return name_deleted(folder, target, shown, rest).await;
    }
    let (sent, found) = tokio::try_join!(headers(source, &missing), headers(target, rest))?;
    let (mine, theirs) = tokio::try_join!(octets(source, &missing), octets(target, rest))?;
    let traits = |headers: &[Header], read: &HashMap<Uid, super::reading::Octets>| -> Vec<plan::Traits> {
        let with_text = |header: &Header| {
            let mut traits = header.traits.clone();
            traits.text = read.get(&header.uid).map(|octets| octets.text);
            traits
        };
        headers.iter().map(with_text).collect()
    };
    let result = plan::changed(&traits(&sent, &mine), &traits(&found, &theirs));
    let found = by_uid(found);
    let mut stored = Vec::new();
    for (uid, copy) in result.pairs {
        let Some(pending) = folder.record.pending_of(uid) else {
            continue;
        };
        let (digest, octets) = match mine.get(&uid) {
            Some(read) => (Some(read.whole), read.octets),
            None => (pending.digest, pending.octets),
        };
        let flags = found.get(&copy).map(|header| header.flags.clone());
        let flags = flags.unwrap_or_default();
        let message = StoredMessage::new(Origin::Copied, copy, digest, octets, flags);
        stored.push((uid, message, None));
    }
    folder.store(stored).await?;
    for uid in result.ambiguous {
        let octets = folder.record.pending_of(uid).map_or(0, |pending| pending.octets);
        folder.leave(uid, &Finding::Ambiguous { uid }, octets).await?;
    }
    let known: UidSet = folder.record.copies().map(|(_, copy, _)| copy).collect();
    name_deleted(folder, target, shown, &rest.difference(&known)).await
}

/// Names messages that were on their way and are on the source no more, where a message of the target may be one of them
/// in a changed form. It is not removed: nothing proves that this job put it there. Returns whether there are any.
async fn name_deleted(
    folder: &mut FolderContext<'_>,
    target: &mut Session,
    shown: &UidSet,
    rest: &UidSet,
) -> Result<bool> {
    let deleted: Vec<(Uid, u64)> = folder
        .record
        .pending()
        .filter(|(uid, _)| !shown.contains(*uid) && !folder.record.knows(*uid))
        .map(|(uid, pending)| (uid, pending.octets))
        .collect();
    if deleted.is_empty() || rest.is_empty() {
        return Ok(false);
    }
    let is_change = |proof| matches!(proof, Some(Proof::Altered | Proof::Differs));
    let changes = folder
        .record
        .copies()
        .any(|(uid, ..)| is_change(folder.record.proof(uid)));
    let sizes: Vec<u64> = octets(target, rest)
        .await?
        .values()
        .map(|read| read.octets)
        .collect();
    let mut named = false;
    for (uid, octets) in deleted {
        if changes || sizes.contains(&octets) {
            folder.notice(Finding::DeletedInFlight { uid });
            named = true;
        }
    }
    Ok(named)
}

/// Removes copies that this job made too many.
async fn remove(
    folder: &mut FolderContext<'_>,
    target: &mut Session,
    shown: &UidSet,
    surplus: &[(Uid, Uid)],
) -> Result<()> {
    if surplus.is_empty() || folder.dry {
        return Ok(());
    }
    let copies: UidSet = surplus.iter().map(|(_, copy)| *copy).collect();
    let removed = match target.remove_alone(&copies).await {
        Ok(()) => true,
        Err(error) if error.kind() == ErrorKind::Unsupported => false,
        Err(error) => return Err(error),
    };
    // A message may have several copies too many, and a set names it once.
    let mut entries: Vec<Entry> = Vec::new();
    for (uid, copy) in surplus {
        entries.push(Entry::Removed {
            uids: [*uid].into_iter().collect(),
        });
        let (uid, copy) = (*uid, *copy);
        if removed && !folder.record.knows(uid) && !shown.contains(uid) {
            folder.attempts.removed += 1;
            folder.attempts.gone.insert(uid);
            continue;
        }
        folder.notice(if removed {
            Finding::LateCopyRemoved { target: copy }
        } else {
            Finding::NotRemoved { target: copy }
        });
    }
    folder.remember(&entries).await
}

/// Ends doubt that is older than it is kept.
async fn settle(folder: &mut FolderContext<'_>, shown: &UidSet) -> Result<()> {
    let kept = folder.transfer.options.doubt.as_secs();
    let now = super::context::now();
    let old: UidSet = folder
        .record
        .pending()
        .filter(|(uid, _)| folder.record.knows(*uid) || !shown.contains(*uid))
        .filter(|(_, pending)| now.saturating_sub(pending.at) > kept)
        .map(|(uid, _)| uid)
        .collect();
    if old.is_empty() {
        return Ok(());
    }
    folder.remember(&[Entry::Settled { uids: old }]).await
}

fn by_uid(headers: Vec<Header>) -> HashMap<Uid, Header> {
    headers.into_iter().map(|header| (header.uid, header)).collect()
}
