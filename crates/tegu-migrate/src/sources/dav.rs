//! Calendars and contacts from a CalDAV or CardDAV server: another server, or a gateway in front of Exchange.

use super::{Collection, Document, Format, ItemSource, ItemSourceCapabilities};
use crate::{Account, BoxFuture, Error, ErrorKind, Result, net::Throttle, server::DavServer};
use bytes::Bytes;
use std::{collections::HashMap, sync::Arc};
use tegu_dav::client::{Client, Kind};
use tokio::sync::Mutex;

/// Calendars or address books on a DAV server.
#[derive(Debug)]
pub struct DavSource {
    server: DavServer,
    kind: Kind,
    /// Clients by account; clones of one share its connections.
    clients: Mutex<HashMap<String, Client>>,
}

impl DavSource {
    /// Calendars or address books on this server.
    pub fn new(server: DavServer, kind: Kind) -> Self {
        Self {
            server,
            kind,
            clients: Mutex::default(),
        }
    }

    async fn client(&self, account: &Account) -> Result<Client> {
        let known = self.clients.lock().await.get(&account.id).cloned();
        if let Some(client) = known {
            return Ok(client);
        }
        let client = self.server.connect(account).await?;
        self.clients
            .lock()
            .await
            .insert(account.id.clone(), client.clone());
        Ok(client)
    }

    async fn find(&self, account: &Account) -> Result<Vec<Collection>> {
        let client = self.client(account).await?;
        let format = match self.kind {
            Kind::Contacts => Format::Card,
            _ => Format::Calendar,
        };
        let mut collections = Vec::new();
        for collection in client.collections(self.kind).await? {
            let resources = client.list(&collection).await?;
            let documents = resources
                .into_iter()
                .map(|resource| Document::new(resource.href, format))
                .collect();
            let name = collection
                .display_name
                .unwrap_or_else(|| last_segment(&collection.href).to_owned());
            collections.push(Collection::new(name, documents));
        }
        Ok(collections)
    }

    async fn fetch(&self, account: &Account, document: &Document) -> Result<Bytes> {
        let client = self.client(account).await?;
        let gone =
            || Error::new(ErrorKind::NotFound, format!("{} is no longer there", document.id)).at_source();
        let resource = client.get(&document.id).await?.ok_or_else(gone)?;
        Ok(resource.body)
    }
}

impl ItemSource for DavSource {
    fn describe(&self) -> String {
        self.server.describe()
    }

    fn capabilities(&self) -> ItemSourceCapabilities {
        ItemSourceCapabilities::everything()
    }

    fn throttle(&self) -> Option<Arc<Throttle>> {
        self.server.throttle()
    }

    fn collections<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Vec<Collection>>> {
        Box::pin(self.find(account))
    }

    fn read<'a>(
        &'a self,
        account: &'a Account,
        _: &'a Collection,
        document: &'a Document,
    ) -> BoxFuture<'a, Result<Bytes>> {
        Box::pin(self.fetch(account, document))
    }
}

fn last_segment(href: &str) -> &str {
    href.trim_end_matches('/').rsplit('/').next().unwrap_or(href)
}
