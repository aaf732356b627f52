//! Appending, and recovery of a file that a crash truncated.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use memchr::memmem;

use super::encode;
use super::lock::{Lock, Locking};
use super::open::open;
use super::pieces::Quoting;
use crate::header::MAX_BLOCK;
use crate::read::{Options, looks_like_mbox};
use crate::variant::Variant;
use crate::{Envelope, Error, ErrorKind, Result};

/// So much of a message that comes from a reader is held.
const PIECE: usize = 128 * 1024;

/// Appends messages to a file that nobody else writes, or that is [locked](Self::open_shared).
///
/// A crash may truncate the last message. With a journal, record [`len`](Self::len) after each [`sync`](Self::sync)
/// and pass it to [`truncate_to`](Self::truncate_to); this is exact. Without one, [`recover`](Self::recover) cuts the
/// file after the last message that looks complete.
///
/// ```
/// use tegu_mbox::{Envelope, Variant, write::Appender};
///
/// # let dir = tempfile::tempdir().unwrap();
/// # let path = dir.path().join("Inbox.mbox");
/// let mut file = Appender::open(&path, Variant::Mboxrd)?;
/// let at = file.append(&Envelope::new("a@b", None), b"Subject: s\n\ntext\n")?;
/// file.sync()?;
/// assert_eq!(at.end, file.len());
/// # Ok::<(), tegu_mbox::Error>(())
/// ```
#[derive(Debug)]
pub struct Appender {
    file: File,
    path: PathBuf,
    variant: Variant,
    length: u64,
    /// Whether the file ends where a message can start.
    whole: bool,
    buffer: Vec<u8>,
    lock: Option<Lock>,
}

/// What [`Appender::recover`] did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Recovered {
    /// Length of the file in bytes.
    pub length: u64,
    /// Number of bytes cut off; zero if the file was complete.
    pub cut: u64,
}

impl Appender {
    /// Opens `path`, or creates it with mode 0600. Existing content stays; it must begin as an mbox does.
    ///
    /// # Errors
    ///
    /// [`Io`](ErrorKind::Io), and [`Malformed`](ErrorKind::Malformed) for a file that holds something else. A file that
    /// is cut short opens, and refuses [`append`](Self::append) until it was recovered or truncated.
    pub fn open(path: &Path, variant: Variant) -> Result<Self> {
        let file = open(path)?;
        Self::of(file, path, variant, None)
    }

