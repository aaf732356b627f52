//! Opening: what was stored, and what a process that died left in the log.

use super::{
    Inner,
    log::Log,
    store::{self, Fallible, Pending},
    upgrade,
};
use crate::journal::{
    Book, BookKind, JobKey,
    codec::take_octets,
    table::{Row, Table},
};
use redb::Database;
use std::{
    hash::{BuildHasher, RandomState},
    path::{Path, PathBuf},
};

/// Octets of the database that are held in memory at most: books are read once in a pass.
const CACHE: usize = 8 << 20;

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

/// Opens a journal's database and log, or makes both.
pub(super) fn open(path: &Path) -> Fallible<Inner> {
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
