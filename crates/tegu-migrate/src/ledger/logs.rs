use crate::{
    Error, ErrorKind, Result,
    journal::{JobKey, Journal, Kind, Lease, LogName},
};
use std::sync::Arc;
use tegu_transfer::Gate;

/// A job's logs of one kind: what a leaf's ledger is kept in.
#[derive(Clone, Debug)]
pub(super) struct JobLogs {
    pub(super) kind: Kind,
    pub(super) key: JobKey,
    journal: Arc<dyn Journal>,
    lease: Option<Arc<Lease>>,
    /// The run waits until it is gone. Dropped after the journal.
    _gate: Option<Arc<Gate>>,
}

impl JobLogs {
    /// For reading only.
    pub(super) fn read_only(kind: Kind, journal: Arc<dyn Journal>, key: JobKey) -> Self {
        Self {
            kind,
            key,
            journal,
            lease: None,
            _gate: None,
        }
    }

    /// Of the job that `lease` is on.
    pub(super) fn new(kind: Kind, journal: Arc<dyn Journal>, lease: Arc<Lease>) -> Self {
        Self {
            lease: Some(lease.clone()),
            ..Self::read_only(kind, journal, lease.key().clone())
        }
    }

    /// Of a job at work; the run waits until they are dropped.
    pub(super) fn of(kind: Kind, gate: &Arc<Gate>) -> Self {
        Self {
            _gate: Some(gate.clone()),
            ..Self::new(kind, gate.journal().clone(), gate.lease().clone())
        }
    }

    fn log(&self, name: &[u8]) -> LogName {
        LogName::new(self.kind.clone(), name)
    }

    pub(super) async fn read(&self, name: &[u8]) -> Result<Vec<u8>> {
        self.journal.read(&self.key, &self.log(name)).await
    }

    /// The names of all logs.
    pub(super) async fn names(&self) -> Result<impl Iterator<Item = Vec<u8>>> {
        let logs = self.journal.logs(&self.key).await?.into_iter();
        Ok(logs.filter(|log| log.kind == self.kind).map(|log| log.name))
    }

    pub(super) async fn append(&self, name: &[u8], octets: &[u8]) -> Result<()> {
        let read_only = || {
            Error::new(
                ErrorKind::Journal,
                "writing a ledger that was opened for reading only",
            )
        };
        let lease = self.lease.as_ref().ok_or_else(read_only)?;
        self.journal.append(lease, &self.log(name), octets).await
    }
}
