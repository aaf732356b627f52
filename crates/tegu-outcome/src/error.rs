//! The error type that all tegu crates share.

use crate::text::one_line;
use std::{error::Error as StdError, fmt, time::Duration};

/// The result of a fallible function of a tegu crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, named by what the caller does next.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The server refused the user name, the password or the token. Ask for other credentials.
    Authentication,
    /// The caller cancelled the operation. What was journaled stands; a new run resumes.
    Cancelled,
    /// An argument or a configuration is wrong; the message names it. Correct it.
    Config,
    /// The server could not be reached, or the connection broke. Try again later.
    Connect,
    /// Another process uses the file, the journal or the mailbox. Try again later.
    InUse,
    /// A defect of this program. Report it.
    Internal,
    /// A local file could not be read or written.
    Io,
    /// The journal or a ledger is damaged, of another version, or belongs to another job.
    Journal,
    /// Another worker has taken over the job. Leave the job alone at once.
    LeaseLost,
    /// A named limit was exceeded. Raise it if the data is trusted, or treat the item by hand.
    Limit,
    /// Writing this would lose something; [`Error::find_source`] returns the finding. Nothing was written.
    Lossy,
    /// The data is not of the expected format. Repair or export it again, or give it to a person.
    Malformed,
    /// The server or the file has no such object.
    NotFound,
    /// The peer sent what the protocol does not allow at this point.
    Protocol,
    /// The server understood the request and said no.
    Refused,
    /// The server is busy and asks to wait; [`Error::retry_after`] says how long. Slow down.
    Throttled,
    /// The peer did not answer in time. Try again later, with smaller requests.
    Timeout,
    /// TLS could not be set up, most often because the certificate is not trusted. Check the trust settings.
    Tls,
    /// The server lacks a capability that the operation needs.
    Unsupported,
}

/// Who has to act on an [`Error`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Blame {
    /// The server or the data that items come from.
    Source,
    /// The server that items go to.
    Target,
    /// The other end of a connection that is not known to be a source or a target.
    Peer,
    /// Whatever lies between here and the peer.
    Network,
    /// The caller's configuration, arguments or credentials.
    Config,
    /// This machine or this program: disk, journal, lease.
    Us,
}

impl Blame {
    /// Returns the name in reports: `source`, `target`, `peer`, `network`, `config` or `us`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Target => "target",
            Self::Peer => "peer",
            Self::Network => "network",
            Self::Config => "config",
            Self::Us => "us",
        }
    }
}

