//! A run: jobs in parallel, retries, and a report that accounts for every item.

mod assemble;
mod builder;
mod followup;

pub use builder::MigrationBuilder;

use crate::{
    Account, Counts, Error, Event, Events, Migration, Report, Result,
    error::cancelled,
    journal::{JobFilter, JobState, Journal},
    report::SpeedMeter,
    shared::{SETTLED, Shared},
    sources::{DirectoryData, DirectorySource, keep_directory},
    worker::WorkerPool,
};
use std::{path::PathBuf, sync::Arc, time::Instant};
use tegu_outcome::file;
use tegu_transfer::{AccountJob, Sheets, claim_directory, each_job, standing::Teller};
use tokio_util::sync::CancellationToken;

/// What came of [`Migration::work`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
#[non_exhaustive]
pub enum Worked {
    /// The pass is through.
    Through,
    /// No run has begun a pass yet, so there was nothing to do.
    NotBegun,
}

impl Migration {
    /// Starts building a job. `out` is the job's directory: new, empty, or this job's own from an earlier run.
    pub fn builder(
        name: impl Into<String>,
        out: impl Into<PathBuf>,
        directory: impl DirectorySource + 'static,
    ) -> MigrationBuilder {
        MigrationBuilder {
            shared: Shared::new(name.into(), out.into(), Box::new(directory)),
        }
    }

    /// Subscribes to the events of this job. Call it before [`run`](Self::run): earlier events are not repeated.
    #[doc(alias = "progress")]
    pub fn events(&self) -> Events {
        self.shared.events.subscribe()
    }

    /// Runs or resumes the job and writes the reports into the job directory. Then it updates the [stage](crate::routing::Stage) of each
    /// account, proves the routing sheets and writes them into `routing/`, and writes and delivers letters, as far as the job asks for
    /// these. The report says what came of it.
    ///
    /// Mistakes are found before anything is written: the directory is read, and the first account's sources and targets are opened.
    ///
    /// A run is one pass over all accounts. If a run was killed, the next one resumes its pass and skips what is finished. After a finished
    /// pass the next run starts a new one, which carries over changes. With a shared journal, any number of processes may call this at
    /// the same time. They share the pass, and each returns when the pass is finished.
    ///
    /// # Errors
    ///
    /// An account that cannot be finished is not an error: the report lists it. An error stops the whole job: the directory cannot be read,
    /// the job directory belongs to another job, the journal does not open, or the run was
    /// [cancelled](crate::ErrorKind::Cancelled).
    ///
    /// # Cancel safety
    ///
    /// The future may be dropped and the process killed at any time; the next run resumes. The token stops the run after the current
    /// message or batch.
    #[doc(alias = "resume")]
    #[doc(alias = "restart")]
    #[doc(alias = "migrate")]
    pub async fn run(&self, cancel: &CancellationToken) -> Result<Report> {
        let result = self.pass(cancel).await;
        self.shared.events.finished(&result);
        result
    }

    async fn pass(&self, cancel: &CancellationToken) -> Result<Report> {
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
        shared.policy.check_accounts(data.mails())?;
        shared.check_places(&data.accounts)?;
        if let Some(first) = accounts.first() {
            shared.preflight(first).await?;
        }
        shared.check_homes(&data.accounts).await?;
        shared.survey(&data, cancel).await?;
        claim_directory(&shared.out, &shared.name, &shared.identity())?;
        let teller = Teller::start(&shared.out, &shared.events).await?;
        let made = self
            .work_and_report(cancel, data, &accounts, (started, begun))
            .await;
        teller.end(made.as_ref().err().map(ToString::to_string))?;
        made
    }

