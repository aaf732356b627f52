//! SOCKS5 (RFC 1928, RFC 1929) and HTTP CONNECT (RFC 9110, section 9.3.6).

use crate::{
    Credentials, Error, ErrorKind, Method, Result, SecretRequest, Stream, endpoint::without_secrets,
    stream::Dialer,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret as _, SecretString};
use std::{fmt, io};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_socks::tcp::Socks5Stream;
use url::Url;

/// The longest answer to CONNECT that is read, in octets.
const LONGEST_ANSWER: usize = 16 * 1024;
/// The most header fields in an answer to CONNECT.
const MOST_FIELDS: usize = 64;
/// Every answer begins with this.
const MARK: &[u8] = b"HTTP/1.";

const WANTS_PASSWORD: &str = "it asks for a user name and a password";
const REFUSES_PASSWORD: &str = "it refuses the user name or the password";

/// A proxy that connections go through. It is given the server's name and resolves it.
///
/// ```
/// use tegu_net::{Credentials, Proxy};
///
/// let proxy = Proxy::new("http://proxy.corp.example:3128")?.credentials(Credentials::password("svc", "secret".to_owned()));
/// assert_eq!(proxy.to_string(), "http://proxy.corp.example:3128");
/// assert!(Proxy::new("ftp://proxy.corp.example").is_err());
/// # Ok::<(), tegu_net::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Proxy {
    protocol: Protocol,
    host: String,
    port: u16,
    credentials: Option<Credentials>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Protocol {
    Socks5,
    Http,
}

