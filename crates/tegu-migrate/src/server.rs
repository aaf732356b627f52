//! IMAP, DAV and ManageSieve servers that both sources and targets log in to.

use crate::{
    Account, Login, Result,
    net::{ServerLimits, Throttle},
    template::UrlTemplate,
};
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::Arc,
};
use tegu_dav::client::{self as dav, Kind};
use tegu_imap::{Session, transfer::Side};
use tegu_net::Endpoint;
use tegu_sieve::managesieve::Client;

/// How many accounts of one URL are asked for their homes before anything moves: a URL that gives each of two users another home
/// leads to homes, and one that gives both the same is a home.
const ASKED: usize = 3;

/// A server and how accounts log in to it.
#[derive(Clone, Debug)]
struct Server {
    endpoint: Endpoint,
    login: Login,
    throttle: Option<Arc<Throttle>>,
}

impl Server {
    fn new(endpoint: Endpoint, login: Login) -> Self {
        Self {
            endpoint,
            login,
            throttle: None,
        }
    }

    fn limits(mut self, limits: &ServerLimits) -> Self {
        self.throttle = Some(Arc::new(Throttle::new(limits)));
        self
    }
}

/// An IMAP server and how accounts log in to it.
#[derive(Clone, Debug)]
pub struct ImapServer(Server);

impl ImapServer {
    /// A server and how accounts sign in. The endpoint holds what concerns the connection: TLS, proxy, time-outs, dialer.
    pub fn new(endpoint: Endpoint, login: Login) -> Self {
        Self(Server::new(endpoint, login))
    }

    /// Limits what the server is asked to bear.
    #[must_use]
    pub fn limits(self, limits: &ServerLimits) -> Self {
        Self(self.0.limits(limits))
    }

    pub(crate) fn throttle(&self) -> Option<Arc<Throttle>> {
        self.0.throttle.clone()
    }

    /// The account's mailbox, as tegu-imap takes it.
    pub(crate) fn side(&self, account: &Account) -> Result<Side> {
        Ok(Side::new(
            self.0.endpoint.clone(),
            self.0.login.credentials(account)?,
        ))
    }

    /// The account's mailbox, for people and to compare.
    pub(crate) fn place(&self, account: &Account) -> Option<String> {
        let mailbox = self.0.login.mailbox(account).ok()?;
        let (host, port) = (self.0.endpoint.host(), self.0.endpoint.port());
        Some(format!("imap {host}:{port} mailbox of {mailbox}"))
    }

    /// What the server calls the owner of an account's mailbox.
    pub(crate) fn owner(&self, account: &Account) -> Result<String> {
        self.0.login.owner(account)
    }

    pub(crate) fn describe(&self) -> String {
        let (host, port) = (self.0.endpoint.host(), self.0.endpoint.port());
        format!("imap {host}:{port} {}", self.0.login)
    }

    pub(crate) async fn connect(&self, account: &Account) -> Result<Session> {
        Session::connect(&self.0.endpoint, &self.0.login.credentials(account)?).await
    }
}

/// A ManageSieve server and how accounts log in to it.
#[derive(Clone, Debug)]
pub struct SieveServer(Server);

impl SieveServer {
    /// A server and how accounts sign in: `sieve://host` means STARTTLS.
    pub fn new(endpoint: Endpoint, login: Login) -> Self {
        Self(Server::new(endpoint, login))
    }

    /// Limits what the server is asked to bear.
    #[must_use]
    pub fn limits(self, limits: &ServerLimits) -> Self {
        Self(self.0.limits(limits))
    }

    pub(crate) fn throttle(&self) -> Option<Arc<Throttle>> {
        self.0.throttle.clone()
    }

    /// The account's scripts, for people and to compare.
    pub(crate) fn place(&self, account: &Account) -> Option<String> {
        let owner = self.0.login.mailbox(account).ok()?;
        Some(format!("{} scripts of {owner}", self.0.endpoint.origin()))
    }

    pub(crate) fn describe(&self) -> String {
        format!("{} {}", self.0.endpoint.origin(), self.0.login)
    }

    pub(crate) async fn connect(&self, account: &Account) -> Result<Client> {
        Client::connect(&self.0.endpoint, &self.0.login.credentials(account)?).await
    }
}

