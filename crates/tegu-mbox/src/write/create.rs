//! A whole file, or none.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::writer::Writer;
use crate::variant::Variant;
use crate::{Error, Result};

/// Writes the file `path` as a whole: a reader sees the old file, or none, until all is written and synced.
///
/// `fill` writes the messages. They go to a temporary file in the same directory, which is synced, renamed to
/// `path` (an existing file is replaced), and the directory is synced. When anything fails, the temporary file is
/// removed and `path` is as before.
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
    let (file, temporary) = Temporary::beside(path)?;
    let mut writer = Writer::new(BufWriter::with_capacity(256 * 1024, file), variant);
    let value = fill(&mut writer)?;
    let mut buffered = writer.into_inner();
    buffered
        .flush()
        .map_err(|error| Error::io("write", path.display(), error))?;
    buffered
        .get_ref()
        .sync_all()
        .map_err(|error| Error::io("sync", path.display(), error))?;
    temporary.rename(path)?;
    Ok(value)
}

/// Replaces the file `path` by what `fill` writes, or leaves it as it is.
#[cfg(feature = "sidecar")]
pub(crate) fn replace(path: &Path, fill: impl FnOnce(&mut File) -> std::io::Result<()>) -> Result<()> {
    let (mut file, temporary) = Temporary::beside(path)?;
    fill(&mut file)
        .and_then(|()| file.sync_all())
        .map_err(|error| Error::io("write", path.display(), error))?;
    temporary.rename(path)
}

/// The directory that holds `path`.
pub(super) fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Makes a new directory entry survive a power cut.
pub(crate) fn sync_directory(path: &Path) -> Result<()> {
    if cfg!(unix) {
        let directory = directory(path);
        let opened = File::open(directory).and_then(|file| file.sync_all());
        opened.map_err(|error| Error::io("sync the directory", directory.display(), error))?;
    }
    Ok(())
}

/// A temporary file that is removed when dropped.
struct Temporary {
    path: Option<PathBuf>,
}

impl Temporary {
    fn beside(path: &Path) -> Result<(File, Self)> {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        if path.file_name().is_none() {
            return Err(Error::config("the path names no file").doing("create", path.display()));
        }
        // A name that is taken was left by a killed process of the same id; the next number is free.
        loop {
            let number = COUNTER.fetch_add(1, Ordering::Relaxed);
            let name = format!(".tegu-{}-{number}.part", std::process::id());
            let temporary = directory(path).join(name);
            match OpenOptions::new().write(true).create_new(true).open(&temporary) {
                Ok(file) => {
                    return Ok((
                        file,
                        Self {
                            path: Some(temporary),
                        },
                    ));
                }
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Error::io("create a file beside", path.display(), error)),
            }
        }
    }

    fn rename(mut self, to: &Path) -> Result<()> {
        if let Some(from) = &self.path {
            fs::rename(from, to)
                .map_err(|error| Error::io("rename the finished file to", to.display(), error))?;
            self.path = None;
        }
        sync_directory(to)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // Nothing more can be done about a file that cannot be removed; the error that led here is told.
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{Envelope, ErrorKind};

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

    #[test]
    fn a_missing_directory_is_named() {
        let error = create(Path::new("/nonexistent/x.mbox"), Variant::Mboxrd, |_| Ok(())).unwrap_err();
        assert!(error.to_string().contains("/nonexistent/x.mbox"), "{error}");
    }
}
