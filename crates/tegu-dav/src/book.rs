//! Makes an address book of a directory: a card for each person and each group.
//!
//! The caller reads the directory and fills [`Person`]s and [`Group`]s. The UID of a card follows from
//! the record's identity in the directory, so that a later run changes cards instead of adding new ones.
//!
//! ```
//! use tegu_dav::book::{Group, Person, cards};
//! use tegu_dav::vcard::Version;
//!
//! let mut anna = Person::new("f3b1c7a0-0000-4000-8000-000000000001", "Анна Иванова");
//! anna.mail.push("anna@example.org".into());
//! anna.title = Some("Бухгалтер".into());
//! let mut all = Group::new("f3b1c7a0-0000-4000-8000-000000000002", "Все");
//! all.members.push(anna.id.clone());
//! let items = cards(&[anna], &[all], Version::V4);
//! let group = String::from_utf8(items[1].body.clone().unwrap()).unwrap();
//! assert!(group.contains("KIND:group\r\n") && group.contains(&format!("MEMBER:urn:uuid:{}", items[0].uid)));
//! ```

use std::collections::{BTreeMap, BTreeSet};

use crate::error::one_line;
use crate::item::resource_name;
use crate::vcard::Version;
use crate::vcard::write::Card;
use crate::{Finding, Item, ItemKind, resolve, text};

/// A person, room or device of the directory.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Person {
    /// The identity of the record, which never changes: an `objectGUID` or `entryUUID`, otherwise a distinguished name.
    pub id: String,
    /// The display name.
    pub name: String,
    /// First name.
    pub given: Option<String>,
    /// Middle name or patronymic.
    pub additional: Option<String>,
    /// Last name.
    pub family: Option<String>,
    /// Mail addresses, the primary one first.
    pub mail: Vec<String>,
    /// Telephone numbers with their vCard types: `WORK,VOICE`, `CELL`, `WORK,FAX`, `PAGER`, `HOME,VOICE`.
    pub phones: Vec<(String, String)>,
    /// The company.
    pub company: Option<String>,
    /// The department.
    pub department: Option<String>,
    /// The job title.
    pub title: Option<String>,
    /// The room.
    pub office: Option<String>,
    /// The street with the number, on one or more lines.
    pub street: Option<String>,
    /// The town.
    pub city: Option<String>,
    /// State, region or province.
    pub region: Option<String>,
    /// The postal code.
    pub code: Option<String>,
    /// The country.
    pub country: Option<String>,
    /// The manager's display name.
    pub manager: Option<String>,
    /// The assistant's display name.
    pub assistant: Option<String>,
    /// A web page.
    pub url: Option<String>,
    /// Notes.
    pub notes: Option<String>,
    /// A photograph in JPEG.
    pub photo: Option<Vec<u8>>,
    /// Categories.
    pub categories: Vec<String>,
    /// Other attributes by name; they become `X-OUTLOOK-FIELD`.
    pub others: Vec<(String, String)>,
}

