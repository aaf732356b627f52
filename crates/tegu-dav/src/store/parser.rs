//! What an engine that knows no format asks of calendars and contacts.

use tegu_store::items::{Item, ItemKind, ItemParser};
use tegu_store::sources::{AddressLookup, Document, Format, ReadDocument};

use super::items;
use crate::client::Kind;
use crate::prove;

/// Splits iCalendar (RFC 5545), vCard (2.1, 3.0 and 4.0) and Outlook's tables of contacts into items, and compares items by meaning
/// ([`prove`]).
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Parser;

impl ItemParser for Parser {
    fn items(
        &self,
        kind: ItemKind,
        document: &Document,
        read: ReadDocument,
        addresses: &AddressLookup,
    ) -> Vec<Item> {
        let kind = match kind {
            ItemKind::Calendars => Kind::Calendars,
            ItemKind::Contacts => Kind::Contacts,
        };
        let items = items(kind, document, read, addresses).into_iter();
        items.map(|item| converted(item, document.format)).collect()
    }

    fn compare(&self, kind: ItemKind, sent: &[u8], returned: &[u8]) -> Result<(), String> {
        let compared = match kind {
            ItemKind::Calendars => prove::calendar(sent, returned),
            ItemKind::Contacts => prove::contact(sent, returned),
        };
        compared.map_err(|differences| differences.first().map_or_else(String::new, ToString::to_string))
    }
}

fn converted(item: crate::Item, format: Format) -> Item {
    let mut made = Item::default();
    made.extension = match format {
        _ if item.kind == crate::ItemKind::Unknown => "bin",
        Format::Calendar => "ics",
        Format::Card => "vcf",
        Format::ContactTable => "csv",
        Format::Unknown | Format::Special => "bin",
    };
    made.findings = item.findings.iter().map(Into::into).collect();
    made.name = item.resource_name;
    made.uid = item.uid;
    made.label = item.summary;
    made.body = item.body;
    made.original = item.original;
    made
}
