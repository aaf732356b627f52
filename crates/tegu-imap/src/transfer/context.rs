//! What is known and remembered of one folder while it is gone through.

use std::collections::{BTreeMap, HashMap};

use super::Transfer;
use super::demand::{Demand, End, of_an_earlier_run};
use super::event::Event;
use super::report::{FolderPlan, FolderReport, ItemReport, PlannedItem};
use super::survey::FolderJob;
use crate::Result;
use crate::Severity;
use crate::State;
use crate::finding::Finding;
use crate::ledger::{Entry, Known, Ledger, Proof, Record, Sending, StoredMessage};
use crate::plan::{Delta, Rules};
use crate::prove::Digest;
use crate::snapshot::{Snapshot, SnapshotEntry};
use crate::wire::{Flags, InternalDate, Uid, UidSet};

/// What a folder's earlier attempts in this run leave to the next one.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    /// Messages that ended as moved or present in this run.
    pub(super) fresh: UidSet,
    /// Messages that failed in this run: the next run tries them again, not the next attempt.
    pub(super) failed: UidSet,
    /// Messages that this run proved.
    pub(super) verified: UidSet,
    /// Whether the last attempt got anywhere.
    pub(super) progressed: bool,
    /// The message that was on its way alone when the last attempt failed.
    pub(super) suspect: Option<Uid>,
    /// How often each message was that one.
    pub(super) suspicions: HashMap<Uid, u32>,
    /// Whether the ledger or the gate failed: the run ends.
    pub(super) halted: bool,
    /// Whether an attempt failed.
    pub(super) failed_before: bool,
    /// Whether messages travel alone, to find the one over which connections break.
    pub(super) careful: bool,
    /// What was noticed: a bounded number of each kind, and how many there were.
    pub(super) findings: Vec<Finding>,
    pub(super) noticed: BTreeMap<&'static str, u64>,
    pub(super) reflagged: u64,
    pub(super) removed: u64,
    /// What they were on the source.
    pub(super) gone: UidSet,
    /// How often the target left out UIDs without a message that took them.
    pub(super) empty_gaps: u32,
}

/// A message that was sent.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) uid: Uid,
    pub(super) flags: Flags,
    pub(super) octets: u64,
    pub(super) digest: Digest,
}

pub(super) struct FolderContext<'a> {
    pub(super) transfer: &'a Transfer,
    pub(super) ledger: &'a dyn Ledger,
    pub(super) job: &'a FolderJob,
    pub(super) attempts: &'a mut Attempts,
    pub(super) record: Record,
    pub(super) rules: Rules,
    pub(super) demand: Demand,
    /// The smallest UID that the next message can get on the target.
    pub(super) mark: Uid,
    /// Messages that the target stored without telling where.
    pub(super) unplaced: UidSet,
    /// Messages that vanished from the source while it was read.
    pub(super) vanished: UidSet,
    /// Whether this is only a plan, and nothing is written.
    pub(super) dry: bool,
    /// Messages that a plan has left.
    pub(super) decided: UidSet,
}