    /// A pass in the job's own directory, from opening the journal to the report.
    async fn work_and_report(
        &self,
        cancel: &CancellationToken,
        mut data: DirectoryData,
        accounts: &[Account],
        (started, begun): (jiff::Timestamp, Instant),
    ) -> Result<Report> {
        let shared = &self.shared;
        let journal = shared.wait_for_journal(cancel).await?;
        data.note_changes(&shared.out)?;
        let write = |files: Sheets| {
            let mut files = files.into_iter();
            files.try_for_each(|(name, content)| {
                file::write(&shared.out.join(name), |file| file.write_all(&content))
            })
        };
        // Freed at once: these files are large if there are many accounts.
        write(std::mem::take(&mut data.files))?;
        for route in &shared.routes {
            write(route.sheets())?;
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
        let settings = shared.settings();
        let pass = shared
            .patiently(cancel, || journal.begin(&settings, &jobs))
            .await?;
        drop(jobs);
        shared.events.send(Event::Started {
            accounts: accounts.len(),
        });
        if pass.joined {
            shared.count_finished(journal.as_ref()).await?;
        }
        // Workers that stop each other on an error must not cancel the caller's token.
        let token = cancel.child_token();
        let mut pace = SpeedMeter::since(begun);
        pace.absorb(
            &WorkerPool::new(shared.clone(), journal.clone(), pass.number, &token)
                .work()
                .await?,
        );
        journal.sync().await?;
        for route in &shared.routes {
            write(route.closing_sheets(journal.as_ref()).await?)?;
        }
        let stopped = cancel.is_cancelled();
        let passed = assemble::Passed {
            started,
            accounts,
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
            shared
                .write_letters(&mut report, accounts, &journal, cancel)
                .await
        };
        if report.letters.is_some() {
            report.write_to(&shared.out)?;
        }
        if !stopped {
            keep_directory(&shared.out)?;
        }
        written?;
        if stopped {
            return Err(cancelled());
        }
        Ok(report)
    }

    /// Works on the pass that a [`run`](Self::run) elsewhere started, until the pass is finished. For workers that share a journal. Makes no
    /// report, and reads the directory only for calendars, contacts and PST files, which may name people by addresses that only the
    /// directory knows.
    ///
    /// # Errors
    ///
    /// As for [`run`](Self::run). [`ErrorKind::Config`](crate::ErrorKind::Config) also if anything that decides where an item goes,
    /// or whether it does, is not as in the run that began the pass: sources, targets, sign-in, policy, directory. The message names
    /// the first difference. Nothing was moved then.
    ///
    /// # Cancel safety
    ///
    /// As for [`run`](Self::run).
    #[doc(alias = "worker")]
    pub async fn work(&self, cancel: &CancellationToken) -> Result<Worked> {
        let shared = &self.shared;
        claim_directory(&shared.out, &shared.name, &shared.identity())?;
        if shared.routes.iter().any(|route| route.names_people()) {
            let mut data = shared.directory.read().await?;
            shared.know(std::mem::take(&mut data.directory_addresses));
            shared.survey(&data, cancel).await?;
        }
        let journal = shared.wait_for_journal(cancel).await?;
        let Some(pass) = shared.patiently(cancel, || journal.current_pass()).await? else {
            return Ok(Worked::NotBegun);
        };
        let ours = shared.settings().without(SETTLED);
        if let Some(difference) = ours.difference(&pass.settings.without(SETTLED)) {
            return Err(Error::config(format_args!(
                "this worker is configured otherwise than the run that began the pass: {difference}"
            )));
        }
        WorkerPool::new(shared.clone(), journal, pass.number, &cancel.child_token())
            .work()
            .await?;
        if cancel.is_cancelled() {
            return Err(cancelled());
        }
        Ok(Worked::Through)
    }

    /// Returns the job's journal, and opens it first if necessary.
    ///
    /// # Errors
    ///
    /// Kind [`Journal`](crate::ErrorKind::Journal) if it does not open.
    pub async fn journal(&self) -> Result<Arc<dyn Journal>> {
        self.shared.open_journal().await
    }
}

impl Shared {
    /// Counts what earlier runs finished in this pass.
    async fn count_finished(&self, journal: &dyn Journal) -> Result<()> {
        each_job(journal, JobFilter::CurrentPass, |entity, status, summary| {
            let Some(summary) = summary.filter(|_| matches!(status.state, JobState::Done | JobState::Failed))
            else {
                return;
            };
            let mut counts = Counts::default();
            for row in &summary.containers {
                counts.merge(&row.counts);
            }
            self.events.progress().add(entity, &counts);
        })
        .await
    }
}
