//! One batch: looked at, appended, read back, recorded.

use super::{
    candidate::{Candidate, carry_replaced},
    effects::Sent,
    fit::{WAITS, differences, obstacles, over_quota},
    lost::lost_record,
    stored::StoredMessages,
    walk::FolderWalk,
};
use crate::{
    Finding, Result, State,
    journal::Record,
    message::{InternalDate, Listed, Message},
    route::{attempts, record},
    sources::Read,
    targets::{Appended, MailWriter, Stored, TargetFolder},
};
use std::collections::HashMap;

impl FolderWalk<'_, '_> {
    pub(super) async fn batch(
        &mut self,
        writer: &mut dyn MailWriter,
        target: &TargetFolder,
        batch: Vec<Listed>,
        read: Vec<Read>,
        known: &HashMap<String, Record>,
        present: &mut StoredMessages,
    ) -> Result<()> {
        let mut settled = Vec::new();
        let mut candidates = Vec::new();
        let mut answers = read.into_iter();
        for message in batch {
            let answer = answers.next().unwrap_or_else(|| {
                Read::Failed(Finding::lossy("MAIL-UNREAD", "the source gave no answer for it"))
            });
            match answer {
                Read::Manual(finding) => settled.push((
                    message.id,
                    record(State::Manual, message.size_hint, vec![finding]),
                )),
                Read::Excluded(finding) => settled.push((
                    message.id,
                    record(State::Excluded, message.size_hint, vec![finding]),
                )),
                Read::Failed(finding) => settled.push((
                    message.id,
                    record(State::Failed, message.size_hint, vec![finding]),
                )),
                Read::Message(read, findings) => {
                    let content = read.body.content()?;
                    let id = self.identity(message.id, &content);
                    if let Some(record) = known.get(&id).filter(|record| record.stands_on_target()) {
                        self.effects.unchanged(&self.scope, &id, record);
                        continue;
                    }
                    if self.lost.remove(&id) {
                        settled.push((id, lost_record(read.body.len())));
                        continue;
                    }
                    // A file tells a message's date only when it is read.
                    let (date, size) = (read.date, read.body.len());
                    if let Some(why) = self.effects.policy().excludes(
                        &self.folder.path,
                        date.and_then(InternalDate::timestamp),
                        Some(size),
                    ) {
                        settled.push((id, record(State::Excluded, size, vec![why])));
                        continue;
                    }
                    let (mut candidate, stops) = self.weigh(writer, target, id, read, findings)?;
                    candidate.version = message.version;
                    if let Some(stored) = present.take(&candidate.digest) {
                        candidate.place = stored.place.filter(|_| self.keeps_places());
                        settled.push(candidate.settle(State::Present));
                    } else if stops {
                        settled.push(self.keep(candidate)?);
                    } else {
                        candidates.push(candidate);
                    }
                }
            }
        }
        if !candidates.is_empty() {
            settled.extend(self.append(writer, target, candidates).await?);
        }
        for (id, record) in &mut settled {
            record.attempts = attempts(known, id) + 1;
            carry_replaced(known, id, record);
        }
        self.effects.settle(&self.scope, &settled).await?;
        let settled = settled.iter().map(|(id, record)| (id, record));
        self.remove_replaced(writer, target, settled).await.map(drop)
    }

    /// Whether it is remembered where messages stand on the target: to tell late copies of what is in doubt, and to carry over what changes on
    /// the source.
    pub(super) fn keeps_places(&self) -> bool {
        self.source.stable_ids || !self.doubts.items.is_empty()
    }

    /// What is to be sent of a message, and whether the policy keeps it from being sent.
    pub(super) fn weigh(
        &self,
        writer: &dyn MailWriter,
        target: &TargetFolder,
        id: String,
        read: Message,
        mut findings: Vec<Finding>,
    ) -> Result<(Candidate, bool)> {
        let content = read.body.content()?;
        findings.extend(obstacles(&read, &content, &target.capabilities));
        findings.extend(writer.alters(&read)?);
        let stops = self.effects.policy().stops(&findings);
        let candidate = Candidate::new(id, &content, findings, read);
        if stops {
            return Ok((candidate, true));
        }
        Ok((candidate.when_accepted(&content, &target.capabilities)?, false))
    }

