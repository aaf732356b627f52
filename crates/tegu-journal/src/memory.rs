use crate::{
    BoxFuture, Claim, Clock, CurrentPass, Job, JobFilter, JobKey, JobStatus, Journal, Lease, LogName,
    Outcome, Pass, Result, Settings, table::JobTable,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// How many jobs [`Journal::jobs`] returns at once.
pub(super) const PAGE: usize = 1000;

/// A journal that forgets everything when it is dropped: for tests, and for runs that need not be resumed.
#[derive(Debug)]
pub struct MemoryJournal(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    table: JobTable,
    summaries: BTreeMap<JobKey, Vec<u8>>,
    logs: BTreeMap<(JobKey, LogName), Vec<u8>>,
    beside: BTreeMap<String, Arc<MemoryJournal>>,
}

impl Default for MemoryJournal {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryJournal {
    /// Makes an empty journal.
    #[must_use]
    pub fn new() -> Self {
        Self(Mutex::new(Inner {
            table: JobTable::new(),
            summaries: BTreeMap::new(),
            logs: BTreeMap::new(),
            beside: BTreeMap::new(),
        }))
    }

    /// Measures leases and waits by another clock than the machine's.
    #[must_use]
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        self.lock().table.set_clock(clock);
        self
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // No method panics half-way through a change, so what a poisoned lock guards is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal for MemoryJournal {
    fn describe(&self) -> String {
        "in memory".into()
    }

    fn begin<'a>(&'a self, settings: &'a Settings, jobs: &'a [Job]) -> BoxFuture<'a, Result<Pass>> {
        Box::pin(async move { self.lock().table.begin(settings, jobs) })
    }

    fn current_pass(&self) -> BoxFuture<'_, Result<Option<CurrentPass>>> {
        Box::pin(async move { Ok(self.lock().table.current_pass()) })
    }

    fn claim<'a>(&'a self, worker: &'a str, lease: Duration) -> BoxFuture<'a, Result<Claim>> {
        Box::pin(async move {
            let mut inner = self.lock();
            Ok(match inner.table.claim(worker, lease) {
                Claim::Job(lease) => {
                    let summary = inner.summaries.get(lease.key()).cloned();
                    Claim::Job(lease.last_summary(summary))
                }
                other => other,
            })
        })
    }

    fn renew<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { self.lock().table.renew(lease) })
    }

    fn finish<'a>(&'a self, lease: &'a Lease, outcome: &'a Outcome) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut inner = self.lock();
            inner.table.finish(lease, outcome)?;
            if let Outcome::Done(summary) | Outcome::Failed(_, summary) = outcome {
                inner.summaries.insert(lease.key().clone(), summary.clone());
            }
            Ok(())
        })
    }

    fn jobs<'a>(
        &'a self,
        filter: JobFilter,
        after: Option<&'a JobKey>,
    ) -> BoxFuture<'a, Result<Vec<JobStatus>>> {
        Box::pin(async move {
            let inner = self.lock();
            let page = inner.table.page(filter, after, PAGE);
            Ok(page
                .map(|(key, row)| row.status(inner.summaries.get(key).cloned()))
                .collect())
        })
    }

    fn append<'a>(
        &'a self,
        lease: &'a Lease,
        log: &'a LogName,
        octets: &'a [u8],
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut inner = self.lock();
            inner.table.renew(lease)?;
            let place = (lease.key().clone(), log.clone());
            inner.logs.entry(place).or_default().extend_from_slice(octets);
            Ok(())
        })
    }

    fn read<'a>(&'a self, job: &'a JobKey, log: &'a LogName) -> BoxFuture<'a, Result<Vec<u8>>> {
        Box::pin(async move {
            let inner = self.lock();
            let found = inner.logs.get(&(job.clone(), log.clone()));
            Ok(found.cloned().unwrap_or_default())
        })
    }

    fn logs<'a>(&'a self, job: &'a JobKey) -> BoxFuture<'a, Result<Vec<LogName>>> {
        Box::pin(async move {
            let inner = self.lock();
            let logs = inner.logs.keys().filter(|(key, _)| key == job);
            Ok(logs.map(|(_, log)| log.clone()).collect())
        })
    }

    fn beside<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Arc<dyn Journal>>>> {
        Box::pin(async move {
            let mut inner = self.lock();
            let clock = Arc::clone(&inner.table.clock);
            let beside = inner.beside.entry(name.to_owned());
            let beside: Arc<dyn Journal> = beside
                .or_insert_with(|| Arc::new(Self::new().clock(clock)))
                .clone();
            Ok(Some(beside))
        })
    }

    fn sync(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn conforms() {
        crate::conformance::check(&MemoryJournal::new()).await;
    }
}
