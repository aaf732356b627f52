//! What will become of one account's calendars or contacts. Their documents are small, so they are read, and what would be
//! lost is known.

use super::{identity, list_collections};
use crate::{
    Entity, Finding, PlanContext, Policy, Result, RoutePlan, State, digest,
    job::{container_key, row_entity},
    journal::{Record, Records},
    plan::ContainerPlan,
    route::folder_span,
    sources::ItemSource,
};
use std::collections::HashMap;
use tegu_store::{
    items::{Item, ItemParser},
    sources::ReadDocument,
};
use tracing::Instrument as _;

pub(super) async fn plan(
    entity: Entity,
    (source, parser): (&dyn ItemSource, &dyn ItemParser),
    context: &PlanContext<'_>,
) -> Result<RoutePlan> {
    let (account, kind) = (context.account(), identity::kind(entity));
    let mut planned = RoutePlan::default();
    let (mut reader, collections) = list_collections(source, account, context.options()).await?;
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
        for document in &collection.documents {
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
