//! Proof: what the target gives back, against what it was given.

use std::time::Instant;

use super::Side;
use super::context::FolderContext;
use super::options::Verify;
use super::recognise::{fingerprints, octets};
use super::report::{FolderReport, ItemReport, Report};
use crate::State;
use crate::finding::Finding;
use crate::ledger::{Ledger, Standing};
use crate::mailbox::MailboxName;
use crate::prove::Digest;
use crate::session::Session;
use crate::wire::{FetchItem, Uid, UidSet};
use crate::{Blame, Error, ErrorKind, Result};
use std::collections::HashMap;
use std::sync::Arc;

/// Messages are proved in groups of so many, so that a folder of a million costs no more memory than one of these.
const GROUP: usize = 2000;

/// Proves the messages that came to stand on the target in this run.
pub(super) async fn fresh(
    folder: &mut FolderContext<'_>,
    source: &mut Session,
    target: &mut Session,
) -> Result<()> {
    let options = &folder.transfer.options;
    let mut how = options.verify;
    if how == Verify::Size && target.quirks().size_is_estimate {
        how = Verify::Fingerprint;
    }
    let one_in = options.verify_one_in;
    let wanted: Vec<(Uid, Standing)> = folder
        .record
        .standing()
        .filter(|(uid, _)| folder.attempts.fresh.contains(*uid) && !folder.attempts.verified.contains(*uid))
        .filter(|(_, standing)| is_drawn(standing.digest, one_in))
        .collect();
    if how == Verify::None || wanted.is_empty() {
        return Ok(());
    }
    // What was appended shows for certain in a mailbox that is opened after that.
    target.select(&folder.job.target).await?;
    for group in wanted.chunks(GROUP) {
        for (uid, proof) in prove_group(how, source, target, group).await? {
            settle(folder, group, uid, proof).await?;
        }
    }
    Ok(())
}

/// Whether a message is among the one in so many that are proved.
fn is_drawn(digest: Option<Digest>, one_in: u32) -> bool {
    let number = digest.and_then(|digest| digest.as_bytes().first_chunk().copied().map(u32::from_le_bytes));
    number.is_none_or(|number| number % one_in == 0)
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Proof {
    Equal,
    Different,
    Missing,
}

async fn settle(
    folder: &mut FolderContext<'_>,
    group: &[(Uid, Standing)],
    uid: Uid,
    proof: Proof,
) -> Result<()> {
    let Some((_, standing)) = group.iter().find(|(other, _)| *other == uid) else {
        return Ok(());
    };
    let target = standing.target;
    let finding = match proof {
        Proof::Equal => {
            folder.attempts.verified.insert(uid);
            return Ok(());
        }
        Proof::Different => Finding::ProofDiffers { uid, target },
        Proof::Missing => Finding::ProofMissing { uid, target },
    };
    // A loss that was accepted before the message was sent shows here.
    let foreseen = folder.attempts.altered.contains(uid);
    if (foreseen && proof == Proof::Different) || !folder.prevents(&finding) {
        return Ok(());
    }
    folder.leave(uid, &finding, standing.octets).await
}

async fn prove_group(
    how: Verify,
    source: &mut Session,
    target: &mut Session,
    group: &[(Uid, Standing)],
) -> Result<Vec<(Uid, Proof)>> {
    let copies: UidSet = group.iter().map(|(_, standing)| standing.target).collect();
    let compare = |found: &dyn Fn(&(Uid, Standing)) -> Option<bool>| {
        let proof = |message: &(Uid, Standing)| match found(message) {
            Some(true) => Proof::Equal,
            Some(false) => Proof::Different,
            None => Proof::Missing,
        };
        group.iter().map(|message| (message.0, proof(message))).collect()
    };
    match how {
        Verify::None => Ok(Vec::new()),
        Verify::Size => {
            let sizes = sizes(target, &copies).await?;
            Ok(compare(&|(_, standing)| {
                sizes.get(&standing.target).map(|size| *size == standing.octets)
            }))
        }
        Verify::Fingerprint => {
            let originals: UidSet = group.iter().map(|(uid, _)| *uid).collect();
            let (left, right) =
                tokio::try_join!(fingerprints(source, &originals), fingerprints(target, &copies))?;
            Ok(compare(&|(uid, standing)| {
                right
                    .get(&standing.target)
                    .map(|copy| left.get(uid) == Some(copy))
            }))
        }
        Verify::Digest => {
            let unread: UidSet = group
                .iter()
                .filter(|(_, standing)| standing.digest.is_none())
                .map(|(uid, _)| *uid)
                .collect();
            let (left, right) = tokio::try_join!(octets(source, &unread), octets(target, &copies))?;
            Ok(compare(&|(uid, standing)| {
                let original = standing.digest.or_else(|| Some(left.get(uid)?.whole));
                right
                    .get(&standing.target)
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
pub(super) async fn prove(to: &Side, ledger: &dyn Ledger) -> Result<Report> {
    let started = Instant::now();
    let mut target = to.connect(Blame::Target).await?;
    let mut report = Report::default();
    for name in ledger.mailboxes().await? {
        report
            .folders
            .push(prove_folder(&mut target, ledger, &name).await?);
    }
    report.sum_up(started.elapsed());
    Ok(report)
}

async fn prove_folder(target: &mut Session, ledger: &dyn Ledger, name: &MailboxName) -> Result<FolderReport> {
    let record = ledger.read(name).await?;
    let pair = record.pair().cloned();
    let place = pair.as_ref().map_or(name, |pair| &pair.name);
    let mut report = FolderReport::new(name, Some(place));
    for (uid, state, code, text) in record.staying() {
        report.tally.add(state, 1, 0);
        report.items.push(ItemReport::new(uid, state, code, text));
    }
    report.held = record.len() as u64;
    let standing: Vec<(Uid, Standing)> = record.standing().collect();
    if !standing.is_empty() {
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
        report.tally.add(State::Failed, standing.len() as u64, 0);
        return Ok(report);
    }
    for group in standing.chunks(GROUP) {
        let copies: UidSet = group.iter().map(|(_, standing)| standing.target).collect();
        let found = octets(target, &copies).await?;
        for (uid, standing) in group {
            let (uid, copy) = (*uid, standing.target);
            let finding = match (found.get(&copy), standing.digest) {
                (Some(octets), Some(digest)) if octets.whole != digest => {
                    Finding::ProofDiffers { uid, target: copy }
                }
                (None, _) => Finding::ProofMissing { uid, target: copy },
                _ => {
                    report.verified += 1;
                    report.tally.add(State::Present, 1, standing.octets);
                    continue;
                }
            };
            report.tally.add(finding.state(), 1, standing.octets);
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