impl fmt::Display for Blame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An operation that failed: what was being done, to what, why, who is to blame, and whether a retry may help.
///
/// `Display` is one line without control characters. It holds no secret. Causes below this one are in
/// [`source`](StdError::source).
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    blame: Blame,
    retryable: bool,
    retry_after: Option<Duration>,
    context: String,
    operation: String,
    subject: String,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// Makes an error. Blame and retry follow from `kind` until they are set.
    pub fn new(kind: ErrorKind, message: impl fmt::Display) -> Self {
        Self(Box::new(Inner {
            kind,
            blame: default_blame(kind),
            retryable: matches!(
                kind,
                ErrorKind::Connect | ErrorKind::InUse | ErrorKind::Throttled | ErrorKind::Timeout
            ),
            retry_after: None,
            context: String::new(),
            operation: String::new(),
            subject: String::new(),
            message: one_line(&message.to_string()),
            source: None,
        }))
    }

    /// Makes an error of kind [`Config`](ErrorKind::Config).
    pub fn config(message: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    /// Makes an error of kind [`Cancelled`](ErrorKind::Cancelled), as a gate or a callback returns it to end a run.
    pub fn cancelled(message: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Cancelled, message)
    }

    /// Makes an error of kind [`Io`](ErrorKind::Io): `operation` on `subject` failed with `error`.
    ///
    /// A full disk and the like count as retryable.
    pub fn io(operation: impl fmt::Display, subject: impl fmt::Display, error: std::io::Error) -> Self {
        use std::io::ErrorKind as Io;
        let passing = matches!(
            error.kind(),
            Io::Interrupted | Io::ResourceBusy | Io::StorageFull | Io::TimedOut | Io::WouldBlock
        );
        Self::new(ErrorKind::Io, &error)
            .doing(operation, subject)
            .retryable(passing)
            .with_source(error)
    }

    /// Makes an error of kind [`Journal`](ErrorKind::Journal) from an integrator's own journal or ledger. If `error` is an
    /// [`Error`], it is returned unchanged.
    pub fn journal(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        match error.into().downcast::<Self>() {
            Ok(error) => *error,
            Err(error) => Self::new(ErrorKind::Journal, &error).with_source(error),
        }
    }

    /// Says what was being done and to what: `append to`, `INBOX`. `Display` shows both in front of the message.
    ///
    /// An error keeps the operation that is nearest to its cause: further calls add to the front of the message only.
    #[must_use]
    pub fn doing(mut self, operation: impl fmt::Display, subject: impl fmt::Display) -> Self {
        let (operation, subject) = (one_line(&operation.to_string()), one_line(&subject.to_string()));
        if self.0.operation.is_empty() {
            self.0.operation = operation;
            self.0.subject = subject;
            self
        } else {
            self.context(format_args!("{operation} {subject}"))
        }
    }

    /// Puts `context` and a colon in front of the line that `Display` shows.
    #[must_use]
    pub fn context(mut self, context: impl fmt::Display) -> Self {
        let outer = one_line(&context.to_string());
        let inner = std::mem::take(&mut self.0.context);
        self.0.context = format!("{outer}: {inner}");
        self
    }

    /// Adds the cause, which [`source`](StdError::source) returns.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Says whether the same call may succeed later with nothing changed.
    #[must_use]
    pub fn retryable(mut self, retryable: bool) -> Self {
        self.0.retryable = retryable;
        self
    }

    /// Says how long the peer asked to wait before the next try. `Some` makes the error retryable.
    #[must_use]
    pub fn after(mut self, wait: Option<Duration>) -> Self {
        self.0.retryable |= wait.is_some();
        self.0.retry_after = wait;
        self
    }

    /// Says who has to act.
    #[must_use]
    pub fn with_blame(mut self, blame: Blame) -> Self {
        self.0.blame = blame;
        self
    }

    /// Turns [`Blame::Peer`] into [`Blame::Source`]. Other blame stays.
    #[must_use]
    pub fn at_source(self) -> Self {
        self.peer_is(Blame::Source)
    }

    /// Turns [`Blame::Peer`] into [`Blame::Target`]. Other blame stays.
    #[must_use]
    pub fn at_target(self) -> Self {
        self.peer_is(Blame::Target)
    }

    fn peer_is(mut self, blame: Blame) -> Self {
        if self.0.blame == Blame::Peer {
            self.0.blame = blame;
        }
        self
    }

    /// Returns what the caller can do about the error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns who has to act.
    #[must_use]
    pub fn blame(&self) -> Blame {
        self.0.blame
    }

    /// Returns whether the error is about one object alone, such as a message, so that others on the same server may still work: it is
    /// of kind [`Limit`](ErrorKind::Limit), [`Lossy`](ErrorKind::Lossy), [`Malformed`](ErrorKind::Malformed),
    /// [`NotFound`](ErrorKind::NotFound), [`Protocol`](ErrorKind::Protocol), [`Refused`](ErrorKind::Refused) or
    /// [`Unsupported`](ErrorKind::Unsupported), and a retry would not help.
    #[must_use]
    pub fn concerns_one_object(&self) -> bool {
        let of_object = matches!(
            self.kind(),
            ErrorKind::Limit
                | ErrorKind::Lossy
                | ErrorKind::Malformed
                | ErrorKind::NotFound
                | ErrorKind::Protocol
                | ErrorKind::Refused
                | ErrorKind::Unsupported
        );
        of_object && !self.is_retryable()
    }

    /// Returns whether the same call may succeed later with nothing changed.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.0.retryable
    }

    /// Returns how long the peer asked to wait, if it said so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns what was being done, or an empty string: `append to`.
    #[must_use]
    pub fn operation(&self) -> &str {
        &self.0.operation
    }

    /// Returns what it was being done to, or an empty string: `INBOX`.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// Returns the reason alone, without operation and subject.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the first cause of type `T`, however deep it is.
    #[must_use]
    pub fn find_source<T: StdError + 'static>(&self) -> Option<&T> {
        let mut next = StdError::source(self);
        while let Some(error) = next {
            if let Some(found) = error.downcast_ref() {
                return Some(found);
            }
            next = error.source();
        }
        None
    }
}