impl FolderContext<'_> {
    /// Remembers for good, and here.
    pub(super) async fn remember(&mut self, entries: &[Entry]) -> Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        if !self.dry {
            let written = self.ledger.write(&self.job.source, entries).await;
            self.attempts.halt_on(written)?;
        }
        entries.iter().for_each(|entry| self.record.apply(entry));
        Ok(())
    }

    /// The command with these messages is about to be completed.
    pub(super) async fn intend(&mut self, sent: &[Sent]) -> Result<()> {
        let sending = |sent: &Sent| Sending::new(sent.uid, Some(sent.digest), sent.octets);
        let intent = Entry::Intent {
            mark: self.mark,
            at: now(),
            messages: sent.iter().map(sending).collect(),
        };
        self.remember(&[intent]).await
    }

    /// The server said no to the command with these messages.
    pub(super) async fn refused(&mut self, uids: UidSet) -> Result<()> {
        self.remember(&[Entry::Refused { uids }]).await
    }

    /// Whether it matters that the target leaves out UIDs. Some servers do without having stored anything.
    pub(super) fn watches_gaps(&self) -> bool {
        /// After so many that meant nothing.
        const MEANT_NOTHING: u32 = 3;
        self.attempts.empty_gaps < MEANT_NOTHING
    }

    /// The target holds copies of these messages. Proofs that are known already come with them.
    pub(super) async fn store(&mut self, stored: Vec<(Uid, StoredMessage, Option<Proof>)>) -> Result<()> {
        if stored.is_empty() {
            return Ok(());
        }
        self.attempts.progressed = true;
        let mut proofs: Vec<(Proof, UidSet)> = Vec::new();
        let mut entries = Vec::with_capacity(stored.len() + 1);
        for (uid, mut message, proof) in stored {
            self.unplaced.remove(uid);
            if let Some(next) = message.target.next() {
                self.mark = self.mark.max(next);
            }
            if let Some(proof) = proof {
                match proofs.iter_mut().find(|(other, _)| *other == proof) {
                    Some((_, uids)) => {
                        uids.insert(uid);
                    }
                    None => proofs.push((proof, [uid].into_iter().collect())),
                }
            }
            // The ledger takes them from the intent.
            let sent = self.record.pending_of(uid);
            if sent.is_some_and(|sent| sent.digest.is_some() && sent.digest == message.digest) {
                (message.digest, message.octets) = (None, 0);
            }
            entries.push(Entry::Stored { uid, message });
        }
        let uids: Vec<Uid> = entries
            .iter()
            .filter_map(|entry| match entry {
                Entry::Stored { uid, .. } => Some(*uid),
                _ => None,
            })
            .collect();
        self.remember(&entries).await?;
        for (proof, uids) in proofs {
            self.prove(proof, uids).await?;
        }
        for uid in uids {
            self.end(uid);
        }
        Ok(())
    }

    /// These messages were read back.
    pub(super) async fn prove(&mut self, proof: Proof, uids: UidSet) -> Result<()> {
        if uids.is_empty() {
            return Ok(());
        }
        let proved_before: UidSet = uids
            .iter()
            .filter(|uid| self.record.proof(*uid).is_some())
            .collect();
        let entry = Entry::Proved {
            proof,
            uids: uids.clone(),
        };
        self.remember(&[entry]).await?;
        if self.demand.accepts(proof) {
            self.attempts.verified = self.attempts.verified.union(&uids);
        }
        // One that was proved before in another way ended in an earlier run.
        uids.difference(&proved_before)
            .iter()
            .for_each(|uid| self.end(uid));
        Ok(())
    }

    /// Tells how a message has ended, if it has the proof for that.
    fn end(&mut self, uid: Uid) {
        let Some(Known::Stored(message)) = self.record.known(uid) else {
            return;
        };
        let proof = self.record.proof(uid);
        if self.demand.is_open(&message, proof) || self.attempts.fresh.contains(uid) {
            return;
        }
        let (state, octets, _) = self.demand.end_of_copy(uid, &message, proof);
        self.attempts.fresh.insert(uid);
        self.tell(uid, state, None, octets);
    }

    /// This message is not copied.
    pub(super) async fn leave(&mut self, uid: Uid, finding: &Finding, octets: u64) -> Result<()> {
        let entry = Entry::NotCopied {
            uid,
            state: finding.state(),
            code: finding.code().to_owned(),
            text: finding.to_string(),
        };
        self.attempts.progressed = true;
        self.decided.insert(uid);
        self.attempts.fresh.remove(uid);
        if finding.state() == State::Failed {
            self.attempts.failed.insert(uid);
        }
        self.tell(uid, finding.state(), Some(finding.code()), octets);
        self.remember(&[entry]).await
    }

    /// Whether a finding keeps its message from being copied. One that does not is named in the report.
    pub(super) fn prevents(&mut self, finding: &Finding) -> bool {
        let prevents = finding.severity() == Severity::Lossy && !self.rules.accept.contains(finding.code());
        if !prevents {
            self.notice(finding.clone());
        }
        prevents
    }

    pub(super) fn notice(&mut self, finding: Finding) {
        /// How many findings of one kind a report names.
        const NAMED: u64 = 100;
        let count = self.attempts.noticed.entry(finding.code()).or_default();
        *count += 1;
        if *count <= NAMED {
            self.attempts.findings.push(finding);
        }
    }

    fn tell(&self, uid: Uid, state: State, code: Option<&'static str>, octets: u64) {
        if !self.dry {
            self.transfer.events.send(Event::Message {
                folder: self.job.source.clone(),
                uid,
                state,
                code,
                octets,
            });
        }
    }

    /// Decides on a message by what is known before its octets: size, flags and arrival. Returns the flags for the target, or
    /// `None` if the message is left.
    pub(super) async fn admit(
        &mut self,
        largest: u64,
        uid: Uid,
        flags: &Flags,
        date: Option<InternalDate>,
        octets: u64,
    ) -> Result<Option<Flags>> {
        if octets > largest {
            let text = format!("it takes {largest} octets, this has {octets}");
            let finding = Finding::TargetTooBig { uid, text };
            self.leave(uid, &finding, octets).await?;
            return Ok(None);
        }
        let (flags, lost) = self.rules.keywords.translate(flags);
        for keyword in lost {
            let finding = Finding::KeywordLost { uid, keyword };
            if self.prevents(&finding) {
                self.leave(uid, &finding, octets).await?;
                return Ok(None);
            }
        }
        if date.is_none() {
            self.notice(Finding::NoInternalDate { uid });
        }
        Ok(Some(flags))
    }

    /// How a message of the source has ended, and why; `None` if it has not.
    fn end_of(&self, entry: &SnapshotEntry, delta: &Delta) -> Option<End> {
        let excluded = delta.excluded.contains(entry.uid);
        let is_stored = self.record.stored_flags(entry.uid).is_some();
        match self.demand.end_of(&self.record, entry.uid) {
            Some(end) if is_stored => Some(self.of_this_run(entry.uid, end)),
            Some((state, _, reason)) if !excluded && !self.is_retried(entry.uid, delta) => {
                Some((state, entry.size, reason))
            }
            _ if excluded => Some((State::Excluded, entry.size, None)),
            _ => None,
        }
    }

    /// A plan counts what a run would prove as proved.
    fn of_this_run(&self, uid: Uid, (state, octets, reason): End) -> End {
        if self.dry
            && self.record.proof(uid).is_none()
            && let Some(Known::Stored(message)) = self.record.known(uid)
            && self.demand.is_open(&message, None)
        {
            return (message.origin.state_when_proved(), octets, None);
        }
        let fresh = self.attempts.fresh.contains(uid);
        let state = if fresh { state } else { of_an_earlier_run(state) };
        (state, octets, reason)
    }

    /// Whether a plan says that the message would be copied, whatever an earlier run made of it.
    fn is_retried(&self, uid: Uid, delta: &Delta) -> bool {
        self.dry && delta.copy.contains(uid) && !self.decided.contains(uid)
    }

    /// Sums up the folder: each message that the source showed, with its end.
    pub(super) fn close(self, source: &Snapshot, delta: &Delta) -> FolderReport {
        let mut report = FolderReport::new(&self.job.source, Some(&self.job.target));
        for entry in &source.entries {
            if self.vanished.contains(entry.uid) {
                continue;
            }
            report.held += 1;
            let (state, octets, reason) = self.end_of(entry, delta).unwrap_or_else(|| {
                let text = "it was there when the folder was listed".to_owned();
                let finding = Finding::NotReached { uid: entry.uid, text };
                let reason = (finding.code().to_owned(), finding.to_string());
                (finding.state(), entry.size, Some(reason))
            });
            if let Some((code, text)) = reason {
                report.items.push(ItemReport::new(entry.uid, state, &code, &text));
            }
            report.tally.add(state, 1, octets);
        }
        self.attempts.settle(&mut report);
        report
    }

    /// Sums up what a run would do to the folder.
    pub(super) fn close_plan(self, source: &Snapshot, delta: &Delta) -> FolderPlan {
        let mut plan = self.job.plan();
        for entry in &source.entries {
            if self.vanished.contains(entry.uid) {
                continue;
            }
            let end = self.end_of(entry, delta);
            let (state, octets, reason) = end.unwrap_or((State::Moved, entry.size, None));
            plan.add(PlannedItem {
                uid: entry.uid,
                octets,
                state,
                reason: reason.map(|(code, text)| tegu_outcome::Finding::lossy(code, text)),
            });
        }
        plan.held = plan.items.len() as u64;
        plan.reflag = delta.reflag.len() as u64;
        plan.remove = delta.gone.iter().filter(|(_, target)| target.is_some()).count() as u64;
        plan.noticed = std::mem::take(&mut self.attempts.noticed);
        plan
    }
}

/// The clock of the wall: doubt outlives a process.
pub(super) fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

impl Attempts {
    /// Notes that the run ends if the caller's ledger or gate failed.
    pub(super) fn halt_on<T>(&mut self, result: Result<T>) -> Result<T> {
        self.halted |= result.is_err();
        result
    }

    /// Adds what was noticed after the report was made.
    pub(super) fn add_to(&mut self, report: &mut FolderReport) {
        report.verified += self.verified.len();
        report.removed += self.removed;
        report.gone = report.gone.union(&self.gone);
        report.findings.append(&mut self.findings);
        for (code, count) in std::mem::take(&mut self.noticed) {
            *report.noticed.entry(code).or_default() += count;
        }
    }

    /// Moves what was noticed into the report.
    pub(super) fn settle(&mut self, report: &mut FolderReport) {
        report.verified = self.verified.len();
        report.reflagged = self.reflagged;
        report.removed = self.removed;
        report.gone = std::mem::take(&mut self.gone);
        report.findings = std::mem::take(&mut self.findings);
        report.noticed = std::mem::take(&mut self.noticed);
    }
}
