//! Jobs: who works on what.

use crate::{Account, Entity};
use serde::{Deserialize, Serialize};
use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

/// Names a job: one kind of thing of one account.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
pub struct JobKey {
    /// What moves.
    pub entity: Entity,
    /// [`Account::id`].
    pub account: String,
}

impl JobKey {
    /// Names a job.
    pub fn new(entity: Entity, account: impl Into<String>) -> Self {
        Self {
            entity,
            account: account.into(),
        }
    }
}

/// What a worker is given to do.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Job {
    /// What moves.
    pub entity: Entity,
    /// Whose it is.
    pub account: Account,
}

impl Job {
    /// One kind of thing of one account.
    pub fn new(entity: Entity, account: Account) -> Self {
        Self { entity, account }
    }

    /// Its name.
    pub fn key(&self) -> JobKey {
        JobKey::new(self.entity, self.account.id.clone())
    }
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum JobState {
    /// Nobody has begun it, or it is to be tried again.
    Ready,
    /// A worker holds it.
    Leased,
    /// The pass is through with it.
    Done,
    /// It was tried as often as it may be.
    Failed,
}

impl JobState {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Ready, Self::Leased, Self::Done, Self::Failed];

    /// The name in exports and databases.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Leased => "leased",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// The state of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A pass over all jobs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Pass {
    /// 1 for the first.
    pub number: u64,
    /// Whether it had been begun already.
    pub joined: bool,
}

impl Pass {
    /// A pass.
    pub fn new(number: u64, joined: bool) -> Self {
        Self { number, joined }
    }
}

/// What came of asking for a job.
#[derive(Debug)]
#[non_exhaustive]
pub enum Claim {
    /// This one.
    Job(Lease),
    /// None now: others work on what is left, or it waits to be tried again. Ask again after so long.
    Wait(Duration),
    /// The pass is through.
    Finished,
}

/// The right to work on a job, until it runs out or another worker has it.
#[derive(Debug)]
pub struct Lease {
    job: Job,
    key: JobKey,
    epoch: u64,
    attempt: u32,
    length: Duration,
    confirmed: Mutex<(Instant, SystemTime)>,
}

impl Lease {
    /// A lease as a journal gives it: which job, in which epoch, in which attempt of the pass (1 for the first), for how
    /// long from now.
    pub fn new(job: Job, epoch: u64, attempt: u32, length: Duration) -> Self {
        Self {
            key: job.key(),
            job,
            epoch,
            attempt,
            length,
            confirmed: Mutex::new((Instant::now(), SystemTime::now())),
        }
    }

    /// What is to be done.
    pub fn job(&self) -> &Job {
        &self.job
    }

    /// Its name.
    pub fn key(&self) -> &JobKey {
        &self.key
    }

    /// Higher than any that the job had before.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// How often the job has been claimed in this pass, this time included.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// How long it is good for after each renewal.
    pub fn length(&self) -> Duration {
        self.length
    }

    /// A journal says that the lease was good at `asked`, the instant before the journal was asked.
    pub fn confirm(&self, asked: Instant) {
        let mut confirmed = self.confirmed.lock().unwrap_or_else(PoisonError::into_inner);
        if asked > confirmed.0 {
            let past = asked.elapsed();
            let wall = SystemTime::now();
            *confirmed = (asked, wall.checked_sub(past).unwrap_or(wall));
        }
    }

    /// What is known of the lease after the wall clock has jumped.
    #[cfg(test)]
    pub(crate) fn clock_jumped(&self, by: Duration, forward: bool) {
        let mut confirmed = self.confirmed.lock().unwrap_or_else(PoisonError::into_inner);
        // To a lease it is the same whether the clock moves or what it was noted at.
        confirmed.1 = if forward {
            confirmed.1 - by
        } else {
            confirmed.1 + by
        };
    }

    /// How long ago the lease was last known to be good.
    ///
    /// The monotonic clock stands still while a machine sleeps, and the wall clock jumps; the later of both counts. A clock
    /// that jumps forward costs a question to the journal, nothing else.
    pub fn age(&self) -> Duration {
        let (instant, wall) = *self.confirmed.lock().unwrap_or_else(PoisonError::into_inner);
        let wall = SystemTime::now().duration_since(wall).unwrap_or_default();
        instant.elapsed().max(wall)
    }
}

/// How a worker gives a job back.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// The pass is through with it; the summary is the caller's own.
    Done(Vec<u8>),
    /// It may work later: not before so long, for this reason.
    Retry(Duration, String),
    /// It did not work, and is not tried again in this pass; the reason, and the caller's own summary.
    Failed(String, Vec<u8>),
    /// The worker was asked to stop: somebody else may go on, and the attempt does not count.
    Released,
}

/// Which jobs are asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Which {
    /// Those of the current pass.
    OfPass,
    /// Those of all passes, each as it stands now.
    All,
}

/// What a journal says of a job.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct JobStatus {
    /// The job.
    pub job: Job,
    /// Where it stands.
    pub state: JobState,
    /// How often it was claimed, over all passes.
    pub epoch: u64,
    /// How often it was claimed in this pass.
    pub attempts: u32,
    /// Who holds it, or held it last.
    pub worker: Option<String>,
    /// What went wrong last.
    pub error: Option<String>,
    /// The summary that it was finished with, in this pass or an earlier one.
    pub summary: Option<Vec<u8>>,
}

impl JobStatus {
    /// A job that nobody has begun.
    pub fn new(job: Job) -> Self {
        Self {
            job,
            state: JobState::Ready,
            epoch: 0,
            attempts: 0,
            worker: None,
            error: None,
            summary: None,
        }
    }
}
