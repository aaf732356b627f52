//! Contacts and private lists as vCard 4.0.

use super::{Context, Notes, Whole, parts, people};
use crate::{
    Item,
    item::{AttachmentKind, Contact, List},
    zone::utc,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp, tz::Offset};
use tegu_outcome::content_line::{Lines, escape};

const PHONES: [(&str, &str); 19] = [
    ("BusinessPhone", "work,voice"),
    ("BusinessPhone2", "work,voice"),
    ("HomePhone", "home,voice"),
    ("HomePhone2", "home,voice"),
    ("MobilePhone", "cell"),
    ("BusinessFax", "work,fax"),
    ("HomeFax", "home,fax"),
    ("OtherFax", "fax"),
    ("Pager", "pager"),
    ("CarPhone", "voice"),
    ("PrimaryPhone", "voice,pref"),
    ("OtherTelephone", "voice"),
    ("RadioPhone", "voice"),
    ("Callback", "voice"),
    ("Telex", "textphone"),
    ("TtyTddPhone", "textphone"),
    ("Isdn", "voice"),
    ("AssistantPhone", "work,voice"),
    ("CompanyMainPhone", "work,voice"),
];

/// Properties that stand in the card, or that are made of others.
const TOLD: [&str; 26] = [
    "DisplayName",
    "FileAs",
    "FileAsMapping",
    "GivenName",
    "FirstName",
    "MiddleName",
    "Surname",
    "LastName",
    "Title",
    "Suffix",
    "Generation",
    "Nickname",
    "NickName",
    "Initials",
    "FullName",
    "CompanyName",
    "Department",
    "JobTitle",
    "Profession",
    "BusinessHomePage",
    "PostalAddressIndex",
    "ContactSource",
    "SpouseName",
    "Manager",
    "AssistantName",
    "OfficeLocation",
];

fn begin(item: &Item) -> Lines {
    let mut lines = Lines::default();
    lines.raw("BEGIN", "VCARD");
    lines.raw("VERSION", "4.0");
    lines.text("UID", &parts::uid(item));
    if let Some(changed) = item.modified {
        lines.raw("REV", &utc(changed));
    }
    lines
}

/// Parts of a value, separated by semicolons; nothing is written if all are empty.
fn structured(lines: &mut Lines, name: &str, parts: &[&str]) {
    if parts.iter().any(|part| !part.is_empty()) {
        let parts: Vec<String> = parts.iter().map(|part| escape(part)).collect();
        lines.raw(name, &parts.join(";"));
    }
}

pub(super) fn card(whole: &Whole, contact: &Contact, context: &Context, notes: &mut Notes) -> String {
    let item = &whole.item;
    let mut lines = begin(item);
    let either = |names: [&str; 2]| {
        names
            .map(|name| contact.text(name))
            .into_iter()
            .find(|text| !text.is_empty())
            .unwrap_or_default()
    };
    let (family, given) = (
        either(["Surname", "LastName"]),
        either(["GivenName", "FirstName"]),
    );
    let (middle, title, suffix) = (
        contact.text("MiddleName"),
        contact.text("Title"),
        either(["Suffix", "Generation"]),
    );
    let joined = [title, given, middle, family, suffix]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    let first_address = contact
        .addresses
        .first()
        .map(|person| person.address.as_str())
        .unwrap_or_default();
    let shown = [
        contact.text("DisplayName"),
        contact.text("FileAs"),
        &joined,
        contact.text("CompanyName"),
        item.subject.as_str(),
        first_address,
    ];
    let shown = shown.into_iter().find(|name| !name.trim().is_empty());
    if shown.is_none() {
        notes.lossy(
            "EWS-CONTACT-NAMELESS",
            "the contact has neither a name nor an address",
        );
    }
    lines.text("FN", shown.unwrap_or("?"));
    structured(&mut lines, "N", &[family, given, middle, title, suffix]);
    lines.text("NICKNAME", either(["Nickname", "NickName"]));
    structured(
        &mut lines,
        "ORG",
        &[
            contact.text("CompanyName"),
            contact.text("Department"),
            contact.text("OfficeLocation"),
        ],
    );
    lines.text("TITLE", contact.text("JobTitle"));
    lines.text("ROLE", contact.text("Profession"));
    for (key, number) in &contact.phones {
        match PHONES.iter().find(|(known, _)| known == key) {
            Some((_, kind)) => lines.text(&format!("TEL;VALUE=text;TYPE=\"{kind}\""), number),
            None => {
                notes.info(
                    "EWS-CONTACT-PHONE",
                    format!("vCard has no type for the telephone {key}"),
                );
                lines.text("TEL;VALUE=text;TYPE=\"voice\"", number);
            }
        }
    }
    for (at, person) in contact.addresses.iter().enumerate() {
        if let Some(address) = people::address(person, context, notes) {
            lines.text(&format!("EMAIL;PREF={}", at + 1), &address);
        }
    }
    for postal in &contact.postal {
        let [street, city, state, country, code] = &postal.parts;
        let name = match postal.key.as_str() {
            "Home" => "ADR;TYPE=home",
            "Business" => "ADR;TYPE=work",
            _ => "ADR",
        };
        structured(&mut lines, name, &["", "", street, city, state, code, country]);
    }
    let page = contact.text("BusinessHomePage");
    if !page.is_empty() {
        lines.raw("URL", page);
    }
    for chat in &contact.chats {
        let chat = if chat.contains(':') {
            chat.clone()
        } else {
            format!("x-unknown:{chat}")
        };
        lines.raw("IMPP", &chat);
    }
    for (name, at) in [("BDAY", contact.birthday), ("ANNIVERSARY", contact.wedding)] {
        if let Some(day) = at.and_then(day) {
            lines.raw(name, &day);
        }
    }
    for (name, kind) in [
        ("SpouseName", "spouse"),
        ("Manager", "co-worker"),
        ("AssistantName", "co-worker"),
    ] {
        let text = contact.text(name);
        if !text.is_empty() {
            if kind != "spouse" {
                notes.lossy(
                    "EWS-CONTACT-FIELD",
                    format!("vCard has no place for the field {name}; it is kept as a relation"),
                );
            }
            lines.text(&format!("RELATED;TYPE={kind};VALUE=text"), text);
        }
    }
    lost(contact, notes);
    finish(item, &mut lines);
    photo(whole, &mut lines, notes);
    lines.raw("END", "VCARD");
    lines.finish()
}

