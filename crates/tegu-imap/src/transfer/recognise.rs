//! Messages that stand on the target without the ledger's knowledge: after a crash, after a lost ledger, or because
//! somebody else brought them.

use std::collections::{HashMap, HashSet};

use super::context::FolderContext;
use super::options::Verify;
use crate::State;
use crate::finding::Finding;
use crate::ledger::{Entry, Standing};
use crate::prove::{Digest, Digester, Fingerprint, fingerprint};
use crate::session::{Part, Selected, Session};
use crate::snapshot::Snapshot;
use crate::wire::{Body, FetchItem, Flags, Uid, UidSet};
use crate::{ErrorKind, Result};

/// A message by what its header says.
#[derive(Clone, Debug)]
struct Header {
    uid: Uid,
    flags: Flags,
    octets: u64,
    fingerprint: Fingerprint,
}

/// A message by its octets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Octets {
    pub(super) whole: Digest,
    /// What is left when a server rewrites the header.
    pub(super) text: Digest,
    pub(super) octets: u64,
}

/// Finds source messages that stand on the target already, and records them.
pub(super) async fn earlier(
    folder: &mut FolderContext<'_>,
    source: &mut Session,
    target: &mut Session,
    snapshot: &Snapshot,
    stands: &Selected,
    is_new: bool,
) -> Result<()> {
    let interrupted = folder.record.intent().map(|(mark, open)| (mark, open.clone()));
    if let Some((_, open)) = &interrupted {
        // Nobody will ever know of these, and nobody needs to.
        let uids = open.difference(&snapshot.uids());
        if !uids.is_empty() {
            folder.remember(&[Entry::Gone { uids }]).await?;
        }
    }
    let from = match (&interrupted, folder.record.highest_target()) {
        (Some((mark, _)), _) => *mark,
        (None, Some(highest)) if !is_new => highest.next().unwrap_or(highest),
        _ => Uid::MIN,
    };
    folder.mark = stands.uid_next.unwrap_or(from);
    if let Some((_, open)) = &interrupted
        && !folder.dry
    {
        wait_until_quiet(folder, target, open.len()).await?;
    }
    let unknown: UidSet = snapshot
        .entries
        .iter()
        .map(|entry| entry.uid)
        .filter(|uid| folder.record.known(*uid).is_none())
        .collect();
    let nothing_new = stands.exists == 0 || stands.uid_next.is_some_and(|next| from >= next);
    if unknown.is_empty() || (interrupted.is_none() && nothing_new) {
        return Ok(());
    }
    let there = unknown_from(folder, target, from).await?;
    let mut standing = seen(target, &there).await?;
    if let Some((_, open)) = &interrupted {
        // What this program itself was sending comes first.
        let open = open.intersection(&unknown);
        let found = compare(folder, source, target, &open, &standing, true).await?;
        standing.retain(|seen| !found.contains(seen.uid));
    }
    let rest: UidSet = unknown
        .iter()
        .filter(|uid| folder.record.known(*uid).is_none())
        .collect();
    compare(folder, source, target, &rest, &standing, false).await?;
    Ok(())
}

