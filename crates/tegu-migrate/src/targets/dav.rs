//! Calendars and contacts to a CalDAV or CardDAV server.

use super::{ItemCapabilities, ItemTarget, ItemWriter, Prepared, Put, Removed, Replaced, Resource};
use crate::{
    Account, BoxFuture, Digest, Error, ErrorKind, Result, digest, server::DavServer, throttle::Throttle,
};
use bytes::Bytes;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use tegu_dav::client::{Client, Collection, Kind, PutOutcome};
use tokio::{sync::Semaphore, task::JoinSet};

/// Uploads of one account that are under way at once; servers that lock a collection gain nothing from more.
const UPLOADS: usize = 4;
const UNTAGGED: &str = "the server gives no entity tag, without which nothing can be changed safely";

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

/// A collection, and what is known to stand in it.
struct Open {
    collection: Collection,
    /// Made just now, nothing was sent to it, and the server takes it as a whole.
    fresh: bool,
    /// What stood there when it was opened: some servers overwrite in spite of `If-None-Match`.
    hrefs: HashSet<String>,
    /// Where each UID stands, once that was asked for.
    by_uid: Option<HashMap<String, String>>,
    /// What was read beside the way, until it is asked for.
    read: HashMap<String, Bytes>,
}

impl Open {
    fn new(collection: Collection, fresh: bool, hrefs: HashSet<String>) -> Self {
        Self {
            collection,
            fresh,
            hrefs,
            by_uid: None,
            read: HashMap::new(),
        }
    }

    /// The name that a resource has there already.
    fn standing(&self, resource: &Resource<'_>) -> Option<String> {
        if self.hrefs.contains(&href(&self.collection.href, resource.name)) {
            return Some(resource.name.to_owned());
        }
        let found = self.by_uid.as_ref()?.get(resource.uid)?;
        Some(name(&self.collection.href, found))
    }

    /// Reads what stands there, to learn which UID is where.
    async fn learn(&mut self, client: &Client) -> Result<()> {
        let listed = client.list(&self.collection).await?;
        let hrefs: Vec<String> = listed.into_iter().map(|resource| resource.href).collect();
        let found = client.by_uid(&self.collection, &hrefs).await?;
        self.hrefs.extend(hrefs);
        let mut by_uid = HashMap::with_capacity(found.len());
        for (uid, fetched) in found {
            self.read.insert(fetched.href.clone(), fetched.body);
            by_uid.insert(uid, fetched.href);
        }
        self.by_uid = Some(by_uid);
        Ok(())
    }
}

impl Writer {
    async fn prepare(&mut self, name: &str) -> Result<Prepared> {
        // A path that every server takes; people see the display name. Calendars and address books may share a home.
        let what = match self.kind {
            Kind::Contacts => "contacts",
            _ => "calendar",
        };
        let segment = format!("tegu-{what}-{}", digest::of(name.as_bytes()).short());
        let (collection, made) = self.client.make_collection(self.kind, &segment, name).await?;
        let href = collection.href.clone();
        let listed = self.client.list(&collection).await?;
        let hrefs: HashSet<String> = listed.into_iter().map(|resource| resource.href).collect();
        let fresh = made && hrefs.is_empty() && self.client.can_fill(&collection).await?;
        self.open
            .insert(href.clone(), Open::new(collection, fresh, hrefs));
        Ok(Prepared::new(href, fresh))
    }

    async fn reopen(&mut self, href: &str) -> Result<bool> {
        let collections = self.client.collections(self.kind).await?;
        let Some(collection) = collections.into_iter().find(|collection| collection.href == href) else {
            return Ok(false);
        };
        self.open
            .insert(href.to_owned(), Open::new(collection, false, HashSet::new()));
        Ok(true)
    }

