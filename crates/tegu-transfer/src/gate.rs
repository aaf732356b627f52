//! Asked before anything is sent: whether the run goes on, whether the job is still this worker's, and whether the servers
//! bear more.

use crate::{
    CancellationToken, Error, Result,
    journal::{Journal, Lease, LeaseKeeper},
    net::Throttle,
};
use std::{any::Any, sync::Arc};

/// What is asked before anything is sent: whether the run goes on, whether the job is still this worker's, and whether the servers bear
/// more.
#[derive(Debug)]
pub struct Gate {
    keeper: LeaseKeeper,
    cancel: CancellationToken,
    throttles: Vec<Arc<Throttle>>,
    /// Dropped last.
    guard: Option<Box<dyn Any + Send + Sync>>,
}

impl Gate {
    /// The gate of a job that was claimed.
    #[must_use]
    pub fn new(journal: Arc<dyn Journal>, lease: impl Into<Arc<Lease>>) -> Self {
        Self {
            keeper: LeaseKeeper::new(journal, lease.into()),
            cancel: CancellationToken::new(),
            throttles: Vec::new(),
            guard: None,
        }
    }

    /// Closes once this token is cancelled.
    #[must_use]
    pub fn cancel(mut self, cancel: CancellationToken) -> Self {
        self.cancel = cancel;
        self
    }

    /// Waits as these limits say: those of the [route](crate::Route::throttles).
    #[must_use]
    pub fn throttles(mut self, throttles: Vec<Arc<Throttle>>) -> Self {
        self.throttles = throttles;
        self
    }

    /// Keeps a value until nobody works on the job any more: it is dropped after the last use of the journal, also by connections of work
    /// that was dropped half-way.
    #[must_use]
    pub fn guard(mut self, guard: impl Any + Send + Sync) -> Self {
        self.guard = Some(Box::new(guard));
        self
    }

    /// The journal that the job is in.
    #[must_use]
    pub fn journal(&self) -> &Arc<dyn Journal> {
        self.keeper.journal()
    }

    /// The lease on the job.
    #[must_use]
    pub fn lease(&self) -> &Arc<Lease> {
        self.keeper.lease()
    }

    /// Returns when the next step may begin.
    ///
    /// # Errors
    ///
    /// Kinds [`Cancelled`](crate::ErrorKind::Cancelled) and [`LeaseLost`](crate::ErrorKind::LeaseLost): nothing more may be sent. Those of
    /// the journal.
    pub async fn ready(&self) -> Result<()> {
        if self.cancel.is_cancelled() {
            return Err(cancelled());
        }
        self.keeper.check().await
    }

    /// Returns when so many items or requests, and octets of them, may be sent.
    ///
    /// # Errors
    ///
    /// As [`ready`](Self::ready), but a run that is cancelled may end what it has begun.
    pub async fn charge(&self, items: u32, octets: u64) -> Result<()> {
        for throttle in &self.throttles {
            throttle.charge(items, octets).await;
        }
        self.keeper.check().await
    }

    /// Polls `work` and renews the lease meanwhile. Once the job is lost, `work` is dropped, and so sends nothing more.
    ///
    /// # Errors
    ///
    /// Those of `work`, and kind [`LeaseLost`](crate::ErrorKind::LeaseLost).
    pub async fn keeping<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            biased;
            lost = self.keeper.keep() => Err(lost),
            done = work => done,
        }
    }
}

/// The error of a run that was cancelled.
#[must_use]
pub fn cancelled() -> Error {
    Error::cancelled("the run was cancelled; start it again to resume")
}
