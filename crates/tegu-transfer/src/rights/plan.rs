//! What a run would do about one mailbox.

use super::{KINDS, LISTS, RightsRoute, decide};
use crate::{
    Finding, PlanContext, Result, Route as _, RoutePlan, State,
    job::container_key,
    journal::{ContainerRecords, Records},
    plan::ContainerPlan,
};

impl RightsRoute {
    pub(super) async fn look(&self, context: &PlanContext<'_>) -> Result<RoutePlan> {
        let account = context.account();
        let mut prepared = self
            .prepare(account, context.options(), context.journal())
            .await?;
        let known = match context.journal() {
            Some(journal) => {
                let scope = container_key(self.entity(), account.id.clone(), vec![LISTS.to_owned()]);
                Records::read(journal, &scope).await?
            }
            None => ContainerRecords::default(),
        };
        let lists = prepared.look(&known).await?;
        let fates = decide::entries(&prepared.entries.wanted, &lists, &known);
        let moves_mail = self.surveyed().moves_mail;
        let mut containers = Vec::new();
        for (kind, entity) in KINDS {
            let mut row = ContainerPlan::new(entity, entity.name());
            let items = prepared.work.items.iter().zip(&prepared.entries.items);
            for (item, placed) in items.filter(|(item, _)| item.kind == kind) {
                let (mut state, mut findings) = decide::item(item, placed, &fates);
                // The folder comes with the mail.
                let missing = |finding: &Finding| finding.code == "RIGHTS-FOLDER-MISSING";
                if moves_mail && findings.iter().any(missing) {
                    state = State::Moved;
                    findings.retain(|finding| !missing(finding));
                }
                row.item(&item.id, state, item.original.len() as u64, &findings);
            }
            containers.push(row);
        }
        containers.retain(|row| row.amounts.source.items > 0 || row.entity == self.entity());
        Ok(RoutePlan::new(containers, Vec::new()))
    }
}
