//! A ledger in one file.
//!
//! # The stored form
//!
//! The file begins with the line `tegu-imap ledger 1`. Blocks follow, each of them one call of
//! [`write`](Ledger::write):
//!
//! | octets | what |
//! |---|---|
//! | 4 | length of the rest of the block behind the checksum, little-endian |
//! | 4 | its complement, so that a damaged length is not taken for a block that was cut off |
//! | 8 | the first octets of the BLAKE3 of that rest |
//! | 2 | length of the mailbox's name, little-endian |
//! | ... | the mailbox's name as it travels |
//! | ... | entries, see [`Entry::encode`] |
//!
//! Blocks are only ever added. A block that a crash left unfinished at the end of the file is cut off when the file is
//! opened next; damage anywhere else makes the file refuse to open.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind as IoErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tegu_outcome::file;

use super::{BoxFuture, Entry, Ledger, Record, ledger_error};
use crate::mailbox::MailboxName;
use crate::{Error, ErrorKind, Result};

const HEADER: &[u8] = b"tegu-imap ledger 1\n";
/// The octets of a block before what its checksum covers.
const PREFIX: usize = 16;
/// The most octets of a block, so that a damaged length is not taken for one.
const LARGEST: usize = 64 << 20;

/// Remembers in a file. One process at a time can have it open.
///
/// ```no_run
/// use tegu_imap::ledger::FileLedger;
///
/// let ledger = FileLedger::open("anna.ledger")?;
/// if ledger.cut_off() > 0 {
///     // The last run died while it wrote; nothing that it had done is forgotten.
/// }
/// # Ok::<_, tegu_imap::Error>(())
/// ```
#[derive(Debug)]
pub struct FileLedger {
    path: PathBuf,
    cut_off: u64,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    file: File,
    /// Where the next block begins.
    end: u64,
    /// Where the entries of each mailbox lie: offset and length.
    blocks: HashMap<Vec<u8>, Vec<(u64, u32)>>,
    /// Set when a block could not be written whole: nothing may follow it.
    broken: bool,
}

impl FileLedger {
    /// Opens the file, or creates it with mode 0600. A link in its place is refused.
    ///
    /// # Errors
    ///
    /// Kind [`InUse`](ErrorKind::InUse) if another process has the file open, [`Journal`](ErrorKind::Journal) if it is no ledger
    /// or is damaged, [`Io`](ErrorKind::Io) if it cannot be read or written.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let failed = |error: std::io::Error| io_error("open", &path, error);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = file::open_private(&path, &mut options).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let error = Error::new(ErrorKind::InUse, "another process has it open");
                return Err(error.doing("open the ledger", path.display()));
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let length = file.metadata().map_err(failed)?.len();
        let (end, blocks) = scan(&mut file, length, &path)?;
        if end < length {
            tracing::warn!(path = %path.display(), octets = length - end, "an unfinished block was cut off");
            file.set_len(end).map_err(failed)?;
        }
        if end == 0 {
            file.set_len(0).map_err(failed)?;
            file.seek(SeekFrom::Start(0)).map_err(failed)?;
            file.write_all(HEADER).map_err(failed)?;
        }
        let end = end.max(HEADER.len() as u64);
        let inner = Inner {
            file,
            end,
            blocks,
            broken: false,
        };
        Ok(Self {
            path,
            cut_off: length.saturating_sub(end),
            inner: Mutex::new(inner),
        })
    }

    /// How many octets of an unfinished block were cut off when the file was opened.
    pub fn cut_off(&self) -> u64 {
        self.cut_off
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read_now(&self, mailbox: &MailboxName) -> Result<Record> {
        let mut guard = self.lock();
        let inner = &mut *guard;
        let mut record = Record::new();
        let mut block = Vec::new();
        for (offset, length) in inner.blocks.get(mailbox.raw()).into_iter().flatten() {
            block.resize(*length as usize, 0);
            inner
                .file
                .seek(SeekFrom::Start(*offset))
                .and_then(|_| inner.file.read_exact(&mut block))
                .map_err(|error| io_error("read", &self.path, error))?;
            let mut rest = &block[..];
            while !rest.is_empty() {
                record.apply(&Entry::decode(&mut rest)?);
            }
        }
        Ok(record)
    }

    fn write_now(&self, mailbox: &MailboxName, entries: &[Entry]) -> Result<()> {
        let name = mailbox.raw();
        let name_length = u16::try_from(name.len()).map_err(ledger_error)?;
        let mut block = vec![0; PREFIX];
        block.extend_from_slice(&name_length.to_le_bytes());
        block.extend_from_slice(name);
        let start = block.len();
        entries.iter().for_each(|entry| entry.encode(&mut block));
        let rest = block.split_off(PREFIX);
        if rest.len() > LARGEST {
            let message = format!("{} octets at once are too many", rest.len());
            return Err(ledger_error(message).doing("write the ledger", self.path.display()));
        }
        let length = u32::try_from(rest.len()).map_err(ledger_error)?;
        let mut block = prefix(length, &rest).to_vec();
        block.extend_from_slice(&rest);

        let mut inner = self.lock();
        if inner.broken {
            return Err(
                ledger_error("an earlier write failed").doing("write the ledger", self.path.display())
            );
        }
        let end = inner.end;
        let written = inner
            .file
            .seek(SeekFrom::Start(end))
            .and_then(|_| inner.file.write_all(&block));
        if let Err(error) = written {
            // Half a block must not be followed by another; if it cannot be cut off now, the next opening does it.
            inner.broken = inner.file.set_len(end).is_err();
            return Err(io_error("write", &self.path, error));
        }
        inner.end += block.len() as u64;
        let entries = (
            end + start as u64,
            u32::try_from(block.len() - start).unwrap_or(u32::MAX),
        );
        inner.blocks.entry(name.to_vec()).or_default().push(entries);
        Ok(())
    }
}

