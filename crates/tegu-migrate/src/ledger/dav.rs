//! tegu-dav's ledger of one account, kept in a journal.

use crate::{
    Account, BoxFuture, Entity, Error, ErrorKind, Result,
    gate::{AtWork, Gate},
    journal::{JobKey, Journal, Kind, Lease, LogName, damaged},
};
use std::sync::Arc;
use tegu_dav::ledger::{Entry, Ledger, Record};

/// Logs of tegu-dav's ledger: one for each collection on the server, by its URL.
pub const DAV: Kind = Kind::from_static("dav");

/// tegu-dav's ledger of one account, kept in a journal: a log for each collection on the server, by its URL, with an entry on each
/// line.
#[derive(Clone, Debug)]
pub struct DavLedger {
    journal: Arc<dyn Journal>,
    key: JobKey,
    lease: Option<Arc<Lease>>,
    /// Dropped after the journal.
    _at_work: Option<AtWork>,
}

impl DavLedger {
    /// The ledger of the job that is held.
    pub(crate) fn of(gate: &Gate) -> Self {
        Self {
            key: gate.lease.key().clone(),
            journal: gate.journal.clone(),
            lease: Some(gate.lease.clone()),
            _at_work: Some(gate.at_work.clone()),
        }
    }

    /// The ledger of a job, to be read only.
    #[must_use]
    pub fn read_only(journal: Arc<dyn Journal>, entity: Entity, account: &Account) -> Self {
        Self {
            journal,
            key: super::job_key(entity, account.id.clone()),
            lease: None,
            _at_work: None,
        }
    }

    async fn record(&self, collection: &str) -> Result<Record> {
        let octets = self.journal.read(&self.key, &log(collection)).await?;
        let text = std::str::from_utf8(&octets)
            .map_err(|_| damaged(&self.key, format_args!("the ledger of {collection}")))?;
        Record::decode(text.lines())
    }

    async fn add(&self, collection: &str, entries: &[Entry]) -> Result<()> {
        let read_only = || {
            Error::new(
                ErrorKind::Journal,
                "a ledger that was opened for reading is written",
            )
        };
        let lease = self.lease.as_ref().ok_or_else(read_only)?;
        let mut octets = Vec::with_capacity(128 * entries.len());
        for entry in entries {
            octets.extend_from_slice(entry.encode().as_bytes());
            octets.push(b'\n');
        }
        self.journal.append(lease, &log(collection), &octets).await
    }
}

fn log(collection: &str) -> LogName {
    LogName::new(DAV, collection)
}

impl Ledger for DavLedger {
    fn read<'a>(&'a self, collection: &'a str) -> BoxFuture<'a, Result<Record>> {
        Box::pin(self.record(collection))
    }

    fn collections(&self) -> BoxFuture<'_, Result<Vec<String>>> {
        Box::pin(async move {
            let logs = self.journal.logs(&self.key).await?;
            let ours = logs.into_iter().filter(|log| log.kind == DAV);
            let mut names: Vec<String> = ours
                .map(|log| String::from_utf8_lossy(&log.name).into_owned())
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