impl Person {
    /// A person with an identity and a name.
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            ..Self::default()
        }
    }

    fn card(&self, version: Version, uid: &str, findings: &mut Vec<Finding>) -> Vec<u8> {
        let mut card = Card::new(version, uid);
        let some = |text: &Option<String>| text.as_deref().unwrap_or_default().trim().to_owned();
        let names = [&self.family, &self.given, &self.additional].map(some);
        card.parts("N", &[&names[0], &names[1], &names[2], "", ""]);
        card.text("FN", self.name.trim());
        let mut first = true;
        for address in self
            .mail
            .iter()
            .map(|address| address.trim())
            .filter(|a| !a.is_empty())
        {
            if resolve::is_directory_address(address) {
                findings.push(Finding::AddressX500 {
                    address: one_line(address),
                });
                card.text("EMAIL;TYPE=EX", address);
            } else {
                card.email(address, first);
                first = false;
            }
        }
        for (kinds, number) in &self.phones {
            let kinds: Vec<&str> = kinds
                .split(',')
                .filter(|kind| {
                    !kind.is_empty() && kind.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                })
                .collect();
            let head = if kinds.is_empty() {
                "TEL".to_owned()
            } else {
                format!("TEL;TYPE={}", kinds.join(","))
            };
            card.text(&head, number.trim());
        }
        let (company, department) = (some(&self.company), some(&self.department));
        match (company.is_empty(), department.is_empty()) {
            (true, true) => {}
            (_, true) => card.parts("ORG", &[&company]),
            _ => card.parts("ORG", &[&company, &department]),
        }
        let address = [&self.street, &self.city, &self.region, &self.code, &self.country].map(some);
        if address.iter().any(|part| !part.is_empty()) {
            let [street, city, region, code, country] = &address;
            card.parts("ADR;TYPE=WORK", &["", "", street, city, region, code, country]);
        }
        for (head, value) in [
            ("TITLE", &self.title),
            ("X-OFFICE", &self.office),
            ("X-MANAGER", &self.manager),
            ("X-ASSISTANT", &self.assistant),
            ("NOTE", &self.notes),
        ] {
            if let Some(value) = value.as_deref().filter(|value| !value.trim().is_empty()) {
                card.text(head, value);
            }
        }
        if let Some(url) = self.url.as_deref().filter(|url| !url.contains(char::is_control)) {
            card.raw("URL", url.trim());
        }
        if !self.categories.is_empty() {
            let escaped: Vec<String> = self.categories.iter().map(|c| crate::escape(c)).collect();
            card.raw("CATEGORIES", &escaped.join(","));
        }
        if let Some(photo) = &self.photo {
            let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, photo);
            match version {
                Version::V3 => card.raw("PHOTO;ENCODING=b;TYPE=JPEG", &encoded),
                Version::V4 => card.raw("PHOTO", &format!("data:image/jpeg;base64,{encoded}")),
            }
        }
        for (name, value) in &self.others {
            card.keep(name, value);
        }
        card.finish()
    }
}

/// A distribution list.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Group {
    /// What identifies the record for ever.
    pub id: String,
    /// The display name.
    pub name: String,
    /// Its own mail address.
    pub mail: Option<String>,
    /// Who belongs to it: identities of people and groups of the same call, or mail addresses.
    pub members: Vec<String>,
    /// Notes.
    pub notes: Option<String>,
}

impl Group {
    /// A group known by an identity and a name.
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            ..Self::default()
        }
    }

    fn card(
        &self,
        version: Version,
        uid: &str,
        uids: &BTreeMap<&str, String>,
        findings: &mut Vec<Finding>,
    ) -> Vec<u8> {
        let mut card = Card::new(version, uid);
        let (kind, member) = match version {
            Version::V3 => ("X-ADDRESSBOOKSERVER-KIND", "X-ADDRESSBOOKSERVER-MEMBER"),
            Version::V4 => ("KIND", "MEMBER"),
        };
        card.raw(kind, "group");
        if version == Version::V3 {
            card.parts("N", &[self.name.trim(), "", "", "", ""]);
        }
        card.text("FN", self.name.trim());
        if let Some(mail) = self.mail.as_deref().filter(|mail| !mail.trim().is_empty()) {
            card.email(mail.trim(), true);
        }
        let mut seen = BTreeSet::new();
        for one in self.members.iter().filter(|one| seen.insert(one.as_str())) {
            match uids.get(one.as_str()) {
                Some(uid) => card.raw(member, &format!("urn:uuid:{uid}")),
                None if one.contains('@') && !one.contains(|c: char| c.is_control() || c.is_whitespace()) => {
                    card.raw(member, &format!("mailto:{one}"));
                }
                None => findings.push(Finding::GroupMember {
                    member: one_line(one),
                }),
            }
        }
        if let Some(notes) = self.notes.as_deref().filter(|notes| !notes.trim().is_empty()) {
            card.text("NOTE", notes);
        }
        card.finish()
    }
}

