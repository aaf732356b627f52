//! Files that only their owner can read.

use std::{
    fs::{File, OpenOptions},
    io,
    path::Path,
};

/// Makes a file that nobody else has made.
pub(super) fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    tegu_outcome::file::open_private(path, &mut options)
}

/// Opens a file for reading and writing, and makes it if it does not exist, with mode 0600.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    tegu_outcome::file::open_private(path, &mut options)
}
