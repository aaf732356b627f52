//! One account from its first item to its last.

use super::{Shared, Worker, backoff, items, mail, tally::Tally};
use crate::{Account, Digest, Entity, Error, ErrorKind, Event, Result, report::Problem};

/// What became of an account.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) account: Account,
    pub(super) tally: Tally,
    pub(super) problems: Vec<Problem>,
}

/// Moves all that one account has. One kind of thing that fails does not keep the others from moving.
pub(super) async fn run(shared: &Shared, worker: &Worker<'_>, account: Account) -> Result<Finished> {
    worker.events.send(Event::AccountStarted {
        account: account.mail.clone(),
    });
    let mut tally = Tally::new(&account.mail);
    let mut problems = Vec::new();
    for entity in [Entity::Mail, Entity::Calendars, Entity::Contacts] {
        if worker.cancel.is_cancelled() {
            break;
        }
        let policy = shared.policy.narrowed(&account.mail, entity);
        let worker = Worker {
            policy: &policy,
            ..*worker
        };
        let (mut moved, error) = entity_with_retries(shared, &worker, &account, entity).await;
        if let Some(error) = error {
            if stops_the_job(&error) {
                return Err(error);
            }
            moved.fail_the_rest(&error);
            if error.kind() != ErrorKind::Cancelled {
                problems.push(Problem {
                    entity,
                    error: error.to_string(),
                });
            }
        }
        tally.absorb(moved);
    }
    worker.events.send(Event::AccountFinished {
        account: account.mail.clone(),
    });
    Ok(Finished {
        account,
        tally,
        problems,
    })
}

/// A journal that does not write, or a full disk, would fail for every account.
fn stops_the_job(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Journal | ErrorKind::Io)
}

async fn entity_with_retries(
    shared: &Shared,
    worker: &Worker<'_>,
    account: &Account,
    entity: Entity,
) -> (Tally, Option<Error>) {
    let spread = Digest::of(account.id.as_bytes())
        .short()
        .bytes()
        .map(u64::from)
        .sum();
    let mut attempt = 0;
    loop {
        // Each attempt counts anew; what earlier ones settled comes back from the journal.
        let mut tally = Tally::new(&account.mail);
        let Err(error) = once(shared, worker, account, entity, &mut tally).await else {
            return (tally, None);
        };
        attempt += 1;
        if !error.is_retryable() || attempt >= shared.limits.attempts {
            return (tally, Some(error));
        }
        let wait = backoff(&shared.limits, attempt - 1, spread).max(error.retry_after().unwrap_or_default());
        worker.events.send(Event::Retrying {
            account: account.mail.clone(),
            attempt,
            wait,
            error: error.to_string(),
        });
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = worker.cancel.cancelled() => return (tally, Some(Error::cancelled())),
        }
    }
}

async fn once(
    shared: &Shared,
    worker: &Worker<'_>,
    account: &Account,
    entity: Entity,
    tally: &mut Tally,
) -> Result<()> {
    let route = match entity {
        Entity::Mail => {
            return match &shared.mail {
                Some((source, target)) => {
                    mail::run(worker, account, source.as_ref(), target.as_ref(), tally).await
                }
                None => Ok(()),
            };
        }
        Entity::Calendars => &shared.calendars,
        _ => &shared.contacts,
    };
    match route {
        Some((source, target)) => {
            items::run(worker, entity, account, source.as_ref(), target.as_ref(), tally).await
        }
        None => Ok(()),
    }
}
