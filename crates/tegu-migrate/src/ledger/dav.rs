//! tegu-dav's ledger of one account, kept in a journal.

use super::logs::JobLogs;
use crate::{
    Account, BoxFuture, Entity, Result,
    journal::{Journal, Kind, damaged},
};
use std::sync::Arc;
use tegu_dav::ledger::{Entry, Ledger, Record};
use tegu_transfer::{Gate, job::job_key};

/// Logs of tegu-dav's ledger: one for each collection on the server, by its URL.
pub const DAV: Kind = Kind::from_static("dav");

/// tegu-dav's ledger of one account, kept in a journal: a log for each collection on the server, by its URL, with an entry on each
/// line.
#[derive(Clone, Debug)]
pub struct DavLedger(JobLogs);

impl DavLedger {
    /// The ledger of the job that is held.
    pub(crate) fn of(gate: &Arc<Gate>) -> Self {
        Self(JobLogs::of(DAV, gate))
    }

    /// The ledger of a job, to be read only.
    #[must_use]
    pub fn read_only(journal: Arc<dyn Journal>, entity: Entity, account: &Account) -> Self {
        let key = job_key(entity, account.id.clone());
        Self(JobLogs::read_only(DAV, journal, key))
    }

    async fn record(&self, collection: &str) -> Result<Record> {
        let octets = self.0.read(collection.as_bytes()).await?;
        let text = std::str::from_utf8(&octets)
            .map_err(|_| damaged(&self.0.key, format_args!("the ledger of {collection}")))?;
        Record::decode(text.lines())
    }

    async fn add(&self, collection: &str, entries: &[Entry]) -> Result<()> {
        let mut octets = Vec::with_capacity(128 * entries.len());
        for entry in entries {
            octets.extend_from_slice(entry.encode().as_bytes());
            octets.push(b'\n');
        }
        self.0.append(collection.as_bytes(), &octets).await
    }
}

impl Ledger for DavLedger {
    fn read<'a>(&'a self, collection: &'a str) -> BoxFuture<'a, Result<Record>> {
        Box::pin(self.record(collection))
    }

    fn collections(&self) -> BoxFuture<'_, Result<Vec<String>>> {
        Box::pin(async move {
            let names = self.0.names().await?;
            let mut names: Vec<String> = names
                .map(|name| String::from_utf8_lossy(&name).into_owned())
                .collect();
            names.sort();
            Ok(names)
        })
    }

    fn write<'a>(&'a self, collection: &'a str, entries: &'a [Entry]) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.add(collection, entries))
    }

    /// Does nothing: the run flushes the journal for all accounts together, every second and at the end. What is forgotten when the
    /// power fails in between is recognised on the server by UID and content.
    fn sync(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}
