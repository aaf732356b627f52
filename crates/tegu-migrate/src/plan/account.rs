//! Looks at one account.

use super::{AccountPlan, items, mail};
use crate::{Account, Entity, Event, Result, journal::Journal, report::Problem, run::Shared};

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
            (Entity::Calendars, _, Some((source, _)), _) | (Entity::Contacts, _, _, Some((source, _))) => {
                items::look(&mut row, entity, &account, source.as_ref(), &policy, journal).await
            }
            _ => Ok(()),
        };
        if let Err(error) = looked {
            row.problems.push(Problem {
                entity,
                error: error.to_string(),
            });
        }
    }
    row.containers.shrink_to_fit();
    shared.events.send(Event::AccountFinished {
        account: account.mail,
    });
    Ok(row)
}
