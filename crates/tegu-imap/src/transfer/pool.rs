//! Connections that take folders from one list, and do not give up easily.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinSet;
use tracing::Instrument as _;

use super::context::Attempts;
use super::event::Event;
use super::report::{FolderReport, Report};
use super::retry::RetryBudget;
use super::survey::FolderJob;
use super::{Transfer, folder};
use crate::ledger::Ledger;
use crate::mailbox::MailboxName;
use crate::session::Session;
use crate::{Blame, Error, ErrorKind, Result};

/// What all connections of a run share.
#[derive(Debug)]
pub(super) struct RunState {
    transfer: Transfer,
    ledger: Arc<dyn Ledger>,
    /// Largest last.
    jobs: Mutex<VecDeque<FolderJob>>,
    retries: AtomicU64,
}

impl RunState {
    pub(super) fn new(transfer: Transfer, ledger: Arc<dyn Ledger>, mut jobs: Vec<FolderJob>) -> Self {
        // The largest folders first, so that none of them is alone at the end.
        let weight = |job: &FolderJob| {
            job.held
                .map(|held| (held.size.unwrap_or_default(), held.messages))
        };
        jobs.sort_by_key(|job| std::cmp::Reverse(weight(job)));
        Self {
            transfer,
            ledger,
            jobs: Mutex::new(jobs.into()),
            retries: AtomicU64::new(0),
        }
    }

    pub(super) fn finish(&self, report: &mut Report) {
        report.retries = self.retries.load(Ordering::Relaxed);
    }

    fn next(&self) -> Option<FolderJob> {
        self.jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front()
    }

    fn remaining(&self) -> Vec<FolderJob> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.iter().cloned().collect()
    }
}

/// Goes through all folders; `source` and `target` are the first connections.
pub(super) async fn run(
    run_state: &Arc<RunState>,
    source: Session,
    mut target: Session,
) -> Result<Vec<FolderReport>> {
    let jobs = run_state.remaining();
    if jobs.is_empty() {
        let _ = tokio::join!(source.logout(), target.logout());
        return Ok(Vec::new());
    }
    create(&jobs, &mut target).await?;
    let connections = run_state.transfer.options.connections.min(jobs.len());
    let mut workers = JoinSet::new();
    workers.spawn(copy_folders(
        Arc::clone(run_state),
        Connections::new(source, target),
    ));
    for _ in 1..connections {
        workers.spawn(join(Arc::clone(run_state)));
    }
    let mut reports = Vec::with_capacity(jobs.len());
    let mut stopped = None;
    while let Some(done) = workers.join_next().await {
        let done =
            done.map_err(|error| Error::new(ErrorKind::Connect, "a worker ended").with_source(error))?;
        match done {
            // The others are asked to stop too, each at its own safe point.
            Err(error) if error.kind() == ErrorKind::Cancelled => stopped = Some(error),
            done => reports.extend(done?),
        }
    }
    stopped.map_or(Ok(reports), Err)
}

/// Makes the folders that the target lacks, all in one go. What fails here fails again, and is told, with its folder.
async fn create(jobs: &[FolderJob], target: &mut Session) -> Result<()> {
    let missing = |job: &&FolderJob| job.create;
    let mut names: Vec<&MailboxName> = jobs.iter().filter(missing).map(|job| &job.target).collect();
    // Parents before their children.
    names.sort_by_key(|name| name.raw().len());
    let subscribed: Vec<&MailboxName> = jobs
        .iter()
        .filter(|job| job.create && job.subscribed)
        .map(|job| &job.target)
        .collect();
    target.create_all(&names, &subscribed).await
}

/// A further connections of connections. One that the servers do not let in is done without: waiting for room could take
/// longer than the work.
async fn join(run_state: Arc<RunState>) -> Result<Vec<FolderReport>> {
    let transfer = &run_state.transfer;
    match tokio::try_join!(
        transfer.from.connect(Blame::Source),
        transfer.to.connect(Blame::Target)
    ) {
        Ok((source, target)) => copy_folders(run_state, Connections::new(source, target)).await,
        Err(error) => {
            tracing::warn!(%error, "going on with fewer connections");
            Ok(Vec::new())
        }
    }
}

/// The connections of one worker, each there or lost.
struct Connections {
    source: Option<Session>,
    target: Option<Session>,
}

impl Connections {
    fn new(source: Session, target: Session) -> Self {
        Self {
            source: Some(source),
            target: Some(target),
        }
    }

    async fn connected(&mut self, transfer: &Transfer) -> Result<(&mut Session, &mut Session)> {
        if self.source.is_none() || self.target.is_none() {
            let (source, target) = transfer.connect().await?;
            (self.source, self.target) = (Some(source), Some(target));
        }
        match (&mut self.source, &mut self.target) {
            (Some(source), Some(target)) => Ok((source, target)),
            _ => Err(Error::new(ErrorKind::Connect, "no connection")),
        }
    }
}

async fn copy_folders(run_state: Arc<RunState>, mut connections: Connections) -> Result<Vec<FolderReport>> {
    let mut reports = Vec::new();
    while let Some(job) = run_state.next() {
        run_state.transfer.options.gate.ready().await?;
        let span = tracing::info_span!("folder", name = %job.source);
        let report = copy_folder(&run_state, &mut connections, &job)
            .instrument(span)
            .await?;
        run_state
            .transfer
            .events
            .send(Event::FolderDone(Box::new(report.clone())));
        reports.push(report);
    }
    if let Connections {
        source: Some(source),
        target: Some(target),
    } = connections
    {
        // What is done is done; a server that does not say goodbye changes nothing.
        let _ = tokio::join!(source.logout(), target.logout());
    }
    Ok(reports)
}

/// Takes a folder to its end, over as many connections as that takes.
async fn copy_folder(
    run_state: &RunState,
    connections: &mut Connections,
    job: &FolderJob,
) -> Result<FolderReport> {
    let (transfer, ledger) = (&run_state.transfer, run_state.ledger.as_ref());
    let mut budget = RetryBudget::new(transfer.options.backoff);
    let mut attempts = Attempts::default();
    loop {
        let (source, target) = connections.connected(transfer).await?;
        let error = match folder::run(transfer, ledger, job, source, target, &mut attempts).await {
            Ok(report) => return Ok(report),
            Err(error) if attempts.halted => return Err(error),
            Err(error) => error,
        };
        // A server that said no can be asked for the next folder; after anything else nothing is certain.
        if !matches!(error.kind(), ErrorKind::Refused | ErrorKind::NotFound) {
            (connections.source, connections.target) = (None, None);
        }
        if attempts.progressed {
            budget.restore();
        }
        let Some(wait) = budget.wait(&error) else {
            return folder::given_up(ledger, job, &mut attempts, error).await;
        };
        if let Some(uid) = attempts.suspect.take() {
            *attempts.suspicions.entry(uid).or_default() += 1;
        }
        attempts.failed_before = true;
        attempts.careful = budget.failures() >= 2;
        run_state.retries.fetch_add(1, Ordering::Relaxed);
        let (folder, reason) = (job.source.clone(), error.to_string());
        tracing::info!(%folder, %reason, ?wait, "going on after a failure");
        transfer.events.send(Event::Retrying {
            folder,
            reason: reason.clone(),
        });
        transfer.events.send(Event::Waiting { reason, wait });
        tokio::time::sleep(wait).await;
    }
}
