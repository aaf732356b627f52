//! Looks at one account.

use super::{AccountPlan, PlanOptions};
use crate::{
    Account, Error, Event, Result, journal::Journal, report::Problem, route::PlanContext, run::Shared,
    worker::backoff,
};
use std::{sync::Arc, time::Duration};

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
    journal: Option<Arc<dyn Journal>>,
    account: Account,
    options: PlanOptions,
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
    for route in &shared.routes {
        let entity = route.entity();
        let policy = shared.policy.narrowed(&account.mail, entity);
        let context = PlanContext {
            account: &account,
            policy: &policy,
            limits: &shared.limits,
            journal: journal.clone(),
            addresses: shared.addresses(),
            depth: options.depth,
            deletions: shared.deletions,
            verify: shared.verify,
        };
        let mut attempt = 1;
        let planned = loop {
            match route.plan(&context).await {
                Err(error) if error.is_retryable() && attempt < shared.limits.attempts => {
                    wait(shared, &account, attempt, &error).await;
                    attempt += 1;
                }
                planned => break planned,
            }
        };
        match planned {
            Ok(planned) => {
                row.containers.extend(planned.containers);
                row.findings.extend(planned.findings);
            }
            Err(error) => row.problems.push(Problem::new(entity, error)),
        }
    }
    if !options.items {
        row.containers
            .iter_mut()
            .for_each(|container| container.items = Vec::new());
    }
    row.containers.shrink_to_fit();
    shared.events.send(Event::AccountFinished {
        account: account.mail,
    });
    Ok(row)
}
