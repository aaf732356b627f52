//! A CalDAV (RFC 4791) and CardDAV (RFC 6352) client for uploads and for reading back.
//!
//! It speaks to one origin only: redirects and references that lead elsewhere are refused, so
//! credentials cannot follow. A 2xx status is not taken for success where a server uses it for
//! refusals; see [`PutOutcome`].
//!
//! All futures may be dropped: a request that was under way may or may not have been carried out,
//! and repeating it does no harm.

mod auth;
mod changes;
mod discover;
mod dns;
mod endpoint;
mod http;
mod locate;
mod tls;
mod transfer;

use std::fmt;
use std::sync::Arc;

pub use changes::Changes;
pub use discover::{Collection, Kind};
pub use endpoint::Endpoint;
pub use locate::{Candidate, Resolver, candidates};
pub use transfer::{Fetched, PutOutcome, Resource};

use self::http::Http;
use crate::{Limits, Result};

/// A client of one server for one user. Clones share their connections.
#[derive(Clone)]
pub struct Client {
    http: Arc<Http>,
    path: Arc<str>,
    start: Arc<discover::Start>,
}

impl Client {
    /// Reaches the server, checks the credentials, and finds out who the user is.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Auth`](crate::ErrorKind::Auth), [`ErrorKind::Tls`](crate::ErrorKind::Tls),
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable) and those of an answer that is no
    /// WebDAV.
    pub async fn connect(endpoint: &Endpoint, limits: &Limits) -> Result<Self> {
        let http = Http::new(endpoint, limits)?;
        let start = discover::start(&http, &endpoint.path).await?;
        Ok(Self {
            http: Arc::new(http),
            path: endpoint.path.as_str().into(),
            start: Arc::new(start),
        })
    }

    /// The URL of a path on this server, without credentials.
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
