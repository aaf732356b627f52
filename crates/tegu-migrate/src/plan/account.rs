//! Plans one account.

use super::{AccountPlan, PlanOptions};
use crate::{
    Account, Error, Event, Result, journal::Journal, report::Problem, route::PlanContext, shared::Shared,
};
use std::{sync::Arc, time::Duration};
use tegu_transfer::account_span;
use tracing::Instrument as _;

/// Waits before another attempt.
async fn wait(shared: &Shared, account: &Account, attempt: u32, wait: Duration, error: &Error) {
    shared.events.send(Event::Retrying {
        account: account.mail.clone(),
        attempt,
        wait,
        error: error.to_string(),
    });
    tokio::time::sleep(wait).await;
}

/// Plans all routes of an account. A route that fails is a problem of the account, and the others are still planned.
pub(super) async fn look(
    shared: &Shared,
    journal: Option<Arc<dyn Journal>>,
    account: Account,
    options: PlanOptions,
) -> Result<AccountPlan> {
    shared.events.send(Event::AccountStarted {
        account: account.mail.clone(),
    });
    let mut row = AccountPlan::new(&account.mail, &account.display_name);
    for route in &shared.routes {
        let entity = route.entity();
        let settings = shared.options(&account, entity);
        let mut context = PlanContext::new(&account, &settings).at_depth(options.depth);
        if let Some(journal) = &journal {
            context = context.after(journal.clone());
        }
        let mut attempt = 1;
        let planned = loop {
            let planned = route
                .plan(&context)
                .instrument(account_span(&account, entity))
                .await;
            let failed = planned.as_ref().err().filter(|error| error.is_retryable());
            let delay = |error: &Error| shared.limits.backoff().delay(attempt, error.retry_after());
            let Some((error, delay)) = failed.and_then(|error| Some((error, delay(error)?))) else {
                break planned;
            };
            wait(shared, &account, attempt, delay, error).await;
            attempt += 1;
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
