//! The crate's one error type.

use std::fmt;
use std::time::Duration;

/// What a caller can do about an [`Error`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The host does not resolve or nothing answers on the port: check host, port and network.
    Connect,
    /// TLS could not be set up, most often because the certificate is not trusted: add a root or correct the
    /// host name.
    Tls,
    /// User name, password or the right to the mailbox is wrong: ask for other credentials. Not worth a retry.
    Authentication,
    /// The server lacks something that the call cannot do without.
    Unsupported,
    /// The server understood and said no.
    Refused,
    /// The mailbox does not exist.
    NotFound,
    /// The server asks to wait; [`Error::retry_after`] says how long.
    Throttled,
    /// The connection ended: connect again and go on.
    Disconnected,
    /// Nothing came within the time allowed: connect again and go on.
    Timeout,
    /// The server sent what the protocol does not allow at this point.
    Protocol,
    /// A limit of this crate was exceeded: raise it, if the server is trusted.
    Limit,
    /// The caller's argument cannot be sent.
    Invalid,
    /// The ledger cannot be read or written: see what it says, and run again when that is mended.
    Ledger,
    /// The caller's gate ended the run.
    Stopped,
}

/// An operation that failed: what was being done, to what, and why.
///
/// `Display` is one line and holds no secret; what the server said in it is stripped of control characters.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct Error {
    kind: ErrorKind,
    message: String,
    transient: bool,
    retry_after: Option<Duration>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// A result whose error is this crate's [`Error`] unless said otherwise.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// What the caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Whether the same call may succeed later, after a new connection.
    pub fn is_retryable(&self) -> bool {
        self.transient
    }

    /// How long the server asked to wait, where it said so.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// An error of the caller's own [ledger](crate::ledger::Ledger); the run ends with it, and
    /// [`source`](std::error::Error::source) gives it back.
    pub fn ledger(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let error = error.into();
        Self::new(ErrorKind::Ledger, &error).with_source(error)
    }

    /// What a caller's gate returns to end a run in good order.
    pub fn stopped(why: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Stopped, why)
    }

    pub(crate) fn new(kind: ErrorKind, message: impl fmt::Display) -> Self {
        let transient = matches!(
            kind,
            ErrorKind::Connect | ErrorKind::Throttled | ErrorKind::Disconnected | ErrorKind::Timeout
        );
        Self {
            kind,
            message: one_line(&message.to_string()),
            transient,
            retry_after: None,
            source: None,
        }
    }

    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    #[cfg(feature = "client")]
    pub(crate) fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
        self
    }

    #[cfg(feature = "client")]
    pub(crate) fn transient(mut self, transient: bool) -> Self {
        self.transient = transient;
        self
    }
}

/// Peers choose part of the text, so control characters (line ends, terminal escapes) and length are bounded.
pub(crate) fn one_line(text: &str) -> String {
    const LONGEST: usize = 400;
    let mut line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(LONGEST)
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_is_one_line_without_escapes() {
        let error = Error::new(ErrorKind::Refused, "select \u{1b}[2J\r\nx: no");
        assert_eq!(error.to_string(), "select  [2J  x: no");
        assert!(!error.is_retryable());
    }

    #[test]
    fn long_text_is_cut() {
        assert_eq!(one_line(&"я".repeat(5000)).chars().count(), 401);
    }
}
