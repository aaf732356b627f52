//! How much the server is asked for at once.

use super::Options;
use crate::Finding;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What the server can take, learnt from its answers.
pub(crate) struct Tuning {
    batch: AtomicUsize,
    page: AtomicU32,
    slots: Arc<Semaphore>,
    connections: AtomicUsize,
    waits: AtomicU64,
    waited: AtomicU64,
}

/// How often the server asked to slow down.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Pressure {
    /// How often it was waited for.
    pub waits: u64,
    /// How long, all connections together.
    pub waited: Duration,
    /// Connections that may be open at the same time now.
    pub connections: usize,
    /// Items in one request now.
    pub batch: usize,
    /// Items of one page now.
    pub page: u32,
}

impl Pressure {
    /// Returns what a report says about it; `None` if the server never asked to slow down.
    #[must_use]
    pub fn finding(&self) -> Option<Finding> {
        (self.waits > 0).then(|| {
            Finding::info(
                "EWS-THROTTLED",
                format!(
                    "the server's throttling policy made the run wait {} times, {} seconds in all; for the time of the migration: \
                     New-ThrottlingPolicy Migration -EwsMaxConcurrency Unlimited -EwsMaxBurst Unlimited -EwsRechargeRate Unlimited \
                     -EwsCutoffBalance Unlimited, then Set-ThrottlingPolicyAssociation ACCOUNT -ThrottlingPolicy Migration",
                    self.waits,
                    self.waited.as_secs()
                ),
            )
        })
    }
}

impl Tuning {
    pub(super) fn new(options: &Options) -> Self {
        Self {
            batch: AtomicUsize::new(options.batch.max(1)),
            page: AtomicU32::new(options.page.max(1)),
            slots: Arc::new(Semaphore::new(options.connections.max(1))),
            connections: AtomicUsize::new(options.connections.max(1)),
            waits: AtomicU64::new(0),
            waited: AtomicU64::new(0),
        }
    }

    /// Waits until a connection may be used.
    pub(super) async fn slot(&self) -> Option<OwnedSemaphorePermit> {
        // The semaphore is never closed.
        self.slots.clone().acquire_owned().await.ok()
    }

    /// Gives up a connection for good, unless it is the last one.
    pub(super) fn fewer_connections(&self, slot: Option<OwnedSemaphorePermit>) {
        let less = |count: usize| (count > 1).then(|| count - 1);
        let fewer = self
            .connections
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        if let (Ok(_), Some(slot)) = (fewer, slot) {
            slot.forget();
        }
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    pub(super) fn batch(&self) -> usize {
        self.batch.load(Ordering::Relaxed)
    }

    /// Halves the batch that was too large.
    pub(super) fn smaller_batch(&self, than: usize) {
        self.batch.fetch_min((than / 2).max(1), Ordering::Relaxed);
    }

    pub(super) fn page(&self) -> u32 {
        self.page.load(Ordering::Relaxed)
    }

    /// Halves the page that was too large; `false` if it was the smallest.
    pub(super) fn smaller_page(&self, than: u32) -> bool {
        self.page.fetch_min((than / 2).max(1), Ordering::Relaxed);
        than > 1
    }

    pub(super) async fn wait(&self, time: Duration) {
        self.waits.fetch_add(1, Ordering::Relaxed);
        let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.waited.fetch_add(millis, Ordering::Relaxed);
        tokio::time::sleep(time).await;
    }

    pub(super) fn pressure(&self) -> Pressure {
        Pressure {
            waits: self.waits.load(Ordering::Relaxed),
            waited: Duration::from_millis(self.waited.load(Ordering::Relaxed)),
            connections: self.connections(),
            batch: self.batch(),
            page: self.page(),
        }
    }
}
