//! What will become of one account's calendars or contacts. Their documents are small, so they are read, and what would be
//! lost is known.

use crate::{
    Entity, Error, Policy, Result, State,
    convert::{self, Item},
    digest,
    journal::{Record, Records},
    ledger,
    plan::ContainerPlan,
    route::{PlanContext, RoutePlan, called, folder_span, listed},
    sources::ItemSource,
};
use std::collections::HashMap;
use tracing::Instrument as _;

pub(super) async fn plan(
    entity: Entity,
    source: &dyn ItemSource,
    context: &PlanContext<'_>,
) -> Result<RoutePlan> {
    let account = context.account;
    let mut planned = RoutePlan::default();
    let opened = source.open_knowing(account, &context.lookup()).await;
    let mut reader = opened.map_err(Error::at_source)?;
    let collections = reader.collections().await.map_err(Error::at_source)?;
    let names = context.names(entity, &listed(&collections)).await?;
    for collection in called(collections, names) {
        let mut plan = ContainerPlan::new(entity, &collection.name);
        let known = match &context.journal {
            Some(journal) => {
                let scope = ledger::container(entity, account.id.clone(), vec![collection.name.clone()]);
                Records::read(journal.as_ref(), &scope).await?.records
            }
            None => HashMap::new(),
        };
        for document in &collection.documents {
            let items = match reader
                .read(&collection, document)
                .instrument(folder_span(&plan.name))
                .await
            {
                Ok(read) => convert::items(entity, document, read, &context.addresses),
                Err(error) if error.concerns_one_object() => convert::unread(document, &error),
                Err(error) => return Err(error.at_source()),
            };
            for (id, item) in convert::identities(&document.id, &items).iter().zip(&items) {
                plan_item(&mut plan, id, item, known.get(id), context.policy);
            }
        }
        planned.containers.push(plan);
    }
    Ok(planned)
}

fn plan_item(plan: &mut ContainerPlan, id: &str, item: &Item, known: Option<&Record>, policy: &Policy) {
    let size = item.original.len() as u64;
    let unchanged = |known: &&Record| known.digest == Some(digest::of(&item.original));
    if let Some(known) = known.filter(|known| convert::deleted_by_owner(known)) {
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
