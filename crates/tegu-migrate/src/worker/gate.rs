//! Asked before anything is sent: whether the run goes on, whether the job is still this worker's, and whether the servers
//! bear more.

use super::AtWork;
use crate::{
    BoxFuture, Error, ErrorKind, Result,
    journal::{Journal, Lease},
    throttle::Throttle,
};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// A job's gate.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) lease: Arc<Lease>,
    pub(crate) cancel: CancellationToken,
    pub(crate) throttles: Vec<Arc<Throttle>>,
    /// Dropped last.
    pub(crate) at_work: AtWork,
}

impl Gate {
    /// Whether the next thing may be begun.
    pub(crate) async fn ready(&self) -> Result<()> {
        if self.cancel.is_cancelled() {
            return Err(Error::cancelled());
        }
        self.hold().await
    }

    /// Waits until so much may be sent.
    pub(crate) async fn charge(&self, messages: u32, octets: u64) -> Result<()> {
        for throttle in &self.throttles {
            throttle.charge(messages, octets).await;
        }
        self.hold().await
    }

    /// Makes certain that the job is still this worker's. A process that slept may have lost it without knowing: nothing
    /// is sent before the journal has been asked.
    async fn hold(&self) -> Result<()> {
        let length = self.lease.length();
        if self.lease.age() < length / 2 {
            return Ok(());
        }
        loop {
            let lost = match tokio::time::timeout(length / 4, self.journal.renew(&self.lease)).await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(error)) if !error.is_retryable() => error.into(),
                Ok(Err(error)) => run_out(&error.to_string()),
                Err(_) => run_out("the journal does not answer"),
            };
            if lost.kind() == ErrorKind::LeaseLost && self.lease.age() >= length || !lost.is_retryable() {
                return Err(lost);
            }
            tokio::time::sleep((length / 20).min(Duration::from_secs(1))).await;
        }
    }

    /// Keeps the job this worker's as long as it is polled; returns only when it is not.
    pub(crate) async fn keep(&self) -> Error {
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
                return error.into();
            }
            if self.lease.age() >= length {
                return run_out("the journal could not be reached in time");
            }
        }
    }
}

fn run_out(why: &str) -> Error {
    Error::new(ErrorKind::LeaseLost, format!("the lease has run out: {why}")).retryable(true)
}

impl tegu_imap::transfer::Gate for Gate {
    fn ready(&self) -> BoxFuture<'_, tegu_imap::Result<()>> {
        Box::pin(async move {
            self.ready().await.map_err(|error| match error.kind() {
                ErrorKind::Cancelled => tegu_imap::Error::stopped(error),
                _ => tegu_imap::Error::ledger(error),
            })
        })
    }

    fn charge(&self, messages: u32, octets: u64) -> BoxFuture<'_, tegu_imap::Result<()>> {
        Box::pin(async move {
            self.charge(messages, octets)
                .await
                .map_err(tegu_imap::Error::ledger)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Account, Entity,
        journal::{Claim, Clock, MemoryJournal},
        ledger::AccountJob,
    };
    use std::{
        sync::Mutex,
        time::{Instant, SystemTime},
    };
    use tokio::sync::mpsc;

    const DAYS: Duration = Duration::from_secs(5 * 86_400);

    /// A wall clock that can be set.
    #[derive(Debug, Default)]
    struct Wall(Mutex<i64>);

    impl Wall {
        fn jump(&self, by: Duration, forward: bool) {
            let by = i64::try_from(by.as_secs()).unwrap();
            *self.0.lock().unwrap() += if forward { by } else { -by };
        }
    }

    impl Clock for Wall {
        fn now(&self) -> Instant {
            Instant::now()
        }

        fn system_time(&self) -> SystemTime {
            let by = *self.0.lock().unwrap();
            let distance = Duration::from_secs(by.unsigned_abs());
            if by < 0 {
                SystemTime::now() - distance
            } else {
                SystemTime::now() + distance
            }
        }
    }

    async fn gate(journal: Arc<dyn Journal>, length: Duration) -> Gate {
        let job = AccountJob::new(Entity::Mail, Account::new("a@example.test"));
        journal.begin("settings", &[job.to_job().unwrap()]).await.unwrap();
        let Claim::Job(lease) = journal.claim("one", length).await.unwrap() else {
            panic!()
        };
        Gate {
            journal,
            lease: Arc::new(lease),
            cancel: CancellationToken::new(),
            throttles: Vec::new(),
            at_work: mpsc::channel(1).0,
        }
    }

    async fn jumps(journal: Arc<dyn Journal>, wall: &Wall) {
        let length = Duration::from_secs(20);
        let gate = gate(journal.clone(), length).await;
        for forward in [true, false, false, true, true] {
            wall.jump(DAYS, forward);
            assert_eq!(gate.lease.age() >= length, forward, "by the clock on the wall");
            // Whoever asks is not given the job: the journal goes by the clock that does not jump.
            assert!(matches!(
                journal.claim("two", length).await.unwrap(),
                Claim::Wait(_)
            ));
            gate.ready().await.unwrap();
            if forward {
                assert!(
                    gate.lease.age() < length / 2,
                    "the journal was asked, and said yes"
                );
            }
            // Who keeps the lease does not give it up for that.
            wall.jump(DAYS, forward);
            let kept = tokio::time::timeout(length / 25, gate.keep()).await;
            assert!(kept.is_err(), "{kept:?}");
            journal.renew(&gate.lease).await.unwrap();
        }
        journal
            .finish(&gate.lease, &crate::journal::Outcome::Done(Vec::new()))
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn a_wall_clock_that_jumps_loses_no_lease() {
        let wall = Arc::new(Wall::default());
        jumps(Arc::new(MemoryJournal::new().clock(wall.clone())), &wall).await;
    }

    #[cfg(feature = "redb")]
    #[tokio::test]
    async fn nor_one_of_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let journal = crate::journal::RedbJournal::open(directory.path().join("journal.redb")).unwrap();
        let wall = Arc::new(Wall::default());
        jumps(Arc::new(journal.clock(wall.clone())), &wall).await;
    }

    /// A clock that was set back hides nothing: a lease that has run out is not used.
    #[tokio::test]
    async fn a_clock_that_was_set_back_does_not_lengthen_a_lease() {
        let wall = Arc::new(Wall::default());
        let journal = Arc::new(MemoryJournal::new().clock(wall.clone()));
        let gate = gate(journal.clone(), Duration::from_millis(80)).await;
        wall.jump(DAYS, false);
        tokio::time::sleep(Duration::from_millis(120)).await;
        let Claim::Job(other) = journal.claim("two", Duration::from_secs(60)).await.unwrap() else {
            panic!()
        };
        let error = gate.ready().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LeaseLost, "{error}");
        assert_eq!(other.epoch(), 2);
    }
}
