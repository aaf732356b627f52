use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use tegu_store::BoxFuture;
use tegu_store::sources::{AddressLookup, Collection, Document, Format, ItemReader, ReadDocument};

use crate::client::Kind;
use crate::error::Result;
use crate::import::{self, Gone, Source, Unchanged};
use crate::resolve::Lookup;
use crate::{Finding, Item, Limits, csv, split, vcard};

/// One collection of a reader, as what an [`Import`](import::Import) takes.
pub struct Documents<'a> {
    reader: &'a mut dyn ItemReader,
    complete: bool,
    kind: Kind,
    collection: &'a Collection,
    addresses: &'a AddressLookup,
    next: usize,
    listed: HashSet<&'a str>,
}

impl<'a> Documents<'a> {
    /// Hands out the documents of `collection`. `complete` says whether the source lists all that it has
    /// ([`ItemSourceCapabilities::complete`](tegu_store::sources::ItemSourceCapabilities::complete)).
    pub fn new(
        kind: Kind,
        (reader, complete): (&'a mut dyn ItemReader, bool),
        collection: &'a Collection,
        addresses: &'a AddressLookup,
    ) -> Self {
        Self {
            reader,
            complete,
            kind,
            collection,
            addresses,
            next: 0,
            listed: collection.documents.iter().map(|one| one.id.as_str()).collect(),
        }
    }

    async fn read(&mut self) -> Result<Option<import::Document>> {
        let Some(document) = self.collection.documents.get(self.next) else {
            return Ok(None);
        };
        self.next += 1;
        Ok(Some(match self.reader.read(self.collection, document).await {
            Ok(read) => import::Document::new(&document.id, items(self.kind, document, read, self.addresses)),
            Err(error) if error.concerns_one_object() => {
                import::Document::unread(&document.id, error.at_source())
            }
            Err(error) => return Err(error.at_source()),
        }))
    }
}

impl Source for Documents<'_> {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<import::Document>>> {
        Box::pin(self.read())
    }

    fn unchanged(&mut self) -> Option<Unchanged> {
        let document = self.collection.documents.get(self.next)?;
        let id = document.id.clone();
        document.unchanged.map(|items| Unchanged { id, items })
    }

    fn pass_over(&mut self) {
        self.next += 1;
    }

    fn holds(&self, document: &str) -> bool {
        self.listed.contains(document)
    }

    fn gone(&self) -> Gone {
        if self.complete {
            Gone::Unlisted
        } else {
            Gone::Unknown
        }
    }
}

/// Splits what was read of a document into items. People whom it names by directory addresses are looked up.
///
/// A document that cannot be split is one item for a person. What the source noticed holds for all items of the document
/// ([`Finding::Source`]).
#[must_use]
pub fn items(kind: Kind, document: &Document, read: ReadDocument, addresses: &AddressLookup) -> Vec<Item> {
    let of_source = |finding| Finding::Source { finding };
    let (body, noticed) = match read {
        ReadDocument::Document(body, noticed) => (body, noticed),
        ReadDocument::Manual(finding) => {
            let mut item = Item::of_file(&document.id, document.id.as_bytes(), of_source(finding));
            item.original.clear();
            return vec![item];
        }
    };
    let mut items = split_document(kind, document.format, &body, addresses).unwrap_or_else(|reason| {
        vec![Item::of_file(
            &document.id,
            &body,
            Finding::FileUnreadable { reason },
        )]
    });
    for item in &mut items {
        item.findings.extend(noticed.iter().cloned().map(of_source));
    }
    items
}

fn split_document(
    kind: Kind,
    format: Format,
    body: &[u8],
    addresses: &AddressLookup,
) -> Result<Vec<Item>, String> {
    let (limits, version) = (Limits::default(), vcard::Version::V3);
    let addresses = Arc::new(Asked(addresses.clone()));
    let known: Option<&dyn Lookup> = Some(addresses.as_ref());
    let split = match format {
        Format::Calendar => {
            let options = split::Options::new(limits).addresses(addresses.clone());
            split::calendar_with(body, &options)
        }
        Format::Card => vcard::cards_with(body, version, known, &limits),
        Format::ContactTable => csv::contacts_with(body, version, known, &limits),
        Format::Special => return Err("it is a link, a pipe or a device: such files are not opened".into()),
        Format::Unknown => {
            let what = match kind {
                Kind::Contacts => "contacts",
                _ => "calendars",
            };
            return Err(format!("it is of no kind that holds {what}"));
        }
    };
    split.map(|split| split.items).map_err(|error| error.to_string())
}

/// Who knows addresses, as this crate asks.
struct Asked(AddressLookup);

impl Lookup for Asked {
    fn smtp(&self, name: &str) -> Option<String> {
        (self.0)(name)
    }
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asked").finish_non_exhaustive()
    }
}
