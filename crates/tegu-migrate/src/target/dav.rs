//! Calendars and contacts to a CalDAV or CardDAV server.

use super::{ItemCapabilities, ItemTarget, ItemWriter, Put, Replaced};
use crate::{Account, BoxFuture, Digest, Error, ErrorKind, Result, server::DavServer, throttle::Throttle};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use tegu_dav::client::{Client, Collection, Kind, PutOutcome};

/// Calendars or address books on a DAV server.
#[derive(Debug)]
pub struct DavTarget {
    server: DavServer,
    kind: Kind,
}

impl DavTarget {
    /// Calendars or address books on this server.
    pub fn new(server: DavServer, kind: Kind) -> Self {
        Self { server, kind }
    }
}

impl ItemTarget for DavTarget {
    fn describe(&self) -> String {
        self.server.describe()
    }

    fn capabilities(&self) -> ItemCapabilities {
        ItemCapabilities::everything()
    }

    fn throttle(&self) -> Option<Arc<Throttle>> {
        self.server.throttle()
    }

    fn open<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Box<dyn ItemWriter>>> {
        Box::pin(async move {
            let client = self.server.connect(account).await?;
            let writer: Box<dyn ItemWriter> = Box::new(Writer {
                client,
                kind: self.kind,
                open: HashMap::new(),
            });
            Ok(writer)
        })
    }
}

struct Writer {
    client: Client,
    kind: Kind,
    open: HashMap<String, Open>,
}

/// A collection, and what stood in it when it was opened: some servers overwrite in spite of `If-None-Match`.
struct Open {
    collection: Collection,
    names: HashSet<String>,
}

impl Writer {
    async fn prepare(&mut self, name: &str) -> Result<String> {
        // A path that every server takes; people see the display name. Calendars and address books may share a home.
        let what = match self.kind {
            Kind::Contacts => "contacts",
            _ => "calendar",
        };
        let segment = format!("tegu-{what}-{}", Digest::of(name.as_bytes()).short());
        let collection = self.client.ensure_collection(self.kind, &segment, name).await?;
        let href = collection.href.clone();
        let names = self
            .client
            .list(&collection)
            .await?
            .into_iter()
            .map(|resource| resource.href)
            .collect();
        self.open.insert(href.clone(), Open { collection, names });
        Ok(href)
    }

    async fn reopen(&mut self, href: &str) -> Result<bool> {
        let collections = self.client.collections(self.kind).await?;
        let Some(collection) = collections.into_iter().find(|collection| collection.href == href) else {
            return Ok(false);
        };
        let names = HashSet::new();
        self.open.insert(href.to_owned(), Open { collection, names });
        Ok(true)
    }

    async fn put(&self, collection: &str, name: &str, body: &[u8]) -> Result<Put> {
        let open = self.open(collection)?;
        if open.names.contains(&href(collection, name)) {
            return Ok(Put::Exists);
        }
        Ok(
            match self.client.put_new(&open.collection, name, body.to_vec()).await? {
                PutOutcome::Created { .. } | PutOutcome::Overwritten { .. } => Put::Created,
                PutOutcome::Exists { .. } => Put::Exists,
                refused => Put::Refused {
                    text: refusal(refused),
                },
            },
        )
    }

    async fn replace(&self, collection: &str, name: &str, was: Digest, body: &[u8]) -> Result<Replaced> {
        let place = &self.open(collection)?.collection;
        let href = href(collection, name);
        // Read as `get` reads: a report in XML and a plain GET may give the same resource in other octets.
        let found = self.client.get_many(place, std::slice::from_ref(&href)).await?;
        let Some(found) = found.into_iter().find(|found| Digest::of(&found.body) == was) else {
            return Ok(Replaced::Changed);
        };
        let Some(etag) = found.etag else {
            let text = "the server gives no entity tag, without which nothing can be replaced safely".into();
            return Ok(Replaced::Refused { text });
        };
        let put = self.client.replace(place, &href, &etag, body.to_vec());
        Ok(match put.await? {
            PutOutcome::Created { .. } | PutOutcome::Overwritten { .. } => Replaced::Stored,
            PutOutcome::Exists { .. } => Replaced::Changed,
            refused => Replaced::Refused {
                text: refusal(refused),
            },
        })
    }

    async fn get(&self, collection: &str, names: &[&str]) -> Result<Vec<Option<Vec<u8>>>> {
        let hrefs = names
            .iter()
            .map(|name| href(collection, name))
            .collect::<Vec<_>>();
        let fetched = self
            .client
            .get_many(&self.open(collection)?.collection, &hrefs)
            .await?;
        let mut found = fetched
            .into_iter()
            .map(|found| (found.href, found.body))
            .collect::<HashMap<_, _>>();
        Ok(hrefs
            .iter()
            .map(|href| found.remove(href).map(|body| body.to_vec()))
            .collect())
    }

    fn open(&self, collection: &str) -> Result<&Open> {
        let unknown = || {
            Error::new(
                ErrorKind::Target,
                format!("the collection {collection} was not prepared"),
            )
        };
        self.open.get(collection).ok_or_else(unknown)
    }
}

/// What the server said that will not take a resource.
fn refusal(outcome: PutOutcome) -> String {
    match outcome {
        PutOutcome::Refused { status, message } => format!("{status} {message}"),
        PutOutcome::TooLarge => "it is larger than the server takes".into(),
        PutOutcome::UidConflict { .. } => "another item of the collection has the same UID".into(),
        _ => "the server gave an answer of an unknown kind".into(),
    }
}

/// Names of resources are made of characters that need no escaping in a URL.
fn href(collection: &str, name: &str) -> String {
    format!("{collection}{name}")
}

impl ItemWriter for Writer {
    fn prepare<'a>(&'a mut self, name: &'a str) -> BoxFuture<'a, Result<String>> {
        Box::pin(self.prepare(name))
    }

    fn reopen<'a>(&'a mut self, collection: &'a str) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.reopen(collection))
    }

    fn put<'a>(
        &'a mut self,
        collection: &'a str,
        name: &'a str,
        body: &'a [u8],
    ) -> BoxFuture<'a, Result<Put>> {
        Box::pin(Self::put(self, collection, name, body))
    }

    fn replace<'a>(
        &'a mut self,
        collection: &'a str,
        name: &'a str,
        was: Digest,
        body: &'a [u8],
    ) -> BoxFuture<'a, Result<Replaced>> {
        Box::pin(Self::replace(self, collection, name, was, body))
    }

    fn get<'a>(
        &'a mut self,
        collection: &'a str,
        names: &'a [&'a str],
    ) -> BoxFuture<'a, Result<Vec<Option<Vec<u8>>>>> {
        Box::pin(Self::get(self, collection, names))
    }
}
