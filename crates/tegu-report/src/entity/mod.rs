//! What an organisation is made of, how each kind of thing moves, and what a person does where no program can.

mod table;

pub use table::EntityInfo;

use crate::{Language, Text};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    fmt::{self, Write},
};

/// A kind of thing in an Exchange organisation.
///
/// ```
/// use tegu_report::{Disposition, Entity, Language};
///
/// assert_eq!(Entity::Mail.info().disposition, Disposition::Automatic);
/// assert!(Entity::InboxRules.info().todo.get(Language::English).contains("Get-InboxRule"));
/// ```
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Entity {
    /// Mailbox owners in the directory: people, shared mailboxes, rooms, equipment.
    Accounts,
    /// More addresses of accounts.
    Aliases,
    /// Distribution lists and mail-enabled security groups.
    Groups,
    /// Mail contacts and mail users: outside addresses that the directory knows.
    DirectoryContacts,
    /// Messages, in their folders.
    Mail,
    /// Archives in Outlook data files (PST).
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
    /// Calendar resources: an event with its overrides. Tasks and notes too, where their source does not tell them apart.
    Calendars,
    /// Calendars that others may open.
    SharedCalendars,
    /// Tasks.
    Tasks,
    /// Sticky notes, and entries of the journal.
    Notes,
    /// Rules for incoming mail of a mailbox.
    InboxRules,
    /// Automatic replies while somebody is away.
    OutOfOffice,
    /// Who may act for somebody.
    Delegates,
    /// Mail that is forwarded to another address.
    Forwarding,
    /// Rooms and equipment that can be booked.
    Rooms,
    /// Server rules for everybody's mail.
    TransportRules,
    /// Public folders.
    PublicFolders,
    /// Which server receives a message.
    MailRouting,
}

/// How a kind of thing gets to the target.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Disposition {
    /// Automatically, and proved.
    Automatic,
    /// Automatically, but a person has to prepare or apply something.
    Assisted,
    /// By a person, from a sheet of instructions.
    Manual,
    /// Not at all: the target has it without a transfer.
    NotNeeded,
    /// Not at all: the target has nothing that could hold it.
    Impossible,
}

impl Disposition {
    /// Returns the name for people.
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

    /// The entities whose items are counted one by one in every job. The report has a [`Section`](crate::Section) about each of the others too.
    pub const COUNTED: [Self; 6] = [
        Self::Accounts,
        Self::Groups,
        Self::DirectoryContacts,
        Self::Mail,
        Self::Calendars,
        Self::Contacts,
    ];

    /// The entities that a report or a plan sums up: those of [`COUNTED`](Self::COUNTED), and those that it has `met`, such as inbox rules
    /// where the job moves them. In the order of [`ALL`](Self::ALL).
    pub fn counted(met: &BTreeSet<Self>) -> impl Iterator<Item = Self> {
        let all = Self::ALL.into_iter();
        all.filter(|entity| Self::COUNTED.contains(entity) || met.contains(entity))
    }

    /// Returns the kind of thing that this one moves with, if it has no source and target of its own: tasks and notes move with calendars.
    /// What a policy says of that kind holds for this one too.
    ///
    /// ```
    /// use tegu_report::Entity;
    ///
    /// assert_eq!(Entity::Tasks.moves_with(), Some(Entity::Calendars));
    /// assert_eq!(Entity::Mail.moves_with(), None);
    /// ```
    pub fn moves_with(self) -> Option<Self> {
        matches!(self, Self::Tasks | Self::Notes).then_some(Self::Calendars)
    }

    /// Returns the stable name in reports and journals.
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

    /// Returns what is known of it: what it is on both sides, how it moves and why, and what a person does.
    pub fn info(self) -> &'static EntityInfo {
        table::info(self)
    }

    /// Returns the table of all entities in Markdown, in English.
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
        let met = BTreeSet::from([Entity::InboxRules, Entity::Mail]);
        let counted: Vec<Entity> = Entity::counted(&met).collect();
        assert_eq!(counted.len(), Entity::COUNTED.len() + 1);
        assert_eq!(counted.last(), Some(&Entity::InboxRules));
    }
}