fn lost(contact: &Contact, notes: &mut Notes) {
    for (name, _) in contact
        .texts
        .iter()
        .filter(|(name, _)| !TOLD.contains(&name.as_str()))
    {
        // Copies that the directory and the server make for themselves.
        let made = name.starts_with("Yomi")
            || name.starts_with("Phonetic")
            || matches!(
                name.as_str(),
                "Alias" | "HasAttachments" | "WebClientReadFormQueryString" | "WebClientEditFormQueryString"
            );
        if !made {
            notes.lossy(
                "EWS-CONTACT-FIELD",
                format!("vCard has no place for the field {name}"),
            );
        }
    }
    for (name, list) in &contact.lists {
        if !list.is_empty() {
            notes.lossy(
                "EWS-CONTACT-FIELD",
                format!("vCard has no place for the field {name}"),
            );
        }
    }
    if contact.certificates > 0 {
        notes.lossy(
            "EWS-CONTACT-CERTIFICATE",
            format!(
                "{} certificates of the contact are not carried",
                contact.certificates
            ),
        );
    }
}

/// Categories and the text.
fn finish(item: &Item, lines: &mut Lines) {
    parts::categories(item, lines);
    lines.text("NOTE", &parts::text(item));
}

/// The day that an instant at midnight of some zone stands for: the nearest one.
fn day(at: Timestamp) -> Option<String> {
    Some(parts::day(
        Offset::UTC
            .to_datetime(at.checked_add(SignedDuration::from_hours(12)).ok()?)
            .date(),
    ))
}

fn photo(whole: &Whole, lines: &mut Lines, notes: &mut Notes) {
    let mut room = parts::Room::default();
    for (info, read) in &whole.attachments {
        let content = read
            .as_ref()
            .ok()
            .and_then(|attached| attached.content.as_ref()?.as_ref().ok());
        let content = content
            .filter(|_| info.photo && info.kind == AttachmentKind::File)
            .and_then(|content| room.octets(content));
        let Some(content) = content else {
            notes.lossy(
                "EWS-ATTACHMENT-LOST",
                format!(
                    "the contact has an attachment that is no photo, or one that is too large: {:?}",
                    info.name
                ),
            );
            continue;
        };
        let kind = match content.as_slice() {
            [0x89, b'P', b'N', b'G', ..] => "image/png",
            [b'G', b'I', b'F', ..] => "image/gif",
            [b'B', b'M', ..] => "image/bmp",
            _ => "image/jpeg",
        };
        lines.raw(
            "PHOTO",
            &format!("data:{kind};base64,{}", STANDARD.encode(&content)),
        );
    }
}

pub(super) fn list(whole: &Whole, list: &List, context: &Context, notes: &mut Notes) -> String {
    let mut lines = begin(&whole.item);
    lines.raw("KIND", "group");
    if list.name.is_empty() {
        notes.lossy("EWS-CONTACT-NAMELESS", "the list has no name");
    }
    lines.text("FN", if list.name.is_empty() { "?" } else { &list.name });
    if !list.told {
        notes.lossy("EWS-LIST-MEMBERS", "the server does not say who is on the list");
    }
    for member in &list.members {
        if member.kind == "PrivateDL" {
            notes.lossy(
                "EWS-LIST-NESTED",
                format!("the list holds the list {:?}", member.name),
            );
        } else if let Some(address) = people::address(member, context, notes) {
            lines.raw("MEMBER", &format!("mailto:{address}"));
        }
    }
    finish(&whole.item, &mut lines);
    lines.raw("END", "VCARD");
    lines.finish()
}
