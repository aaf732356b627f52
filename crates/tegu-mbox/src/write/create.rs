//! A whole file, or none.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use tegu_outcome::file;
use tempfile::NamedTempFile;

use super::writer::Writer;
use crate::variant::Variant;
use crate::{Error, Result};

/// Writes the file `path` as a whole: a reader sees the old file, or none, until all is written and synced.
///
/// `fill` writes the messages. They go to a temporary file in the same directory, which is synced, renamed to
/// `path` (an existing file is replaced), and the directory is synced. When anything fails, the temporary file is
/// removed and `path` is as before. The new file has mode 0600.
///
/// # Errors
///
/// What `fill` gives, and [`Io`](crate::ErrorKind::Io).
///
/// # Example
///
/// ```
/// use tegu_mbox::{Envelope, Variant, write};
///
/// # let dir = tempfile::tempdir().unwrap();
/// # let path = dir.path().join("Inbox.mbox");
/// let count = write::create(&path, Variant::Mboxrd, |writer| {
///     writer.write(&Envelope::new("a@b", None), b"Subject: s\n\ntext\n")?;
///     Ok(1)
/// })?;
/// assert_eq!(count, 1);
/// # Ok::<(), tegu_mbox::Error>(())
/// ```
pub fn create<T>(
    path: &Path,
    variant: Variant,
    fill: impl FnOnce(&mut Writer<BufWriter<File>>) -> Result<T>,
) -> Result<T> {
    let temporary = beside(path)?;
    let failed = |error| Error::io("write", path.display(), error);
    let file = temporary.as_file().try_clone().map_err(failed)?;
    let mut writer = Writer::new(BufWriter::with_capacity(256 * 1024, file), variant);
    let value = fill(&mut writer)?;
    writer.into_inner().flush().map_err(failed)?;
    persist(temporary, path)?;
    Ok(value)
}

/// Replaces the file `path` by what `fill` writes, or leaves it as it is.
#[cfg(feature = "sidecar")]
pub(crate) fn replace(path: &Path, fill: impl FnOnce(&mut File) -> std::io::Result<()>) -> Result<()> {
    let mut temporary = beside(path)?;
    fill(temporary.as_file_mut()).map_err(|error| Error::io("write", path.display(), error))?;
    persist(temporary, path)
}

/// A private file in the directory of `path`.
fn beside(path: &Path) -> Result<NamedTempFile> {
    if path.file_name().is_none() {
        return Err(Error::config("the path names no file").doing("create", path.display()));
    }
    file::temporary(file::directory(path))
        .map_err(|error| Error::io("create a file beside", path.display(), error))
}

fn persist(temporary: NamedTempFile, path: &Path) -> Result<()> {
    file::persist(temporary, path)
        .map_err(|error| Error::io("rename the finished file to", path.display(), error))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{Envelope, ErrorKind};
    use std::fs;

    #[test]
    fn a_failure_leaves_the_old_file_and_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.mbox");
        fs::write(&path, "old").unwrap();
        let error = create(&path, Variant::Mboxrd, |writer| {
            writer.write(&Envelope::default(), b"A: b\n\nx\n")?;
            writer.write(&Envelope::default(), b"no line end")
        })
        .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Lossy);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn success_replaces_the_file_and_leaves_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.mbox");
        fs::write(&path, "old").unwrap();
        create(&path, Variant::Mboxrd, |writer| {
            writer.write(&Envelope::default(), b"A: b\n\n")
        })
        .unwrap();
        assert!(fs::read(&path).unwrap().starts_with(b"From - Thu Jan  1"));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.mbox");
        create(&path, Variant::Mboxrd, |_| Ok(())).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_missing_directory_is_named() {
        let error = create(Path::new("/nonexistent/x.mbox"), Variant::Mboxrd, |_| Ok(())).unwrap_err();
        assert!(error.to_string().contains("/nonexistent/x.mbox"), "{error}");
    }
}
