//! The server, and who reads from it.

use crate::{
    Account, Login, Result,
    net::{ServerLimits, Throttle},
};
use std::{collections::HashMap, fmt, sync::Arc};
use tegu_ews::{Ews, Mailbox, client::Options};
use tegu_net::Endpoint;
use tokio::sync::{Mutex, OnceCell};

/// How the account that signs in comes to the mailboxes.
#[derive(Clone, Copy, Debug)]
enum Access {
    Impersonate,
    FullAccess,
}

/// An Exchange server, and the account that reads all mailboxes. Clones share their connections.
///
/// A user name without `{mail}` and the like is a service account: it acts for each owner by the role `ApplicationImpersonation`, or has full
/// access to each mailbox. With them each owner signs in.
#[derive(Clone)]
pub struct EwsServer {
    endpoint: Endpoint,
    login: Login,
    access: Access,
    connections: Option<usize>,
    throttle: Option<Arc<Throttle>>,
    shared: Arc<OnceCell<Ews>>,
    personal: Arc<Mutex<HashMap<String, Ews>>>,
}

impl EwsServer {
    /// A server by the URL of Exchange Web Services, and who signs in.
    pub fn new(endpoint: Endpoint, login: Login) -> Self {
        Self {
            endpoint,
            login,
            access: Access::Impersonate,
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
        format!("ews {} {}", self.endpoint, self.login)
    }

    pub(super) fn place(&self, account: &Account) -> String {
        format!("ews {} mailbox of {}", self.endpoint, account.mail)
    }

    /// The account's mailbox.
    pub(super) async fn mailbox(&self, account: &Account) -> Result<Mailbox> {
        let connect = async || {
            let credentials = self.login.credentials(account)?;
            let mut options = Options::default();
            if let Some(connections) = self.connections {
                options = options.connections(connections);
            }
            Ews::connect_with(&self.endpoint, &credentials, options).await
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
        let ews = self.shared.get_or_try_init(connect).await?;
        Ok(match self.access {
            Access::Impersonate => ews.impersonate(&*account.mail),
            Access::FullAccess => ews.delegate(&*account.mail),
        })
    }
}

impl fmt::Debug for EwsServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EwsServer")
            .field("endpoint", &self.endpoint)
            .field("login", &self.login)
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}
