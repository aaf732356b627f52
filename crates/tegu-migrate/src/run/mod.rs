//! A run: jobs in parallel, each retried where that may help, every item accounted for.

mod assemble;
mod builder;
mod followup;
mod job;
mod limits;
mod summary;
mod task;

pub use builder::MigrationBuilder;
pub use limits::Limits;
pub(crate) use {
    summary::Summary,
    task::{Done, job},
};

use crate::{
    Account, Entity, Event, Events, Policy, Result, Verify,
    coexistence::Coexistence,
    error::cancelled,
    event::EventSender,
    journal::Journal,
    ledger::AccountJob,
    letter::LettersConfig,
    plan::Plan,
    report::{Report, SpeedMeter},
    route::Route,
    sources::DirectorySource,
    worker::Crew,
};
use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
    time::Instant,
};
use tegu_dav::resolve::Table;
use tegu_outcome::file;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

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
    pub(crate) coexistence: Coexistence,
    /// Accounts that take no part because of their stage, in lower case.
    pub(crate) settled: RwLock<BTreeSet<String>>,
}

/// Where the journal is.
#[derive(Debug, Default)]
pub(crate) struct JournalPlace {
    pub(crate) given: Option<Arc<dyn Journal>>,
    #[cfg(feature = "postgres")]
    pub(crate) postgres: Option<crate::journal::PostgresOptions>,
    open: OnceCell<Arc<dyn Journal>>,
}

impl Migration {
    /// Starts to put a job together. `out` becomes the job's directory: it must be empty, new, or this job's own from an
    /// earlier run.
    pub fn builder(
        name: impl Into<String>,
        out: impl Into<PathBuf>,
        directory: impl DirectorySource + 'static,
    ) -> MigrationBuilder {
        MigrationBuilder {
            shared: Shared {
                name: name.into(),
                out: out.into(),
                directory: Box::new(directory),
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
                coexistence: Coexistence::default(),
                settled: RwLock::default(),
            },
        }
    }

    /// Listens to what happens. Call it before [`run`](Self::run): earlier events are not repeated.
    pub fn events(&self) -> Events {
        self.shared.events.subscribe()
    }

    /// Runs the job to its end, or resumes it, and writes the reports into the job directory. Then it does what the job says about
    /// two servers and letters: accounts get their [stage](crate::routing::Stage), routing sheets are proved and written into
    /// `routing/`, and letters are written and delivered. The report tells what came of it.
    ///
    /// Everything that can be known to be wrong is found before anything is written: the directory is read, and the first
    /// account's sources and targets are opened.
    ///
    /// A run is one pass over all accounts. A run that was killed left its pass unfinished: the next one goes on with it, and
    /// what was finished is not looked at again. After a finished pass the next run begins a new one, which carries over what
    /// has changed. With a journal that is shared, any number of processes may call this at the same time: they do the pass
    /// together, and each returns when it is through.
    ///
    /// # Errors
    ///
    /// An account that cannot be finished is no error: the report lists it. Errors are what stops the whole job: a
    /// directory that cannot be read, a job directory that is another job's, a journal that does not open, and
    /// [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled).
    ///
    /// # Cancel safety
    ///
    /// The future may be dropped, and the process killed, at any time; a new run goes on where this one stood. The token
    /// stops the run after the message or the batch in hand.
    pub async fn run(&self, cancel: &CancellationToken) -> Result<Report> {
        let (started, begun) = (jiff::Timestamp::now(), Instant::now());
        let shared = &self.shared;
        shared.check_followup()?;
        shared.read_stages()?;
        let mut data = shared.directory.read().await?;
        shared.know(std::mem::take(&mut data.directory_addresses));
        let accounts = data
            .accounts
            .iter()
            .filter(|account| shared.takes_account(&account.mail));
        let accounts = accounts.cloned().collect::<Vec<_>>();
        if let Some(first) = accounts.first() {
            shared.preflight(first).await?;
        }
        job::claim(&shared.out, &shared.name, &shared.fingerprint())?;
        let journal = shared.open_journal().await?;
        // Written and forgotten: they are large where accounts are many.
        for (name, content) in std::mem::take(&mut data.files) {
            file::write(&shared.out.join(name), |file| file.write_all(&content))?;
        }
        if shared.coexistence.servers.is_none() {
            data.recipients = Vec::new();
        }
        // An account's kinds of things come one after the other, so that accounts are finished in their order.
        let kinds = shared.moving();
        let jobs = accounts
            .iter()
            .flat_map(|account| {
                kinds
                    .iter()
                    .map(|entity| AccountJob::new(*entity, account.clone()).to_job())
            })
            .collect::<Result<Vec<_>>>()?;
        journal.begin(&shared.pass_fingerprint(), &jobs).await?;
        drop(jobs);
        shared.events.send(Event::Started {
            accounts: accounts.len(),
        });
        // Workers that stop each other on an error do not stop the caller's other work.
        let token = cancel.child_token();
        let mut pace = SpeedMeter::since(begun);
        pace.absorb(&Crew::new(shared.clone(), journal.clone(), &token).work().await?);
        journal.sync().await?;
        let stopped = cancel.is_cancelled();
        let passed = assemble::Passed {
            started,
            accounts: &accounts,
            pace,
            complete: !stopped,
        };
        let mut report = shared.report(&data, passed, journal.as_ref()).await?;
        report.plan = shared.plan.as_ref().map(|plan| plan.check(&report));
        shared.note_stages(&mut report, &data.recipients, &data.forwardings())?;
        report.write_to(&shared.out)?;
        journal.compact().await?;
        let written = if stopped {
            Ok(())
        } else {
            shared.write_letters(&mut report, &accounts, cancel).await
        };
        if report.letters.is_some() {
            report.write_to(&shared.out)?;
        }
        shared.events.send(Event::Finished);
        written?;
        if stopped {
            return Err(cancelled());
        }
        Ok(report)
    }

    /// Works on the pass that a [`run`](Self::run) elsewhere has begun, until it is through: for a worker that shares a
    /// journal. No report is made, and the directory is read only where calendars or contacts move: they may name people by
    /// addresses that only it knows.
    ///
    /// # Errors
    ///
    /// As for [`run`](Self::run).
    ///
    /// # Cancel safety
    ///
    /// As for [`run`](Self::run).
    pub async fn work(&self, cancel: &CancellationToken) -> Result<()> {
        let shared = &self.shared;
        job::claim(&shared.out, &shared.name, &shared.fingerprint())?;
        if shared.routes.iter().any(|route| route.entity() != Entity::Mail) {
            shared.know(shared.directory.read().await?.directory_addresses);
        }
        let journal = shared.open_journal().await?;
        Crew::new(shared.clone(), journal, &cancel.child_token())
            .work()
            .await?;
        if cancel.is_cancelled() {
            return Err(cancelled());
        }
        Ok(())
    }

    /// What the job remembers; it is opened if need be.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`](crate::ErrorKind::Journal) when it does not open.
    pub async fn journal(&self) -> Result<Arc<dyn Journal>> {
        self.shared.open_journal().await
    }
}

impl Shared {
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
            job::open_journal(&self.out)
        };
        place.open.get_or_try_init(open).await.cloned()
    }

    /// Opens everything once, so that a wrong password or certificate is known before anything is written.
    async fn preflight(&self, account: &Account) -> Result<()> {
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
        if elsewhere || job::has_journal(&self.out) {
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
    fn pass_fingerprint(&self) -> String {
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
}
