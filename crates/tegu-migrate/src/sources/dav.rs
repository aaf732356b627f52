//! Calendars and contacts from a CalDAV or CardDAV server: another server, or a gateway in front of Exchange.

use super::{Collection, Document, Format, ItemSource, ItemSourceCapabilities};
use crate::{Account, BoxFuture, Error, ErrorKind, Result, net::Throttle, server::DavServer};
use bytes::Bytes;
use std::{collections::HashMap, sync::Arc};
use tegu_dav::client::{self as dav, Client, Kind};
use tokio::sync::Mutex;

/// Documents that are read ahead by one request.
const AHEAD: usize = 100;

/// Calendars or address books on a DAV server.
#[derive(Debug)]
pub struct DavSource {
    server: DavServer,
    kind: Kind,
    /// Readers by account.
    readers: Mutex<HashMap<String, Arc<Mutex<Reader>>>>,
}

/// What is open for one account.
#[derive(Debug)]
struct Reader {
    client: Client,
    collections: Vec<dav::Collection>,
    /// Documents that were read ahead, by path. They are asked for soon, in the order of the listing.
    ahead: HashMap<String, Bytes>,
    /// A document of this listing cannot be read, so that each is asked for alone.
    alone: bool,
}

impl DavSource {
    /// Calendars or address books on this server.
    pub fn new(server: DavServer, kind: Kind) -> Self {
        Self {
            server,
            kind,
            readers: Mutex::default(),
        }
    }

    async fn reader(&self, account: &Account) -> Result<Arc<Mutex<Reader>>> {
        let known = self.readers.lock().await.get(&account.id).cloned();
        if let Some(reader) = known {
            return Ok(reader);
        }
        let client = self.server.connect(account).await?;
        let reader = Arc::new(Mutex::new(Reader {
            client,
            collections: Vec::new(),
            ahead: HashMap::new(),
            alone: false,
        }));
        let mut readers = self.readers.lock().await;
        Ok(readers.entry(account.id.clone()).or_insert(reader).clone())
    }

    async fn find(&self, account: &Account) -> Result<Vec<Collection>> {
        let reader = self.reader(account).await?;
        let mut reader = reader.lock().await;
        let format = match self.kind {
            Kind::Contacts => Format::Card,
            _ => Format::Calendar,
        };
        reader.ahead.clear();
        reader.alone = false;
        reader.collections = reader.client.collections(self.kind).await?;
        let mut collections = Vec::new();
        for collection in &reader.collections {
            let resources = reader.client.list(collection).await?;
            let documents = resources
                .into_iter()
                .map(|resource| Document::new(resource.href, format))
                .collect();
            let name = collection.display_name.as_deref();
            let name = name.unwrap_or_else(|| last_segment(&collection.href)).to_owned();
            collections.push(Collection::new(name, documents));
        }
        Ok(collections)
    }

    async fn fetch(&self, account: &Account, collection: &Collection, document: &Document) -> Result<Bytes> {
        let reader = self.reader(account).await?;
        let mut reader = reader.lock().await;
        if !reader.alone && !reader.ahead.contains_key(&document.id) {
            reader.read_ahead(collection, document).await;
        }
        if let Some(body) = reader.ahead.remove(&document.id) {
            return Ok(body);
        }
        // Asked alone, it gets an answer of its own.
        let gone =
            || Error::new(ErrorKind::NotFound, format!("{} is no longer there", document.id)).at_source();
        let resource = reader.client.get(&document.id).await?.ok_or_else(gone)?;
        Ok(resource.body)
    }
}

impl Reader {
    /// Reads this document and those that follow it in the listing.
    async fn read_ahead(&mut self, collection: &Collection, document: &Document) {
        self.ahead.clear();
        let place = |known: &&dav::Collection| document.id.starts_with(&known.href);
        let Some(place) = self.collections.iter().find(place) else {
            return;
        };
        let next = collection
            .documents
            .iter()
            .skip_while(|one| one.id != document.id);
        let hrefs: Vec<String> = next.take(AHEAD).map(|one| one.id.clone()).collect();
        match self.client.get_many(place, &hrefs).await {
            Ok(read) => self
                .ahead
                .extend(read.into_iter().map(|one| (one.href, one.body))),
            Err(error) => {
                tracing::debug!(%error, "documents are read one by one");
                self.alone = !error.is_retryable();
            }
        }
    }
}

impl ItemSource for DavSource {
    fn describe(&self) -> String {
        self.server.describe()
    }

    fn capabilities(&self) -> ItemSourceCapabilities {
        ItemSourceCapabilities::everything()
    }

    fn place(&self, account: &Account) -> Option<String> {
        self.server.place(account)
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
        collection: &'a Collection,
        document: &'a Document,
    ) -> BoxFuture<'a, Result<Bytes>> {
        Box::pin(self.fetch(account, collection, document))
    }
}

fn last_segment(href: &str) -> &str {
    href.trim_end_matches('/').rsplit('/').next().unwrap_or(href)
}
