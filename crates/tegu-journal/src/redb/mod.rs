//! The journal in one file. `docs/stored-form.md` describes the stored form.

mod fallible;
#[cfg(fuzzing)]
mod fuzz;
mod open;
mod private;
mod row;
mod store;
mod upgrade;
mod wal;

#[cfg(fuzzing)]
pub use fuzz::fuzz_log;

use self::{fallible::Fallible, open::open, store::Pending, wal::Wal};
use crate::{
    BoxFuture, Claim, Clock, CurrentPass, Error, ErrorKind, Job, JobFilter, JobKey, JobStatus, Journal,
    Lease, LogName, Outcome, Pass, Result, Settings, leb128::put_octets, memory::PAGE, table::JobTable,
};
use redb::Database;
use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Changes go into the database when they take this many octets of memory.
const CHECKPOINT: usize = 8 << 20;
/// What a change takes besides its octets: names, and its place among the others.
const OVERHEAD: usize = 320;

/// A journal in one file. One process at a time can have it open; any number of its workers can use it.
///
/// While it is open, a second file `NAME.log` beside it holds what was written last. After a crash, the next opening reads that
/// file. It is removed when the journal is closed. Both files are made with mode 0600.
pub struct RedbJournal {
    inner: Mutex<Inner>,
    path: PathBuf,
    /// Where the write-ahead log ended when the disk was last flushed, and after how many checkpoints that was.
    synced: tokio::sync::Mutex<(u64, u64)>,
}

struct Inner {
    database: Database,
    wal: Wal,
    table: JobTable,
    pending: Pending,
    identity: u64,
    checkpoints: u64,
    /// Whether the database was written since it was last compacted.
    loose: bool,
}

impl fmt::Debug for RedbJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedbJournal")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl RedbJournal {
    /// Opens a journal, or makes an empty one. The directory must exist. A journal of an earlier version is upgraded.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InUse`] if another process has it open. [`ErrorKind::Journal`] if the file is not a journal, is of a later
    /// version, or is damaged.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let inner = open(&path).map_err(|error| failed(&path, "open", error))?;
        Ok(Self {
            inner: Mutex::new(inner),
            path,
            synced: tokio::sync::Mutex::new((0, 0)),
        })
    }

    /// Measures leases and waits by another clock than the machine's.
    #[must_use]
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        self.lock().table.set_clock(clock);
        self
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // What a panic could leave half done is in the write-ahead log.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes how much of the write-ahead log is on the disk, unless there was a checkpoint meanwhile.
    fn note_flushed(&self, (checkpoints, end): (u64, u64)) -> Result<(u64, u64)> {
        self.change("flush", |inner| {
            if inner.checkpoints == checkpoints {
                let all = inner.wal.end() == end;
                inner.wal.flushed(end)?;
                // The note itself need not be on the disk. What came meanwhile must.
                return Ok((checkpoints, if all { inner.wal.end() } else { end }));
            }
            Ok((checkpoints, end))
        })
    }

    fn change<T>(&self, doing: &str, change: impl FnOnce(&mut Inner) -> Fallible<T>) -> Result<T> {
        change(&mut self.lock()).map_err(|error| failed(&self.path, doing, error))
    }
}

/// Begins a change: its letter, and the job.
fn with_key(letter: u8, key: &JobKey) -> Vec<u8> {
    let mut change = vec![letter];
    put_octets(&mut change, key.kind.as_str().as_bytes());
    put_octets(&mut change, key.account.as_bytes());
    change
}

impl Inner {
    /// Writes where a job stands.
    fn write_row(&mut self, key: &JobKey) -> Fallible<()> {
        let Some(row) = self.table.row(key) else {
            return Ok(());
        };
        let mut change = with_key(b'k', key);
        change.extend_from_slice(&row::encode(row)?);
        self.wal.append(&change)?;
        if self.pending.rows.insert(key.clone(), row.clone()).is_none() {
            self.pending.octets += OVERHEAD + change.len();
        }
        Ok(())
    }

    fn append(&mut self, lease: &Lease, log: &LogName, octets: &[u8]) -> Fallible<()> {
        self.table.renew(lease)?;
        let mut change = with_key(b'b', lease.key());
        put_octets(&mut change, log.kind.as_str().as_bytes());
        put_octets(&mut change, &log.name);
        change.extend_from_slice(octets);
        self.wal.append(&change)?;
        self.pending.octets += octets.len();
        let place = (lease.key().clone(), log.clone());
        let pending = self.pending.logs.entry(place).or_default();
        if pending.is_empty() {
            self.pending.octets += OVERHEAD;
        }
        pending.extend_from_slice(octets);
        self.checkpoint_if_large()
    }

    fn finish(&mut self, lease: &Lease, outcome: &Outcome) -> Fallible<()> {
        self.table.finish(lease, outcome)?;
        if let Outcome::Done(summary) | Outcome::Failed(_, summary) = outcome {
            let mut change = with_key(b's', lease.key());
            change.extend_from_slice(summary);
            self.wal.append(&change)?;
            self.pending.octets += OVERHEAD + summary.len();
            self.pending
                .summaries
                .insert(lease.key().clone(), summary.clone());
        }
        self.write_row(lease.key())?;
        self.checkpoint_if_large()
    }

    fn checkpoint_if_large(&mut self) -> Fallible<()> {
        if self.pending.octets < CHECKPOINT {
            Ok(())
        } else {
            self.checkpoint()
        }
    }

    /// Moves everything into the database.
    fn checkpoint(&mut self) -> Fallible<()> {
        let write = self.database.begin_write()?;
        store::write(
            &write,
            &self.pending,
            self.checkpoints + 1,
            self.table.pass(),
            self.table.settings(),
        )?;
        write.commit()?;
        self.checkpoints += 1;
        self.pending = Pending::default();
        self.loose = true;
        self.wal.reset((self.identity, self.checkpoints))?;
        Ok(())
    }

