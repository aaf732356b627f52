//! Identifiers: opaque, and case counts.

use super::store::{Place, Store};
use base64::{Engine as _, engine::general_purpose::STANDARD};

impl Store {
    pub(super) fn identifier(&mut self, mailbox: usize, place: Place) -> String {
        let id = match self.alike_one(&place) {
            Some(id) => id,
            None => self.fresh(mailbox, &place),
        };
        self.made += 1;
        self.places.insert(id.clone(), place);
        id
    }

    /// As long as Exchange's: a kind, the mailbox's GUID as text, the entry.
    fn fresh(&self, mailbox: usize, place: &Place) -> String {
        let guid = format!("{:08x}-5a1e-4d7b-9c3f-0123456789ab", mailbox * 7919 + 1);
        let mut octets = vec![
            0,
            if matches!(place, Place::Attachment(..)) {
                8
            } else {
                3
            },
            0x24,
            0,
        ];
        octets.extend_from_slice(guid.as_bytes());
        let digest = blake3::hash(&self.made.to_be_bytes());
        octets.extend_from_slice(digest.as_bytes());
        octets.extend_from_slice(&digest.as_bytes()[..30]);
        octets.extend_from_slice(&self.made.to_be_bytes());
        octets.extend_from_slice(&[0, 0]);
        STANDARD.encode(octets)
    }

    /// The last item's identifier with one letter in the other case.
    fn alike_one(&self, place: &Place) -> Option<String> {
        let Place::Item(mailbox, folder, _) = *place else {
            return None;
        };
        let before = &self.mailboxes[mailbox].folders[folder].items.last()?.id;
        if !self.alike {
            return None;
        }
        let at = before.bytes().rposition(|octet| octet.is_ascii_lowercase())?;
        let mut id = before.clone();
        id.replace_range(at..=at, &before[at..=at].to_ascii_uppercase());
        (!self.places.contains_key(&id)).then_some(id)
    }
}
