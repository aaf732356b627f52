//! What items are known by in the journal and on the target.

use crate::{Entity, Finding, State, journal::Record};
use std::collections::HashMap;
use tegu_store::items::{Item, ItemKind};

/// What an entity's documents hold.
pub(super) fn kind(entity: Entity) -> ItemKind {
    match entity {
        Entity::Contacts => ItemKind::Contacts,
        _ => ItemKind::Calendars,
    }
}

/// What the journal knows the items of a document by: the document, the name on the target, and, for a damaged document that
/// holds two of one name, which of them it is. What stands before or behind an item does not change its identity.
pub(super) fn identities(document: &str, items: &[Item]) -> Vec<String> {
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
pub(super) fn parts(identity: &str) -> (&str, &str) {
    let mut parts = identity.split('\0');
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}

/// The code of the finding that the owner deleted an item on the target after it had got there; it is not brought back.
pub(super) const DELETED_BY_OWNER: &str = "DAV-TARGET-DELETED";

/// Returns whether the owner deleted the item on the target.
pub(super) fn deleted_by_owner(record: &Record) -> bool {
    let deleted = |finding: &Finding| finding.code == DELETED_BY_OWNER;
    record.state == State::Excluded && record.findings.iter().any(deleted)
}

/// Returns the item's name on the target: the server's own, or the one that follows from the item.
pub(super) fn name_on_target<'a>(record: &'a Record, id: &'a str) -> &'a str {
    record.place.as_deref().unwrap_or(parts(id).1)
}
