//! Where a server is, and how to reach it.

use crate::{
    Blame, BoxFuture, Error, ErrorKind, Proxy, Result, Stream, Tls,
    scheme::Scheme,
    stream::{Dial, Dialer},
};
use std::{fmt, net::IpAddr, time::Duration};
use url::{Host, Url};

/// Whether and when TLS begins.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Security {
    /// TLS from the first octet.
    Tls,
    /// TLS after a STARTTLS command or operation. A server that does not offer it is an error, never a fallback to plain text.
    StartTls,
    /// No protection: everything, passwords included, is readable on the network.
    PlainText,
}

/// How long to wait for a peer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Timeouts {
    /// For name resolution with TCP, for the proxy, and for the TLS handshake, each. Default 20 seconds.
    pub connect: Duration,
    /// Between any two octets while an answer is awaited. Default 120 seconds.
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

/// A server: its address, and how to connect to it.
///
/// | scheme | port | security |
/// |---|---|---|
/// | `https`, `imaps`, `ldaps`, `sieves` | 443, 993, 636, 4190 | TLS from the first octet |
/// | `imap`, `ldap`, `sieve` | 143, 389, 4190 | STARTTLS, which the server must offer |
/// | `http` | 80 | none; allowed for loopback addresses only |
///
/// [`dangerously_without_tls`](Self::dangerously_without_tls) is the one way to send credentials without protection to another host.
///
/// ```
/// use std::time::Duration;
/// use tegu_net::{Endpoint, Tls};
///
/// let endpoint = Endpoint::new("ldaps://dc1.corp.example:3269")?;
/// assert_eq!(endpoint.to_string(), "ldaps://dc1.corp.example:3269");
/// assert!(Endpoint::new("http://mail.example.org/").is_err());
/// assert!(Endpoint::new("imaps://anna:secret@mail.example.org").is_err());
/// # Ok::<(), tegu_net::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Endpoint {
    scheme: &'static str,
    host: String,
    port: u16,
    path: String,
    security: Security,
    tls: Tls,
    alpn: Vec<Vec<u8>>,
    proxy: Option<Proxy>,
    timeouts: Timeouts,
    dialer: Option<Dialer>,
}

impl Endpoint {
    /// Reads a URL. Host names may be internationalised; IPv6 addresses stand in brackets.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](ErrorKind::Config) for an unknown scheme, for a URL with a user, password, query or fragment, and for
    /// `http` to a host that is not a loopback address. The message never shows what stands before an `@`.
    pub fn new(url: &str) -> Result<Self> {
        let endpoint = Self::parse(url)?;
        if endpoint.security == Security::PlainText && !endpoint.is_loopback() {
            return Err(
                Error::config("passwords would cross the network in plain text; use https")
                    .doing("read the URL", &endpoint),
            );
        }
        Ok(endpoint)
    }

    /// Reads a URL like [`new`](Self::new), and turns TLS off: everything, passwords included, is readable on the network.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), except that `http` is allowed for all hosts. `https`, `imaps`, `ldaps` and `sieves` are refused.
    pub fn dangerously_without_tls(url: &str) -> Result<Self> {
        let mut endpoint = Self::parse(url)?;
        if endpoint.security == Security::Tls {
            let why = format!("{} always uses TLS", endpoint.scheme);
            return Err(Error::config(why).doing("read the URL", &endpoint));
        }
        endpoint.security = Security::PlainText;
        Ok(endpoint)
    }

    fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let fail = |why: String| Error::config(why).doing("read the URL", without_secrets(text));
        let name = text
            .split_once("://")
            .map(|(name, _)| name.to_ascii_lowercase())
            .ok_or_else(|| fail("it must begin with a scheme such as imaps://".into()))?;
        let scheme =
            Scheme::find(&name).ok_or_else(|| fail(format!("the scheme is none of {}", Scheme::names())))?;
        let url = Url::parse(text).map_err(|error| fail(error.to_string()))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(fail("give user and password separately".into()));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(fail("a query or fragment has no meaning here".into()));
        }
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| fail("it has no host".into()))?;
        // Schemes that `url` does not know keep their hosts as they stand; this applies IDNA and checks addresses.
        let host = Host::parse(host).map_err(|error| fail(error.to_string()))?;
        let path = match url.path() {
            "" => "/",
            path => path,
        };
        if path != "/" && !name.starts_with("http") {
            return Err(fail("only a host and a port may follow the scheme".into()));
        }
        Ok(Self {
            scheme: scheme.name,
            host: match host {
                Host::Domain(name) => name,
                Host::Ipv4(address) => address.to_string(),
                Host::Ipv6(address) => address.to_string(),
            },
            port: url.port().unwrap_or(scheme.port),
            path: path.to_owned(),
            security: scheme.security,
            tls: Tls::default(),
            alpn: Vec::new(),
            proxy: None,
            timeouts: Timeouts::default(),
            dialer: None,
        })
    }

    /// Sets what to trust and who to be in TLS. The default trusts the platform's certificate authorities.
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = tls;
        self
    }

    /// Offers these application protocols in the TLS handshake (RFC 7301), most wanted first.
    #[must_use]
    pub fn alpn(mut self, protocols: &[&str]) -> Self {
        self.alpn = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        self
    }

    /// Connects through a proxy.
    #[must_use]
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Sets how long to wait.
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Opens connections with `dialer` instead of TCP: for name resolution of one's own, tunnels, and tests in memory.
    ///
    /// ```
    /// use tegu_net::{Endpoint, Stream};
    ///
    /// let endpoint = Endpoint::new("imap://mail.example.org")?.dialer(|_host: String, _port: u16| async {
    ///     let (client, _server) = tokio::io::duplex(4096);
    ///     Ok(Stream::new(client))
    /// });
    /// # Ok::<(), tegu_net::Error>(())
    /// ```
    #[must_use]
    pub fn dialer(mut self, dialer: impl Dial + 'static) -> Self {
        self.dialer = Some(Dialer::new(dialer));
        self
    }

    /// Returns the same endpoint with another path.
    #[must_use]
    pub fn with_path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Returns the scheme: `imaps`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// Returns the host name or address, in lower case and without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the path, which is `/` unless the URL has one.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns whether and when TLS begins.
    #[must_use]
    pub fn security(&self) -> Security {
        self.security
    }

    /// Returns how long to wait for a connection.
    #[must_use]
    pub fn connect_timeout(&self) -> Duration {
        self.timeouts.connect
    }

    /// Returns how long to wait between any two octets of an answer.
    #[must_use]
    pub fn idle_timeout(&self) -> Duration {
        self.timeouts.idle
    }

    /// Returns whether the host is a loopback address or exactly `localhost`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// Returns scheme, host and port, without the path.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme, self.authority())
    }

    /// Returns host and port, as a `Host` header and CONNECT take them.
    #[must_use]
    pub fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// Connects. With [`Security::Tls`] the stream is encrypted when this returns; with [`Security::StartTls`] the caller sends
    /// the protocol's command and then calls [`start_tls`](Self::start_tls).
    ///
    /// # Errors
    ///
    /// Kinds [`Connect`](ErrorKind::Connect) and [`Timeout`](ErrorKind::Timeout) if the host does not resolve, does not answer, or the
    /// proxy refuses; [`Tls`](ErrorKind::Tls) if the certificate is not trusted.
    pub async fn connect(&self) -> Result<Stream> {
        self.open().await
    }

    /// Begins TLS on a connected stream.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub async fn start_tls(&self, stream: Stream) -> Result<Stream> {
        self.encrypt(stream).await
    }

    fn open(&self) -> BoxFuture<'_, Result<Stream>> {
        Box::pin(async move {
            let stream = self
                .within(self.dial())
                .await
                .map_err(|error| self.through_proxy(error).doing("connect to", self.origin()))?;
            if self.security == Security::Tls {
                self.start_tls(stream).await
            } else {
                Ok(stream)
            }
        })
    }

    fn encrypt(&self, stream: Stream) -> BoxFuture<'_, Result<Stream>> {
        Box::pin(async move {
            self.within(self.tls.handshake(&self.host, &self.alpn, stream))
                .await
                .map_err(|error| error.doing("set up TLS with", self.origin()))
        })
    }

    /// Names the proxy if there is one. What it does wrong is neither the source's nor the target's fault.
    fn through_proxy(&self, error: Error) -> Error {
        match &self.proxy {
            Some(proxy) if error.blame() == Blame::Peer => error
                .with_blame(Blame::Network)
                .context(format_args!("proxy {proxy}")),
            Some(proxy) => error.context(format_args!("proxy {proxy}")),
            None => error,
        }
    }

    async fn dial(&self) -> Result<Stream> {
        match &self.proxy {
            Some(proxy) => proxy.connect(self.dialer.as_ref(), &self.host, self.port).await,
            None => Dialer::dial(self.dialer.as_ref(), &self.host, self.port).await,
        }
    }

    async fn within<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let limit = self.timeouts.connect;
        match tokio::time::timeout(limit, work).await {
            Ok(result) => result,
            Err(_) => Err(Error::new(
                ErrorKind::Timeout,
                format!("no answer within {} seconds", limit.as_secs_f32()),
            )),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path == "/" { "" } else { &self.path };
        write!(f, "{}://{}{path}", self.scheme, self.authority())
    }
}