/// A server may still be at work on a command whose connection is gone. Waits until no more messages come, or all of
/// those that may be on their way have.
async fn wait_until_quiet(folder: &mut FolderContext<'_>, target: &mut Session, awaited: u64) -> Result<()> {
    /// Mail that others send must not keep a run waiting.
    const ROUNDS: u32 = 30;
    let mark = folder.record.intent().map_or(Uid::MIN, |(mark, _)| mark);
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

/// Removes what arrived twice, because a server finished the command of a lost connection after its messages were sent
/// again. Nobody else can have brought messages of the very same octets there in that time.
pub(super) async fn late(folder: &mut FolderContext<'_>, target: &mut Session) -> Result<()> {
    let Some(doubt) = folder.record.doubt() else {
        return Ok(());
    };
    target.select(&folder.job.target).await?;
    let there = unknown_from(folder, target, doubt).await?;
    let ours: HashSet<Digest> = folder
        .record
        .standing()
        .filter(|(_, standing)| standing.target >= doubt)
        .filter_map(|(_, standing)| standing.digest)
        .collect();
    let copies: UidSet = octets(target, &there)
        .await?
        .into_iter()
        .filter(|(_, octets)| ours.contains(&octets.whole))
        .map(|(uid, _)| uid)
        .collect();
    if copies.is_empty() {
        return Ok(());
    }
    let removed = match target.remove_alone(&copies).await {
        Ok(()) => true,
        Err(error) if error.kind() == ErrorKind::Unsupported => false,
        Err(error) => return Err(error),
    };
    for target in copies.iter() {
        folder.notice(if removed {
            Finding::LateCopyRemoved { target }
        } else {
            Finding::NotRemoved { target }
        });
    }
    Ok(())
}

/// What the target holds from a UID on without the ledger's knowledge.
async fn unknown_from(folder: &FolderContext<'_>, target: &mut Session, from: Uid) -> Result<UidSet> {
    let there = target.snapshot(from).await?.uids();
    let known: UidSet = folder.record.uids().filter_map(|(_, target)| target).collect();
    Ok(there.difference(&known))
}

/// Pairs source messages with those on the target, as multisets; the target's UIDs that were paired.
async fn compare(
    folder: &mut FolderContext<'_>,
    source: &mut Session,
    target: &mut Session,
    candidates: &UidSet,
    standing: &[Header],
    own: bool,
) -> Result<UidSet> {
    if candidates.is_empty() || standing.is_empty() {
        return Ok(UidSet::new());
    }
    let mut groups: HashMap<Fingerprint, (Vec<Header>, Vec<Header>)> = HashMap::new();
    for seen in standing {
        groups.entry(seen.fingerprint).or_default().1.push(seen.clone());
    }
    for seen in seen(source, candidates).await? {
        if let Some((ours, _)) = groups.get_mut(&seen.fingerprint) {
            ours.push(seen);
        }
    }
    groups.retain(|_, (ours, _)| !ours.is_empty());
    // A fingerprint says enough where it is strong and names one message on each side, and nobody asks for more.
    let plain = |fingerprint: &Fingerprint, ours: &[Header], theirs: &[Header]| {
        let enough = !own && folder.transfer.options.verify < Verify::Digest;
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
            unsure.push((fingerprint, ours, theirs));
        }
    }
    let uids = |side: fn(&Group) -> &Vec<Header>| -> UidSet {
        unsure
            .iter()
            .flat_map(|group| side(group).iter().map(|seen| seen.uid))
            .collect()
    };
    let (left, right) = (uids(|group| &group.1), uids(|group| &group.2));
    let (left, right) = tokio::try_join!(octets(source, &left), octets(target, &right))?;
    let mut altered = Vec::new();
    for (fingerprint, ours, theirs) in unsure {
        pair(
            &fingerprint,
            ours,
            theirs,
            (&left, &right),
            own,
            &mut sure,
            &mut altered,
        );
    }
    let mut found: UidSet = sure.iter().map(|(_, theirs, _)| theirs.uid).collect();
    found.extend(altered.iter().map(|(_, theirs)| theirs.uid));
    record(folder, sure, altered, own).await?;
    Ok(found)
}

/// What both sides hold of one fingerprint.
type Group = (Fingerprint, Vec<Header>, Vec<Header>);
/// Two messages that are one, and its octets where they were read.
type Match = (Header, Header, Option<Octets>);

/// Pairs the messages of one fingerprint: first those whose octets are equal, then those whose text is.
fn pair(
    fingerprint: &Fingerprint,
    mut ours: Vec<Header>,
    mut theirs: Vec<Header>,
    octets: (&HashMap<Uid, Octets>, &HashMap<Uid, Octets>),
    own: bool,
    sure: &mut Vec<Match>,
    altered: &mut Vec<(Header, Header)>,
) {
    let (left, right) = octets;
    ours.retain(|seen| {
        let Some(mine) = left.get(&seen.uid) else {
            return true;
        };
        let equal = |other: &Header| {
            right
                .get(&other.uid)
                .is_some_and(|other| other.whole == mine.whole)
        };
        match theirs.iter().position(equal) {
            Some(at) => {
                sure.push((seen.clone(), theirs.remove(at), Some(*mine)));
                false
            }
            None => true,
        }
    });
    ours.retain(|seen| {
        let Some(mine) = left.get(&seen.uid) else {
            return true;
        };
        let equal = |other: &Header| right.get(&other.uid).is_some_and(|other| other.text == mine.text);
        match theirs.iter().position(equal) {
            Some(at) => {
                altered.push((seen.clone(), theirs.remove(at)));
                false
            }
            None => true,
        }
    });
    // What this program sent itself, and the server changed beyond recognition but for its Message-ID.
    if own && fingerprint.is_strong() {
        altered.extend(ours.into_iter().zip(theirs));
    }
}

async fn record(
    folder: &mut FolderContext<'_>,
    sure: Vec<Match>,
    altered: Vec<(Header, Header)>,
    own: bool,
) -> Result<()> {
    let state = if own { State::Moved } else { State::Present };
    let mut standing: Vec<(Uid, Standing)> = sure
        .into_iter()
        .map(|(ours, theirs, octets)| {
            let size = octets.map_or(theirs.octets, |octets| octets.octets);
            let digest = octets.map(|octets| octets.whole);
            (
                ours.uid,
                Standing::new(state, theirs.uid, digest, size, theirs.flags),
            )
        })
        .collect();
    for (ours, theirs) in altered {
        let (uid, target) = (ours.uid, theirs.uid);
        let finding = Finding::StandsAltered { uid, target };
        if folder.transfer.options.verify == Verify::Digest && folder.prevents(&finding) {
            folder.leave(uid, &finding, ours.octets).await?;
        } else {
            standing.push((
                uid,
                Standing::new(state, target, None, theirs.octets, theirs.flags),
            ));
        }
    }
    standing.sort_by_key(|(uid, _)| *uid);
    folder.stand(standing).await
}

