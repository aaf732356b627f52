//! The originals of what a person has to move.

use crate::{Account, Digest, Entity, Error, Result, digest::Digester, message::Body};
use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};
use tegu_outcome::file;
use tempfile::NamedTempFile;

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
    file: NamedTempFile,
    digest: Digester,
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
        if is_kept(&path, body.len() as u64) {
            return Ok(relative);
        }
        file::write(&path, |file| file.write_all(body))?;
        Ok(relative)
    }

    /// Writes a message once and returns its path relative to the job directory.
    pub(super) fn keep_message(&self, account: &Account, digest: Digest, body: &Body) -> Result<String> {
        let folder = folder(Entity::Mail, account);
        let relative = format!("{folder}/{}.eml", digest.short());
        if is_kept(&self.job.join(&relative), body.len()) {
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
        let folder = folder(Entity::Mail, account);
        let directory = self.job.join(&folder);
        let file = file::create_dir(&directory).and_then(|()| file::temporary(&directory));
        Ok(Incoming {
            job: self.job.clone(),
            folder,
            file: file.map_err(|error| failed(&directory, error))?,
            digest: Digester::default(),
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
            .map_err(|error| failed(self.file.path(), error))
    }

    /// The message is whole: it gets its name.
    pub(super) fn finish(self) -> Result<Original> {
        let octets = self.digest.octets();
        let digest = self.digest.finish();
        let path = format!("{}/{}.eml", self.folder, digest.short());
        let place = self.job.join(&path);
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

fn folder(entity: Entity, account: &Account) -> String {
    format!(
        "worklist/{entity}/{}",
        tegu_mbox::tree::encode_component(&account.mail)
    )
}

fn failed(path: &Path, error: std::io::Error) -> Error {
    Error::io("write", path.display(), error)
}
