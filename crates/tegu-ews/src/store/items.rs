//! Calendars and contacts.

use super::{all, elsewhere, unread};
use crate::{
    Converted, Error, ErrorKind, ItemId, Kind, Mailbox, Result, request::ItemShape, response::Change,
};
use std::collections::{BTreeMap, HashMap};
use tegu_store::{
    BoxFuture,
    sources::{
        Collection, CollectionKind, Document, EarlierList, EarlierLists, Format, ItemReader, Read,
        ReadDocument,
    },
};

/// Items that are read by one request.
const AHEAD: usize = 50;

/// Calendars with tasks, notes and journal entries, or contacts, of one mailbox, as an [`ItemReader`].
///
/// Each folder of such a class is a collection, each item a document. What an item would lose is told by its findings.
#[derive(Debug)]
pub struct EwsItemReader {
    mailbox: Mailbox,
    archive: Option<String>,
    kinds: &'static [Kind],
    format: Format,
    /// Items that were read ahead, by identifier. They are asked for soon, in the order of the listing.
    ahead: HashMap<String, Result<ReadDocument>>,
    /// What the folders of the listing are for, by their identifiers.
    folders: HashMap<String, Kind>,
    again: Again,
}

/// Unchanged items that are asked for one after the other. One alone is read alone; the more of them follow one another, the more are read
/// ahead.
#[derive(Debug, Default)]
struct Again {
    /// How many were read by the last request.
    read: usize,
    /// The item behind them.
    next: Option<String>,
}

impl Again {
    /// How many to read from this one on.
    fn from(&self, id: &str) -> usize {
        let follows = self.next.as_deref() == Some(id);
        if follows { (2 * self.read).min(AHEAD) } else { 1 }
    }
}

impl EwsItemReader {
    /// Reads appointments, tasks, notes and journal entries.
    #[must_use]
    pub fn calendars(mailbox: Mailbox) -> Self {
        Self {
            mailbox,
            archive: None,
            kinds: &[Kind::Event, Kind::Task, Kind::Journal, Kind::Note],
            format: Format::Calendar,
            ahead: HashMap::new(),
            folders: HashMap::new(),
            again: Again::default(),
        }
    }

    /// Reads contacts and private lists.
    #[must_use]
    pub fn contacts(mailbox: Mailbox) -> Self {
        Self {
            kinds: &[Kind::Contact, Kind::List],
            format: Format::Card,
            ..Self::calendars(mailbox)
        }
    }

    /// Leaves notes to [`EwsMailReader::notes`](super::EwsMailReader::notes).
    #[must_use]
    pub fn without_notes(mut self) -> Self {
        self.kinds = match self.kinds {
            [others @ .., Kind::Note] => others,
            kinds => kinds,
        };
        self
    }

    /// Reads the archive mailbox too, where there is one: its folders stand below one of this name.
    #[must_use]
    pub fn archive(mut self, name: Option<String>) -> Self {
        self.archive = name;
        self
    }

    async fn find(&mut self, earlier: &EarlierLists) -> Result<Vec<Collection>> {
        self.ahead.clear();
        self.again = Again::default();
        let mut collections = Vec::new();
        let inventory = self.mailbox.inventory_with(self.archive.as_deref()).await?;
        for place in inventory.folders {
            if !self.kinds.contains(&place.kind) {
                continue;
            }
            let before = earlier.get(&place.folder.id);
            let mut listing = match before {
                Some(before) => self.mailbox.changes(&place.folder, &before.state),
                None => self.mailbox.listing(&place.folder),
            };
            let changes = all(&mut listing, || place.path.join("/")).await?;
            let versions = versions(before.filter(|_| !listing.is_whole()), changes);
            // Where the server tells no change keys, nobody knows what has changed.
            let tells = versions.values().all(|version| !version.ends_with(' '));
            let documents = versions.into_iter().map(|(id, version)| {
                let format = match self.kinds.contains(&listed_kind(place.kind, element(&version))) {
                    true => self.format,
                    // What belongs to no calendar and lies in one is for a person.
                    false => Format::Unknown,
                };
                Document::new(id, format).version(version)
            });
            let mut collection = Collection::new(place.path.join("/"), documents.collect());
            collection = collection.kind(match place.kind {
                Kind::Task => CollectionKind::Tasks,
                Kind::Note | Kind::Journal => CollectionKind::Notes,
                _ => CollectionKind::Items,
            });
            let state = listing.state().filter(|_| tells).map(str::to_owned);
            collection = collection.state(state, listing.is_whole()).id(&place.folder.id);
            self.folders.insert(place.folder.id, place.kind);
            collections.push(collection);
        }
        Ok(collections)
    }

