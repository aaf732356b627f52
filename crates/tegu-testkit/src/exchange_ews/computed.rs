//! Properties by their MAPI names that say what a field says too.

use super::item::{Extended, ExtendedName, Item};
use super::shape::set;
use super::store::change_key;
use super::xml::inner_text;

/// How a field becomes a MAPI value.
#[derive(Clone, Copy)]
enum As {
    Text,
    Time,
    Boolean,
    /// The position of its word in a list.
    Index(&'static [&'static str]),
}

const SENSITIVITY: &[&str] = &["Normal", "Personal", "Private", "Confidential"];
const BUSY: &[&str] = &["Free", "Tentative", "Busy", "OOF"];
const STATUS: &[&str] = &[
    "NotStarted",
    "InProgress",
    "Completed",
    "WaitingOnOthers",
    "Deferred",
];

const TAGS: &[(u16, &str, As)] = &[
    (0x001a, "item:ItemClass", As::Text),
    (0x0036, "item:Sensitivity", As::Index(SENSITIVITY)),
    (0x0037, "item:Subject", As::Text),
    (0x0e06, "item:DateTimeReceived", As::Time),
    (0x1035, "message:InternetMessageId", As::Text),
    (0x3001, "contacts:DisplayName", As::Text),
    (0x3a05, "contacts:Generation", As::Text),
    (0x3a06, "contacts:GivenName", As::Text),
    (0x3a11, "contacts:Surname", As::Text),
    (0x3a16, "contacts:CompanyName", As::Text),
    (0x3a17, "contacts:JobTitle", As::Text),
    (0x3a18, "contacts:Department", As::Text),
    (0x3a19, "contacts:OfficeLocation", As::Text),
    (0x3a30, "contacts:AssistantName", As::Text),
    (0x3a41, "contacts:WeddingAnniversary", As::Time),
    (0x3a42, "contacts:Birthday", As::Time),
    (0x3a44, "contacts:MiddleName", As::Text),
    (0x3a46, "contacts:Profession", As::Text),
    (0x3a48, "contacts:SpouseName", As::Text),
    (0x3a4e, "contacts:Manager", As::Text),
    (0x3a4f, "contacts:Nickname", As::Text),
    (0x3a51, "contacts:BusinessHomePage", As::Text),
];

const NUMBERS: &[(&str, u32, &str, As)] = &[
    (
        "Appointment",
        0x8205,
        "calendar:LegacyFreeBusyStatus",
        As::Index(BUSY),
    ),
    ("Appointment", 0x8208, "calendar:Location", As::Text),
    ("Appointment", 0x820d, "calendar:Start", As::Time),
    ("Appointment", 0x820e, "calendar:End", As::Time),
    ("Appointment", 0x8215, "calendar:IsAllDayEvent", As::Boolean),
    ("Appointment", 0x8223, "calendar:IsRecurring", As::Boolean),
    ("Common", 0x8503, "item:ReminderIsSet", As::Boolean),
    ("Address", 0x8005, "contacts:FileAs", As::Text),
    ("Address", 0x8015, "contacts:HasPicture", As::Boolean),
    ("Task", 0x8101, "task:Status", As::Index(STATUS)),
    ("Task", 0x8104, "task:StartDate", As::Time),
    ("Task", 0x8105, "task:DueDate", As::Time),
    ("Task", 0x810f, "task:CompleteDate", As::Time),
    ("Task", 0x811c, "task:IsComplete", As::Boolean),
];

/// Tags that say what an entry of a dictionary says: tag, key, part of the entry.
const ENTRIES: &[(u16, &str, &str, &str)] = &[
    (0x3a08, "contacts:PhoneNumbers", "BusinessPhone", ""),
    (0x3a09, "contacts:PhoneNumbers", "HomePhone", ""),
    (0x3a1c, "contacts:PhoneNumbers", "MobilePhone", ""),
    (0x3a1f, "contacts:PhoneNumbers", "OtherTelephone", ""),
    (0x3a21, "contacts:PhoneNumbers", "Pager", ""),
    (0x3a24, "contacts:PhoneNumbers", "BusinessFax", ""),
    (0x3a25, "contacts:PhoneNumbers", "HomeFax", ""),
    (0x3a59, "contacts:PhysicalAddresses", "Home", "City"),
    (0x3a5a, "contacts:PhysicalAddresses", "Home", "CountryOrRegion"),
    (0x3a5b, "contacts:PhysicalAddresses", "Home", "PostalCode"),
    (0x3a5c, "contacts:PhysicalAddresses", "Home", "State"),
    (0x3a5d, "contacts:PhysicalAddresses", "Home", "Street"),
    (0x3a5f, "contacts:PhysicalAddresses", "Other", "City"),
    (0x3a60, "contacts:PhysicalAddresses", "Other", "CountryOrRegion"),
    (0x3a61, "contacts:PhysicalAddresses", "Other", "PostalCode"),
    (0x3a62, "contacts:PhysicalAddresses", "Other", "State"),
    (0x3a63, "contacts:PhysicalAddresses", "Other", "Street"),
];

