//! Proof: what the target gives back, against what it was given.

use std::time::Instant;
use tegu_net::BoxFuture;
use tracing::Instrument as _;

use super::context::FolderContext;
use super::options::Verify;
use super::reading::{fingerprints, octets};
use super::report::{FolderReport, ItemReport, Report};
use super::{Side, folder_span};
use crate::State;
use crate::finding::Finding;
use crate::ledger::{Ledger, Proof, StoredMessage};
use crate::mailbox::MailboxName;
use crate::session::{Part, Session};
use crate::wire::{Body, FetchItem, Uid, UidSet};
use crate::{Blame, Error, ErrorKind, Result};
use std::collections::HashMap;
use std::sync::Arc;

/// Messages are proved in groups of so many, so that a folder of a million costs no more memory than one of these.
const GROUP: usize = 2000;
/// Larger messages are looked at while they come.
const HELD: u64 = 128 << 10;

/// Reads back the copies of messages that the source shows and that lack the proof that was asked for, whichever run
/// made them.
pub(super) async fn unproved(
    folder: &mut FolderContext<'_>,
    source: &mut Session,
    target: &mut Session,
    shown: &UidSet,
) -> Result<()> {
    let wanted: Vec<(Uid, StoredMessage)> = folder
        .record
        .stored()
        .filter(|(uid, message)| {
            shown.contains(*uid) && folder.demand.is_open(message, folder.record.proof(*uid))
        })
        .collect();
    if wanted.is_empty() {
        return Ok(());
    }
    // What was appended shows for certain in a mailbox that is opened after that.
    target.select(&folder.job.target).await?;
    for group in wanted.chunks(GROUP) {
        let found = compare_group(folder.demand.verify, source, target, group).await?;
        settle(folder, source, target, group, &found).await?;
    }
    Ok(())
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Compared {
    Equal,
    Different,
    Missing,
}

/// Records what was compared.
async fn settle(
    folder: &mut FolderContext<'_>,
    source: &mut Session,
    target: &Session,
    group: &[(Uid, StoredMessage)],
    found: &[(Uid, Compared)],
) -> Result<()> {
    let those = |what| -> UidSet {
        let those = found.iter().filter(|(_, compared)| *compared == what);
        those.map(|(uid, _)| *uid).collect()
    };
    let how = match folder.demand.verify {
        Verify::None | Verify::Size => Proof::Size,
        Verify::Fingerprint => Proof::Fingerprint,
        Verify::Digest => Proof::Digest,
    };
    folder.prove(how, those(Compared::Equal)).await?;
    let different = those(Compared::Different);
    let foreseen = foreseen(folder, source, target, &different).await?;
    folder.prove(Proof::Altered, foreseen.clone()).await?;
    let differs = different.difference(&foreseen);
    folder.prove(Proof::Differs, differs.clone()).await?;
    let missing = those(Compared::Missing);
    for (uid, message) in group {
        let (uid, target) = (*uid, message.target);
        if differs.contains(uid) && folder.demand.accepts(Proof::Differs) {
            folder.notice(Finding::ProofDiffers { uid, target });
        }
        if missing.contains(uid) {
            let finding = Finding::ProofMissing { uid, target };
            folder.leave(uid, &finding, message.octets).await?;
        }
    }
    Ok(())
}

/// Those of different messages that differ because of a loss that was accepted before they were sent: the target is known
/// to change such messages.
async fn foreseen(
    folder: &FolderContext<'_>,
    source: &mut Session,
    target: &Session,
    different: &UidSet,
) -> Result<UidSet> {
    let mut foreseen = UidSet::new();
    if different.is_empty() || !folder.demand.accepts(Proof::Altered) {
        return Ok(foreseen);
    }
    let mut watch = target.quirks().watch();
    let mut altered = None;
    let mut parts = source.fetch_parts(different, HELD).await?;
    while let Some(part) = parts.next().await? {
        let (uid, found) = match part {
            Part::Whole(message) => match message.body {
                Body::Whole(body) => (message.uid, target.quirks().alteration(&body)),
                _ => continue,
            },
            Part::Begin(_) => {
                (watch, altered) = (target.quirks().watch(), None);
                continue;
            }
            Part::Octets(octets) => {
                altered = altered.or(watch.see(&octets));
                continue;
            }
            Part::End(uid) => (uid, altered.take().or(watch.end())),
        };
        let accepted = |alteration| {
            let finding = Finding::Altered { uid, alteration };
            folder.rules.accept.contains(finding.code())
        };
        if found.is_some_and(accepted) {
            foreseen.insert(uid);
        }
    }
    Ok(foreseen)
}

async fn compare_group(
    how: Verify,
    source: &mut Session,
    target: &mut Session,
    group: &[(Uid, StoredMessage)],
) -> Result<Vec<(Uid, Compared)>> {
    let copies: UidSet = group.iter().map(|(_, message)| message.target).collect();
    let compare = |found: &dyn Fn(&(Uid, StoredMessage)) -> Option<bool>| {
        let compared = |message: &(Uid, StoredMessage)| match found(message) {
            Some(true) => Compared::Equal,
            Some(false) => Compared::Different,
            None => Compared::Missing,
        };
        group
            .iter()
            .map(|message| (message.0, compared(message)))
            .collect()
    };
    match how {
        Verify::None => Ok(Vec::new()),
        Verify::Size => {
            let sizes = sizes(target, &copies).await?;
            Ok(compare(&|(_, message)| {
                sizes.get(&message.target).map(|size| *size == message.octets)
            }))
        }
        Verify::Fingerprint => {
            let originals: UidSet = group.iter().map(|(uid, _)| *uid).collect();
            let (left, right) =
                tokio::try_join!(fingerprints(source, &originals), fingerprints(target, &copies))?;
            Ok(compare(&|(uid, message)| {
                right.get(&message.target).map(|copy| left.get(uid) == Some(copy))
            }))
        }
        Verify::Digest => {
            let unread: UidSet = group
                .iter()
                .filter(|(_, message)| message.digest.is_none())
                .map(|(uid, _)| *uid)
                .collect();
            let (left, right) = tokio::try_join!(octets(source, &unread), octets(target, &copies))?;
            Ok(compare(&|(uid, message)| {
                let original = message.digest.or_else(|| Some(left.get(uid)?.whole));
                right
                    .get(&message.target)
                    .map(|copy| Some(copy.whole) == original)
            }))
        }
    }
}

async fn sizes(target: &mut Session, uids: &UidSet) -> Result<HashMap<Uid, u64>> {
    let mut sizes = HashMap::new();
    let each = |item: FetchItem| {
        if let (Some(uid), Some(size)) = (item.uid, item.size) {
            sizes.insert(uid, size);
        }
    };
    target.fetch_each(uids, "(UID RFC822.SIZE)", each).await?;
    Ok(sizes)
}

/// Proves all that a ledger says, by the target alone.
pub(super) fn prove<'a>(to: &'a Side, ledger: &'a dyn Ledger) -> BoxFuture<'a, Result<Report>> {
    Box::pin(async move {
        let started = Instant::now();
        let mut target = to.connect(Blame::Target).await?;
        let mut report = Report::default();
        for name in ledger.mailboxes().await? {
            let proved = prove_folder(&mut target, ledger, &name);
            report.folders.push(proved.instrument(folder_span(&name)).await?);
        }
        report.sum_up(started.elapsed());
        Ok(report)
    })
}

async fn prove_folder(target: &mut Session, ledger: &dyn Ledger, name: &MailboxName) -> Result<FolderReport> {
    let record = ledger.read(name).await?;
    let pair = record.pair().cloned();
    let place = pair.as_ref().map_or(name, |pair| &pair.name);
    let mut report = FolderReport::new(name, Some(place));
    for (uid, state, code, text) in record.not_copied() {
        report.tally.add(state, 1, 0);
        report.items.push(ItemReport::new(uid, state, code, text));
    }
    report.held = record.len() as u64;
    let stored: Vec<(Uid, StoredMessage)> = record.stored().collect();
    if !stored.is_empty() {
        report.error = match target.select(place).await {
            Ok(now) if pair.as_ref().is_some_and(|pair| pair.target == now.uid_validity) => None,
            Ok(_) => {
                let error = Error::new(ErrorKind::NotFound, "its UIDVALIDITY has changed since the copy");
                Some(Arc::new(error.doing("prove", place).at_target()))
            }
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Refused) => {
                Some(Arc::new(error))
            }
            Err(error) => return Err(error),
        };
    }
    if report.error.is_some() {
        report.tally.add(State::Failed, stored.len() as u64, 0);
        return Ok(report);
    }
    for group in stored.chunks(GROUP) {
        let copies: UidSet = group.iter().map(|(_, message)| message.target).collect();
        let found = octets(target, &copies).await?;
        for (uid, message) in group {
            let (uid, copy) = (*uid, message.target);
            let finding = match (found.get(&copy), message.digest) {
                (Some(octets), Some(digest)) if octets.whole != digest => {
                    Finding::ProofDiffers { uid, target: copy }
                }
                (None, _) => Finding::ProofMissing { uid, target: copy },
                _ => {
                    report.verified += 1;
                    report.tally.add(State::Present, 1, message.octets);
                    continue;
                }
            };
            report.tally.add(finding.state(), 1, message.octets);
            report.items.push(ItemReport::new(
                uid,
                finding.state(),
                finding.code(),
                &finding.to_string(),
            ));
        }
    }
    Ok(report)
}
