//! From documents to items, and back to the question whether two of them mean the same. All knowledge is tegu-dav's.

use crate::{
    Entity, Error, Finding, State,
    journal::Record,
    sources::{Document, Format, ReadDocument},
};
use std::{collections::HashMap, sync::Arc};
use tegu_dav::{
    Limits, csv, import, prove,
    resolve::{Lookup, Table},
    split, vcard,
};

/// One calendar resource or card on its way.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// A file name that follows from the UID.
    pub(crate) name: String,
    /// Its UID.
    pub(crate) uid: String,
    /// What a person recognises it by.
    pub(crate) label: String,
    /// What is stored, if it can be made.
    pub(crate) body: Option<Vec<u8>>,
    /// What the source held.
    pub(crate) original: Vec<u8>,
    /// `ics` or `vcf` or `csv`: how the original is written.
    pub(crate) extension: &'static str,
    /// What was noticed.
    pub(crate) findings: Vec<Finding>,
}

/// Splits what was read of a document into items. People whom it names by directory addresses are looked up.
pub(crate) fn items(
    entity: Entity,
    document: &Document,
    read: ReadDocument,
    addresses: &Arc<Table>,
) -> Vec<Item> {
    let extension = match document.format {
        Format::Calendar => "ics",
        Format::Card => "vcf",
        Format::ContactTable => "csv",
        Format::Unknown | Format::Special => "bin",
    };
    let (items, whole) = split_read(entity, document, read, addresses);
    let item = |item: tegu_dav::Item| Item {
        name: item.resource_name,
        uid: item.uid,
        label: item.summary,
        body: item.body,
        original: item.original,
        extension: if whole { extension } else { "bin" },
        findings: item.findings.iter().map(Finding::from).collect(),
    };
    items.into_iter().map(item).collect()
}

/// As [`items`], as tegu-dav's import takes them.
pub(crate) fn document(
    entity: Entity,
    document: &Document,
    read: ReadDocument,
    addresses: &Arc<Table>,
) -> import::Document {
    import::Document::new(&document.id, split_read(entity, document, read, addresses).0)
}

/// A document that could not be read this time, as one item of a plan.
pub(crate) fn unread(document: &Document, error: &Error) -> Vec<Item> {
    let finding = Finding::lossy("DAV-UNREAD", error.to_string());
    items(
        Entity::Calendars,
        document,
        ReadDocument::Manual(finding),
        &Arc::default(),
    )
}

/// The items of a document, and whether it could be split. One that cannot is one item for a person. What the source noticed holds for
/// all of its items.
fn split_read(
    entity: Entity,
    document: &Document,
    read: ReadDocument,
    addresses: &Arc<Table>,
) -> (Vec<tegu_dav::Item>, bool) {
    let of_source = |finding| tegu_dav::Finding::Source { finding };
    let (body, noticed) = match read {
        ReadDocument::Document(body, noticed) => (body, noticed),
        ReadDocument::Manual(finding) => {
            let id = document.id.as_bytes();
            let mut item = tegu_dav::Item::of_file(&document.id, id, of_source(finding));
            item.original.clear();
            return (vec![item], false);
        }
    };
    let (mut items, whole) = match split_document(entity, document.format, &body, addresses) {
        Ok(items) => (items, true),
        Err(finding) => (
            vec![tegu_dav::Item::of_file(&document.id, &body, *finding)],
            false,
        ),
    };
    for item in &mut items {
        item.findings.extend(noticed.iter().cloned().map(of_source));
    }
    (items, whole)
}

fn split_document(
    entity: Entity,
    format: Format,
    body: &[u8],
    addresses: &Arc<Table>,
) -> Result<Vec<tegu_dav::Item>, Box<tegu_dav::Finding>> {
    let unreadable = |reason: String| Box::new(tegu_dav::Finding::FileUnreadable { reason });
    let (limits, version) = (Limits::default(), vcard::Version::V3);
    let known: Option<&dyn Lookup> = Some(addresses.as_ref());
    let split = match format {
        Format::Calendar => {
            let options = split::Options::new(limits).addresses(addresses.clone());
            split::calendar_with(body, &options)
        }
        Format::Card => vcard::cards_with(body, version, known, &limits),
        Format::ContactTable => csv::contacts_with(body, version, known, &limits),
        Format::Special => {
            return Err(unreadable(
                "it is a link, a pipe or a device: such files are not opened".into(),
            ));
        }
        Format::Unknown => return Err(unreadable(format!("it is of no kind that holds {entity}"))),
    };
    let split = split.map_err(|error| unreadable(error.to_string()))?;
    Ok(split.items)
}

/// What the journal knows the items of a document by: the document, the name on the target, and, for a damaged document that
/// holds two of one name, which of them it is. What stands before or behind an item does not change its identity.
pub(crate) fn identities(document: &str, items: &[Item]) -> Vec<String> {
    let mut seen = HashMap::new();
    items
        .iter()
        .map(|item| {
            let before: &mut usize = seen.entry(item.name.as_str()).or_default();
            let identity = format!("{document}\0{}\0{before}", item.name);
            *before += 1;
            identity
        })
        .collect()
}

/// The document and the name on the target that an identity is made of.
pub(crate) fn parts(identity: &str) -> (&str, &str) {
    let mut parts = identity.split('\0');
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}

/// Compares what was sent with what the target gives back.
pub(crate) fn same_meaning(entity: Entity, sent: &[u8], found: &[u8]) -> Result<(), String> {
    let compared = match entity {
        Entity::Calendars => prove::calendar(sent, found),
        _ => prove::contact(sent, found),
    };
    compared.map_err(|differences| differences.first().map_or_else(String::new, ToString::to_string))
}

/// The code of the finding that the owner deleted an item on the target after it had got there; it is not brought back.
pub(crate) const DELETED_BY_OWNER: &str = "DAV-TARGET-DELETED";

/// Returns whether the owner deleted the item on the target.
pub(crate) fn deleted_by_owner(record: &Record) -> bool {
    let deleted = |finding: &Finding| finding.code == DELETED_BY_OWNER;
    record.state == State::Excluded && record.findings.iter().any(deleted)
}

/// Returns the item's name on the target: the server's own, or the one that follows from the item.
pub(crate) fn name_on_target<'a>(record: &'a Record, id: &'a str) -> &'a str {
    record.place.as_deref().unwrap_or(parts(id).1)
}
