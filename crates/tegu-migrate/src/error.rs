//! The one error type of this crate.

use std::{fmt, time::Duration};

/// The result of everything that can fail here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, seen from what the caller does next.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A server refused the name or the password.
    Authentication,
    /// The run was cancelled; what had been journaled stands, and a new run goes on from there.
    Cancelled,
    /// The configuration is wrong; the message names the key or the file.
    Config,
    /// A server could not be reached, or the connection broke; a retry may help.
    Connect,
    /// The job directory belongs to another job, or holds things that no job made.
    ForeignDirectory,
    /// Reading or writing a local file failed.
    Io,
    /// The journal is damaged, of another version, or in use by another process.
    Journal,
    /// Another worker has taken the job over: this one must leave it alone at once.
    LeaseLost,
    /// What the source holds could not be read.
    Source,
    /// The target refused, or answered what it must not.
    Target,
    /// A certificate does not verify.
    Tls,
}

/// An error: one line that says what was being done, and to what.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    retryable: bool,
    retry_after: Option<Duration>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// Makes an error of an integrator's own source or target.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let retryable = matches!(kind, ErrorKind::Connect);
        Self {
            kind,
            message: one_line(&message.into()),
            retryable,
            retry_after: None,
            source: None,
        }
    }

    /// Adds the cause, which [`std::error::Error::source`] then returns.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Says whether the same call may succeed later.
    #[must_use]
    pub fn retryable(mut self, retryable: bool) -> Self {
        self.retryable = retryable;
        self
    }

    /// How long the peer asked to wait.
    #[must_use]
    pub fn after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
        self
    }

    /// Puts what was being done in front of the message.
    #[must_use]
    pub fn context(mut self, doing: impl fmt::Display) -> Self {
        self.message = one_line(&format!("{doing}: {}", self.message));
        self
    }

    /// What the caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Whether the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        self.retryable
    }

    /// How long the peer asked to wait before the call is made again.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Says that the source is to blame, where the error does not say otherwise.
    pub(crate) fn at_source(mut self) -> Self {
        if self.kind == ErrorKind::Target {
            self.kind = ErrorKind::Source;
        }
        self
    }

    /// Says that the target is to blame, where the error does not say otherwise.
    pub(crate) fn at_target(self) -> Self {
        self
    }

    pub(crate) fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    pub(crate) fn io(doing: impl fmt::Display, error: std::io::Error) -> Self {
        Self::new(ErrorKind::Io, format!("{doing}: {error}")).with_source(error)
    }

    pub(crate) fn cancelled() -> Self {
        Self::new(
            ErrorKind::Cancelled,
            "the run was cancelled; start it again to go on",
        )
    }
}

/// Whether an error is about one object alone, so that others of the same server may still work.
pub(crate) fn concerns_one_object(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Source | ErrorKind::Target) && !error.is_retryable()
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

impl From<tegu_outcome::Error> for Error {
    fn from(error: tegu_outcome::Error) -> Self {
        use tegu_outcome::{Blame, ErrorKind as Kind};
        // What our own journal or gate said comes back as it was.
        if let Some(ours) = error.find_source::<Self>() {
            return Self::new(ours.kind(), ours.to_string()).retryable(ours.is_retryable());
        }
        let kind = match (error.kind(), error.blame()) {
            (Kind::Authentication, _) => ErrorKind::Authentication,
            (Kind::Cancelled, _) => ErrorKind::Cancelled,
            (Kind::Config, _) => ErrorKind::Config,
            (Kind::Connect | Kind::Throttled | Kind::Timeout, _) => ErrorKind::Connect,
            (Kind::Io, _) => ErrorKind::Io,
            (Kind::InUse | Kind::Journal, _) => ErrorKind::Journal,
            (Kind::LeaseLost, _) => ErrorKind::LeaseLost,
            (Kind::Tls, _) => ErrorKind::Tls,
            (_, Blame::Source) => ErrorKind::Source,
            _ => ErrorKind::Target,
        };
        let (retryable, wait) = (error.is_retryable(), error.retry_after());
        Self::new(kind, error.to_string())
            .retryable(retryable)
            .after(wait)
            .with_source(error)
    }
}

/// Servers put line ends and terminal escapes into their texts; an error stays one printable line.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for part in text
        .split(|c: char| c.is_control())
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(part);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_printable_line() {
        let error = Error::new(ErrorKind::Target, "NO \x1b[31mfull\r\nreally").context("storing a message");
        assert_eq!(error.to_string(), "storing a message: NO [31mfull really");
    }
}
