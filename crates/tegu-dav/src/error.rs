//! The crate's one error type.

use std::error::Error as StdError;
use std::fmt;

/// The result of this crate's fallible functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, while doing what.
///
/// Opaque on purpose: match on [`Error::kind`], print with `Display` (always one line), and follow
/// [`source`](StdError::source) for the cause below.
#[derive(Debug)]
#[non_exhaustive]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// Named by what the caller does next.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The caller passed something that can never work, such as a URL without a host. Fix the call.
    Argument,
    /// The server refused the credentials, or wants some. Ask for others.
    Auth,
    /// The ledger cannot be read or written, or is damaged. Look at its file.
    Ledger,
    /// Input or answer is larger than a limit allows. Raise the limit, or treat the input by hand.
    Limit,
    /// The address asked for does not exist on the server.
    NotFound,
    /// The server answered with something that is no WebDAV answer, or that it must not say.
    Protocol,
    /// The server understood and said no.
    Refused,
    /// The certificate did not verify or the handshake failed. Look at the trust settings.
    Tls,
    /// The server could not be reached, broke off, or asked to come back later. Try again.
    Unavailable,
    /// The input is not of the format that was asked for, as a whole. Give it to a person.
    Unreadable,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: one_line(&message.into()),
            source: None,
        }
    }

    #[cfg_attr(not(feature = "client"), allow(dead_code))]
    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What the caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Whether the same call may succeed later without anything being changed.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.kind == ErrorKind::Unavailable
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}

/// Text from outside cut to a length that fits a report, without line breaks and controls.
pub(crate) fn one_line(text: &str) -> String {
    const MOST: usize = 300;
    let mut out: String = text
        .chars()
        .take(MOST)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.chars().nth(MOST).is_some() {
        out.push('…');
    }
    out
}
