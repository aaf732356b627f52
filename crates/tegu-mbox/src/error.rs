//! The one error type of this crate.

use std::fmt;
use std::io;
use std::path::Path;

use crate::Finding;

/// The result of an operation of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, while doing what, and to what.
///
/// `Display` is one line; the cause below it, if any, is in [`source`](std::error::Error::source).
#[derive(Debug, thiserror::Error)]
#[error("{context}: {reason}")]
#[non_exhaustive]
pub struct Error {
    kind: ErrorKind,
    context: String,
    reason: Reason,
    #[source]
    source: Option<io::Error>,
}

/// What the caller can do next about an [`Error`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Reading or writing failed; [`Error::is_retryable`] says whether again may help.
    Io,
    /// Another program holds the file. Later it may not.
    Locked,
    /// The bytes are no mbox; the error says what they look like. Choose another reader.
    NotMbox,
    /// A limit was reached. Raise the named limit, or leave the item out.
    TooLarge,
    /// The variant cannot carry these bytes; [`Error::finding`] says why. Nothing was written.
    Unrepresentable,
    /// The file ends inside a message. Recover it or cut it back to a known length first.
    Damaged,
}

#[derive(Debug)]
enum Reason {
    Finding(Finding),
    Io(String),
    Text(String),
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, context: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            kind,
            context: context.into(),
            reason: Reason::Text(reason.into()),
            source: None,
        }
    }

    pub(crate) fn io(context: impl Into<String>, source: io::Error) -> Self {
        Self {
            kind: ErrorKind::Io,
            context: context.into(),
            reason: Reason::Io(source.to_string()),
            source: Some(source),
        }
    }

    /// An I/O error while doing `what` to `path`.
    pub(crate) fn at(what: &str, path: &Path, source: io::Error) -> Self {
        Self::io(format!("{what} {}", path.display()), source)
    }

    pub(crate) fn unrepresentable(context: impl Into<String>, finding: Finding) -> Self {
        Self {
            kind: ErrorKind::Unrepresentable,
            context: context.into(),
            reason: Reason::Finding(finding),
            source: None,
        }
    }

    /// What the caller can do next.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Why the variant cannot carry the message, for [`ErrorKind::Unrepresentable`].
    pub fn finding(&self) -> Option<&Finding> {
        match &self.reason {
            Reason::Finding(finding) => Some(finding),
            Reason::Io(_) | Reason::Text(_) => None,
        }
    }

    /// Whether the same call may succeed later with nothing changed.
    pub fn is_retryable(&self) -> bool {
        self.kind == ErrorKind::Locked
            || self.source.as_ref().is_some_and(|source| {
                matches!(
                    source.kind(),
                    io::ErrorKind::Interrupted
                        | io::ErrorKind::ResourceBusy
                        | io::ErrorKind::StorageFull
                        | io::ErrorKind::TimedOut
                        | io::ErrorKind::WouldBlock
                )
            })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finding(finding) => finding.fmt(f),
            Self::Io(text) | Self::Text(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn one_line_with_the_path_and_the_cause_below() {
        let error = Error::at("open", Path::new("/a/b"), io::Error::other("no such thing"));
        assert_eq!(error.to_string(), "open /a/b: no such thing");
        assert!(error.source().is_some());
        assert!(!error.is_retryable());
        assert_eq!(error.kind(), ErrorKind::Io);
    }

    #[test]
    fn a_full_disk_may_have_room_later() {
        let error = Error::io("append", io::Error::from(io::ErrorKind::StorageFull));
        assert!(error.is_retryable());
    }
}
