mod log;
mod store;
mod upgrade;

use self::{
    log::Log,
    store::{Fallible, Pending},
};
use super::{
    Book, BookKind, Claim, Job, JobKey, JobStatus, Journal, Lease, Outcome, Pass, Which,
    codec::{put_octets, take_octets},
    memory::{PAGE, status},
    table::{Row, Table},
};
use crate::{BoxFuture, Error, ErrorKind, Result};
use redb::Database;
use std::{
    fmt::{self, Display},
    hash::{BuildHasher, RandomState},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Changes go into the database when they take so many octets of memory.
const FOLD: usize = 8 << 20;
/// What a change takes beside what it says: names, and its place among the others.
const OVERHEAD: usize = 320;
/// Octets of the database that are held in memory at most: books are read once in a pass.
const CACHE: usize = 8 << 20;

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

fn database(path: &Path) -> Result<Database, redb::DatabaseError> {
    Database::builder().set_cache_size(CACHE).create(path)
}

/// Opens the database, and goes through all of it: what is damaged is refused now, not found later.
fn whole(path: &Path) -> Fallible<Database> {
    let open = || -> Fallible<Database> {
        let mut database = database(path)?;
        database.check_integrity()?;
        Ok(database)
    };
    // The library takes some damage for a defect of its own.
    std::panic::catch_unwind(open).map_err(|_| "it is damaged")?
}

/// Makes an empty database beside its place, and renames it: a process that dies on the way leaves no half of one there.
fn make(path: &Path) -> Fallible<()> {
    let part = beside(path, ".part");
    match std::fs::remove_file(&part) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let database = database(&part)?;
    let write = database.begin_write()?;
    store::create(&write, RandomState::new().hash_one(path))?;
    write.commit()?;
    drop(database);
    std::fs::rename(&part, path)?;
    Ok(())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn open(path: &Path) -> Fallible<Inner> {
    if !path.exists() {
        make(path)?;
    }
    let database = whole(path)?;
    let identity = || RandomState::new().hash_one(path);
    match store::version(&database)? {
        Some(store::VERSION) => {}
        Some(other @ 2..) => {
            return Err(format!(
                "its stored form is {other}, this program reads {}",
                store::VERSION
            )
            .into());
        }
        old => {
            let write = database.begin_write()?;
            match old {
                None => store::create(&write, identity())?,
                Some(_) => upgrade::from_1(&write, identity())?,
            }
            write.commit()?;
        }
    }
    let head = store::head(&database)?;
    let log_path = beside(path, ".log");
    let (mut log, left) = Log::open(&log_path).map_err(|why| format!("{}: {why}", log_path.display()))?;
    let stamp = (head.identity, head.folds);
    let mut pending = Pending::default();
    match left {
        Some(left) if left.stamp == stamp => {
            for change in &left.changes {
                replay(&mut pending, change).ok_or_else(|| format!("{} is damaged", log_path.display()))?;
            }
        }
        // The process died when all of it was in the database.
        Some(left) if (left.stamp.0, left.stamp.1 + 1) == stamp => log.reset(stamp)?,
        Some(_) => return Err(format!("{} belongs to another journal", log_path.display()).into()),
        None => log.reset(stamp)?,
    }
    let mut rows = head.rows;
    for row in &mut rows {
        if let Some(newer) = pending.rows.get(&row.job.key()) {
            row.clone_from(newer);
        }
    }
    Ok(Inner {
        database,
        log,
        table: Table::restore(head.plan, head.pass, rows.into_iter()),
        pending,
        identity: head.identity,
        folds: head.folds,
        loose: false,
    })
}

/// Takes a change from the log.
fn replay(pending: &mut Pending, mut change: &[u8]) -> Option<()> {
    let (kind, rest) = change.split_first()?;
    change = rest;
    if *kind == b'j' {
        let row: Row = serde_json::from_slice(change).ok()?;
        pending.rows.insert(row.job.key(), row);
        return Some(());
    }
    let text = |octets: &[u8]| Some(std::str::from_utf8(octets).ok()?.to_owned());
    let entity = store::entity(&text(take_octets(&mut change)?)?).ok()?;
    let key = JobKey::new(entity, text(take_octets(&mut change)?)?);
    match kind {
        b's' => {
            pending.summaries.insert(key, change.to_vec());
        }
        b'b' => {
            let kind = BookKind::from_name(&text(take_octets(&mut change)?)?)?;
            let book = Book::new(kind, take_octets(&mut change)?);
            pending.octets += change.len();
            pending
                .books
                .entry((key, book))
                .or_default()
                .extend_from_slice(change);
        }
        _ => return None,
    }
    Some(())
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
mod tests {
    use super::*;
    use crate::{
        Account, Entity,
        journal::{ImapLedger, conformance},
    };
    use std::sync::Arc;
    use tegu_imap::{
        MailboxName, Uid, UidValidity,
        ledger::{Entry, Ledger as _, Pair, Pass, Standing},
    };

    #[tokio::test]
    async fn conforms_and_remembers() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.redb");
        conformance::check(&RedbJournal::open(&path).unwrap()).await;
        conformance::check_reopened(&RedbJournal::open(&path).unwrap()).await;
        let files = std::fs::read_dir(directory.path()).unwrap().count();
        assert_eq!(files, 1, "one file when it is closed");
    }

    /// A copy of the files at any instant is what a killed process leaves.
    #[tokio::test]
    async fn what_was_written_survives_a_kill() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.redb");
        let journal = RedbJournal::open(&path).unwrap();
        let job = Job::new(Entity::Mail, Account::new("a@example.test"));
        journal.begin("plan", std::slice::from_ref(&job)).await.unwrap();
        let Claim::Job(lease) = journal.claim("one", Duration::from_secs(60)).await.unwrap() else {
            panic!()
        };
        let book = Book::new(BookKind::Imap, "INBOX");
        let other = directory.path().join("killed");
        std::fs::create_dir(&other).unwrap();
        let killed = other.join("journal.redb");
        let large = vec![7; 3 << 20];
        let mut expected = Vec::new();
        for number in 0..8_u8 {
            let octets = if number % 3 == 2 {
                &large[..]
            } else {
                &[number][..]
            };
            journal.append(&lease, &book, octets).await.unwrap();
            expected.extend_from_slice(octets);
            for name in ["journal.redb", "journal.redb.log"] {
                std::fs::copy(directory.path().join(name), other.join(name)).unwrap();
            }
            let found = RedbJournal::open(&killed).unwrap();
            assert!(
                found.read(&job.key(), &book).await.unwrap() == expected,
                "after {number}"
            );
            let Claim::Job(lease) = found.claim("two", Duration::from_secs(60)).await.unwrap() else {
                panic!()
            };
            assert_eq!(
                (lease.epoch(), lease.attempt()),
                (2, 2),
                "the lease died with its process"
            );
        }
    }

    #[test]
    fn what_is_no_journal_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.redb");
        let refused = |what: &str| {
            let error = RedbJournal::open(&path).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Journal);
            let error = error.to_string();
            assert!(error.contains("journal.redb") && error.contains(what), "{error}");
        };
        std::fs::write(&path, "not a journal".repeat(1000)).unwrap();
        refused("");
        std::fs::remove_file(&path).unwrap();
        let foreign = Database::create(&path).unwrap();
        let write = foreign.begin_write().unwrap();
        write
            .open_table(redb::TableDefinition::<&str, &str>::new("diary"))
            .unwrap();
        write.commit().unwrap();
        drop(foreign);
        refused("another program's");
        std::fs::remove_file(&path).unwrap();
        drop(RedbJournal::open(&path).unwrap());
        let database = Database::create(&path).unwrap();
        let write = database.begin_write().unwrap();
        write
            .open_table(store::META)
            .unwrap()
            .insert("version", 99)
            .unwrap();
        write.commit().unwrap();
        drop(database);
        refused("stored form is 99");
    }

    #[test]
    fn damage_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.redb");
        drop(RedbJournal::open(&path).unwrap());
        let log = directory.path().join("journal.redb.log");
        std::fs::write(&log, "diary of somebody, and nothing else at all").unwrap();
        let error = RedbJournal::open(&path).unwrap_err().to_string();
        assert!(
            error.contains("journal.redb.log") && error.contains("no journal's log"),
            "{error}"
        );
        std::fs::remove_file(&log).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for at in (0..whole.len()).step_by(whole.len() / 40) {
            let mut damaged = whole.clone();
            for octet in damaged.iter_mut().skip(at).take(64) {
                *octet ^= 0x5a;
            }
            std::fs::write(&path, &damaged).unwrap();
            // Damage where nothing is stored may go unnoticed; nothing may panic.
            let _ = RedbJournal::open(&path);
        }
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        assert_eq!(RedbJournal::open(&path).unwrap_err().kind(), ErrorKind::Journal);
    }

    #[test]
    fn a_second_opener_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.redb");
        let _first = RedbJournal::open(&path).unwrap();
        assert_eq!(RedbJournal::open(&path).unwrap_err().kind(), ErrorKind::Journal);
    }

    /// Writes what a transfer writes of a folder, and returns how many messages that are.
    async fn transfer(ledger: &ImapLedger, folder: &MailboxName, first: u32, messages: u32) {
        let uid = |number: u32| Uid::new(number).unwrap();
        let pair = Pair::new(
            UidValidity::new(1_700_000_000),
            folder.clone(),
            UidValidity::new(1_700_000_001),
        );
        ledger.write(folder, &[Entry::Opened(pair)]).await.unwrap();
        let numbers = (first..first + messages).collect::<Vec<_>>();
        for group in numbers.chunks(200) {
            let messages = group.iter().copied().map(uid).collect();
            let mark = uid(group[0]);
            ledger
                .write(folder, &[Entry::Intent { mark, messages }])
                .await
                .unwrap();
            for command in group.chunks(100) {
                let stands = command.iter().map(|number| {
                    let flags = if number % 3 == 0 { &[][..] } else { &["\\Seen"][..] };
                    let digest = tegu_imap::prove::digest(&number.to_le_bytes());
                    let flags = flags.iter().collect();
                    let standing =
                        Standing::new(tegu_imap::State::Moved, uid(*number), Some(digest), 50_000, flags);
                    Entry::Stands {
                        uid: uid(*number),
                        standing,
                    }
                });
                ledger.write(folder, &stands.collect::<Vec<_>>()).await.unwrap();
            }
        }
        let pass = Pass::new(Some(uid(first + messages)), messages, Some(1_000_000));
        ledger.write(folder, &[Entry::Passed(pass)]).await.unwrap();
    }

    #[tokio::test]
    async fn a_message_takes_few_octets_of_the_file() {
        const ACCOUNTS: u32 = 50;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.redb");
        let journal: Arc<dyn Journal> = Arc::new(RedbJournal::open(&path).unwrap());
        let jobs = (0..ACCOUNTS).map(|number| {
            let mut account = Account::new(format!("somebody.{number}@example.test"));
            account.id = format!("6f9619ff-8b86-d011-b42d-00c04fc9{number:04x}");
            Job::new(Entity::Mail, account)
        });
        journal.begin("plan", &jobs.collect::<Vec<_>>()).await.unwrap();
        let folders = ["INBOX", "Sent Items", "Архив/2023"].map(|name| MailboxName::new(name).unwrap());
        let mut ledgers = Vec::new();
        while let Claim::Job(lease) = journal.claim("one", Duration::from_secs(600)).await.unwrap() {
            ledgers.push(ImapLedger::new(journal.clone(), Arc::new(lease)));
        }
        let mut sizes = Vec::new();
        for (first, messages) in [(1, 70), (100, 700)] {
            for ledger in &ledgers {
                for folder in &folders {
                    transfer(ledger, folder, first, messages).await;
                }
            }
            journal.settle().await.unwrap();
            sizes.push(std::fs::metadata(&path).unwrap().len());
        }
        let first = sizes[0] / u64::from(ACCOUNTS * 3 * 70);
        let further = (sizes[1] - sizes[0]) / u64::from(ACCOUNTS * 3 * 700);
        assert!(
            first <= 64 && further <= 64,
            "{first} octets for each of the first, {further} for further ones"
        );
    }
}
