//! What became of a batch whose end the journal was not told.

use super::{
    batch::is_altered, batches, candidate::Candidate, effects::Effects, fit::differences,
    stored::StoredMessages, walk::FolderWalk,
};
use crate::{
    Finding, Result, State,
    journal::{Intent, Record},
    message::Listed,
    route::attempts,
    sources::{MailReader, Read},
    targets::{MailWriter, Mark, Stored, TargetFolder},
};
use std::collections::{HashMap, HashSet};

impl FolderWalk<'_, '_> {
    /// Finds out which messages of an interrupted batch arrived.
    pub(super) async fn recover(
        &mut self,
        (reader, writer): (&mut dyn MailReader, &mut dyn MailWriter),
        target: &TargetFolder,
        intent: &Intent,
        known: &HashMap<String, Record>,
        listed: &[Listed],
    ) -> Result<Vec<(String, Record)>> {
        let mut found = StoredMessages::new(self.settled(writer, target, intent).await?);
        let (mut records, mut missing) = (Vec::new(), HashSet::new());
        for (place, (id, digest)) in intent.items.iter().enumerate() {
            if found.take(digest).is_some() {
                let mut record = Record::new(State::Moved);
                record.digest = Some(*digest);
                record.bytes = intent.sizes.get(place).copied().unwrap_or_default();
                records.push((id.clone(), record));
            } else {
                missing.insert(id.as_str());
            }
        }
        let rest = found.rest();
        if !rest.is_empty() {
            let missing = listed
                .iter()
                .filter(|message| missing.contains(message.id.as_str()))
                .collect::<Vec<_>>();
            records.extend(self.recognise((reader, writer), target, &missing, rest).await?);
        }
        for (id, record) in &mut records {
            record.attempts = attempts(known, id) + 1;
        }
        if let Effects::Run(context) = &self.effects {
            context.records().commit(&self.scope, &records).await?;
        }
        Ok(records)
    }

    /// What stands behind an intent's mark, when nothing that was on its way can arrive any more.
    async fn settled(
        &self,
        writer: &mut dyn MailWriter,
        target: &TargetFolder,
        intent: &Intent,
    ) -> Result<Vec<Stored>> {
        /// Mail that others send must not keep a run waiting.
        const ROUNDS: u32 = 30;
        let mark = Mark::new(intent.mark.clone());
        let mut stored = writer.stored(target, Some(&mark)).await?;
        let lateness = target.capabilities.lateness;
        for _ in 0..ROUNDS {
            if lateness.is_zero() || !self.effects.waits() || stored.len() >= intent.items.len() {
                break;
            }
            let before = stored.len();
            tokio::time::sleep(lateness).await;
            self.effects.ready().await?;
            stored = writer.stored(target, Some(&mark)).await?;
            if stored.len() == before {
                break;
            }
        }
        Ok(stored)
    }

    /// Messages that the target changed have another digest there. They are known by their flags and date, and by the order in
    /// which they were sent if as many of them stand there. Where more or fewer do, nobody knows which is which: they are kept
    /// for a person and not sent again.
    async fn recognise(
        &mut self,
        (reader, writer): (&mut dyn MailReader, &mut dyn MailWriter),
        target: &TargetFolder,
        missing: &[&Listed],
        mut rest: Vec<Stored>,
    ) -> Result<Vec<(String, Record)>> {
        let mut sent = Vec::new();
        for batch in batches(missing) {
            let read = reader.read(self.folder, &batch, &self.effects.spool()).await?;
            for (message, read) in batch.into_iter().zip(read) {
                let Read::Message(read, findings) = read else {
                    continue;
                };
                let (candidate, stops) = self.weigh(writer, target, message.id, read, findings)?;
                // Without a date any mail that somebody delivered would do.
                let is_known = candidate.message.date.is_some() || candidate.findings.iter().any(is_altered);
                if is_known && !stops {
                    sent.push(candidate);
                }
            }
        }
        let looks =
            |candidate: &Candidate, stored: &Stored| differences(&candidate.message, stored).is_none();
        let mut records = Vec::new();
        while !sent.is_empty() {
            let first = sent.remove(0);
            let (there, others): (Vec<_>, Vec<_>) =
                rest.into_iter().partition(|stored| looks(&first, stored));
            rest = others;
            let mut alike = vec![first];
            let (same, left): (Vec<_>, Vec<_>) = sent
                .into_iter()
                .partition(|candidate| there.iter().any(|stored| looks(candidate, stored)));
            alike.extend(same);
            sent = left;
            if alike.len() == there.len() {
                for (candidate, stored) in alike.into_iter().zip(there) {
                    records.push(self.changed(candidate, Some(stored))?);
                }
            } else if !there.is_empty() {
                for mut candidate in alike {
                    let why = "the connection was lost while it was sent, and the target may hold it in a changed form";
                    candidate.findings.push(Finding::lossy("MAIL-AMBIGUOUS", why));
                    records.push(self.keep_stored(candidate)?);
                }
            }
        }
        Ok(records)
    }
}
