//! What other items of the same file say of people's addresses.

use crate::{
    Kind, Message, Pst,
    fields::Fields,
    members::{ADDRESSES, members},
    messaging::{EntryId, Learnt, is_smtp},
    tag::{self, nid, set},
    verdict::Notes,
};

/// Who knew an address.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Origin {
    File,
    Directory,
}

/// The SMTP address of a distinguished name: by all rows of the file, then by what the operator gave.
pub(crate) fn smtp_of(message: &Message<'_>, name: &str) -> Option<(String, Origin)> {
    let own = learnt(message.pst()).smtp_of(name);
    let own = own.map(|address| (address.to_owned(), Origin::File));
    own.or_else(|| {
        let address = message.lookup(name)?;
        is_smtp(&address).then_some((address, Origin::Directory))
    })
}

/// The SMTP address of the contacts and members of lists with this name, if it is one for all of them.
pub(crate) fn smtp_of_person<'p>(message: &Message<'p>, name: &str) -> Option<&'p str> {
    learnt(message.pst()).smtp_of_person(name)
}

/// Reads the senders and the recipients of all messages once, and all contacts and lists.
fn learnt(pst: &Pst) -> &Learnt {
    pst.learnt.get_or_init(|| {
        let mut learnt = Learnt::default();
        let mut messages = Vec::new();
        pst.ndb.walk_nodes(
            &mut |entry| {
                if nid::kind(entry.nid) == nid::MESSAGE {
                    messages.push(entry.nid);
                }
            },
            &mut |_| {},
        );
        for nid in messages {
            // What cannot be read here is told where the message itself is read.
            if let Ok(message) = pst.message(nid) {
                add(&mut learnt, &message);
            }
            if learnt.is_full() {
                break;
            }
        }
        learnt
    })
}

fn add(learnt: &mut Learnt, message: &Message<'_>) {
    match message.kind() {
        Kind::Contact => return contact(learnt, message),
        Kind::List => return list(learnt, message),
        _ => {}
    }
    for recipient in message.recipients().unwrap_or_default() {
        if let Some(smtp) = recipient.smtp {
            learnt.pair(&recipient.address_type, &recipient.address, &smtp);
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
        learnt.pair(&text(kind), &text(address), &text(smtp));
    }
}

/// A contact: its own name and those of its addresses.
fn contact(learnt: &mut Learnt, message: &Message<'_>) {
    let notes = &mut Notes::default();
    let mut fields = Fields::new(message);
    let name = notes.text(message, tag::DISPLAY_NAME);
    for base in ADDRESSES {
        let [shown, kind, address, original] =
            [0, 2, 3, 4].map(|offset| fields.text(notes, set::ADDRESS, base + offset));
        learnt.pair(&kind, &address, &original);
        for smtp in [&address, &original] {
            learnt.person(&name, smtp);
            learnt.person(&shown, smtp);
        }
    }
}

/// The members of a list that have a name and an address of their own.
fn list(learnt: &mut Learnt, message: &Message<'_>) {
    let mut fields = Fields::new(message);
    for (member, one_off) in members(&mut fields, &mut Notes::default()) {
        for entry in [member, one_off] {
            if let Ok(EntryId::OneOff { name, address, .. }) = EntryId::read(&entry, message.code_page()) {
                learnt.person(&name, &address);
            }
        }
    }
}
