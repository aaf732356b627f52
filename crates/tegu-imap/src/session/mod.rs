//! One connection to one server: who it is, what it can do, and the commands that a migration needs.
//!
//! A source is only ever opened with EXAMINE and read with BODY.PEEK, so that nothing on it changes.
//!
//! # Cancel safety
//!
//! A future of a [`Session`] that is dropped leaves the session usable: the next call first reads what the server
//! still answers. The exception is a command dropped while it waits for leave to send a literal; the next call then
//! fails with kind [`Disconnected`](ErrorKind::Disconnected). Messages of a dropped `append` may have been stored.

mod access;
mod append;
mod change;
mod connection;
mod credentials;
mod deflate;
mod delegated;
mod endpoint;
mod extensions;
mod folders;
mod login;
mod namespace;
mod read;
mod sasl;
mod status;
mod stream;
mod tls;

pub use append::{AppendAnswer, AppendMessage, AppendOutcome, Appender};
pub use credentials::{Credentials, TokenError, TokenRequest};
pub use delegated::{DelegatedLogin, ExchangeSeparator};
pub use endpoint::{Endpoint, Security, Timeouts};
pub use folders::{ListedMailbox, Selected};
pub use namespace::Namespaces;
pub use read::{Changes, FetchStream, Fetched, Part, PartHead, PartStream, RefusedFetch};
pub use status::MailboxStatus;

use crate::quirks::Quirks;
use crate::wire::{Capabilities, Command, Limits, Response, Status};
use crate::{Error, ErrorKind, Result, UidValidity};
use connection::Connection;

/// An authenticated connection.
#[derive(Debug)]
pub struct Session {
    connection: Connection,
    capabilities: Capabilities,
    quirks: Quirks,
    /// What ENABLE switched on.
    enabled: Capabilities,
    namespaces: Namespaces,
    limits: Limits,
    /// UIDVALIDITY of the mailbox that is open, and how many messages it held then.
    selected: Option<(UidValidity, u32)>,
}

impl Session {
    /// Connects, secures the connection as the endpoint says, logs in, and learns what the server is.
    ///
    /// # Errors
    ///
    /// Kind [`Connect`](ErrorKind::Connect) where nothing answers, [`Tls`](ErrorKind::Tls) where the certificate is
    /// not trusted, [`Authentication`](ErrorKind::Authentication) where the credentials are refused,
    /// [`Unsupported`](ErrorKind::Unsupported) where the server does not offer STARTTLS or the way to log in.
    pub async fn connect(endpoint: &Endpoint, credentials: &Credentials) -> Result<Self> {
        login::connect(endpoint, credentials).await
    }

    /// What the server offers, as of the login.
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// What the server is known to do.
    pub fn quirks(&self) -> &Quirks {
        &self.quirks
    }

    /// What the names of personal mailboxes other than INBOX begin with; mostly empty.
    pub fn namespace_prefix(&self) -> &str {
        self.namespaces
            .personal
            .first()
            .map_or("", |namespace| &namespace.prefix)
    }

    /// What parts the levels of personal names, where NAMESPACE told it; LIST tells it for each mailbox too.
    pub fn delimiter(&self) -> Option<char> {
        self.namespaces
            .personal
            .first()
            .and_then(|namespace| namespace.delimiter)
    }

    /// Where mailboxes of the user, of others and of all begin, where NAMESPACE told it.
    pub fn namespaces(&self) -> &Namespaces {
        &self.namespaces
    }

    /// Says goodbye. A server that hangs up first is no error.
    ///
    /// # Errors
    ///
    /// Kind [`Timeout`](ErrorKind::Timeout) where it neither answers nor hangs up.
    pub async fn logout(mut self) -> Result<()> {
        match self.connection.run(Command::new("LOGOUT"), |_| Ok(())).await {
            Err(error) if error.kind() == ErrorKind::Timeout => Err(error),
            _ => Ok(()),
        }
    }

    /// Runs a command that must end in OK.
    /// Whether a mailbox was opened: ENABLE is for the time before.
    pub(crate) fn has_opened(&self) -> bool {
        self.selected.is_some()
    }

    async fn run(
        &mut self,
        doing: &str,
        command: Command,
        each: impl FnMut(Response) -> Result<()>,
    ) -> Result<Status> {
        let status = self.connection.run(command, each).await?;
        self.expect_ok(doing, status)
    }

    fn expect_ok(&self, doing: &str, status: Status) -> Result<Status> {
        if status.condition == crate::wire::Condition::Ok {
            return Ok(status);
        }
        Err(self.connection.refused(doing, &status))
    }

    fn limit(&self, what: &str, limit: usize) -> Error {
        Error::new(
            ErrorKind::Limit,
            format!("read from {}: more than {limit} {what}", self.connection.peer()),
        )
    }
}
