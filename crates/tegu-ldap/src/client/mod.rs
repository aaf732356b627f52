//! Live reading over LDAP: TCP and TLS, bind, paged search.
//!
//! The protocol itself is `ldap3`'s. Every byte from the server passes the [guard](crate::guard) first, which
//! stands between the socket and the library; entries are decoded here. Whatever a server does, the outcome is
//! an entry or an [`Error`]: the size of messages, the number of entries and pages, the memory in
//! flight and the time are bounded, referrals are not followed, and only named attributes are asked for.
//!
//! The client needs a Unix system: the library takes a stream that is made elsewhere only as a Unix socket.

mod decode;
mod endpoint;
mod link;
mod search;
mod tls;

pub use endpoint::Endpoint;
pub use search::{AttributeSet, Pages, RECIPIENTS, SearchLimits};

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};

use crate::entry::Entry;
use crate::error::{Error, ErrorKind, Result};

use link::Link;

/// A signed-in connection to a directory, for reading.
///
/// ```no_run
/// use secrecy::SecretString;
/// use tegu_ldap::Directory;
/// use tegu_ldap::client::{AttributeSet, Client, Endpoint, SearchLimits};
///
/// # async fn read() -> tegu_ldap::Result<()> {
/// let endpoint = Endpoint::new("ldaps://dc1.corp.example")?;
/// let password = SecretString::from(std::env::var("LDAP_PASSWORD").unwrap_or_default());
/// let mut client = Client::connect(&endpoint, "CN=reader,DC=corp,DC=example", password).await?;
/// let mut pages =
///     client.pages("DC=corp,DC=example", &AttributeSet::exchange(), &SearchLimits::default());
/// let mut directory = Directory::default();
/// while let Some(page) = pages.next().await? {
///     directory.extend(page);
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Cancel safety
///
/// Dropping a future of this type in the middle of a search leaves the connection without a use: drop the client too.
#[derive(Debug)]
pub struct Client {
    link: Link,
    /// The server, for errors.
    server: Box<str>,
    answer_timeout: Duration,
}

impl Client {
    /// Connects, agrees on TLS where the endpoint asks for it, and signs in with a name and a password.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Connection`] or [`ErrorKind::Timeout`] when the server cannot be reached, [`ErrorKind::Tls`] when its
    /// certificate does not verify, [`ErrorKind::Auth`] when it refuses the name or the password,
    /// [`ErrorKind::Config`] for an empty password (which servers take for an anonymous sign-in) and for a password that
    /// would cross the network in clear.
    pub async fn connect(endpoint: &Endpoint, bind_dn: &str, password: SecretString) -> Result<Self> {
        let server: Box<str> = endpoint.to_string().into();
        if password.expose_secret().is_empty() || bind_dn.is_empty() {
            return Err(Error::new(
                ErrorKind::Config,
                format!("signing in to {server} needs a name and a password: one of them is empty"),
            ));
        }
        if !endpoint.protects_password() {
            return Err(Error::new(
                ErrorKind::Config,
                format!(
                    "the password would cross the network in clear: use ldaps:// or StartTLS for {server}"
                ),
            ));
        }
        let timeout = endpoint.timeout();
        let late = || {
            Error::new(
                ErrorKind::Timeout,
                format!("connecting to {server}: no answer in {timeout:?}"),
            )
        };
        let stream = tokio::time::timeout(timeout, endpoint.open())
            .await
            .map_err(|_| late())??;
        let link = Link::start(stream, endpoint.guard_limits(), &server).await?;
        let mut client = Self {
            link,
            server,
            answer_timeout: timeout,
        };
        client.bind(bind_dn, &password).await?;
        Ok(client)
    }

    async fn bind(&mut self, bind_dn: &str, password: &SecretString) -> Result<()> {
        let mut ldap = self.link.ldap();
        let (name, secret) = (bind_dn.to_owned(), password.clone());
        // In a task of its own, so that a panic of the library becomes an error.
        let bind = tokio::spawn(async move { ldap.simple_bind(&name, secret.expose_secret()).await });
        let result = tokio::time::timeout(self.answer_timeout, bind).await;
        let doing = format!("signing in to {} as `{bind_dn}`", self.server);
        match result {
            Err(_) => Err(self.link.fault().unwrap_or_else(|| {
                Error::new(
                    ErrorKind::Timeout,
                    format!("{doing}: no answer in {:?}", self.answer_timeout),
                )
            })),
            Ok(Err(_)) => Err(Error::new(
                ErrorKind::Protocol,
                format!("{doing}: the answer cannot be understood"),
            )),
            Ok(Ok(Err(error))) => Err(self.link.explain(&doing, error)),
            Ok(Ok(Ok(answer))) => link::outcome(&doing, &answer),
        }
    }

    /// Reads all recipients below `base` into memory: users, groups, contacts. For a large directory use
    /// [`pages`](Self::pages).
    ///
    /// # Errors
    ///
    /// As for [`Pages::next`].
    pub async fn search(
        &mut self,
        base: &str,
        attributes: &AttributeSet,
        limits: &SearchLimits,
    ) -> Result<Vec<Entry>> {
        let mut pages = self.pages(base, attributes, limits);
        let mut out = Vec::new();
        while let Some(page) = pages.next().await? {
            out.extend(page);
        }
        Ok(out)
    }

    /// Reads all recipients below `base`, a page at a time.
    pub fn pages(&mut self, base: &str, attributes: &AttributeSet, limits: &SearchLimits) -> Pages<'_> {
        self.pages_with_filter(base, RECIPIENTS, attributes, limits)
    }

    /// Reads what a filter (RFC 4515) matches below `base`, a page at a time. Values in the filter go through
    /// [`escape_filter`](crate::dn::escape_filter).
    pub fn pages_with_filter(
        &mut self,
        base: &str,
        filter: &str,
        attributes: &AttributeSet,
        limits: &SearchLimits,
    ) -> Pages<'_> {
        Pages::new(&mut self.link, &self.server, base, filter, attributes, limits)
    }

    /// Signs off. Dropping the client closes the connection too, without the courtesy.
    pub async fn close(self) {
        let mut ldap = self.link.ldap();
        let _ = tokio::time::timeout(Duration::from_secs(2), ldap.unbind()).await;
    }
}
