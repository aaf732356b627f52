//! What has changed on the source since messages were moved: their flags, and what they say.

use super::{batches, candidate::names, walk::FolderWalk};
use crate::{
    Finding, Result, State,
    journal::Record,
    message::{Flags, Listed},
    sources::{MailReader, Read},
    targets::{FlagChange, MailWriter, TargetFolder},
};
use std::collections::HashMap;
use tegu_outcome::Severity;

/// Flags changed on the source, and the target keeps those that it has.
const FLAGS_STAY: &str = "MAIL-SOURCE-FLAGS";
/// A message changed on the source.
const CHANGED: &str = "MAIL-SOURCE-CHANGED";
/// A message changed on the source, and its older version stays on the target.
const OLD_VERSION: &str = "MAIL-OLD-VERSION";
/// What the flags of a message alone may have against them.
const OF_FLAGS: [&str; 2] = ["MAIL-FLAGS", "MAIL-KEYWORD"];

impl FolderWalk<'_, '_> {
    /// Returns whether the source says that a message is not what it was when it was moved.
    pub(super) fn has_changed(message: &Listed, record: &Record) -> bool {
        message.version.is_some() && message.version != record.version
    }

    /// Carries flags over to messages that stand on the target. Those that say something else now are returned, and stand there no more
    /// as far as `known` goes.
    pub(super) async fn follow(
        &mut self,
        reader: &mut dyn MailReader,
        writer: &mut dyn MailWriter,
        target: &TargetFolder,
        changed: &[&Listed],
        known: &mut HashMap<String, Record>,
    ) -> Result<Vec<Listed>> {
        let mut again = Vec::new();
        for batch in batches(changed) {
            self.effects.ready().await?;
            let read = reader.read(self.folder, &batch, &self.effects.spool()).await?;
            let (mut followed, mut outdated, mut changes) = (Vec::new(), Vec::new(), Vec::new());
            for (message, read) in batch.into_iter().zip(read) {
                let Some(old) = known.get(&message.id) else {
                    continue;
                };
                let Read::Message(read, findings) = read else {
                    // It stands there as it was; the next run looks again.
                    self.effects.unchanged(&self.scope, &message.id, old);
                    continue;
                };
                let (candidate, stops) = self.weigh(writer, target, message.id.clone(), read, findings)?;
                if old.digest.is_some_and(|old| old != candidate.digest) {
                    outdated.push((message.id.clone(), outdated_record(old)));
                    again.push(message);
                    continue;
                }
                let mut flags = candidate.message.flags.clone();
                // What the target cannot hold is told, and the rest is carried over.
                flags
                    .keywords
                    .retain(|keyword| target.capabilities.keywords.hold(keyword));
                let before = old.flags.as_deref().unwrap_or_default().split(' ');
                let change = FlagChange::between(
                    old.place.clone().unwrap_or_default(),
                    &Flags::from_names(before),
                    &flags,
                );
                changes.extend(change);
                let mut record = if stops {
                    let (_, mut kept) = self.keep_stored(candidate)?;
                    kept.attempts = old.attempts;
                    kept
                } else if is_about_flags(old) {
                    candidate.settle(State::Moved).1
                } else {
                    old.clone()
                };
                (record.place, record.proof) = (old.place.clone(), old.proof);
                record.version.clone_from(&message.version);
                record.flags = Some(names(&flags));
                record.replaces.clone_from(&old.replaces);
                followed.push((message.id, record));
            }
            self.carry_flags(writer, target, changes).await?;
            self.effects.follow(&self.scope, &followed).await?;
            self.effects.remember(&self.scope, &outdated).await?;
            known.extend(followed);
            known.extend(outdated);
        }
        Ok(again)
    }

    async fn carry_flags(
        &mut self,
        writer: &mut dyn MailWriter,
        target: &TargetFolder,
        changes: Vec<FlagChange>,
    ) -> Result<()> {
        if changes.is_empty() || !self.effects.changes() {
            return Ok(());
        }
        let (placed, lost): (Vec<_>, Vec<_>) =
            changes.into_iter().partition(|change| !change.place.is_empty());
        let mut stay = lost.len();
        if !placed.is_empty() && !writer.change_flags(target, &placed).await? {
            stay += placed.len();
        }
        self.effects.notice(&self.scope, FLAGS_STAY, stay as u64);
        Ok(())
    }

    /// Removes older versions of messages that stand on the target now.
    pub(super) async fn remove_replaced<'r>(
        &mut self,
        writer: &mut dyn MailWriter,
        target: &TargetFolder,
        records: impl Iterator<Item = (&'r String, &'r Record)>,
    ) -> Result<Vec<(String, Record)>> {
        let replaced = records.filter(|(_, record)| record.stands_on_target() && record.replaces.is_some());
        let mut records: Vec<(String, Record)> = replaced
            .map(|(id, record)| (id.clone(), record.clone()))
            .collect();
        if records.is_empty() || !self.effects.changes() {
            return Ok(Vec::new());
        }
        let places = records
            .iter_mut()
            .filter_map(|(_, record)| record.replaces.take());
        // A target that gives no places names none.
        let places: Vec<String> = places.filter(|place| !place.is_empty()).collect();
        let unnamed = records.len() - places.len();
        let gone = places.is_empty() || writer.remove(target, &places).await?;
        let stay = if gone { unnamed } else { records.len() };
        self.effects.notice(&self.scope, OLD_VERSION, stay as u64);
        self.effects.remember(&self.scope, &records).await?;
        Ok(records)
    }
}

/// The record of a message whose new version is not on the target yet.
fn outdated_record(old: &Record) -> Record {
    let mut record = Record::new(State::Failed);
    let why = "the message changed on the source, and its new version is not on the target yet";
    record.findings.push(Finding::lossy(CHANGED, why));
    (record.bytes, record.attempts) = (old.bytes, old.attempts);
    // An older version that is still there has its place there.
    record.replaces = old
        .replaces
        .clone()
        .or_else(|| Some(old.place.clone().unwrap_or_default()));
    record
}

/// Whether nothing but its flags kept a message that stands on the target from having moved.
fn is_about_flags(record: &Record) -> bool {
    let lossy = record
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Lossy);
    record.state == State::Manual
        && record.on_target
        && lossy.clone().count() > 0
        && lossy
            .into_iter()
            .all(|finding| OF_FLAGS.contains(&finding.code.as_ref()))
}
