//! The builder of a job.

use crate::{
    Entity, Limits, Migration, Policy, Verify,
    journal::Journal,
    route::{ItemRoute, MailRoute, RightsRoute, Route, RulesRoute},
    shared::Shared,
    sources::{ItemSource, MailSource},
    targets::{ItemTarget, MailTarget},
};
use std::sync::Arc;
use tegu_report::letter::LettersConfig;
use tegu_routing::{Servers, Wave};

/// Builds a [`Migration`].
#[derive(Debug)]
pub struct MigrationBuilder {
    pub(super) shared: Shared,
}

impl MigrationBuilder {
    /// Adds a route. It replaces an earlier one for the same kind of thing.
    #[must_use]
    pub fn route(mut self, route: impl Route + 'static) -> Self {
        let routes = &mut self.shared.routes;
        routes.retain(|known| known.entity() != route.entity());
        routes.push(Box::new(route));
        // Who may open something is said when it is there.
        routes.sort_by_key(|route| (route.entity() == Entity::SharedFolders, route.entity()));
        self
    }

    /// Moves messages: short for [`route`](Self::route) with a [`MailRoute`]. Between two IMAP servers, use an
    /// [`ImapRoute`](crate::route::ImapRoute).
    #[must_use]
    pub fn mail(
        self,
        source: impl Into<Box<dyn MailSource>>,
        target: impl Into<Box<dyn MailTarget>>,
    ) -> Self {
        self.route(MailRoute::new(source, target))
    }

    /// Moves calendars: short for [`route`](Self::route) with an [`ItemRoute`].
    #[must_use]
    pub fn calendars(
        self,
        source: impl Into<Box<dyn ItemSource>>,
        target: impl Into<Box<dyn ItemTarget>>,
    ) -> Self {
        self.route(ItemRoute::calendars(source, target))
    }

    /// Moves contacts: short for [`route`](Self::route) with an [`ItemRoute`].
    #[must_use]
    pub fn contacts(
        self,
        source: impl Into<Box<dyn ItemSource>>,
        target: impl Into<Box<dyn ItemTarget>>,
    ) -> Self {
        self.route(ItemRoute::contacts(source, target))
    }

    /// Moves inbox rules, automatic replies and forwarding: short for [`route`](Self::route).
    #[must_use]
    pub fn rules(self, route: RulesRoute) -> Self {
        self.route(route)
    }

    /// Gives others the rights that they had on folders: short for [`route`](Self::route).
    #[must_use]
    pub fn rights(self, route: RightsRoute) -> Self {
        self.route(route)
    }

    /// Sets what is excluded and which losses are accepted. Default: nothing.
    #[must_use]
    #[doc(alias = "filter")]
    #[doc(alias = "exclude")]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.shared.policy = policy;
        self
    }

    /// Sets how much work is done at a time.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.shared.limits = limits;
        self
    }

    /// Sets whether later passes delete on the target what was deleted on the source: messages of IMAP servers and Exchange, and calendar items
    /// and contacts that an earlier pass put there and nobody changed since. The report names each of them. Default: no.
    ///
    /// If a source is emptied by accident, the target is emptied too. A source that lists no folder, calendar or address book at all deletes
    /// nothing.
    #[must_use]
    #[doc(alias = "expunge")]
    pub fn deletions(mut self, carry: bool) -> Self {
        self.shared.deletions = carry;
        self
    }

    /// Writes a letter to each owner after each pass, and delivers it if `letters` says so. Default: no letters.
    #[must_use]
    pub fn letters(mut self, letters: LettersConfig) -> Self {
        self.shared.letters = Some(letters);
        self
    }

    /// Sets the waves. Each run records the stage of each account in `waves.json`; accounts that are done or rolled back take no part.
    /// Default: all accounts move at once, and no stages are kept.
    #[must_use]
    pub fn waves(mut self, waves: impl IntoIterator<Item = Wave>) -> Self {
        self.shared.waves = waves.into_iter().collect();
        self
    }

    /// Sets the two servers that share the organisation's domains while people move. Each run writes the routing sheets for the current stages
    /// into `routing/`, if they are proved. Default: no sheets.
    #[must_use]
    pub fn coexistence(mut self, servers: Servers) -> Self {
        self.shared.servers = Some(servers);
        self
    }

    /// Sets how messages between IMAP servers are proved. Default: by the digest of what the target returns. Everything else is always proved
    /// by digest.
    #[must_use]
    pub fn verify(mut self, verify: Verify) -> Self {
        self.shared.verify = verify;
        self
    }

    /// Sets the name of this process in a shared journal. Default: host name and process number.
    #[must_use]
    pub fn worker(mut self, name: impl Into<String>) -> Self {
        self.shared.worker = Some(name.into());
        self
    }

    /// Uses the caller's journal instead of a file in the job directory.
    #[must_use]
    pub fn journal(mut self, journal: Arc<dyn Journal>) -> Self {
        self.shared.journal.given = Some(journal);
        self
    }

    /// Keeps the journal in a PostgreSQL database. The connection is made when the job runs.
    #[cfg(feature = "postgres")]
    #[must_use]
    pub fn journal_in_postgres(mut self, options: crate::journal::PostgresOptions) -> Self {
        self.shared.journal.postgres = Some(options);
        self
    }

    /// Builds the job. Nothing is opened or written yet.
    pub fn build(self) -> Migration {
        Migration {
            shared: Arc::new(self.shared),
        }
    }
}
