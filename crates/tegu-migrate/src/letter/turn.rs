//! Whose turn it is to deliver letters: of several processes that share a journal, one after the other.

use crate::{
    Error, Result,
    error::cancelled,
    journal::{Claim, Job, JobKey, Journal, Kind, Lease, LeaseKeeper, LogName, Outcome, Settings},
    shared::Shared,
};
use std::sync::Arc;
use tegu_report::letter::{Deliveries, Sent};
use tokio_util::sync::CancellationToken;

/// The migration beside the journal's own, its one job, and the job's log.
const LETTERS: Kind = Kind::from_static("letters");

/// The ledger of deliveries, while this process has its turn.
#[derive(Debug)]
pub(super) struct Ledger {
    deliveries: Deliveries,
    shared: Option<LeaseKeeper>,
}

impl Ledger {
    pub(super) fn has(&self, account: &str, letter: &str) -> bool {
        self.deliveries.has(account, letter)
    }

    pub(super) fn unsettled(&self, account: &str) -> Option<Sent> {
        self.deliveries.unsettled(account).cloned()
    }

    /// Makes certain that it is still this process's turn.
    pub(super) async fn check(&self) -> Result<()> {
        match &self.shared {
            Some(keeper) => keeper.check().await,
            None => Ok(()),
        }
    }

    /// Notes that a letter is about to be sent.
    pub(super) async fn sends(&mut self, account: &str, sent: Sent) -> Result<()> {
        self.deliveries.sends(account, sent)?;
        self.share().await
    }

    /// Notes whether a letter was found in the mailbox.
    pub(super) async fn settle(&mut self, account: &str, letter: &str, arrived: bool) -> Result<()> {
        self.deliveries.settle(account, letter.to_owned(), arrived)?;
        self.share().await
    }

    async fn share(&mut self) -> Result<()> {
        let lines = self.deliveries.take_lines();
        match &self.shared {
            Some(keeper) => keeper.journal().append(keeper.lease(), &log(), &lines).await,
            None => Ok(()),
        }
    }
}

fn log() -> LogName {
    LogName::new(LETTERS, "")
}

impl Ledger {
    /// Returns when the turn is lost to a process that took this one for dead; that of a ledger which nobody shares never is.
    pub(super) async fn keep(keeper: Option<LeaseKeeper>) -> Error {
        match keeper {
            Some(keeper) => keeper.keep().await,
            None => std::future::pending().await,
        }
    }

    pub(super) fn keeper(&self) -> Option<LeaseKeeper> {
        self.shared.clone()
    }

    /// Ends the turn.
    pub(super) async fn end(self, is_done: bool) {
        let Some(keeper) = self.shared else { return };
        let outcome = if is_done {
            Outcome::Done(Vec::new())
        } else {
            Outcome::Released
        };
        // Whoever comes next finds what was written, also where this is lost.
        if let Err(error) = keeper.journal().finish(keeper.lease(), &outcome).await {
            tracing::warn!(%error, "the turn to deliver letters could not be given back");
        }
    }
}

impl Shared {
    /// Waits for the turn of this process, and opens the ledger.
    pub(super) async fn in_turn(
        &self,
        journal: Option<&Arc<dyn Journal>>,
        cancel: &CancellationToken,
    ) -> Result<Ledger> {
        let beside = match journal {
            Some(journal) => journal.beside("letters").await?,
            None => None,
        };
        let Some(journal) = beside else {
            let deliveries = Deliveries::open(&self.out)?;
            return Ok(Ledger {
                deliveries,
                shared: None,
            });
        };
        let lease = Arc::new(self.turn(journal.as_ref(), cancel).await?);
        let mut deliveries = Deliveries::open(&self.out)?;
        deliveries.merge(&journal.read(lease.key(), &log()).await?)?;
        Ok(Ledger {
            deliveries,
            shared: Some(LeaseKeeper::new(journal, lease)),
        })
    }

    async fn turn(&self, journal: &dyn Journal, cancel: &CancellationToken) -> Result<Lease> {
        let job = Job::new(JobKey::new(LETTERS, ""), &())?;
        let jobs = [job];
        let (settings, name) = (Settings::from("letters"), self.worker_name());
        loop {
            self.patiently(cancel, || journal.begin(&settings, &jobs)).await?;
            loop {
                let length = self.limits.lease();
                match self.patiently(cancel, || journal.claim(&name, length)).await? {
                    Claim::Job(lease) => return Ok(lease),
                    Claim::Wait(wait) => tokio::select! {
                        () = tokio::time::sleep(wait) => {}
                        () = cancel.cancelled() => return Err(cancelled()),
                    },
                    // Another process had its turn. What it could not deliver is tried once more.
                    Claim::Finished => break,
                }
            }
        }
    }
}
