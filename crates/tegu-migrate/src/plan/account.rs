//! Looks at one account.

use super::{AccountPlan, items, mail};
use crate::{
    Account, Entity, Error, Event, Result, journal::Journal, report::Problem, run::Shared, worker::backoff,
};
use std::time::Duration;

/// Waits before another attempt, as a run does, and as long as the server asked for.
async fn wait(shared: &Shared, account: &Account, attempt: u32, error: &Error) {
    let first = Duration::from_millis(shared.limits.backoff_ms);
    let wait = backoff(first, attempt - 1).max(error.retry_after().unwrap_or_default());
    shared.events.send(Event::Retrying {
        account: account.mail.clone(),
        attempt,
        wait,
        error: error.to_string(),
    });
    tokio::time::sleep(wait).await;
}

/// Everything that one account has. What cannot be looked at does not keep the rest from being planned.
pub(super) async fn look(
    shared: &Shared,
    journal: Option<&dyn Journal>,
    account: Account,
) -> Result<AccountPlan> {
    shared.events.send(Event::AccountStarted {
        account: account.mail.clone(),
    });
    let mut row = AccountPlan {
        account: account.mail.clone(),
        display_name: account.display_name.clone(),
        containers: Vec::new(),
        findings: Vec::new(),
        problems: Vec::new(),
    };
    for entity in [Entity::Mail, Entity::Calendars, Entity::Contacts] {
        let policy = shared.policy.narrowed(&account.mail, entity);
        let (containers, findings) = (row.containers.len(), row.findings.len());
        let mut attempt = 1;
        let looked = loop {
            let looked = match (entity, &shared.mail, &shared.calendars, &shared.contacts) {
                (Entity::Mail, Some((source, target)), ..) => {
                    mail::look(
                        &mut row,
                        &account,
                        source.as_ref(),
                        target.as_ref(),
                        &policy,
                        journal,
                    )
                    .await
                }
                (Entity::Calendars, _, Some((source, _)), _)
                | (Entity::Contacts, _, _, Some((source, _))) => {
                    let addresses = shared.addresses();
                    items::look(
                        &mut row,
                        entity,
                        &account,
                        source.as_ref(),
                        &policy,
                        journal,
                        &addresses,
                    )
                    .await
                }
                _ => Ok(()),
            };
            match looked {
                Err(error) if error.is_retryable() && attempt < shared.limits.attempts => {
                    // What was seen so far is seen again.
                    row.containers.truncate(containers);
                    row.findings.truncate(findings);
                    wait(shared, &account, attempt, &error).await;
                    attempt += 1;
                }
                looked => break looked,
            }
        };
        if let Err(error) = looked {
            row.problems.push(Problem::new(entity, error));
        }
    }
    row.containers.shrink_to_fit();
    shared.events.send(Event::AccountFinished {
        account: account.mail,
    });
    Ok(row)
}
