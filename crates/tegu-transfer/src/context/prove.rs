use crate::{Account, journal::Journal};
use std::sync::Arc;

/// What [`Route::prove`](crate::Route::prove) works with.
#[derive(Debug)]
pub struct ProveContext<'a> {
    account: &'a Account,
    journal: &'a Arc<dyn Journal>,
}

impl<'a> ProveContext<'a> {
    /// Proves what the journal says of an account's things.
    #[must_use]
    pub fn new(account: &'a Account, journal: &'a Arc<dyn Journal>) -> Self {
        Self { account, journal }
    }

    /// Whose things are proved.
    #[must_use]
    pub fn account(&self) -> &'a Account {
        self.account
    }

    /// What earlier runs remember.
    #[must_use]
    pub fn journal(&self) -> &'a dyn Journal {
        self.journal.as_ref()
    }

    /// The same journal, for a ledger that keeps it.
    #[must_use]
    pub fn shared_journal(&self) -> Arc<dyn Journal> {
        self.journal.clone()
    }
}
