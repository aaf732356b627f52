//! One connection to one server: its identity, its capabilities, and the commands that a migration needs.
//!
//! A source is opened with EXAMINE and read with BODY.PEEK only, so that nothing on it changes.
//!
//! # Cancel safety
//!
//! If a future of a [`Session`] is dropped, the session stays usable: the next call first reads what is left of the
//! server's answers. The exception is a command that is dropped while it waits for permission to send a literal; the next call then
//! fails with kind [`Connect`](ErrorKind::Connect). Messages of a dropped `append` may have been stored.

mod access;
mod append;
mod change;
mod connection;
mod deflate;
mod delegated;
mod extensions;
mod folders;
#[cfg(all(feature = "gssapi", unix))]
mod gssapi;
mod login;
mod namespace;
mod options;
mod patience;
mod read;
mod same;
mod sasl;
mod status;

pub use append::{AppendAnswer, AppendMessage, AppendOutcome, Appender};
#[cfg(fuzzing)]
#[doc(hidden)]
pub use deflate::fuzz_deflate;
pub use delegated::{DelegatedLogin, ExchangeSeparator};
pub use folders::{ListedMailbox, Selected};
pub use namespace::Namespaces;
pub use options::SessionOptions;
pub use read::{Changes, FetchStream, Fetched, Part, PartHead, PartStream, RefusedFetch};
pub use same::{Probe, SharedMailbox, refuse_same_mailbox};
pub use status::MailboxStatus;

use std::time::Duration;

use crate::quirks::Quirks;
use crate::wire::{Capabilities, Command, Limits, Response, Status};
use crate::{Blame, Error, ErrorKind, Result, UidValidity};
use connection::{Connection, Doing};
use same::Place;
use tegu_net::{Credentials, Endpoint, Stream};

/// How long to wait for the answer to a goodbye.
const LOGOUT: Duration = Duration::from_secs(10);

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
    /// Where it is connected, and as whom.
    place: Place,
}

impl Session {
    /// Connects, sets up TLS as the endpoint says, logs in, and detects the server.
    ///
    /// A password is sent with `LOGIN`, or with SASL PLAIN if the server forbids `LOGIN`, if the credentials act for another user,
    /// or if they require that mechanism. A token is sent with OAUTHBEARER (RFC 7628) or, if the server does not offer that, with
    /// XOAUTH2. EXTERNAL relies on the client certificate of the endpoint. With the feature `gssapi`, a Kerberos ticket for `imap` on the
    /// endpoint's host is sent with GSSAPI (RFC 4752).
    ///
    /// # Errors
    ///
    /// Kind [`Connect`](ErrorKind::Connect) or [`Timeout`](ErrorKind::Timeout) if nothing answers,
    /// [`Tls`](ErrorKind::Tls) if the certificate is not trusted, [`Authentication`](ErrorKind::Authentication) if the server
    /// refuses the credentials, [`Unsupported`](ErrorKind::Unsupported) if it offers neither STARTTLS nor a mechanism for
    /// the credentials.
    pub async fn connect(endpoint: &Endpoint, credentials: &Credentials) -> Result<Self> {
        Self::connect_with(endpoint, credentials, &SessionOptions::default()).await
    }

    /// Connects like [`connect`](Self::connect), with options.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub async fn connect_with(
        endpoint: &Endpoint,
        credentials: &Credentials,
        options: &SessionOptions,
    ) -> Result<Self> {
        let stream = endpoint.connect().await?;
        Self::from_stream(stream, endpoint, credentials, options).await
    }

    /// Logs in over a stream that the caller has connected.
    ///
    /// `endpoint` names the server in errors and to OAuth, and sets the time-outs. With an `imap` endpoint TLS begins with
    /// STARTTLS, as in [`connect`](Self::connect). With an `imaps` endpoint the stream must be encrypted already.
    ///
    /// ```
    /// use tegu_imap::{Credentials, Endpoint, Session, SessionOptions};
    /// use tegu_net::Stream;
    ///
    /// # async fn example(tunnel: tokio::io::DuplexStream) -> tegu_imap::Result<Session> {
    /// let endpoint = Endpoint::new("imaps://mail.example.org")?;
    /// let anna = Credentials::password("anna", "secret".to_owned());
    /// Session::from_stream(Stream::new(tunnel), &endpoint, &anna, &SessionOptions::default()).await
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub async fn from_stream(
        stream: Stream,
        endpoint: &Endpoint,
        credentials: &Credentials,
        options: &SessionOptions,
    ) -> Result<Self> {
        login::log_in(stream, endpoint, credentials, options).await
    }

    /// Blames this side instead of [`Blame::Peer`] for what the server does wrong from here on.
    pub fn blame(&mut self, side: Blame) {
        self.connection.blame = side;
    }

    /// Returns the server's capabilities after login.
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Returns what the server is known to do.
    pub fn quirks(&self) -> &Quirks {
        &self.quirks
    }

    /// Returns the prefix of personal mailboxes other than INBOX; usually empty.
    pub fn namespace_prefix(&self) -> &str {
        self.namespaces
            .personal
            .first()
            .map_or("", |namespace| &namespace.prefix)
    }

    /// Returns the hierarchy delimiter of personal mailboxes, if NAMESPACE said it. LIST says it for each mailbox too.
    pub fn delimiter(&self) -> Option<char> {
        self.namespaces
            .personal
            .first()
            .and_then(|namespace| namespace.delimiter)
    }

    /// Returns the server's namespaces, if it has NAMESPACE.
    pub fn namespaces(&self) -> &Namespaces {
        &self.namespaces
    }

    /// Says goodbye. It is not an error if the server hangs up first.
    ///
    /// # Errors
    ///
    /// Kind [`Timeout`](ErrorKind::Timeout) if it neither answers nor hangs up within ten seconds.
    pub async fn logout(mut self) -> Result<()> {
        self.connection.shorten_wait(LOGOUT);
        match self.connection.run(Command::new("LOGOUT"), |_| Ok(())).await {
            Err(error) if error.kind() == ErrorKind::Timeout => Err(error),
            _ => Ok(()),
        }
    }

    /// Whether a mailbox was opened: ENABLE is for the time before.
    pub(crate) fn has_opened(&self) -> bool {
        self.selected.is_some()
    }

    /// Runs a command that must end in OK.
    async fn run(
        &mut self,
        doing: Doing<'_>,
        command: Command,
        each: impl FnMut(Response) -> Result<()> + Send,
    ) -> Result<Status> {
        let status = self.connection.run(command, each).await?;
        self.expect_ok(doing, status)
    }

    fn expect_ok(&self, doing: Doing<'_>, status: Status) -> Result<Status> {
        if status.condition == crate::wire::Condition::Ok {
            return Ok(status);
        }
        Err(self.connection.refused(doing, &status))
    }

    fn limit(&self, what: &str, limit: usize) -> Error {
        self.connection
            .error(ErrorKind::Limit, format!("more than {limit} {what}"))
    }
}
