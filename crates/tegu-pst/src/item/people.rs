//! Who is meant: SMTP addresses for senders and recipients ([MS-OXCMAIL] section 2.1.3.1).

use crate::{
    Message, Recipient,
    learn::{Origin, smtp_of, smtp_of_person},
    messaging::{EntryId, is_smtp},
    tag,
    verdict::Notes,
};
use tegu_outcome::directory_name;

/// Somebody: a name, and an SMTP address if one is known.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) address: Option<String>,
}

/// Finds the SMTP address of what the file has: its own; by the distinguished name, from the file and from the operator; by the name of
/// a contact. An address that hides a distinguished name is kept if nobody knows a better one.
pub(crate) fn resolve(
    message: &Message<'_>,
    notes: &mut Notes,
    name: String,
    kind: &str,
    address: &str,
    smtp: Option<&str>,
) -> Person {
    let kept = || smtp.into_iter().chain([address]).filter(|kept| is_smtp(kept));
    let own = kept().find(|kept| directory_name(kept).is_none());
    let found = own
        .map(str::to_owned)
        .or_else(|| by_distinguished_name(message, notes, kind, address, smtp))
        .or_else(|| by_name(message, notes, &name, kind, address))
        .or_else(|| {
            let hidden = kept().next()?;
            notes.lossy(
                "PST-ADDRESS-HIDDEN",
                format!("{hidden} hides an address of Exchange, whose SMTP address is not known: nobody else delivers to it"),
            );
            Some(hidden.to_owned())
        });
    if found.is_none() && !(name.is_empty() && address.is_empty()) {
        let shown = if address.is_empty() {
            name.as_str()
        } else {
            address
        };
        notes.lossy(
            "PST-ADDRESS-UNRESOLVED",
            format!("no SMTP address is known for {shown:?} (type {kind:?})"),
        );
    }
    let name = if name.is_empty() && found.is_none() {
        address.to_owned()
    } else {
        name
    };
    Person { name, address: found }
}

/// By its distinguished name, which may be hidden in an SMTP address.
fn by_distinguished_name(
    message: &Message<'_>,
    notes: &mut Notes,
    kind: &str,
    address: &str,
    smtp: Option<&str>,
) -> Option<String> {
    let bare = kind.eq_ignore_ascii_case("EX") && !address.is_empty();
    let hidden = [Some(address), smtp]
        .into_iter()
        .flatten()
        .filter_map(directory_name);
    let mut names = bare.then(|| address.to_owned()).into_iter().chain(hidden);
    let (name, (found, origin)) = names.find_map(|name| {
        let found = smtp_of(message, &name)?;
        Some((name, found))
    })?;
    let origin = match origin {
        Origin::File => "another item of the file",
        Origin::Directory => "the directory",
    };
    notes.info(
        "PST-ADDRESS-RESOLVED",
        format!("the address of {name} is {found}, says {origin}"),
    );
    Some(found)
}

/// By a contact or a member of a list in the same file. Two people may have one name, so that is for a person to accept.
fn by_name(
    message: &Message<'_>,
    notes: &mut Notes,
    name: &str,
    kind: &str,
    address: &str,
) -> Option<String> {
    // Whoever is named by a telephone number or the like is not meant by mail.
    let of_exchange = kind.eq_ignore_ascii_case("EX") || (kind.is_empty() && address.is_empty());
    let of_exchange = of_exchange || directory_name(address).is_some();
    if !of_exchange {
        return None;
    }
    let found = smtp_of_person(message, name)?.to_owned();
    notes.lossy(
        "PST-ADDRESS-BY-NAME",
        format!("the address {found} is that of a contact who is called {name:?} too"),
    );
    Some(found)
}

/// A recipient.
pub(crate) fn recipient(message: &Message<'_>, notes: &mut Notes, recipient: &Recipient) -> Person {
    let name = notes.sound(Some(recipient.name.clone()), tag::DISPLAY_NAME.into());
    let smtp = recipient.smtp.as_deref();
    resolve(
        message,
        notes,
        name,
        &recipient.address_type,
        &recipient.address,
        smtp,
    )
}

/// The properties of one of the groups that name a sender.
struct Group {
    name: u16,
    kind: u16,
    address: u16,
    entry: u16,
    smtp: u16,
}

const SENDER: Group = Group {
    name: tag::SENDER_NAME,
    kind: tag::SENDER_TYPE,
    address: tag::SENDER_ADDRESS,
    entry: tag::SENDER_ENTRY_ID,
    smtp: tag::SENDER_SMTP,
};
const REPRESENTED: Group = Group {
    name: tag::REPRESENTING_NAME,
    kind: tag::REPRESENTING_TYPE,
    address: tag::REPRESENTING_ADDRESS,
    entry: tag::REPRESENTING_ENTRY_ID,
    smtp: tag::REPRESENTING_SMTP,
};

fn group(message: &Message<'_>, notes: &mut Notes, group: &Group) -> Option<Person> {
    let name = notes.text(message, group.name);
    let mut kind = notes.text(message, group.kind);
    let mut address = notes.text(message, group.address);
    let smtp = notes.text(message, group.smtp);
    if address.is_empty()
        && smtp.is_empty()
        && let Some(entry) = notes.value(message.binary(group.entry))
    {
        match EntryId::read(&entry, message.code_page()) {
            Ok(EntryId::AddressBook(found)) => (kind, address) = ("EX".to_owned(), found),
            Ok(EntryId::OneOff {
                kind: found,
                address: at,
                ..
            }) => (kind, address) = (found, at),
            _ => {}
        }
    }
    if name.is_empty() && address.is_empty() && smtp.is_empty() {
        return None;
    }
    Some(resolve(message, notes, name, &kind, &address, Some(&smtp)))
}

/// From, and Sender where that is somebody else.
pub(crate) fn senders(message: &Message<'_>, notes: &mut Notes) -> (Option<Person>, Option<Person>) {
    let represented = group(message, notes, &REPRESENTED);
    let sender = group(message, notes, &SENDER);
    match (represented, sender) {
        (None, sender) => (sender, None),
        (from, None) => (from, None),
        (Some(from), Some(sender)) => {
            let same = match (&from.address, &sender.address) {
                (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
                _ => from.name == sender.name,
            };
            // RFC 5322 section 3.6.2: a Sender is one mailbox; a group cannot stand there.
            let sender = (!same && sender.address.is_some()).then_some(sender);
            (Some(from), sender)
        }
    }
}

/// Those that answers go to.
pub(crate) fn reply_to(message: &Message<'_>, notes: &mut Notes) -> Vec<Person> {
    let Some(data) = notes.value(message.binary(tag::REPLY_RECIPIENTS)) else {
        return Vec::new();
    };
    let entries = notes.value(crate::messaging::flat_list(&data));
    let mut people = Vec::new();
    for entry in entries {
        match EntryId::read(&entry, message.code_page()) {
            Ok(EntryId::OneOff { name, kind, address }) => {
                people.push(resolve(message, notes, name, &kind, &address, None));
            }
            Ok(EntryId::AddressBook(name)) => {
                people.push(resolve(message, notes, String::new(), "EX", &name, None));
            }
            _ => notes.lossy(
                "PST-REPLY-TO-UNREADABLE",
                "an address for answers is of an unknown form",
            ),
        }
    }
    people
}
