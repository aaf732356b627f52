//! Workers: they take jobs from the journal one after the other, and hold each as long as they work on it.

mod task;

use crate::{
    Error, ErrorKind, Event, Result,
    error::{cancelled, died},
    journal::{Claim, JobFilter, JobKey, JobState, Journal, Lease, Outcome},
    report::SpeedMeter,
    shared::Shared,
};
use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tegu_transfer::{AccountJob, EventSender, Gate, account_span, stops_the_run};
use tokio::{sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

/// How much a loss of power may make the journal forget; what it forgets is recognised on the target.
const FLUSH: Duration = Duration::from_secs(1);
/// How long a transfer that was asked to stop may take to its safe point.
const GRACE: Duration = Duration::from_secs(60);

/// Whoever works on a job holds one, and drops it after the journal: when none is left, nobody has the journal any more.
type AtWork = mpsc::Sender<Infallible>;

/// The workers of one process.
#[derive(Debug)]
pub(crate) struct WorkerPool {
    pub(crate) shared: Arc<Shared>,
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) cancel: CancellationToken,
    /// What this process is called in the journal.
    pub(crate) name: String,
    /// The pass that it works on.
    pass: u64,
    /// How many jobs of each account are through, by its id.
    done: Mutex<HashMap<String, usize>>,
    pace: Mutex<SpeedMeter>,
    /// Jobs of which the journal takes nothing, not even that they failed. They stay leased until the run ends.
    refused: Mutex<HashMap<JobKey, String>>,
}

impl WorkerPool {
    /// Makes the workers that take part in a pass.
    pub(crate) fn new(
        shared: Arc<Shared>,
        journal: Arc<dyn Journal>,
        pass: u64,
        cancel: &CancellationToken,
    ) -> Self {
        Self {
            pass,
            name: shared.worker_name(),
            shared,
            journal,
            cancel: cancel.clone(),
            done: Mutex::default(),
            pace: Mutex::default(),
            refused: Mutex::default(),
        }
    }

    /// Works until the pass is through or the token is cancelled; tells how fast items moved. When it returns, nothing that it
    /// began is at work any more, and the journal may be closed and opened again.
    pub(crate) async fn work(self) -> Result<SpeedMeter> {
        let slots = self.shared.limits.accounts.max(1);
        let pool = Arc::new(self);
        let mut tasks = JoinSet::new();
        let (at_work, mut gone) = mpsc::channel(1);
        for slot in 0..slots {
            tasks.spawn(pool.clone().slot(slot, at_work.clone()));
        }
        drop(at_work);
        // Ends with the run, also with one that is dropped.
        let mut flushing = JoinSet::new();
        flushing.spawn(flush(pool.journal.clone()));
        let mut first = None;
        while let Some(joined) = tasks.join_next().await {
            let ended = joined.map_err(|error| died(&error)).flatten();
            if let Err(error) = ended {
                // What stops one would stop all: each ends at its own safe point.
                pool.cancel.cancel();
                first.get_or_insert(error);
            }
        }
        // What was told to stop holds the journal until it has: connections of a transfer that was dropped, for example.
        flushing.shutdown().await;
        let _: Option<Infallible> = gone.recv().await;
        let pace = std::mem::take(&mut *pool.pace.lock().unwrap_or_else(PoisonError::into_inner));
        first.map_or(Ok(pace), Err)
    }

    async fn slot(self: Arc<Self>, slot: usize, at_work: AtWork) -> Result<()> {
        let name = format!("{}/{slot}", self.name);
        while !self.cancel.is_cancelled() {
            let length = self.shared.limits.lease();
            let claim = self
                .shared
                .patiently(&self.cancel, || self.journal.claim(&name, length));
            match claim.await? {
                // Somebody began the next pass meanwhile, perhaps with other settings.
                Claim::Job(lease) if lease.pass() != self.pass => {
                    return self.journal.finish(&lease, &Outcome::Released).await;
                }
                Claim::Job(lease) if self.refused().contains_key(lease.key()) => {}
                Claim::Job(lease) => self.job(Arc::new(lease), &at_work).await?,
                Claim::Wait(wait) => {
                    self.only_refused_left().await?;
                    self.pause(wait).await;
                }
                Claim::Finished => return Ok(()),
            }
        }
        Ok(())
    }

    fn refused(&self) -> MutexGuard<'_, HashMap<JobKey, String>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fails once nothing is left but jobs of which the journal takes nothing.
    async fn only_refused_left(&self) -> Result<()> {
        let Some(why) = self.refused().values().next().cloned() else {
            return Ok(());
        };
        let mut after = None;
        loop {
            let page = self.journal.jobs(JobFilter::CurrentPass, after.as_ref()).await?;
            let Some(last) = page.last() else {
                return Err(Error::new(ErrorKind::Journal, why));
            };
            after = Some(last.job.key().clone());
            let refused = self.refused();
            let open = page
                .iter()
                .filter(|status| matches!(status.state, JobState::Ready | JobState::Leased));
            if open
                .map(|status| status.job.key())
                .any(|key| !refused.contains_key(key))
            {
                return Ok(());
            }
        }
    }

