//! SMTP addresses of people whom an item names in another way, as other items of the same file have them.

use super::{EntryId, Message, Pst};
use crate::{
    Kind, contact,
    fields::Fields,
    item::is_smtp,
    tag::{self, nid, set},
    verdict::Notes,
};
use std::collections::{HashMap, hash_map::Entry};
use tegu_outcome::directory_name;

/// How many names are remembered. Those that are met later are not resolved this way.
const NAMES: usize = 200_000;

/// What the whole file says about addresses.
#[derive(Debug, Default)]
pub(crate) struct Learnt {
    /// By distinguished names, in lower case.
    addresses: HashMap<String, String>,
    /// By the names of contacts and of members of lists, in lower case; `None` for a name of several addresses.
    people: HashMap<String, Option<String>>,
}

/// Who knew an address.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Origin {
    File,
    Directory,
}

impl Pst {
    /// The SMTP address of a distinguished name: by all rows of the file, then by what the operator gave.
    pub(crate) fn smtp_of(&self, name: &str) -> Option<(String, Origin)> {
        let own = self.learnt().addresses.get(&name.to_lowercase());
        let own = own.map(|address| (address.clone(), Origin::File));
        own.or_else(|| {
            let address = self.options.lookup.find(name)?;
            is_smtp(&address).then_some((address, Origin::Directory))
        })
    }

    /// The SMTP address of the contacts and members of lists with this name, if it is one for all of them.
    pub(crate) fn smtp_of_person(&self, name: &str) -> Option<&str> {
        self.learnt().people.get(&key(name))?.as_deref()
    }

    fn learnt(&self) -> &Learnt {
        self.learnt.get_or_init(|| self.learn())
    }

    /// Reads the senders and the recipients of all messages once, and all contacts and lists.
    fn learn(&self) -> Learnt {
        let mut learnt = Learnt::default();
        let mut messages = Vec::new();
        self.ndb.walk_nodes(
            &mut |entry| {
                if nid::kind(entry.nid) == nid::MESSAGE {
                    messages.push(entry.nid);
                }
            },
            &mut |_| {},
        );
        for nid in messages {
            // What cannot be read here is told where the message itself is read.
            if let Ok(message) = self.message(nid) {
                learnt.add(&message);
            }
            if learnt.addresses.len() + learnt.people.len() >= NAMES {
                break;
            }
        }
        learnt
    }
}

/// A name as it is compared.
fn key(name: &str) -> String {
    name.trim().to_lowercase()
}

impl Learnt {
    fn add(&mut self, message: &Message<'_>) {
        match message.kind() {
            Kind::Contact => return self.contact(message),
            Kind::List => return self.list(message),
            _ => {}
        }
        for recipient in message.recipients().unwrap_or_default() {
            if let Some(smtp) = recipient.smtp {
                self.pair(&recipient.address_type, &recipient.address, &smtp);
            }
        }
        for (kind, address, smtp) in [
            (tag::SENDER_TYPE, tag::SENDER_ADDRESS, tag::SENDER_SMTP),
            (
                tag::REPRESENTING_TYPE,
                tag::REPRESENTING_ADDRESS,
                tag::REPRESENTING_SMTP,
            ),
        ] {
            let text = |id| message.text(id).ok().flatten().unwrap_or_default().text;
            self.pair(&text(kind), &text(address), &text(smtp));
        }
    }

    /// A contact: its own name and those of its addresses.
    fn contact(&mut self, message: &Message<'_>) {
        let notes = &mut Notes::default();
        let mut fields = Fields::new(message);
        let name = notes.text(message, tag::DISPLAY_NAME);
        for base in contact::ADDRESSES {
            let [shown, kind, address, original] =
                [0, 2, 3, 4].map(|offset| fields.text(notes, set::ADDRESS, base + offset));
            self.pair(&kind, &address, &original);
            for smtp in [&address, &original] {
                self.person(&name, smtp);
                self.person(&shown, smtp);
            }
        }
    }

    /// The members of a list that have a name and an address of their own.
    fn list(&mut self, message: &Message<'_>) {
        let mut fields = Fields::new(message);
        for (member, one_off) in contact::members(&mut fields, &mut Notes::default()) {
            for entry in [member, one_off] {
                if let Ok(EntryId::OneOff { name, address, .. }) = EntryId::read(&entry, message.code_page())
                {
                    self.person(&name, &address);
                }
            }
        }
    }

    fn pair(&mut self, kind: &str, name: &str, smtp: &str) {
        if kind.eq_ignore_ascii_case("EX") && !name.is_empty() && is_own(smtp) {
            let entry = self.addresses.entry(name.to_lowercase());
            entry.or_insert_with(|| smtp.to_owned());
        }
    }

    fn person(&mut self, name: &str, smtp: &str) {
        let name = key(name);
        if name.is_empty() || !is_own(smtp) {
            return;
        }
        match self.people.entry(name) {
            Entry::Vacant(entry) => {
                entry.insert(Some(smtp.to_owned()));
            }
            Entry::Occupied(mut entry) => {
                let same = entry
                    .get()
                    .as_deref()
                    .is_some_and(|known| known.eq_ignore_ascii_case(smtp));
                if !same {
                    entry.insert(None);
                }
            }
        }
    }
}

/// An SMTP address that hides no other.
fn is_own(address: &str) -> bool {
    is_smtp(address) && directory_name(address).is_none()
}
