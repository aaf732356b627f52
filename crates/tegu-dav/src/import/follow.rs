//! From one server to another, again and again.

use super::Import;
use super::plan::Scope;
use super::report::{Report, State};
use crate::client::{Client, Collection, Kind};
use crate::ledger::Entry;
use crate::vcard::Version;
use crate::{Item, Limits, Result, split, vcard};

/// A collection on one server that another follows.
///
/// The first [`run`](Self::run) carries everything, later ones carry additions and changes, and, where
/// the [`Import`] was told so, deletions. The ledger of the import remembers how far the source was
/// followed.
#[derive(Debug)]
pub struct Follow {
    source: Client,
    collection: Collection,
    import: Import,
    options: split::Options,
}

impl Follow {
    /// Carries this collection into the import's. Both must be calendars, or both address books.
    #[must_use]
    pub fn new(source: Client, collection: Collection, import: Import) -> Self {
        Self {
            source,
            collection,
            import,
            options: split::Options::default(),
        }
    }

    /// How calendars are read.
    #[must_use]
    pub fn options(mut self, options: split::Options) -> Self {
        self.options = options;
        self
    }

    /// One pass.
    ///
    /// # Errors
    ///
    /// Those of either server, and of the ledger.
    pub async fn run(&self) -> Result<Report> {
        let record = self.import.ledger.read(&self.import.key()).await?;
        let changes = self
            .source
            .changes(&self.collection, record.token.as_deref())
            .await?;
        let hrefs: Vec<String> = changes
            .changed
            .iter()
            .map(|resource| resource.href.clone())
            .collect();
        let mut items = Vec::new();
        for fetched in self.source.get_many(&self.collection, &hrefs).await? {
            for item in self.items(&fetched.body) {
                items.push((item, Some(fetched.href.clone())));
            }
        }
        let removed = if changes.whole {
            let there: std::collections::HashSet<&String> = hrefs.iter().collect();
            let known = record.known.values().filter_map(|known| known.source.clone());
            known.filter(|source| !there.contains(source)).collect()
        } else {
            changes.removed
        };
        let report = self.import.carry(items, Scope::Changes(removed)).await?;
        // What failed is looked at again next time.
        if report.count(State::Failed) == 0
            && let Some(token) = changes.token
        {
            let entry = Entry::Token { token };
            self.import.ledger.write(&self.import.key(), &[entry]).await?;
            self.import.ledger.sync().await?;
        }
        Ok(report)
    }

    fn items(&self, body: &[u8]) -> Vec<Item> {
        let limits: &Limits = &self.options.limits;
        let split = match self.collection.kind {
            Kind::Calendars => split::calendar_with(body, &self.options),
            Kind::Contacts => vcard::cards_with(body, Version::V3, self.options.addresses.as_deref(), limits),
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
