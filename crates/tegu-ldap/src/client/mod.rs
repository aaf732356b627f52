//! Reads live directories: sign-in and paged search over LDAP (RFC 4511).
//!
//! Every byte from the server passes the [guard](crate::guard) before anything else looks at it. Whatever a server sends, the
//! result is an entry or an [`Error`]: the size of messages, the number of entries, values and pages, memory and time are
//! limited. Referrals are not followed, and only named attributes are requested.

mod bind;
mod channel;
mod connection;
mod connection_point;
#[cfg(all(feature = "gssapi", unix))]
mod gssapi;
#[cfg(feature = "ldap3")]
mod ldap3;
mod limits;
mod options;
mod outcome;
mod range;
mod request;
mod root;
mod search;
mod start_tls;

pub use connection_point::{ConnectionPoint, LeadsTo};
pub use limits::SearchLimits;
pub use options::ClientOptions;
pub use root::RootDse;
pub use search::{AttributeSet, Pages};
#[doc(no_inline)]
pub use tegu_net::{Credentials, Endpoint, Security, Stream, secrecy};

use std::time::Duration;

use tokio::time::Instant;

use crate::entry::Entry;
use crate::filter::Filter;
use crate::{Error, ErrorKind, Result};

use bind::Bind;
use channel::Channel;
use connection::Connection;

/// A signed-in connection to a directory, for reading.
///
/// ```no_run
/// use tegu_ldap::Directory;
/// use tegu_ldap::client::{AttributeSet, Client, Credentials, Endpoint, SearchLimits};
///
/// # async fn read() -> tegu_ldap::Result<()> {
/// let endpoint = Endpoint::new("ldaps://dc1.corp.example")?;
/// let password = std::env::var("LDAP_PASSWORD").unwrap_or_default();
/// let reader = Credentials::password("CN=reader,DC=corp,DC=example", password);
/// let mut client = Client::connect(&endpoint, &reader).await?;
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
    channel: Channel,
    answer_timeout: Duration,
}

impl Client {
    /// Connects and signs in, with default [`ClientOptions`].
    ///
    /// | credentials | bind |
    /// |---|---|
    /// | [`Credentials::password`] | simple bind; the user name is a DN, or whatever else the server takes for one |
    /// | [`Credentials::external`] | SASL EXTERNAL (RFC 4422, appendix A) with the client certificate of the endpoint |
    /// | [`Credentials::kerberos`] | SASL GSSAPI (RFC 4752), feature `gssapi`: a ticket from `kinit`, or a keytab that `KRB5_CLIENT_KTNAME` names |
    /// | [`Credentials::anonymous`] | anonymous simple bind |
    ///
    /// GSSAPI adds no encryption of its own: TLS protects what follows.
    ///
    /// # Errors
    ///
    /// [`Connect`](crate::ErrorKind::Connect) or [`Timeout`](crate::ErrorKind::Timeout) if the server cannot be reached,
    /// [`Tls`](crate::ErrorKind::Tls) if its certificate does not verify or it refuses StartTLS,
    /// [`Authentication`](crate::ErrorKind::Authentication) if it refuses the credentials, [`Config`](crate::ErrorKind::Config)
    /// for an empty user name or password, which a server would take for an anonymous bind, and
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for a method that LDAP does not have or that was not compiled in.
    pub async fn connect(endpoint: &Endpoint, credentials: &Credentials) -> Result<Self> {
        Self::connect_with(endpoint, credentials, &ClientOptions::default()).await
    }

    /// Connects and signs in.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub async fn connect_with(
        endpoint: &Endpoint,
        credentials: &Credentials,
        options: &ClientOptions,
    ) -> Result<Self> {
        if !matches!(endpoint.scheme(), "ldap" | "ldaps") {
            return Err(
                Error::config("the URL of a directory begins with ldaps:// or ldap://")
                    .doing("connect to", endpoint),
            );
        }
        let mut stream = endpoint.connect().await?;
        if endpoint.security() == Security::StartTls {
            stream = start_tls::start_tls(endpoint, stream, options.guard.clone()).await?;
        }
        Self::from_stream(stream, endpoint, credentials, options).await
    }

    /// Signs in on a connected stream, as it is: TLS is the caller's business. The endpoint names the server in errors and gives
    /// the time-outs.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub async fn from_stream(
        stream: Stream,
        endpoint: &Endpoint,
        credentials: &Credentials,
        options: &ClientOptions,
    ) -> Result<Self> {
        let mut connection = Connection::new(stream, options.guard.clone(), &endpoint.origin());
        let answer_timeout = endpoint.idle_timeout();
        let kerberos_host = options.kerberos_host.as_deref().unwrap_or(endpoint.host());
        Bind::new(&mut connection, answer_timeout)
            .sign_in(credentials, kerberos_host)
            .await?;
        Ok(Self {
            channel: Channel::Own(connection),
            answer_timeout,
        })
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

    /// Searches below `base` with a filter, a page at a time.
    pub fn pages_with_filter(
        &mut self,
        base: &str,
        filter: Filter,
        attributes: &AttributeSet,
        limits: &SearchLimits,
    ) -> Pages<'_> {
        Pages::new(&mut self.channel, base, filter, attributes, limits)
    }

    /// Reads the service connection points of Autodiscover from the configuration of Active Directory, in the order of what they lead to.
    /// Values that are neither a web nor an LDAP URL are left out.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](ErrorKind::Unsupported) if the server is no Active Directory; otherwise as for [`Pages::next`].
    pub async fn connection_points(&mut self) -> Result<Vec<ConnectionPoint>> {
        let root = self.root_dse().await?;
        let base = root.configuration().ok_or_else(|| {
            let why = "it names no configurationNamingContext: only Active Directory holds service connection points";
            Error::new(ErrorKind::Unsupported, why).doing("read connection points from", self.channel.server())
        })?;
        connection_point::all(&mut self.channel, base).await
    }

    /// Reads the root DSE.
    ///
    /// # Errors
    ///
    /// As for [`Pages::next`].
    pub async fn root_dse(&mut self) -> Result<RootDse> {
        let until = Instant::now() + self.answer_timeout;
        RootDse::read(&mut self.channel, until).await
    }

    /// Signs off and closes the connection. Dropping the client only closes it. A connection of `ldap3` stays open.
    pub async fn close(self) {
        self.channel.close().await;
    }
}
