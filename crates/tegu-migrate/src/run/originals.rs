//! The originals of what a person has to move.

use crate::{Account, Entity, Result, file::write_atomically};
use std::{fs, path::PathBuf};

/// A folder of originals inside the job directory.
#[derive(Debug)]
pub(crate) struct Originals {
    job: PathBuf,
}

impl Originals {
    pub(crate) fn new(job: PathBuf) -> Self {
        Self { job }
    }

    /// Writes an original once and returns its path relative to the job directory.
    pub(crate) fn keep(&self, entity: Entity, account: &Account, name: &str, body: &[u8]) -> Result<String> {
        let account = tegu_mbox::tree::encode_component(&account.mail);
        let relative = format!(
            "worklist/{entity}/{account}/{}",
            tegu_mbox::tree::encode_component(name)
        );
        let path = self.job.join(&relative);
        if fs::metadata(&path).is_ok_and(|found| found.len() == body.len() as u64) {
            return Ok(relative);
        }
        write_atomically(&path, body)?;
        Ok(relative)
    }
}
