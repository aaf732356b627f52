//! What will become of one account's calendars or contacts. Their documents are small, so they are read, and what would be
//! lost is known.

use crate::{
    Entity, Finding, Policy, Result, State,
    convert::{self, Item},
    digest,
    error::concerns_one_object,
    journal::{Record, Records},
    ledger,
    plan::ContainerPlan,
    route::{PlanContext, RoutePlan},
    sources::ItemSource,
};
use std::collections::HashMap;

pub(super) async fn plan(
    entity: Entity,
    source: &dyn ItemSource,
    context: &PlanContext<'_>,
) -> Result<RoutePlan> {
    let account = context.account;
    let mut planned = RoutePlan::default();
    for collection in source.collections(account).await? {
        let mut plan = ContainerPlan::new(entity, &collection.name);
        let known = match &context.journal {
            Some(journal) => {
                let scope = ledger::container(entity, account.id.clone(), vec![collection.name.clone()]);
                Records::read(journal.as_ref(), &scope).await?.records
            }
            None => HashMap::new(),
        };
        for document in &collection.documents {
            let items = match source.read(account, &collection, document).await {
                Ok(body) => convert::items(entity, document.format, &body, &context.addresses)
                    .unwrap_or_else(|finding| vec![Item::unreadable(&document.id, &body, finding)]),
                Err(error) if concerns_one_object(&error) => {
                    let finding = Finding::lossy("DAV-UNREAD", error.to_string());
                    vec![Item::unreadable(&document.id, b"", finding)]
                }
                Err(error) => return Err(error),
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
