//! What a transfer between two IMAP servers would do.

use super::{Exclusions, ImapRoute, Settings, has_other_folders};
use crate::{
    Entity, Finding, Result, Severity, State,
    journal::MemoryJournal,
    ledger::{self, ImapLedger},
    plan::{Amount, ContainerPlan},
    route::{
        PlanContext, RoutePlan,
        mail::{self, Effects, over_quota},
    },
    sources::ImapSource,
    targets::{Access, MailTarget as _},
};
use std::sync::Arc;

pub(super) async fn plan(route: &ImapRoute, context: &PlanContext<'_>) -> Result<RoutePlan> {
    let exclusions = Arc::new(Exclusions::default());
    let settings = Settings {
        account: context.account,
        policy: context.policy,
        limits: context.limits,
        verify: context.verify,
        deletions: context.deletions,
    };
    let key = ledger::job_key(Entity::Mail, context.account.id.clone());
    let journal = context.journal.clone();
    let journal = journal.unwrap_or_else(|| Arc::new(MemoryJournal::new()));
    let ledger = Arc::new(ImapLedger::read_only(journal, key));
    let transfer = route.transfer(&settings, &exclusions)?;
    let planned = transfer.plan(ledger).await?;
    let mut containers = Vec::with_capacity(planned.folders.len());
    // Folders of no mail are looked at below.
    for folder in planned.folders {
        let Some(target) = &folder.target else { continue };
        let mut row = ContainerPlan::new(Entity::Mail, folder.source.as_str());
        row.target = Some(target.as_str().to_owned());
        row.creates = folder.create;
        let amounts = &mut row.amounts;
        amounts.source = Amount::new(folder.held, 0);
        let count = |state| folder.tally.get(state);
        amounts.moves = Amount::new(count(State::Moved).messages, count(State::Moved).octets);
        amounts.present = Amount::new(count(State::Present).messages, 0);
        amounts.manual = Amount::new(count(State::Manual).messages, 0);
        amounts.excluded = Amount::new(count(State::Excluded).messages, 0);
        containers.push(row);
    }
    if has_other_folders(&planned.findings) {
        let mut effects = Effects::plan(context);
        let source = ImapSource::new(route.from.clone());
        mail::other_folders(&source, context.account, &mut effects).await?;
        containers.extend(effects.into_plan().containers);
    }
    let mut writer = route.mailboxes.open(context.account, Access::Read).await?;
    for row in containers.iter_mut().filter(|row| !row.creates) {
        if let Some(name) = &row.target
            && let Some(folder) = writer.reopen(name).await?
        {
            row.unknown_on_target = folder.messages.saturating_sub(row.amounts.present.items);
        }
    }
    let octets = containers.iter().map(|row| row.amounts.moves.bytes).sum();
    let room = writer.room().await?;
    let over = room.and_then(|room| over_quota(octets, room));
    let noticed = planned.findings.iter();
    let noticed = noticed.map(|found| Finding::new(found.code(), Severity::Info, found.to_string()));
    Ok(RoutePlan {
        containers,
        findings: noticed.chain(over).collect(),
    })
}
