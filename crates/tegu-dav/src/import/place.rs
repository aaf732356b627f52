//! The collection that items go to, and what is in it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::builder::{Destination, Import};
use crate::client::{Collection, Fetched, uids};
use crate::error::{Error, ErrorKind, one_line};
use crate::ledger::{Ending, Record};
use crate::{Finding, Result};

/// Where items go.
#[derive(Debug)]
pub(super) enum Place {
    Open {
        collection: Box<Collection>,
        /// Created by this run, or by an earlier one of this upload.
        fresh: bool,
    },
    /// It does not exist yet, and a plan does not create it.
    Missing,
    /// Nothing can go there: how all items end, and why.
    Closed(Ending, Finding),
}

impl Place {
    pub(super) fn collection(&self) -> Option<&Collection> {
        match self {
            Self::Open { collection, .. } => Some(collection),
            _ => None,
        }
    }
}

/// The collection, and what is known of it.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) place: Place,
    /// Its path on the server.
    pub(super) path: String,
    /// The ledger's name for it: its URL.
    pub(super) key: String,
    pub(super) record: Record,
    /// Entity tags by path.
    pub(super) listed: BTreeMap<String, Option<String>>,
    /// Paths of resources that the ledger does not know, by UID; read when first needed.
    pub(super) others: Option<HashMap<String, String>>,
    /// What was read to learn these UIDs, up to [`KEPT`].
    pub(super) kept: HashMap<String, Fetched>,
}

/// Octets of resources that are kept in memory until their items come. Others are read twice.
const KEPT: usize = 64 << 20;
/// Resources that are read at once.
const READ: usize = 200;

/// Returns the path of the collection on the server.
pub(super) async fn path(import: &Import) -> Result<String> {
    match &import.destination {
        Destination::Collection(collection) => Ok(collection.href.clone()),
        Destination::Named {
            kind,
            name: Some(name),
            ..
        } => import.client.path_of(*kind, name).await,
        Destination::Named { kind, .. } => {
            let none =
                || Error::config("the URL names no collection").doing("look for", kind.resource_type());
            import.client.place(*kind).await?.ok_or_else(none)
        }
    }
}

impl Survey {
    pub(super) async fn take(import: &Import, plan: bool) -> Result<Self> {
        let client = &import.client;
        let path = path(import).await?;
        let found = match &import.destination {
            Destination::Collection(collection) => Some(collection.clone()),
            Destination::Named { kind, .. } => client.collection_at(*kind, &path).await?.map(Box::new),
        };
        let key = client.url_of(&path);
        let record = import.ledger.read(&key).await?;
        let place = match found {
            Some(collection) => Place::Open {
                collection,
                fresh: import.fresh || record.created,
            },
            None => Self::create(import, &path, &record, plan).await?,
        };
        let mut listed = BTreeMap::new();
        if let Some(collection) = place.collection() {
            for resource in client.list(collection).await? {
                listed.insert(resource.href, resource.etag);
            }
        }
        Ok(Self {
            place,
            path,
            key,
            record,
            listed,
            others: None,
            kept: HashMap::new(),
        })
    }

    async fn create(import: &Import, path: &str, record: &Record, plan: bool) -> Result<Place> {
        let Destination::Named {
            kind, display_name, ..
        } = &import.destination
        else {
            return Ok(Place::Missing);
        };
        if record.items.values().any(|known| known.href.is_some()) {
            return Ok(Place::Closed(Ending::Excluded, Finding::CollectionDeleted));
        }
        if plan || !import.create {
            return Ok(Place::Missing);
        }
        match import.client.make_at(*kind, path, display_name).await {
            Ok((collection, fresh)) => Ok(Place::Open {
                collection: Box::new(collection),
                fresh,
            }),
            Err(error) if error.kind() == ErrorKind::Refused && !error.is_retryable() => {
                let message = one_line(&error.to_string());
                Ok(Place::Closed(
                    Ending::Manual,
                    Finding::CollectionRefused { message },
                ))
            }
            Err(error) => Err(error),
        }
    }

    /// Finds out the UIDs of what the ledger does not know. Names tell nothing about UIDs, so it has to be read.
    pub(super) async fn read_others(&mut self, import: &Import) -> Result<()> {
        if self.others.is_some() {
            return Ok(());
        }
        let mut others = HashMap::new();
        if let Some(collection) = self.place.collection() {
            let known: BTreeSet<&str> = self
                .record
                .items
                .values()
                .filter_map(|known| known.href.as_deref())
                .collect();
            let unknown: Vec<String> = self
                .listed
                .keys()
                .filter(|href| !known.contains(href.as_str()))
                .cloned()
                .collect();
            let mut room = KEPT;
            for part in unknown.chunks(READ) {
                for fetched in import.client.get_many(collection, part).await? {
                    for uid in uids(&fetched.body) {
                        others.entry(uid).or_insert_with(|| fetched.href.clone());
                    }
                    if let Some(rest) = room.checked_sub(fetched.body.len()) {
                        room = rest;
                        self.kept.insert(fetched.href.clone(), fetched);
                    }
                }
            }
        }
        self.others = Some(others);
        Ok(())
    }

    /// Reads resources, and returns those that are there by path.
    pub(super) async fn read(&self, import: &Import, hrefs: &[String]) -> Result<HashMap<String, Fetched>> {
        let mut found = HashMap::new();
        if let Some(collection) = self.place.collection().filter(|_| !hrefs.is_empty()) {
            for fetched in import.client.get_many(collection, hrefs).await? {
                found.insert(fetched.href.clone(), fetched);
            }
        }
        Ok(found)
    }
}