impl Ledger for FileLedger {
    fn read<'a>(&'a self, mailbox: &'a MailboxName) -> BoxFuture<'a, Result<Record>> {
        Box::pin(async move { self.read_now(mailbox) })
    }

    fn mailboxes(&self) -> BoxFuture<'_, Result<Vec<MailboxName>>> {
        Box::pin(async move {
            let inner = self.lock();
            let mut names: Vec<MailboxName> = inner
                .blocks
                .keys()
                .map(|name| MailboxName::from_wire(name))
                .collect();
            names.sort();
            Ok(names)
        })
    }

    fn write<'a>(&'a self, mailbox: &'a MailboxName, entries: &'a [Entry]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { self.write_now(mailbox, entries) })
    }

    fn sync(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            let file = self.lock().file.try_clone();
            file.and_then(|file| file.sync_data())
                .map_err(|error| io_error("sync", &self.path, error))
        })
    }
}

fn prefix(length: u32, rest: &[u8]) -> [u8; PREFIX] {
    let mut prefix = [0; PREFIX];
    let (numbers, sum) = prefix.split_at_mut(8);
    let both = u64::from(length) | u64::from(!length) << 32;
    numbers.copy_from_slice(&both.to_le_bytes());
    sum.copy_from_slice(blake3::hash(rest).as_bytes().get(..8).unwrap_or_default());
    prefix
}

type Blocks = HashMap<Vec<u8>, Vec<(u64, u32)>>;

/// Where the last whole block ends (0 for a file that is new or died in its first line), and where all blocks lie.
fn scan(file: &mut File, length: u64, path: &Path) -> Result<(u64, Blocks)> {
    let failed = |error: std::io::Error| io_error("read", path, error);
    let mut reader = std::io::BufReader::with_capacity(256 << 10, &mut *file);
    let mut header = [0; HEADER.len()];
    let got = read_up_to(&mut reader, &mut header).map_err(failed)?;
    let header = header.get(..got).unwrap_or_default();
    if !HEADER.starts_with(header) {
        let message = "this file is no ledger of this version";
        return Err(ledger_error(message).doing("open the ledger", path.display()));
    }
    if got < HEADER.len() {
        return Ok((0, Blocks::new()));
    }
    let mut blocks = Blocks::new();
    let mut at = HEADER.len() as u64;
    let mut rest = Vec::new();
    while at < length {
        let damaged =
            || ledger_error(format!("it is damaged at octet {at}")).doing("open the ledger", path.display());
        let mut start = [0; PREFIX];
        if read_up_to(&mut reader, &mut start).map_err(failed)? < PREFIX {
            break;
        }
        if start == [0; PREFIX] && length - at <= (LARGEST + PREFIX) as u64 {
            break;
        }
        let Some(announced) = announced(&start) else {
            return Err(damaged());
        };
        let end = at + PREFIX as u64 + u64::from(announced);
        if end > length {
            break;
        }
        rest.resize(announced as usize, 0);
        reader.read_exact(&mut rest).map_err(failed)?;
        if start != prefix(announced, &rest) {
            // A crash can leave the last block with holes in it.
            if end == length {
                break;
            }
            return Err(damaged());
        }
        let name = rest
            .split_first_chunk::<2>()
            .and_then(|(size, rest)| rest.get(..usize::from(u16::from_le_bytes(*size))))
            .ok_or_else(damaged)?;
        let skipped = 2 + name.len() as u32;
        let place = (at + PREFIX as u64 + u64::from(skipped), announced - skipped);
        blocks.entry(name.to_vec()).or_default().push(place);
        at = end;
    }
    Ok((at, blocks))
}

