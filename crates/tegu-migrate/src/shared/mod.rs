//! What a job is made of: settings, routes, journal, events. Everything else works on this.

mod directory;
mod letters;

pub(crate) use directory::claim;
pub use letters::LettersConfig;

use crate::{
    Account, Entity, Limits, Policy, Result, Verify, event::EventSender, journal::Journal, plan::Plan,
    route::Route, sources::DirectorySource,
};
use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
};
use tegu_dav::resolve::Table;
use tegu_routing::{Servers, Stages, Wave};
use tokio::sync::OnceCell;

/// A job: who, what, from where, to where.
#[derive(Debug)]
pub struct Migration {
    pub(crate) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) name: String,
    pub(crate) out: PathBuf,
    pub(crate) directory: Box<dyn DirectorySource>,
    /// At most one for each kind of thing, in the order of the entities.
    pub(crate) routes: Vec<Box<dyn Route>>,
    pub(crate) policy: Policy,
    pub(crate) limits: Limits,
    pub(crate) deletions: bool,
    pub(crate) verify: Verify,
    pub(crate) worker: Option<String>,
    pub(crate) journal: JournalPlace,
    pub(crate) events: EventSender,
    /// Who is behind a directory address, as the directory said when it was read last.
    pub(crate) addresses: RwLock<Arc<Table>>,
    /// What the run follows.
    pub(crate) plan: Option<Plan>,
    pub(crate) letters: Option<LettersConfig>,
    pub(crate) waves: Vec<Wave>,
    /// The two servers that routing sheets are for.
    pub(crate) servers: Option<Servers>,
    /// Accounts that take no part because of their stage, in lower case.
    pub(crate) settled: RwLock<BTreeSet<String>>,
}

/// Where the journal is.
#[derive(Debug, Default)]
pub(crate) struct JournalPlace {
    pub(crate) given: Option<Arc<dyn Journal>>,
    #[cfg(feature = "postgres")]
    pub(crate) postgres: Option<crate::journal::PostgresOptions>,
    pub(crate) open: OnceCell<Arc<dyn Journal>>,
}

impl Shared {
    /// A job without routes, under the strictest policy.
    pub(crate) fn new(name: String, out: PathBuf, directory: Box<dyn DirectorySource>) -> Self {
        Self {
            name,
            out,
            directory,
            routes: Vec::new(),
            policy: Policy::default(),
            limits: Limits::default(),
            deletions: false,
            verify: Verify::Digest,
            worker: None,
            journal: JournalPlace::default(),
            events: EventSender::new(),
            addresses: RwLock::default(),
            plan: None,
            letters: None,
            waves: Vec::new(),
            servers: None,
            settled: RwLock::default(),
        }
    }

    /// Takes note of whom the directory's addresses belong to.
    pub(crate) fn know(&self, addresses: Vec<(String, String)>) {
        *self.addresses.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Table::new(addresses));
    }

    /// Who is behind a directory address.
    pub(crate) fn addresses(&self) -> Arc<Table> {
        self.addresses
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Opens the journal, once.
    pub(crate) async fn open_journal(&self) -> Result<Arc<dyn Journal>> {
        let place = &self.journal;
        let open = async || -> Result<Arc<dyn Journal>> {
            if let Some(given) = &place.given {
                return Ok(given.clone());
            }
            #[cfg(feature = "postgres")]
            if let Some(options) = &place.postgres {
                return Ok(Arc::new(
                    crate::journal::PostgresJournal::connect(options.clone()).await?,
                ));
            }
            directory::open_journal(&self.out)
        };
        place.open.get_or_try_init(open).await.cloned()
    }

    /// Opens everything once, so that a wrong password or certificate is known before anything is written.
    pub(crate) async fn preflight(&self, account: &Account) -> Result<()> {
        for route in &self.routes {
            route.check(account).await?;
        }
        Ok(())
    }

    /// The journal, if there is one: for who makes nothing.
    pub(crate) async fn open_journal_if_any(&self) -> Result<Option<Arc<dyn Journal>>> {
        #[cfg(feature = "postgres")]
        let elsewhere = self.journal.given.is_some() || self.journal.postgres.is_some();
        #[cfg(not(feature = "postgres"))]
        let elsewhere = self.journal.given.is_some();
        if elsewhere || directory::has_journal(&self.out) {
            self.open_journal().await.map(Some)
        } else {
            Ok(None)
        }
    }

    /// Whether the policy, and the plan where there is one, has the account take part.
    pub(crate) fn takes_account(&self, mail: &str) -> bool {
        self.policy.takes_account(mail)
            && !self.is_settled(mail)
            && self.plan.as_ref().is_none_or(|plan| plan.account(mail).is_some())
    }

    /// What moves.
    pub(crate) fn moving(&self) -> Vec<Entity> {
        self.routes.iter().map(|route| route.entity()).collect()
    }

    /// The route of a kind of thing.
    pub(crate) fn route(&self, entity: Entity) -> Option<&dyn Route> {
        let route = self.routes.iter().find(|route| route.entity() == entity)?;
        Some(route.as_ref())
    }

    /// What makes this job this job: the same in every run, different for another source or target.
    pub(crate) fn fingerprint(&self) -> Vec<String> {
        let mut parts = vec![format!("directory: {}", self.directory.describe())];
        parts.extend(
            self.routes
                .iter()
                .map(|route| format!("{}: {}", route.entity(), route.describe())),
        );
        parts
    }

    /// What a pass is for: an unfinished one is gone on with only if nothing of this has changed.
    pub(crate) fn pass_fingerprint(&self) -> String {
        let policy = serde_json::to_string(&self.policy).unwrap_or_default();
        let settled = self.settled.read().unwrap_or_else(PoisonError::into_inner);
        let settled = settled.iter().map(|mail| format!("\n{mail}")).collect::<String>();
        let deletions = if self.deletions { "\ndeletions" } else { "" };
        format!(
            "{}\n{policy}\n{:?}{deletions}{settled}",
            self.fingerprint().join("\n"),
            self.verify
        )
    }

    /// Returns whether accounts have stages.
    pub(crate) fn has_waves(&self) -> bool {
        !self.waves.is_empty() || self.servers.is_some()
    }

    /// Looks which accounts are done or rolled back: they take no part.
    pub(crate) fn read_stages(&self) -> Result<()> {
        if !self.has_waves() {
            return Ok(());
        }
        let stages = Stages::read_from(&self.out)?;
        let accounts = stages.accounts.into_iter();
        let settled: BTreeSet<String> = accounts
            .filter(|(_, account)| !account.stage.moves())
            .map(|(mail, _)| mail)
            .collect();
        *self.settled.write().unwrap_or_else(PoisonError::into_inner) = settled;
        Ok(())
    }

    /// Returns whether a wave's stage keeps the account from taking part.
    pub(crate) fn is_settled(&self, mail: &str) -> bool {
        let settled = self.settled.read().unwrap_or_else(PoisonError::into_inner);
        settled.contains(&mail.to_lowercase())
    }
}
