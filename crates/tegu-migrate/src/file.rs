//! Files that are whole or not there.

use crate::{Error, Result};
use std::{
    fs,
    io::{self, BufWriter, Write},
    path::Path,
};

/// Writes a whole file or nothing: beside its place first, then renamed.
pub(crate) fn write_atomically(path: &Path, content: &[u8]) -> Result<()> {
    stream_atomically(path, |file| file.write_all(content))
}

/// The same, for what need not be in memory as a whole.
pub(crate) fn stream_atomically(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<()> {
    let directory = path.parent().unwrap_or(path);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = directory.join(name);
    let write = || {
        fs::create_dir_all(directory)?;
        let mut file = BufWriter::with_capacity(1 << 16, fs::File::create(&part)?);
        content(&mut file)?;
        file.into_inner()?.sync_all()?;
        fs::rename(&part, path)?;
        fs::File::open(directory)?.sync_all()
    };
    write().map_err(|error| {
        // Half a file is of no use, and a full disk is in need of the room.
        let _ = fs::remove_file(&part);
        Error::io("write", path.display(), error)
    })
}