    async fn pause(&self, wait: Duration) {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = self.cancel.cancelled() => {}
        }
    }

    async fn job(&self, lease: Arc<Lease>, at_work: &AtWork) -> Result<()> {
        let job = AccountJob::from_job(lease.job())?;
        let span = account_span(&job.account, job.entity);
        self.keep(lease, job, at_work).instrument(span).await
    }

    async fn keep(&self, lease: Arc<Lease>, job: AccountJob, at_work: &AtWork) -> Result<()> {
        self.started(&lease, &job);
        let route = self.shared.route(job.entity);
        let gate = Gate::new(self.journal.clone(), lease.clone())
            .cancel(self.cancel.clone())
            .throttles(route.map(|route| route.throttles()).unwrap_or_default())
            .guard(at_work.clone());
        let gate = Arc::new(gate);
        let overdue = async {
            self.cancel.cancelled().await;
            tokio::time::sleep(GRACE).await;
        };
        // Dropping the work ends it at once, with nothing more sent.
        let ended = tokio::select! {
            biased;
            ended = gate.keeping(task::job(&self.shared, &gate, &job)) => ended,
            () = overdue => Err(cancelled()),
        };
        let outcome = match ended {
            Ok(done) => self.outcome(&lease, &job, done),
            Err(error) if error.kind() == ErrorKind::Cancelled => Outcome::Released,
            Err(error) if left_alone(&error) => {
                tracing::warn!(%error, "left alone");
                self.events().send(Event::LeaseLost {
                    entity: job.entity,
                    account: job.account.mail,
                });
                return Ok(());
            }
            Err(error) => {
                // The job is not to blame; whoever comes next takes it up again.
                let _ = self.journal.finish(&lease, &Outcome::Released).await;
                return Err(error);
            }
        };
        let (outcome, finished) = self.finish(&job, &gate, outcome).await?;
        match finished {
            Err(error) if left_alone(&error) => {
                tracing::warn!(%error, "a job that is through could not be given back");
                return Ok(());
            }
            Err(error) if !stops_the_run(&error) => {
                let why = format!("{}: {error}", lease.key());
                self.refused().insert(lease.key().clone(), why);
                return Ok(());
            }
            finished => finished?,
        }
        self.ended(&job, &outcome);
        Ok(())
    }

    /// Gives a job back. What the journal refuses to keep of it makes it a job that failed.
    async fn finish(&self, job: &AccountJob, gate: &Gate, outcome: Outcome) -> Result<(Outcome, Result<()>)> {
        let finished = self.journal.finish(gate.lease(), &outcome).await;
        match finished {
            Err(error) if !stops_the_run(&error) => {
                let failed = Outcome::Failed(error.to_string(), task::refused(job, gate, &error)?);
                let finished = self.journal.finish(gate.lease(), &failed).await;
                Ok((failed, finished))
            }
            finished => Ok((outcome, finished)),
        }
    }

    /// What becomes of a job after an attempt.
    fn outcome(&self, lease: &Lease, job: &AccountJob, done: task::Done) -> Outcome {
        self.pace
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .absorb(&done.speed);
        let limits = &self.shared.limits;
        let Some(error) = done.error else {
            return Outcome::Done(done.summary);
        };
        let wait = limits.backoff().delay(lease.attempt(), error.retry_after());
        let Some(wait) = wait.filter(|_| error.is_retryable()) else {
            return Outcome::Failed(error.to_string(), done.summary);
        };
        self.events().send(Event::Retrying {
            account: job.account.mail.clone(),
            attempt: lease.attempt(),
            wait,
            error: error.to_string(),
        });
        Outcome::Retry(wait, error.to_string())
    }

    fn events(&self) -> &EventSender {
        &self.shared.events
    }

    fn started(&self, lease: &Lease, job: &AccountJob) {
        let first = {
            let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
            let known = done.contains_key(&job.account.id);
            done.entry(job.account.id.clone()).or_default();
            !known
        };
        let account = job.account.mail.clone();
        if first {
            self.events().send(Event::AccountStarted {
                account: account.clone(),
            });
        }
        self.events().send(Event::JobStarted {
            entity: job.entity,
            account,
            attempt: lease.attempt(),
        });
    }

    fn ended(&self, job: &AccountJob, outcome: &Outcome) {
        if matches!(outcome, Outcome::Retry(..) | Outcome::Released) {
            return;
        }
        let account = job.account.mail.clone();
        self.events().send(Event::JobFinished {
            entity: job.entity,
            account: account.clone(),
            failed: matches!(outcome, Outcome::Failed(..)),
        });
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        let count = done.entry(job.account.id.clone()).or_default();
        *count += 1;
        if *count == self.shared.moving().len() {
            done.remove(&job.account.id);
            self.events().send(Event::AccountFinished { account });
        }
    }
}

/// Flushes what the journal has been told, for all jobs together.
async fn flush(journal: Arc<dyn Journal>) {
    loop {
        tokio::time::sleep(FLUSH).await;
        if let Err(error) = journal.sync().await {
            // Whoever writes next is told.
            tracing::warn!(%error, "the journal cannot be flushed");
        }
    }
}

/// Another worker has the job, or may have it: the journal could not be written.
fn left_alone(error: &Error) -> bool {
    error.kind() == ErrorKind::LeaseLost || (error.kind() == ErrorKind::Journal && error.is_retryable())
}
