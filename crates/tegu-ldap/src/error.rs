//! The one error type of this crate.

use std::error::Error as StdError;
use std::fmt;

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, sorted by what the caller can do about it.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ErrorKind {
    /// The input (a file, a value) does not have the form it should have: mend or re-export it.
    Input,
    /// A limit of ours was reached: raise it if the data is trusted.
    Limit,
    /// Something was asked for that this crate never does, such as reading a password attribute.
    Forbidden,
    /// The caller's own settings (address of the server, profile, certificate file) are wrong.
    Config,
    /// Reading or writing a local file or stream failed.
    Io,
    /// The server could not be reached, or the connection broke.
    Connection,
    /// TLS could not be agreed on, or the server's certificate does not verify.
    Tls,
    /// The server refused the name or the password.
    Auth,
    /// The server answered a request with an error of its own.
    Refused,
    /// The server sent bytes that are not sound LDAP.
    Protocol,
    /// The time allowed ran out.
    Timeout,
}

/// An error: what was being done, to what, and why it failed, in one line.
///
/// The cause, where there is one, is the [`source`](StdError::source).
#[non_exhaustive]
pub struct Error {
    kind: ErrorKind,
    message: Box<str>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: one_line(message.into()).into(),
            source: None,
        }
    }

    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    pub(crate) fn input(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Input, message)
    }

    pub(crate) fn limit(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Limit, message)
    }

    /// What kind of failure this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Whether the same call may succeed later without any change.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self.kind, ErrorKind::Connection | ErrorKind::Timeout)
    }
}

/// Text from outside may hold line breaks; an error stays on one line.
fn one_line(text: String) -> String {
    if text.contains(char::is_control) {
        text.chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect()
    } else {
        text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Error");
        out.field("kind", &self.kind).field("message", &self.message);
        if let Some(source) = &self.source {
            out.field("source", source);
        }
        out.finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|s| s as &(dyn StdError + 'static))
    }
}

impl From<std::io::Error> for Error {
    fn from(source: std::io::Error) -> Self {
        Self::new(ErrorKind::Io, format!("reading or writing failed: {source}")).with_source(source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_line_even_when_its_data_is_not() {
        let error = Error::input("value a\nb\r\u{7}c");
        assert_eq!(error.to_string(), "value a b  c");
        assert!(!error.is_retryable());
    }
}
