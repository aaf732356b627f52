//! Contacts and private lists as vCard 4.0 (RFC 6350, [MS-OXOCNTC], [MS-OXVCARD]).

use crate::{
    Message,
    calendar::derived_uid,
    fields::Fields,
    item::{self, Bodies},
    lines::Lines,
    members::{ADDRESSES, members},
    messaging::EntryId,
    tag::{self, set},
    time,
    verdict::Notes,
};
use base64::{Engine, engine::general_purpose::STANDARD};

/// Octets of a photo.
const PHOTO: u64 = 8 << 20;

fn begin(message: &Message<'_>, notes: &mut Notes) -> Lines {
    crate::properties::check(message, notes);
    let mut lines = Lines::default();
    lines.append("BEGIN:VCARD\r\nVERSION:4.0\r\n");
    lines.text("UID", &derived_uid(message));
    if let Some(changed) = notes
        .value(message.time(tag::LAST_MODIFIED))
        .and_then(time::ical_utc)
    {
        lines.raw("REV", &changed);
    }
    lines
}

const PHONES: [(u16, &str); 16] = [
    (0x3a08, "work,voice"),
    (0x3a1b, "work,voice"),
    (0x3a09, "home,voice"),
    (0x3a2f, "home,voice"),
    (0x3a1c, "cell"),
    (0x3a24, "work,fax"),
    (0x3a25, "home,fax"),
    (0x3a23, "fax"),
    (0x3a21, "pager"),
    (0x3a1e, "car"),
    (0x3a1a, "voice,pref"),
    (0x3a1f, "voice"),
    (0x3a2d, "voice"),
    (0x3a2e, "voice"),
    (0x3a1d, "voice"),
    (0x3a4b, "textphone"),
];

/// Properties that vCard 4.0 has no place for: each with a value is told.
const LOST: [(u16, &str); 9] = [
    (0x3a30, "assistant"),
    (0x3a4e, "manager"),
    (0x3a58, "children"),
    (0x3a43, "hobbies"),
    (0x3a07, "government id"),
    (0x3a10, "organizational id"),
    (0x3a4a, "customer id"),
    (0x3a0b, "key word"),
    (0x3a57, "main telephone of the company"),
];

/// A contact.
pub(crate) fn card(message: &Message<'_>, notes: &mut Notes) -> String {
    let mut lines = begin(message, notes);
    let mut fields = Fields::new(message);
    let text = |notes: &mut Notes, id| notes.text(message, id);
    let name: Vec<String> = [0x3a11, 0x3a06, 0x3a44, 0x3a45, 0x3a05]
        .map(|id| text(notes, id))
        .to_vec();
    let company = text(notes, 0x3a16);
    let addresses = addresses(message, &mut fields, notes);
    let mut shown = text(notes, tag::DISPLAY_NAME);
    if shown.is_empty() {
        shown = fields.text(notes, set::ADDRESS, 0x8005);
    }
    if shown.is_empty() {
        let order = [3, 1, 2, 0, 4].map(|index: usize| name.get(index).cloned().unwrap_or_default());
        shown = order
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ");
    }
    if shown.is_empty() {
        shown.clone_from(&company);
    }
    if shown.is_empty() {
        shown = addresses
            .iter()
            .find_map(|person| person.address.clone())
            .unwrap_or_default();
    }
    if shown.is_empty() {
        notes.lossy(
            "PST-CONTACT-NAMELESS",
            "the contact has neither a name nor an address",
        );
        "?".clone_into(&mut shown);
    }
    lines.text("FN", &shown);
    lines.list("N", ';', name);
    lines.text("NICKNAME", &text(notes, 0x3a4f));
    lines.list("ORG", ';', vec![company, text(notes, 0x3a18)]);
    lines.text("TITLE", &text(notes, 0x3a17));
    lines.text("ROLE", &text(notes, 0x3a46));
    for (id, kind) in PHONES {
        let number = text(notes, id);
        if !number.is_empty() {
            lines.text(&format!("TEL;VALUE=text;TYPE=\"{kind}\""), &number);
        }
    }
    for (index, person) in addresses.iter().enumerate() {
        if let Some(address) = &person.address {
            lines.text(&format!("EMAIL;PREF={}", index + 1), address);
        }
    }
    postal(message, &mut fields, notes, &mut lines);
    for id in [0x3a51, 0x3a50] {
        let page = text(notes, id);
        if !page.is_empty() {
            lines.raw("URL", &page);
        }
    }
    let chat = fields.text(notes, set::ADDRESS, 0x8062);
    if !chat.is_empty() {
        lines.raw(
            "IMPP",
            &if chat.contains(':') {
                chat
            } else {
                format!("x-unknown:{chat}")
            },
        );
    }
    for (name, local, day) in [("BDAY", 0x80de, 0x3a42), ("ANNIVERSARY", 0x80df, 0x3a41)] {
        date(message, &mut fields, notes, &mut lines, name, local, day);
    }
    let spouse = text(notes, 0x3a48);
    if !spouse.is_empty() {
        lines.text("RELATED;TYPE=spouse;VALUE=text", &spouse);
    }
    for (id, name) in LOST {
        // Children are a list; whatever the type, a value is a loss.
        if matches!(message.properties().length(id), Ok(1..)) {
            notes.lossy(
                "PST-CONTACT-FIELD",
                format!("vCard has no place for the field: {name}"),
            );
        }
    }
    finish(message, notes, &mut lines);
    photo(message, notes, &mut lines);
    lines.append("END:VCARD\r\n");
    lines.finish(notes)
}

