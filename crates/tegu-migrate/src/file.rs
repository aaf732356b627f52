//! Files that are whole or not there.

use crate::{Error, Result};
use std::{fs, io::Write, path::Path};

/// Writes a whole file or nothing: beside its place first, then renamed.
pub(crate) fn write_atomically(path: &Path, content: &[u8]) -> Result<()> {
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
