//! Calendars and contacts from a CalDAV or CardDAV server: another server, or a gateway in front of Exchange.

use super::{ItemReader, ItemSource, ItemSourceCapabilities};
use crate::{Account, BoxFuture, Result, net::Throttle, server::DavServer};
use std::sync::Arc;
use tegu_dav::{client::Kind, store::DavReader};

/// Calendars or address books on a DAV server.
#[derive(Debug)]
pub struct DavSource {
    server: DavServer,
    kind: Kind,
}

impl DavSource {
    /// Calendars or address books on this server.
    pub fn new(server: DavServer, kind: Kind) -> Self {
        Self { server, kind }
    }
}

impl ItemSource for DavSource {
    fn describe(&self) -> String {
        self.server.describe()
    }

    fn capabilities(&self) -> ItemSourceCapabilities {
        ItemSourceCapabilities::everything()
    }

    fn open<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Box<dyn ItemReader>>> {
        Box::pin(async move {
            let client = self.server.connect(account).await?;
            Ok(Box::new(DavReader::new(client, self.kind)) as Box<dyn ItemReader>)
        })
    }

    fn place(&self, account: &Account) -> Option<String> {
        self.server.place(account)
    }

    fn one_place<'a>(
        &'a self,
        accounts: &'a [&'a Account],
    ) -> BoxFuture<'a, Result<Option<(String, String, String)>>> {
        Box::pin(self.server.one_home(self.kind, accounts))
    }

    fn throttle(&self) -> Option<Arc<Throttle>> {
        self.server.throttle()
    }
}