    /// Appends what may be appended, and reads it back.
    async fn append(
        &mut self,
        writer: &mut dyn MailWriter,
        target: &TargetFolder,
        candidates: Vec<Candidate>,
    ) -> Result<Vec<(String, Record)>> {
        let sent = self
            .effects
            .send(&self.scope, writer, target, &candidates)
            .await?;
        let Some(Sent { answers, mut found }) = sent else {
            let moves = candidates
                .into_iter()
                .map(|candidate| candidate.settle(State::Moved));
            return Ok(moves.collect());
        };
        // A late copy of a message in doubt is told from this one by its place.
        let keeps_place = self.keeps_places();
        let mut answers = answers.into_iter();
        let mut settled = Vec::with_capacity(candidates.len());
        let (mut changed, mut behind) = (Vec::new(), Vec::new());
        for mut candidate in candidates {
            let answer = answers.next().unwrap_or(Appended::Refused {
                permanent: false,
                text: "the target gave no answer for it".into(),
            });
            let stored = found.take_best(&candidate.digest, &candidate.message);
            settled.push(match (stored, answer) {
                (Some(stored), _) if self.is_full => {
                    behind.push((candidate, stored));
                    continue;
                }
                (Some(stored), _) => self.found(candidate, stored, keeps_place)?,
                (None, Appended::Stored) => {
                    changed.push(candidate);
                    continue;
                }
                (None, Appended::Full { text }) => {
                    self.is_full = true;
                    candidate.findings.push(over_quota(&text));
                    candidate.settle(State::Failed)
                }
                (None, Appended::Refused { permanent, text }) => {
                    let message = format!("the target refused the message: {text}");
                    candidate.findings.push(Finding::lossy("MAIL-REFUSED", message));
                    if permanent {
                        self.keep(candidate)?
                    } else {
                        candidate.settle(State::Failed)
                    }
                }
            });
        }
        settled.extend(self.take_back(writer, target, behind, keeps_place).await?);
        // What is left stands in the order in which it was sent; where more or fewer stand there, nobody knows which is which.
        let rest = found.rest();
        let mut rest = (rest.len() == changed.len())
            .then_some(rest)
            .into_iter()
            .flatten();
        for candidate in changed {
            settled.push(self.changed(candidate, rest.next(), keeps_place)?);
        }
        Ok(settled)
    }

    /// The target had no room for a message, and has stored some that were sent behind it. They are taken back, so that a run that
    /// finds room again stores all of them in order. Where that is not possible they stay.
    async fn take_back(
        &mut self,
        writer: &mut dyn MailWriter,
        target: &TargetFolder,
        behind: Vec<(Candidate, Stored)>,
        keeps_place: bool,
    ) -> Result<Vec<(String, Record)>> {
        let places: Option<Vec<String>> = behind.iter().map(|(_, stored)| stored.place.clone()).collect();
        let is_gone = match places {
            Some(places) if !places.is_empty() => writer.remove(target, &places).await?,
            _ => false,
        };
        let mut settled = Vec::with_capacity(behind.len());
        for (mut candidate, stored) in behind {
            settled.push(if is_gone {
                candidate.findings.push(over_quota(WAITS));
                candidate.settle(State::Failed)
            } else {
                self.found(candidate, stored, keeps_place)?
            });
        }
        Ok(settled)
    }

    /// A message that stands on the target as it was sent, but perhaps for its flags and date.
    pub(super) fn found(
        &self,
        mut candidate: Candidate,
        stored: Stored,
        keeps_place: bool,
    ) -> Result<(String, Record)> {
        let differs = differences(&candidate.message, &stored);
        candidate.place = stored.place.filter(|_| keeps_place);
        let Some(finding) = differs else {
            return Ok(candidate.settle(State::Moved));
        };
        let accepted = self.effects.policy().accepts(&finding);
        candidate.findings.push(finding);
        if accepted {
            Ok(candidate.settle(State::Moved))
        } else {
            self.keep_stored(candidate)
        }
    }

    /// A message that the target gives back otherwise than it was sent.
    pub(super) fn changed(
        &self,
        mut candidate: Candidate,
        stored: Option<Stored>,
        keeps_place: bool,
    ) -> Result<(String, Record)> {
        let finding = Finding::lossy(
            "MAIL-CHANGED-BY-TARGET",
            "the target said that it stored the message, but gives back other octets",
        );
        // Who accepted that this target changes such a message has accepted what shows here.
        let foreseen = candidate.findings.iter().any(is_altered);
        let accepted = foreseen || self.effects.policy().accepts(&finding);
        if !foreseen {
            candidate.findings.push(finding);
        }
        let Some(stored) = stored else {
            return self.keep_stored(candidate);
        };
        let proof = Some(stored.digest);
        let (id, mut record) = if accepted {
            self.found(candidate, stored, keeps_place)?
        } else {
            candidate.place = stored.place.filter(|_| keeps_place);
            self.keep_stored(candidate)?
        };
        record.proof = proof;
        Ok((id, record))
    }

    /// Keeps the original for a person.
    pub(super) fn keep(&self, candidate: Candidate) -> Result<(String, Record)> {
        let original = self.effects.keep(&candidate)?;
        let label = self.effects.label(&candidate.message);
        let (id, mut record) = candidate.settle(State::Manual);
        record.original = original;
        record.label = label;
        Ok((id, record))
    }

    /// Keeps the original of a message that stands on the target, but otherwise than it should.
    pub(super) fn keep_stored(&self, candidate: Candidate) -> Result<(String, Record)> {
        let (id, mut record) = self.keep(candidate)?;
        record.on_target = true;
        Ok((id, record))
    }
}

/// Whether a finding says that the target is known to change such a message.
pub(super) fn is_altered(finding: &Finding) -> bool {
    finding.code == "MAIL-ALTERED"
}