/// One item for each person, then one for each group (RFC 6350 section 6.1.4; in 3.0 the properties that
/// servers and clients agreed on, `X-ADDRESSBOOKSERVER-KIND` and its like).
#[must_use]
pub fn cards(people: &[Person], groups: &[Group], version: Version) -> Vec<Item> {
    let mut uids: BTreeMap<&str, String> = BTreeMap::new();
    for id in people
        .iter()
        .map(|person| &person.id)
        .chain(groups.iter().map(|group| &group.id))
    {
        uids.insert(id, uid(id));
    }
    let item = |kind, id: &str, name: &str, body: Vec<u8>, mut findings: Vec<Finding>| {
        if name.trim().is_empty() {
            findings.push(Finding::CardNameless);
        }
        if text::has_control(&String::from_utf8_lossy(&body).replace(['\r', '\n'], " ")) {
            findings.push(Finding::ControlCharacter { line: 0 });
        }
        let uid = uid(id);
        Item {
            kind,
            summary: text::summary(name),
            original: body.clone(),
            body: Some(body),
            findings,
            resource_name: resource_name(&uid, "vcf"),
            components: 1,
            uid,
        }
    };
    let mut out = Vec::with_capacity(people.len() + groups.len());
    for person in people {
        let mut findings = Vec::new();
        let body = person.card(version, &uid(&person.id), &mut findings);
        out.push(item(ItemKind::Contact, &person.id, &person.name, body, findings));
    }
    for group in groups {
        let mut findings = Vec::new();
        let body = group.card(version, &uid(&group.id), &uids, &mut findings);
        out.push(item(ItemKind::Group, &group.id, &group.name, body, findings));
    }
    out
}

/// A UUID (RFC 9562, version 8) that follows from an identity.
fn uid(id: &str) -> String {
    let hash = blake3::hash(id.trim().to_ascii_lowercase().as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(hash.as_bytes().get(..16).unwrap_or(&[0; 16]));
    let hex: String = bytes
        .iter()
        .enumerate()
        .map(|(at, byte)| match at {
            6 => format!("{:02x}", byte & 0x0f | 0x80),
            8 => format!("{:02x}", byte & 0x3f | 0x80),
            _ => format!("{byte:02x}"),
        })
        .collect();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Limits, strict, vcard};

    #[test]
    fn every_field_arrives_and_every_card_is_strict() {
        let mut person = Person::new("1", "Пётр; Иванов");
        person.family = Some("Иванов".into());
        person.mail = vec!["p@example.org".into(), "/o=Org/cn=Recipients/cn=p".into()];
        person.phones = vec![("WORK,VOICE".into(), "+7 495".into()), ("x;y".into(), "1".into())];
        person.company = Some("Ромашка, ООО".into());
        person.department = Some("ИТ".into());
        person.street = Some("Ленина 1\nкорп. 2".into());
        person.photo = Some(vec![1, 2, 3]);
        person.notes = Some("a\nb".into());
        person.others = vec![("extension\u{7}".into(), "12".into())];
        let mut group = Group::new("2", "Все");
        group.members = vec!["1".into(), "x@example.org".into(), "nobody".into(), "1".into()];
        for version in [Version::V3, Version::V4] {
            let items = cards(
                std::slice::from_ref(&person),
                std::slice::from_ref(&group),
                version,
            );
            for item in &items {
                let body = item.body.as_deref().unwrap();
                strict::card(body).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(body)));
                let again = vcard::cards(body, version, &Limits::default()).unwrap();
                assert_eq!(again.items[0].body.as_deref(), Some(body));
                assert_eq!(again.items[0].kind, item.kind);
            }
            let text = String::from_utf8(items[0].body.clone().unwrap())
                .unwrap()
                .replace("\r\n ", "");
            for expected in [
                "FN:Пётр\\; Иванов\r\n",
                "ORG:Ромашка\\, ООО;ИТ\r\n",
                ":;;Ленина 1\\nкорп. 2;;;;\r\n",
                "NOTE:a\\nb\r\n",
            ] {
                assert!(text.contains(expected), "{expected} in {text}");
            }
            let codes: Vec<_> = items
                .iter()
                .flat_map(|item| &item.findings)
                .map(Finding::code)
                .collect();
            assert_eq!(codes, ["DAV-ADDRESS-X500", "DAV-GROUP-MEMBER"]);
            let group = String::from_utf8(items[1].body.clone().unwrap()).unwrap();
            assert_eq!(group.matches("urn:uuid:").count(), 1, "{group}");
        }
    }
}
