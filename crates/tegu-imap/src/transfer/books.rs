//! What is known and remembered of one folder while it is gone through.

use std::collections::{BTreeMap, HashMap};

use super::Transfer;
use super::event::Event;
use super::report::{FolderReport, ItemReport};
use super::survey::Job;
use crate::Result;
use crate::finding::{Finding, Severity};
use crate::ledger::{Entry, Known, Ledger, Pair, Record, Standing};
use crate::plan::{Delta, Rules};
use crate::prove::Digest;
use crate::snapshot::Snapshot;
use crate::state::State;
use crate::wire::{Flags, Uid, UidSet};

/// What a folder's earlier attempts in this run leave to the next one.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    /// Messages that came to stand on the target in this run.
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
    /// Whether an attempt failed.
    pub(super) failed_before: bool,
    /// Whether messages travel alone, to find the one over which connections break.
    pub(super) careful: bool,
    /// What was noticed: a bounded number of each kind, and how many there were.
    pub(super) findings: Vec<Finding>,
    pub(super) noticed: BTreeMap<&'static str, u64>,
    /// Messages that the target is known to alter, and that were sent all the same.
    pub(super) altered: UidSet,
    pub(super) reflagged: u64,
    pub(super) removed: u64,
    /// What they were on the source.
    pub(super) gone: UidSet,
}

/// A message that was sent.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) uid: Uid,
    pub(super) flags: Flags,
    pub(super) octets: u64,
    pub(super) digest: Digest,
}

pub(super) struct Books<'a> {
    pub(super) transfer: &'a Transfer,
    pub(super) ledger: &'a dyn Ledger,
    pub(super) job: &'a Job,
    pub(super) attempts: &'a mut Attempts,
    pub(super) record: Record,
    pub(super) rules: Rules,
    /// The smallest UID that the next message can get on the target.
    pub(super) mark: Uid,
    /// Messages that an intent of this attempt names.
    pub(super) intended: UidSet,
    /// Messages that the target stored without telling where.
    pub(super) unplaced: HashMap<Uid, Sent>,
    /// Messages that vanished from the source while it was read.
    pub(super) vanished: UidSet,
    /// Whether entries are written, or this is only a plan.
    pub(super) dry: bool,
}

impl Books<'_> {
    /// Remembers for good, and here.
    pub(super) async fn remember(&mut self, entries: &[Entry]) -> Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        if !self.dry {
            self.ledger.write(&self.job.source, entries).await?;
        }
        entries.iter().for_each(|entry| self.record.apply(entry));
        Ok(())
    }

    pub(super) async fn open(&mut self, pair: Pair) -> Result<()> {
        self.remember(&[Entry::Opened(pair)]).await
    }

    /// These messages are about to be sent.
    pub(super) async fn intend(&mut self, messages: UidSet) -> Result<()> {
        let mark = self.mark;
        self.intended = self.intended.union(&messages);
        self.remember(&[Entry::Intent { mark, messages }]).await
    }

    /// These messages stand on the target.
    pub(super) async fn stand(&mut self, standing: Vec<(Uid, Standing)>) -> Result<()> {
        for (uid, standing) in &standing {
            self.attempts.fresh.insert(*uid);
            self.unplaced.remove(uid);
            if let Some(next) = standing.target.next() {
                self.mark = self.mark.max(next);
            }
            self.tell(*uid, standing.state, standing.octets);
        }
        self.attempts.progressed |= !standing.is_empty();
        let entries: Vec<Entry> = standing
            .into_iter()
            .map(|(uid, standing)| Entry::Stands { uid, standing })
            .collect();
        self.remember(&entries).await
    }

    /// This message is not copied.
    pub(super) async fn stay(&mut self, uid: Uid, finding: &Finding, octets: u64) -> Result<()> {
        let entry = Entry::Stays {
            uid,
            state: finding.state(),
            code: finding.code().to_owned(),
            text: finding.to_string(),
        };
        self.attempts.progressed = true;
        self.attempts.fresh.remove(uid);
        if finding.state() == State::Failed {
            self.attempts.failed.insert(uid);
        }
        self.tell(uid, finding.state(), octets);
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
        if let Finding::Altered { uid, .. } = &finding {
            self.attempts.altered.insert(*uid);
        }
        let count = self.attempts.noticed.entry(finding.code()).or_default();
        *count += 1;
        if *count <= NAMED {
            self.attempts.findings.push(finding);
        }
    }

    fn tell(&self, uid: Uid, state: State, octets: u64) {
        if !self.dry {
            self.transfer.events.send(Event::Message {
                folder: self.job.source.clone(),
                uid,
                state,
                octets,
            });
        }
    }

    /// Sums up the folder: each message that the source showed, with its end.
    pub(super) fn close(self, source: &Snapshot, delta: &Delta) -> FolderReport {
        let mut report = FolderReport::new(&self.job.source, &self.job.target);
        for entry in &source.entries {
            if self.vanished.contains(entry.uid) {
                continue;
            }
            report.held += 1;
            let (state, octets) = match self.record.known(entry.uid) {
                Some(Known::Standing(standing)) => {
                    let fresh = self.attempts.fresh.contains(entry.uid);
                    let state = if fresh { standing.state } else { State::Present };
                    (state, standing.octets)
                }
                Some(Known::Staying { state, code, text }) if !delta.excluded.contains(entry.uid) => {
                    report.items.push(ItemReport::new(entry.uid, state, &code, &text));
                    (state, entry.size)
                }
                _ if delta.excluded.contains(entry.uid) => (State::Excluded, entry.size),
                _ => {
                    let text = "it was there when the folder was listed".to_owned();
                    let finding = Finding::NotReached { uid: entry.uid, text };
                    report.items.push(ItemReport::new(
                        entry.uid,
                        finding.state(),
                        finding.code(),
                        &finding.to_string(),
                    ));
                    (finding.state(), entry.size)
                }
            };
            report.tally.add(state, 1, octets);
        }
        self.attempts.settle(&mut report);
        report
    }
}

impl Attempts {
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
