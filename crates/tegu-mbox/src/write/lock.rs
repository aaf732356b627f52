//! Locks on a file that other programs may use.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use tegu_outcome::file::open_private;

use crate::{Error, ErrorKind, Result};

/// How often a lock that another program holds is tried again.
const PAUSE: Duration = Duration::from_millis(50);

/// How long to wait for locks.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Locking {
    /// How long another program may keep the file. Default: one minute.
    pub wait: Duration,
    /// A dot-lock that nobody has touched for this long was left by a program that died, and is removed. Default: five
    /// minutes; mail programs count two.
    pub stale: Duration,
}

impl Default for Locking {
    fn default() -> Self {
        Self {
            wait: Duration::from_secs(60),
            stale: Duration::from_secs(300),
        }
    }
}

/// Both locks on a file: `fcntl` on the file itself, then a dot-lock, `NAME.lock`, beside it, in the order that Debian's
/// policy (section 11.6) lays down. They are released when this is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    dot: PathBuf,
    file: File,
}

impl Lock {
    /// Locks `path` and gives it opened for reading and writing, created if it was not there.
    pub(super) fn take(path: &Path, locking: &Locking) -> Result<(File, Self)> {
        let until = Instant::now() + locking.wait;
        loop {
            let file = super::open::open(path)?;
            let what =
                || Error::new(ErrorKind::InUse, "another program holds it").doing("lock", path.display());
            if !record_lock(&file).map_err(|error| Error::io("lock", path.display(), error))? {
                pause(until).ok_or_else(what)?;
                continue;
            }
            if !is_still(path, &file) {
                // Another program replaced the file between opening and locking.
                pause(until).ok_or_else(what)?;
                continue;
            }
            let Some(lock) = Self::dot(path, locking)? else {
                // Whoever holds the dot-lock may wait for this lock.
                drop(file);
                pause(until).ok_or_else(what)?;
                continue;
            };
            return Ok((file, lock));
        }
    }

    /// Shows other programs that this lock is alive.
    pub(super) fn touch(&self) {
        // A lock that looks old is no reason to stop writing.
        let _ = self.file.set_modified(SystemTime::now());
    }

    fn dot(path: &Path, locking: &Locking) -> Result<Option<Self>> {
        let dot = beside(path, ".lock");
        let fail = |error| Error::io("create the lock", dot.display(), error);
        match open_private(&dot, OpenOptions::new().write(true).create_new(true)) {
            Ok(mut file) => {
                let lock = |file| Self {
                    dot: dot.clone(),
                    file,
                };
                let written = writeln!(file, "{}", std::process::id());
                let lock = lock(file);
                written.map_err(fail)?;
                Ok(Some(lock))
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                remove_stale(&dot, locking.stale).map_err(fail)?;
                Ok(None)
            }
            Err(error) => Err(fail(error)),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Only what is still this lock's own: another program may have taken it for stale.
        if is_still(&self.dot, &self.file) {
            let _ = fs::remove_file(&self.dot);
        }
    }
}

fn pause(until: Instant) -> Option<()> {
    (Instant::now() < until).then(|| thread::sleep(PAUSE))
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

/// Removes a dot-lock that is old. Two programs may find the same one old, and one of them its successor's lock in its
/// place: so it is moved aside first, looked at again, and put back if it is not the old one.
fn remove_stale(dot: &Path, stale: Duration) -> io::Result<()> {
    if !is_old(dot, stale) {
        return Ok(());
    }
    let aside = beside(dot, &format!(".{}", std::process::id()));
    match fs::rename(dot, &aside) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        moved => moved?,
    }
    if !is_old(&aside, stale) {
        fs::hard_link(&aside, dot)?;
    }
    fs::remove_file(&aside)
}

fn is_old(path: &Path, stale: Duration) -> bool {
    let age = fs::symlink_metadata(path)
        .and_then(|metadata| metadata.modified())
        .map(|at| at.elapsed().unwrap_or_default());
    age.is_ok_and(|age| age > stale)
}

#[cfg(unix)]
fn record_lock(file: &File) -> io::Result<bool> {
    use rustix::fs::{FlockOperation, fcntl_lock};
    use rustix::io::Errno;

    match fcntl_lock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(Errno::AGAIN | Errno::ACCESS) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(unix)]
fn is_still(path: &Path, file: &File) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    match (fs::metadata(path), file.metadata()) {
        (Ok(there), Ok(here)) => identity(there) == identity(here),
        _ => false,
    }
}

#[cfg(not(unix))]
fn record_lock(_: &File) -> io::Result<bool> {
    // The dot-lock is all that programs of other systems share.
    Ok(true)
}

#[cfg(not(unix))]
fn is_still(path: &Path, _: &File) -> bool {
    path.exists()
}
