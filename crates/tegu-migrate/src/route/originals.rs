//! The originals of what a person has to move.

use crate::{
    Account, Digest, Entity, Error, Result, digest::DigestWriter, file::write_atomically, message::Body,
};
use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

/// So much of a message is enough to tell what it is.
const HEAD: usize = 64 << 10;

/// A folder of originals inside the job directory.
#[derive(Debug)]
pub(crate) struct Originals {
    job: PathBuf,
}

/// A message that was kept.
#[derive(Debug)]
pub(super) struct Original {
    /// Relative to the job directory.
    pub(super) path: String,
    pub(super) digest: Digest,
    pub(super) octets: u64,
    /// How it begins.
    pub(super) head: Vec<u8>,
}

/// A message on its way into the folder.
#[derive(Debug)]
pub(super) struct Incoming {
    job: PathBuf,
    folder: String,
    part: PathBuf,
    file: File,
    digest: DigestWriter,
    head: Vec<u8>,
}

impl Originals {
    pub(crate) fn new(job: PathBuf) -> Self {
        Self { job }
    }

    /// Writes an original once and returns its path relative to the job directory.
    pub(crate) fn keep(&self, entity: Entity, account: &Account, name: &str, body: &[u8]) -> Result<String> {
        let folder = folder(entity, account);
        let relative = format!("{folder}/{}", tegu_mbox::tree::encode_component(name));
        let path = self.job.join(&relative);
        if fs::metadata(&path).is_ok_and(|found| found.len() == body.len() as u64) {
            return Ok(relative);
        }
        write_atomically(&path, body)?;
        Ok(relative)
    }

    /// Writes a message once and returns its path relative to the job directory.
    pub(super) fn keep_message(&self, account: &Account, digest: Digest, body: &Body) -> Result<String> {
        let folder = folder(Entity::Mail, account);
        let relative = format!("{folder}/{}.eml", digest.short());
        if fs::metadata(self.job.join(&relative)).is_ok_and(|found| found.len() == body.len()) {
            return Ok(relative);
        }
        let mut file = self.begin(account)?;
        let mut reader = body.reader();
        while let Some(piece) = reader.piece()? {
            file.write(&piece)?;
        }
        Ok(file.finish()?.path)
    }

    /// Begins to write a message that need not be held.
    pub(super) fn begin(&self, account: &Account) -> Result<Incoming> {
        /// Tells apart what one process writes at the same time.
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let folder = folder(Entity::Mail, account);
        let directory = self.job.join(&folder);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let part = directory.join(format!("{}-{number}.part", std::process::id()));
        let file = fs::create_dir_all(&directory).and_then(|()| File::create(&part));
        Ok(Incoming {
            job: self.job.clone(),
            folder,
            file: file.map_err(|error| failed(&part, error))?,
            part,
            digest: DigestWriter::default(),
            head: Vec::new(),
        })
    }
}

impl Incoming {
    pub(super) fn write(&mut self, octets: &[u8]) -> Result<()> {
        let room = HEAD.saturating_sub(self.head.len()).min(octets.len());
        self.head
            .extend_from_slice(octets.get(..room).unwrap_or_default());
        self.digest.update(octets);
        self.file
            .write_all(octets)
            .map_err(|error| failed(&self.part, error))
    }

    /// The message is whole: it gets its name.
    pub(super) fn finish(mut self) -> Result<Original> {
        let digest = std::mem::take(&mut self.digest);
        let octets = digest.octets();
        let digest = digest.finish();
        let path = format!("{}/{}.eml", self.folder, digest.short());
        let place = self.job.join(&path);
        self.file
            .sync_all()
            .and_then(|()| fs::rename(&self.part, &place))
            .map_err(|error| failed(&place, error))?;
        Ok(Original {
            path,
            digest,
            octets,
            head: std::mem::take(&mut self.head),
        })
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // Half a message is of no use. A finished one no longer has this name.
        let _ = fs::remove_file(&self.part);
    }
}

fn folder(entity: Entity, account: &Account) -> String {
    format!(
        "worklist/{entity}/{}",
        tegu_mbox::tree::encode_component(&account.mail)
    )
}

fn failed(path: &Path, error: std::io::Error) -> Error {
    Error::io("write", path.display(), error)
}
