//! Which server, and how to reach it.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::error::{Error, ErrorKind, Result};
use crate::guard::GuardLimits;

/// A server, and how to reach it.
///
/// ```
/// use tegu_ldap::client::Endpoint;
///
/// let endpoint = Endpoint::new("ldap://dc1.corp.example")?.with_start_tls()?;
/// assert_eq!(endpoint.to_string(), "ldap://dc1.corp.example:389");
/// assert!(Endpoint::new("http://dc1.corp.example").is_err());
/// # Ok::<(), tegu_ldap::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Endpoint {
    host: Box<str>,
    port: u16,
    pub(super) security: Security,
    pub(super) extra_roots: Vec<CertificateDer<'static>>,
    pub(super) accept_any_certificate: bool,
    allow_clear: bool,
    timeout: Duration,
    guard: GuardLimits,
}

/// Whether and when TLS begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Security {
    Clear,
    StartTls,
    Tls,
}

impl Endpoint {
    /// A server by its URL: `ldaps://HOST[:PORT]` or `ldap://HOST[:PORT]`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] for any other URL.
    pub fn new(url: &str) -> Result<Self> {
        let fault = |what: &str| {
            Error::new(
                ErrorKind::Config,
                format!("the address of the server `{url}`: {what}"),
            )
        };
        let (scheme, rest) = url
            .split_once("://")
            .ok_or_else(|| fault("it must begin with ldaps:// or ldap://"))?;
        let (security, default_port) = match scheme.to_ascii_lowercase().as_str() {
            "ldap" => (Security::Clear, 389),
            "ldaps" => (Security::Tls, 636),
            _ => return Err(fault("it must begin with ldaps:// or ldap://")),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match authority.strip_prefix('[').and_then(|a| a.split_once(']')) {
            Some((host, port)) => (host, port.strip_prefix(':').or(port.is_empty().then_some(""))),
            None => authority
                .split_once(':')
                .map_or((authority, Some("")), |(host, port)| (host, Some(port))),
        };
        let port = match port {
            Some("") => default_port,
            Some(port) => port.parse().map_err(|_| fault("the port is no number"))?,
            None => return Err(fault("something odd stands behind the host")),
        };
        if host.is_empty() || host.contains(['/', '?', '@', ' ']) {
            return Err(fault("only a host and a port may follow the scheme"));
        }
        Ok(Self {
            host: host.into(),
            port,
            security,
            extra_roots: Vec::new(),
            accept_any_certificate: false,
            allow_clear: false,
            timeout: Duration::from_secs(30),
            guard: GuardLimits::default(),
        })
    }

    /// Begins TLS on the plain port before anything else (RFC 4511 section 4.14).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] for an `ldaps://` server, where TLS has begun already.
    pub fn with_start_tls(mut self) -> Result<Self> {
        if self.security == Security::Tls {
            return Err(Error::new(
                ErrorKind::Config,
                format!("{self} speaks TLS from the start: no StartTLS"),
            ));
        }
        self.security = Security::StartTls;
        Ok(self)
    }

    /// Trusts further certificate authorities beside those of the system.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when the text holds no certificate, or a broken one.
    pub fn with_extra_roots_pem(mut self, pem: &[u8]) -> Result<Self> {
        let fault = |what: String| {
            Error::new(
                ErrorKind::Config,
                format!("certificates to trust for {self}: {what}"),
            )
        };
        let roots = CertificateDer::pem_slice_iter(pem)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|e| fault(format!("the PEM text cannot be read: {e}")))?;
        if roots.is_empty() {
            return Err(fault("the PEM text holds none".into()));
        }
        self.extra_roots.extend(roots);
        Ok(self)
    }

    /// Takes any certificate. Whoever stands between here and the server can then read the password.
    #[must_use]
    pub fn dangerously_accept_any_certificate(mut self) -> Self {
        self.accept_any_certificate = true;
        self
    }

    /// Allows the password to cross the network in clear. On a loopback address this needs no permission.
    #[must_use]
    pub fn dangerously_send_password_in_clear(mut self) -> Self {
        self.allow_clear = true;
        self
    }

    /// How long connecting and signing in may take each. Default 30 seconds.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How large a message of the server may be.
    #[must_use]
    pub fn with_guard_limits(mut self, limits: GuardLimits) -> Self {
        self.guard = limits;
        self
    }

    /// The host, without the brackets of an IPv6 address.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(super) fn guard_limits(&self) -> GuardLimits {
        self.guard.clone()
    }

    pub(super) fn protects_password(&self) -> bool {
        let loopback =
            self.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()) || &*self.host == "localhost";
        self.security != Security::Clear || self.allow_clear || loopback
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.security == Security::Tls {
            "ldaps"
        } else {
            "ldap"
        };
        if self.host.contains(':') {
            write!(f, "{scheme}://[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{scheme}://{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn urls() {
        let all = [
            ("ldap://a.example", "ldap://a.example:389"),
            ("LDAPS://a.example/", "ldaps://a.example:636"),
            ("ldap://a.example:3890", "ldap://a.example:3890"),
            ("ldaps://[::1]:6360", "ldaps://[::1]:6360"),
            ("ldap://[::1]", "ldap://[::1]:389"),
        ];
        for (url, shown) in all {
            assert_eq!(Endpoint::new(url).unwrap().to_string(), shown);
        }
        for url in [
            "a.example",
            "http://a",
            "ldap://",
            "ldap://a:x",
            "ldap://a/dc=x",
            "ldap://u@a",
            "ldap://[::1]x",
        ] {
            assert_eq!(Endpoint::new(url).unwrap_err().kind(), ErrorKind::Config, "{url}");
        }
    }

    #[test]
    fn a_password_is_not_sent_in_clear_by_default() {
        let plain = Endpoint::new("ldap://a.example").unwrap();
        assert!(!plain.protects_password());
        assert!(plain.clone().with_start_tls().unwrap().protects_password());
        assert!(plain.dangerously_send_password_in_clear().protects_password());
        assert!(Endpoint::new("ldap://127.0.0.1:1").unwrap().protects_password());
    }

    #[test]
    fn roots_must_be_certificates() {
        let endpoint = Endpoint::new("ldaps://a.example").unwrap();
        assert_eq!(
            endpoint.with_extra_roots_pem(b"no pem").unwrap_err().kind(),
            ErrorKind::Config
        );
    }
}
