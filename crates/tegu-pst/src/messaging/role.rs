//! What a folder is for: by what other objects say of it, by its own class, and by names in English and Russian.

use super::{Folder, Folders, Pst, Text, folder::own_folder};
use crate::{
    ltp::{Properties, Table, Value},
    tag::{self, nid},
};
use std::collections::HashMap;

/// What a folder is for.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Role {
    /// Received mail.
    Inbox,
    /// Sent mail.
    Sent,
    /// Mail that is being written.
    Drafts,
    /// Mail that waits to be sent.
    Outbox,
    /// Deleted items.
    Trash,
    /// Unwanted mail.
    Junk,
    /// Mail that was set aside.
    Archive,
    /// Appointments.
    Calendar,
    /// Contacts.
    Contacts,
    /// Tasks.
    Tasks,
    /// Notes.
    Notes,
    /// The journal.
    Journal,
    /// Items that were deleted for good, as exports of mailboxes hold them.
    RecoverableItems,
}

impl Role {
    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Sent => "sent",
            Self::Drafts => "drafts",
            Self::Outbox => "outbox",
            Self::Trash => "trash",
            Self::Junk => "junk",
            Self::Archive => "archive",
            Self::Calendar => "calendar",
            Self::Contacts => "contacts",
            Self::Tasks => "tasks",
            Self::Notes => "notes",
            Self::Journal => "journal",
            Self::RecoverableItems => "recoverable-items",
        }
    }

    /// By the class of a container (property 0x3613).
    pub(crate) fn of_class(class: &str) -> Option<Self> {
        let class = class.to_ascii_lowercase();
        Some(match class.as_str() {
            "ipf.appointment" => Self::Calendar,
            "ipf.contact" => Self::Contacts,
            "ipf.task" => Self::Tasks,
            "ipf.stickynote" => Self::Notes,
            "ipf.journal" => Self::Journal,
            _ => return None,
        })
    }

    /// By the name of a folder of mail, as Outlook and Exchange write it in English and Russian.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        let name = name.to_lowercase();
        Some(match name.as_str() {
            "inbox" | "входящие" => Self::Inbox,
            "sent items" | "sent" | "отправленные" => Self::Sent,
            "drafts" | "черновики" => Self::Drafts,
            "outbox" | "исходящие" => Self::Outbox,
            "deleted items" | "trash" | "удаленные" | "удалённые" => Self::Trash,
            "junk e-mail" | "junk email" | "нежелательная почта" => Self::Junk,
            "archive" | "архив" => Self::Archive,
            "recoverable items" | "элементы для восстановления" => {
                Self::RecoverableItems
            }
            _ => return None,
        })
    }
}

impl Pst {
    /// Says what folders are for: by identifiers, then by their classes, then by their names at the top of the mailbox.
    pub(super) fn roles(&self, result: &mut Folders) {
        let mut known: HashMap<u32, Role> = HashMap::new();
        known.extend(self.deleted().map(|nid| (nid, Role::Trash)));
        if let Some(inbox) = self.receive_folder() {
            known.insert(inbox, Role::Inbox);
        }
        self.special_folders(result, &mut known);
        for folder in &mut result.folders {
            folder.role = known
                .get(&folder.nid)
                .copied()
                .or_else(|| folder.class.as_deref().and_then(Role::of_class))
                .or_else(|| match folder.path.as_slice() {
                    [name] if !folder.search => Role::of_name(name),
                    _ => None,
                });
        }
    }

    /// What the Inbox, or the root of an OST, says of its neighbours ([MS-OXOSFLD] section 2.2.3).
    fn special_folders(&self, result: &Folders, known: &mut HashMap<u32, Role>) {
        const ROLES: [(u16, Role); 6] = [
            (0, Role::Calendar),
            (1, Role::Contacts),
            (2, Role::Journal),
            (3, Role::Notes),
            (4, Role::Tasks),
            (7, Role::Drafts),
        ];
        /// The place of the folder for unwanted mail in the list of additional ones.
        const JUNK: usize = 4;
        let is_inbox = |folder: &&Folder| {
            known.get(&folder.nid) == Some(&Role::Inbox)
                || matches!(folder.path.as_slice(), [name] if Role::of_name(name) == Some(Role::Inbox))
        };
        let inbox = result.folders.iter().find(is_inbox).map(|folder| folder.nid);
        for nid in inbox.into_iter().chain([nid::ROOT_FOLDER]) {
            let Ok(Some(Ok(properties))) = self.node(nid).map(|node| node.map(Properties::open)) else {
                continue;
            };
            let folder = |value: &Value| match value {
                Value::Binary(entry) => own_folder(entry),
                _ => None,
            };
            for (offset, role) in ROLES {
                let entry = properties.get(tag::SPECIAL_FOLDERS + offset).ok().flatten();
                if let Some(nid) = entry.as_ref().and_then(folder) {
                    known.entry(nid).or_insert(role);
                }
            }
            if let Ok(Some(Value::Multiple(entries))) = properties.get(tag::SPECIAL_FOLDERS + 8)
                && let Some(nid) = entries.get(JUNK).and_then(folder)
            {
                known.entry(nid).or_insert(Role::Junk);
            }
        }
    }

    /// The folder that receives mail, if the file says it and it is not the root.
    fn receive_folder(&self) -> Option<u32> {
        let table = Table::open(self.node(nid::RECEIVE_FOLDERS).ok()??).ok()?;
        let mut found = None;
        for row in table.rows().flatten() {
            let class = table.cell(&row, tag::MESSAGE_CLASS).ok().flatten();
            let class = class
                .and_then(|value| Text::of(&value, None))
                .unwrap_or_default()
                .text;
            let folder = table.cell(&row, tag::RECEIVE_FOLDER).ok().flatten();
            let folder = folder.and_then(|value| u32::try_from(value.integer()?).ok());
            if (class.eq_ignore_ascii_case("IPM") || class.eq_ignore_ascii_case("IPM.Note"))
                && folder != Some(nid::ROOT_FOLDER)
            {
                found = folder;
            }
        }
        found
    }
}
