//! Where a server is and how far it is trusted.

use std::fmt;
use std::net::IpAddr;

use secrecy::SecretString;

use super::auth::Credentials;
use super::discover::Kind;
use crate::error::{Error, ErrorKind, Result, one_line};

/// A CalDAV or CardDAV server: URL, credentials, trust.
///
/// ```
/// use tegu_dav::client::Endpoint;
///
/// let endpoint = Endpoint::new("https://mail.example.org:8809/caldav")?
///     .with_credentials("anna@example.org", "secret".to_owned().into());
/// assert!(!format!("{endpoint:?}").contains("secret"));
/// assert!(Endpoint::new("http://mail.example.org/").is_err());
/// # Ok::<(), tegu_dav::Error>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Endpoint {
    pub(super) origin: Origin,
    pub(super) path: String,
    pub(super) credentials: Credentials,
    pub(super) roots: Vec<Vec<u8>>,
    pub(super) any_certificate: bool,
}

impl Endpoint {
    /// An `https` URL, or an `http` one on a loopback address.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`] for anything else, and for a URL with a user name in it.
    pub fn new(url: &str) -> Result<Self> {
        let endpoint = Self::parse(url)?;
        if !endpoint.origin.tls && !endpoint.origin.is_loopback() {
            let host = &endpoint.origin.host;
            return Err(Error::new(
                ErrorKind::Argument,
                format!("{host} would be spoken to without TLS; use https"),
            ));
        }
        Ok(endpoint)
    }

    /// As [`new`](Self::new), but takes `http` for any host: the password crosses the network readably.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`] for a URL that is none.
    pub fn new_dangerously_without_tls(url: &str) -> Result<Self> {
        Self::parse(url)
    }

    fn parse(url: &str) -> Result<Self> {
        let wrong = |why: &str| {
            // What stands before an `@` may be a password.
            let shown = url.rsplit('@').next().unwrap_or_default();
            Error::new(
                ErrorKind::Argument,
                format!("reading the URL {}: {why}", one_line(shown)),
            )
        };
        let (scheme, rest) = url.trim().split_once("://").ok_or_else(|| wrong("no scheme"))?;
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return Err(wrong("neither http nor https")),
        };
        let at = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(at);
        if authority.contains('@') {
            return Err(wrong("pass user and password separately"));
        }
        let origin = Origin::new(tls, authority).ok_or_else(|| wrong("no host"))?;
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let path = if path.is_empty() {
            "/".to_owned()
        } else {
            safe_path(path)
        };
        Ok(Self {
            origin,
            path,
            credentials: Credentials::None,
            roots: Vec::new(),
            any_certificate: false,
        })
    }

    /// The place where a TEGU server answers: port 8809, `/caldav` or `/carddav`. A guess like any other:
    /// [`Client::connect`](super::Client::connect) and [`home`](super::Client::home) tell whether it is right.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`] for a host that is none.
    pub fn tegu(host: &str, kind: Kind) -> Result<Self> {
        let path = match kind {
            Kind::Calendars => "caldav",
            Kind::Contacts => "carddav",
        };
        Self::new(&format!("https://{}:8809/{path}", host.trim()))
    }

    /// User name and password. They are sent by HTTP Basic at once, and by Digest where the server asks
    /// for it.
    #[must_use]
    pub fn with_credentials(mut self, user: impl Into<String>, password: SecretString) -> Self {
        self.credentials = Credentials::Password(user.into(), password, true);
        self
    }

    /// User name and password for Digest alone (RFC 7616): the password itself is never sent.
    #[must_use]
    pub fn with_digest(mut self, user: impl Into<String>, password: SecretString) -> Self {
        self.credentials = Credentials::Password(user.into(), password, false);
        self
    }

    /// A token for Bearer authentication (RFC 6750).
    #[must_use]
    pub fn with_bearer(mut self, token: SecretString) -> Self {
        self.credentials = Credentials::Bearer(token);
        self
    }

    /// Trusts these certificate authorities beside the system's; PEM, one or many.
    #[must_use]
    pub fn with_extra_roots_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots.push(pem.into());
        self
    }

    /// Turns certificate verification off: anybody on the way can read the password.
    #[must_use]
    pub fn dangerously_accept_any_certificate(mut self) -> Self {
        self.any_certificate = true;
        self
    }

    /// The URL without credentials.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}{}", self.origin, self.path)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = match &self.credentials {
            Credentials::Password(user, ..) => Some(user),
            _ => None,
        };
        f.debug_struct("Endpoint")
            .field("url", &self.url())
            .field("user", &user)
            .field("any_certificate", &self.any_certificate)
            .finish_non_exhaustive()
    }
}

