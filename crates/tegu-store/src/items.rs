//! What documents hold: calendar items and contacts, and who can tell them apart.
//!
//! An engine that moves documents has to know which items they hold and when two texts mean the same. It asks an [`ItemParser`], so that it
//! needs to know no format. `tegu_dav::store::Parser` reads iCalendar, vCard and Outlook's tables of contacts.

use crate::{
    Finding,
    sources::{AddressLookup, Document, ReadDocument},
};
use std::fmt::Debug;

/// Which of the two an item is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[allow(clippy::exhaustive_enums)] // a parser handles both
pub enum ItemKind {
    /// Events, tasks and journal entries.
    Calendars,
    /// Contacts and lists of them.
    Contacts,
}

/// One calendar item or contact, as it goes to the target.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Item {
    /// A file name that follows from the UID, and from nothing else.
    pub name: String,
    /// Its UID (RFC 5545, section 3.8.4.7; RFC 6350, section 6.7.6).
    pub uid: String,
    /// What a person recognises it by.
    pub label: String,
    /// What is stored on the target. `None` if it cannot be made; then a finding says why.
    pub body: Option<Vec<u8>>,
    /// What the source holds.
    pub original: Vec<u8>,
    /// How the original is written, as the extension of a file: `ics`, `vcf`, `csv` or `bin`.
    pub extension: &'static str,
    /// What was noticed about it. A lossy finding leaves it to a person, unless the operator accepts that loss.
    pub findings: Vec<Finding>,
}

impl Item {
    /// An item that is stored as the source holds it.
    pub fn new(name: impl Into<String>, uid: impl Into<String>, original: impl Into<Vec<u8>>) -> Self {
        let original = original.into();
        Self {
            name: name.into(),
            uid: uid.into(),
            body: Some(original.clone()),
            original,
            extension: "bin",
            ..Self::default()
        }
    }
}

/// Splits documents into items, and tells whether two texts of an item mean the same.
pub trait ItemParser: Debug + Send + Sync {
    /// Splits what was read of a document into items. People whom it names by X.500 names of Exchange are looked up.
    ///
    /// Nothing is left out: a document that cannot be split is one item without a [body](Item::body), and so is
    /// [`ReadDocument::Manual`]. What the source noticed about a document holds for each of its items.
    fn items(
        &self,
        kind: ItemKind,
        document: &Document,
        read: ReadDocument,
        addresses: &AddressLookup,
    ) -> Vec<Item>;

    /// Compares the body that was sent with what the target returned.
    ///
    /// # Errors
    ///
    /// The first difference in meaning, for a person.
    fn compare(&self, kind: ItemKind, sent: &[u8], returned: &[u8]) -> Result<(), String>;
}
