//! What a run would do about one mailbox.

use super::{KINDS, RulesRoute, SCRIPT};
use crate::{
    Result,
    journal::Records,
    plan::ContainerPlan,
    route::{PlanContext, Route as _, RoutePlan},
};
use tegu_sieve::store::{Before, decide, leave_as_file};
use tegu_transfer::job::container_key;

impl RulesRoute {
    pub(super) async fn look(&self, context: &PlanContext<'_>) -> Result<RoutePlan> {
        let account = context.account();
        let mut prepared = self
            .prepare(account, context.options(), context.journal())
            .await?;
        let before = match context.journal() {
            Some(journal) => {
                let scope = container_key(self.entity(), account.id.clone(), vec![SCRIPT.to_owned()]);
                prepared.before(&Records::read(journal, &scope).await?)
            }
            None => Before::Nothing,
        };
        let decision = match &mut prepared.client {
            Some(client) => decide(client, &prepared.work, &prepared.upload, before)
                .await
                .map_err(crate::Error::at_target)?,
            None => leave_as_file(&prepared.work),
        };
        let mut containers = Vec::new();
        for (kind, entity) in KINDS {
            let mut row = ContainerPlan::new(entity, entity.name());
            let items = prepared.work.items.iter().zip(&decision.items);
            for (item, ended) in items.filter(|(item, _)| item.kind == kind) {
                row.item(&item.id, ended.state, item.original.len() as u64, &ended.findings);
            }
            containers.push(row);
        }
        containers.retain(|row| row.amounts.source.items > 0 || row.entity == self.entity());
        Ok(RoutePlan::new(containers, Vec::new()))
    }
}
