//! The originals of what a person has to move.

use crate::{Account, Entity, Error, Result};
use std::{fs, io::Write, path::PathBuf};

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

/// Writes a whole file or nothing: beside its place first, then renamed.
pub(crate) fn write_atomically(path: &std::path::Path, content: &[u8]) -> Result<()> {
    let failed = |error| Error::io(format_args!("writing {}", path.display()), error);
    let directory = path.parent().unwrap_or(path);
    fs::create_dir_all(directory).map_err(failed)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = directory.join(name);
    let mut file = fs::File::create(&part).map_err(failed)?;
    file.write_all(content).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    drop(file);
    fs::rename(&part, path).map_err(failed)?;
    fs::File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(failed)
}
