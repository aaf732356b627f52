//! Opening a file that may not be there.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use tegu_outcome::file;

use crate::{Error, Result};

/// Opens `path` for reading and writing, or creates it with mode 0600. A link is refused: where it leads nowhere, neither would end.
pub(super) fn open(path: &Path) -> Result<File> {
    let fail = |error| Error::io("open", path.display(), error);
    let mut options = OpenOptions::new();
    file::private(options.read(true).write(true));
    loop {
        match options.open(path) {
            Ok(file) => return Ok(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(fail(error)),
        }
        match options.clone().create_new(true).open(path) {
            Ok(created) => {
                file::sync_dir(file::directory(path)).map_err(fail)?;
                return Ok(created);
            }
            // Another program was faster.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(fail(error)),
        }
    }
}
