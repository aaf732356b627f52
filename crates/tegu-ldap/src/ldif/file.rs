//! Reads values from files (`attribute:< file:...`).

use std::io::Read as _;
use std::path::{Path, PathBuf};

use tegu_outcome::file::SourceDir;

use crate::error::over_limit;
use crate::{Error, Result};

/// Reads what the URL names, if it lies below `allowed`: also after symbolic links and `..` are resolved.
pub(super) fn read(url: &str, allowed: Option<&Path>, limit: usize, what: &str) -> Result<Vec<u8>> {
    let forbidden = |why: &str| Error::config(format!("{what} {why}"));
    let Some(allowed) = allowed else {
        return Err(forbidden(
            "refers to a file or URL, which is opened only below a directory that the caller allows",
        ));
    };
    let path = path(url).ok_or_else(|| forbidden("refers to something other than a local file"))?;
    let io = |e: std::io::Error| Error::io("read", what, e);
    let allowed = allowed.canonicalize().map_err(io)?;
    // A path without a root is one below the allowed directory; joining an absolute one takes its place.
    let path = allowed.join(path).canonicalize().map_err(io)?;
    if !path.starts_with(&allowed) {
        return Err(forbidden("is a file outside the allowed directory"));
    }
    // What was put in its place since is not followed, and a pipe is not waited for.
    let below = path.strip_prefix(&allowed).unwrap_or(&path);
    let file = SourceDir::new(&allowed)
        .open(below)
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::InvalidInput => forbidden("is not a regular file"),
            _ => io(error),
        })?;
    let mut content = Vec::new();
    let ceiling = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    file.take(ceiling).read_to_end(&mut content).map_err(io)?;
    if content.len() > limit {
        return Err(over_limit(format!("{what} is a file of more than {limit} bytes")));
    }
    Ok(content)
}

/// Returns the path of a `file` URL (RFC 8089) on this machine.
fn path(url: &str) -> Option<PathBuf> {
    let (scheme, rest) = url.split_once(':')?;
    if !scheme.eq_ignore_ascii_case("file") {
        return None;
    }
    let rest = match rest.strip_prefix("//") {
        None => rest,
        Some(rest) => rest.strip_prefix("localhost").unwrap_or(rest),
    };
    if rest.starts_with("//") || (url.contains("//") && !rest.starts_with('/')) {
        return None;
    }
    let mut out = Vec::with_capacity(rest.len());
    let mut bytes = rest.bytes();
    while let Some(b) = bytes.next() {
        if b != b'%' {
            out.push(b);
            continue;
        }
        let digit = |b: Option<u8>| char::from(b?).to_digit(16);
        let (high, low) = (digit(bytes.next())?, digit(bytes.next())?);
        out.push(u8::try_from(high * 16 + low).ok()?);
    }
    let text = String::from_utf8(out).ok()?;
    (!text.is_empty() && !text.contains('\0')).then(|| text.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn only_files_below_the_directory_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let inside = dir.path().join("in");
        std::fs::create_dir(&inside).unwrap();
        std::fs::write(inside.join("a b.jpg"), b"\xff\xd8photo").unwrap();
        std::fs::write(dir.path().join("secret"), b"secret").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(dir.path().join("secret"), inside.join("link")).unwrap();
        let read = |url: &str| read(url, Some(&inside), 100, "the value").map_err(|e| e.kind());
        let absolute = format!("file://{}/a%20b.jpg", inside.display());
        assert_eq!(read(&absolute).unwrap(), b"\xff\xd8photo");
        assert_eq!(read("file:a%20b.jpg").unwrap(), b"\xff\xd8photo");
        let outside = format!("file://{}/secret", dir.path().display());
        for url in [
            &*outside,
            "file:../secret",
            "file:link",
            "file:.",
            "http://a.example/x",
            "file://host/x",
            "file:///etc/passwd",
        ] {
            assert_eq!(read(url), Err(ErrorKind::Config), "{url}");
        }
        assert_eq!(read("file:missing"), Err(ErrorKind::Io));
        assert_eq!(
            super::read("file:a%20b.jpg", Some(&inside), 3, "the value")
                .unwrap_err()
                .kind(),
            ErrorKind::Limit
        );
        assert_eq!(
            super::read(&absolute, None, 100, "the value").unwrap_err().kind(),
            ErrorKind::Config
        );
    }
}
