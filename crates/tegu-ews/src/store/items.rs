//! Calendars and contacts.

use super::{elsewhere, unread};
use crate::{
    Converted, Error, ErrorKind, ItemId, Kind, Mailbox, Result, Severity, request::ItemShape,
    response::Change,
};
use std::collections::HashMap;
use tegu_store::{
    BoxFuture,
    sources::{Collection, CollectionKind, Document, Format, ItemReader, Read, ReadDocument},
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
    /// What items are that are not of the first kind, by identifier.
    others: HashMap<String, Kind>,
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
            others: HashMap::new(),
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

    async fn find(&mut self) -> Result<Vec<Collection>> {
        self.ahead.clear();
        self.others.clear();
        let mut collections = Vec::new();
        let inventory = self.mailbox.inventory_with(self.archive.as_deref()).await?;
        for place in inventory.folders {
            if !self.kinds.contains(&place.kind) {
                continue;
            }
            let mut documents = Vec::new();
            let mut listing = self.mailbox.listing(&place.folder);
            while let Some(changes) = listing.next().await? {
                for change in changes {
                    if let Change::Create(item) | Change::Update(item) = change {
                        // What belongs to no calendar and lies in one is for a person.
                        let kind = listed_kind(place.kind, &item.element);
                        let known = self.kinds.contains(&kind);
                        if known && self.kinds.first() != Some(&kind) {
                            self.others.insert(item.id.id.clone(), kind);
                        }
                        let format = if known { self.format } else { Format::Unknown };
                        documents.push(Document::new(item.id.id, format));
                    }
                }
            }
            if let Some(broken) = listing
                .findings()
                .iter()
                .find(|finding| finding.severity == Severity::Lossy)
            {
                return Err(Error::new(ErrorKind::Protocol, broken).doing("list", place.path.join("/")));
            }
            documents.sort();
            let collection = Collection::new(place.path.join("/"), documents).kind(match place.kind {
                Kind::Task => CollectionKind::Tasks,
                Kind::Note | Kind::Journal => CollectionKind::Notes,
                _ => CollectionKind::Items,
            });
            collections.push(collection.id(place.folder.id));
        }
        Ok(collections)
    }

    fn kind(&self, id: &str) -> Kind {
        let first = self.kinds.first().copied().unwrap_or(Kind::Other);
        self.others.get(id).copied().unwrap_or(first)
    }

    async fn fetch(&mut self, collection: &Collection, document: &Document) -> Result<ReadDocument> {
        if let Some(read) = self.ahead.remove(&document.id) {
            return read;
        }
        self.ahead.clear();
        let next = collection
            .documents
            .iter()
            .skip_while(|one| one.id != document.id);
        let mut ids: Vec<&str> = next.take(AHEAD).map(|one| one.id.as_str()).collect();
        if ids.is_empty() {
            ids.push(&document.id);
        }
        // One request asks for items of one kind.
        let kind = self.kind(&document.id);
        let ids: Vec<ItemId> = ids
            .into_iter()
            .filter(|id| self.kind(id) == kind)
            .map(|id| ItemId::new(id, None))
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

impl ItemReader for EwsItemReader {
    fn collections(&mut self) -> BoxFuture<'_, Result<Vec<Collection>>> {
        Box::pin(async move { self.find().await.map_err(Error::at_source) })
    }

    fn read<'a>(
        &'a mut self,
        collection: &'a Collection,
        document: &'a Document,
    ) -> BoxFuture<'a, Result<ReadDocument>> {
        Box::pin(async move { self.fetch(collection, document).await.map_err(Error::at_source) })
    }
}
