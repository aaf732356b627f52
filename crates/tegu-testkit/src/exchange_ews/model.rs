//! What a mailbox holds, as a test describes it.

use super::item::Item;
use super::settings::{Permission, Settings};

/// A mailbox.
#[derive(Clone, Debug, Default)]
pub struct Mailbox {
    pub(super) address: String,
    pub(super) name: String,
    pub(super) aliases: Vec<String>,
    pub(super) folders: Vec<Folder>,
    pub(super) archive: Vec<Folder>,
    pub(super) settings: Settings,
    pub(super) photo: Option<Vec<u8>>,
    pub(super) disabled: bool,
}

impl Mailbox {
    /// A mailbox with the folders that every one has, in English; see [`Mailbox::bare`] for one without.
    pub fn new(address: &str, name: &str) -> Self {
        super::organisation::standard(Self::bare(address, name), false)
    }

    /// As [`Mailbox::new`], with the names of folders in Russian.
    pub fn russian(address: &str, name: &str) -> Self {
        super::organisation::standard(Self::bare(address, name), true)
    }

    /// A mailbox without folders.
    pub fn bare(address: &str, name: &str) -> Self {
        Self {
            address: address.to_owned(),
            name: name.to_owned(),
            ..Self::default()
        }
    }

    /// Its primary SMTP address.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Its display name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A further address, such as an X500 one (`/o=…`).
    #[must_use]
    pub fn alias(mut self, address: &str) -> Self {
        self.aliases.push(address.to_owned());
        self
    }

    /// Adds a folder at the top.
    #[must_use]
    pub fn folder(mut self, folder: Folder) -> Self {
        self.folders.push(folder);
        self
    }

    /// Adds a folder at the top of the archive mailbox; the first call makes the archive.
    #[must_use]
    pub fn archive(mut self, folder: Folder) -> Self {
        self.archive.push(folder);
        self
    }

    /// Adds an item to the folder with this distinguished name, such as `inbox`, or of this display name.
    ///
    /// # Panics
    ///
    /// When there is no such folder.
    #[must_use]
    pub fn item(mut self, folder: &str, item: Item) -> Self {
        let found = find(&mut self.folders, folder);
        found.expect("a folder of this name").items.push(item);
        self
    }

    /// Changes the folder with this distinguished name or display name.
    ///
    /// # Panics
    ///
    /// When there is no such folder.
    #[must_use]
    pub fn change(mut self, folder: &str, change: impl FnOnce(Folder) -> Folder) -> Self {
        let found = find(&mut self.folders, folder).expect("a folder of this name");
        *found = change(std::mem::take(found));
        self
    }

    /// Sets what is not an item: rules, out-of-office and the like.
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// The person's photo in the directory.
    #[must_use]
    pub fn photo(mut self, octets: impl Into<Vec<u8>>) -> Self {
        self.photo = Some(octets.into());
        self
    }

    /// Turns Exchange Web Services off for it.
    #[must_use]
    pub fn disabled(mut self) -> Self {
        self.disabled = true;
        self
    }
}

fn find<'a>(folders: &'a mut [Folder], name: &str) -> Option<&'a mut Folder> {
    for folder in folders {
        if folder.distinguished.as_deref() == Some(name) || folder.name == name {
            return Some(folder);
        }
        if let Some(found) = find(&mut folder.folders, name) {
            return Some(found);
        }
    }
    None
}

/// A folder.
#[derive(Clone, Debug, Default)]
pub struct Folder {
    pub(super) name: String,
    pub(super) class: Option<String>,
    pub(super) distinguished: Option<String>,
    pub(super) hidden: bool,
    pub(super) search: bool,
    pub(super) items: Vec<Item>,
    pub(super) associated: Vec<Item>,
    pub(super) folders: Vec<Self>,
    pub(super) permissions: Vec<Permission>,
    pub(super) unknown: Vec<String>,
}

impl Folder {
    /// A folder of mail.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            class: Some("IPF.Note".to_owned()),
            ..Self::default()
        }
    }

    /// The class of its items, such as `IPF.Contact`; an empty text leaves the folder without.
    #[must_use]
    pub fn class(mut self, class: &str) -> Self {
        self.class = (!class.is_empty()).then(|| class.to_owned());
        self
    }

    /// Its distinguished name, such as `inbox`.
    #[must_use]
    pub fn distinguished(mut self, name: &str) -> Self {
        self.distinguished = Some(name.to_owned());
        self
    }

    /// Hides it from people (0x10F4).
    #[must_use]
    pub fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    /// Makes it a search folder: what it shows lies elsewhere.
    #[must_use]
    pub fn search(mut self) -> Self {
        self.search = true;
        self
    }

    /// Adds an item.
    #[must_use]
    pub fn item(mut self, item: Item) -> Self {
        self.items.push(item);
        self
    }

    /// Adds items.
    #[must_use]
    pub fn items(mut self, items: impl IntoIterator<Item = Item>) -> Self {
        self.items.extend(items);
        self
    }

    /// Adds an item that clients do not show.
    #[must_use]
    pub fn associated(mut self, item: Item) -> Self {
        self.associated.push(item);
        self
    }

    /// Adds a folder below.
    #[must_use]
    pub fn folder(mut self, folder: Self) -> Self {
        self.folders.push(folder);
        self
    }

    /// Gives somebody rights.
    #[must_use]
    pub fn permission(mut self, permission: Permission) -> Self {
        self.permissions.push(permission);
        self
    }

    /// Adds rights of somebody who is no longer there, by SID.
    #[must_use]
    pub fn unknown_permission(mut self, sid: &str) -> Self {
        self.unknown.push(sid.to_owned());
        self
    }
}
