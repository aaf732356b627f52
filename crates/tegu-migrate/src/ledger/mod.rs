//! What the facade keeps in a [`journal`](crate::journal): its jobs, tegu-imap's ledger, and notes.

mod dav;
mod export;
mod folders;
mod logs;

pub use dav::{DAV, DavLedger};
pub use export::export;
pub(crate) use folders::{collections, folders};

use self::logs::JobLogs;
use crate::{
    Result,
    journal::{JobKey, Journal, Kind, Lease, damaged},
};
use std::sync::Arc;
use tegu_imap::{
    MailboxName,
    ledger::{BoxFuture, Entry, Ledger, Record, log},
};
use tegu_transfer::Gate;

/// Logs of tegu-imap's ledger: one for each source mailbox, by its raw name.
pub const IMAP: Kind = Kind::from_static("imap");
/// What was proved, and when: one log without a name, a JSON object on each line.
pub const PROOFS: Kind = Kind::from_static("proofs");
/// What was noticed and accepted, and concerns no item: one log without a name, a JSON object on each line.
pub const FINDINGS: Kind = Kind::from_static("findings");

/// tegu-imap's ledger of one account, kept in a journal.
#[derive(Clone, Debug)]
pub struct ImapLedger(JobLogs);

impl ImapLedger {
    /// Makes the ledger of the job that `lease` is on.
    pub fn new(journal: Arc<dyn Journal>, lease: Arc<Lease>) -> Self {
        Self(JobLogs::new(IMAP, journal, lease))
    }

    /// Makes the ledger of a job at work; the run waits until it is dropped.
    pub(crate) fn of(gate: &Arc<Gate>) -> Self {
        Self(JobLogs::of(IMAP, gate))
    }

    /// Makes the ledger of a job, for reading only.
    pub fn read_only(journal: Arc<dyn Journal>, key: JobKey) -> Self {
        Self(JobLogs::read_only(IMAP, journal, key))
    }

    async fn record(&self, mailbox: &MailboxName) -> Result<Record> {
        record(&self.0.read(mailbox.raw()).await?, &self.0.key, mailbox)
    }

    async fn add(&self, mailbox: &MailboxName, entries: &[Entry]) -> Result<()> {
        let mut octets = Vec::with_capacity(48 * entries.len());
        log::encode(entries, &mut octets);
        self.0.append(mailbox.raw(), &octets).await
    }
}

/// What a ledger remembers of a source mailbox.
fn record(octets: &[u8], key: &JobKey, mailbox: &MailboxName) -> Result<Record> {
    let mut record = Record::new();
    log::decode(octets, |entry| record.apply(entry))
        .map_err(|_| damaged(key, format_args!("the ledger of {mailbox}")))?;
    Ok(record)
}

impl Ledger for ImapLedger {
    fn read<'a>(&'a self, mailbox: &'a MailboxName) -> BoxFuture<'a, Result<Record>> {
        Box::pin(async move { self.record(mailbox).await })
    }

    fn mailboxes(&self) -> BoxFuture<'_, Result<Vec<MailboxName>>> {
        Box::pin(async move {
            let names = self.0.names().await?;
            let mut names = names
                .map(|name| MailboxName::from_wire(&name))
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
