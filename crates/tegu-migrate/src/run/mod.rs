//! A run: accounts in parallel, each retried where that may help, every item accounted for.

mod account;
mod items;
mod job;
mod label;
mod mail;
mod originals;
mod tally;

use crate::{
    Account, Error, ErrorKind, Event, Events, Policy, Result,
    event::EventSender,
    file::write_atomically,
    journal::{Journal, Scope},
    plan::Plan,
    report::{AccountReport, Pace, Parts, Report},
    source::{DirectoryData, DirectorySource, ItemSource, MailSource},
    target::{ItemTarget, MailTarget},
};
pub(crate) use job::journal_of_earlier_run;
use originals::Originals;
use serde::Deserialize;
use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};
use tally::Tally;
use tokio::{sync::Semaphore, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// How hard a run may work.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Limits {
    /// Accounts worked on at the same time; each holds one connection to either side. Default 4.
    pub accounts: usize,
    /// How often an account is tried when connections break. Default 3.
    pub attempts: u32,
    /// The wait before the second attempt, in milliseconds; it doubles from try to try. Default 1000.
    pub backoff_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            accounts: 4,
            attempts: 3,
            backoff_ms: 1000,
        }
    }
}

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
    pub(crate) mail: Option<(Box<dyn MailSource>, Box<dyn MailTarget>)>,
    pub(crate) calendars: Option<(Box<dyn ItemSource>, Box<dyn ItemTarget>)>,
    pub(crate) contacts: Option<(Box<dyn ItemSource>, Box<dyn ItemTarget>)>,
    pub(crate) policy: Policy,
    pub(crate) limits: Limits,
    pub(crate) journal: Option<Arc<dyn Journal>>,
    pub(crate) events: EventSender,
    /// What the run follows.
    pub(crate) plan: Option<Plan>,
}

/// Puts a [`Migration`] together.
#[derive(Debug)]
pub struct MigrationBuilder {
    shared: Shared,
}

/// What the code that moves items works with.
struct Worker<'a> {
    policy: &'a Policy,
    journal: &'a dyn Journal,
    events: &'a EventSender,
    originals: &'a Originals,
    cancel: &'a CancellationToken,
}

impl Worker<'_> {
    fn check_cancelled(&self) -> Result<()> {
        if self.cancel.is_cancelled() {
            Err(Error::cancelled())
        } else {
            Ok(())
        }
    }
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
                mail: None,
                calendars: None,
                contacts: None,
                policy: Policy::default(),
                limits: Limits::default(),
                journal: None,
                events: EventSender::new(),
                plan: None,
            },
        }
    }

    /// Listens to what happens. Call it before [`run`](Self::run): earlier events are not repeated.
    pub fn events(&self) -> Events {
        self.shared.events.subscribe()
    }

    /// Runs the job to its end, or goes on with it, and writes the reports into the job directory.
    ///
    /// Everything that can be known to be wrong is found before anything is written: the directory is read, and the first
    /// account's sources and targets are opened.
    ///
    /// # Errors
    ///
    /// An account that cannot be finished is no error: the report lists it. Errors are what stops the whole job: a
    /// directory that cannot be read, a job directory that is another job's, a journal that does not open, and
    /// [`ErrorKind::Cancelled`].
    ///
    /// # Cancel safety
    ///
    /// The future may be dropped, and the process killed, at any time; a new run goes on where this one stood. The token
    /// stops the run after the batch in hand.
    pub async fn run(&self, cancel: &CancellationToken) -> Result<Report> {
        let (started, begun) = (jiff::Timestamp::now(), Instant::now());
        let shared = &self.shared;
        let data = shared.directory.read().await?;
        let accounts = data
            .accounts
            .iter()
            .filter(|account| shared.takes_account(&account.mail))
            .cloned();
        let accounts = accounts.collect::<Vec<_>>();
        if let Some(first) = accounts.first() {
            shared.preflight(first).await?;
        }
        job::claim(&shared.out, &shared.name, &shared.fingerprint())?;
        let journal = shared.open_journal()?;
        for (name, content) in &data.files {
            write_atomically(&shared.out.join(name), content)?;
        }
        shared.events.send(Event::Started {
            accounts: accounts.len(),
        });
        let finished = self.run_accounts(&accounts, journal, cancel).await?;
        let cancelled = cancel.is_cancelled();
        let mut report = shared.report(started, begun, &data, finished, !cancelled);
        report.plan = shared.plan.as_ref().map(|plan| plan.check(&report));
        report.write_to(&shared.out)?;
        shared.events.send(Event::Finished);
        if cancelled {
            return Err(Error::cancelled());
        }
        Ok(report)
    }

    async fn run_accounts(
        &self,
        accounts: &[Account],
        journal: Arc<dyn Journal>,
        cancel: &CancellationToken,
    ) -> Result<Vec<account::Finished>> {
        let slots = Arc::new(Semaphore::new(self.shared.limits.accounts.max(1)));
        let mut tasks = JoinSet::new();
        for (position, account) in accounts.iter().cloned().enumerate() {
            let (shared, journal, slots) = (self.shared.clone(), journal.clone(), slots.clone());
            let cancel = cancel.clone();
            tasks.spawn(async move {
                let _slot = slots.acquire_owned().await;
                let originals = Originals::new(shared.out.clone());
                let worker = Worker {
                    policy: &shared.policy,
                    journal: journal.as_ref(),
                    events: &shared.events,
                    originals: &originals,
                    cancel: &cancel,
                };
                (position, account::run(&shared, &worker, account).await)
            });
        }
        let mut finished = Vec::with_capacity(accounts.len());
        while let Some(joined) = tasks.join_next().await {
            let (position, outcome) = joined
                .map_err(|error| Error::new(ErrorKind::Source, format!("an account's task died: {error}")))?;
            finished.push((position, outcome?));
        }
        finished.sort_by_key(|(position, _)| *position);
        Ok(finished.into_iter().map(|(_, outcome)| outcome).collect())
    }
}

