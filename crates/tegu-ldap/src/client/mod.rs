//! Live reading over LDAP: TCP and TLS, bind, paged search.
//!
//! The client is a small one of our own: it speaks as much of RFC 4511 as reading a directory takes. Every byte from the
//! server passes the [guard](crate::guard) before anything looks at it. Whatever a server does, the outcome is
//! an entry or an [`Error`]: the size of messages, the number of entries, values and pages, the memory in
//! flight and the time are bounded, referrals are not followed, and only named attributes are asked for.

mod changes;
mod connection;
mod endpoint;
#[cfg(all(feature = "gssapi", unix))]
mod gssapi;
mod limits;
mod outcome;
mod range;
mod request;
mod root;
mod search;
mod tls;

pub use endpoint::Endpoint;
pub use limits::SearchLimits;
pub use root::RootDse;
pub use search::{AttributeSet, Pages};

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::Instant;

use crate::entry::Entry;
use crate::error::{Error, ErrorKind, Result};
use crate::filter::Filter;

use connection::Connection;

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
/// A future of this type may be dropped while it waits for the server: what still comes for that search is left out, and
/// the next one starts afresh. If it is dropped while a request is being sent, every further call is an error.
#[derive(Debug)]
pub struct Client {
    connection: Connection,
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
        let mut client = Self::open(endpoint).await?;
        client.bind(bind_dn, &password).await?;
        Ok(client)
    }

    /// A connection that nobody has signed in on.
    async fn open(endpoint: &Endpoint) -> Result<Self> {
        let server = endpoint.to_string();
        let timeout = endpoint.timeout();
        let late = || {
            Error::new(
                ErrorKind::Timeout,
                format!("connecting to {server}: no answer in {timeout:?}"),
            )
        };
        let stream = tokio::time::timeout(timeout, tls::open(endpoint))
            .await
            .map_err(|_| late())??;
        Ok(Self {
            connection: Connection::new(stream, endpoint.guard_limits(), &server),
            answer_timeout: timeout,
        })
    }

    async fn bind(&mut self, bind_dn: &str, password: &SecretString) -> Result<()> {
        let doing = format!("signing in to {} as `{bind_dn}`", self.connection.server());
        let until = Instant::now() + self.answer_timeout;
        let bind = |out: &mut Vec<u8>| request::simple_bind(out, bind_dn, password.expose_secret());
        let answer = async {
            let id = self.connection.send(&bind, None).await?;
            self.connection.bound(id, until).await
        };
        let answer = match answer.await {
            Ok(answer) => answer,
            Err(error) if error.kind() == ErrorKind::Timeout => {
                let what = format!("{doing}: no answer in {:?}", self.answer_timeout);
                return Err(Error::new(ErrorKind::Timeout, what));
            }
            Err(error) => {
                return Err(Error::new(error.kind(), format!("{doing}: {error}")).with_source(error));
            }
        };
        outcome::check(&doing, &answer)
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
        self.pages_with_filter(base, Filter::recipients(), attributes, limits)
    }

    /// Reads what a filter matches below `base`, a page at a time.
    pub fn pages_with_filter(
        &mut self,
        base: &str,
        filter: Filter,
        attributes: &AttributeSet,
        limits: &SearchLimits,
    ) -> Pages<'_> {
        Pages::new(&mut self.connection, base, filter, attributes, limits)
    }

    /// What the server says about itself.
    ///
    /// # Errors
    ///
    /// As for [`Pages::next`].
    pub async fn root_dse(&mut self) -> Result<RootDse> {
        let until = Instant::now() + self.answer_timeout;
        RootDse::read(&mut self.connection, until).await
    }

    /// Signs off. Dropping the client closes the connection too, without the courtesy.
    pub async fn close(self) {
        self.connection.close().await;
    }
}
