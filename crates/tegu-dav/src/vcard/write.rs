//! A card made from nothing: strict from its first line.

use super::Version;
use crate::{line, value, vcard};

/// A card under way.
#[derive(Debug)]
pub(crate) struct Card {
    pub(crate) body: Vec<u8>,
    pub(crate) target: Version,
}

impl Card {
    /// Begins a card with its version and UID.
    pub(crate) fn new(target: Version, uid: &str) -> Self {
        let mut card = Self {
            body: b"BEGIN:VCARD\r\n".to_vec(),
            target,
        };
        card.raw("VERSION", target.number());
        card.raw("UID", uid);
        card
    }

    /// A property whose value is escaped already.
    pub(crate) fn raw(&mut self, head: &str, value: &str) {
        line::write(&mut self.body, &format!("{head}:{value}"));
    }

    /// A property of one text.
    pub(crate) fn text(&mut self, head: &str, text: &str) {
        self.raw(head, &value::escape(text));
    }

    /// A structured property: parts between semicolons.
    pub(crate) fn parts(&mut self, head: &str, parts: &[&str]) {
        let escaped: Vec<String> = parts.iter().map(|part| value::escape(part)).collect();
        self.raw(head, &escaped.join(";"));
    }

    /// A field that vCard has no property for.
    pub(crate) fn keep(&mut self, name: &str, text: &str) {
        let name: String = name.chars().filter(|c| !c.is_control()).collect();
        self.text(&format!("X-OUTLOOK-FIELD;X-COLUMN={}", vcard::param(&name)), text);
    }

    /// An address for mail; the first is the one that is preferred.
    pub(crate) fn email(&mut self, address: &str, first: bool) {
        let property = match (first, self.target) {
            (true, Version::V3) => "EMAIL;TYPE=INTERNET,PREF",
            (true, Version::V4) => "EMAIL;PREF=1",
            (false, Version::V3) => "EMAIL;TYPE=INTERNET",
            (false, Version::V4) => "EMAIL",
        };
        self.text(property, address);
    }

    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.body.extend_from_slice(b"END:VCARD\r\n");
        self.body
    }
}