/// What may be shown of a URL that cannot be read. What stands before an `@` may be a password, so may a query, and so may what is no
/// port where the `@` was forgotten.
pub(crate) fn without_secrets(url: &str) -> &str {
    let shown = url.rsplit('@').next().unwrap_or_default();
    let shown = shown.split(['?', '#']).next().unwrap_or_default();
    let host = shown.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = shown.split_at(host);
    let authority = rest.split('/').next().unwrap_or_default();
    let Some(colon) = authority.rfind(':') else {
        return shown;
    };
    let port = &authority[colon + 1..];
    if port.bytes().all(|octet| octet.is_ascii_digit()) || authority.ends_with(']') {
        shown
    } else {
        &shown[..scheme.len() + authority.find(':').unwrap_or(colon)]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn urls() {
        let all = [
            ("ldap://a.example", "ldap://a.example:389", Security::StartTls),
            ("LDAPS://A.example/", "ldaps://a.example:636", Security::Tls),
            (
                "imap://a.example:1143",
                "imap://a.example:1143",
                Security::StartTls,
            ),
            ("imaps://[::1]:6360", "imaps://[::1]:6360", Security::Tls),
            ("ldap://[::1]", "ldap://[::1]:389", Security::StartTls),
            ("sieve://a", "sieve://a:4190", Security::StartTls),
            ("https://a/dav", "https://a:443/dav", Security::Tls),
            (
                "http://127.0.0.1:8080/",
                "http://127.0.0.1:8080",
                Security::PlainText,
            ),
            (
                "imaps://почта.рф",
                "imaps://xn--80a1acny.xn--p1ai:993",
                Security::Tls,
            ),
            ("imaps://a.example:443", "imaps://a.example:443", Security::Tls),
        ];
        for (url, shown, security) in all {
            let endpoint = Endpoint::new(url).unwrap();
            assert_eq!(endpoint.to_string(), shown);
            assert_eq!(endpoint.security(), security, "{url}");
        }
        for url in [
            "a.example",
            "gopher://a",
            "ldap://",
            "ldap://a:x",
            "ldap://a:70000",
            "ldap://a/dc=x",
            "ldap://u@a",
            "ldap://[::1]x",
            "imap://a b",
            "https://a/?q",
            "https://a/#f",
            "http://a/",
            "http://127.evil.example/",
            "http://localhost.evil.example/",
            "http://127.0.0.1.evil.example/",
        ] {
            assert_eq!(Endpoint::new(url).unwrap_err().kind(), ErrorKind::Config, "{url}");
        }
    }

    #[test]
    fn plain_text_needs_the_long_name() {
        let plain = Endpoint::dangerously_without_tls("imap://a.example").unwrap();
        assert_eq!(plain.security(), Security::PlainText);
        assert!(Endpoint::dangerously_without_tls("http://a.example").is_ok());
        assert!(Endpoint::dangerously_without_tls("imaps://a.example").is_err());
    }

    #[test]
    fn a_password_in_a_url_is_not_echoed() {
        for url in [
            "imaps://anna:s3cret@a.example",
            "gopher://anna:s3cret@a",
            "ldap://a:s3cret@b:x",
            "https://a/?password=s3cret",
            "imaps://anna:s3cret",
            "imaps://anna:s3cret/",
            "anna:s3cret@a.example",
            "anna:s3cret",
            "imaps://anna:s3:cret@",
        ] {
            let error = Endpoint::new(url).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
            let error = Proxy::new(url).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
        }
        for (url, shown) in [
            ("gopher://a:70/x", "gopher://a:70/x"),
            ("gopher://[::1]", "gopher://[::1]"),
            ("gopher://[::1]:70", "gopher://[::1]:70"),
            ("ldap://u@a", "a"),
        ] {
            assert_eq!(without_secrets(url), shown);
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back_the_same(
            scheme in "imaps?|ldaps?|https|sieves?",
            host in "[a-z][a-z0-9-]{0,10}[a-z](\\.[a-z]{2,5})?|127\\.0\\.0\\.[0-9]|\\[::[1-9]\\]",
            port in 1_u16..,
        ) {
            if let Ok(endpoint) = Endpoint::new(&format!("{scheme}://{host}:{port}")) {
                let again = Endpoint::new(&endpoint.to_string()).unwrap();
                prop_assert_eq!(again.to_string(), endpoint.to_string());
                prop_assert_eq!(again.port(), port);
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            let _ = Endpoint::new(&text);
            let _ = Endpoint::new(&format!("imaps://{text}"));
        }
    }
}
