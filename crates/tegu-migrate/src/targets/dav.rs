//! Calendars and address books on a CalDAV or CardDAV server, to be shared.

use crate::{Account, BoxFuture, DavServer, Result, net::Throttle};
use std::sync::Arc;
use tegu_dav::{client::Kind, store::DavLists};
use tegu_rights::{
    Privileges,
    store::{AccessLists, RightsEnd, RightsTarget},
};

/// The access control lists of calendars or of address books (RFC 3744). Who has rights is called as he signs in.
#[derive(Clone, Debug)]
pub struct DavShares {
    server: DavServer,
    kind: Kind,
}

impl DavShares {
    /// Collections of this kind on this server.
    pub fn new(server: DavServer, kind: Kind) -> Self {
        Self { server, kind }
    }
}

impl RightsEnd for DavShares {
    fn describe(&self) -> String {
        self.server.describe()
    }

    fn throttle(&self) -> Option<Arc<Throttle>> {
        self.server.throttle()
    }
}

impl RightsTarget<Privileges> for DavShares {
    fn identifier(&self, account: &Account) -> Result<String> {
        self.server.owner(account)
    }

    fn open<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Box<dyn AccessLists<Privileges>>>> {
        Box::pin(async move {
            let client = self.server.connect(account).await?;
            let lists = DavLists::new(client, self.kind, self.server.owner(account)?);
            Ok(Box::new(lists) as _)
        })
    }
}
