//! What a transfer between two IMAP servers would do.

use super::{Exclusions, ImapRoute};
use crate::{
    Entity, Finding, Result, Severity, State,
    journal::MemoryJournal,
    ledger::ImapLedger,
    plan::ContainerPlan,
    route::{PlanContext, RoutePlan},
    targets::{Access, MailTarget as _},
};
use std::sync::Arc;
use tegu_imap::transfer::FolderPlan;
use tegu_transfer::job::job_key;

pub(super) async fn plan(route: &ImapRoute, context: &PlanContext<'_>) -> Result<RoutePlan> {
    let exclusions = Arc::new(Exclusions::default());
    let key = job_key(Entity::Mail, context.account().id.clone());
    let journal = context.shared_journal();
    let journal = journal.unwrap_or_else(|| Arc::new(MemoryJournal::new()));
    let ledger = Arc::new(ImapLedger::read_only(journal, key));
    let transfer = route.transfer(context.account(), context.options(), &exclusions)?;
    let planned = transfer.plan(ledger).await?;
    let mut containers = Vec::with_capacity(planned.folders.len());
    for folder in planned.folders {
        containers.push(row(folder, &exclusions));
    }
    let mut writer = route.mailboxes.open(context.account(), Access::Read).await?;
    for row in containers.iter_mut().filter(|row| !row.creates) {
        if let Some(name) = &row.target
            && let Some(folder) = writer.reopen(name).await?
        {
            row.unknown_on_target = folder.messages.saturating_sub(row.amounts.present.items);
        }
    }
    let noticed = planned.findings.iter();
    let noticed = noticed.map(|found| Finding::new(found.code(), Severity::Info, found.to_string()));
    let mut plan = RoutePlan::new(containers, noticed.collect());
    if let Some(room) = writer.room().await? {
        plan.check_room(room);
    }
    Ok(plan)
}

/// What will become of one folder.
fn row(folder: FolderPlan, exclusions: &Exclusions) -> ContainerPlan {
    let mut row = ContainerPlan::new(Entity::Mail, folder.source.label());
    row.target = folder.target.as_ref().map(|name| name.label());
    row.creates = folder.create;
    for item in &folder.items {
        let excluded = exclusions.finding(&folder.source, item.uid);
        let findings = match item.state {
            State::Excluded => excluded.or_else(|| item.reason.clone()),
            _ => item.reason.clone(),
        };
        let findings = findings.into_iter().collect::<Vec<_>>();
        row.item(&item.uid.to_string(), item.state, item.octets, &findings);
    }
    // A folder that takes no part is counted, and its messages are not listed.
    let listed = row.amounts;
    for state in [State::Moved, State::Present, State::Manual, State::Excluded] {
        let (mut all, failed) = (folder.tally.get(state), folder.tally.get(State::Failed));
        if state == State::Manual {
            all.messages += failed.messages;
            all.octets += failed.octets;
        }
        let rest = all.messages.saturating_sub(listed.get(state).items);
        row.items_of(state, rest, all.octets.saturating_sub(listed.get(state).bytes));
        if state == State::Excluded
            && rest > 0
            && let Some(finding) = exclusions.of_folder(&folder.source)
        {
            (0..rest).for_each(|_| row.notice(&finding));
        }
    }
    if let Some(error) = &folder.error {
        row.notice(&Finding::lossy("PLAN-FOLDER-FAILS", error.to_string()));
    }
    for (code, count) in folder.noticed {
        let finding = Finding::info(code, "");
        (0..count).for_each(|_| row.notice(&finding));
    }
    row
}