/// Scheme, host and port: what credentials belong to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Origin {
    pub(super) tls: bool,
    pub(super) host: String,
    pub(super) port: u16,
}

impl Origin {
    fn new(tls: bool, authority: &str) -> Option<Self> {
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port.parse().ok()?),
            _ => (authority, if tls { 443 } else { 80 }),
        };
        let plain = host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._[]:".contains(&b));
        (plain && !host.is_empty()).then(|| Self {
            tls,
            host: host.to_ascii_lowercase(),
            port,
        })
    }

    fn is_loopback(&self) -> bool {
        let bare = self.host.trim_matches(['[', ']']);
        bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// The path that a reference from the server means; `None` if it leads to another origin.
    pub(super) fn resolve(&self, base: &str, reference: &str) -> Option<String> {
        let reference = reference.trim();
        let reference = reference.split('#').next().unwrap_or_default();
        let absolute = reference
            .split_once("://")
            .filter(|(scheme, _)| !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric()));
        let (origin, path) = if let Some((scheme, rest)) = absolute {
            let tls = match scheme.to_ascii_lowercase().as_str() {
                "https" => true,
                "http" => false,
                _ => return None,
            };
            let at = rest.find(['/', '?']).unwrap_or(rest.len());
            let (authority, path) = rest.split_at(at);
            (Some(Self::new(tls, authority)?), path)
        } else if let Some(rest) = reference.strip_prefix("//") {
            let at = rest.find(['/', '?']).unwrap_or(rest.len());
            let (authority, path) = rest.split_at(at);
            (Some(Self::new(self.tls, authority)?), path)
        } else {
            (None, reference)
        };
        if origin.is_some_and(|origin| origin != *self) {
            return None;
        }
        let path = if path.starts_with('/') {
            path.to_owned()
        } else if path.is_empty() {
            "/".to_owned()
        } else {
            let directory = base.rsplit_once('/').map_or("", |(directory, _)| directory);
            format!("{directory}/{path}")
        };
        Some(safe_path(&path))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, usual) = if self.tls { ("https", 443) } else { ("http", 80) };
        write!(f, "{scheme}://{}", self.host)?;
        if self.port != usual {
            write!(f, ":{}", self.port)?;
        }
        Ok(())
    }
}

/// Percent-encodes what no request line may hold; what is encoded already stays.
fn safe_path(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_graphic() && !b"<>\"{}|\\^`".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// One path segment: everything but unreserved characters is encoded.
pub(super) fn segment(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    match out.as_str() {
        "." => "%2E".into(),
        ".." => "%2E%2E".into(),
        _ => out,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn urls() {
        assert_eq!(
            Endpoint::new("https://Mail.example.org/a b").unwrap().url(),
            "https://mail.example.org/a%20b"
        );
        assert_eq!(
            Endpoint::new("http://127.0.0.1:5232").unwrap().url(),
            "http://127.0.0.1:5232/"
        );
        assert_eq!(Endpoint::new("http://[::1]:1/").unwrap().origin.port, 1);
        for bad in [
            "",
            "mail.example.org",
            "ftp://a/",
            "http://mail.example.org/",
            "https://",
            "https://a:99999/",
            "https://a\r\nb/",
        ] {
            assert_eq!(
                Endpoint::new(bad).unwrap_err().kind(),
                ErrorKind::Argument,
                "{bad}"
            );
        }
        let error = Endpoint::new("https://user:secret@host/").unwrap_err();
        assert!(!error.to_string().contains("secret"));
        assert!(Endpoint::new_dangerously_without_tls("http://mail.example.org/").is_ok());
    }

    #[test]
    fn references_stay_on_the_origin() {
        let origin = Endpoint::new("https://a:8809/").unwrap().origin;
        for (reference, path) in [
            ("/x", "/x"),
            ("y", "/d/y"),
            ("https://a:8809/z?q", "/z?q"),
            ("//a:8809/z", "/z"),
            ("/ä\r\n", "/%C3%A4"),
        ] {
            assert_eq!(
                origin.resolve("/d/", reference).as_deref(),
                Some(path),
                "{reference}"
            );
        }
        for reference in [
            "https://b/x",
            "http://a:8809/x",
            "https://a/x",
            "//b/x",
            "file:///etc",
            "https://a:8809@b/",
        ] {
            assert_eq!(origin.resolve("/d/", reference), None, "{reference}");
        }
    }

    #[test]
    fn segments_cannot_leave_their_collection() {
        assert_eq!(segment("../x y"), "..%2Fx%20y");
        assert_eq!(segment(".."), "%2E%2E");
    }
}