/// Categories, the class and the text.
fn finish(message: &Message<'_>, notes: &mut Notes, lines: &mut Lines) {
    lines.list("CATEGORIES", ',', item::categories(message, notes));
    if notes
        .value(message.integer(tag::SENSITIVITY))
        .is_some_and(|sensitivity| sensitivity != 0)
    {
        notes.info(
            "PST-CONTACT-PRIVATE",
            "the contact is marked as private, which vCard 4.0 cannot say",
        );
    }
    let bodies = Bodies::read(message, notes);
    let note = bodies.text.or_else(|| {
        let html = bodies.html?;
        notes.lossy(
            "PST-CONTACT-HTML",
            "the text of the contact is HTML, which a note cannot hold",
        );
        Some(html.text)
    });
    lines.text("NOTE", note.as_deref().unwrap_or_default());
}

fn addresses(message: &Message<'_>, fields: &mut Fields<'_, '_>, notes: &mut Notes) -> Vec<item::Person> {
    let mut people = Vec::new();
    for base in ADDRESSES {
        let kind = fields.text(notes, set::ADDRESS, base + 2);
        let mut address = fields.text(notes, set::ADDRESS, base + 3);
        let original = fields.text(notes, set::ADDRESS, base + 4);
        if address.is_empty() {
            address.clone_from(&original);
        }
        if !address.is_empty() {
            people.push(item::resolve(
                message,
                notes,
                String::new(),
                &kind,
                &address,
                Some(&original),
            ));
        }
    }
    people
}

/// Postal addresses: the properties of street, place, region, code and country.
fn postal(message: &Message<'_>, fields: &mut Fields<'_, '_>, notes: &mut Notes, lines: &mut Lines) {
    let work =
        [0x8045, 0x8046, 0x8047, 0x8048, 0x8049].map(|number| fields.text(notes, set::ADDRESS, number));
    let plain = |notes: &mut Notes, ids: [u16; 5]| ids.map(|id| notes.text(message, id));
    let home = plain(notes, [0x3a5d, 0x3a59, 0x3a5c, 0x3a5b, 0x3a5a]);
    let other = plain(notes, [0x3a63, 0x3a5f, 0x3a62, 0x3a61, 0x3a60]);
    let mail = plain(notes, [0x3a29, 0x3a27, 0x3a28, 0x3a2a, 0x3a26]);
    // The address for mail is a copy of one of the others, if any of them is there.
    let mail = [&work, &home, &other]
        .iter()
        .all(|address| **address != mail)
        .then_some(mail);
    let all = [
        ("ADR;TYPE=work", Some(work)),
        ("ADR;TYPE=home", Some(home)),
        ("ADR", Some(other)),
        ("ADR", mail),
    ];
    for (name, address) in all {
        if let Some([street, place, region, code, country]) = address {
            let parts = vec![String::new(), String::new(), street, place, region, code, country];
            lines.list(name, ';', parts);
        }
    }
}

