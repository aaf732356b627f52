//! The octets of a message, in memory or in an unnamed file.

use crate::{
    Digest, Error, Result,
    content::{Content, Look},
};
use bytes::Bytes;
use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    path::PathBuf,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// How many octets of a body in a file are read at once.
const PIECE: usize = 128 << 10;
/// How much of every body stays in memory: its header, unless the message is hostile.
const HEAD: usize = 64 << 10;

/// The octets of a message, exactly as its source gave them. Small bodies are in memory, large ones in a file. Clones share the octets.
///
/// ```
/// use std::io::Read;
/// use tegu_message::Body;
///
/// let body = Body::from("Subject: s\r\n\r\ntext\r\n");
/// let mut text = String::new();
/// body.reader().read_to_string(&mut text)?;
/// assert_eq!((text.len() as u64, body.head()), (body.len(), text.as_bytes()));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Body {
    place: Place,
    length: u64,
    content: Arc<OnceLock<Content>>,
}

#[derive(Clone, Debug)]
enum Place {
    Memory(Bytes),
    File { file: Arc<Mutex<File>>, head: Bytes },
}

impl Body {
    /// Returns the number of octets.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Returns whether there are no octets.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Returns the beginning of the message: at least 64 KiB, or all of it.
    pub fn head(&self) -> &[u8] {
        match &self.place {
            Place::Memory(octets) => octets,
            Place::File { head, .. } => head,
        }
    }

    /// Returns all octets if they are in memory.
    pub fn held(&self) -> Option<&Bytes> {
        match &self.place {
            Place::Memory(octets) => Some(octets),
            Place::File { .. } => None,
        }
    }

    /// Returns a reader that starts at the first octet.
    pub fn reader(&self) -> BodyReader {
        BodyReader {
            body: self.clone(),
            at: 0,
        }
    }

    /// Returns the message with a line end after its last line: CRLF if its header has one, otherwise LF. If the body is in a file, the line
    /// end is written behind the octets of this body, and clones do not see it.
    ///
    /// # Errors
    ///
    /// Kind [`Io`](tegu_outcome::ErrorKind::Io) if the file cannot be written.
    pub fn ended(&self) -> Result<Self> {
        let crlf = memchr::memmem::find(self.head(), b"\r\n").is_some();
        let end: &[u8] = if crlf { b"\r\n" } else { b"\n" };
        let place = match &self.place {
            Place::Memory(octets) => return Ok([octets, end].concat().into()),
            Place::File { file, .. } => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                let at = file.seek(SeekFrom::Start(self.length));
                at.and_then(|_| file.write_all(end))
                    .map_err(|error| Error::io("end the last line of a message in", "its file", error))?;
                self.place.clone()
            }
        };
        Ok(Self {
            place,
            length: self.length + end.len() as u64,
            content: Arc::default(),
        })
    }

    /// Returns the digest and other properties of all octets. They are computed at the first call.
    ///
    /// # Errors
    ///
    /// Kind [`Io`](tegu_outcome::ErrorKind::Io) if the file cannot be read.
    pub fn content(&self) -> Result<Content> {
        if let Some(known) = self.content.get() {
            return Ok(*known);
        }
        let mut look = Look::new();
        let mut reader = self.reader();
        while let Some(piece) = reader.piece()? {
            look.at(&piece);
        }
        Ok(*self.content.get_or_init(|| look.finish()))
    }

    /// Returns the [message digest](crate::digest::of_message) of all octets.
    ///
    /// # Errors
    ///
    /// As for [`content`](Self::content).
    pub fn digest(&self) -> Result<Digest> {
        Ok(self.content()?.digest)
    }
}

impl From<Bytes> for Body {
    fn from(octets: Bytes) -> Self {
        Self {
            length: octets.len() as u64,
            place: Place::Memory(octets),
            content: Arc::default(),
        }
    }
}

impl From<Vec<u8>> for Body {
    fn from(octets: Vec<u8>) -> Self {
        Bytes::from(octets).into()
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Bytes::from_static(text.as_bytes()).into()
    }
}

/// Reads a [`Body`] from its first octet to its last.
#[derive(Debug)]
pub struct BodyReader {
    body: Body,
    at: u64,
}

impl BodyReader {
    /// Returns the next octets, or `None` at the end. A body in memory comes as one piece, without a copy.
    ///
    /// # Errors
    ///
    /// Kind [`Io`](tegu_outcome::ErrorKind::Io) if the file cannot be read or has become shorter.
    pub fn piece(&mut self) -> Result<Option<Bytes>> {
        let left = self.body.length - self.at;
        if left == 0 {
            return Ok(None);
        }
        let piece = match &self.body.place {
            Place::Memory(octets) => {
                octets.slice(usize::try_from(self.at).unwrap_or(octets.len()).min(octets.len())..)
            }
            Place::File { .. } => {
                let mut piece = vec![0; usize::try_from(left).unwrap_or(PIECE).min(PIECE)];
                self.read_exact(&mut piece).map_err(unread)?;
                return Ok(Some(piece.into()));
            }
        };
        self.at = self.body.length;
        Ok(Some(piece))
    }
}

