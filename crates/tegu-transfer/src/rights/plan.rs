//! What a run would do about one mailbox.

use super::{
    RightsRoute, decide, entity_of,
    side::{Listed, Side},
};
use crate::{
    Finding, PlanContext, Result, Route as _, RoutePlan, State,
    job::container_key,
    journal::{ContainerRecords, Records},
    plan::ContainerPlan,
};
use tegu_rights::Grant;

impl RightsRoute {
    pub(super) async fn look(&self, context: &PlanContext<'_>) -> Result<RoutePlan> {
        let grants = self.grants(context.account()).await?;
        let mut containers = self.look_at(context, &self.mail, &grants).await?;
        for side in &self.collections {
            containers.extend(self.look_at(context, side, &grants).await?);
        }
        containers.retain(|row| row.amounts.source.items > 0 || row.entity == self.entity());
        containers.sort_by_key(|row| row.entity);
        Ok(RoutePlan::new(containers, Vec::new()))
    }

    async fn look_at<R: Listed>(
        &self,
        context: &PlanContext<'_>,
        side: &Side<R>,
        grants: &[Grant],
    ) -> Result<Vec<ContainerPlan>> {
        let account = context.account();
        let mut prepared = self
            .prepare(side, (account, grants), context.options(), context.journal())
            .await?;
        let known = match context.journal() {
            Some(journal) => {
                let scope = container_key(self.entity(), account.id.clone(), vec![side.log().to_owned()]);
                Records::read(journal, &scope).await?
            }
            None => ContainerRecords::default(),
        };
        let lists = prepared.look(&known).await?;
        let fates = decide::entries(&prepared.entries.wanted, &lists, &known);
        let moves = self.surveyed().moves(side);
        let mut containers = Vec::new();
        for kind in self.kinds(side) {
            let entity = entity_of(kind);
            let mut row = ContainerPlan::new(entity, entity.name());
            let items = prepared.work.items.iter().zip(&prepared.entries.items);
            for (item, placed) in items.filter(|(item, _)| item.kind == kind) {
                let (mut state, mut findings) = decide::item(item, placed, &fates);
                // The folder comes with what is in it.
                let missing = |finding: &Finding| finding.code == "RIGHTS-FOLDER-MISSING";
                if moves && findings.iter().any(missing) {
                    state = State::Moved;
                    findings.retain(|finding| !missing(finding));
                }
                row.item(&item.id, state, item.original.len() as u64, &findings);
            }
            containers.push(row);
        }
        Ok(containers)
    }
}
