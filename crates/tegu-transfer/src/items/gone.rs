//! What is on the source no more.

use super::{
    identity,
    mover::{Mover, Place},
};
use crate::{
    Finding, Result, RunContext, State,
    journal::{ContainerKey, RECORDS, Record},
    report::Deletion,
    sources::{Collection, CollectionKind, ItemSource, ItemSourceCapabilities},
    targets::{ItemTarget, ItemWriter, Prepared, Removed},
};
use std::collections::HashSet;
use tegu_store::items::ItemParser;

/// An item was deleted on the source, and so on the target.
const DELETED: &str = "DAV-SOURCE-DELETED";
/// An item is on the source no more, and stays on the target.
const GONE: &str = "DAV-SOURCE-GONE";

/// Collections that the source had, and lists no more.
pub(super) async fn collections(
    context: &RunContext<'_>,
    parser: &dyn ItemParser,
    listed: &[Collection],
    (source, target): (&dyn ItemSource, &dyn ItemTarget),
    writer: &mut dyn ItemWriter,
) -> Result<()> {
    let key = context.lease().key();
    for log in context.journal().logs(key).await? {
        let scope = ContainerKey::of_log(key, &log);
        let name = scope.display();
        if log.kind != RECORDS
            || listed
                .iter()
                .any(|collection| scope.path == [collection.name.as_str()])
        {
            continue;
        }
        let opened = context.records().open(&scope).await?;
        let Some(place) = opened.target.clone() else {
            continue;
        };
        if !opened.records.values().any(ours) || !writer.reopen(&place).await? {
            continue;
        }
        context.collection(&scope, &name, CollectionKind::Items);
        let place = (Place::Open(Prepared::new(place, false)), target.capabilities());
        let mut mover = Mover::new(context, parser, scope, opened, place);
        mover.carry_deletions(writer, source.capabilities()).await?;
    }
    Ok(())
}

/// Whether a run put it there.
fn ours(record: &Record) -> bool {
    record.proof.is_some() && (record.state == State::Moved || record.on_target)
}

impl Mover<'_> {
    /// Removes what is gone from the source, if that is wanted and the target still holds what was put there. Each is named in the
    /// report.
    pub(super) async fn carry_deletions(
        &mut self,
        writer: &mut dyn ItemWriter,
        source: ItemSourceCapabilities,
    ) -> Result<()> {
        let Place::Open(prepared) = &self.place else {
            return Ok(());
        };
        if !source.complete {
            return Ok(());
        }
        let collection = prepared.name.clone();
        // The same item may stand in another document now.
        let names: HashSet<&str> = self.seen.iter().map(|id| identity::parts(id).1).collect();
        let gone = self.known.iter().filter(|(id, record)| {
            let (document, name) = identity::parts(id);
            ours(record) && !self.unread.contains(document) && !names.contains(name)
        });
        let mut gone: Vec<(String, Record)> = gone.map(|(id, record)| (id.clone(), record.clone())).collect();
        gone.sort_by(|a, b| a.0.cmp(&b.0));
        let mut removed = HashSet::new();
        for (id, record) in gone {
            let name = identity::name_on_target(&record, &id).to_owned();
            let Some(was) = record.proof else { continue };
            if !self.context.deletions() {
                self.context.notice(&self.scope, GONE, 1);
                continue;
            }
            self.context.ready().await?;
            // Two items of the source may have stood for one resource.
            let outcome = if removed.contains(&name) {
                Removed::Gone
            } else if self.can.removes {
                self.context.charge(1, 0).await?;
                writer.remove(&collection, &name, was).await?
            } else {
                let text = "it removes nothing".into();
                Removed::Refused { text }
            };
            let stays = |why: String| {
                Finding::info(
                    GONE,
                    format!("the item was deleted on the source, and stays on the target: {why}"),
                )
            };
            let finding = match outcome {
                Removed::Removed => Some(Finding::info(
                    DELETED,
                    "the item was deleted on the source, and so on the target",
                )),
                Removed::Gone => None,
                Removed::Changed => Some(stays("it has changed there since it was proved".into())),
                Removed::Refused { text } => Some(stays(format!("the target says: {text}"))),
            };
            if finding.as_ref().is_none_or(|finding| finding.code == DELETED) {
                // Nothing of it stands any more: should it come back on the source, it is new.
                let mut record = Record::new(State::Excluded);
                record.findings.extend(finding.clone());
                self.context
                    .records()
                    .commit(&self.scope, &[(id.clone(), record)])
                    .await?;
                removed.insert(name);
            }
            if let Some(finding) = finding {
                self.context.deleted(&self.scope, Deletion::new(&id, finding));
            }
        }
        Ok(())
    }
}