    fn kind(&self, collection: &Collection, document: &Document) -> Kind {
        let first = self.kinds.first().copied().unwrap_or(Kind::Other);
        let id = collection.id.as_deref().unwrap_or_default();
        let folder = self.folders.get(id).copied().unwrap_or(first);
        let listed = document.version.as_deref().map(element);
        listed
            .map(|element| listed_kind(folder, element))
            .filter(|kind| self.kinds.contains(kind))
            .unwrap_or(first)
    }

    async fn fetch(&mut self, collection: &Collection, document: &Document) -> Result<ReadDocument> {
        if let Some(read) = self.ahead.remove(&document.id) {
            return read;
        }
        self.ahead.clear();
        // One request asks for items of one kind.
        let kind = self.kind(collection, document);
        let mut next = collection
            .documents
            .iter()
            .skip_while(|one| one.id != document.id);
        let mut some: Vec<&Document> = if document.unchanged.is_some() {
            let some: Vec<_> = next.by_ref().take(self.again.from(&document.id)).collect();
            self.again = Again {
                read: some.len(),
                next: next.next().map(|one| one.id.clone()),
            };
            some
        } else {
            next.filter(|one| one.unchanged.is_none()).take(AHEAD).collect()
        };
        if some.is_empty() {
            some.push(document);
        }
        let ids: Vec<ItemId> = some
            .into_iter()
            .filter(|one| self.kind(collection, one) == kind)
            .map(|one| ItemId::new(&*one.id, None))
            .collect();
        self.get(&ids, kind).await?;
        let gone = || Error::new(ErrorKind::NotFound, format!("there is no item {}", document.id));
        self.ahead.remove(&document.id).unwrap_or_else(|| Err(gone()))
    }

    async fn get(&mut self, ids: &[ItemId], kind: Kind) -> Result<()> {
        let shape = ItemShape::of(kind, self.mailbox.version());
        for (id, item) in ids.iter().zip(self.mailbox.get(ids, &shape).await?) {
            let read = match item {
                Ok(item) => {
                    let class = item.class.clone();
                    Ok(match self.mailbox.convert(item).await? {
                        Some(converted) => self.document(converted),
                        None => ReadDocument::Manual(elsewhere(&class, self.what())),
                    })
                }
                Err(problem) => match unread(&problem) {
                    Read::Manual(finding) => Ok(ReadDocument::Manual(finding)),
                    _ => Err(problem.into()),
                },
            };
            self.ahead.insert(id.id.clone(), read);
        }
        Ok(())
    }

    fn what(&self) -> &'static str {
        match self.format {
            Format::Calendar => "appointments, tasks or notes",
            _ => "contacts",
        }
    }

    fn document(&self, converted: Converted) -> ReadDocument {
        let octets = match self.format {
            Format::Calendar => converted.calendar(),
            _ => converted.component,
        };
        ReadDocument::Document(octets.into(), converted.findings)
    }
}

/// What an item is, as far as its folder and its element tell: the schema has no elements for notes and journal entries.
fn listed_kind(folder: Kind, element: &str) -> Kind {
    match (folder, Kind::of("", element)) {
        (Kind::Note | Kind::Journal, Kind::Mail) => folder,
        (_, kind) => kind,
    }
}

