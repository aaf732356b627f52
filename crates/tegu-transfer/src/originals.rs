//! The originals of what a person has to move.

use crate::{Digest, Error, Result, digest::Digester, message::Body};
use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};
use tegu_outcome::file;
use tempfile::NamedTempFile;

/// So much of a message is enough to tell what it is.
const HEAD: usize = 64 << 10;
/// The extension of a message's file.
const MESSAGE: &str = "eml";

/// A folder of originals inside a job's directory. Files are named by the digests of what they hold, so that each is kept once.
#[derive(Clone, Debug)]
pub struct Originals {
    job: PathBuf,
    /// Relative to the job directory.
    folder: String,
}

/// An original that was kept.
#[derive(Debug)]
#[non_exhaustive]
pub struct Original {
    /// Where it is, relative to the job's directory.
    pub path: String,
    /// Its digest, which no line end changes.
    pub digest: Digest,
    /// Its size.
    pub octets: u64,
    /// How it begins: 64 KiB at most.
    pub head: Vec<u8>,
}

/// A message on its way into a folder of [`Originals`]. Dropped, it leaves nothing behind.
#[derive(Debug)]
pub struct Incoming {
    originals: Originals,
    file: NamedTempFile,
    digest: Digester,
    head: Vec<u8>,
}

impl Originals {
    pub(crate) fn new(job: &Path, folder: impl Into<String>) -> Self {
        let (job, folder) = (job.to_owned(), folder.into());
        Self { job, folder }
    }

    /// Writes an original, unless it is kept already, and returns its path relative to the job's directory. `digest` and `extension` make
    /// its name.
    ///
    /// # Errors
    ///
    /// Kind [`Io`](crate::ErrorKind::Io).
    pub fn keep(&self, digest: Digest, extension: &str, octets: &[u8]) -> Result<String> {
        let relative = self.name(digest, extension);
        let path = self.job.join(&relative);
        if is_kept(&path, octets.len() as u64) {
            return Ok(relative);
        }
        file::write(&path, |file| file.write_all(octets))?;
        Ok(relative)
    }

    /// Returns whether an original is kept there: a path that [`keep`](Self::keep) returned.
    #[must_use]
    pub fn holds(&self, path: &str) -> bool {
        fs::symlink_metadata(self.job.join(path)).is_ok_and(|found| found.is_file())
    }

    /// Returns where an original is kept, by the first hexadecimal digits of its digest, of which 16 count.
    #[must_use]
    pub fn kept(&self, digits: &str, extension: &str) -> Option<String> {
        let path = format!("{}/{}.{extension}", self.folder, digits.get(..16)?);
        self.holds(&path).then_some(path)
    }

    /// The same for a message.
    ///
    /// # Errors
    ///
    /// Kind [`Io`](crate::ErrorKind::Io).
    pub fn keep_message(&self, digest: Digest, body: &Body) -> Result<String> {
        let relative = self.name(digest, MESSAGE);
        if is_kept(&self.job.join(&relative), body.len()) {
            return Ok(relative);
        }
        let mut file = self.begin()?;
        let mut reader = body.reader();
        while let Some(piece) = reader.piece()? {
            file.write(&piece)?;
        }
        Ok(file.finish()?.path)
    }

    /// Begins to write a message that need not be held.
    ///
    /// # Errors
    ///
    /// Kind [`Io`](crate::ErrorKind::Io).
    pub fn begin(&self) -> Result<Incoming> {
        let directory = self.job.join(&self.folder);
        let file = file::create_dir(&directory).and_then(|()| file::temporary(&directory));
        Ok(Incoming {
            originals: self.clone(),
            file: file.map_err(|error| failed(&directory, error))?,
            digest: Digester::default(),
            head: Vec::new(),
        })
    }

    fn name(&self, digest: Digest, extension: &str) -> String {
        format!("{}/{}.{extension}", self.folder, digest.short())
    }
}

impl Incoming {
    /// Adds octets.
    ///
    /// # Errors
    ///
    /// Kind [`Io`](crate::ErrorKind::Io).
    pub fn write(&mut self, octets: &[u8]) -> Result<()> {
        let room = HEAD.saturating_sub(self.head.len()).min(octets.len());
        self.head
            .extend_from_slice(octets.get(..room).unwrap_or_default());
        self.digest.update(octets);
        self.file
            .write_all(octets)
            .map_err(|error| failed(self.file.path(), error))
    }

    /// Gives the message, which is whole, its name.
    ///
    /// # Errors
    ///
    /// Kind [`Io`](crate::ErrorKind::Io).
    pub fn finish(self) -> Result<Original> {
        let octets = self.digest.octets();
        let digest = self.digest.finish();
        let path = self.originals.name(digest, MESSAGE);
        let place = self.originals.job.join(&path);
        file::persist(self.file, &place).map_err(|error| failed(&place, error))?;
        Ok(Original {
            path,
            digest,
            octets,
            head: self.head,
        })
    }
}

/// Whether an earlier run wrote it.
fn is_kept(path: &Path, octets: u64) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_file() && found.len() == octets)
}

fn failed(path: &Path, error: std::io::Error) -> Error {
    Error::io("write", path.display(), error)
}
