//! Mailboxes while the stand-in runs: identifiers, and what changed when.

use super::item::{Content, Item};
use super::model::{Folder, Mailbox};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::collections::HashMap;
use std::sync::Arc;

/// Where an identifier leads: mailbox, folder, item, exception, attachment.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    Folder(usize, usize),
    Item(usize, usize, u64),
    Occurrence(usize, usize, u64, usize),
    Attachment(usize, usize, u64, Option<usize>, usize),
}

#[derive(Debug, Default)]
pub(super) struct Store {
    pub(super) mailboxes: Vec<Live>,
    /// The mailbox that is the public folders.
    pub(super) public: Option<usize>,
    pub(super) places: HashMap<String, Place>,
    clock: u64,
    pub(super) made: u64,
    /// Makes identifiers that differ from another's in the case of one letter.
    pub(super) alike: bool,
}

#[derive(Debug)]
pub(super) struct Live {
    pub(super) described: Mailbox,
    pub(super) folders: Vec<LiveFolder>,
}

#[derive(Debug)]
pub(super) struct LiveFolder {
    pub(super) id: String,
    pub(super) parent: Option<usize>,
    pub(super) described: Folder,
    pub(super) items: Vec<LiveItem>,
    pub(super) removed: Vec<Removed>,
    pub(super) created: u64,
    pub(super) changed: u64,
    pub(super) gone: Option<u64>,
}

#[derive(Clone, Debug)]
pub(super) struct Removed {
    pub(super) id: String,
    pub(super) created: u64,
    pub(super) when: u64,
}

/// An item and when it came, changed, and was last marked as read or unread.
#[derive(Clone, Debug)]
pub(super) struct LiveItem {
    pub(super) id: String,
    pub(super) number: u64,
    pub(super) item: Arc<Item>,
    pub(super) associated: bool,
    pub(super) created: u64,
    pub(super) changed: u64,
    pub(super) read: u64,
    pub(super) occurrences: Vec<String>,
    pub(super) attachments: Vec<String>,
    /// Those of exceptions.
    pub(super) inner: Vec<Vec<String>>,
}

impl LiveItem {
    pub(super) fn change_key(&self) -> String {
        change_key(self.changed.max(self.read))
    }
}

/// Opaque, and another after each change.
pub(super) fn change_key(clock: u64) -> String {
    let mut octets = vec![9, 0, 0, 0, 0x16, 0, 0, 0];
    octets.extend_from_slice(&clock.to_be_bytes());
    STANDARD.encode(octets)
}

impl Store {
    pub(super) fn add(&mut self, mut described: Mailbox) -> usize {
        let mailbox = self.mailboxes.len();
        let folders = std::mem::take(&mut described.folders);
        let archive = std::mem::take(&mut described.archive);
        self.mailboxes.push(Live {
            described,
            folders: Vec::new(),
        });
        let root = self.add_folder(mailbox, None, Folder::new("").class("").distinguished("root"));
        let top = Folder::new("Top of Information Store").distinguished("msgfolderroot");
        let top = self.add_folder(mailbox, Some(root), top);
        for folder in folders {
            let outside = folder.distinguished.as_deref().is_some_and(|name| {
                name.starts_with("recoverableitems") || name == "searchfolders" || name == "adminauditlogs"
            });
            self.add_tree(mailbox, if outside { root } else { top }, folder);
        }
        if !archive.is_empty() {
            let root = Folder::new("").class("").distinguished("archiveroot");
            let root = self.add_folder(mailbox, None, root);
            let top = Folder::new("Top of Information Store").distinguished("archivemsgfolderroot");
            let top = self.add_folder(mailbox, Some(root), top);
            for folder in archive {
                let outside = folder
                    .distinguished
                    .as_deref()
                    .is_some_and(|name| name.starts_with("archiverecoverable"));
                self.add_tree(mailbox, if outside { root } else { top }, folder);
            }
        }
        mailbox
    }

    /// Adds the tree of public folders.
    pub(super) fn add_public(&mut self, folders: Vec<Folder>) {
        let mailbox = self.mailboxes.len();
        self.mailboxes.push(Live {
            described: Mailbox::bare("", "Public Folders"),
            folders: Vec::new(),
        });
        self.public = Some(mailbox);
        let root = Folder::new("IPM_SUBTREE")
            .class("")
            .distinguished("publicfoldersroot");
        let root = self.add_folder(mailbox, None, root);
        for folder in folders {
            self.add_tree(mailbox, root, folder);
        }
    }

    pub(super) fn add_tree(&mut self, mailbox: usize, parent: usize, mut folder: Folder) -> usize {
        let below = std::mem::take(&mut folder.folders);
        let items = std::mem::take(&mut folder.items);
        let associated = std::mem::take(&mut folder.associated);
        let number = self.add_folder(mailbox, Some(parent), folder);
        for item in items {
            self.add_item(mailbox, number, item, false);
        }
        for item in associated {
            self.add_item(mailbox, number, item, true);
        }
        for folder in below {
            self.add_tree(mailbox, number, folder);
        }
        number
    }

