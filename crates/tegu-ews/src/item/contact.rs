//! Contacts and private lists.

use super::{Person, time};
use crate::xml::Element;
use jiff::Timestamp;

/// A postal address.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Postal {
    /// `Home`, `Business` or `Other`.
    pub key: String,
    /// Street, place, region, country and code.
    pub parts: [String; 5],
}

/// What a contact says of itself beyond what all items do.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Contact {
    /// Properties that are one text, by their names in the schema: `GivenName`, `CompanyName`. Parts of the complete name stand among them.
    pub texts: Vec<(String, String)>,
    /// Properties that are lists of texts: `Children`, `Companies`.
    pub lists: Vec<(String, Vec<String>)>,
    /// Mail addresses, the first one first.
    pub addresses: Vec<Person>,
    /// Telephone numbers by their keys: `MobilePhone`.
    pub phones: Vec<(String, String)>,
    /// Chat addresses.
    pub chats: Vec<String>,
    /// Postal addresses.
    pub postal: Vec<Postal>,
    /// When the person was born.
    pub birthday: Option<Timestamp>,
    /// When the person married.
    pub wedding: Option<Timestamp>,
    /// How many certificates there are.
    pub certificates: usize,
}

/// Properties that all items have, and those that are read in another way.
const NOT_TEXTS: [&str; 31] = [
    "MimeContent",
    "ItemId",
    "ParentFolderId",
    "ItemClass",
    "Subject",
    "Sensitivity",
    "Body",
    "TextBody",
    "DateTimeReceived",
    "Size",
    "Importance",
    "IsSubmitted",
    "IsDraft",
    "IsFromMe",
    "IsResend",
    "IsUnmodified",
    "DateTimeSent",
    "DateTimeCreated",
    "ReminderDueBy",
    "ReminderIsSet",
    "ReminderMinutesBeforeStart",
    "DisplayCc",
    "DisplayTo",
    "HasAttachments",
    "Culture",
    "LastModifiedName",
    "LastModifiedTime",
    "IsAssociated",
    "HasPicture",
    "Birthday",
    "WeddingAnniversary",
];

impl Contact {
    pub(super) fn read(item: Element<'_>) -> Self {
        let mut contact = Self {
            birthday: item.value("Birthday").and_then(time::instant),
            wedding: item.value("WeddingAnniversary").and_then(time::instant),
            ..Self::default()
        };
        let name = item.child("CompleteName").into_iter().flat_map(Element::children);
        for child in item.children().chain(name) {
            contact.take(child);
        }
        contact
    }

    fn take(&mut self, element: Element<'_>) {
        let name = element.name();
        let entries = || {
            element
                .children()
                .map(|entry| (entry.attribute("Key").unwrap_or_default().to_owned(), entry))
        };
        match name {
            "EmailAddresses" => {
                let mut all: Vec<(String, Person)> = entries()
                    .filter(|(_, entry)| !entry.text().trim().is_empty())
                    .map(|(key, entry)| {
                        let attribute = |name| entry.attribute(name).unwrap_or_default().to_owned();
                        let person = Person {
                            name: attribute("Name"),
                            address: entry.text().trim().to_owned(),
                            routing: attribute("RoutingType"),
                            kind: attribute("MailboxType"),
                        };
                        (key, person)
                    })
                    .collect();
                all.sort_by(|a, b| a.0.cmp(&b.0));
                self.addresses = all.into_iter().map(|(_, person)| person).collect();
            }
            "PhoneNumbers" => {
                self.phones = entries()
                    .map(|(key, entry)| (key, entry.text().trim().to_owned()))
                    .filter(|(_, number)| !number.is_empty())
                    .collect();
            }
            "ImAddresses" => {
                self.chats = entries()
                    .map(|(_, entry)| entry.text().trim().to_owned())
                    .filter(|chat| !chat.is_empty())
                    .collect();
            }
            "PhysicalAddresses" => {
                let parts = ["Street", "City", "State", "CountryOrRegion", "PostalCode"];
                self.postal = entries()
                    .map(|(key, entry)| Postal {
                        key,
                        parts: parts.map(|part| entry.value(part).unwrap_or_default().to_owned()),
                    })
                    .filter(|postal| postal.parts.iter().any(|part| !part.is_empty()))
                    .collect();
            }
            "Children" | "Companies" => {
                let list = element
                    .children()
                    .map(|entry| entry.text().to_owned())
                    .filter(|text| !text.is_empty())
                    .collect();
                self.lists.push((name.to_owned(), list));
            }
            "UserSMIMECertificate" | "MSExchangeCertificate" => {
                self.certificates += element.children().count();
            }
            _ if NOT_TEXTS.contains(&name) || element.children().next().is_some() => {}
            _ if element.text().trim().is_empty() => {}
            _ => self.texts.push((name.to_owned(), element.text().to_owned())),
        }
    }

    /// Returns a property that is one text; empty if it is absent.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.texts
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, text)| text.as_str())
            .unwrap_or_default()
    }
}

/// What a private list says of itself.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct List {
    /// Its name.
    pub name: String,
    /// Who is on it.
    pub members: Vec<Person>,
    /// Whether the server says who is on it; Exchange 2007 does not.
    pub told: bool,
}

impl List {
    pub(super) fn read(item: Element<'_>) -> Self {
        let members = item.child("Members");
        let mailboxes = members
            .into_iter()
            .flat_map(Element::children)
            .filter_map(|member| member.child("Mailbox"));
        Self {
            name: item
                .value("DisplayName")
                .or_else(|| item.value("Subject"))
                .unwrap_or_default()
                .to_owned(),
            members: mailboxes.map(Person::read).collect(),
            told: members.is_some(),
        }
    }
}