impl Proxy {
    /// Reads a proxy's URL: `socks5://HOST[:1080]` or `http://HOST[:8080]`.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](ErrorKind::Config) for other schemes and for a URL with a user, password or path.
    pub fn new(url: &str) -> Result<Self> {
        let url = url.trim();
        let fail = |why: &str| Error::config(why).doing("read the URL of the proxy", without_secrets(url));
        let parsed = Url::parse(url).map_err(|error| fail(&error.to_string()))?;
        let (protocol, port) = match parsed.scheme() {
            "socks5" | "socks5h" => (Protocol::Socks5, 1080),
            "http" => (
                Protocol::Http,
                if url.trim_end_matches('/').ends_with(":80") {
                    80
                } else {
                    8080
                },
            ),
            _ => return Err(fail("the scheme is neither socks5 nor http")),
        };
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return Err(fail("give user and password separately"));
        }
        if !matches!(parsed.path(), "" | "/") || parsed.query().is_some() || parsed.fragment().is_some() {
            return Err(fail("only a host and a port may follow the scheme"));
        }
        let host = parsed.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| fail("it has no host"))?;
        Ok(Self {
            protocol,
            host: host.trim_matches(['[', ']']).to_owned(),
            port: parsed.port().unwrap_or(port),
            credentials: None,
        })
    }

    /// Signs in to the proxy with a password: SOCKS5 user name and password, or HTTP Basic.
    #[must_use]
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    pub(crate) async fn connect(&self, dialer: Option<&Dialer>, host: &str, port: u16) -> Result<Stream> {
        let stream = Dialer::dial(dialer, &self.host, self.port).await?;
        match self.protocol {
            Protocol::Socks5 => self.socks5(stream, host, port).await,
            Protocol::Http => self.http(stream, host, port).await,
        }
    }

    async fn password(&self) -> Result<Option<(&str, SecretString)>> {
        let Some(credentials) = &self.credentials else {
            return Ok(None);
        };
        match credentials.method() {
            Method::Password(secret) => Ok(Some((credentials.user(), secret.get(SecretRequest::Any).await?))),
            _ => Err(Error::config("proxies take a user name and a password only")),
        }
    }

    async fn socks5(&self, stream: Stream, host: &str, port: u16) -> Result<Stream> {
        let tunnel = match self.password().await? {
            None => Socks5Stream::connect_with_socket(stream, (host, port)).await,
            Some((user, password)) => {
                let password = password.expose_secret();
                Socks5Stream::connect_with_password_and_socket(stream, (host, port), user, password).await
            }
        };
        match tunnel {
            Ok(tunnel) => Ok(tunnel.into_inner()),
            Err(error) => Err(self.explain(error)),
        }
    }

    /// Says what a failed SOCKS5 exchange means. The proxy's own replies are those of RFC 1928, section 6.
    fn explain(&self, error: tokio_socks::Error) -> Error {
        use tokio_socks::Error as Socks;
        let (kind, why) = match &error {
            Socks::PasswordAuthFailure(_) => (ErrorKind::Authentication, REFUSES_PASSWORD.to_owned()),
            Socks::NoAcceptableAuthMethods if self.credentials.is_none() => {
                (ErrorKind::Authentication, WANTS_PASSWORD.to_owned())
            }
            Socks::NoAcceptableAuthMethods => (
                ErrorKind::Authentication,
                "it takes neither a password nor anonymous clients".to_owned(),
            ),
            Socks::InvalidResponseVersion
            | Socks::InvalidReservedByte
            | Socks::UnknownAddressType
            | Socks::UnknownAuthMethod => (
                ErrorKind::Protocol,
                "it does not answer as a SOCKS5 proxy: check its port and the scheme of its URL".to_owned(),
            ),
            Socks::ConnectionNotAllowedByRuleset => (
                ErrorKind::Refused,
                "its rules do not allow this connection: ask its administrator".to_owned(),
            ),
            Socks::InvalidTargetAddress(why) | Socks::InvalidAuthValues(why) => {
                (ErrorKind::Config, (*why).to_owned())
            }
            Socks::Io(error) => (ErrorKind::Connect, broken(error)),
            other => (ErrorKind::Connect, format!("it cannot reach the server: {other}")),
        };
        Error::new(kind, why).with_source(error)
    }

    async fn http(&self, mut stream: Stream, host: &str, port: u16) -> Result<Stream> {
        let lost = |error: io::Error| Error::new(ErrorKind::Connect, broken(&error)).with_source(error);
        let authority = if host.contains(':') {
            format!("[{host}]:{port}")
        } else {
            format!("{host}:{port}")
        };
        let mut request = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n");
        if let Some((user, password)) = self.password().await? {
            let basic = STANDARD.encode(format!("{user}:{}", password.expose_secret()));
            request.push_str(&format!("Proxy-Authorization: Basic {basic}\r\n"));
        }
        request.push_str("\r\n");
        stream.write_all(request.as_bytes()).await.map_err(lost)?;
        stream.flush().await.map_err(lost)?;
        match answer(&mut stream).await? {
            200..=299 => Ok(stream),
            // Tinyproxy answers 401 to a wrong password.
            401 | 407 => {
                let given = self.credentials.is_some();
                let why = if given { REFUSES_PASSWORD } else { WANTS_PASSWORD };
                Err(Error::new(ErrorKind::Authentication, why))
            }
            403 | 405 => Err(Error::new(
                ErrorKind::Refused,
                format!("its rules do not allow CONNECT {authority}: ask its administrator"),
            )),
            status => Err(Error::new(
                ErrorKind::Connect,
                format!("it answered {status} to CONNECT {authority}"),
            )),
        }
    }
}

/// Reads the answer to CONNECT octet by octet, since what follows it belongs to the server behind the proxy.
async fn answer(stream: &mut Stream) -> Result<u16> {
    let mut head = Vec::with_capacity(256);
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= LONGEST_ANSWER {
            return Err(Error::new(ErrorKind::Limit, "its answer to CONNECT is too long"));
        }
        let octet = stream
            .read_u8()
            .await
            .map_err(|error| Error::new(ErrorKind::Connect, broken(&error)).with_source(error))?;
        head.push(octet);
        if !head.starts_with(MARK) && !MARK.starts_with(&head) {
            return Err(no_proxy());
        }
    }
    let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
    let mut response = httparse::Response::new(&mut fields);
    match response.parse(&head) {
        Ok(_) => response
            .code
            .ok_or_else(|| Error::new(ErrorKind::Protocol, "its answer has no status")),
        Err(error) => Err(no_proxy().with_source(error)),
    }
}

fn no_proxy() -> Error {
    Error::new(
        ErrorKind::Protocol,
        "it does not answer as an HTTP proxy: check its port and the scheme of its URL",
    )
}

fn broken(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            "it closed the connection: check its port and the scheme of its URL".to_owned()
        }
        _ => error.to_string(),
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.protocol {
            Protocol::Socks5 => "socks5",
            Protocol::Http => "http",
        };
        if self.host.contains(':') {
            write!(f, "{scheme}://[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{scheme}://{}:{}", self.host, self.port)
        }
    }
}
