//! Opening files by names that somebody else may have taken.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use tegu_outcome::file;

use crate::{Error, Result};

/// Opens `path` for reading and writing, or creates it with mode 0600. Neither a link nor anything but a regular file is opened.
pub(super) fn open(path: &Path) -> Result<File> {
    let found = open_or_create(path, OpenOptions::new().read(true).write(true));
    found.map_err(|error| Error::io("open", path.display(), error))
}

/// Opens `path` with these options, or creates it with mode 0600, and syncs the directory then.
#[allow(clippy::disallowed_methods, reason = "private, and no link in its place")]
pub(crate) fn open_or_create(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    file::private(options);
    loop {
        match regular(path, options) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            opened => return opened,
        }
        // A name that is taken by a link without a target is not created: the link is refused when it is opened.
        match options.clone().create_new(true).open(path) {
            Ok(created) => {
                file::sync_dir(file::directory(path))?;
                return Ok(created);
            }
            // Another program was faster.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

/// Opens `path` for reading, if it is a regular file and not a link.
#[cfg(any(feature = "sidecar", test))]
pub(crate) fn open_to_read(path: &Path) -> io::Result<File> {
    regular(path, OpenOptions::new().read(true))
}

#[allow(clippy::disallowed_methods, reason = "no link in its place, and no pipe")]
fn regular(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt as _;
        // A pipe without another end would be waited for.
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        options.custom_flags(flags.bits().cast_signed());
    }
    let refused = |what: &str| io::Error::new(io::ErrorKind::InvalidInput, format!("it is {what}"));
    if fs::symlink_metadata(path)?.is_symlink() {
        return Err(refused("a link"));
    }
    // What became a link since then is not followed either, except on Windows.
    let file = options.open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(refused("not a regular file"))
    }
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use std::os::unix::fs::symlink;

    /// Links and pipes where a file is expected are refused, at once.
    #[test]
    fn what_is_planted_is_not_opened() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("secret"), "theirs").unwrap();
        symlink(at("secret"), at("link")).unwrap();
        symlink(at("nowhere"), at("dangling")).unwrap();
        symlink(at("loop"), at("loop")).unwrap();
        fs::create_dir(at("directory")).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            at("pipe"),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
            0,
        )
        .unwrap();
        for name in ["link", "dangling", "loop", "directory", "pipe"] {
            assert!(open(&at(name)).is_err(), "{name}");
            assert!(open_to_read(&at(name)).is_err(), "{name}");
            assert!(
                open_or_create(&at(name), OpenOptions::new().append(true)).is_err(),
                "{name}"
            );
        }
        assert_eq!(fs::read(at("secret")).unwrap(), b"theirs");
        assert!(!at("nowhere").exists());
        assert!(open(&at("new")).is_ok() && open(&at("secret")).is_ok());
    }
}
