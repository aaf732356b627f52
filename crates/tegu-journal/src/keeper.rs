use crate::{Error, ErrorKind, Journal, Lease, Result};
use std::{sync::Arc, time::Duration};

/// Keeps a lease while a worker is at work, and makes certain that the worker still has the job before it sends anything.
///
/// Run [`keep`](Self::keep) beside the work and drop the work when it returns. Call [`check`](Self::check) before each step that
/// cannot be taken back.
///
/// ```
/// # use std::{sync::Arc, time::Duration};
/// # use tegu_journal::{Claim, Job, JobKey, Journal, Kind, LeaseKeeper, MemoryJournal, Outcome};
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// # let journal = Arc::new(MemoryJournal::new());
/// # let job = Job::new(JobKey::new(Kind::from_static("mail"), "anna"), &())?;
/// # journal.begin(&"settings".into(), &[job]).await?;
/// # let Claim::Job(lease) = journal.claim("one", Duration::from_secs(60)).await? else { panic!() };
/// let lease = Arc::new(lease);
/// let keeper = LeaseKeeper::new(journal.clone(), lease.clone());
/// let work = async {
///     keeper.check().await?;
///     // Send an item.
///     Ok(())
/// };
/// tokio::select! {
///     lost = keeper.keep() => return Err(lost),
///     done = work => done?,
/// }
/// journal.finish(&lease, &Outcome::Done(Vec::new())).await?;
/// # Ok::<(), tegu_journal::Error>(()) }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct LeaseKeeper {
    journal: Arc<dyn Journal>,
    lease: Arc<Lease>,
}

impl LeaseKeeper {
    /// Makes a keeper.
    #[must_use]
    pub fn new(journal: Arc<dyn Journal>, lease: Arc<Lease>) -> Self {
        Self { journal, lease }
    }

    /// Returns the journal.
    #[must_use]
    pub fn journal(&self) -> &Arc<dyn Journal> {
        &self.journal
    }

    /// Returns the lease.
    #[must_use]
    pub fn lease(&self) -> &Arc<Lease> {
        &self.lease
    }

    /// Returns once the worker is known to have the job. If the lease was confirmed within the last half of its length, that is at
    /// once; otherwise the journal is asked, again and again as long as the lease lasts. A process that slept may have lost the job
    /// without knowing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::LeaseLost`] if another worker has the job, or if the lease has run out and the journal cannot be reached; the
    /// latter is retryable. Leave the job alone at once.
    pub async fn check(&self) -> Result<()> {
        let length = self.lease.length();
        if self.lease.age() < length / 2 {
            return Ok(());
        }
        loop {
            let lost = match tokio::time::timeout(length / 4, self.journal.renew(&self.lease)).await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(error)) if !error.is_retryable() => return Err(error),
                Ok(Err(error)) => run_out(&error),
                Err(_) => run_out("the journal does not answer"),
            };
            if self.lease.age() >= length {
                return Err(lost);
            }
            tokio::time::sleep((length / 20).min(Duration::from_secs(1))).await;
        }
    }

    /// Renews the lease as long as it is polled, and returns only when the job is lost.
    pub async fn keep(&self) -> Error {
        let length = self.lease.length();
        loop {
            let due = (length / 3).saturating_sub(self.lease.age());
            tokio::time::sleep(due.max(length / 50)).await;
            if self.lease.age() < length / 3 {
                continue;
            }
            if let Ok(Err(error)) = tokio::time::timeout(length / 4, self.journal.renew(&self.lease)).await
                && !error.is_retryable()
            {
                return error;
            }
            if self.lease.age() >= length {
                return run_out("the journal could not be reached in time");
            }
        }
    }
}

