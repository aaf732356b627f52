//! Directories whose files come from outside.

use std::{
    ffi::OsString,
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

/// A directory whose files come from outside: who can write there must not be able to name files elsewhere, or to hold up who reads.
///
/// Only regular files are opened. No link below the directory is followed, not even one that takes a file's place in the instant
/// before it is opened: on Unix, each level is opened relative to the one above (`openat` with `O_NOFOLLOW`). The directory itself may
/// be reached by links.
///
/// ```
/// use std::{io::Read as _, path::Path};
/// use tegu_outcome::file::{EntryKind, SourceDir};
///
/// # let scratch = tempfile::tempdir().unwrap();
/// std::fs::write(scratch.path().join("a.ics"), "text")?;
/// let directory = SourceDir::new(scratch.path());
/// assert_eq!(directory.entries(Path::new(""))?, [("a.ics".into(), EntryKind::File)]);
/// let mut text = String::new();
/// directory.open(Path::new("a.ics"))?.read_to_string(&mut text)?;
/// assert!(directory.open(Path::new("../a.ics")).is_err());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SourceDir {
    root: PathBuf,
}

/// What an entry of a directory is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A link, a pipe, a socket or a device. It cannot be opened.
    Special,
}

impl SourceDir {
    /// Names a directory. It is opened when something in it is.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Returns the directory's path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// Returns the entries of the directory at `below`, a path relative to this one, in the order of their names.
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open).
    pub fn entries(&self, below: &Path) -> io::Result<Vec<(OsString, EntryKind)>> {
        let mut entries = system::entries(&self.root, &parts(below)?)?;
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(entries)
    }

    /// Opens the regular file at `below`, a path relative to this directory.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) for a path that leaves the directory or leads over a link, and for what is no
    /// regular file; otherwise what the system says.
    pub fn open(&self, below: &Path) -> io::Result<File> {
        let parts = parts(below)?;
        regular(system::open(&self.root, &parts)?)
    }
}

/// Opens a regular file that the operator named, so that a pipe in its place is an error and not a wait. Links are followed.
///
/// # Errors
///
/// [`InvalidInput`](io::ErrorKind::InvalidInput) for what is no regular file; otherwise what the system says.
pub fn open_regular(path: &Path) -> io::Result<File> {
    regular(system::open_named(path)?)
}

/// Reads a file of our own. No link in its place is followed, and a pipe is an error.
///
/// # Errors
///
/// As for [`SourceDir::open`], and what reading says.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let name = path.file_name().ok_or_else(|| invalid("it is no file"))?;
    content(SourceDir::new(crate::file::directory(path)).open(Path::new(name))?)
}

/// Reads a file that the operator named. Links are followed, and a pipe is an error.
///
/// # Errors
///
/// As for [`open_regular`], and what reading says.
pub fn read_named(path: &Path) -> io::Result<Vec<u8>> {
    content(open_regular(path)?)
}

fn content(mut file: File) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    file.read_to_end(&mut content)?;
    Ok(content)
}

/// Reads a secret from a file that the operator named.
///
/// # Errors
///
/// As for [`open_regular`] and [`private_text`].
pub fn read_private(path: &Path) -> io::Result<String> {
    private_text(open_regular(path)?, path)
}

/// Reads a secret from an open file. `path` is for messages alone.
///
/// # Errors
///
/// As for [`check_private`], and what reading says.
pub fn private_text(mut file: File, path: &Path) -> io::Result<String> {
    check_private(&file, path)?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(text)
}

/// Refuses a file with a secret that others can read.
///
/// # Errors
///
/// [`PermissionDenied`](io::ErrorKind::PermissionDenied), with the command that mends it. Never on systems without modes.
pub fn check_private(file: &File, path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = file.metadata()?.permissions().mode();
        if mode & 0o077 != 0 {
            let why = format!(
                "others can read it (mode {:03o}): chmod 600 '{}'",
                mode & 0o777,
                path.display()
            );
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
        }
    }
    let _ = (file, path);
    Ok(())
}

fn invalid(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why)
}

fn regular(file: File) -> io::Result<File> {
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(invalid("it is no regular file"))
    }
}