    /// Opens `path` as [`open`](Self::open) does, and keeps other programs from it until this is dropped: by an
    /// `fcntl` lock on the whole file and by a dot-lock, `NAME.lock`, beside it. On systems other than Unix there is
    /// only the latter.
    ///
    /// An `fcntl` lock belongs to the process: closing the same file elsewhere in it gives the lock up. The dot-lock
    /// is touched by each [`sync`](Self::sync), so that it does not look forgotten.
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open), and [`InUse`](ErrorKind::InUse) when another program did not give the file up
    /// in time.
    ///
    /// # Example
    ///
    /// ```
    /// use tegu_mbox::{Envelope, Variant};
    /// use tegu_mbox::write::{Appender, Locking};
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let path = dir.path().join("spool");
    /// let mut file = Appender::open_shared(&path, Variant::Mboxo, &Locking::default())?;
    /// file.append(&Envelope::default(), b"Subject: s\n\ntext\n")?;
    /// file.sync()?;
    /// assert!(dir.path().join("spool.lock").exists());
    /// drop(file);
    /// assert!(!dir.path().join("spool.lock").exists());
    /// # Ok::<(), tegu_mbox::Error>(())
    /// ```
    pub fn open_shared(path: &Path, variant: Variant, locking: &Locking) -> Result<Self> {
        let (file, lock) = Lock::take(path, locking)?;
        Self::of(file, path, variant, Some(lock))
    }

    fn of(file: File, path: &Path, variant: Variant, lock: Option<Lock>) -> Result<Self> {
        let fail = |error| Error::io("open", path.display(), error);
        let length = file.metadata().map_err(fail)?.len();
        let mut appender = Self {
            file,
            path: path.to_owned(),
            variant,
            length,
            whole: true,
            buffer: Vec::new(),
            lock,
        };
        if length > 0 {
            let start = appender.read_at(0, 4096)?;
            // A crash may have cut even the first line.
            let torn = start.starts_with(b"From ") && !start.contains(&b'\n');
            if !looks_like_mbox(&start) && !torn && !b"From ".starts_with(&start) {
                let why = "the file holds something other than an mbox";
                return Err(Error::new(ErrorKind::Malformed, why).doing("open", path.display()));
            }
            appender.whole = appender.ends_whole_at(length)?;
        }
        Ok(appender)
    }

    /// How long the file is, in bytes.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether the file holds nothing.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The variant that is written.
    pub fn variant(&self) -> Variant {
        self.variant
    }

    /// Adds one message and says which bytes of the file it takes. When writing fails, the file is taken back to
    /// its length before.
    ///
    /// # Errors
    ///
    /// [`Lossy`](ErrorKind::Lossy) when the variant cannot carry the bytes; nothing was written.
    /// [`Malformed`](ErrorKind::Malformed) when the file ends inside a message. [`Io`](ErrorKind::Io).
    pub fn append(&mut self, envelope: &Envelope, message: &[u8]) -> Result<Range<u64>> {
        self.ready()?;
        self.buffer.clear();
        encode::accept(self.variant, message)?;
        encode::encode(self.variant, envelope, message, &mut self.buffer)
            .map_err(|error| Error::io("append to", self.path.display(), error))?;
        let start = self.length;
        let written = self
            .file
            .seek(SeekFrom::Start(start))
            .and_then(|_| self.file.write_all(&self.buffer));
        if let Err(error) = written {
            self.whole = self.file.set_len(start).is_ok();
            return Err(Error::io("append to", self.path.display(), error));
        }
        self.length = start + self.buffer.len() as u64;
        shrink(&mut self.buffer);
        Ok(start..self.length)
    }

    /// Adds one message of `length` bytes that come from a reader, without holding it. To the same effect as
    /// [`append`](Self::append).
    ///
    /// ```
    /// use tegu_mbox::{Envelope, Variant, write::Appender};
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// let mut file = Appender::open(&dir.path().join("Inbox.mbox"), Variant::Mboxrd)?;
    /// let message = b"Subject: s\n\ntext\n";
    /// file.append_from(&Envelope::new("a@b", None), message.len() as u64, &mut &message[..])?;
    /// # Ok::<(), tegu_mbox::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`append`](Self::append), whatever the reader gives, and [`Io`](ErrorKind::Io) when it does not give
    /// `length` bytes. The file is then taken back to its length before.
    pub fn append_from(
        &mut self,
        envelope: &Envelope,
        length: u64,
        message: &mut impl Read,
    ) -> Result<Range<u64>> {
        self.ready()?;
        let start = self.length;
        let written = self.stream(envelope, length, message);
        shrink(&mut self.buffer);
        match written {
            Ok(written) => {
                self.length += written;
                Ok(start..self.length)
            }
            Err(error) => {
                self.whole = self.file.set_len(start).is_ok();
                Err(error)
            }
        }
    }

    /// Writes a message in pieces behind the last one, and says how many bytes that took.
    fn stream(&mut self, envelope: &Envelope, length: u64, message: &mut impl Read) -> Result<u64> {
        let failed = |error| Error::io("append to", self.path.display(), error);
        let mut message = message.take(length.saturating_add(1));
        let mut piece = Vec::with_capacity(PIECE);
        let head = MAX_BLOCK as u64;
        message
            .by_ref()
            .take(head)
            .read_to_end(&mut piece)
            .map_err(failed)?;
        let mut rest = (0, Vec::new());
        if self.variant.has_length() {
            if let Some(finding) = encode::check_head(&piece, length) {
                return Err(encode::unrepresentable(self.variant, finding));
            }
            rest = encode::length_field(&piece, length);
        }
        let mut quoting = Quoting::new(self.variant == Variant::Mboxrd);
        self.file.seek(SeekFrom::Start(self.length)).map_err(failed)?;
        self.buffer.clear();
        self.buffer.extend_from_slice(envelope.to_line().as_bytes());
        let (at, field) = rest;
        let (before, behind) = piece.split_at(at.min(piece.len()));
        quoting.feed(before, &mut self.buffer).map_err(failed)?;
        self.buffer.extend_from_slice(&field);
        quoting.feed(behind, &mut self.buffer).map_err(failed)?;
        let mut written = 0;
        loop {
            written += self.buffer.len() as u64;
            self.file.write_all(&self.buffer).map_err(failed)?;
            self.buffer.clear();
            piece.clear();
            let count = message
                .by_ref()
                .take(PIECE as u64)
                .read_to_end(&mut piece)
                .map_err(failed)?;
            if count == 0 {
                break;
            }
            quoting.feed(&piece, &mut self.buffer).map_err(failed)?;
        }
        if quoting.taken != length {
            let why = format!("the message does not have the announced {length} bytes");
            return Err(failed(io::Error::new(io::ErrorKind::InvalidData, why)));
        }
        let bare_is_lost = matches!(self.variant, Variant::Mboxo | Variant::Mboxcl);
        if let Some(finding) = quoting.finish(bare_is_lost, &mut self.buffer).map_err(failed)? {
            return Err(encode::unrepresentable(self.variant, finding));
        }
        self.buffer.push(b'\n');
        self.file.write_all(&self.buffer).map_err(failed)?;
        Ok(written + self.buffer.len() as u64)
    }

    fn ready(&self) -> Result<()> {
        if self.whole {
            return Ok(());
        }
        let why = "the file ends inside a message: recover it first";
        Err(Error::new(ErrorKind::Malformed, why).doing("append to", self.path.display()))
    }

    /// Makes what was appended survive a power cut.
    ///
    /// # Errors
    ///
    /// [`Io`](ErrorKind::Io). The state of what was appended since the last sync is then unknown.
    pub fn sync(&mut self) -> Result<()> {
        if let Some(lock) = &self.lock {
            lock.touch();
        }
        self.file
            .sync_all()
            .map_err(|error| Error::io("sync", self.path.display(), error))
    }

    /// Cuts the file back to `length`, which the caller remembered from [`len`](Self::len), and syncs it. Returns
    /// how many bytes were cut off.
    ///
    /// # Errors
    ///
    /// [`Malformed`](ErrorKind::Malformed) when the file is shorter than that, or no message ends there; it is then left
    /// as it is. [`Io`](ErrorKind::Io).
    pub fn truncate_to(&mut self, length: u64) -> Result<u64> {
        let why = if length > self.length {
            format!("the file has {} bytes, fewer than {length}", self.length)
        } else if self.ends_whole_at(length)? {
            // What follows that byte does not matter: after a crash it may be anything.
            return self.cut(length);
        } else {
            format!("no message ends at byte {length}")
        };
        Err(Error::new(ErrorKind::Malformed, why).doing("truncate", self.path.display()))
    }

    /// Cuts the file back to its last whole message, and syncs it.
    ///
    /// mboxcl and mboxcl2 say how long each message is, which makes this exact. mboxrd and mboxo do not: a message
    /// that was cut just behind one of its own blank lines cannot be told from a whole one.
    ///
    /// # Errors
    ///
    /// [`Io`](ErrorKind::Io).
    pub fn recover(&mut self) -> Result<Recovered> {
        self.recover_into(&mut io::sink())
    }

    /// As [`recover`](Self::recover), and writes what is cut off to `cut` before it is cut: a person may find the
    /// beginning of a message in it.
    ///
    /// # Errors
    ///
    /// [`Io`](ErrorKind::Io); when `cut` fails, nothing was cut off.
    pub fn recover_into(&mut self, cut: &mut impl Write) -> Result<Recovered> {
        let keep = if self.variant.has_length() {
            self.last_stated_end()?
        } else {
            self.last_whole_end()?
        };
        self.file
            .seek(SeekFrom::Start(keep))
            .and_then(|_| io::copy(&mut (&self.file).take(self.length - keep), cut))
            .map_err(|error| Error::io("keep what is cut off of", self.path.display(), error))?;
        let cut = self.cut(keep)?;
        Ok(Recovered {
            length: self.length,
            cut,
        })
    }

    /// Adds the line end and the blank line that the last message lacks, so that another one can follow, and says how
    /// many bytes that took: for a file of another program that ends so, and was not cut short.
    ///
    /// # Errors
    ///
    /// [`Io`](ErrorKind::Io).
    pub fn end_last_message(&mut self) -> Result<u64> {
        if self.ends_whole_at(self.length)? {
            self.whole = true;
            return Ok(0);
        }
        let last = self.read_at(self.length.saturating_sub(1), 1)?;
        let added: &[u8] = if last == b"\n" { b"\n" } else { b"\n\n" };
        self.file
            .seek(SeekFrom::End(0))
            .and_then(|_| self.file.write_all(added))
            .map_err(|error| Error::io("append to", self.path.display(), error))?;
        self.length += added.len() as u64;
        self.whole = true;
        Ok(added.len() as u64)
    }

    fn cut(&mut self, length: u64) -> Result<u64> {
        let cut = self.length - length;
        if cut > 0 {
            self.file
                .set_len(length)
                .map_err(|error| Error::io("truncate", self.path.display(), error))?;
            self.length = length;
            self.sync()?;
        }
        self.whole = true;
        Ok(cut)
    }

    /// Whether a blank line stands before `end`, as at the end of every whole message.
    fn ends_whole_at(&mut self, end: u64) -> Result<bool> {
        let start = end.saturating_sub(3);
        let tail = self.read_at(start, end - start)?;
        Ok(end == 0 || tail.ends_with(b"\n\n") || tail.ends_with(b"\n\r\n"))
    }

    /// Where the last message ends that has its blank line, perhaps followed by a `From_` line that was begun.
    fn last_whole_end(&mut self) -> Result<u64> {
        let tail = self.read_at(self.length.saturating_sub(4), 4)?;
        let begun = (0..=4_u8)
            .rev()
            .find(|&n| b"From ".get(..n.into()).is_some_and(|part| tail.ends_with(part)));
        let end = self.length - u64::from(begun.unwrap_or(0));
        if self.ends_whole_at(end)? {
            Ok(end)
        } else {
            self.last_from_line()
        }
    }

    /// Where the last `From_` line starts, searched from the end in windows.
    fn last_from_line(&mut self) -> Result<u64> {
        const WINDOW: u64 = 1024 * 1024;
        const MARK: &[u8] = b"\nFrom ";
        let mut end = self.length;
        while end > 0 {
            let start = end.saturating_sub(WINDOW);
            // Neighbouring windows overlap, so that no mark is cut in two.
            let window = self.read_at(start, end - start + MARK.len() as u64)?;
            if let Some(hit) = memmem::rfind(&window, MARK) {
                return Ok(start + hit as u64 + 1);
            }
            end = start;
        }
        Ok(0)
    }

    /// Where the last message ends whose `Content-Length` is met in full.
    fn last_stated_end(&mut self) -> Result<u64> {
        let options = Options::own(self.variant).max_message(u64::MAX);
        let mut at = 0;
        while at < self.length {
            let head = self.read_at(at, crate::read::HEAD_LIMIT)?;
            let Some(body_end) = crate::read::stated_end(&head, &options).and_then(|end| at.checked_add(end))
            else {
                break;
            };
            if body_end >= self.length {
                break;
            }
            let follows = self.read_at(body_end, 6)?;
            let next_is_message = matches!(follows.get(1..), Some(next) if b"From ".starts_with(next));
            if follows.first() != Some(&b'\n') || !next_is_message {
                break;
            }
            at = body_end + 1;
        }
        Ok(at)
    }

    fn read_at(&mut self, offset: u64, count: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file
            .seek(SeekFrom::Start(offset))
            .and_then(|_| (&self.file).take(count).read_to_end(&mut bytes))
            .map_err(|error| Error::io("read", self.path.display(), error))?;
        Ok(bytes)
    }
}

/// One huge message must not hold its memory for the rest of a run.
fn shrink(buffer: &mut Vec<u8>) {
    buffer.clear();
    buffer.shrink_to(1024 * 1024);
}
