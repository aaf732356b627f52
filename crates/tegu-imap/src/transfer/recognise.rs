//! Messages that the target holds and the ledger does not know: it was lost, or somebody else brought them.

use std::collections::HashMap;

use super::context::FolderContext;
use super::options::Verify;
use super::reading::{Header, Octets, headers, octets, unknown_from};
use super::search;
use crate::finding::Finding;
use crate::ledger::{Known, Origin, Proof, Record, StoredMessage};
use crate::prove::Fingerprint;
use crate::session::{Selected, Session};
use crate::snapshot::Snapshot;
use crate::wire::{Uid, UidSet};
use crate::{Result, State};

/// Finds source messages that the target holds already, and records them.
pub(super) async fn earlier(
    folder: &mut FolderContext<'_>,
    source: &mut Session,
    target: &mut Session,
    snapshot: &Snapshot,
    selected: &Selected,
    is_new: bool,
) -> Result<()> {
    let pending = folder.record.mark();
    let first_unknown = match folder.record.highest_target() {
        Some(highest) if !is_new => highest.next().unwrap_or(highest),
        _ => Uid::MIN,
    };
    let disturbed = folder.record.disturbed();
    let from = [pending, disturbed, Some(first_unknown)];
    let from = from.into_iter().flatten().min().unwrap_or(Uid::MIN);
    folder.mark = selected.uid_next.unwrap_or(from);
    if pending.is_some() {
        search::wait_until_quiet(folder, target).await?;
        search::search(folder, source, target, &snapshot.uids()).await?;
    }
    let unknown: UidSet = snapshot
        .entries
        .iter()
        .map(|entry| entry.uid)
        .filter(|uid| !folder.record.knows(*uid) || (disturbed.is_some() && failed(&folder.record, *uid)))
        .collect();
    let nothing_new = selected.exists == 0 || selected.uid_next.is_some_and(|next| from >= next);
    if unknown.is_empty() || (pending.or(disturbed).is_none() && nothing_new) {
        return Ok(());
    }
    let there = unknown_from(folder, target, from).await?;
    let found = headers(target, &there).await?;
    compare(folder, source, target, &unknown, &found).await
}

/// Whether a message was left for another run.
fn failed(record: &Record, uid: Uid) -> bool {
    let known = record.known(uid);
    matches!(known, Some(Known::NotCopied { state, .. }) if state == State::Failed)
}

/// Pairs source messages with those on the target, as multisets.
async fn compare(
    folder: &mut FolderContext<'_>,
    source: &mut Session,
    target: &mut Session,
    candidates: &UidSet,
    found: &[Header],
) -> Result<()> {
    if candidates.is_empty() || found.is_empty() {
        return Ok(());
    }
    let mut groups: HashMap<Fingerprint, (Vec<Header>, Vec<Header>)> = HashMap::new();
    for header in found {
        groups
            .entry(header.fingerprint)
            .or_default()
            .1
            .push(header.clone());
    }
    for header in headers(source, candidates).await? {
        if let Some((ours, _)) = groups.get_mut(&header.fingerprint) {
            ours.push(header);
        }
    }
    groups.retain(|_, (ours, _)| !ours.is_empty());
    // A fingerprint says enough where it is strong and names one message on each side, and nobody asks for more.
    let plain = |fingerprint: &Fingerprint, ours: &[Header], theirs: &[Header]| {
        let enough = folder.demand.verify < Verify::Digest;
        enough && fingerprint.is_strong() && ours.len() == 1 && theirs.len() == 1
    };
    let (mut sure, mut unsure) = (Vec::new(), Vec::new());
    for (fingerprint, (ours, theirs)) in groups {
        if plain(&fingerprint, &ours, &theirs) {
            sure.extend(
                ours.into_iter()
                    .zip(theirs)
                    .map(|(ours, theirs)| (ours, theirs, None)),
            );
        } else {
            unsure.push((ours, theirs));
        }
    }
    let uids = |side: fn(&Group) -> &Vec<Header>| -> UidSet {
        unsure
            .iter()
            .flat_map(|group| side(group).iter().map(|header| header.uid))
            .collect()
    };
    let (left, right) = (uids(|group| &group.0), uids(|group| &group.1));
    let (left, right) = tokio::try_join!(octets(source, &left), octets(target, &right))?;
    let mut altered = Vec::new();
    for (ours, theirs) in unsure {
        pair(ours, theirs, (&left, &right), &mut sure, &mut altered);
    }
    record(folder, sure, altered).await
}

/// What both sides hold of one fingerprint.
type Group = (Vec<Header>, Vec<Header>);
/// Two messages that are one, and its octets where they were read.
type Match = (Header, Header, Option<Octets>);

/// Pairs the messages of one fingerprint: first those whose octets are equal, then those whose text is.
fn pair(
    mut ours: Vec<Header>,
    mut theirs: Vec<Header>,
    octets: (&HashMap<Uid, Octets>, &HashMap<Uid, Octets>),
    sure: &mut Vec<Match>,
    altered: &mut Vec<(Header, Header)>,
) {
    let (left, right) = octets;
    ours.retain(|header| {
        let Some(mine) = left.get(&header.uid) else {
            return true;
        };
        let equal = |other: &Header| {
            right
                .get(&other.uid)
                .is_some_and(|other| other.whole == mine.whole)
        };
        match theirs.iter().position(equal) {
            Some(at) => {
                sure.push((header.clone(), theirs.remove(at), Some(*mine)));
                false
            }
            None => true,
        }
    });
    ours.retain(|header| {
        let Some(mine) = left.get(&header.uid) else {
            return true;
        };
        let equal = |other: &Header| right.get(&other.uid).is_some_and(|other| other.text == mine.text);
        match theirs.iter().position(equal) {
            Some(at) => {
                altered.push((header.clone(), theirs.remove(at)));
                false
            }
            None => true,
        }
    });
}

async fn record(
    folder: &mut FolderContext<'_>,
    sure: Vec<Match>,
    altered: Vec<(Header, Header)>,
) -> Result<()> {
    let mut stored = Vec::with_capacity(sure.len() + altered.len());
    for (ours, theirs, octets) in sure {
        let size = octets.map_or(theirs.octets, |octets| octets.octets);
        let digest = octets.map(|octets| octets.whole);
        let proof = octets.map_or(Proof::Fingerprint, |_| Proof::Digest);
        let message = StoredMessage::new(Origin::Found, theirs.uid, digest, size, theirs.flags);
        stored.push((ours.uid, message, Some(proof)));
    }
    for (ours, theirs) in altered {
        let (uid, target) = (ours.uid, theirs.uid);
        let finding = Finding::StandsAltered { uid, target };
        if folder.demand.verify == Verify::Digest && folder.prevents(&finding) {
            folder.leave(uid, &finding, ours.octets).await?;
        } else {
            let exact = folder.demand.verify == Verify::Digest;
            let proof = if exact { Proof::Altered } else { Proof::Fingerprint };
            let message = StoredMessage::new(Origin::Found, target, None, theirs.octets, theirs.flags);
            stored.push((uid, message, Some(proof)));
        }
    }
    stored.sort_by_key(|(uid, ..)| *uid);
    folder.store(stored).await
}
