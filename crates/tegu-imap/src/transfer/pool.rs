//! Connections that take folders from one list, and do not give up easily.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::JoinSet;
use tracing::Instrument as _;

use super::context::Attempts;
use super::demand::Demand;
use super::event::Event;
use super::folder::{self, Doubt};
use super::report::{FolderReport, Report};
use super::retry::RetryBudget;
use super::survey::FolderJob;
use super::{Transfer, folder_span, late};
use crate::ledger::Ledger;
use crate::mailbox::MailboxName;
use crate::session::Session;
use crate::{Blame, Error, ErrorKind, Result};

/// What all connections of a run share.
#[derive(Debug)]
pub(super) struct RunState {
    transfer: Transfer,
    ledger: Arc<dyn Ledger>,
    /// Largest first.
    jobs: Mutex<VecDeque<FolderJob>>,
    /// Folders in which copies may still arrive.
    doubts: Mutex<Vec<Doubt>>,
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
            doubts: Mutex::default(),
            retries: AtomicU64::new(0),
        }
    }

    pub(super) fn finish(&self, report: &mut Report) {
        report.retries = self.retries.load(Ordering::Relaxed);
    }

    fn count_retry(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    fn doubts(&self) -> MutexGuard<'_, Vec<Doubt>> {
        self.doubts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a folder off the list.
    fn take(&self, source: &MailboxName) {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.retain(|job| job.source != *source);
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
    target: Session,
) -> Result<Vec<FolderReport>> {
    let jobs = run_state.remaining();
    if jobs.is_empty() {
        let _ = tokio::join!(source.logout(), target.logout());
        return Ok(Vec::new());
    }
    let (target, mut reports) = create(run_state, &jobs, target).await?;
    let connections = run_state.transfer.options.connections.min(jobs.len());
    let mut workers = JoinSet::new();
    let first = Connections::new(source, target);
    workers.spawn(copy_folders(Arc::clone(run_state), first).in_current_span());
    for _ in 1..connections {
        workers.spawn(join(Arc::clone(run_state)).in_current_span());
    }
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
    if let Some(error) = stopped {
        return Err(error);
    }
    let doubts = std::mem::take(&mut *run_state.doubts());
    if !doubts.is_empty() {
        late::wait(
            &run_state.transfer,
            run_state.ledger.as_ref(),
            doubts,
            &mut reports,
        )
        .await?;
    }
    Ok(reports)
}

/// Makes the folders that the target lacks, all in one go. What is refused here is refused again, and told, with its
/// folder. A folder over which the server hangs up is given up, and the others go on.
async fn create(
    run_state: &RunState,
    jobs: &[FolderJob],
    mut target: Session,
) -> Result<(Session, Vec<FolderReport>)> {
    let mut missing: Vec<&FolderJob> = jobs.iter().filter(|job| job.create).collect();
    // Parents before their children.
    missing.sort_by_key(|job| job.target.raw().len());
    let names: Vec<&MailboxName> = missing.iter().map(|job| &job.target).collect();
    let subscribed: Vec<&MailboxName> = missing
        .iter()
        .filter(|job| job.subscribed)
        .map(|job| &job.target)
        .collect();
    match target.create_all(&names, &subscribed).await {
        Ok(()) => return Ok((target, Vec::new())),
        Err(error) if !super::may_pass(&error) => return Err(error),
        Err(error) => tracing::info!(%error, "creating folders one by one"),
    }
    let mut given_up = Vec::new();
    run_state.count_retry();
    target = run_state.transfer.connect_target().await?;
    for job in missing {
        let mut attempts = 0;
        while let Err(error) = create_one(&mut target, job).await {
            /// How often a server may hang up over one folder.
            const ATTEMPTS: u32 = 3;
            attempts += 1;
            target = run_state.transfer.connect_target().await?;
            if attempts < ATTEMPTS {
                run_state.count_retry();
                continue;
            }
            run_state.take(&job.source);
            let ledger = run_state.ledger.as_ref();
            let demand = Demand::new(&run_state.transfer.options, &target);
            let report = folder::given_up(ledger, job, &demand, &mut Attempts::default(), error).await?;
            given_up.push(report);
            break;
        }
    }
    Ok((target, given_up))
}

/// Makes one folder. Refusals are left to whoever opens it.
async fn create_one(target: &mut Session, job: &FolderJob) -> Result<()> {
    let subscribe = job.subscribed.then_some(&job.target);
    let created = target.create_all(&[&job.target], subscribe.as_slice()).await;
    created.map_err(|error| error.doing("create mailbox", &job.target))
}

/// A further pair of connections. One that the servers do not let in is done without: waiting for room could take
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
        let report = copy_folder(&run_state, &mut connections, &job)
            .instrument(folder_span(&job.source))
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
            Ok((report, doubt)) => {
                run_state.doubts().extend(doubt);
                return Ok(report);
            }
            Err(error) if attempts.halted => return Err(error),
            Err(error) => error,
        };
        let demand = Demand::new(&transfer.options, target);
        // A server that said no can be asked for the next folder; after anything else nothing is certain.
        if !matches!(error.kind(), ErrorKind::Refused | ErrorKind::NotFound) {
            (connections.source, connections.target) = (None, None);
        }
        if attempts.progressed {
            budget.restore();
        }
        let Some(wait) = budget.wait(&error) else {
            return folder::given_up(ledger, job, &demand, &mut attempts, error).await;
        };
        if let Some(uid) = attempts.suspect.take() {
            *attempts.suspicions.entry(uid).or_default() += 1;
        }
        attempts.failed_before = true;
        attempts.careful = budget.failures() >= 2;
        run_state.count_retry();
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
