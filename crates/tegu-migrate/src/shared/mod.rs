//! What a job is made of: settings, routes, journal, events. Everything else works on this.

use crate::{
    Account, Blame, BoxFuture, Entity, Error, ErrorKind, Event, Limits, Policy, Result, Verify,
    error::cancelled,
    journal::{Journal, Patience, Settings},
    plan::Plan,
    route::{Route, RouteOptions},
    sources::{AddressLookup, DirectoryData, DirectorySource},
};
use std::{
    collections::{BTreeSet, HashMap},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};
use tegu_dav::resolve::{Lookup as _, Table};
use tegu_report::letter::LettersConfig;
use tegu_routing::{Servers, Stage, Stages, Wave};
use tegu_transfer::{EventSender, Organisation, standing};
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

/// The setting that names accounts which take no part because of their stage. Only who begins a pass knows it.
pub(crate) const SETTLED: &str = "accounts that are done";
/// The journal that lies in the job's directory.
const JOURNAL: &str = "journal.redb";

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

/// The error for two accounts of one place.
fn one_place(entity: Entity, end: &str, (one, other): (&str, &str), place: &str) -> Error {
    Error::config(format_args!(
        "{one} and {other} have one place for {entity} on the {end}: {place}; name it by {{mail}}, or exclude one of them"
    ))
}

/// Makes a path the same whatever the working directory is later.
pub(crate) fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

/// The journal that lies in the job's directory.
#[cfg(feature = "redb")]
fn open_journal(job: &Path) -> Result<Arc<dyn Journal>> {
    Ok(Arc::new(crate::journal::RedbJournal::open(job.join(JOURNAL))?))
}

/// Without an embedded journal the caller has to bring one.
#[cfg(not(feature = "redb"))]
fn open_journal(_: &Path) -> Result<Arc<dyn Journal>> {
    Err(Error::config(
        "built without the feature `redb`: give the migration a journal",
    ))
}

