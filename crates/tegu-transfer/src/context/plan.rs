use super::{RouteOptions, listed, renamed};
use crate::{
    Account, Entity, Policy, Result,
    job::job_key,
    journal::{Journal, Names},
    plan::Depth,
    sources::Collection,
};
use std::sync::Arc;

/// What [`Route::plan`](crate::Route::plan) works with.
#[derive(Debug)]
pub struct PlanContext<'a> {
    account: &'a Account,
    options: &'a RouteOptions,
    journal: Option<Arc<dyn Journal>>,
    depth: Depth,
}

impl<'a> PlanContext<'a> {
    /// Plans an account's things as a first run would find them, by [listing](Depth::Listing) them.
    #[must_use]
    pub fn new(account: &'a Account, options: &'a RouteOptions) -> Self {
        Self {
            account,
            options,
            journal: None,
            depth: Depth::default(),
        }
    }

    /// Takes into account what earlier runs remember.
    #[must_use]
    pub fn after(mut self, journal: Arc<dyn Journal>) -> Self {
        self.journal = Some(journal);
        self
    }

    /// Sets how closely to look.
    #[must_use]
    pub fn at_depth(mut self, depth: Depth) -> Self {
        self.depth = depth;
        self
    }

    /// Whose things are planned.
    #[must_use]
    pub fn account(&self) -> &'a Account {
        self.account
    }

    /// What is excluded and which losses are accepted, for this account and kind of thing.
    #[must_use]
    pub fn policy(&self) -> &'a Policy {
        &self.options.policy
    }

    /// What decides besides the two sides, for this account and kind of thing.
    #[must_use]
    pub fn options(&self) -> &'a RouteOptions {
        self.options
    }

    /// What earlier runs remember, or `None` if there was none.
    #[must_use]
    pub fn journal(&self) -> Option<&dyn Journal> {
        self.journal.as_deref()
    }

    /// The same journal, for a ledger that keeps it.
    #[must_use]
    pub fn shared_journal(&self) -> Option<Arc<dyn Journal>> {
        self.journal.clone()
    }

    /// How closely to look.
    #[must_use]
    pub fn depth(&self) -> Depth {
        self.depth
    }

    /// The names under which a run knows these containers of the source, given by their identities, where they have any, and their
    /// present names. A container that was renamed on the source keeps the name under which the job met it.
    ///
    /// # Errors
    ///
    /// Those of the journal.
    pub async fn names(&self, entity: Entity, listed: &[(Option<&str>, &str)]) -> Result<Vec<String>> {
        let mut names = Names::default();
        if let Some(journal) = self.journal() {
            let key = job_key(entity, self.account.id.clone());
            names = Names::read(journal, &key).await?;
        }
        Ok(names.settle(listed))
    }

    /// Collections under the [names](Self::names) by which a run knows them.
    ///
    /// # Errors
    ///
    /// Those of the journal.
    pub async fn called(&self, entity: Entity, collections: Vec<Collection>) -> Result<Vec<Collection>> {
        let names = self.names(entity, &listed(&collections)).await?;
        Ok(renamed(collections, names))
    }
}
