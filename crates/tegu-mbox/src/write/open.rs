//! Opening a file that may not be there.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use super::create::sync_directory;
use crate::{Error, Result};

/// Opens `path` for reading and writing, or creates it.
pub(super) fn open(path: &Path) -> Result<File> {
    let fail = |error| Error::io("open", path.display(), error);
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    loop {
        match options.open(path) {
            Ok(file) => return Ok(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(fail(error)),
        }
        match options.clone().create_new(true).open(path) {
            Ok(file) => {
                sync_directory(path)?;
                return Ok(file);
            }
            // Another program was faster.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(fail(error)),
        }
    }
}
