//! What will become of one account's calendars or contacts. Their documents are small, so they are read, and what would be
//! lost is known.

use super::{AccountPlan, ContainerPlan};
use crate::{
    Account, Entity, ErrorKind, Finding, Policy, Result,
    convert::{self, Item},
    digest,
    journal::{Journal, Record, Records},
    ledger,
    source::ItemSource,
};
use std::{collections::HashMap, sync::Arc};
use tegu_dav::resolve::Table;

pub(super) async fn look(
    row: &mut AccountPlan,
    entity: Entity,
    account: &Account,
    source: &dyn ItemSource,
    policy: &Policy,
    journal: Option<&dyn Journal>,
    addresses: &Arc<Table>,
) -> Result<()> {
    for collection in source.collections(account).await? {
        let mut plan = ContainerPlan::new(entity, &collection.name);
        let known = match journal {
            Some(journal) => {
                let scope = ledger::container(entity, account.id.clone(), vec![collection.name.clone()]);
                Records::read(journal, &scope).await?.records
            }
            None => HashMap::new(),
        };
        for document in &collection.documents {
            let items = match source.read(account, &collection, document).await {
                Ok(body) => convert::items(entity, document.format, &body, addresses)
                    .unwrap_or_else(|finding| vec![Item::unreadable(&document.id, &body, finding)]),
                Err(error) if error.kind() == ErrorKind::Source && !error.is_retryable() => {
                    let finding = Finding::lossy("DAV-UNREAD", error.to_string());
                    vec![Item::unreadable(&document.id, b"", finding)]
                }
                Err(error) => return Err(error),
            };
            for (id, item) in convert::identities(&document.id, &items).iter().zip(&items) {
                plan_item(&mut plan, item, known.get(id), policy);
            }
        }
        row.containers.push(plan);
    }
    Ok(())
}

fn plan_item(plan: &mut ContainerPlan, item: &Item, known: Option<&Record>, policy: &Policy) {
    let size = item.original.len() as u64;
    plan.amounts.source.add(size);
    let unchanged = |known: &&Record| known.digest == Some(digest::of(&item.original));
    if let Some(known) = known.filter(|known| convert::deleted_by_owner(known)) {
        plan.amounts.excluded.add(size);
        known.findings.iter().for_each(|finding| plan.notice(finding));
    } else if known.filter(unchanged).is_some_and(Record::stands_on_target) {
        plan.amounts.present.add(size);
    } else if let Some(why) = policy.excludes(std::slice::from_ref(&plan.name), None, Some(size)) {
        plan.amounts.excluded.add(size);
        plan.notice(&why);
    } else {
        item.findings.iter().for_each(|finding| plan.notice(finding));
        if item.body.is_none() || policy.stops(&item.findings) {
            plan.amounts.manual.add(size);
        } else {
            plan.amounts.moves.add(size);
        }
    }
}
