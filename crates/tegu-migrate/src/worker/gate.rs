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
                Ok(Err(error)) if !error.is_retryable() => error,
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
                return error;
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
