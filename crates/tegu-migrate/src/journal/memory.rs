use super::{
    Book, Claim, Job, JobKey, JobStatus, Journal, Lease, Outcome, Pass, Which, table::Row, table::Table,
};
use crate::{BoxFuture, Result};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// How many jobs [`Journal::jobs`] tells at once.
pub(super) const PAGE: usize = 1000;

/// A journal that forgets when it is dropped: for tests and for looking around.
#[derive(Debug, Default)]
pub struct MemoryJournal(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    table: Table,
    summaries: BTreeMap<JobKey, Vec<u8>>,
    books: BTreeMap<(JobKey, Book), Vec<u8>>,
}

impl MemoryJournal {
    /// An empty journal.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // No method panics half-way through a change, so what a poisoned lock guards is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn status(row: &Row, summary: Option<Vec<u8>>) -> JobStatus {
    JobStatus {
        job: row.job.clone(),
        state: row.state,
        epoch: row.epoch,
        attempts: row.attempts,
        worker: row.worker.clone(),
        error: row.error.clone(),
        summary,
    }
}

impl Journal for MemoryJournal {
    fn describe(&self) -> String {
        "in memory".into()
    }

    fn begin<'a>(&'a self, plan: &'a str, jobs: &'a [Job]) -> BoxFuture<'a, Result<Pass>> {
        Box::pin(async move { self.lock().table.begin(plan, jobs, Instant::now()) })
    }

    fn claim<'a>(&'a self, worker: &'a str, lease: Duration) -> BoxFuture<'a, Result<Claim>> {
        Box::pin(async move { Ok(self.lock().table.claim(worker, lease, Instant::now())) })
    }

    fn renew<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { self.lock().table.renew(lease, Instant::now()) })
    }

    fn finish<'a>(&'a self, lease: &'a Lease, outcome: &'a Outcome) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut inner = self.lock();
            inner.table.finish(lease, outcome, Instant::now())?;
            if let Outcome::Done(summary) | Outcome::Failed(_, summary) = outcome {
                inner.summaries.insert(lease.key().clone(), summary.clone());
            }
            Ok(())
        })
    }

    fn jobs<'a>(&'a self, which: Which, after: Option<&'a JobKey>) -> BoxFuture<'a, Result<Vec<JobStatus>>> {
        Box::pin(async move {
            let inner = self.lock();
            let page = inner.table.page(which, after, PAGE);
            Ok(page
                .map(|(key, row)| status(row, inner.summaries.get(key).cloned()))
                .collect())
        })
    }

    fn append<'a>(&'a self, lease: &'a Lease, book: &'a Book, octets: &'a [u8]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut inner = self.lock();
            inner.table.renew(lease, Instant::now())?;
            let book = inner
                .books
                .entry((lease.key().clone(), book.clone()))
                .or_default();
            book.extend_from_slice(octets);
            Ok(())
        })
    }

    fn read<'a>(&'a self, job: &'a JobKey, book: &'a Book) -> BoxFuture<'a, Result<Vec<u8>>> {
        Box::pin(async move {
            let inner = self.lock();
            Ok(inner
                .books
                .get(&(job.clone(), book.clone()))
                .cloned()
                .unwrap_or_default())
        })
    }

    fn books<'a>(&'a self, job: &'a JobKey) -> BoxFuture<'a, Result<Vec<Book>>> {
        Box::pin(async move {
            let inner = self.lock();
            let books = inner.books.keys().filter(|(key, _)| key == job);
            Ok(books.map(|(_, book)| book.clone()).collect())
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
        super::super::conformance::check(&MemoryJournal::new()).await;
    }
}