/// Finds the messages that the target stored without telling where, by their octets.
pub(super) async fn unplaced(folder: &mut FolderContext<'_>, target: &mut Session) -> Result<()> {
    if folder.unplaced.is_empty() {
        return Ok(());
    }
    let from = folder.record.intent().map_or(Uid::MIN, |(mark, _)| mark);
    target.select(&folder.job.target).await?;
    let new = unknown_from(folder, target, from).await?;
    let found = octets(target, &new).await?;
    let mut found: Vec<(Uid, Octets)> = found.into_iter().collect();
    found.sort_by_key(|(uid, _)| *uid);
    let mut places: HashMap<Digest, Vec<Uid>> = HashMap::new();
    // Backwards, so that popping yields the oldest first.
    for (uid, octets) in found.into_iter().rev() {
        places.entry(octets.whole).or_default().push(uid);
    }
    let mut sent: Vec<_> = folder.unplaced.values().cloned().collect();
    sent.sort_by_key(|sent| sent.uid);
    let mut standing = Vec::new();
    for sent in sent {
        let uid = sent.uid;
        match places.get_mut(&sent.digest).and_then(Vec::pop) {
            Some(target) => {
                standing.push((
                    uid,
                    Standing::new(State::Moved, target, Some(sent.digest), sent.octets, sent.flags),
                ));
                folder.attempts.verified.insert(uid);
            }
            None => {
                folder
                    .leave(uid, &Finding::NotFoundAgain { uid }, sent.octets)
                    .await?;
            }
        }
    }
    folder.stand(standing).await
}

/// What the headers of messages say.
async fn seen(session: &mut Session, uids: &UidSet) -> Result<Vec<Header>> {
    let mut found = Vec::new();
    let each = |item: FetchItem| {
        let fields = item.sections.first().and_then(|section| section.body.bytes());
        if let (Some(uid), Some(fields)) = (item.uid, fields) {
            found.push(Header {
                uid,
                fingerprint: fingerprint(fields),
                flags: item.flags.unwrap_or_default(),
                octets: item.size.unwrap_or_default(),
            });
        }
    };
    session
        .fetch_each(
            uids,
            "(UID FLAGS RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE FROM TO CC SUBJECT)])",
            each,
        )
        .await?;
    found.sort_by_key(|seen| seen.uid);
    found.dedup_by_key(|seen| seen.uid);
    Ok(found)
}

/// Headers alone, by fingerprint.
pub(super) async fn fingerprints(session: &mut Session, uids: &UidSet) -> Result<HashMap<Uid, Fingerprint>> {
    let seen = seen(session, uids).await?;
    Ok(seen
        .into_iter()
        .map(|seen| (seen.uid, seen.fingerprint))
        .collect())
}

/// Reads messages whole, and keeps their digests.
pub(super) async fn octets(session: &mut Session, uids: &UidSet) -> Result<HashMap<Uid, Octets>> {
    /// Larger messages are digested while they come.
    const HELD: u64 = 128 << 10;
    let mut found = HashMap::new();
    if uids.is_empty() {
        return Ok(found);
    }
    let mut current = Reader::default();
    let mut parts = session.fetch_parts(uids, HELD).await?;
    while let Some(part) = parts.next().await? {
        match part {
            Part::Whole(message) => {
                if let Body::Whole(body) = message.body {
                    let mut reader = Reader::default();
                    reader.take(&body);
                    found.insert(message.uid, reader.finish());
                }
            }
            Part::Begin(_) => current = Reader::default(),
            Part::Octets(octets) => current.take(&octets),
            Part::End(uid) => {
                found.insert(uid, std::mem::take(&mut current).finish());
            }
        }
    }
    Ok(found)
}

/// Digests a message, and its text apart from its header.
#[derive(Debug, Default)]
struct Reader {
    whole: Digester,
    text: Digester,
    in_text: bool,
    /// Octets of the current header line, but its end.
    line: usize,
}

impl Reader {
    fn take(&mut self, piece: &[u8]) {
        self.whole.update(piece);
        let mut start = 0;
        while !self.in_text {
            let rest = piece.get(start..).unwrap_or_default();
            let Some(end) = memchr::memchr(b'\n', rest) else {
                self.line += rest.iter().filter(|byte| **byte != b'\r').count();
                return;
            };
            let line = rest.get(..end).unwrap_or_default();
            self.line += line.iter().filter(|byte| **byte != b'\r').count();
            self.in_text = self.line == 0;
            self.line = 0;
            start += end + 1;
        }
        self.text.update(piece.get(start..).unwrap_or_default());
    }

    fn finish(self) -> Octets {
        Octets {
            octets: self.whole.octets(),
            whole: self.whole.finish(),
            text: self.text.finish(),
        }
    }
}
