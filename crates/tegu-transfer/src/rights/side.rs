//! The sides of the route: mail folders, calendars, address books. Each has lists of its own, and names for people in them.

use super::{Identifiers, MovedFolders};
use crate::{Account, Entity};
use std::sync::Arc;
use tegu_rights::{
    AccessSet, Entries, FolderKind, Folders, ItemKind, People, Privileges, Rights, Work, store::RightsTarget,
};

/// What an entry of a side's lists gives.
pub(super) trait Listed: AccessSet {
    /// The entries that the items of a mailbox come to on these folders.
    fn entries(work: &Work, kind: FolderKind, folders: &Folders) -> Entries<Self>;

    /// What of calendars and address books the target says it can give.
    fn offered(told: Vec<Self>) -> Vec<Privileges>;
}

impl Listed for Rights {
    fn entries(work: &Work, _: FolderKind, folders: &Folders) -> Entries {
        work.entries(folders)
    }

    fn offered(_: Vec<Self>) -> Vec<Privileges> {
        Vec::new()
    }
}

impl Listed for Privileges {
    fn entries(work: &Work, kind: FolderKind, collections: &Folders) -> Entries<Self> {
        work.shares(kind, collections)
    }

    fn offered(told: Vec<Self>) -> Vec<Privileges> {
        told
    }
}

/// Where rights on one kind of folder go.
#[derive(Clone, Debug)]
pub(super) struct Side<R: AccessSet> {
    pub(super) kind: FolderKind,
    pub(super) target: Arc<dyn RightsTarget<R>>,
    /// What the route that moves such folders called them.
    pub(super) moved: MovedFolders,
    pub(super) identifiers: Identifiers,
}

impl<R: AccessSet> Side<R> {
    /// The log that knows the entries of its lists.
    pub(super) fn log(&self) -> &'static str {
        match self.kind {
            FolderKind::Calendar => "lists of calendars",
            FolderKind::Contacts => "lists of address books",
            _ => "lists",
        }
    }

    /// What moves the folders themselves.
    pub(super) fn moved_by(&self) -> Entity {
        match self.kind {
            FolderKind::Calendar => Entity::Calendars,
            FolderKind::Contacts => Entity::Contacts,
            _ => Entity::Mail,
        }
    }

    /// The items that only its lists can say.
    pub(super) fn items(&self) -> ItemKind {
        match self.kind {
            FolderKind::Calendar => ItemKind::Calendars,
            FolderKind::Contacts => ItemKind::AddressBooks,
            _ => ItemKind::Folders,
        }
    }

    /// Says of people who are on the target what its lists call them. Returns how each account signs in there, by its address.
    pub(super) fn call<'a>(&self, there: &[&'a Account], people: &mut People) -> Vec<(&'a str, String)> {
        let mut logins = Vec::new();
        for account in there {
            let template = self.identifiers.account.as_ref();
            let filled = template.map(|template| account.fill(template, String::push_str));
            let login = self.target.identifier(account);
            if let Ok(login) = &login {
                logins.push((account.mail.as_str(), login.clone()));
            }
            match filled.map_or(login, Ok) {
                Ok(identifier) => people.moves(&account.mail, identifier),
                Err(error) => tracing::warn!(account = account.mail, %error, "others cannot share with it"),
            }
        }
        logins
    }

    /// What identifies it among jobs, without secrets.
    pub(super) fn settings(&self) -> String {
        format!("{:?}", self.identifiers)
    }
}
