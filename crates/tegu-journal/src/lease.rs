use crate::{Clock, Job, JobKey, SystemClock};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

/// The right to work on a job, until it runs out or another worker has the job.
#[derive(Debug)]
pub struct Lease {
    job: Job,
    epoch: u64,
    attempt: u32,
    pass: u64,
    summary: Option<Vec<u8>>,
    length: Duration,
    clock: Arc<dyn Clock>,
    /// When the journal was last asked and said yes, by both clocks.
    confirmed: Mutex<(Instant, SystemTime)>,
}

impl Lease {
    /// Makes a lease that a journal grants now: on which job, in which epoch, for which attempt of the pass (1 for the first),
    /// and for how long.
    #[must_use]
    pub fn new(job: Job, epoch: u64, attempt: u32, length: Duration) -> Self {
        Self::with_clock(job, epoch, attempt, length, Arc::new(SystemClock))
    }

    /// Makes a lease whose age is told by `clock`.
    #[must_use]
    pub fn with_clock(job: Job, epoch: u64, attempt: u32, length: Duration, clock: Arc<dyn Clock>) -> Self {
        Self {
            job,
            epoch,
            attempt,
            pass: 0,
            summary: None,
            length,
            confirmed: Mutex::new((clock.now(), clock.system_time())),
            clock,
        }
    }

    /// Names the pass that the job is part of.
    #[must_use]
    pub fn of_pass(mut self, number: u64) -> Self {
        self.pass = number;
        self
    }

    /// Adds the summary that the job was last finished with, in this pass or an earlier one.
    #[must_use]
    pub fn last_summary(mut self, summary: Option<Vec<u8>>) -> Self {
        self.summary = summary;
        self
    }

    /// Returns the number of the pass that the job is part of.
    #[must_use]
    pub fn pass(&self) -> u64 {
        self.pass
    }

    /// Returns the summary that the job was last finished with, in this pass or an earlier one.
    #[must_use]
    pub fn summary(&self) -> Option<&[u8]> {
        self.summary.as_deref()
    }

    /// Returns the job.
    #[must_use]
    pub fn job(&self) -> &Job {
        &self.job
    }

    /// Returns the job's key.
    #[must_use]
    pub fn key(&self) -> &JobKey {
        self.job.key()
    }

    /// Returns the fencing number: it is higher than that of each earlier lease on the job.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Returns 1 for the first attempt of this pass; attempts that a crash or a stopped process ended do not count.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Returns how long the lease holds after each renewal.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.length
    }

    /// Notes that the lease was good at `asked`, the instant before the journal was asked. Journals call this.
    pub fn confirm(&self, asked: Instant) {
        let mut confirmed = self.confirmed.lock().unwrap_or_else(PoisonError::into_inner);
        if asked > confirmed.0 {
            let past = self.clock.now().saturating_duration_since(asked);
            let wall = self.clock.system_time();
            *confirmed = (asked, wall.checked_sub(past).unwrap_or(wall));
        }
    }

    /// Returns how long ago the lease was last known to be good.
    ///
    /// The monotonic clock stands still while a machine sleeps, and the wall clock jumps; the greater of both ages counts. A wall
    /// clock that jumps forward costs one question to the journal.
    #[must_use]
    pub fn age(&self) -> Duration {
        let (instant, wall) = *self.confirmed.lock().unwrap_or_else(PoisonError::into_inner);
        let by_wall = self.clock.system_time().duration_since(wall).unwrap_or_default();
        self.clock.now().saturating_duration_since(instant).max(by_wall)
    }
}
