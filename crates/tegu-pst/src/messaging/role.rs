//! What a folder is for: by what other objects say of it, by its own class, and by its name.

use super::{Folder, Folders, Pst, Text, folder::own_folder};
use crate::{
    ltp::{Properties, Table, Value},
    tag::{self, nid},
};
use std::collections::HashMap;
use tegu_message::FolderRole;

/// By the class of a container (property 0x3613).
fn of_class(class: &str) -> Option<FolderRole> {
    Some(match class.to_ascii_lowercase().as_str() {
        "ipf.appointment" => FolderRole::Calendar,
        "ipf.contact" => FolderRole::Contacts,
        "ipf.task" => FolderRole::Tasks,
        "ipf.stickynote" => FolderRole::Notes,
        "ipf.journal" => FolderRole::Journal,
        _ => return None,
    })
}

/// By the name of a folder, which alone does not make it one of other things than mail.
fn of_name(name: &str) -> Option<FolderRole> {
    FolderRole::of_name(name).filter(|role| !role.is_non_mail())
}

impl Pst {
    /// Says what folders are for: by identifiers, then by their classes, then by their names at the top of the mailbox.
    pub(super) fn roles(&self, result: &mut Folders) {
        let mut known: HashMap<u32, FolderRole> = HashMap::new();
        known.extend(self.deleted().map(|nid| (nid, FolderRole::Trash)));
        if let Some(inbox) = self.receive_folder() {
            known.insert(inbox, FolderRole::Inbox);
        }
        self.special_folders(result, &mut known);
        for folder in &mut result.folders {
            folder.role = known
                .get(&folder.nid)
                .copied()
                .or_else(|| folder.class.as_deref().and_then(of_class))
                .or_else(|| match folder.path.as_slice() {
                    [name] if !folder.search => of_name(name),
                    _ => None,
                });
            // All that lies below what was deleted for good was deleted for good.
            let parent = folder.parent.and_then(|parent| known.get(&parent));
            if parent == Some(&FolderRole::RecoverableItems) {
                folder.role = Some(FolderRole::RecoverableItems);
            }
            known.extend(folder.role.map(|role| (folder.nid, role)));
        }
    }

    /// What the Inbox, or the root of an OST, says of its neighbours ([MS-OXOSFLD] section 2.2.3).
    fn special_folders(&self, result: &Folders, known: &mut HashMap<u32, FolderRole>) {
        const ROLES: [(u16, FolderRole); 6] = [
            (0, FolderRole::Calendar),
            (1, FolderRole::Contacts),
            (2, FolderRole::Journal),
            (3, FolderRole::Notes),
            (4, FolderRole::Tasks),
            (7, FolderRole::Drafts),
        ];
        /// The place of the folder for unwanted mail in the list of additional ones.
        const JUNK: usize = 4;
        let is_inbox = |folder: &&Folder| {
            known.get(&folder.nid) == Some(&FolderRole::Inbox)
                || matches!(folder.path.as_slice(), [name] if of_name(name) == Some(FolderRole::Inbox))
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
                known.entry(nid).or_insert(FolderRole::Junk);
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
