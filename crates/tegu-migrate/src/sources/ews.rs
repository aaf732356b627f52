//! Exchange itself, by Exchange Web Services: one service account reads all mailboxes.

use super::{ItemReader, ItemSource, ItemSourceCapabilities, MailReader, MailSource, SourceCapabilities};
use crate::{
    Account, BoxFuture, Error, Login, Result,
    net::{ServerLimits, Throttle},
};
use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
    sync::Arc,
};
use tegu_ews::{
    Ews, Mailbox,
    autodiscover::Rules,
    client::{Options, find},
    store::{self, EwsItemReader, EwsMailReader},
};
use tegu_net::{Credentials, Endpoint, Resolver};
use tegu_rights::{
    Grant, People,
    store::{RightsEnd, RightsSource},
};
use tokio::sync::{Mutex, OnceCell};

/// How the account that signs in comes to the mailboxes.
#[derive(Clone, Copy, Debug)]
enum Access {
    Impersonate,
    FullAccess,
}

/// Where the server is.
#[derive(Clone)]
enum Place {
    Known(Box<Endpoint>),
    Autodiscover {
        rules: Rules,
        prepare: Arc<Prepare>,
        /// By mail domain.
        found: Arc<Mutex<HashMap<String, Arc<OnceCell<Endpoint>>>>>,
    },
}

type Prepare = dyn Fn(Endpoint) -> Endpoint + Send + Sync;

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(endpoint) => endpoint.fmt(f),
            Self::Autodiscover { .. } => f.write_str("autodiscover"),
        }
    }
}

impl Place {
    async fn endpoint(&self, account: &Account, credentials: &Credentials) -> Result<Endpoint> {
        let (rules, prepare, found) = match self {
            Self::Known(endpoint) => return Ok(Endpoint::clone(endpoint)),
            Self::Autodiscover {
                rules,
                prepare,
                found,
            } => (rules, prepare, found),
        };
        let domain = account.mail.rsplit('@').next().unwrap_or_default().to_lowercase();
        let known = Arc::clone(found.lock().await.entry(domain).or_default());
        let search = async || {
            let resolver = Resolver::system().ok();
            let endpoint = find(&account.mail, rules, resolver.as_ref(), credentials, &**prepare).await?;
            tracing::info!(%endpoint, mail = %account.mail, "Autodiscover found the server");
            Ok(endpoint)
        };
        known.get_or_try_init(search).await.cloned()
    }
}

/// An Exchange server, and the account that reads all mailboxes. Clones share their connections.
///
/// A user name without `{mail}` and the like is a service account: it acts for each owner by the role `ApplicationImpersonation`, or has full
/// access to each mailbox. With them each owner signs in.
#[derive(Clone)]
pub struct EwsServer {
    at: Place,
    login: Login,
    access: Access,
    archive: Option<String>,
    connections: Option<usize>,
    throttle: Option<Arc<Throttle>>,
    /// By URL.
    shared: Arc<Mutex<HashMap<String, Ews>>>,
    personal: Arc<Mutex<HashMap<String, Ews>>>,
}

impl EwsServer {
    /// A server by the URL of Exchange Web Services, and who signs in.
    pub fn new(endpoint: Endpoint, login: Login) -> Self {
        Self::at(Place::Known(Box::new(endpoint)), login)
    }

    /// A server that Autodiscover finds, once for each mail domain: the first account of a domain is asked about. Service records come from
    /// the system's name server.
    pub fn autodiscover(rules: Rules, login: Login) -> Self {
        let at = Place::Autodiscover {
            rules,
            prepare: Arc::new(|endpoint| endpoint),
            found: Arc::default(),
        };
        Self::at(at, login)
    }

    fn at(at: Place, login: Login) -> Self {
        Self {
            at,
            login,
            access: Access::Impersonate,
            archive: None,
            connections: None,
            throttle: None,
            shared: Arc::default(),
            personal: Arc::default(),
        }
    }

    /// The service account has full access to each mailbox, and does not act for its owner.
    #[must_use]
    pub fn full_access(mut self) -> Self {
        self.access = Access::FullAccess;
        self
    }

    /// Sets trust, proxy and time-outs of servers that Autodiscover asks and finds.
    #[must_use]
    pub fn prepare(mut self, set: impl Fn(Endpoint) -> Endpoint + Send + Sync + 'static) -> Self {
        if let Place::Autodiscover { prepare, .. } = &mut self.at {
            *prepare = Arc::new(set);
        }
        self
    }

    /// Reads archive mailboxes too: what they hold goes below a folder of this name, or of this name with a number where the mailbox has such
    /// a folder. Without a call they stay where they are.
    #[must_use]
    pub fn archive(mut self, name: impl Into<String>) -> Self {
        self.archive = Some(name.into());
        self
    }

    /// Limits what the server is asked to bear.
    #[must_use]
    pub fn limits(mut self, limits: &ServerLimits) -> Self {
        self.connections = limits.connections;
        self.throttle = Some(Arc::new(Throttle::new(limits)));
        self
    }

    pub(super) fn throttle(&self) -> Option<Arc<Throttle>> {
        self.throttle.clone()
    }