impl Read for BodyReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.body.length - self.at).unwrap_or(usize::MAX);
        let most = buffer.len().min(left);
        let buffer = buffer.get_mut(..most).unwrap_or_default();
        let count = match &self.body.place {
            Place::Memory(octets) => {
                let rest = usize::try_from(self.at).ok().and_then(|at| octets.get(at..));
                rest.unwrap_or_default().read(buffer)?
            }
            Place::File { file, .. } => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                file.seek(SeekFrom::Start(self.at))?;
                file.read(buffer)?
            }
        };
        self.at += count as u64;
        Ok(count)
    }
}

fn unread(error: io::Error) -> Error {
    Error::io("read a message from", "its file", error)
}

/// Keeps the messages of one batch in bounded memory. Messages that are too large go into unnamed files, which the system removes when
/// their last user, or the process, is gone.
///
/// ```
/// use tegu_message::Spool;
///
/// # let directory = tempfile::tempdir().unwrap();
/// let spool = Spool::new(directory.path());
/// let mut body = spool.begin();
/// for piece in ["Subject: s\r\n\r\n", "text\r\n"] {
///     body.push(piece.as_bytes())?;
/// }
/// assert_eq!(body.finish()?.len(), 20);
/// # Ok::<(), tegu_message::Error>(())
/// ```
#[derive(Debug)]
pub struct Spool {
    directory: PathBuf,
    held: AtomicU64,
}

impl Spool {
    /// The largest message that stays in memory, in octets.
    pub const LARGEST_HELD: u64 = 1 << 20;
    /// How many octets of a batch stay in memory.
    pub const MOST_HELD: u64 = 16 << 20;

    /// Makes a spool whose files are in this directory.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            held: AtomicU64::new(0),
        }
    }

    /// Starts a body that is written piece by piece.
    pub fn begin(&self) -> BodyWriter<'_> {
        BodyWriter {
            spool: self,
            held: Vec::new(),
            file: None,
            length: 0,
            broken: None,
        }
    }

    /// Keeps a body that is in memory already.
    ///
    /// # Errors
    ///
    /// Kind [`Io`](tegu_outcome::ErrorKind::Io) if it must go into a file and the file cannot be written.
    pub fn take(&self, octets: Bytes) -> Result<Body> {
        if self.has_room(octets.len() as u64, octets.len() as u64) {
            return Ok(octets.into());
        }
        let mut body = self.begin();
        body.push(&octets)?;
        body.finish()
    }

    /// Reserves `more` octets of memory if a body of `all` octets may stay in memory.
    fn has_room(&self, more: u64, all: u64) -> bool {
        let fits = all <= Self::LARGEST_HELD && self.held.load(Ordering::Relaxed) + more <= Self::MOST_HELD;
        if fits {
            self.held.fetch_add(more, Ordering::Relaxed);
        }
        fits
    }

    fn file(&self) -> io::Result<File> {
        tegu_outcome::file::create_dir(&self.directory)?;
        tempfile::tempfile_in(&self.directory)
    }

    fn failed(&self, error: io::Error) -> Error {
        Error::io("keep a large message in", self.directory.display(), error)
    }
}

/// A [`Body`] that is being written. Dropping it discards what was written.
#[derive(Debug)]
pub struct BodyWriter<'a> {
    spool: &'a Spool,
    /// The whole body, or its beginning if there is a file.
    held: Vec<u8>,
    /// The file of a large body; its content is examined while it is written.
    file: Option<(File, Look)>,
    length: u64,
    broken: Option<io::ErrorKind>,
}

