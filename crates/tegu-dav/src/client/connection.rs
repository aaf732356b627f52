//! The client itself.

use std::fmt;
use std::sync::Arc;

use tegu_net::{BoxFuture, Credentials, Endpoint};

use super::Options;
use super::http::Http;
use super::origin::canonical;
use super::principal::{self, Start};
use crate::Result;

/// A client of one server for one user. Clones share their connections.
///
/// ```no_run
/// use tegu_dav::client::{Client, Credentials, Endpoint, Kind};
///
/// # async fn run() -> tegu_dav::Result<()> {
/// let endpoint = Endpoint::new("https://mail.example.org:8809/caldav")?;
/// let anna = Credentials::password("anna", "secret".to_owned());
/// let client = Client::connect(&endpoint, &anna).await?;
/// for calendar in client.collections(Kind::Calendars).await? {
///     println!("{}", client.url_of(&calendar.href));
/// }
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client {
    pub(super) http: Arc<Http>,
    pub(super) path: Arc<str>,
    pub(super) start: Arc<Start>,
}

impl Client {
    /// Connects, checks the credentials, and asks who the user is.
    ///
    /// Passwords go out as HTTP Basic (RFC 7617), or as Digest (RFC 7616) if the server asks for it;
    /// `credentials.mechanism("DIGEST")` never sends the password itself. Tokens go out as Bearer (RFC 6750).
    /// With the feature `gssapi`, a Kerberos ticket for `HTTP` on the endpoint's host goes out as Negotiate (RFC 4559), anew with each
    /// request.
    ///
    /// # Errors
    ///
    /// Kinds [`Authentication`](crate::ErrorKind::Authentication) if the server refuses the credentials,
    /// [`Config`](crate::ErrorKind::Config) for an endpoint that is not one of HTTP,
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for credentials that HTTP has no scheme for, and those of
    /// [`Endpoint::connect`].
    pub async fn connect(endpoint: &Endpoint, credentials: &Credentials) -> Result<Self> {
        Self::connect_with(endpoint, credentials, &Options::default()).await
    }

    /// As [`connect`](Self::connect), with other bounds than the usual ones.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub async fn connect_with(
        endpoint: &Endpoint,
        credentials: &Credentials,
        options: &Options,
    ) -> Result<Self> {
        Self::open(endpoint, credentials, options, false).await
    }

    /// Connects; `announced` says that the domain names the URL as the way to its server.
    pub(super) fn open<'a>(
        endpoint: &'a Endpoint,
        credentials: &'a Credentials,
        options: &'a Options,
        announced: bool,
    ) -> BoxFuture<'a, Result<Self>> {
        Box::pin(async move {
            let http = Http::new(endpoint, credentials, options)?;
            let path = canonical(endpoint.path());
            let mut start = principal::start(&http, &path).await?;
            start.is_announced = announced;
            Ok(Self {
                http: Arc::new(http),
                path: path.into(),
                start: Arc::new(start),
            })
        })
    }

    /// Returns the URL of a path on this server, without credentials.
    #[must_use]
    pub fn url_of(&self, href: &str) -> String {
        format!("{}{href}", self.http.origin)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = format!("{}{}", self.http.origin, self.path);
        f.debug_struct("Client")
            .field("url", &url)
            .finish_non_exhaustive()
    }
}
