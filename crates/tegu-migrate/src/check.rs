//! Whether a job can be run: everything is opened once, and nothing is changed.

use crate::{Account, Entity, Error, Migration, Result, shared::Shared};
use tegu_transfer::account_span;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

/// What [`Migration::check`] found.
#[derive(Debug)]
#[non_exhaustive]
pub struct Check {
    /// Accounts that take part.
    pub accounts: usize,
    /// Those that were tried.
    pub tried: Vec<CheckedAccount>,
}

/// What could be opened of an account.
#[derive(Debug)]
#[non_exhaustive]
pub struct CheckedAccount {
    /// Its primary address.
    pub account: String,
    /// Each kind of thing that the job moves, and what keeps its source or target from being opened.
    pub ends: Vec<(Entity, Result<()>)>,
}

impl Check {
    /// Whether everything that was tried can be opened.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.problems().next().is_none()
    }

    /// What cannot be opened: whose, what, and why.
    pub fn problems(&self) -> impl Iterator<Item = (&str, Entity, &Error)> {
        self.tried.iter().flat_map(|tried| {
            let failed = tried.ends.iter();
            failed.filter_map(|(entity, end)| Some((tried.account.as_str(), *entity, end.as_ref().err()?)))
        })
    }
}

impl Migration {
    /// Reads the directory, and signs in to source and target of each kind of thing for some accounts, the first `sample` of them, or all.
    /// Changes nothing.
    ///
    /// # Errors
    ///
    /// The directory cannot be read, two accounts share a place, a pattern of the policy names nobody, or the check was
    /// [cancelled](crate::ErrorKind::Cancelled). What keeps one account from being opened is no error: it stands in [`Check::tried`].
    pub async fn check(&self, sample: Option<usize>, cancel: &CancellationToken) -> Result<Check> {
        let shared = &self.shared;
        shared.check_followup()?;
        let data = shared.directory.read().await?;
        shared.policy.check_accounts(data.mails())?;
        shared.check_places(&data.accounts)?;
        let accounts: Vec<&Account> = data
            .accounts
            .iter()
            .filter(|account| shared.takes_account(&account.mail))
            .collect();
        let mut tried = Vec::new();
        for account in accounts.iter().take(sample.unwrap_or(accounts.len())) {
            tokio::select! {
                row = open(shared, account) => tried.push(row),
                () = cancel.cancelled() => return Err(crate::error::cancelled()),
            }
        }
        Ok(Check {
            accounts: accounts.len(),
            tried,
        })
    }
}

async fn open(shared: &Shared, account: &Account) -> CheckedAccount {
    let mut ends = Vec::new();
    for route in &shared.routes {
        let checked = route
            .check(account)
            .instrument(account_span(account, route.entity()));
        ends.push((route.entity(), checked.await));
    }
    CheckedAccount {
        account: account.mail.clone(),
        ends,
    }
}
