//! One collection following another, again and again.

use std::collections::{HashSet, VecDeque};

use super::builder::Import;
use super::outcome::{Report, State};
use super::place;
use super::source::{Document, Gone, Source};
use crate::client::{Client, Collection, Kind};
use crate::error::Error;
use crate::ledger::{BoxFuture, Entry};
use crate::vcard::Version;
use crate::{Item, Result, split, vcard};

/// Resources that are read from the source at once.
const READ: usize = 200;

/// A collection on one server that follows a collection on another.
///
/// The first [`run`](Self::run) uploads everything, later ones what was added or changed and, if the [`Import`] says so, delete
/// what was deleted. The ledger of the import remembers how far the source has been followed.
#[derive(Debug)]
pub struct Follow {
    source: Client,
    collection: Collection,
    import: Import,
    options: split::Options,
}

impl Follow {
    /// Follows `collection` on `source`. Both collections must be calendars, or both address books.
    #[must_use]
    pub fn new(source: Client, collection: Collection, import: Import) -> Self {
        Self {
            source,
            collection,
            import,
            options: split::Options::default(),
        }
    }

    /// Sets how calendars are read.
    #[must_use]
    pub fn options(mut self, options: split::Options) -> Self {
        self.options = options;
        self
    }

    /// Runs one pass.
    ///
    /// # Errors
    ///
    /// Those of both servers, blamed on the side that they come from, and of the ledger.
    pub async fn run(&self) -> Result<Report> {
        let path = place::path(&self.import).await.map_err(Error::at_target)?;
        let key = self.import.client.url_of(&path);
        let record = self.import.ledger.read(&key).await?;
        let token = record.token.as_deref();
        let changes = self.source.changes(&self.collection, token).await;
        let changes = changes.map_err(Error::at_source)?;
        let hrefs: Vec<String> = changes
            .changed
            .into_iter()
            .map(|resource| resource.href)
            .collect();
        let removed = if changes.whole {
            let there: HashSet<&String> = hrefs.iter().collect();
            let known = record.items.values().filter_map(|known| known.document.clone());
            known.filter(|document| !there.contains(document)).collect()
        } else {
            changes.removed
        };
        let mut resources = Resources {
            follow: self,
            hrefs: hrefs.into(),
            ready: VecDeque::new(),
            removed: removed.into_iter().collect(),
        };
        let report = self
            .import
            .run_from(&mut resources)
            .await
            .map_err(Error::at_target)?;
        // What failed is looked at again next time.
        if report.count(State::Failed) == 0
            && let Some(token) = changes.token
        {
            let entry = Entry::Token { token };
            self.import.ledger.write(&key, &[entry]).await?;
            self.import.ledger.sync().await?;
        }
        Ok(report)
    }

    fn items(&self, body: &[u8]) -> Vec<Item> {
        let split = match self.collection.kind {
            Kind::Calendars => split::calendar_with(body, &self.options),
            Kind::Contacts => {
                let addresses = self.options.addresses.as_deref();
                vcard::cards_with(body, Version::V3, addresses, &self.options.limits)
            }
        };
        match split {
            Ok(split) => split.items,
            Err(error) => {
                let reason = error.to_string();
                vec![Item::remainder(body, crate::Finding::CheckFailed { reason })]
            }
        }
    }
}

/// The changed resources of the source.
struct Resources<'a> {
    follow: &'a Follow,
    hrefs: VecDeque<String>,
    ready: VecDeque<Document>,
    removed: HashSet<String>,
}

impl Resources<'_> {
    async fn read(&mut self) -> Result<Option<Document>> {
        while self.ready.is_empty() && !self.hrefs.is_empty() {
            let part: Vec<String> = self.hrefs.drain(..READ.min(self.hrefs.len())).collect();
            let Follow {
                source, collection, ..
            } = self.follow;
            let found = source
                .get_many(collection, &part)
                .await
                .map_err(Error::at_source)?;
            for fetched in found {
                let items = self.follow.items(&fetched.body);
                self.ready.push_back(Document::new(fetched.href, items));
            }
        }
        Ok(self.ready.pop_front())
    }
}

impl Source for Resources<'_> {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Document>>> {
        Box::pin(self.read())
    }

    fn holds(&self, document: &str) -> bool {
        !self.removed.contains(document)
    }

    fn gone(&self) -> Gone {
        Gone::Documents(self.removed.iter().cloned().collect())
    }
}