/// A CalDAV or CardDAV server and how accounts log in to it.
#[derive(Clone)]
pub struct DavServer {
    url: UrlTemplate,
    login: Login,
    prepare: Arc<Prepare>,
    plain_text: bool,
    throttle: Option<Arc<Throttle>>,
}

type Prepare = dyn Fn(Endpoint) -> Endpoint + Send + Sync;

impl DavServer {
    /// A server by its URL, in which `{mail}`, `{alias}` and `{domain}` are filled in for each account, percent-encoded, and how
    /// accounts sign in.
    pub fn new(url: impl Into<String>, login: Login) -> Self {
        Self {
            url: UrlTemplate::new(url),
            login,
            prepare: Arc::new(|endpoint| endpoint),
            plain_text: false,
            throttle: None,
        }
    }

    /// Sets what concerns the connection: TLS, proxy, time-outs, dialer. Each account has an endpoint of its own, since the URL may
    /// name the account; `prepare` gets each of them.
    ///
    /// ```
    /// use tegu_migrate::{DavServer, Login, net::Proxy};
    ///
    /// let proxy = Proxy::new("http://proxy.example.test:3128")?;
    /// let server = DavServer::new("https://dav.example.test/{mail}/", Login::external())
    ///     .prepare(move |endpoint| endpoint.proxy(proxy.clone()));
    /// # Ok::<_, tegu_migrate::Error>(())
    /// ```
    #[must_use]
    pub fn prepare(mut self, prepare: impl Fn(Endpoint) -> Endpoint + Send + Sync + 'static) -> Self {
        self.prepare = Arc::new(prepare);
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
        format!("dav {} {}", self.url.as_str(), self.login)
    }

    /// The account's home, for people and to compare.
    pub(crate) fn place(&self, account: &Account) -> Option<String> {
        let (url, owner) = (self.url.fill(account).ok()?, self.owner(account).ok()?);
        Some(format!("{url} as {owner}"))
    }

    /// By which name the account signs in, or whose things are looked at.
    pub(crate) fn owner(&self, account: &Account) -> Result<String> {
        self.login.mailbox(account)
    }

    /// The account's URL, without credentials.
    pub(crate) fn endpoint(&self, account: &Account) -> Result<Endpoint> {
        let url = self.url.fill(account)?;
        let endpoint = if self.plain_text && url.starts_with("http:") {
            Endpoint::dangerously_without_tls(&url)?
        } else {
            Endpoint::new(&url)?
        };
        Ok((self.prepare)(endpoint))
    }

    pub(crate) async fn connect(&self, account: &Account) -> Result<dav::Client> {
        let endpoint = self.endpoint(account)?;
        dav::Client::connect(&endpoint, &self.login.credentials(account)?).await
    }

    /// Two accounts that a URL without placeholders leads to one home, and that home. Only the server tells, so a few of each URL are
    /// asked.
    pub(crate) async fn one_home(
        &self,
        kind: Kind,
        accounts: &[&Account],
    ) -> Result<Option<(String, String, String)>> {
        let mut by_url: BTreeMap<String, Vec<&Account>> = BTreeMap::new();
        for &account in accounts {
            if let Ok(endpoint) = self.endpoint(account) {
                let url = format!("{endpoint}{}", endpoint.path());
                by_url.entry(url).or_default().push(account);
            }
        }
        for same in by_url.into_values().filter(|same| same.len() > 1) {
            let mut homes: HashMap<String, &Account> = HashMap::new();
            for account in same.into_iter().take(ASKED) {
                // What is wrong with one account is told by its own job.
                let Ok(client) = self.connect(account).await else {
                    continue;
                };
                let Ok(home) = home(&client, kind).await else {
                    continue;
                };
                if let Some(other) = homes.insert(home.clone(), account) {
                    return Ok(Some((other.mail.clone(), account.mail.clone(), home)));
                }
            }
        }
        Ok(None)
    }
}

/// The home of the account that a client signed in for, as a URL.
pub(crate) async fn home(client: &dav::Client, kind: Kind) -> Result<String> {
    let path = client.home(kind).await?;
    Ok(client.url_of(&path))
}

impl fmt::Debug for DavServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DavServer")
            .field("url", &self.url.as_str())
            .field("login", &self.login)
            .field("plain_text", &self.plain_text)
            .finish_non_exhaustive()
    }
}