impl Shared {
    /// Opens everything once, so that a wrong password or certificate is known before anything is written.
    async fn preflight(&self, account: &Account) -> Result<()> {
        if let Some((source, target)) = &self.mail {
            source.open(account).await?;
            target.open(account).await?;
        }
        for (source, target) in [&self.calendars, &self.contacts].into_iter().flatten() {
            source.collections(account).await?;
            target.open(account).await?;
        }
        Ok(())
    }

    /// The caller's journal, or the one in the job's directory.
    pub(crate) fn open_journal(&self) -> Result<Arc<dyn Journal>> {
        match &self.journal {
            Some(journal) => Ok(journal.clone()),
            None => job::open_journal(&self.out),
        }
    }

    /// Whether the policy, and the plan where there is one, has the account take part.
    fn takes_account(&self, mail: &str) -> bool {
        self.policy.takes_account(mail) && self.plan.as_ref().is_none_or(|plan| plan.account(mail).is_some())
    }

    /// What makes this job this job: the same in every run, different for another source or target.
    pub(crate) fn fingerprint(&self) -> Vec<String> {
        let mut parts = vec![format!("directory: {}", self.directory.describe())];
        if let Some((source, target)) = &self.mail {
            parts.push(format!("mail: {} -> {}", source.describe(), target.describe()));
        }
        for (what, route) in [("calendars", &self.calendars), ("contacts", &self.contacts)] {
            if let Some((source, target)) = route {
                parts.push(format!("{what}: {} -> {}", source.describe(), target.describe()));
            }
        }
        parts
    }

    fn report(
        &self,
        started: jiff::Timestamp,
        begun: Instant,
        data: &DirectoryData,
        finished: Vec<account::Finished>,
        complete: bool,
    ) -> Report {
        let mut pace = Pace::since(begun);
        let mut directory = Tally::new("");
        for row in &data.rows {
            let scope = Scope::new(row.entity, "", vec![]);
            directory.container(&scope, row.entity.name(), 1);
            directory.item(&scope, &row.id, &row.record(&self.policy), false);
        }
        let (directory, mut documents, mut worklist) = directory.into_parts();
        let mut accounts = Vec::with_capacity(finished.len());
        let mut complete = complete;
        for account::Finished {
            account,
            tally,
            problems,
        } in finished
        {
            pace.absorb(tally.pace());
            let (containers, opened, work) = tally.into_parts();
            documents.extend(opened);
            worklist.extend(work);
            complete &= problems.is_empty();
            accounts.push(AccountReport {
                account: account.mail,
                display_name: account.display_name,
                containers,
                problems,
            });
        }
        let left_out = data
            .accounts
            .iter()
            .filter(|account| !self.takes_account(&account.mail));
        Report::assemble(Parts {
            job: self.name.clone(),
            started,
            complete,
            directory,
            accounts,
            left_out: left_out.map(|account| account.mail.clone()).collect(),
            documents,
            worklist,
            policy: self.policy.clone(),
            facts: data.facts.clone(),
            pace,
        })
    }
}

impl MigrationBuilder {
    /// Moves messages.
    #[must_use]
    pub fn mail(mut self, source: impl MailSource + 'static, target: impl MailTarget + 'static) -> Self {
        self.shared.mail = Some((Box::new(source), Box::new(target)));
        self
    }

    /// Moves calendars.
    #[must_use]
    pub fn calendars(mut self, source: impl ItemSource + 'static, target: impl ItemTarget + 'static) -> Self {
        self.shared.calendars = Some((Box::new(source), Box::new(target)));
        self
    }

    /// Moves contacts.
    #[must_use]
    pub fn contacts(mut self, source: impl ItemSource + 'static, target: impl ItemTarget + 'static) -> Self {
        self.shared.contacts = Some((Box::new(source), Box::new(target)));
        self
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

    /// Remembers in a journal of the caller's, in place of a file in the job directory.
    #[must_use]
    pub fn journal(mut self, journal: Arc<dyn Journal>) -> Self {
        self.shared.journal = Some(journal);
        self
    }

    /// The finished job. Nothing has been opened or written yet.
    pub fn build(self) -> Migration {
        Migration {
            shared: Arc::new(self.shared),
        }
    }
}

/// The wait before another attempt: doubled from try to try, and shortened by up to half so that many accounts that
/// failed together do not come back together.
fn backoff(limits: &Limits, attempt: u32, spread: u64) -> Duration {
    let full = limits.backoff_ms.saturating_mul(1_u64 << attempt.min(10));
    Duration::from_millis(full - (full / 2) * (spread % 100) / 100)
}
