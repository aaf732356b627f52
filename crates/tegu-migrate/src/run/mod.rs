//! A run: jobs in parallel, each retried where that may help, every item accounted for.

mod assemble;
mod builder;
mod followup;

pub use builder::MigrationBuilder;

use crate::{
    Entity, Event, Events, Migration, Report, Result,
    error::cancelled,
    journal::Journal,
    ledger::AccountJob,
    report::SpeedMeter,
    shared::{Shared, claim},
    sources::DirectorySource,
    worker::Crew,
};
use std::{path::PathBuf, sync::Arc, time::Instant};
use tegu_outcome::file;
use tokio_util::sync::CancellationToken;

impl Migration {
    /// Starts to put a job together. `out` becomes the job's directory: it must be empty, new, or this job's own from an
    /// earlier run.
    pub fn builder(
        name: impl Into<String>,
        out: impl Into<PathBuf>,
        directory: impl DirectorySource + 'static,
    ) -> MigrationBuilder {
        MigrationBuilder {
            shared: Shared::new(name.into(), out.into(), Box::new(directory)),
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
        claim(&shared.out, &shared.name, &shared.fingerprint())?;
        let journal = shared.open_journal().await?;
        // Written and forgotten: they are large where accounts are many.
        for (name, content) in std::mem::take(&mut data.files) {
            file::write(&shared.out.join(name), |file| file.write_all(&content))?;
        }
        if shared.servers.is_none() {
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
        claim(&shared.out, &shared.name, &shared.fingerprint())?;
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
