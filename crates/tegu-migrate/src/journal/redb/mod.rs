mod log;
mod open;
mod store;
mod upgrade;

use self::{
    log::Log,
    open::open,
    store::{Fallible, Pending},
};
use super::{
    Book, Claim, Job, JobKey, JobStatus, Journal, Lease, Outcome, Pass, Which,
    codec::put_octets,
    memory::{PAGE, status},
    table::Table,
};
use crate::{BoxFuture, Error, ErrorKind, Result};
use redb::Database;
use std::{
    fmt::{self, Display},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Changes go into the database when they take so many octets of memory.
const FOLD: usize = 8 << 20;
/// What a change takes beside what it says: names, and its place among the others.
const OVERHEAD: usize = 320;

/// A journal in one file. One process at a time can have it open, in which any number of accounts are worked on.
///
/// While it is open, a second file `NAME.log` beside it holds what was written last. After a crash the next opening takes
/// that in; when the journal is closed it is gone.
pub struct RedbJournal {
    inner: Mutex<Inner>,
    path: PathBuf,
    /// Where the log ended when the disk was last flushed, in the fold in which that was.
    synced: tokio::sync::Mutex<(u64, u64)>,
}

struct Inner {
    database: Database,
    log: Log,
    table: Table,
    pending: Pending,
    identity: u64,
    folds: u64,
    /// Whether anything was folded since the file was last made small.
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
    /// Opens a journal, or makes an empty one. One of an earlier version is brought up to date.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`] when the file is no journal, of a later version, damaged, or open in another process.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let inner = open(&path).map_err(|error| failed(&path, "opening", &error))?;
        Ok(Self {
            inner: Mutex::new(inner),
            path,
            synced: tokio::sync::Mutex::new((0, 0)),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // What a panic could leave half done is in the log.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers how far the log is on the disk, unless it was folded meanwhile.
    fn note_flushed(&self, (folds, end): (u64, u64)) -> Result<(u64, u64)> {
        self.change("flushing", |inner| {
            if inner.folds == folds {
                let all = inner.log.end() == end;
                inner.log.flushed(end)?;
                // The note itself need not be on the disk; what came in the meantime must.
                return Ok((folds, if all { inner.log.end() } else { end }));
            }
            Ok((folds, end))
        })
    }

    fn change<T>(&self, doing: &str, change: impl FnOnce(&mut Inner) -> Fallible<T>) -> Result<T> {
        change(&mut self.lock()).map_err(|error| match error.downcast::<Error>() {
            Ok(error) => *error,
            Err(error) => failed(&self.path, doing, &error),
        })
    }
}

fn with_key(kind: u8, key: &JobKey) -> Vec<u8> {
    let mut change = vec![kind];
    put_octets(&mut change, key.entity.name().as_bytes());
    put_octets(&mut change, key.account.as_bytes());
    change
}

impl Inner {
    /// Writes how a job stands.
    fn write_row(&mut self, key: &JobKey) -> Fallible<()> {
        let Some(row) = self.table.row(key) else {
            return Ok(());
        };
        let mut change = vec![b'j'];
        serde_json::to_writer(&mut change, row)?;
        self.log.append(&change)?;
        if self.pending.rows.insert(key.clone(), row.clone()).is_none() {
            self.pending.octets += OVERHEAD + change.len();
        }
        Ok(())
    }

    fn append(&mut self, lease: &Lease, book: &Book, octets: &[u8]) -> Fallible<()> {
        self.table.renew(lease, Instant::now())?;
        let mut change = with_key(b'b', lease.key());
        put_octets(&mut change, book.kind.name().as_bytes());
        put_octets(&mut change, &book.name);
        change.extend_from_slice(octets);
        self.log.append(&change)?;
        self.pending.octets += octets.len();
        let place = (lease.key().clone(), book.clone());
        let pending = self.pending.books.entry(place).or_default();
        if pending.is_empty() {
            self.pending.octets += OVERHEAD;
        }
        pending.extend_from_slice(octets);
        self.fold_if_large()
    }

    fn finish(&mut self, lease: &Lease, outcome: &Outcome) -> Fallible<()> {
        self.table.finish(lease, outcome, Instant::now())?;
        if let Outcome::Done(summary) | Outcome::Failed(_, summary) = outcome {
            let mut change = with_key(b's', lease.key());
            change.extend_from_slice(summary);
            self.log.append(&change)?;
            self.pending.octets += OVERHEAD + summary.len();
            self.pending
                .summaries
                .insert(lease.key().clone(), summary.clone());
        }
        self.write_row(lease.key())?;
        self.fold_if_large()
    }

    fn fold_if_large(&mut self) -> Fallible<()> {
        if self.pending.octets < FOLD {
            Ok(())
        } else {
            self.fold()
        }
    }

    /// Brings everything into the database.
    fn fold(&mut self) -> Fallible<()> {
        let write = self.database.begin_write()?;
        store::fold(
            &write,
            &self.pending,
            self.folds + 1,
            self.table.pass,
            &self.table.plan,
        )?;
        write.commit()?;
        self.folds += 1;
        self.pending = Pending::default();
        self.loose = true;
        self.log.reset((self.identity, self.folds))?;
        Ok(())
    }

    fn read(&self, key: &JobKey, book: &Book) -> Fallible<Vec<u8>> {
        let mut octets = store::read(&self.database, key, book)?;
        if let Some(newer) = self.pending.books.get(&(key.clone(), book.clone())) {
            octets.extend_from_slice(newer);
        }
        Ok(octets)
    }

    fn books(&self, key: &JobKey) -> Fallible<Vec<Book>> {
        let mut books = store::books(&self.database, key)?;
        books.extend(
            self.pending
                .books
                .keys()
                .filter(|(owner, _)| owner == key)
                .map(|(_, book)| book.clone()),
        );
        books.sort();
        books.dedup();
        Ok(books)
    }

    fn jobs(&self, which: Which, after: Option<&JobKey>) -> Fallible<Vec<JobStatus>> {
        let mut page = Vec::new();
        for (key, row) in self.table.page(which, after, PAGE) {
            let summary = match self.pending.summaries.get(key) {
                Some(summary) => Some(summary.clone()),
                None => store::summary(&self.database, key)?,
            };
            page.push(status(row, summary));
        }
        Ok(page)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // What cannot be folded now is in the log.
        if self.fold().is_ok() {
            self.log.remove();
        }
    }
}

fn failed(path: &Path, doing: &str, error: &dyn Display) -> Error {
    Error::new(
        ErrorKind::Journal,
        format!("{doing} the journal {}: {error}", path.display()),
    )
}

impl Journal for RedbJournal {
    fn describe(&self) -> String {
        self.path.display().to_string()
    }

    fn begin<'a>(&'a self, plan: &'a str, jobs: &'a [Job]) -> BoxFuture<'a, Result<Pass>> {
        Box::pin(async move {
            self.change("writing", |inner| {
                let pass = inner.table.begin(plan, jobs, Instant::now())?;
                for job in jobs {
                    let key = job.key();
                    if let Some(row) = inner.table.row(&key) {
                        inner.pending.rows.insert(key, row.clone());
                    }
                }
                inner.fold()?;
                Ok(pass)
            })
        })
    }

    fn claim<'a>(&'a self, worker: &'a str, lease: Duration) -> BoxFuture<'a, Result<Claim>> {
        Box::pin(async move {
            self.change("writing", |inner| {
                let claim = inner.table.claim(worker, lease, Instant::now());
                if let Claim::Job(lease) = &claim {
                    inner.write_row(lease.key())?;
                }
                Ok(claim)
            })
        })
    }

    fn renew<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { self.lock().table.renew(lease, Instant::now()) })
    }

    fn finish<'a>(&'a self, lease: &'a Lease, outcome: &'a Outcome) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { self.change("writing", |inner| inner.finish(lease, outcome)) })
    }

    fn jobs<'a>(&'a self, which: Which, after: Option<&'a JobKey>) -> BoxFuture<'a, Result<Vec<JobStatus>>> {
        Box::pin(async move { self.change("reading", |inner| inner.jobs(which, after)) })
    }

    fn append<'a>(&'a self, lease: &'a Lease, book: &'a Book, octets: &'a [u8]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { self.change("writing", |inner| inner.append(lease, book, octets)) })
    }

    fn read<'a>(&'a self, job: &'a JobKey, book: &'a Book) -> BoxFuture<'a, Result<Vec<u8>>> {
        Box::pin(async move { self.change("reading", |inner| inner.read(job, book)) })
    }

    fn books<'a>(&'a self, job: &'a JobKey) -> BoxFuture<'a, Result<Vec<Book>>> {
        Box::pin(async move { self.change("reading", |inner| inner.books(job)) })
    }

    fn sync(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            let now = |inner: &Inner| (inner.folds, inner.log.end());
            let wanted = now(&self.lock());
            // Who waits here is often served by who goes before.
            let mut synced = self.synced.lock().await;
            if *synced >= wanted {
                return Ok(());
            }
            let (file, reached) =
                self.change("flushing", |inner| Ok((inner.log.file.try_clone()?, now(inner))))?;
            let flushed = tokio::task::spawn_blocking(move || file.sync_data()).await;
            match flushed {
                Ok(Ok(())) => *synced = self.note_flushed(reached)?,
                Ok(Err(error)) => return Err(failed(&self.path, "flushing", &error)),
                Err(error) => return Err(failed(&self.path, "flushing", &error)),
            }
            Ok(())
        })
    }

    fn settle(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            self.change("writing", |inner| {
                inner.fold()?;
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
