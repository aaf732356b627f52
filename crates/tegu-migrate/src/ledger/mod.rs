//! What the facade keeps in a [`journal`](crate::journal): its jobs, tegu-imap's ledger, and notes.

mod dav;
mod export;
mod job;
mod summary;

pub use dav::{DAV, DavLedger};
pub use export::export;
pub(crate) use {
    job::{AccountJob, container, job_key},
    summary::{Summary, each_job},
};

use crate::{
    Error, ErrorKind, Result,
    gate::{AtWork, Gate},
    journal::{JobKey, Journal, Kind, Lease, LogName, damaged},
};
use std::sync::Arc;
use tegu_imap::{
    MailboxName,
    ledger::{BoxFuture, Entry, Ledger, Record, log},
};

/// Logs of tegu-imap's ledger: one for each source mailbox, by its raw name.
pub const IMAP: Kind = Kind::from_static("imap");
/// What was proved, and when: one log without a name, a JSON object on each line.
pub const PROOFS: Kind = Kind::from_static("proofs");
/// What was noticed and accepted, and concerns no item: one log without a name, a JSON object on each line.
pub const FINDINGS: Kind = Kind::from_static("findings");

/// tegu-imap's ledger of one account, kept in a journal.
#[derive(Clone, Debug)]
pub struct ImapLedger {
    journal: Arc<dyn Journal>,
    key: JobKey,
    lease: Option<Arc<Lease>>,
    /// Dropped after the journal.
    _at_work: Option<AtWork>,
}

impl ImapLedger {
    /// Makes the ledger of the job that `lease` is on.
    pub fn new(journal: Arc<dyn Journal>, lease: Arc<Lease>) -> Self {
        Self {
            key: lease.key().clone(),
            journal,
            lease: Some(lease),
            _at_work: None,
        }
    }

    /// Makes the ledger of a job at work; the run waits until it is dropped.
    pub(crate) fn of(gate: &Gate) -> Self {
        Self {
            _at_work: Some(gate.at_work.clone()),
            ..Self::new(gate.journal.clone(), gate.lease.clone())
        }
    }

    /// Makes the ledger of a job, for reading only.
    pub fn read_only(journal: Arc<dyn Journal>, key: JobKey) -> Self {
        Self {
            journal,
            key,
            lease: None,
            _at_work: None,
        }
    }

    async fn record(&self, mailbox: &MailboxName) -> Result<Record> {
        let octets = self.journal.read(&self.key, &log_name(mailbox)).await?;
        let mut record = Record::new();
        log::decode(&octets, |entry| record.apply(entry))
            .map_err(|_| damaged(&self.key, format_args!("the ledger of {mailbox}")))?;
        Ok(record)
    }

    async fn add(&self, mailbox: &MailboxName, entries: &[Entry]) -> Result<()> {
        let read_only = || {
            Error::new(
                ErrorKind::Journal,
                "writing a ledger that was opened for reading only",
            )
        };
        let lease = self.lease.as_ref().ok_or_else(read_only)?;
        let mut octets = Vec::with_capacity(48 * entries.len());
        log::encode(entries, &mut octets);
        self.journal.append(lease, &log_name(mailbox), &octets).await
    }
}

fn log_name(mailbox: &MailboxName) -> LogName {
    LogName::new(IMAP, mailbox.raw())
}

impl Ledger for ImapLedger {
    fn read<'a>(&'a self, mailbox: &'a MailboxName) -> BoxFuture<'a, Result<Record>> {
        Box::pin(async move { self.record(mailbox).await })
    }

    fn mailboxes(&self) -> BoxFuture<'_, Result<Vec<MailboxName>>> {
        Box::pin(async move {
            let logs = self.journal.logs(&self.key).await?;
            let of_imap = logs.iter().filter(|log| log.kind == IMAP);
            let mut names = of_imap
                .map(|log| MailboxName::from_wire(&log.name))
                .collect::<Vec<_>>();
            names.sort();
            Ok(names)
        })
    }

    fn write<'a>(&'a self, mailbox: &'a MailboxName, entries: &'a [Entry]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { self.add(mailbox, entries).await })
    }

    /// Does nothing: a run flushes the journal for all accounts together, every second and at the end. What a loss of power
    /// takes in between is recognised on the target by its content.
    fn sync(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}

#[cfg(all(test, feature = "redb"))]
mod tests;