fn default_blame(kind: ErrorKind) -> Blame {
    match kind {
        ErrorKind::Authentication | ErrorKind::Cancelled | ErrorKind::Config => Blame::Config,
        ErrorKind::Connect | ErrorKind::Timeout => Blame::Network,
        ErrorKind::InUse
        | ErrorKind::Internal
        | ErrorKind::Io
        | ErrorKind::Journal
        | ErrorKind::LeaseLost => Blame::Us,
        ErrorKind::Limit
        | ErrorKind::Lossy
        | ErrorKind::Malformed
        | ErrorKind::NotFound
        | ErrorKind::Protocol
        | ErrorKind::Refused
        | ErrorKind::Throttled
        | ErrorKind::Tls
        | ErrorKind::Unsupported => Blame::Peer,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        f.write_str(&inner.context)?;
        if !inner.operation.is_empty() {
            f.write_str(&inner.operation)?;
            if !inner.subject.is_empty() {
                write!(f, " {}", inner.subject)?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&inner.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        let mut out = f.debug_struct("Error");
        out.field("kind", &inner.kind)
            .field("blame", &inner.blame)
            .field("message", &self.to_string())
            .field("retryable", &inner.retryable);
        if let Some(source) = &inner.source {
            out.field("source", source);
        }
        out.finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_is_one_printable_line() {
        let error = Error::new(ErrorKind::Refused, "NO \x1b[31mfull\r\nreally")
            .doing("append to", "a\nb")
            .context("account anna");
        assert_eq!(
            error.to_string(),
            "account anna: append to a b: NO [31mfull really"
        );
        assert_eq!(error.subject(), "a b");
    }

    #[test]
    fn the_innermost_operation_stays() {
        let error = Error::new(ErrorKind::Timeout, "no answer")
            .doing("select", "INBOX")
            .doing("copy", "anna");
        assert_eq!(error.to_string(), "copy anna: select INBOX: no answer");
        assert_eq!((error.operation(), error.subject()), ("select", "INBOX"));
        assert!(error.is_retryable());
    }

    #[test]
    fn sides_take_the_blame_of_the_peer_only() {
        let refused = Error::new(ErrorKind::Refused, "403").at_source();
        assert_eq!(refused.blame(), Blame::Source);
        assert_eq!(refused.at_target().blame(), Blame::Source);
        let broken = Error::new(ErrorKind::Connect, "reset").at_source();
        assert_eq!(broken.blame(), Blame::Network);
    }

    #[test]
    fn a_journal_error_of_ours_comes_back_unchanged() {
        let lost = Error::new(ErrorKind::LeaseLost, "taken over");
        assert_eq!(Error::journal(lost).kind(), ErrorKind::LeaseLost);
        let foreign = Error::journal("disk on fire");
        assert_eq!(foreign.kind(), ErrorKind::Journal);
        assert_eq!(foreign.to_string(), "disk on fire");
    }

    #[test]
    fn causes_are_found_at_any_depth() {
        let io = std::io::Error::from(std::io::ErrorKind::StorageFull);
        let error = Error::new(ErrorKind::Journal, "flush").with_source(Error::io("write", "journal", io));
        assert!(error.find_source::<std::io::Error>().is_some());
        assert!(error.find_source::<fmt::Error>().is_none());
    }
}