    fn add_folder(&mut self, mailbox: usize, parent: Option<usize>, described: Folder) -> usize {
        let clock = self.tick();
        let number = self.mailboxes[mailbox].folders.len();
        let id = self.identifier(mailbox, Place::Folder(mailbox, number));
        self.mailboxes[mailbox].folders.push(LiveFolder {
            id,
            parent,
            described,
            items: Vec::new(),
            removed: Vec::new(),
            created: clock,
            changed: clock,
            gone: None,
        });
        number
    }

    pub(super) fn add_item(&mut self, mailbox: usize, folder: usize, item: Item, associated: bool) -> String {
        let clock = self.tick();
        let number = clock;
        let id = self.identifier(mailbox, Place::Item(mailbox, folder, number));
        let mut live = LiveItem {
            id: id.clone(),
            number,
            item: Arc::new(item),
            associated,
            created: clock,
            changed: clock,
            read: 0,
            occurrences: Vec::new(),
            attachments: Vec::new(),
            inner: Vec::new(),
        };
        self.name_parts(mailbox, folder, &mut live);
        self.mailboxes[mailbox].folders[folder].items.push(live);
        id
    }

    /// Gives identifiers to exceptions and attachments.
    pub(super) fn name_parts(&mut self, mailbox: usize, folder: usize, live: &mut LiveItem) {
        let item = Arc::clone(&live.item);
        live.attachments = (0..item.attachments.len())
            .map(|index| {
                let place = Place::Attachment(mailbox, folder, live.number, None, index);
                self.identifier(mailbox, place)
            })
            .collect();
        live.occurrences = (0..item.occurrences.len())
            .map(|index| {
                let place = Place::Occurrence(mailbox, folder, live.number, index);
                self.identifier(mailbox, place)
            })
            .collect();
        live.inner = item
            .occurrences
            .iter()
            .enumerate()
            .map(|(occurrence, (_, exception))| {
                (0..exception.attachments.len())
                    .map(|index| {
                        let place = Place::Attachment(mailbox, folder, live.number, Some(occurrence), index);
                        self.identifier(mailbox, place)
                    })
                    .collect()
            })
            .collect();
    }

    /// A folder and all below it, parents first.
    pub(super) fn below(&self, mailbox: usize, folder: usize) -> Vec<usize> {
        let folders = &self.mailboxes[mailbox].folders;
        let mut found = vec![folder];
        let mut at = 0;
        while let Some(parent) = found.get(at).copied() {
            found.extend(
                (0..folders.len())
                    .filter(|&child| folders[child].parent == Some(parent) && folders[child].gone.is_none()),
            );
            at += 1;
        }
        found
    }

    pub(super) fn place(&self, id: &str) -> Option<Place> {
        self.places.get(id).copied()
    }

    pub(super) fn folder(&self, mailbox: usize, folder: usize) -> Option<&LiveFolder> {
        let folder = self.mailboxes.get(mailbox)?.folders.get(folder)?;
        folder.gone.is_none().then_some(folder)
    }

    pub(super) fn item(&self, mailbox: usize, folder: usize, number: u64) -> Option<&LiveItem> {
        let items = &self.folder(mailbox, folder)?.items;
        items.iter().find(|item| item.number == number)
    }

    /// The folder with this distinguished name.
    pub(super) fn distinguished(&self, mailbox: usize, name: &str) -> Option<usize> {
        let folders = &self.mailboxes.get(mailbox)?.folders;
        folders.iter().position(|folder| {
            folder.described.distinguished.as_deref() == Some(name) && folder.gone.is_none()
        })
    }

    /// The folder with this distinguished name or display name.
    pub(super) fn named(&self, mailbox: usize, name: &str) -> Option<usize> {
        self.distinguished(mailbox, name).or_else(|| {
            let folders = &self.mailboxes.get(mailbox)?.folders;
            folders
                .iter()
                .position(|folder| folder.described.name == name && folder.gone.is_none())
        })
    }

    pub(super) fn mailbox(&self, address: &str) -> Option<usize> {
        if address.is_empty() {
            return None;
        }
        self.mailboxes.iter().position(|live| {
            let described = &live.described;
            described.address.eq_ignore_ascii_case(address)
                || described
                    .aliases
                    .iter()
                    .any(|alias| alias.eq_ignore_ascii_case(address))
        })
    }

    pub(super) fn now(&self) -> u64 {
        self.clock
    }

    pub(super) fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }
}

impl Content {
    pub(super) fn element(&self) -> &'static str {
        match self {
            Self::File(_) => "FileAttachment",
            Self::Item(_) => "ItemAttachment",
            Self::Reference(_) => "ReferenceAttachment",
        }
    }
}
