//! A ledger in one file.
//!
//! # The stored form
//!
//! Text in UTF-8. The first line is `tegu-dav ledger 2`. Each line after it is eight hexadecimal digits
//! of the BLAKE3 of the rest, a tab, the collection, a tab, and an entry (see [`Entry::encode`]). Lines
//! are only added. What a crash left unfinished at the end is cut off when the file is opened next. A file
//! that is damaged anywhere else is not opened.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tegu_outcome::file;

use super::{BoxFuture, Entry, Ledger, Record, escape, unescape};
use crate::error::{Error, ErrorKind, Result};

const HEADER: &str = "tegu-dav ledger 2\n";

/// A ledger in a file. One process at a time can open it.
///
/// ```no_run
/// let ledger = tegu_dav::ledger::FileLedger::open("anna.ledger")?;
/// # Ok::<_, tegu_dav::Error>(())
/// ```
#[derive(Debug)]
pub struct FileLedger {
    path: PathBuf,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    file: File,
    records: HashMap<String, Record>,
    /// Set when a line could not be written whole: nothing may follow it.
    broken: bool,
}

impl FileLedger {
    /// Opens the file, or creates it with mode 0600.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InUse`] if another process has it open, and [`ErrorKind::Journal`] if the file is not a ledger, is damaged, or
    /// cannot be read or written.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let failed = |error: std::io::Error| broken(&path, "open", &error.to_string()).with_source(error);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = file::open_private(&path, &mut options).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::new(ErrorKind::InUse, "another process has it open")
                    .doing("open the ledger", path.display()));
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        let (records, end) = read(&bytes).map_err(|line| {
            broken(
                &path,
                "open",
                &format!("line {line} is damaged, or it is no ledger"),
            )
        })?;
        if end < bytes.len() {
            tracing::warn!(path = %path.display(), octets = bytes.len() - end, "an unfinished entry was cut off");
            file.set_len(end as u64).map_err(failed)?;
        }
        file.seek(SeekFrom::Start(end as u64)).map_err(failed)?;
        if end == 0 {
            file.write_all(HEADER.as_bytes()).map_err(failed)?;
        }
        Ok(Self {
            path,
            inner: Mutex::new(Inner {
                file,
                records,
                broken: false,
            }),
        })
    }

    fn write_now(&self, collection: &str, entries: &[Entry]) -> Result<()> {
        let mut text = String::new();
        for entry in entries {
            let rest = format!("{}\t{}", escape(collection), entry.encode());
            text.push_str(&format!("{}\t{rest}\n", sum(&rest)));
        }
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.broken {
            return Err(broken(&self.path, "write", "an earlier write failed"));
        }
        if let Err(error) = inner.file.write_all(text.as_bytes()) {
            inner.broken = true;
            return Err(broken(&self.path, "write", &error.to_string()).with_source(error));
        }
        let record = inner.records.entry(collection.to_owned()).or_default();
        entries.iter().for_each(|entry| record.apply(entry));
        Ok(())
    }
}

impl Ledger for FileLedger {
    fn read<'a>(&'a self, collection: &'a str) -> BoxFuture<'a, Result<Record>> {
        Box::pin(async move {
            let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(inner.records.get(collection).cloned().unwrap_or_default())
        })
    }

    fn collections(&self) -> BoxFuture<'_, Result<Vec<String>>> {
        Box::pin(async move {
            let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
            let mut names: Vec<String> = inner.records.keys().cloned().collect();
            names.sort_unstable();
            Ok(names)
        })
    }

    fn write<'a>(&'a self, collection: &'a str, entries: &'a [Entry]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { self.write_now(collection, entries) })
    }

    fn sync(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
            let synced = inner.file.sync_data();
            synced.map_err(|error| broken(&self.path, "write", &error.to_string()).with_source(error))
        })
    }
}

fn sum(rest: &str) -> String {
    let hash = blake3::hash(rest.as_bytes()).to_hex();
    hash.get(..8).unwrap_or_default().to_owned()
}

fn broken(path: &Path, doing: &str, why: &str) -> Error {
    Error::new(ErrorKind::Journal, why).doing(format_args!("{doing} the ledger"), path.display())
}

/// The records, and where the last whole line ends; else the number of the line that is damaged.
fn read(bytes: &[u8]) -> Result<(HashMap<String, Record>, usize), usize> {
    let mut records: HashMap<String, Record> = HashMap::new();
    let Some(rest) = bytes.strip_prefix(HEADER.as_bytes()) else {
        // A file that died in its first line, or is new.
        return if HEADER.as_bytes().starts_with(bytes) {
            Ok((records, 0))
        } else {
            Err(1)
        };
    };
    let mut end = HEADER.len();
    for (index, line) in rest.split_inclusive(|&b| b == b'\n').enumerate() {
        let entry = line.strip_suffix(b"\n").and_then(entry);
        match entry {
            Some((collection, entry)) => {
                records.entry(collection).or_default().apply(&entry);
                end += line.len();
            }
            None if end + line.len() == bytes.len() => break,
            None => return Err(index + 2),
        }
    }
    Ok((records, end))
}

fn entry(line: &[u8]) -> Option<(String, Entry)> {
    let line = std::str::from_utf8(line).ok()?;
    let (told, rest) = line.split_once('\t')?;
    let (collection, entry) = rest.split_once('\t').filter(|_| told == sum(rest))?;
    Some((unescape(collection), Entry::decode(entry).ok()?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ledger::Known;

    fn stands(uid: &str) -> Entry {
        Entry::Item {
            uid: uid.into(),
            known: Known {
                href: Some("/a\tb".into()),
                digest: "d".into(),
                ..Known::default()
            },
        }
    }

    fn intent(uid: &str) -> Entry {
        Entry::Item {
            uid: uid.into(),
            known: Known {
                intent: Some("d".into()),
                ..Known::default()
            },
        }
    }

    #[test]
    fn it_survives_being_cut_off_at_every_byte() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger");
        let ledger = FileLedger::open(&path).unwrap();
        ledger.write_now("c", &[intent("1")]).unwrap();
        ledger.write_now("c", &[stands("1")]).unwrap();
        assert!(
            FileLedger::open(&path)
                .unwrap_err()
                .to_string()
                .contains("another process")
        );
        drop(ledger);
        let whole = std::fs::read(&path).unwrap();
        for cut in 0..=whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let ledger = FileLedger::open(&path).unwrap();
            ledger.write_now("c", &[stands("2")]).unwrap();
            drop(ledger);
            let ledger = FileLedger::open(&path).unwrap();
            let record = ledger.inner.lock().unwrap().records["c"].clone();
            assert!(record.items["2"].href.is_some(), "{cut}");
            let arrived = record.items.get("1").is_some_and(|known| known.href.is_some());
            assert_eq!(arrived, cut == whole.len(), "{cut}");
        }
        let mut damaged = whole;
        let at = HEADER.len() + 12;
        damaged[at] ^= 1;
        std::fs::write(&path, &damaged).unwrap();
        assert_eq!(FileLedger::open(&path).unwrap_err().kind(), ErrorKind::Journal);
    }
}