/// A day: the local one, or else the instant at which it began where it was written.
fn date(
    message: &Message<'_>,
    fields: &mut Fields<'_, '_>,
    notes: &mut Notes,
    lines: &mut Lines,
    name: &str,
    local: u32,
    instant: u16,
) {
    let day = match fields.time(notes, set::ADDRESS, local) {
        Some(seconds) => time::civil(seconds),
        None => notes.value(message.time(instant)).and_then(|seconds| {
            if seconds.rem_euclid(86_400) != 0 {
                notes.info(
                    "PST-CONTACT-DAY",
                    format!("{name} was kept as an instant; the nearest day is taken"),
                );
            }
            time::civil(seconds.checked_add(43_200)?)
        }),
    };
    if let Some(day) = day {
        lines.raw(name, &time::ical_date(day.date()));
    }
}

fn photo(message: &Message<'_>, notes: &mut Notes, lines: &mut Lines) {
    let mut found = false;
    for id in notes.value(message.attachment_ids()) {
        let attachment = match message.attachment(id) {
            Ok(attachment) => attachment,
            Err(error) => {
                notes.lossy("PST-ATTACHMENT-UNREADABLE", error.to_string());
                continue;
            }
        };
        let name = notes
            .value(attachment.name())
            .map(|name| name.text)
            .unwrap_or_default();
        let is_photo = attachment.integer(tag::CONTACT_PHOTO).ok().flatten() == Some(1)
            || name.eq_ignore_ascii_case("ContactPicture.jpg");
        let reader = attachment
            .data()
            .ok()
            .flatten()
            .filter(|data| is_photo && !found && data.length() <= PHOTO);
        let mut data = Vec::new();
        let read = reader.and_then(|mut reader| std::io::Read::read_to_end(&mut reader, &mut data).ok());
        if read.is_none() {
            notes.lossy(
                "PST-ATTACHMENT-LOST",
                format!("the contact has an attachment that is no photo, or a second one: {name:?}"),
            );
            continue;
        }
        found = true;
        let kind = match data.as_slice() {
            [0x89, b'P', b'N', b'G', ..] => "image/png",
            [b'G', b'I', b'F', ..] => "image/gif",
            [b'B', b'M', ..] => "image/bmp",
            _ => "image/jpeg",
        };
        lines.raw("PHOTO", &format!("data:{kind};base64,{}", STANDARD.encode(&data)));
    }
}

/// A private list.
pub(crate) fn list(message: &Message<'_>, notes: &mut Notes) -> String {
    let mut lines = begin(message, notes);
    let mut fields = Fields::new(message);
    lines.raw("KIND", "group");
    let mut name = fields.text(notes, set::ADDRESS, 0x8053);
    if name.is_empty() {
        name = notes.text(message, tag::DISPLAY_NAME);
    }
    if name.is_empty() {
        name = item::subject(message, notes);
    }
    if name.is_empty() {
        notes.lossy("PST-CONTACT-NAMELESS", "the list has no name");
        "?".clone_into(&mut name);
    }
    lines.text("FN", &name);
    for (member, one_off) in members(&mut fields, notes) {
        let person =
            member_address(message, notes, &one_off).or_else(|| member_address(message, notes, &member));
        match person {
            // Somebody without an address was told as a loss where it was looked for.
            Some(person) => {
                if let Some(address) = person.address {
                    lines.raw("MEMBER", &format!("mailto:{address}"));
                }
            }
            None => notes.lossy(
                "PST-LIST-MEMBER",
                "a member of the list is of an unknown form, or is a list itself",
            ),
        }
    }
    finish(message, notes, &mut lines);
    lines.append("END:VCARD\r\n");
    lines.finish(notes)
}

fn member_address(message: &Message<'_>, notes: &mut Notes, entry: &[u8]) -> Option<item::Person> {
    match EntryId::read(entry, message.code_page()).ok()? {
        EntryId::OneOff { name, kind, address } => {
            Some(item::resolve(message, notes, name, &kind, &address, None))
        }
        EntryId::AddressBook(name) => Some(item::resolve(message, notes, String::new(), "EX", &name, None)),
        EntryId::Wrapped {
            kind: 5 | 6 | 0,
            inner,
        } => match EntryId::read(&inner, message.code_page()).ok()? {
            EntryId::AddressBook(name) => {
                Some(item::resolve(message, notes, String::new(), "EX", &name, None))
            }
            EntryId::OneOff { name, kind, address } => {
                Some(item::resolve(message, notes, name, &kind, &address, None))
            }
            _ => None,
        },
        EntryId::Wrapped { .. } | EntryId::Store { .. } => None,
    }
}