impl BodyWriter<'_> {
    /// Appends octets.
    ///
    /// # Errors
    ///
    /// Kind [`Io`](tegu_outcome::ErrorKind::Io) if the file cannot be written.
    pub fn push(&mut self, octets: &[u8]) -> Result<()> {
        self.write_all(octets).map_err(|error| self.spool.failed(error))
    }

    fn store(&mut self, octets: &[u8]) -> io::Result<()> {
        let more = octets.len() as u64;
        if self.file.is_none() && self.spool.has_room(more, self.length + more) {
            self.held.extend_from_slice(octets);
        } else {
            let (file, look) = match &mut self.file {
                Some(file) => file,
                none => {
                    let (mut file, mut look) = (self.spool.file()?, Look::new());
                    file.write_all(&self.held)?;
                    look.at(&self.held);
                    self.spool.held.fetch_sub(self.length, Ordering::Relaxed);
                    self.held.truncate(HEAD);
                    self.held.shrink_to_fit();
                    none.insert((file, look))
                }
            };
            file.write_all(octets)?;
            look.at(octets);
            let room = HEAD.saturating_sub(self.held.len()).min(octets.len());
            self.held
                .extend_from_slice(octets.get(..room).unwrap_or_default());
        }
        self.length += more;
        Ok(())
    }

    /// Returns the number of octets written so far.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Returns whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Finishes the body.
    ///
    /// # Errors
    ///
    /// Kind [`Io`](tegu_outcome::ErrorKind::Io) if not everything could be written.
    pub fn finish(mut self) -> Result<Body> {
        let flushed = self.broken.map_or(Ok(()), |kind| Err(kind.into()));
        flushed
            .and_then(|()| self.flush())
            .map_err(|error| self.spool.failed(error))?;
        let Some((file, look)) = self.file else {
            return Ok(self.held.into());
        };
        let (file, head) = (Arc::new(Mutex::new(file)), self.held.into());
        Ok(Body {
            place: Place::File { file, head },
            length: self.length,
            content: Arc::new(look.finish().into()),
        })
    }
}

impl Write for BodyWriter<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        match self.store(octets) {
            Ok(()) => Ok(octets.len()),
            Err(error) => {
                self.broken = Some(error.kind());
                Err(error)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), |(file, _)| file.flush())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn octets(count: usize) -> Vec<u8> {
        (0..count).map(|n| (n % 251) as u8).collect()
    }

    fn read(body: &Body) -> Vec<u8> {
        let mut found = Vec::new();
        body.reader().read_to_end(&mut found).unwrap();
        found
    }

    #[test]
    fn what_goes_in_comes_out_wherever_it_lies() {
        let scratch = tempfile::tempdir().unwrap();
        for step in [1, 1000, 70_000, 3 << 20] {
            for count in [0, 1, HEAD, 100_000, (1 << 20) + 1, 3 << 20] {
                if count / step > 5000 {
                    continue;
                }
                let spool = Spool::new(scratch.path());
                let mut writer = spool.begin();
                let octets = octets(count);
                for piece in octets.chunks(step) {
                    writer.write_all(piece).unwrap();
                }
                let body = writer.finish().unwrap();
                assert_eq!(body.len(), count as u64);
                assert_eq!(body.held().is_some(), count as u64 <= Spool::LARGEST_HELD);
                assert!(body.head().len() >= HEAD.min(count), "{count} by {step}");
                assert!(octets.starts_with(body.head()));
                assert_eq!(read(&body), octets);
                assert_eq!(read(&body), octets, "twice");
                let (mut reader, mut pieces) = (body.reader(), Vec::new());
                while let Some(piece) = reader.piece().unwrap() {
                    pieces.extend_from_slice(&piece);
                }
                assert_eq!(pieces, octets);
                assert_eq!(body.content().unwrap(), Body::from(octets).content().unwrap());
            }
        }
        assert_eq!(
            fs::read_dir(scratch.path()).unwrap().count(),
            0,
            "nothing has a name"
        );
    }

    #[test]
    fn a_last_line_is_ended_as_the_others_end() {
        let scratch = tempfile::tempdir().unwrap();
        for (begin, end) in [("a: b\r\n\r\n", "\r\n"), ("a: b\n\n", "\n"), ("", "\n")] {
            for count in [1, 3 << 20] {
                let octets = [begin.as_bytes(), &vec![b'x'; count]].concat();
                let body = Spool::new(scratch.path()).take(octets.clone().into()).unwrap();
                let ended = body.ended().unwrap();
                assert_eq!(read(&ended), [&octets, end.as_bytes()].concat());
                assert_eq!(ended.len(), (octets.len() + end.len()) as u64);
                assert!(!ended.content().unwrap().unended_last_line);
                assert_eq!(read(&body), octets, "the one before stays");
            }
        }
    }

    #[test]
    fn a_batch_holds_so_much_and_no_more() {
        let scratch = tempfile::tempdir().unwrap();
        let spool = Spool::new(scratch.path());
        let body = Bytes::from(octets(1 << 20));
        let held = (0..20)
            .map(|_| spool.take(body.clone()).unwrap())
            .filter(|body| body.held().is_some());
        assert_eq!(held.count(), 16);
        assert!(spool.take(Bytes::from_static(b"x")).unwrap().held().is_none());
        // One that had to leave gives its room to others.
        let spool = Spool::new(scratch.path());
        let mut writer = spool.begin();
        writer.write_all(&body).unwrap();
        writer.write_all(b"x").unwrap();
        let large = writer.finish().unwrap();
        assert!(large.held().is_none());
        assert_eq!(spool.held.load(Ordering::Relaxed), 0);
    }
}