    async fn put(&mut self, collection: &str, resources: &[Resource<'_>]) -> Result<Vec<Put>> {
        let open = self
            .open
            .get_mut(collection)
            .ok_or_else(|| unprepared(collection))?;
        let mut answers: Vec<Option<Put>> = vec![None; resources.len()];
        if std::mem::take(&mut open.fresh) {
            fill(&self.client, open, resources, &mut answers).await?;
        }
        let mut conflicts = Vec::new();
        let mut running = JoinSet::new();
        let room = Arc::new(Semaphore::new(UPLOADS));
        let mut names = HashSet::new();
        for (at, (resource, answer)) in resources.iter().zip(&mut answers).enumerate() {
            if answer.is_some() {
                continue;
            }
            if let Some(name) = open.standing(resource) {
                *answer = Some(Put::Exists(name));
                continue;
            }
            if !names.insert(resource.name) {
                // The second of this name in one batch finds the first.
                *answer = Some(Put::Exists(resource.name.to_owned()));
                continue;
            }
            let (client, place, room) = (self.client.clone(), open.collection.clone(), room.clone());
            let (name, body) = (resource.name.to_owned(), Bytes::copy_from_slice(resource.body));
            running.spawn(async move {
                let _turn = room.acquire_owned().await;
                (at, client.put_new(&place, &name, body).await)
            });
        }
        while let Some(done) = running.join_next().await {
            let (at, outcome) = done.map_err(|error| Error::new(ErrorKind::Target, error.to_string()))?;
            let Some((resource, answer)) = resources.get(at).zip(answers.get_mut(at)) else {
                continue;
            };
            *answer = Some(match outcome? {
                PutOutcome::Created { .. } | PutOutcome::Overwritten { .. } => {
                    Put::Created(resource.name.to_owned())
                }
                PutOutcome::Exists { .. } => Put::Exists(resource.name.to_owned()),
                refused => {
                    if matches!(refused, PutOutcome::UidConflict { .. }) {
                        conflicts.push(at);
                    }
                    Put::Refused {
                        text: refusal(refused),
                    }
                }
            });
        }
        // What has the UID under another name: of a run that was killed, or another program's.
        if !conflicts.is_empty() && open.by_uid.is_none() {
            open.learn(&self.client).await?;
        }
        for at in conflicts {
            let resource = resources.get(at);
            if let (Some(answer), Some(name)) = (
                answers.get_mut(at),
                resource.and_then(|resource| open.standing(resource)),
            ) {
                *answer = Some(Put::Exists(name));
            }
        }
        Ok(answers.into_iter().flatten().collect())
    }

    async fn replace(&mut self, collection: &str, name: &str, was: Digest, body: &[u8]) -> Result<Replaced> {
        let place = &self.open(collection)?.collection;
        let href = href(collection, name);
        // Read as `get` reads: a report in XML and a plain GET may give the same resource in other octets.
        let found = self.client.get_many(place, std::slice::from_ref(&href)).await?;
        let Some(found) = found.into_iter().find(|found| digest::of(&found.body) == was) else {
            return Ok(Replaced::Changed);
        };
        let Some(etag) = found.etag else {
            return Ok(Replaced::Refused {
                text: UNTAGGED.into(),
            });
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

    async fn remove(&mut self, collection: &str, name: &str, was: Digest) -> Result<Removed> {
        let place = &self.open(collection)?.collection;
        let href = href(collection, name);
        let found = self.client.get_many(place, std::slice::from_ref(&href)).await?;
        let Some(found) = found.into_iter().next() else {
            return Ok(Removed::Gone);
        };
        if digest::of(&found.body) != was {
            return Ok(Removed::Changed);
        }
        let Some(etag) = found.etag else {
            return Ok(Removed::Refused {
                text: UNTAGGED.into(),
            });
        };
        match self.client.delete(&href, &etag).await {
            Ok(true) => Ok(Removed::Removed),
            Ok(false) => Ok(Removed::Changed),
            Err(error) if error.kind() == tegu_dav::ErrorKind::Refused => Ok(Removed::Refused {
                text: error.to_string(),
            }),
            Err(error) => Err(error.into()),
        }
    }

    async fn get(&mut self, collection: &str, names: &[&str]) -> Result<Vec<Option<Vec<u8>>>> {
        let open = self
            .open
            .get_mut(collection)
            .ok_or_else(|| unprepared(collection))?;
        let hrefs = names
            .iter()
            .map(|name| href(collection, name))
            .collect::<Vec<_>>();
        let mut found: HashMap<String, Bytes> = HashMap::with_capacity(hrefs.len());
        let mut unread = Vec::new();
        for href in &hrefs {
            match open.read.remove(href) {
                Some(body) => {
                    found.insert(href.clone(), body);
                }
                None => unread.push(href.clone()),
            }
        }
        for fetched in self.client.get_many(&open.collection, &unread).await? {
            found.insert(fetched.href, fetched.body);
        }
        // Two items may stand for one resource.
        Ok(hrefs
            .iter()
            .map(|href| found.get(href).map(|body| body.to_vec()))
            .collect())
    }

    fn open(&self, collection: &str) -> Result<&Open> {
        self.open.get(collection).ok_or_else(|| unprepared(collection))
    }
}

/// Sends as much as can be by one request, and notes what arrived.
async fn fill(
    client: &Client,
    open: &mut Open,
    resources: &[Resource<'_>],
    answers: &mut [Option<Put>],
) -> Result<()> {
    // Each UID once: the server would take them for one item.
    let mut uids = HashSet::new();
    let once: Vec<usize> = (0..resources.len())
        .filter(|at| {
            resources
                .get(*at)
                .is_some_and(|resource| uids.insert(resource.uid))
        })
        .collect();
    let bodies: Vec<&[u8]> = once
        .iter()
        .filter_map(|at| resources.get(*at).map(|resource| resource.body))
        .collect();
    let sent = client.fill(&open.collection, &bodies).await?;
    if sent.is_empty() {
        return Ok(());
    }
    // Whatever was said: what counts is what is there now.
    open.learn(client).await?;
    for at in sent.into_iter().filter_map(|at| once.get(at)) {
        let name = resources.get(*at).and_then(|resource| open.standing(resource));
        if let (Some(name), Some(answer)) = (name, answers.get_mut(*at)) {
            *answer = Some(Put::Created(name));
        }
    }
    Ok(())
}

fn unprepared(collection: &str) -> Error {
    Error::new(
        ErrorKind::Target,
        format!("the collection {collection} was not prepared"),
    )
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

/// The name of what stands at a path, as [`href`] takes it.
fn name(collection: &str, href: &str) -> String {
    href.strip_prefix(collection).unwrap_or(href).to_owned()
}

impl ItemWriter for Writer {
    fn prepare<'a>(&'a mut self, name: &'a str) -> BoxFuture<'a, Result<Prepared>> {
        Box::pin(self.prepare(name))
    }

    fn reopen<'a>(&'a mut self, collection: &'a str) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.reopen(collection))
    }

    fn put<'a>(
        &'a mut self,
        collection: &'a str,
        resources: &'a [Resource<'a>],
    ) -> BoxFuture<'a, Result<Vec<Put>>> {
        Box::pin(Self::put(self, collection, resources))
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

    fn remove<'a>(
        &'a mut self,
        collection: &'a str,
        name: &'a str,
        was: Digest,
    ) -> BoxFuture<'a, Result<Removed>> {
        Box::pin(Self::remove(self, collection, name, was))
    }

    fn get<'a>(
        &'a mut self,
        collection: &'a str,
        names: &'a [&'a str],
    ) -> BoxFuture<'a, Result<Vec<Option<Vec<u8>>>>> {
        Box::pin(Self::get(self, collection, names))
    }
}