/// The names on the way down.
fn parts(below: &Path) -> io::Result<Vec<&std::ffi::OsStr>> {
    use std::path::Component;
    let parts = below.components().filter(|part| *part != Component::CurDir);
    let name = |part| match part {
        Component::Normal(name) => Ok(name),
        _ => Err(invalid("the path leaves the directory")),
    };
    parts.map(name).collect()
}

#[cfg(unix)]
mod system {
    use super::{EntryKind, File, OsString, Path, invalid, io};
    use rustix::{
        fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, openat, statat},
        io::Errno,
    };
    use std::{
        ffi::OsStr,
        os::{fd::OwnedFd, unix::ffi::OsStrExt as _},
    };

    const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
    /// A pipe without a writer must not hold up who opens it.
    const FILE: OFlags = OFlags::RDONLY
        .union(OFlags::CLOEXEC)
        .union(OFlags::NONBLOCK)
        .union(OFlags::NOCTTY);

    /// A link gives ELOOP, or ENOTDIR where a directory was asked for.
    fn failed(error: Errno, link: bool) -> io::Error {
        if link || error == Errno::LOOP {
            return invalid("it is a link, and links are not followed");
        }
        error.into()
    }

    fn directory(root: &Path, parts: &[&OsStr]) -> io::Result<OwnedFd> {
        let mut directory = openat(CWD, root, DIRECTORY, Mode::empty())?;
        for part in parts {
            directory =
                openat(&directory, *part, DIRECTORY | OFlags::NOFOLLOW, Mode::empty()).map_err(|error| {
                    let link = statat(&directory, *part, AtFlags::SYMLINK_NOFOLLOW)
                        .is_ok_and(|found| FileType::from_raw_mode(found.st_mode) == FileType::Symlink);
                    failed(error, link)
                })?;
        }
        Ok(directory)
    }

    pub(super) fn open(root: &Path, parts: &[&OsStr]) -> io::Result<File> {
        let Some((name, above)) = parts.split_last() else {
            return Err(invalid("it is the directory itself"));
        };
        let directory = directory(root, above)?;
        let file = openat(&directory, *name, FILE | OFlags::NOFOLLOW, Mode::empty());
        Ok(file.map_err(|error| failed(error, false))?.into())
    }

    pub(super) fn open_named(path: &Path) -> io::Result<File> {
        Ok(openat(CWD, path, FILE, Mode::empty())?.into())
    }

    pub(super) fn entries(root: &Path, parts: &[&OsStr]) -> io::Result<Vec<(OsString, EntryKind)>> {
        let directory = directory(root, parts)?;
        let mut entries = Vec::new();
        for entry in Dir::read_from(&directory)? {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name == "." || name == ".." {
                continue;
            }
            let kind = match entry.file_type() {
                // Not every file system says it.
                FileType::Unknown => {
                    FileType::from_raw_mode(statat(&directory, name, AtFlags::SYMLINK_NOFOLLOW)?.st_mode)
                }
                kind => kind,
            };
            let kind = match kind {
                FileType::RegularFile => EntryKind::File,
                FileType::Directory => EntryKind::Directory,
                _ => EntryKind::Special,
            };
            entries.push((name.to_owned(), kind));
        }
        Ok(entries)
    }
}

#[cfg(not(unix))]
mod system {
    use super::{EntryKind, File, OsString, Path, PathBuf, invalid, io};
    use std::{ffi::OsStr, fs};

    /// Checks each level before the next one is looked at.
    fn place(root: &Path, parts: &[&OsStr]) -> io::Result<PathBuf> {
        let mut path = root.to_owned();
        for part in parts {
            path.push(part);
            if fs::symlink_metadata(&path)?.file_type().is_symlink() {
                return Err(invalid("it is a link, and links are not followed"));
            }
        }
        Ok(path)
    }

    pub(super) fn open(root: &Path, parts: &[&OsStr]) -> io::Result<File> {
        File::open(place(root, parts)?)
    }

    pub(super) fn open_named(path: &Path) -> io::Result<File> {
        File::open(path)
    }

