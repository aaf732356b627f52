//! What an organisation is made of, as far as this crate accounts for it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A kind of thing that leaves Exchange.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Entity {
    /// Mailbox owners in the directory: people, shared mailboxes, rooms, equipment.
    Accounts,
    /// Distribution lists and mail-enabled security groups.
    Groups,
    /// Mail contacts and mail users: outside addresses that the directory knows.
    DirectoryContacts,
    /// Messages.
    Mail,
    /// Calendar resources: an event with its overrides, a task, a journal entry.
    Calendars,
    /// Contact cards and personal distribution lists.
    Contacts,
}

impl Entity {
    /// All entities, in the order in which reports show them.
    pub const ALL: [Self; 6] = [
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
            Self::Groups => "groups",
            Self::DirectoryContacts => "directory-contacts",
            Self::Mail => "mail",
            Self::Calendars => "calendars",
            Self::Contacts => "contacts",
        }
    }

    /// How this kind of thing gets to the target, in one sentence.
    pub fn how(self) -> &'static str {
        match self {
            Self::Accounts => {
                "read from the directory; what must change leaves as LDIF for the directory's owner"
            }
            Self::Groups => "read from the directory; the target server takes groups from the same directory",
            Self::DirectoryContacts => "read from the directory, where they stay",
            Self::Mail => "copied byte for byte with flags and dates, and proved by reading back",
            Self::Calendars => {
                "one resource per UID, from the source's own lines, and proved by comparing the meaning"
            }
            Self::Contacts => "written as vCard, and proved by comparing the meaning",
        }
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
