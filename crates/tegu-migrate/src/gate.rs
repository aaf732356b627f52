//! Asked before anything is sent: whether the run goes on, whether the job is still this worker's, and whether the servers
//! bear more.

use crate::{
    BoxFuture, Error, Result,
    error::cancelled,
    journal::{Journal, Lease, LeaseKeeper},
    net::Throttle,
};
use std::{convert::Infallible, sync::Arc};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Whoever works on a job holds one, and drops it after the journal: when none is left, nobody has the journal any more.
pub(crate) type AtWork = mpsc::Sender<Infallible>;

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
            return Err(cancelled());
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

    /// Makes certain that this worker still has the job.
    async fn hold(&self) -> Result<()> {
        self.keeper().check().await
    }

    /// Keeps the lease as long as it is polled, and returns only when the job is lost.
    pub(crate) async fn keep(&self) -> Error {
        self.keeper().keep().await
    }

    fn keeper(&self) -> LeaseKeeper {
        LeaseKeeper::new(Arc::clone(&self.journal), Arc::clone(&self.lease))
    }
}

impl tegu_imap::transfer::Gate for Gate {
    fn ready(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.ready())
    }

    fn charge(&self, messages: u32, octets: u64) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.charge(messages, octets))
    }
}

impl tegu_dav::import::Gate for Gate {
    fn ready(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.ready())
    }

    fn charge(&self, requests: u32, octets: u64) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.charge(requests, octets))
    }
}
