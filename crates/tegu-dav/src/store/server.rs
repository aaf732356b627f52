use std::collections::HashMap;

use bytes::Bytes;
use tegu_store::BoxFuture;
use tegu_store::sources::{Collection, Document, Format, ItemReader, ReadDocument};

use crate::client::{self as dav, Client, Kind};
use crate::error::{Error, ErrorKind, Result};

/// Documents that are read ahead by one request.
const AHEAD: usize = 100;

/// One user's calendars or address books on a server, as an [`ItemReader`]. Each resource is a document.
#[derive(Debug)]
pub struct DavReader {
    client: Client,
    kind: Kind,
    collections: Vec<dav::Collection>,
    /// Documents that were read ahead, by path. They are asked for soon, in the order of the listing.
    ahead: HashMap<String, Bytes>,
    /// A document of this listing cannot be read, so that each is asked for alone.
    alone: bool,
}

impl DavReader {
    /// Reads what the user who signed in has.
    #[must_use]
    pub fn new(client: Client, kind: Kind) -> Self {
        Self {
            client,
            kind,
            collections: Vec::new(),
            ahead: HashMap::new(),
            alone: false,
        }
    }

    async fn find(&mut self) -> Result<Vec<Collection>> {
        let format = match self.kind {
            Kind::Contacts => Format::Card,
            _ => Format::Calendar,
        };
        self.ahead.clear();
        self.alone = false;
        self.collections = self.client.collections(self.kind).await?;
        let mut collections = Vec::new();
        for collection in &self.collections {
            let resources = self.client.list(collection).await?;
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

    async fn fetch(&mut self, collection: &Collection, document: &Document) -> Result<ReadDocument> {
        if !self.alone && !self.ahead.contains_key(&document.id) {
            self.read_ahead(collection, document).await;
        }
        if let Some(body) = self.ahead.remove(&document.id) {
            return Ok(ReadDocument::new(body));
        }
        // Asked alone, it gets an answer of its own.
        let gone =
            || Error::new(ErrorKind::NotFound, format!("{} is no longer there", document.id)).at_source();
        let resource = self.client.get(&document.id).await?.ok_or_else(gone)?;
        Ok(ReadDocument::new(resource.body))
    }

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

impl ItemReader for DavReader {
    fn collections(&mut self) -> BoxFuture<'_, Result<Vec<Collection>>> {
        Box::pin(self.find())
    }

    fn read<'a>(
        &'a mut self,
        collection: &'a Collection,
        document: &'a Document,
    ) -> BoxFuture<'a, Result<ReadDocument>> {
        Box::pin(self.fetch(collection, document))
    }
}

fn last_segment(href: &str) -> &str {
    href.trim_end_matches('/').rsplit('/').next().unwrap_or(href)
}
