//! What will become of one account's calendars or contacts. Their documents are small, so they are read, and what would be
//! lost is known.

use super::{
    ItemRoute, KnownDocuments, identity,
    unchanged::{ByDocument, settles},
};
use crate::{
    Finding, PlanContext, Policy, Result, Route as _, RoutePlan, State, digest,
    job::{container_key, job_key, row_entity},
    journal::{Record, Records},
    plan::ContainerPlan,
    route::folder_span,
};
use std::collections::HashMap;
use tegu_store::{
    items::{Item, ItemParser},
    sources::ReadDocument,
};
use tracing::Instrument as _;

pub(super) async fn plan<P: ItemParser>(
    route: &ItemRoute<P>,
    context: &PlanContext<'_>,
) -> Result<RoutePlan> {
    let (entity, parser, account) = (route.entity, &route.parser, context.account());
    let kind = identity::kind(entity);
    let mut planned = RoutePlan::default();
    let documents = match context.journal() {
        Some(journal) => {
            let decides = (context.options(), &*route.describe());
            KnownDocuments::read(journal, &job_key(entity, account.id.clone()), decides).await?
        }
        None => KnownDocuments::default(),
    };
    let source = route.source.as_ref();
    let (mut reader, collections) = documents.list(source, account, context.options()).await?;
    for collection in context.called(entity, collections).await? {
        let row = row_entity(entity, collection.kind);
        let policy = context.options().policy_of(row);
        let mut plan = ContainerPlan::new(row, &collection.name);
        let known = match context.journal() {
            Some(journal) => {
                let scope = container_key(entity, account.id.clone(), vec![collection.name.clone()]);
                Records::read(journal, &scope).await?.records
            }
            None => HashMap::new(),
        };
        let by_document = ByDocument::of(&known);
        for document in &collection.documents {
            let settled = |id: &str| known.get(id).is_some_and(|record| settles(record, true));
            if let Some(items) = document.unchanged
                && let Some(ids) = by_document.settled(&document.id, items, settled)
            {
                for (id, record) in ids.iter().filter_map(|id| known.get_key_value(id)) {
                    plan_unchanged(&mut plan, id, record);
                }
                continue;
            }
            let items = match reader
                .read(&collection, document)
                .instrument(folder_span(&plan.name))
                .await
            {
                Ok(read) => parser.items(kind, document, read, &context.options().addresses),
                Err(error) if error.concerns_one_object() => {
                    let unread = Finding::lossy("DAV-UNREAD", error.to_string());
                    parser.items(
                        kind,
                        document,
                        ReadDocument::Manual(unread),
                        &context.options().addresses,
                    )
                }
                Err(error) => return Err(error.at_source()),
            };
            for (id, item) in identity::identities(&document.id, &items).iter().zip(&items) {
                plan_item(&mut plan, id, item, known.get(id), policy);
            }
        }
        planned.containers.push(plan);
    }
    Ok(planned)
}

/// Plans an item that an earlier run has settled, and that has not changed since.
fn plan_unchanged(plan: &mut ContainerPlan, id: &str, record: &Record) {
    if record.stands_on_target() {
        plan.item(id, State::Present, record.bytes, &[]);
    } else {
        plan.item(id, record.state, record.bytes, &record.findings);
    }
}

fn plan_item(plan: &mut ContainerPlan, id: &str, item: &Item, known: Option<&Record>, policy: &Policy) {
    let size = item.original.len() as u64;
    let unchanged = |known: &&Record| known.digest == Some(digest::of(&item.original));
    if let Some(known) = known.filter(|known| identity::deleted_by_owner(known)) {
        plan.item(id, State::Excluded, size, &known.findings);
    } else if known.filter(unchanged).is_some_and(Record::stands_on_target) {
        plan.item(id, State::Present, size, &[]);
    } else if let Some(why) = policy.excludes(std::slice::from_ref(&plan.name), None, Some(size)) {
        plan.item(id, State::Excluded, size, &[why]);
    } else {
        let stops = item.body.is_none() || policy.stops(&item.findings);
        let state = if stops { State::Manual } else { State::Moved };
        plan.item(id, state, size, &item.findings);
    }
}