/// The versions of all items of a folder, after changes since it was listed before. Each begins with the item's element, by which it is
/// read.
fn versions(before: Option<&EarlierList>, changes: Vec<Change>) -> BTreeMap<String, String> {
    let mut versions = before.map(|before| before.versions.clone()).unwrap_or_default();
    for change in changes {
        let key = change.id().change_key.clone().unwrap_or_default();
        match change {
            Change::Create(item) | Change::Update(item) => {
                versions.insert(item.id.id, format!("{} {key}", item.element));
            }
            Change::Delete(id) => drop(versions.remove(&id.id)),
            Change::ReadFlag(id, _) => {
                if let Some(version) = versions.get_mut(&id.id) {
                    *version = format!("{} {key}", element(version));
                }
            }
        }
    }
    versions
}

/// The element that a version begins with.
fn element(version: &str) -> &str {
    version.split(' ').next().unwrap_or_default()
}

impl ItemReader for EwsItemReader {
    fn collections(&mut self) -> BoxFuture<'_, Result<Vec<Collection>>> {
        Box::pin(async move { self.find(&EarlierLists::new()).await.map_err(Error::at_source) })
    }

    fn check(&mut self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            let inventory = self.mailbox.inventory_with(self.archive.as_deref()).await;
            inventory.map(drop).map_err(Error::at_source)
        })
    }

    fn collections_since<'a>(
        &'a mut self,
        earlier: &'a EarlierLists,
    ) -> BoxFuture<'a, Result<Vec<Collection>>> {
        Box::pin(async move { self.find(earlier).await.map_err(Error::at_source) })
    }

    fn read<'a>(
        &'a mut self,
        collection: &'a Collection,
        document: &'a Document,
    ) -> BoxFuture<'a, Result<ReadDocument>> {
        Box::pin(async move { self.fetch(collection, document).await.map_err(Error::at_source) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::response::ItemRef;
    use proptest::prelude::*;

    /// What happens to items of a folder: something new, an edit, a mark, or the end.
    fn change(id: u8, key: u8, what: u8) -> Change {
        let id = ItemId::new(id.to_string(), Some(&key.to_string()));
        match what {
            0 => Change::Delete(id),
            1 => Change::ReadFlag(id, true),
            what => {
                let element = if id.id.len() == 1 { "Task" } else { "CalendarItem" };
                let item = ItemRef {
                    id,
                    element: element.into(),
                    read: None,
                    size: None,
                };
                if what == 2 {
                    Change::Update(item)
                } else {
                    Change::Create(item)
                }
            }
        }
    }

    proptest! {
        /// However changes are cut into passes, and whichever of them a state comes again from, the list is the same.
        #[test]
        fn a_list_that_goes_on_is_the_whole_list(
            all in proptest::collection::vec((0u8..20, any::<u8>(), 0u8..4), 0..60),
            cut in 0usize..60,
        ) {
            let changes = |some: &[(u8, u8, u8)]| some.iter().map(|(id, key, what)| change(*id, *key, *what)).collect();
            let cut = cut.min(all.len());
            let before = EarlierList { state: "1".into(), versions: versions(None, changes(&all[..cut])) };
            prop_assert_eq!(versions(Some(&before), changes(&all[cut..])), versions(None, changes(&all)));
        }
    }

    #[test]
    fn the_more_unchanged_items_follow_one_another_the_more_are_read_ahead() {
        let mut again = Again::default();
        let mut asked = Vec::new();
        let mut at = 0;
        while at < 400 {
            let count = again.from(&at.to_string());
            asked.push(count);
            at += count;
            again = Again {
                read: count,
                next: Some(at.to_string()),
            };
        }
        assert_eq!(asked[..8], [1, 2, 4, 8, 16, 32, 50, 50]);
        assert_eq!(again.from("elsewhere"), 1);
    }
}
