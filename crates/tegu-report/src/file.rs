//! Private files that are whole or not there.

use crate::{Error, Result};
use std::{
    fs::{self, DirBuilder},
    io::{self, BufWriter, Write},
    path::Path,
};
use tempfile::NamedTempFile;

/// Writes a file that only its owner can read: under a name that nobody can guess first, then renamed. `content` need not be in
/// memory as a whole.
pub(crate) fn write_whole(path: &Path, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let directory = path.parent().unwrap_or(path);
    let write = || {
        make_directory(directory)?;
        let mut file = BufWriter::with_capacity(1 << 16, NamedTempFile::new_in(directory)?);
        content(&mut file)?;
        let file = file.into_inner()?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        fs::File::open(directory)?.sync_all()
    };
    write().map_err(|error: io::Error| Error::io("write", path.display(), error))
}

/// Makes a directory, and those above it, that only their owner can open. One that is there stays as it is.
pub(crate) fn make_directory(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