fn run_out(why: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::LeaseLost, format_args!("the lease has run out: {why}")).retryable(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Claim, Clock, Job, JobKey, Kind, MemoryJournal, Outcome};
    use std::{
        sync::Mutex,
        time::{Instant, SystemTime},
    };

    const DAYS: Duration = Duration::from_secs(5 * 86_400);

    /// Clocks that tests move.
    #[derive(Debug)]
    struct Moved {
        start: (Instant, SystemTime),
        /// Seconds by which the wall clock is wrong, and the time that has passed.
        by: Mutex<(i64, Duration)>,
    }

    impl Moved {
        fn new() -> Arc<Self> {
            Arc::new(Self {
                start: (Instant::now(), SystemTime::now()),
                by: Mutex::default(),
            })
        }

        fn jump(&self, by: Duration, forward: bool) {
            let by = i64::try_from(by.as_secs()).unwrap();
            self.by.lock().unwrap().0 += if forward { by } else { -by };
        }

        fn pass(&self, time: Duration) {
            self.by.lock().unwrap().1 += time;
        }
    }

    impl Clock for Moved {
        fn now(&self) -> Instant {
            self.start.0 + self.by.lock().unwrap().1
        }

        fn system_time(&self) -> SystemTime {
            let (by, passed) = *self.by.lock().unwrap();
            let distance = Duration::from_secs(by.unsigned_abs());
            let right = self.start.1 + passed;
            if by < 0 {
                right - distance
            } else {
                right + distance
            }
        }
    }

    async fn keeper(journal: Arc<dyn Journal>, length: Duration) -> LeaseKeeper {
        let job = Job::new(JobKey::new(Kind::from_static("mail"), "anna"), &()).unwrap();
        journal.begin(&"settings".into(), &[job]).await.unwrap();
        let Claim::Job(lease) = journal.claim("one", length).await.unwrap() else {
            panic!()
        };
        LeaseKeeper::new(journal, Arc::new(lease))
    }

    async fn jumps(journal: Arc<dyn Journal>, clock: &Moved) {
        let length = Duration::from_secs(20);
        let keeper = keeper(journal.clone(), length).await;
        for forward in [true, false, false, true, true] {
            clock.jump(DAYS, forward);
            assert_eq!(keeper.lease.age() >= length, forward, "by the wall clock");
            // The job goes to nobody else: the journal goes by the monotonic clock.
            assert!(matches!(
                journal.claim("two", length).await.unwrap(),
                Claim::Wait(_)
            ));
            clock.pass(Duration::from_millis(1));
            keeper.check().await.unwrap();
            if forward {
                assert!(
                    keeper.lease.age() < length / 2,
                    "the journal was asked, and said yes"
                );
            }
            // Nor does the keeper give it up for that.
            clock.jump(DAYS, forward);
            clock.pass(Duration::from_millis(1));
            let kept = tokio::time::timeout(length / 25, keeper.keep()).await;
            assert!(kept.is_err(), "{kept:?}");
            clock.pass(Duration::from_millis(1));
            journal.renew(&keeper.lease).await.unwrap();
        }
        journal
            .finish(&keeper.lease, &Outcome::Done(Vec::new()))
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn a_wall_clock_that_jumps_loses_no_lease() {
        let clock = Moved::new();
        jumps(Arc::new(MemoryJournal::new().clock(clock.clone())), &clock).await;
    }

    #[cfg(feature = "redb")]
    #[tokio::test]
    async fn nor_one_of_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let journal = crate::RedbJournal::open(directory.path().join("journal.redb")).unwrap();
        let clock = Moved::new();
        jumps(Arc::new(journal.clock(clock.clone())), &clock).await;
    }

    /// A wall clock that was set back hides nothing: a lease that has run out is not used.
    #[tokio::test]
    async fn a_wall_clock_that_was_set_back_does_not_lengthen_a_lease() {
        let clock = Moved::new();
        let journal = Arc::new(MemoryJournal::new().clock(clock.clone()));
        let keeper = keeper(journal.clone(), Duration::from_millis(80)).await;
        clock.jump(DAYS, false);
        clock.pass(Duration::from_millis(120));
        let Claim::Job(other) = journal.claim("two", Duration::from_secs(60)).await.unwrap() else {
            panic!()
        };
        let error = keeper.check().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LeaseLost, "{error}");
        assert_eq!(other.epoch(), 2);
    }

    /// Waits of hours pass at once by an injected clock.
    #[tokio::test]
    async fn leases_and_waits_go_by_the_injected_clock() {
        let clock = Moved::new();
        let journal = Arc::new(MemoryJournal::new().clock(clock.clone()));
        let hour = Duration::from_secs(3600);
        let keeper = keeper(journal.clone(), hour).await;
        clock.pass(hour - Duration::from_secs(1));
        assert!(matches!(
            journal.claim("two", hour).await.unwrap(),
            Claim::Wait(_)
        ));
        assert_eq!(keeper.lease.age(), hour - Duration::from_secs(1));
        journal
            .finish(&keeper.lease, &Outcome::Retry(hour, "busy".into()))
            .await
            .unwrap();
        assert!(matches!(
            journal.claim("two", hour).await.unwrap(),
            Claim::Wait(_)
        ));
        clock.pass(hour);
        assert!(matches!(journal.claim("two", hour).await.unwrap(), Claim::Job(_)));
    }
}