/// The same of the business address, which has numbers in the set Address.
const BUSINESS: &[(u32, &str)] = &[
    (0x8045, "Street"),
    (0x8046, "City"),
    (0x8047, "State"),
    (0x8048, "PostalCode"),
    (0x8049, "CountryOrRegion"),
];

/// The value of a MAPI property of an item; `number` is the item's place in its folder, `clock` its last change.
pub(super) fn value(
    item: &Item,
    name: &ExtendedName,
    number: u64,
    clock: u64,
    size: usize,
) -> Option<Extended> {
    if let Some((_, value)) = item.extended.iter().find(|(found, _)| same(found, name)) {
        return Some(value.clone());
    }
    match name {
        ExtendedName::Tag(0x0e07) => {
            let is = |uri, bit| {
                if item.value(uri).as_deref() == Some("true") {
                    bit
                } else {
                    0
                }
            };
            let attached = if item.attachments.is_empty() { 0 } else { 0x10 };
            Some(Extended::Integer(
                is("message:IsRead", 1) | is("item:IsDraft", 8) | attached,
            ))
        }
        ExtendedName::Tag(0x0e08) => i32::try_from(size).ok().map(Extended::Integer),
        // Every item has a number among those of its folder, whether somebody uses IMAP or not.
        ExtendedName::Tag(0x0e23) => i32::try_from(number).ok().map(Extended::Integer),
        ExtendedName::Tag(0x1000) => {
            Some(Extended::Text(item.text.clone())).filter(|_| !item.text.is_empty())
        }
        ExtendedName::Tag(0x3008) => Some(Extended::Time(super::render::moment(clock))),
        ExtendedName::Tag(0x65e2) => Some(Extended::Binary(change_key(clock).into_bytes())),
        ExtendedName::Tag(tag) => TAGS
            .iter()
            .find(|(found, ..)| found == tag)
            .and_then(|(_, uri, kind)| convert(item, uri, *kind))
            .or_else(|| {
                let (_, uri, key, part) = ENTRIES.iter().find(|(found, ..)| found == tag)?;
                entry(item, uri, key, part)
            }),
        ExtendedName::Number(of, number) => NUMBERS
            .iter()
            .find(|(name, found, ..)| found == number && set(name) == *of)
            .and_then(|(_, _, uri, kind)| convert(item, uri, *kind))
            .or_else(|| {
                let (_, part) = BUSINESS.iter().find(|(found, _)| found == number)?;
                entry(item, "contacts:PhysicalAddresses", "Business", part).filter(|_| *of == set("Address"))
            }),
        ExtendedName::Text(..) => None,
    }
}

/// Whether two names mean one property, whichever way their sets are named.
fn same(one: &ExtendedName, other: &ExtendedName) -> bool {
    match (one, other) {
        (ExtendedName::Tag(one), ExtendedName::Tag(other)) => one == other,
        (ExtendedName::Number(one, number), ExtendedName::Number(other, same)) => {
            number == same && set(one) == set(other)
        }
        (ExtendedName::Text(one, text), ExtendedName::Text(other, same)) => {
            text == same && set(one) == set(other)
        }
        _ => false,
    }
}

fn convert(item: &Item, uri: &str, kind: As) -> Option<Extended> {
    let text = item.value(uri)?;
    Some(match kind {
        As::Text => Extended::Text(text),
        As::Time => Extended::Time(text),
        As::Boolean => Extended::Boolean(text == "true"),
        As::Index(words) => {
            let index = words.iter().position(|word| *word == text)?;
            Extended::Integer(i32::try_from(index).ok()?)
        }
    })
}

fn entry(item: &Item, uri: &str, key: &str, part: &str) -> Option<Extended> {
    let (_, _, entry) = item
        .entries
        .iter()
        .find(|(of, found, _)| *of == uri && found == key)?;
    if part.is_empty() {
        return inner_text(entry).map(Extended::Text);
    }
    let at = entry.find(&format!("<t:{part}>"))?;
    let rest = &entry[at..];
    let end = rest.find("</")?;
    inner_text(&format!("{}</>", &rest[..end])).map(Extended::Text)
}