    pub(super) fn describe(&self) -> String {
        format!("ews {} {}", self.at, self.login)
    }

    pub(super) fn place(&self, account: &Account) -> String {
        format!("ews {} mailbox of {}", self.at, account.mail)
    }

    /// The account's mailbox.
    pub(super) async fn mailbox(&self, account: &Account) -> Result<Mailbox> {
        let credentials = self.login.credentials(account)?;
        let endpoint = self.at.endpoint(account, &credentials).await?;
        let connect = async || {
            let mut options = Options::default();
            if let Some(connections) = self.connections {
                options = options.connections(connections);
            }
            Ews::connect_with(&endpoint, &credentials, options).await
        };
        if self.login.is_personal() {
            let known = self.personal.lock().await.get(&account.id).cloned();
            let ews = match known {
                Some(ews) => ews,
                None => {
                    let ews = connect().await?;
                    self.personal.lock().await.insert(account.id.clone(), ews.clone());
                    ews
                }
            };
            return Ok(ews.own(&*account.mail));
        }
        let mut shared = self.shared.lock().await;
        let ews = match shared.entry(endpoint.to_string()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(connect().await?),
        };
        Ok(match self.access {
            Access::Impersonate => ews.impersonate(&*account.mail),
            Access::FullAccess => ews.delegate(&*account.mail),
        })
    }
}

impl fmt::Debug for EwsServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EwsServer")
            .field("at", &self.at.to_string())
            .field("login", &self.login)
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}

/// Mail of mailboxes on Exchange.
///
/// Folders are known by their class, in any language; hidden folders, search folders and those that programs fill are left out. An item that
/// is no mail and lies in a folder of mail is for a person.
#[derive(Debug)]
pub struct EwsMail {
    server: EwsServer,
    notes: bool,
}

impl EwsMail {
    /// Mail on this server.
    pub fn new(server: EwsServer) -> Self {
        Self { server, notes: false }
    }

    /// Notes too, as messages, for targets without VJOURNAL; [`EwsItems::without_notes`] then leaves them alone. Default: no.
    #[must_use]
    pub fn notes(mut self, wanted: bool) -> Self {
        self.notes = wanted;
        self
    }
}

impl MailSource for EwsMail {
    fn describe(&self) -> String {
        self.server.describe()
    }

    fn capabilities(&self) -> SourceCapabilities {
        SourceCapabilities::everything()
    }

    fn place(&self, account: &Account) -> Option<String> {
        Some(self.server.place(account))
    }

    fn throttle(&self) -> Option<Arc<Throttle>> {
        self.server.throttle()
    }

    fn open<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Box<dyn MailReader>>> {
        Box::pin(async move {
            let mailbox = self.server.mailbox(account).await.map_err(Error::at_source)?;
            let reader = EwsMailReader::new(mailbox).archive(self.server.archive.clone());
            Ok(Box::new(reader.notes(self.notes)) as Box<dyn MailReader>)
        })
    }
}

/// Calendars with tasks, notes and journal entries, or contacts, of mailboxes on Exchange.
///
/// Each folder of that class is a collection, each item a document.
#[derive(Debug)]
pub struct EwsItems {
    server: EwsServer,
    notes: bool,
    open: fn(Mailbox) -> EwsItemReader,
}

impl EwsItems {
    /// Appointments, tasks, notes and journal entries on this server.
    pub fn calendars(server: EwsServer) -> Self {
        Self {
            server,
            notes: true,
            open: EwsItemReader::calendars,
        }
    }

    /// Contacts and private lists on this server.
    pub fn contacts(server: EwsServer) -> Self {
        Self {
            open: EwsItemReader::contacts,
            ..Self::calendars(server)
        }
    }

    /// Leaves notes to [`EwsMail::notes`].
    #[must_use]
    pub fn without_notes(mut self) -> Self {
        self.notes = false;
        self
    }
}

impl ItemSource for EwsItems {
    fn describe(&self) -> String {
        self.server.describe()
    }

    fn place(&self, account: &Account) -> Option<String> {
        Some(self.server.place(account))
    }

    fn capabilities(&self) -> ItemSourceCapabilities {
        ItemSourceCapabilities::everything()
    }

    fn throttle(&self) -> Option<Arc<Throttle>> {
        self.server.throttle()
    }

    fn open<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Box<dyn ItemReader>>> {
        Box::pin(async move {
            let mailbox = self.server.mailbox(account).await.map_err(Error::at_source)?;
            let mut reader = (self.open)(mailbox).archive(self.server.archive.clone());
            if !self.notes {
                reader = reader.without_notes();
            }
            Ok(Box::new(reader) as Box<dyn ItemReader>)
        })
    }
}

impl RightsEnd for EwsServer {
    fn describe(&self) -> String {
        self.describe()
    }

    fn throttle(&self) -> Option<Arc<Throttle>> {
        self.throttle()
    }
}

impl RightsSource for EwsServer {
    fn read<'a>(&'a self, account: &'a Account, _: &'a People) -> BoxFuture<'a, Result<Vec<Grant>>> {
        Box::pin(async move { store::grants(&self.mailbox(account).await?).await })
    }
}
