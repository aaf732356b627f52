//! IMAP and DAV servers that both sources and targets log in to.

use crate::{
    Account, Login, Result,
    net::{ServerLimits, Throttle},
};
use std::{fmt, sync::Arc};
use tegu_dav::client as dav;
use tegu_imap::{Session, transfer::Side};
use tegu_net::{Dial, Endpoint, Proxy, Timeouts, Tls};

/// An IMAP server and how accounts log in to it.
#[derive(Clone, Debug)]
pub struct ImapServer {
    endpoint: Endpoint,
    login: Login,
    throttle: Option<Arc<Throttle>>,
}

impl ImapServer {
    /// A server and how accounts sign in. The endpoint holds what concerns the connection: TLS, proxy, time-outs, dialer.
    pub fn new(endpoint: Endpoint, login: Login) -> Self {
        Self {
            endpoint,
            login,
            throttle: None,
        }
    }

    /// Limits what the server is asked to bear.
    #[must_use]
    pub fn limits(mut self, limits: &ServerLimits) -> Self {
        self.throttle = Some(Arc::new(Throttle::new(limits)));
        self
    }

    pub(crate) fn throttle(&self) -> Option<Arc<Throttle>> {
        self.throttle.clone()
    }

    /// The account's mailbox, as tegu-imap takes it.
    pub(crate) fn side(&self, account: &Account) -> Result<Side> {
        Ok(Side::new(self.endpoint.clone(), self.login.credentials(account)?))
    }

    pub(crate) fn describe(&self) -> String {
        format!(
            "imap {}:{} {}",
            self.endpoint.host(),
            self.endpoint.port(),
            self.login
        )
    }

    pub(crate) async fn connect(&self, account: &Account) -> Result<Session> {
        Session::connect(&self.endpoint, &self.login.credentials(account)?).await
    }
}

/// A CalDAV or CardDAV server and how accounts log in to it.
#[derive(Clone)]
pub struct DavServer {
    url: String,
    login: Login,
    tls: Tls,
    proxy: Option<Proxy>,
    timeouts: Timeouts,
    dialer: Option<Arc<dyn Dial>>,
    plain_text: bool,
    throttle: Option<Arc<Throttle>>,
}

impl DavServer {
    /// A server by its URL, in which `{mail}`, `{alias}` and `{domain}` are filled in for each account, and how accounts sign in.
    pub fn new(url: impl Into<String>, login: Login) -> Self {
        Self {
            url: url.into(),
            login,
            tls: Tls::default(),
            proxy: None,
            timeouts: Timeouts::default(),
            dialer: None,
            plain_text: false,
            throttle: None,
        }
    }

    /// Sets what to trust and who to be in TLS.
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = tls;
        self
    }

    /// Connects through a proxy.
    #[must_use]
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Sets how long to wait for the server.
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Opens connections with `dialer`: for name resolution of one's own, tunnels, and tests in memory.
    #[must_use]
    pub fn dialer(mut self, dialer: impl Dial + 'static) -> Self {
        self.dialer = Some(Arc::new(dialer));
        self
    }

    /// Lets an `http://` URL name any host: everything, passwords included, is readable on the network.
    #[must_use]
    pub fn dangerously_without_tls(mut self) -> Self {
        self.plain_text = true;
        self
    }

    /// Limits what the server is asked to bear.
    #[must_use]
    pub fn limits(mut self, limits: &ServerLimits) -> Self {
        self.throttle = Some(Arc::new(Throttle::new(limits)));
        self
    }

    pub(crate) fn throttle(&self) -> Option<Arc<Throttle>> {
        self.throttle.clone()
    }

    pub(crate) fn describe(&self) -> String {
        format!("dav {} {}", self.url, self.login)
    }

    /// The account's URL, without credentials.
    pub(crate) fn endpoint(&self, account: &Account) -> Result<Endpoint> {
        let url = account.fill(&self.url);
        let endpoint = if self.plain_text && url.starts_with("http:") {
            Endpoint::dangerously_without_tls(&url)?
        } else {
            Endpoint::new(&url)?
        };
        let mut endpoint = endpoint.tls(self.tls.clone()).timeouts(self.timeouts);
        if let Some(proxy) = &self.proxy {
            endpoint = endpoint.proxy(proxy.clone());
        }
        if let Some(dialer) = &self.dialer {
            endpoint = endpoint.dialer(Arc::clone(dialer));
        }
        Ok(endpoint)
    }

    pub(crate) async fn connect(&self, account: &Account) -> Result<dav::Client> {
        let endpoint = self.endpoint(account)?;
        dav::Client::connect(&endpoint, &self.login.credentials(account)?).await
    }
}

impl fmt::Debug for DavServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DavServer")
            .field("url", &self.url)
            .field("login", &self.login)
            .field("tls", &self.tls)
            .field("proxy", &self.proxy)
            .field("plain_text", &self.plain_text)
            .finish_non_exhaustive()
    }
}
