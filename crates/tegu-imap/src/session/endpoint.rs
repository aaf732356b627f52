//! Where to connect, and as whom.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;

use crate::wire::Limits;

/// How a connection is protected.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Security {
    /// TLS from the first octet; port 993 as a rule.
    Tls,
    /// TLS after `STARTTLS`; port 143 as a rule. A server that does not offer it is an error, never a fallback.
    StartTls,
    /// No protection: everything, the password included, travels in the clear.
    PlainText,
}

/// How long to wait before a peer counts as gone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Timeouts {
    /// For the TCP connection and for the TLS handshake, each. Default 20 s.
    pub connect: Duration,
    /// Between any two octets while an answer is awaited. Default 120 s: servers take their time over large folders.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            idle: Duration::from_secs(120),
        }
    }
}

/// A server, and the terms on which to talk to it.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: Security,
    pub(super) extra_roots_pem: Vec<Vec<u8>>,
    pub(super) verify: bool,
    pub(super) timeouts: Timeouts,
    pub(super) limits: Limits,
}

impl Endpoint {
    /// A server by host name or address, with certificates checked against the platform's roots.
    pub fn new(host: impl Into<String>, port: u16, security: Security) -> Self {
        Self {
            host: host.into(),
            port,
            security,
            extra_roots_pem: Vec::new(),
            verify: true,
            timeouts: Timeouts::default(),
            limits: Limits::default(),
        }
    }

    /// Trusts these certificates (PEM, one or more) beside the platform's roots.
    #[must_use]
    pub fn with_extra_roots_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.extra_roots_pem.push(pem.into());
        self
    }

    /// Accepts any certificate: anyone between here and the server can read and change everything.
    #[must_use]
    pub fn dangerously_accept_any_certificate(mut self) -> Self {
        self.verify = false;
        self
    }

    /// Waits for so long.
    #[must_use]
    pub fn with_timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Holds no more than this of what the server sends.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The host name or address.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// Who logs in. `Debug` shows the user, never the secret.
#[derive(Clone, Debug)]
pub struct Credentials {
    pub(super) method: Method,
    pub(super) user: String,
    pub(super) secret: SecretString,
}

#[derive(Clone, Debug)]
pub(super) enum Method {
    Login,
    Plain { authorise_as: Option<String> },
}

impl Credentials {
    /// The `LOGIN` command; where the server forbids it but offers SASL PLAIN, that.
    pub fn login(user: impl Into<String>, secret: SecretString) -> Self {
        Self {
            method: Method::Login,
            user: user.into(),
            secret,
        }
    }

    /// SASL PLAIN (RFC 4616), where asked for on behalf of another user.
    pub fn plain(authorise_as: Option<String>, user: impl Into<String>, secret: SecretString) -> Self {
        Self {
            method: Method::Plain { authorise_as },
            user: user.into(),
            secret,
        }
    }

    /// Who logs in.
    pub fn user(&self) -> &str {
        &self.user
    }
}
