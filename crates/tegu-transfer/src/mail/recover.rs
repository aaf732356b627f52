//! Messages that were sent and of whose sending no end is known: which arrived, which came twice, which may still come.

use super::{
    batch::is_altered,
    batches,
    candidate::{Candidate, carry_replaced},
    doubt::{AMBIGUOUS, InDoubt, now},
    fit::differences,
    walk::FolderWalk,
};
use crate::{
    ErrorKind, Finding, Result, State,
    journal::{Doubts, Intent, Record},
    message::Listed,
    route::attempts,
    sources::{MailReader, Read},
    targets::{MailWriter, Mark, Stored, TargetFolder},
};
use std::collections::{HashMap, HashSet};

/// What stands behind a mark.
struct Seen {
    /// Where the folder ended before it was looked at.
    end: Mark,
    stored: Vec<Stored>,
    /// The places behind the later mark.
    behind: HashSet<String>,
}

impl FolderWalk<'_, '_> {
    /// Finds out which messages arrived that earlier runs sent with no known end, and removes copies that are too many.
    pub(super) async fn recover(
        &mut self,
        reader: &mut dyn MailReader,
        writer: &mut dyn MailWriter,
        target: &TargetFolder,
        intent: Option<&Intent>,
        known: &mut HashMap<String, Record>,
        listed: &[Listed],
    ) -> Result<()> {
        let Some(open) = InDoubt::new(&self.doubts, intent, now()) else {
            return Ok(());
        };
        let seen = match self.settled(writer, target, &open, known).await {
            // Another folder stands in its place. Nothing is in doubt there.
            Err(error) if error.kind() == ErrorKind::NotFound && intent.is_none() => {
                self.doubts = Doubts::default();
                return self.effects.resolve(&self.scope, &[], &self.doubts).await;
            }
            seen => seen?,
        };
        self.judge(reader, writer, target, (open, seen), known, Some(listed))
            .await
    }

    /// Looks once more behind the mark, without waiting. Without `listed` it only removes copies that are too many.
    pub(super) async fn look_again(
        &mut self,
        reader: &mut dyn MailReader,
        writer: &mut dyn MailWriter,
        target: &TargetFolder,
        known: &mut HashMap<String, Record>,
        listed: Option<&[Listed]>,
    ) -> Result<()> {
        let Some(open) = InDoubt::new(&self.doubts, None, now()) else {
            return Ok(());
        };
        let seen = look(writer, target, &open).await?;
        self.judge(reader, writer, target, (open, seen), known, listed)
            .await
    }

    /// What stands behind the mark, when nothing comes any more, or all that may be on its way has.
    async fn settled(
        &self,
        writer: &mut dyn MailWriter,
        target: &TargetFolder,
        open: &InDoubt,
        known: &HashMap<String, Record>,
    ) -> Result<Seen> {
        /// Mail that others send must not keep a run waiting.
        const ROUNDS: u32 = 30;
        let awaited = open.missing(known).len();
        let claimed = claimed(known);
        let count = |seen: &Seen| unclaimed(&seen.stored, &claimed).count();
        let mut seen = look(writer, target, open).await?;
        let quiet = self.effects.quiet(target);
        for _ in 0..ROUNDS {
            let before = count(&seen);
            if quiet.is_zero() || before >= awaited {
                break;
            }
            tokio::time::sleep(quiet).await;
            self.effects.ready().await?;
            seen = look(writer, target, open).await?;
            if count(&seen) == before {
                break;
            }
        }
        Ok(seen)
    }

    async fn judge(
        &mut self,
        reader: &mut dyn MailReader,
        writer: &mut dyn MailWriter,
        target: &TargetFolder,
        (open, seen): (InDoubt, Seen),
        known: &mut HashMap<String, Record>,
        listed: Option<&[Listed]>,
    ) -> Result<()> {
        let claimed = claimed(known);
        // Of what has no place nobody knows whether a record claims it.
        let is_placed = |stored: &&Stored| stored.place.is_some() || self.doubts.items.is_empty();
        let stored: Vec<Stored> = unclaimed(&seen.stored, &claimed)
            .filter(is_placed)
            .cloned()
            .collect();
        let mut found = open.search(known, &stored, &seen.behind);
        let missing = open.missing(known);
        // A first copy is for a look that gives it a state.
        let mark = if listed.is_none() && !missing.is_empty() {
            found.arrived.clear();
            &open.mark
        } else {
            &seen.end
        };
        let arrived: HashSet<&str> = found.arrived.iter().map(|(doubt, _)| doubt.id.as_str()).collect();
        let rest: Vec<Stored> = found
            .others
            .iter()
            .filter_map(|at| stored.get(*at).cloned())
            .collect();
        let again = listed.unwrap_or_default().iter().filter(|message| {
            let id = message.id.as_str();
            arrived.contains(id) || (!rest.is_empty() && missing.contains(id))
        });
        let mut candidates = self
            .read_again(reader, writer, target, &again.collect::<Vec<_>>())
            .await?;
        let mut records = Vec::with_capacity(found.arrived.len());
        for (doubt, at) in &found.arrived {
            let Some(stored) = stored.get(*at) else { continue };
            let same =
                |candidate: &mut Candidate| candidate.id == doubt.id && candidate.digest == doubt.digest;
            let candidate = candidates.extract_if(.., same).next();
            records.push(match candidate {
                Some(candidate) => self.found(candidate, stored.clone(), true)?,
                None => {
                    let mut record = Record::new(State::Moved);
                    (record.digest, record.bytes) = (Some(doubt.digest), doubt.bytes);
                    record.place.clone_from(&stored.place);
                    (doubt.id.clone(), record)
                }
            });
        }
        candidates.retain(|candidate| missing.contains(candidate.id.as_str()));
        records.extend(self.recognise(candidates, rest)?);
        for (id, record) in &mut records {
            record.attempts = attempts(known, id) + 1;
            carry_replaced(known, id, record);
        }
        let surplus: Vec<String> = found
            .surplus
            .iter()
            .filter_map(|(_, at)| stored.get(*at)?.place.clone())
            .collect();
        self.remove(writer, target, surplus).await?;
        let is_there: HashSet<&str> = records.iter().map(|(id, _)| id.as_str()).collect();
        let is_open = |id: &str| {
            let stands = known.get(id).is_some_and(Record::stands_on_target) || is_there.contains(id);
            let is_listed = |listed: &[Listed]| listed.iter().any(|message| message.id == id);
            !stands && listed.is_none_or(is_listed)
        };
        let ended = found.arrived.iter().chain(&found.surplus).map(|(doubt, _)| doubt);
        let left = match target.capabilities.lateness.is_zero() {
            true => Vec::new(),
            false => open.left(ended, is_open, now()),
        };
        let doubts = match left.is_empty() {
            true => Doubts::default(),
            false => Doubts::new(mark.as_str(), left),
        };
        if open.has_intent || !records.is_empty() || doubts != self.doubts {
            self.effects.resolve(&self.scope, &records, &doubts).await?;
        }
        self.doubts = doubts;
        known.extend(records);
        Ok(())
    }

