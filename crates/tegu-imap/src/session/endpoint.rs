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
    pub(super) client_certificate: Option<ClientCertificate>,
    pub(super) verify: bool,
    pub(super) compress: bool,
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
            client_certificate: None,
            verify: true,
            compress: false,
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

    /// Shows this certificate to a server that asks for one: the chain, the client's own certificate first, and its
    /// private key, both PEM. [`Credentials::external`](super::Credentials::external) logs in by it.
    #[must_use]
    pub fn with_client_certificate_pem(mut self, chain: impl Into<Vec<u8>>, key: SecretString) -> Self {
        let chain = chain.into();
        self.client_certificate = Some(ClientCertificate { chain, key });
        self
    }

    /// Accepts any certificate: anyone between here and the server can read and change everything.
    #[must_use]
    pub fn dangerously_accept_any_certificate(mut self) -> Self {
        self.verify = false;
        self
    }

    /// Compresses both directions (`COMPRESS=DEFLATE`, RFC 4978) where the server offers it. Off by default: it costs
    /// processor time on both sides and some 300 KiB a connection, which only a slow line pays back.
    #[must_use]
    pub fn with_compression(mut self) -> Self {
        self.compress = true;
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

/// What proves to the server who the client is. `Debug` shows no key.
#[derive(Clone, Debug)]
pub(super) struct ClientCertificate {
    pub(super) chain: Vec<u8>,
    pub(super) key: SecretString,
}
