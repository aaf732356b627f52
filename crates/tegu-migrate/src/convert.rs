//! From documents to items, and back to the question whether two of them mean the same. All knowledge is tegu-dav's.

use crate::{
    Entity, Error, Finding, State,
    journal::Record,
    sources::{Document, Format, ReadDocument},
};
use std::{collections::HashMap, sync::Arc};
use tegu_dav::{ItemKind, client::Kind, prove, resolve::Table, store};

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
    let kind = match entity {
        Entity::Contacts => Kind::Contacts,
        _ => Kind::Calendars,
    };
    let item = |item: tegu_dav::Item| Item {
        name: item.resource_name,
        uid: item.uid,
        label: item.summary,
        body: item.body,
        original: item.original,
        extension: match document.format {
            _ if item.kind == ItemKind::Unknown => "bin",
            Format::Calendar => "ics",
            Format::Card => "vcf",
            Format::ContactTable => "csv",
            Format::Unknown | Format::Special => "bin",
        },
        findings: item.findings.iter().map(Finding::from).collect(),
    };
    store::items(kind, document, read, addresses)
        .into_iter()
        .map(item)
        .collect()
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
