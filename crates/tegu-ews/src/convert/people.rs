//! Addresses of people.

use super::{Context, Notes};
use crate::item::Person;

/// The SMTP address of somebody; `None`, with a finding, if nobody knows it.
pub(super) fn address(person: &Person, context: &Context, notes: &mut Notes) -> Option<String> {
    let address = person.address.trim();
    if !person.is_internal() && address.contains('@') {
        let clean = !address
            .chars()
            .any(|character| character.is_control() || character.is_whitespace());
        if clean {
            return Some(address.to_owned());
        }
    }
    if let Some(known) = context.addresses.get(&address.to_lowercase()) {
        return Some(known.clone());
    }
    let shown = if person.name.is_empty() {
        address
    } else {
        &person.name
    };
    notes.lossy(
        "EWS-ADDRESS-UNRESOLVED",
        format!("{shown:?} has no mail address that is known outside of Exchange"),
    );
    None
}
