//! Messages that are on the source no more.

use super::{effects::Effects, walk::FolderWalk};
use crate::{
    Account, Entity, Finding, Result, State,
    job::job_key,
    journal::{ContainerKey, RECORDS, Record},
    report::Deletion,
    sources::{MailFolder, SourceCapabilities},
    targets::{MailWriter, TargetCapabilities, TargetFolder},
};
use std::collections::{HashMap, HashSet};

/// A message was deleted on the source, and so on the target.
const DELETED: &str = "MAIL-SOURCE-DELETED";
/// A message is on the source no more, and stays on the target.
const GONE: &str = "MAIL-SOURCE-GONE";
/// Messages that are removed at once.
const BATCH: usize = 500;

/// Folders that the source had, and lists no more.
pub(super) async fn folders(
    effects: &mut Effects<'_>,
    account: &Account,
    writer: &mut dyn MailWriter,
    can: &(SourceCapabilities, TargetCapabilities),
    listed: &HashSet<Vec<String>>,
) -> Result<()> {
    let context = match &*effects {
        Effects::Run(context) => *context,
        Effects::Plan(_) => return Ok(()),
    };
    // A source that has nothing at all is one that something is wrong with, and nothing is deleted for it.
    if !context.deletions() || !can.0.complete || !can.0.stable_ids || listed.is_empty() {
        return Ok(());
    }
    let key = job_key(Entity::Mail, account.id.clone());
    for log in context.journal().logs(&key).await? {
        let scope = ContainerKey::of_log(&key, &log);
        if log.kind != RECORDS || listed.contains(&scope.path) {
            continue;
        }
        let opened = context.records().open(&scope).await?;
        let ours = opened.records.values().any(ours);
        let target = match &opened.target {
            Some(name) if ours => writer.reopen(name).await?,
            _ => None,
        };
        let Some(target) = target else { continue };
        context.container(&scope, &scope.display(), 0);
        let folder = MailFolder::named(scope.path.clone());
        let mut walk = FolderWalk::new(effects, account, &folder, can.clone());
        walk.carry_deletions(writer, &target, &opened.records, &HashSet::new())
            .await?;
    }
    Ok(())
}

/// Whether a run put it there.
fn ours(record: &Record) -> bool {
    record.state == State::Moved || record.on_target
}

impl FolderWalk<'_, '_> {
    /// Removes what is gone from the source, if that is wanted. Each message is named in the report.
    pub(super) async fn carry_deletions(
        &mut self,
        writer: &mut dyn MailWriter,
        target: &TargetFolder,
        known: &HashMap<String, Record>,
        listed: &HashSet<String>,
    ) -> Result<()> {
        let Effects::Run(context) = &*self.effects else {
            return Ok(());
        };
        if !self.effects.deletes() || !self.source.complete || !self.source.stable_ids {
            return Ok(());
        }
        let gone = known
            .iter()
            .filter(|(id, record)| ours(record) && !listed.contains(id.as_str()));
        let mut gone: Vec<(&String, &Record)> = gone.collect();
        gone.sort_by_key(|(id, _)| *id);
        let (placed, unplaced): (Vec<_>, Vec<_>) =
            gone.into_iter().partition(|(_, record)| record.place.is_some());
        let told = |id: &str, deleted: bool| {
            let finding = if deleted {
                Finding::info(
                    DELETED,
                    "the message was deleted on the source, and so on the target",
                )
            } else {
                let why =
                    "the message was deleted on the source, and stays on the target, which cannot remove it";
                Finding::info(GONE, why)
            };
            context.deleted(&self.scope, Deletion::new(id, finding.clone()));
            finding
        };
        for batch in placed.chunks(BATCH) {
            context.ready().await?;
            context
                .charge(u32::try_from(batch.len()).unwrap_or(u32::MAX), 0)
                .await?;
            let places = batch
                .iter()
                .flat_map(|(_, record)| record.place.iter().chain(&record.replaces));
            let places: Vec<String> = places.filter(|place| !place.is_empty()).cloned().collect();
            let removed = writer.remove(target, &places).await?;
            let mut records = Vec::with_capacity(batch.len());
            for (id, _) in batch {
                let mut record = Record::new(State::Excluded);
                record.findings.push(told(id, removed));
                records.push(((*id).clone(), record));
            }
            if removed {
                // Nothing of them stands any more: should one come back on the source, it is new.
                context.records().commit(&self.scope, &records).await?;
            }
        }
        for (id, _) in unplaced {
            told(id, false);
        }
        Ok(())
    }
}
