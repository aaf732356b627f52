//! Opening: reads what was stored, and what a process that died left in the write-ahead log.

use super::{
    Inner,
    fallible::Fallible,
    private, row,
    store::{self, Pending},
    upgrade,
    wal::Wal,
};
use crate::{JobKey, Kind, LogName, leb128::take_octets, table::JobTable};
use redb::Database;
use std::{
    fs::File,
    hash::{BuildHasher, RandomState},
    path::{Path, PathBuf},
};

/// The most octets of the database that are held in memory: logs are read once in a pass.
const CACHE: usize = 8 << 20;

fn database(file: File) -> Fallible<Database> {
    let backend = redb::backends::FileBackend::new(file)?;
    Ok(Database::builder()
        .set_cache_size(CACHE)
        .create_with_backend(backend)?)
}

/// Opens the database and checks all of it, so that damage is found now and not later.
fn whole(path: &Path) -> Fallible<Database> {
    let open = || -> Fallible<Database> {
        let mut database = database(private::open(path)?)?;
        database.check_integrity()?;
        Ok(database)
    };
    // The library panics at some kinds of damage.
    std::panic::catch_unwind(open).map_err(|_| "it is damaged")?
}

/// Makes an empty database beside its place and renames it, so that a process that dies leaves no half of one.
fn make(path: &Path) -> Fallible<()> {
    let part = beside(path, ".part");
    match std::fs::remove_file(&part) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let database = database(private::create(&part)?)?;
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

/// Opens a journal's database and write-ahead log, or makes them.
pub(super) fn open(path: &Path) -> Fallible<Inner> {
    if !path.exists() {
        make(path)?;
    }
    let database = whole(path)?;
    let identity = || RandomState::new().hash_one(path);
    match store::version(&database)? {
        Some(store::VERSION) => {}
        Some(other) if other > store::VERSION => {
            return Err(format!(
                "its stored form is version {other}, this program reads up to {}",
                store::VERSION
            )
            .into());
        }
        old => {
            let write = database.begin_write()?;
            match old {
                None => store::create(&write, identity())?,
                Some(3) => upgrade::from_3(&write)?,
                Some(2) => upgrade::from_2(&write)?,
                Some(_) => upgrade::from_1(&write, identity())?,
            }
            write.commit()?;
        }
    }
    let head = store::head(&database)?;
    let log_path = beside(path, ".log");
    let (mut wal, left) = Wal::open(&log_path).map_err(|why| format!("{}: {why}", log_path.display()))?;
    let stamp = (head.identity, head.checkpoints);
    let mut pending = Pending::default();
    match left {
        Some(left) if left.stamp == stamp => {
            for change in &left.changes {
                replay(&mut pending, change).ok_or_else(|| format!("{} is damaged", log_path.display()))?;
            }
        }
        // The process died after a checkpoint, before it emptied the file.
        Some(left) if (left.stamp.0, left.stamp.1.saturating_add(1)) == stamp => wal.reset(stamp)?,
        Some(_) => return Err(format!("{} belongs to another journal", log_path.display()).into()),
        None => wal.reset(stamp)?,
    }
    let mut rows = head.rows;
    for row in &mut rows {
        if let Some(newer) = pending.rows.get(row.job.key()) {
            row.clone_from(newer);
        }
    }
    Ok(Inner {
        database,
        wal,
        table: JobTable::restore(head.fingerprint, head.pass, rows),
        pending,
        identity: head.identity,
        checkpoints: head.checkpoints,
        loose: false,
    })
}

/// Takes a change from the write-ahead log. Returns `None` if it is damaged.
pub(super) fn replay(pending: &mut Pending, mut change: &[u8]) -> Option<()> {
    let (letter, rest) = change.split_first()?;
    change = rest;
    if *letter == b'j' {
        // Written by version 2.
        let row = row::decode_2(change).ok()?;
        pending.rows.insert(row.job.key().clone(), row);
        return Some(());
    }
    let text = |octets: &[u8]| Some(std::str::from_utf8(octets).ok()?.to_owned());
    let kind = |octets: &[u8]| Kind::new(text(octets)?).ok();
    let job = kind(take_octets(&mut change)?)?;
    let key = JobKey::new(job, text(take_octets(&mut change)?)?);
    match letter {
        b'k' => {
            let row = row::decode(key.clone(), change).ok()?;
            pending.rows.insert(key, row);
        }
        b's' => {
            pending.summaries.insert(key, change.to_vec());
        }
        b'b' => {
            let kind = kind(take_octets(&mut change)?)?;
            let log = LogName::new(kind, take_octets(&mut change)?);
            pending.octets += change.len();
            let octets = pending.logs.entry((key, log)).or_default();
            octets.extend_from_slice(change);
        }
        _ => return None,
    }
    Some(())
}
