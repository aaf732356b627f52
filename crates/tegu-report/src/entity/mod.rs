//! What an organisation is made of, what becomes of each kind of thing, and what a person does where no program can.

mod table;

pub use table::EntityInfo;

use crate::{Language, Text};
use serde::{Deserialize, Serialize};
use std::fmt::{self, Write};

/// A kind of thing that leaves Exchange.
///
/// ```
/// use tegu_report::{Disposition, Entity, Language};
///
/// assert_eq!(Entity::Mail.info().disposition, Disposition::Automatic);
/// assert!(Entity::InboxRules.info().todo.get(Language::English).contains("Get-InboxRule"));
/// ```
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Entity {
    /// Mailbox owners in the directory: people, shared mailboxes, rooms, equipment.
    Accounts,
    /// Further addresses of accounts.
    Aliases,
    /// Distribution lists and mail-enabled security groups.
    Groups,
    /// Mail contacts and mail users: outside addresses that the directory knows.
    DirectoryContacts,
    /// Messages, in their folders.
    Mail,
    /// Archives that lie in Outlook's own files.
    PstArchives,
    /// Mail folders that others may open.
    SharedFolders,
    /// Mailboxes that several people work in.
    SharedMailboxes,
    /// The organisation's address list.
    AddressList,
    /// Contact folders that others may open.
    SharedAddressBooks,
    /// Contact cards and personal distribution lists.
    Contacts,
    /// Calendar resources: an event with its overrides, a task, a journal entry.
    Calendars,
    /// Calendars that others may open.
    SharedCalendars,
    /// Tasks.
    Tasks,
    /// Sticky notes.
    Notes,
    /// What a mailbox does with mail as it comes in.
    InboxRules,
    /// Replies while somebody is away.
    OutOfOffice,
    /// Who may act for somebody.
    Delegates,
    /// Mail that goes on to another address.
    Forwarding,
    /// Rooms and equipment that are booked.
    Rooms,
    /// What the server does with everybody's mail.
    TransportRules,
    /// Public folders.
    PublicFolders,
    /// Which server a message goes to.
    MailRouting,
}

/// How a kind of thing gets to the target.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Disposition {
    /// By itself, and proved.
    Automatic,
    /// By itself, once a person has prepared or will apply something.
    Assisted,
    /// By a person, from a sheet of instructions.
    Manual,
    /// Not at all: the target has it without a transfer.
    NotNeeded,
    /// Not at all: the target has nothing that could hold it.
    Impossible,
}

impl Disposition {
    /// In words.
    pub fn text(self) -> Text {
        match self {
            Self::Automatic => Text::new("automatic", "автоматически"),
            Self::Assisted => Text::new("assisted", "с участием человека"),
            Self::Manual => Text::new("manual", "вручную"),
            Self::NotNeeded => Text::new("not needed", "не требуется"),
            Self::Impossible => Text::new("impossible", "невозможно"),
        }
    }
}

impl Entity {
    /// All entities, in the order in which reports show them.
    pub const ALL: [Self; 23] = [
        Self::Accounts,
        Self::Aliases,
        Self::Groups,
        Self::DirectoryContacts,
        Self::Mail,
        Self::PstArchives,
        Self::SharedFolders,
        Self::SharedMailboxes,
        Self::AddressList,
        Self::SharedAddressBooks,
        Self::Contacts,
        Self::Calendars,
        Self::SharedCalendars,
        Self::Tasks,
        Self::Notes,
        Self::InboxRules,
        Self::OutOfOffice,
        Self::Delegates,
        Self::Forwarding,
        Self::Rooms,
        Self::TransportRules,
        Self::PublicFolders,
        Self::MailRouting,
    ];

    /// Those whose items are counted one by one, and whose sums must add up. The others are told of in sections of the
    /// report.
    pub const COUNTED: [Self; 6] = [
        Self::Accounts,
        Self::Groups,
        Self::DirectoryContacts,
        Self::Mail,
        Self::Calendars,
        Self::Contacts,
    ];

    /// The name in reports and journals.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Aliases => "aliases",
            Self::Groups => "groups",
            Self::DirectoryContacts => "directory-contacts",
            Self::Mail => "mail",
            Self::PstArchives => "pst-archives",
            Self::SharedFolders => "shared-folders",
            Self::SharedMailboxes => "shared-mailboxes",
            Self::AddressList => "address-list",
            Self::SharedAddressBooks => "shared-address-books",
            Self::Contacts => "contacts",
            Self::Calendars => "calendars",
            Self::SharedCalendars => "shared-calendars",
            Self::Tasks => "tasks",
            Self::Notes => "notes",
            Self::InboxRules => "inbox-rules",
            Self::OutOfOffice => "out-of-office",
            Self::Delegates => "delegates",
            Self::Forwarding => "forwarding",
            Self::Rooms => "rooms",
            Self::TransportRules => "transport-rules",
            Self::PublicFolders => "public-folders",
            Self::MailRouting => "mail-routing",
        }
    }

    /// Returns the entity with this [name](Self::name).
    ///
    /// ```
    /// use tegu_report::Entity;
    ///
    /// assert_eq!(Entity::from_name("inbox-rules"), Some(Entity::InboxRules));
    /// assert_eq!(Entity::from_name("Mail"), None);
    /// ```
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|entity| entity.name() == name)
    }

    /// What it is on either side, how it moves, why so, and what a person does.
    pub fn info(self) -> &'static EntityInfo {
        table::info(self)
    }

    /// The table of all entities in Markdown, as the README shows it.
    pub fn markdown() -> String {
        let mut table =
            String::from("| what | on Exchange | on TEGU | how it moves | why |\n|---|---|---|---|---|\n");
        for entity in Self::ALL {
            let row = entity.info();
            let cell = |text: Text| text.get(Language::English).replace('|', "\\|");
            // Writing to a String does not fail.
            let _ = writeln!(
                table,
                "| {} | {} | {} | {} | {} |",
                cell(row.title),
                cell(row.exchange),
                cell(row.tegu),
                cell(row.disposition.text()),
                cell(row.why)
            );
        }
        table
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entity_has_its_row_in_both_languages() {
        for entity in Entity::ALL {
            let row = entity.info();
            assert_eq!(row.entity, entity);
            for text in [row.title, row.exchange, row.tegu, row.why, row.todo] {
                let (en, ru) = (text.get(Language::English), text.get(Language::Russian));
                assert!(!en.is_empty() && !ru.is_empty(), "{entity}: {text:?}");
                let cyrillic = |text: &str| text.chars().any(|c| ('а'..='я').contains(&c));
                assert!(!cyrillic(en) && cyrillic(ru), "{entity}: {en} / {ru}");
            }
            assert_eq!(serde_json::to_value(entity).unwrap(), entity.name());
        }
        assert!(Entity::COUNTED.iter().all(|entity| Entity::ALL.contains(entity)));
    }
}
