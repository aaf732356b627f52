//! Documents that are read once for each of their versions.

use crate::{
    Account, Error, Result, RouteOptions, RunContext, digest,
    journal::{DocumentRead, Documents, JobKey, Journal},
    sources::{Collection, EarlierList, EarlierLists, ItemReader, ItemSource},
};
use std::collections::{HashMap, HashSet};

/// What the journal knows of a job's documents: which of them were listed, and which were read.
#[derive(Debug, Default)]
pub struct KnownDocuments {
    key: String,
    known: HashMap<String, Documents>,
}

/// What came of reading the documents of one collection.
#[derive(Debug, Default)]
pub struct Readings {
    items: HashMap<String, u64>,
    again: HashSet<String>,
}

impl KnownDocuments {
    /// Reads what a job's journal knows. What was read under other `options`, or by another route, counts for nothing: what is excluded or
    /// accepted there may end otherwise.
    ///
    /// # Errors
    ///
    /// Those of the journal.
    pub async fn read(
        journal: &dyn Journal,
        job: &JobKey,
        (options, route): (&RouteOptions, &str),
    ) -> Result<Self> {
        let decides = (env!("CARGO_PKG_VERSION"), route, &options.policy, &options.parts);
        let key = digest::of(format!("{decides:?}").as_bytes()).short();
        let known = Documents::read_all(journal, job).await?;
        Ok(Self { key, known })
    }

    fn of(&self, collection: Option<&str>) -> Option<&Documents> {
        let known = self.known.get(collection?);
        known.filter(|known| known.key == self.key)
    }

    /// Opens an account's calendars or address books and lists them, by what has changed where the source can tell. Documents that
    /// were read in their present version are [unchanged](crate::sources::Document::unchanged).
    ///
    /// # Errors
    ///
    /// Those of the source, which are blamed on it.
    pub async fn list(
        &self,
        source: &dyn ItemSource,
        account: &Account,
        options: &RouteOptions,
    ) -> Result<(Box<dyn ItemReader>, Vec<Collection>)> {
        let opened = source.open_knowing(account, &options.addresses).await;
        let mut reader = opened.map_err(Error::at_source)?;
        let earlier = self.known.iter().filter_map(|(id, known)| {
            let list = EarlierList {
                state: known.state.clone().filter(|_| known.key == self.key)?,
                versions: known.listed.clone(),
            };
            Some((id.clone(), list))
        });
        let earlier: EarlierLists = earlier.collect();
        let collections = reader.collections_since(&earlier).await;
        let mut collections = collections.map_err(Error::at_source)?;
        for collection in &mut collections {
            let Some(known) = self.of(collection.id.as_deref()) else {
                continue;
            };
            for document in &mut collection.documents {
                let version = document.version.as_deref();
                document.unchanged = version.and_then(|version| known.items(&document.id, version));
            }
        }
        Ok((reader, collections))
    }

    /// Remembers a collection, now that every item of it has an ending. What has to be tried again is read again.
    ///
    /// # Errors
    ///
    /// Those of the journal.
    pub async fn remember(
        &self,
        context: &RunContext<'_>,
        collection: &Collection,
        readings: &Readings,
    ) -> Result<()> {
        let Some(id) = &collection.id else {
            return Ok(());
        };
        let mut now = Documents {
            key: self.key.clone(),
            state: collection.state.clone(),
            ..Documents::default()
        };
        for document in &collection.documents {
            let Some(version) = &document.version else {
                continue;
            };
            if now.state.is_some() {
                now.listed.insert(document.id.clone(), version.clone());
            }
            if let Some(items) = readings.of(&document.id) {
                let version = version.clone();
                now.read
                    .insert(document.id.clone(), DocumentRead { version, items });
            }
        }
        let (journal, lease) = (context.journal().as_ref(), context.lease());
        let before = (self.known.get(id), collection.is_whole);
        now.write(before, journal, lease, id).await
    }
}

impl Readings {
    /// A document was read, or did not have to be, and held so many items.
    pub fn read(&mut self, document: impl Into<String>, items: u64) {
        self.items.insert(document.into(), items);
    }

    /// A document could not be read, or an item of it failed.
    pub fn failed(&mut self, document: impl Into<String>) {
        self.again.insert(document.into());
    }

    fn of(&self, document: &str) -> Option<u64> {
        let items = self.items.get(document).copied();
        items.filter(|_| !self.again.contains(document))
    }
}
