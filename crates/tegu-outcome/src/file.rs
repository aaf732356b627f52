//! Private files that appear whole or not at all, and [directories](SourceDir) whose files come from outside.
//!
//! Reports, letters and originals hold personal data, so only the owner of the process may read them. Modes apply on Unix.
//!
//! ```
//! use std::io::Write as _;
//!
//! # let scratch = tempfile::tempdir().unwrap();
//! let path = scratch.path().join("job/report.json");
//! tegu_outcome::file::write(&path, |file| file.write_all(b"{}"))?;
//! assert_eq!(std::fs::read(&path).unwrap(), b"{}");
//! # Ok::<(), tegu_outcome::Error>(())
//! ```

pub use crate::source_dir::{
    EntryKind, SourceDir, check_private, open_regular, private_text, read, read_named, read_private,
};

use crate::{Error, Result};
use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, BufWriter, Write},
    path::Path,
};
use tempfile::NamedTempFile;

const PREFIX: &str = ".tegu-";
const SUFFIX: &str = ".part";

/// Writes a file with mode 0600. Creates missing directories with mode 0700, and replaces an existing file.
///
/// `content` writes to a temporary file in the same directory. That file is synced and renamed, and the directory is synced. On
/// an error the temporary file is removed and an existing file stays as it was. A killed process may leave the temporary file;
/// see [`is_temporary`].
///
/// # Errors
///
/// [`ErrorKind::Io`](crate::ErrorKind::Io), also for an error of `content`.
pub fn write(path: &Path, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let directory = directory(path);
    let write = || {
        create_dir(directory)?;
        let mut file = BufWriter::with_capacity(1 << 16, temporary(directory)?);
        content(&mut file)?;
        persist(file.into_inner()?, path)
    };
    write().map_err(|error: io::Error| Error::io("write", path.display(), error))
}

/// Creates a directory and its missing parents with mode 0700. An existing directory keeps its mode.
///
/// # Errors
///
/// As [`std::fs::create_dir_all`].
pub fn create_dir(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Takes all rights on a directory from everybody but its owner (mode 0700).
///
/// # Errors
///
/// As [`std::fs::set_permissions`]: the directory is another user's, for example.
pub fn make_private(directory: &Path) -> io::Result<()> {
    #[cfg(unix)]
    fs::set_permissions(directory, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    let _ = directory;
    Ok(())
}

/// Makes files that these options create private (mode 0600), and refuses a link in a file's place. An existing file keeps its mode.
pub fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let no_link = i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).unwrap_or_default();
        options.mode(0o600).custom_flags(no_link);
    }
    options
}

/// Opens a file of our own with these options, made [`private`].
///
/// # Errors
///
/// As [`OpenOptions::open`]; for a link too.
#[allow(clippy::disallowed_methods, reason = "the place that all others use")]
pub fn open_private(path: &Path, options: &mut OpenOptions) -> io::Result<fs::File> {
    private(options).open(path)
}

/// Creates a temporary file with mode 0600, for content whose final name is not known yet. It is removed when dropped, unless
/// [`persist`] gives it a name.
///
/// # Errors
///
/// As [`tempfile::Builder::tempfile_in`].
pub fn temporary(directory: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new()
        .prefix(PREFIX)
        .suffix(SUFFIX)
        .tempfile_in(directory)
}

/// Syncs a [`temporary`] file, gives it its final name in the same directory, and syncs the directory. Replaces an existing file.
///
/// # Errors
///
/// Any error of syncing and renaming; the temporary file is removed.
pub fn persist(file: NamedTempFile, path: &Path) -> io::Result<()> {
    file.as_file().sync_all()?;
    file.persist(path)?;
    sync_dir(directory(path))
}

/// Syncs a directory, so that a new name in it survives a power failure. Does nothing on Windows, which has no such call.
///
/// # Errors
///
/// As [`std::fs::File::sync_all`].
#[allow(clippy::disallowed_methods, reason = "a directory")]
pub fn sync_dir(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        fs::File::open(path)?.sync_all()?;
    }
    Ok(())
}

/// Returns the directory that holds `path`; `.` for a bare file name.
#[must_use]
pub fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => path,
    }
}

/// Returns whether this is the name of a [`temporary`] file. If no process is writing, it is a leftover of a killed one.
#[must_use]
pub fn is_temporary(name: &str) -> bool {
    name.starts_with(PREFIX) && name.ends_with(SUFFIX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("a/b/sheet");
        for content in ["one", "two"] {
            write(&path, |file| file.write_all(content.as_bytes())).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let directory = path.parent().unwrap();
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(directory), 0o700);
        assert_eq!(mode(directory.parent().unwrap()), 0o700);
        assert_eq!(fs::read_dir(directory).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_what_is_appended() {
        use std::os::unix::fs::PermissionsExt as _;
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("log");
        private(OpenOptions::new().create(true).append(true))
            .open(&path)
            .unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[cfg(unix)]
    #[test]
    fn no_link_is_written_through() {
        let scratch = tempfile::tempdir().unwrap();
        let (path, elsewhere) = (scratch.path().join("log"), scratch.path().join("elsewhere"));
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        for there in [false, true] {
            let opened = private(OpenOptions::new().create(true).append(true)).open(&path);
            assert!(opened.is_err() && elsewhere.exists() == there);
            fs::write(&elsewhere, "x").unwrap();
        }
        write(&path, |file| file.write_all(b"own")).unwrap();
        assert_eq!(
            (fs::read(&path).unwrap(), fs::read(&elsewhere).unwrap()),
            (b"own".to_vec(), b"x".to_vec())
        );
    }

    #[test]
    fn an_error_leaves_the_old_file() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("sheet");
        write(&path, |file| file.write_all(b"old")).unwrap();
        let error = write(&path, |file| {
            file.write_all(b"new")?;
            Err(io::ErrorKind::StorageFull.into())
        })
        .unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Io);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 1);
    }

    #[test]
    fn writers_of_one_file_do_not_mix() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("sheet");
        write(&path, |outer| {
            outer.write_all(b"outer")?;
            write(&path, |inner| inner.write_all(b"inner")).unwrap();
            Ok(())
        })
        .unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"outer");
    }

    #[test]
    fn a_bare_name_is_in_the_working_directory() {
        assert_eq!(directory(Path::new("report.json")), Path::new("."));
        assert_eq!(directory(Path::new("job/report.json")), Path::new("job"));
        assert_eq!(directory(Path::new("/report.json")), Path::new("/"));
    }

    #[test]
    fn leftovers_are_known_by_their_names() {
        let scratch = tempfile::tempdir().unwrap();
        let file = temporary(scratch.path()).unwrap();
        assert!(is_temporary(&file.path().file_name().unwrap().to_string_lossy()));
        assert!(!is_temporary("report.json"));
        assert!(!is_temporary("mail.part"));
    }
}