    fn read(&self, key: &JobKey, log: &LogName) -> Fallible<Vec<u8>> {
        let mut octets = store::read(&self.database, key, log)?;
        if let Some(newer) = self.pending.logs.get(&(key.clone(), log.clone())) {
            octets.extend_from_slice(newer);
        }
        Ok(octets)
    }

    fn logs(&self, key: &JobKey) -> Fallible<Vec<LogName>> {
        let mut logs = store::logs(&self.database, key)?;
        let newer = self.pending.logs.keys().filter(|(owner, _)| owner == key);
        logs.extend(newer.map(|(_, log)| log.clone()));
        logs.sort();
        logs.dedup();
        Ok(logs)
    }

    fn summary(&self, key: &JobKey) -> Fallible<Option<Vec<u8>>> {
        match self.pending.summaries.get(key) {
            Some(summary) => Ok(Some(summary.clone())),
            None => store::summary(&self.database, key),
        }
    }

    fn jobs(&self, filter: JobFilter, after: Option<&JobKey>) -> Fallible<Vec<JobStatus>> {
        let mut page = Vec::new();
        for (key, row) in self.table.page(filter, after, PAGE) {
            page.push(row.status(self.summary(key)?));
        }
        Ok(page)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // What does not get into the database now is in the write-ahead log.
        if self.checkpoint().is_ok() {
            self.wal.remove();
        }
    }
}

/// Says what was being done, unless the error does.
fn failed(path: &Path, doing: &str, error: Box<dyn std::error::Error + Send + Sync>) -> Error {
    use redb::DatabaseError;
    let error = match error.downcast::<Error>() {
        Ok(error) => return *error,
        Err(error) => error,
    };
    let error = match error.downcast_ref::<DatabaseError>() {
        Some(DatabaseError::DatabaseAlreadyOpen) => Error::new(
            ErrorKind::InUse,
            "another process has it open: wait for it, or stop it",
        ),
        _ => Error::journal(error),
    };
    error.doing(format_args!("{doing} the journal"), path.display())
}

impl Journal for RedbJournal {
    fn describe(&self) -> String {
        self.path.display().to_string()
    }

    fn begin<'a>(&'a self, settings: &'a Settings, jobs: &'a [Job]) -> BoxFuture<'a, Result<Pass>> {
        Box::pin(async move {
            self.change("write", |inner| {
                let pass = inner.table.begin(settings, jobs)?;
                for job in jobs {
                    if let Some(row) = inner.table.row(job.key()) {
                        inner.pending.rows.insert(job.key().clone(), row.clone());
                    }
                }
                inner.checkpoint()?;
                Ok(pass)
            })
        })
    }

    fn current_pass(&self) -> BoxFuture<'_, Result<Option<CurrentPass>>> {
        Box::pin(async move { Ok(self.lock().table.current_pass()) })
    }

    fn claim<'a>(&'a self, worker: &'a str, lease: Duration) -> BoxFuture<'a, Result<Claim>> {
        Box::pin(async move {
            self.change("write", |inner| {
                Ok(match inner.table.claim(worker, lease) {
                    Claim::Job(lease) => {
                        inner.write_row(lease.key())?;
                        let summary = inner.summary(lease.key())?;
                        Claim::Job(lease.last_summary(summary))
                    }
                    other => other,
                })
            })
        })
    }

    fn renew<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { self.lock().table.renew(lease) })
    }

    fn finish<'a>(&'a self, lease: &'a Lease, outcome: &'a Outcome) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { self.change("write", |inner| inner.finish(lease, outcome)) })
    }

    fn jobs<'a>(
        &'a self,
        filter: JobFilter,
        after: Option<&'a JobKey>,
    ) -> BoxFuture<'a, Result<Vec<JobStatus>>> {
        Box::pin(async move { self.change("read", |inner| inner.jobs(filter, after)) })
    }

    fn append<'a>(
        &'a self,
        lease: &'a Lease,
        log: &'a LogName,
        octets: &'a [u8],
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { self.change("write", |inner| inner.append(lease, log, octets)) })
    }

    fn read<'a>(&'a self, job: &'a JobKey, log: &'a LogName) -> BoxFuture<'a, Result<Vec<u8>>> {
        Box::pin(async move { self.change("read", |inner| inner.read(job, log)) })
    }

    fn logs<'a>(&'a self, job: &'a JobKey) -> BoxFuture<'a, Result<Vec<LogName>>> {
        Box::pin(async move { self.change("read", |inner| inner.logs(job)) })
    }

    fn sync(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            let now = |inner: &Inner| (inner.checkpoints, inner.wal.end());
            let wanted = now(&self.lock());
            // A call that waits here is often served by the one before it.
            let mut synced = self.synced.lock().await;
            if *synced >= wanted {
                return Ok(());
            }
            let (file, reached) =
                self.change("flush", |inner| Ok((inner.wal.file.try_clone()?, now(inner))))?;
            let flushed = tokio::task::spawn_blocking(move || file.sync_data()).await;
            match flushed {
                Ok(Ok(())) => *synced = self.note_flushed(reached)?,
                Ok(Err(error)) => return Err(failed(&self.path, "flush", error.into())),
                Err(error) => return Err(failed(&self.path, "flush", error.into())),
            }
            Ok(())
        })
    }

    fn compact(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            self.change("write", |inner| {
                inner.checkpoint()?;
                if std::mem::take(&mut inner.loose) {
                    inner.database.compact()?;
                }
                Ok(())
            })
        })
    }
}

#[cfg(test)]
mod tests;
