//! A journal that fails when a test wants it to.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tegu_migrate::journal::{
    BoxFuture, Claim, CurrentPass, Error, ErrorKind, Job, JobFilter, JobKey, JobStatus, Journal, Lease,
    LogName, MemoryJournal, Outcome, Pass, Result, Settings,
};

/// A journal that takes so many writes, and then none until it is mended.
#[derive(Debug)]
pub(crate) struct Breaking {
    inner: MemoryJournal,
    writes: AtomicU32,
}

impl Breaking {
    pub(crate) fn after(writes: u32) -> Arc<Self> {
        Arc::new(Self {
            inner: MemoryJournal::new(),
            writes: AtomicU32::new(writes),
        })
    }

    pub(crate) fn mend(&self) {
        self.writes.store(u32::MAX, Ordering::SeqCst);
    }
}

impl Journal for Breaking {
    fn describe(&self) -> String {
        "breaks".into()
    }

    fn begin<'a>(&'a self, settings: &'a Settings, jobs: &'a [Job]) -> BoxFuture<'a, Result<Pass>> {
        self.inner.begin(settings, jobs)
    }

    fn current_pass(&self) -> BoxFuture<'_, Result<Option<CurrentPass>>> {
        self.inner.current_pass()
    }

    fn claim<'a>(&'a self, worker: &'a str, lease: Duration) -> BoxFuture<'a, Result<Claim>> {
        self.inner.claim(worker, lease)
    }

    fn renew<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<()>> {
        self.inner.renew(lease)
    }

    fn finish<'a>(&'a self, lease: &'a Lease, outcome: &'a Outcome) -> BoxFuture<'a, Result<()>> {
        self.inner.finish(lease, outcome)
    }

    fn jobs<'a>(
        &'a self,
        filter: JobFilter,
        after: Option<&'a JobKey>,
    ) -> BoxFuture<'a, Result<Vec<JobStatus>>> {
        self.inner.jobs(filter, after)
    }

    fn append<'a>(
        &'a self,
        lease: &'a Lease,
        log: &'a LogName,
        octets: &'a [u8],
    ) -> BoxFuture<'a, Result<()>> {
        let left = self
            .writes
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if left.is_err() {
            return Box::pin(async { Err(Error::new(ErrorKind::Journal, "the disk is full")) });
        }
        self.inner.append(lease, log, octets)
    }

    fn read<'a>(&'a self, job: &'a JobKey, log: &'a LogName) -> BoxFuture<'a, Result<Vec<u8>>> {
        self.inner.read(job, log)
    }

    fn logs<'a>(&'a self, job: &'a JobKey) -> BoxFuture<'a, Result<Vec<LogName>>> {
        self.inner.logs(job)
    }

    fn sync(&self) -> BoxFuture<'_, Result<()>> {
        self.inner.sync()
    }
}