/// The length that the front of a block tells, if it can be one.
fn announced(start: &[u8; PREFIX]) -> Option<u32> {
    let both = u64::from_le_bytes(start.get(..8)?.try_into().ok()?);
    let length = (both & u64::from(u32::MAX)) as u32;
    (both >> 32 == u64::from(!length) && length as usize <= LARGEST).then_some(length)
}

fn read_up_to(reader: &mut impl std::io::Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut got = 0;
    while let Some(rest) = buffer.get_mut(got..).filter(|rest| !rest.is_empty()) {
        match reader.read(rest) {
            Ok(0) => break,
            Ok(count) => got += count,
            Err(error) if error.kind() == IoErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(got)
}

fn io_error(doing: &str, path: &Path, error: std::io::Error) -> Error {
    Error::io(format_args!("{doing} the ledger"), path.display(), error)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ledger::{Origin, StoredMessage};
    use crate::wire::{Flags, Uid};

    fn entry(number: u32) -> Entry {
        let uid = Uid::new(number).unwrap();
        Entry::Stored {
            uid,
            message: StoredMessage::new(Origin::Copied, uid, None, 5, Flags::new()),
        }
    }

    fn name(text: &str) -> MailboxName {
        MailboxName::new(text).unwrap()
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_reads_it_and_no_link_is_followed() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("ledger"), folder.path().join("link"));
        drop(FileLedger::open(&path).unwrap());
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        for target in ["ledger", "nowhere"] {
            std::os::unix::fs::symlink(target, &link).unwrap();
            assert!(FileLedger::open(&link).is_err(), "{target}");
            std::fs::remove_file(&link).unwrap();
        }
        assert!(!folder.path().join("nowhere").exists());
    }

    #[test]
    fn wherever_a_crash_cuts_the_file_whole_blocks_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        let ledger = FileLedger::open(&path).unwrap();
        let mut ends = vec![HEADER.len() as u64];
        for number in 1..=5 {
            let mailbox = name(if number % 2 == 0 { "Архив" } else { "INBOX" });
            ledger.write_now(&mailbox, &[entry(number)]).unwrap();
            ends.push(ledger.lock().end);
        }
        drop(ledger);
        let whole = std::fs::read(&path).unwrap();
        for cut in 0..=whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let ledger = FileLedger::open(&path).unwrap();
            let kept = ends
                .iter()
                .filter(|end| **end <= cut as u64)
                .count()
                .saturating_sub(1);
            let known = |mailbox| ledger.read_now(&name(mailbox)).unwrap().len();
            assert_eq!(known("INBOX") + known("Архив"), kept, "cut at {cut}");
            // It can be written to again at once.
            ledger.write_now(&name("x"), &[entry(9)]).unwrap();
            drop(ledger);
            let ledger = FileLedger::open(&path).unwrap();
            assert_eq!(
                (ledger.read_now(&name("x")).unwrap().len(), ledger.cut_off()),
                (1, 0)
            );
        }
    }

    #[test]
    fn damage_before_the_end_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        let ledger = FileLedger::open(&path).unwrap();
        for number in 1..=3 {
            ledger.write_now(&name("INBOX"), &[entry(number)]).unwrap();
        }
        let last = ledger.lock().blocks[&b"INBOX"[..]][2].0 as usize - 7 - PREFIX;
        drop(ledger);
        let whole = std::fs::read(&path).unwrap();
        for at in HEADER.len()..last {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x10;
            std::fs::write(&path, &damaged).unwrap();
            let error = FileLedger::open(&path).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Journal);
            assert!(error.to_string().contains("damaged"), "octet {at}: {error}");
        }
    }

    #[test]
    fn other_files_and_a_second_process_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        std::fs::write(&path, "From a@b\n").unwrap();
        assert!(
            FileLedger::open(&path)
                .unwrap_err()
                .to_string()
                .contains("no ledger")
        );
        assert_eq!(std::fs::read(&path).unwrap(), b"From a@b\n");
        std::fs::remove_file(&path).unwrap();
        let first = FileLedger::open(&path).unwrap();
        assert!(
            FileLedger::open(&path)
                .unwrap_err()
                .to_string()
                .contains("another process")
        );
        drop(first);
        FileLedger::open(&path).unwrap();
    }

    #[tokio::test]
    async fn conforms() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        crate::ledger::conformance::check(&FileLedger::open(&path).unwrap()).await;
        crate::ledger::conformance::check_reopened(&FileLedger::open(&path).unwrap()).await;
    }
}
