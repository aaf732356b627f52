//! Calendars and contacts.

use super::at_source;
use crate::{Converted, Error, ErrorKind, Finding, Kind, Pst, Result};
use std::collections::HashMap;
use tegu_message::{FolderRole, digest::Digester};
use tegu_store::{
    BoxFuture,
    sources::{Collection, CollectionKind, Document, Format, ItemReader, ReadDocument},
};

/// Octets of converted items that are kept from the listing until they are read.
const KEPT: usize = 64 << 20;

/// Calendars with tasks, notes and journal entries, or contacts, of files that belong together, as an [`ItemReader`].
///
/// Each folder with such items is a collection, each item a document. An item that an earlier file has in the folder of the same name
/// is the same item. What an item would lose is told by its findings.
#[derive(Debug)]
pub struct PstItemReader {
    files: Vec<Pst>,
    kinds: &'static [Kind],
    format: Format,
    recoverable: bool,
    /// Where the items are that were listed, by identity: a file, and a node of it.
    places: HashMap<String, (usize, u32)>,
    /// Items as they were converted for the listing, as many as there is room for.
    kept: HashMap<String, (String, Vec<Finding>)>,
    octets: usize,
}

impl PstItemReader {
    /// Reads appointments, tasks, notes and journal entries.
    #[must_use]
    pub fn calendars(files: Vec<Pst>) -> Self {
        Self {
            files,
            kinds: &[Kind::Appointment, Kind::Task, Kind::Note, Kind::Journal],
            format: Format::Calendar,
            recoverable: false,
            places: HashMap::new(),
            kept: HashMap::new(),
            octets: 0,
        }
    }

    /// Reads contacts and private lists.
    #[must_use]
    pub fn contacts(files: Vec<Pst>) -> Self {
        Self {
            kinds: &[Kind::Contact, Kind::List],
            format: Format::Card,
            ..Self::calendars(files)
        }
    }

    /// Also what its owner deleted for good, which an export of Exchange holds as a folder (Recoverable Items). It is not listed otherwise:
    /// the mail of the file counts it.
    #[must_use]
    pub fn recoverable(mut self, wanted: bool) -> Self {
        self.recoverable = wanted;
        self
    }

    fn find(&mut self) -> Result<Vec<Collection>> {
        self.places.clear();
        self.kept.clear();
        self.octets = 0;
        let mut collections: Vec<Collection> = Vec::new();
        let mut before: HashMap<(String, String), u64> = HashMap::new();
        for (file, pst) in self.files.iter().enumerate() {
            let mut seen: HashMap<(String, String), u64> = HashMap::new();
            for folder in pst.folders().map_err(at_source)?.folders {
                if folder.role == Some(FolderRole::RecoverableItems) && !self.recoverable {
                    continue;
                }
                let name = folder.path.join("/");
                let (mut documents, mut kind) = (Vec::new(), None);
                for nid in pst.contents(&folder).items {
                    let Some(converted) = convert(pst, nid, self.kinds) else {
                        continue;
                    };
                    kind = Some(together(kind, collection_kind(&converted)));
                    let content = content(&identity(pst, nid, self.kinds, &converted));
                    let id = format!("{}:{nid:x}:{content}", hex(pst.record_key()));
                    let key = (name.clone(), content);
                    let number = seen.entry(key.clone()).or_default();
                    *number += 1;
                    if before.get(&key).is_none_or(|known| *number > *known) {
                        self.places.insert(id.clone(), (file, nid));
                        let (text, findings) = written(self.format, converted);
                        if text.len() <= KEPT - self.octets {
                            self.octets += text.len();
                            self.kept.insert(id.clone(), (text, findings));
                        }
                        documents.push(Document::new(id, self.format));
                    }
                }
                if documents.is_empty() {
                    continue;
                }
                let kind = kind.unwrap_or_default();
                match collections.iter_mut().find(|known| known.name == name) {
                    Some(known) => {
                        known.kind = together(Some(known.kind), kind);
                        known.documents.extend(documents);
                    }
                    None => collections.push(Collection::new(name, documents).kind(kind)),
                }
            }
            for (key, count) in seen {
                let known = before.entry(key).or_default();
                *known = count.max(*known);
            }
        }
        Ok(collections)
    }

    fn document(&mut self, id: &str) -> Result<ReadDocument> {
        let (text, findings) = match self.kept.remove(id) {
            Some(kept) => {
                self.octets -= kept.0.len();
                kept
            }
            None => {
                let place = self.places.get(id);
                let found = place.and_then(|(file, nid)| convert(self.files.get(*file)?, *nid, self.kinds));
                let missing =
                    || Error::new(ErrorKind::NotFound, format!("there is no item {id}")).at_source();
                written(self.format, found.ok_or_else(missing)?)
            }
        };
        Ok(ReadDocument::Document(text.into(), findings))
    }
}

/// An item of a kind that belongs here. What cannot be opened is listed with the mail of the file.
fn convert(pst: &Pst, nid: u32, kinds: &[Kind]) -> Option<Converted> {
    let item = pst.message(nid).ok()?;
    kinds.contains(&item.kind()).then(|| item.convert())?
}

/// What a collection of such items is for.
fn collection_kind(converted: &Converted) -> CollectionKind {
    match converted.component.lines().next() {
        Some("BEGIN:VTODO") => CollectionKind::Tasks,
        Some("BEGIN:VJOURNAL") => CollectionKind::Notes,
        _ => CollectionKind::Items,
    }
}

/// What a collection is for that holds more than one thing.
fn together(known: Option<CollectionKind>, kind: CollectionKind) -> CollectionKind {
    known.map_or(kind, |known| {
        if known == kind {
            kind
        } else {
            CollectionKind::Items
        }
    })
}

/// An item as the file alone has it: what others know of addresses may change from run to run, and the item is still the same.
fn identity(pst: &Pst, nid: u32, kinds: &[Kind], converted: &Converted) -> Converted {
    let by_others = |finding: &Finding| finding.code == "PST-ADDRESS-RESOLVED";
    if !converted.findings.iter().any(by_others) {
        return converted.clone();
    }
    let item = pst.message(nid).ok().filter(|item| kinds.contains(&item.kind()));
    let alone = item.and_then(|item| item.alone(true).convert());
    alone.unwrap_or_else(|| converted.clone())
}

fn written(format: Format, converted: Converted) -> (String, Vec<Finding>) {
    match format {
        Format::Calendar => (converted.calendar(), converted.findings),
        _ => (converted.component, converted.findings),
    }
}

/// What an item says, without what it has of its file: two copies of one item are the same.
fn content(converted: &Converted) -> String {
    let mut digester = Digester::default();
    let lines = converted.component.split_inclusive("\r\n");
    for line in lines.filter(|line| !line.starts_with("UID:") && !line.starts_with("DTSTAMP:")) {
        digester.update(line.as_bytes());
    }
    digester.finish().short()
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

impl ItemReader for PstItemReader {
    fn collections(&mut self) -> BoxFuture<'_, Result<Vec<Collection>>> {
        Box::pin(async { self.find() })
    }

    fn read<'a>(
        &'a mut self,
        _: &'a Collection,
        document: &'a Document,
    ) -> BoxFuture<'a, Result<ReadDocument>> {
        Box::pin(async move { self.document(&document.id) })
    }
}