    /// Removes copies that this job made too many, or names them where that is not safe.
    async fn remove(
        &mut self,
        writer: &mut dyn MailWriter,
        target: &TargetFolder,
        places: Vec<String>,
    ) -> Result<()> {
        if places.is_empty() || !self.effects.changes() {
            return Ok(());
        }
        let code = match writer.remove(target, &places).await? {
            true => "MAIL-LATE-COPY-REMOVED",
            false => "MAIL-LATE-COPY",
        };
        for place in places {
            tracing::info!(folder = target.name, place, code);
            self.effects.notice(&self.scope, code, 1);
            self.surplus.insert(place);
        }
        Ok(())
    }

    /// Reads messages of the source again, to see what arrived as they should have. Those that may not be sent are left out.
    async fn read_again(
        &mut self,
        reader: &mut dyn MailReader,
        writer: &mut dyn MailWriter,
        target: &TargetFolder,
        messages: &[&Listed],
    ) -> Result<Vec<Candidate>> {
        let mut candidates = Vec::with_capacity(messages.len());
        for batch in batches(messages) {
            let read = reader.read(self.folder, &batch, &self.effects.spool()).await?;
            for (message, read) in batch.into_iter().zip(read) {
                let Read::Message(read, findings) = read else {
                    continue;
                };
                let (mut candidate, stops) = self.weigh(writer, target, message.id, read, findings)?;
                candidate.version = message.version;
                if !stops {
                    candidates.push(candidate);
                }
            }
        }
        Ok(candidates)
    }

    /// Messages that the target changed have another digest there. They are known by their flags and date, and by the order in
    /// which they were sent if as many of them stand there. Where more or fewer do, nobody knows which is which: they are kept
    /// for a person and not sent again.
    fn recognise(&self, mut sent: Vec<Candidate>, mut rest: Vec<Stored>) -> Result<Vec<(String, Record)>> {
        // Without a date any mail that somebody delivered would do.
        sent.retain(|candidate| {
            candidate.message.date.is_some() || candidate.findings.iter().any(is_altered)
        });
        let looks =
            |candidate: &Candidate, stored: &Stored| differences(&candidate.message, stored).is_none();
        let mut records = Vec::new();
        while !sent.is_empty() && !rest.is_empty() {
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
                    records.push(self.changed(candidate, Some(stored), true)?);
                }
            } else if !there.is_empty() {
                for mut candidate in alike {
                    let why = "the connection was lost while it was sent, and the target may hold it in a changed form";
                    candidate.findings.push(Finding::lossy(AMBIGUOUS, why));
                    records.push(self.keep_stored(candidate)?);
                }
            }
        }
        Ok(records)
    }
}

/// What stands behind the marks now.
async fn look(writer: &mut dyn MailWriter, target: &TargetFolder, open: &InDoubt) -> Result<Seen> {
    // What comes after this is looked at again.
    let end = writer.mark(target).await?;
    let stored = writer.stored(target, Some(&open.mark)).await?;
    let mut behind = HashSet::new();
    if let Some(later) = &open.later {
        let stored = writer.stored(target, Some(later)).await?;
        behind.extend(stored.into_iter().filter_map(|stored| stored.place));
    }
    Ok(Seen { end, stored, behind })
}

/// The places of which records know.
fn claimed(known: &HashMap<String, Record>) -> HashSet<String> {
    known.values().filter_map(|record| record.place.clone()).collect()
}

fn unclaimed<'s>(stored: &'s [Stored], claimed: &'s HashSet<String>) -> impl Iterator<Item = &'s Stored> {
    stored
        .iter()
        .filter(|stored| stored.place.as_ref().is_none_or(|place| !claimed.contains(place)))
}