impl Shared {
    /// A job without routes, under the strictest policy.
    pub(crate) fn new(name: String, out: PathBuf, directory: Box<dyn DirectorySource>) -> Self {
        Self {
            name,
            out: absolute(out),
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
    pub(crate) fn addresses(&self) -> AddressLookup {
        let addresses = self.addresses.read().unwrap_or_else(PoisonError::into_inner);
        let table = addresses.clone();
        Arc::new(move |name| table.smtp(name))
    }

    /// What decides about one kind of thing of an account.
    pub(crate) fn options(&self, account: &Account, entity: Entity) -> RouteOptions {
        RouteOptions::default()
            .narrowed(&self.policy, &account.mail, entity)
            .limits(self.limits.clone())
            .addresses(self.addresses())
            .deletions(self.deletions)
            .verify(self.verify)
    }

    /// What this process is called in the journal: a name that people find it by.
    pub(crate) fn worker_name(&self) -> String {
        let own = || {
            #[allow(clippy::disallowed_methods, reason = "a file of the system")]
            let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
            format!("{}:{}", host.trim(), std::process::id())
        };
        self.worker.clone().unwrap_or_else(own)
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
            open_journal(&self.out)
        };
        let opened = place.open.get_or_try_init(open).await.cloned();
        opened.map_err(|error| match error.kind() {
            ErrorKind::InUse => standing::in_use(&self.out, error),
            _ => error,
        })
    }

    /// Opens the journal, also one that cannot be reached for a while.
    pub(crate) async fn wait_for_journal(&self, cancel: &CancellationToken) -> Result<Arc<dyn Journal>> {
        self.patiently(cancel, || Box::pin(self.open_journal())).await
    }

    /// Opens everything once, so that a wrong password or certificate is known before anything is written.
    pub(crate) async fn preflight(&self, account: &Account) -> Result<()> {
        for route in &self.routes {
            match route.check(account).await {
                // What is wrong with one account's files stops nobody else; the account's own job tells it.
                Err(error) if error.kind() == ErrorKind::Malformed && error.blame() == Blame::Source => {}
                checked => checked?,
            }
        }
        Ok(())
    }

    /// The journal, if there is one: for who makes nothing.
    pub(crate) async fn open_journal_if_any(&self) -> Result<Option<Arc<dyn Journal>>> {
        #[cfg(feature = "postgres")]
        let elsewhere = self.journal.given.is_some() || self.journal.postgres.is_some();
        #[cfg(not(feature = "postgres"))]
        let elsewhere = self.journal.given.is_some();
        if elsewhere || self.out.join(JOURNAL).exists() {
            self.open_journal().await.map(Some)
        } else {
            Ok(None)
        }
    }

    /// Refuses two accounts whose things are in one place, or would go to one: nobody could tell them apart afterwards. Accounts that
    /// take no part for now are looked at too, since they did or will.
    pub(crate) fn check_places(&self, accounts: &[Account]) -> Result<()> {
        for route in &self.routes {
            let mut taken = HashMap::new();
            for account in accounts
                .iter()
                .filter(|account| self.policy.takes_account(&account.mail))
            {
                for (end, place) in ["source", "target"].into_iter().zip(route.places(account)) {
                    let Some(place) = place else { continue };
                    // Most servers and many file systems do not tell letter case.
                    let key = (end, crate::digest::of(place.to_lowercase().as_bytes()));
                    if let Some(other) = taken.insert(key, account.mail.as_str()) {
                        return Err(one_place(route.entity(), end, (other, &account.mail), &place));
                    }
                }
            }
        }
        Ok(())
    }

    /// The same, where only the server tells.
    pub(crate) async fn check_homes(&self, accounts: &[Account]) -> Result<()> {
        let taking_part: Vec<&Account> = accounts
            .iter()
            .filter(|account| self.policy.takes_account(&account.mail))
            .collect();
        for route in &self.routes {
            if let Some((one, other, place)) = route.one_target(&taking_part).await? {
                return Err(one_place(route.entity(), "target", (&one, &other), &place));
            }
            if let Some((one, other, place)) = route.one_source(&taking_part).await? {
                return Err(one_place(route.entity(), "source", (&one, &other), &place));
            }
        }
        Ok(())
    }

    /// Whether the policy, and the plan where there is one, has the account take part.
    pub(crate) fn takes_account(&self, mail: &str) -> bool {
        self.policy.takes_account(mail)
            && !self.is_settled(mail)
            && self.plan.as_ref().is_none_or(|plan| plan.account(mail).is_some())
    }

    /// Tells the routes who else there is, so that forwarding in circles, say, is found before anything is written.
    pub(crate) async fn survey(&self, data: &DirectoryData, cancel: &CancellationToken) -> Result<()> {
        let stages = Stages::read_from(&self.out).unwrap_or_default().accounts;
        // Whoever moved with an earlier wave is there, whether he takes part now or not.
        let moved = |mail: &str| {
            let known = stages.get(&mail.to_lowercase());
            known.is_some_and(|known| !matches!(known.stage, Stage::Planned | Stage::RolledBack))
        };
        let there = |account: &&Account| self.takes_account(&account.mail) || moved(&account.mail);
        let there: Vec<&Account> = data.accounts.iter().filter(there).collect();
        let rights = self.route(Entity::SharedFolders);
        let people = rights.and(data.directory.as_ref()).map(tegu_ldap::people);
        let options = RouteOptions::default()
            .limits(self.limits.clone())
            .addresses(self.addresses());
        let aliases = data.recipients.iter();
        let aliases: Vec<_> = aliases
            .map(|recipient| (recipient.mail.as_str(), recipient.aliases.as_slice()))
            .collect();
        let moving = self.moving();
        let mut organisation = Organisation::new(&data.accounts, &options)
            .there(&there)
            .aliases(&aliases)
            .facts(&data.facts)
            .moving(&moving);
        organisation.people = people.as_ref();
        for route in &self.routes {
            tokio::select! {
                biased;
                surveyed = route.survey(&organisation) => surveyed?,
                () = cancel.cancelled() => return Err(cancelled()),
            }
        }
        Ok(())
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

    /// From where to where the job leads: the same in every run, different for another source or target.
    fn places(&self) -> impl Iterator<Item = (String, String)> {
        let routes = self.routes.iter();
        let routes = routes.map(|route| (route.entity().to_string(), route.describe()));
        std::iter::once(("directory".to_owned(), self.directory.describe())).chain(routes)
    }

    /// The same, for plans.
    pub(crate) fn fingerprint(&self) -> Vec<String> {
        self.places()
            .map(|(name, place)| format!("{name}: {place}"))
            .collect()
    }

    /// What makes this job this one and no other.
    pub(crate) fn identity(&self) -> Settings {
        self.places().fold(Settings::new(), |settings, (name, place)| {
            settings.identity(name, place)
        })
    }

    /// Everything that decides where an item goes and whether it does: an unfinished pass is gone on with, and a worker takes part,
    /// only if all of it is the same.
    pub(crate) fn settings(&self) -> Settings {
        let policy = serde_json::to_value(&self.policy).unwrap_or_default();
        let policy = policy.as_object().into_iter().flatten();
        let settings = policy.fold(self.identity(), |settings, (name, value)| {
            settings.pass(format!("policy.{name}"), value.to_string())
        });
        let routes = self.routes.iter();
        let settings = routes.fold(settings, |settings, route| {
            settings.pass(format!("{}.source", route.entity()), route.settings())
        });
        let settled = self.settled.read().unwrap_or_else(PoisonError::into_inner);
        settings
            .pass("deletions", self.deletions.to_string())
            .pass("verify", format!("{:?}", self.verify).to_lowercase())
            .pass(SETTLED, settled.iter().cloned().collect::<Vec<_>>().join(" "))
    }

    /// Asks the journal, with patience for one that cannot be reached for a while: ten leases.
    pub(crate) async fn patiently<'a, T>(
        &self,
        cancel: &CancellationToken,
        ask: impl Fn() -> BoxFuture<'a, Result<T>>,
    ) -> Result<T> {
        let mut patience = Patience::new(self.limits.lease() * 10);
        loop {
            match ask().await {
                Err(error) if error.kind() == ErrorKind::Journal && error.is_retryable() => {
                    self.events.send(Event::JournalAway {
                        error: error.to_string(),
                    });
                    tokio::select! {
                        again = patience.after(error) => again?,
                        () = cancel.cancelled() => return Err(cancelled()),
                    }
                }
                answer => return answer,
            }
        }
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
