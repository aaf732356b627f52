//! Files that only their owner can read.

use std::{
    fs::{File, OpenOptions},
    io,
    path::Path,
};

/// Opens a file for reading and writing, and makes it if it does not exist, with mode 0600.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    tegu_outcome::file::private(&mut options).open(path)
}