    pub(super) fn entries(root: &Path, parts: &[&OsStr]) -> io::Result<Vec<(OsString, EntryKind)>> {
        let entries = fs::read_dir(place(root, parts)?)?;
        let entry = |entry: io::Result<fs::DirEntry>| {
            let entry = entry?;
            let kind = entry.file_type()?;
            let kind = if kind.is_file() {
                EntryKind::File
            } else if kind.is_dir() {
                EntryKind::Directory
            } else {
                EntryKind::Special
            };
            Ok((entry.file_name(), kind))
        };
        entries.map(entry).collect()
    }
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use std::{
        fs,
        os::unix::fs::{PermissionsExt as _, symlink},
    };

    fn pipe(path: &Path) {
        let made = std::process::Command::new("mkfifo").arg(path).status().unwrap();
        assert!(made.success());
    }

    #[test]
    fn nothing_outside_is_opened() {
        let scratch = tempfile::tempdir().unwrap();
        let (secret, root) = (scratch.path().join("secret"), scratch.path().join("mail"));
        fs::create_dir_all(root.join("a/b")).unwrap();
        fs::create_dir(scratch.path().join("other")).unwrap();
        fs::write(&secret, "x").unwrap();
        fs::write(root.join("a/b/file"), "y").unwrap();
        symlink(&secret, root.join("a/link")).unwrap();
        symlink("nowhere", root.join("a/dangling")).unwrap();
        symlink("b", root.join("a/inside")).unwrap();
        symlink("../../other", root.join("a/beside")).unwrap();
        pipe(&root.join("a/pipe"));
        let directory = SourceDir::new(&root);
        let found = directory.entries(Path::new("a")).unwrap();
        let expected = [
            ("b", EntryKind::Directory),
            ("beside", EntryKind::Special),
            ("dangling", EntryKind::Special),
            ("inside", EntryKind::Special),
            ("link", EntryKind::Special),
            ("pipe", EntryKind::Special),
        ];
        assert_eq!(found, expected.map(|(name, kind)| (name.into(), kind)));
        for wrong in [
            "a/link",
            "a/dangling",
            "a/inside/file",
            "a/pipe",
            "a/b",
            "a/b/../b/file",
            "",
            "/etc/passwd",
        ] {
            let error = directory.open(Path::new(wrong)).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{wrong}: {error}");
        }
        for wrong in ["a/beside", "a/inside", "../other"] {
            let error = directory.entries(Path::new(wrong)).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{wrong}: {error}");
        }
        directory.open(Path::new("a/./b/file")).unwrap();
        // The directory itself may be reached by a link.
        let by_link = scratch.path().join("by-link");
        symlink(&root, &by_link).unwrap();
        SourceDir::new(&by_link).open(Path::new("a/b/file")).unwrap();
    }

    #[test]
    fn a_pipe_is_no_file_and_holds_nobody_up() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("pipe");
        pipe(&path);
        assert_eq!(
            open_regular(&path).unwrap_err().kind(),
            io::ErrorKind::InvalidInput
        );
        for read in [read, read_named] {
            assert_eq!(read(&path).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        }
    }

    #[test]
    fn a_link_takes_the_place_of_no_file_of_ours() {
        let scratch = tempfile::tempdir().unwrap();
        let (path, link) = (scratch.path().join("file"), scratch.path().join("link"));
        fs::write(&path, "x").unwrap();
        symlink(&path, &link).unwrap();
        assert_eq!(read(&path).unwrap(), b"x");
        assert_eq!(read(&link).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        assert_eq!(read_named(&link).unwrap(), b"x");
        let missing = read(&scratch.path().join("missing")).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_secret_that_others_can_read_is_refused() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("password");
        fs::write(&path, "x").unwrap();
        for (mode, fits) in [
            (0o600, true),
            (0o400, true),
            (0o640, false),
            (0o604, false),
            (0o620, false),
        ] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let checked = check_private(&open_regular(&path).unwrap(), &path);
            assert_eq!(checked.is_ok(), fits, "{mode:o}");
            if let Err(error) = checked {
                assert!(error.to_string().contains("chmod 600 '"), "{error}");
            }
        }
    }
}
