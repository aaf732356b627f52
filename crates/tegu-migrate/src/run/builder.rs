//! Puts a job together.

use crate::{
    Limits, Migration, Policy, Verify,
    journal::Journal,
    letter::LettersConfig,
    route::{ItemRoute, MailRoute, Route},
    shared::Shared,
    sources::{ItemSource, MailSource},
    targets::{ItemTarget, MailTarget},
};
use std::sync::Arc;
use tegu_routing::{Servers, Wave};

/// Puts a [`Migration`] together.
#[derive(Debug)]
pub struct MigrationBuilder {
    pub(super) shared: Shared,
}

impl MigrationBuilder {
    /// Adds a route. It takes the place of an earlier one for the same kind of thing.
    #[must_use]
    pub fn route(mut self, route: impl Route + 'static) -> Self {
        let routes = &mut self.shared.routes;
        routes.retain(|known| known.entity() != route.entity());
        routes.push(Box::new(route));
        routes.sort_by_key(|route| route.entity());
        self
    }

    /// Moves messages: short for [`route`](Self::route) with a [`MailRoute`]. Between two IMAP servers, use an
    /// [`ImapRoute`](crate::route::ImapRoute).
    #[must_use]
    pub fn mail(self, source: impl MailSource + 'static, target: impl MailTarget + 'static) -> Self {
        self.route(MailRoute::new(source, target))
    }

    /// Moves calendars: short for [`route`](Self::route) with an [`ItemRoute`].
    #[must_use]
    pub fn calendars(self, source: impl ItemSource + 'static, target: impl ItemTarget + 'static) -> Self {
        self.route(ItemRoute::calendars(source, target))
    }

    /// Moves contacts: short for [`route`](Self::route) with an [`ItemRoute`].
    #[must_use]
    pub fn contacts(self, source: impl ItemSource + 'static, target: impl ItemTarget + 'static) -> Self {
        self.route(ItemRoute::contacts(source, target))
    }

    /// What is left out and what may be lost. Default: nothing and nothing.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.shared.policy = policy;
        self
    }

    /// How hard the run may work.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.shared.limits = limits;
        self
    }

    /// Whether later passes delete on the target what was deleted on the source: messages between IMAP servers, and calendar items and
    /// contacts that an earlier pass put there and nobody has changed since. Each is named in the report. Default: they stay.
    ///
    /// A source that is emptied by accident empties the target with it; one that lists no calendar or address book at all deletes
    /// nothing.
    #[must_use]
    pub fn deletions(mut self, carry: bool) -> Self {
        self.shared.deletions = carry;
        self
    }

    /// Writes a letter to each owner after each run and pass, and delivers it if `letters` says so. Default: no letters.
    #[must_use]
    pub fn letters(mut self, letters: LettersConfig) -> Self {
        self.shared.letters = Some(letters);
        self
    }

    /// Who moves when. Each run remembers in `waves.json` how far each account is; accounts that are done or rolled back take no
    /// part. Default: everybody moves at once, and nothing is remembered.
    #[must_use]
    pub fn waves(mut self, waves: impl IntoIterator<Item = Wave>) -> Self {
        self.shared.waves = waves.into_iter().collect();
        self
    }

    /// The two servers that share the organisation's domains while people move. Each run writes the routing sheets for the
    /// current stage of everybody into `routing/`, if they prove to be right. Default: no sheets.
    #[must_use]
    pub fn coexistence(mut self, servers: Servers) -> Self {
        self.shared.servers = Some(servers);
        self
    }

    /// How messages that go from one IMAP server to another are proved; by the digest of what the target gives back unless
    /// told otherwise. All others are always proved so.
    #[must_use]
    pub fn verify(mut self, verify: Verify) -> Self {
        self.shared.verify = verify;
        self
    }

    /// What this process is called in a journal that is shared; host and process number unless told otherwise.
    #[must_use]
    pub fn worker(mut self, name: impl Into<String>) -> Self {
        self.shared.worker = Some(name.into());
        self
    }

    /// Remembers in a journal of the caller's, in place of a file in the job directory.
    #[must_use]
    pub fn journal(mut self, journal: Arc<dyn Journal>) -> Self {
        self.shared.journal.given = Some(journal);
        self
    }

    /// Remembers in a PostgreSQL database, which is connected to when the job runs.
    #[cfg(feature = "postgres")]
    #[must_use]
    pub fn journal_in_postgres(mut self, options: crate::journal::PostgresOptions) -> Self {
        self.shared.journal.postgres = Some(options);
        self
    }

    /// The finished job. Nothing has been opened or written yet.
    pub fn build(self) -> Migration {
        Migration {
            shared: Arc::new(self.shared),
        }
    }
}
