//! Exchange's folder permissions, and the rights of RFC 4314 that correspond to them.

use std::fmt;

use crate::Rights;

/// One permission on a folder, named as in `Get-MailboxFolderPermission`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Permission {
    /// See when the owner is busy; calendars only.
    AvailabilityOnly,
    /// Store items.
    CreateItems,
    /// Create folders below.
    CreateSubfolders,
    /// Delete anybody's items.
    DeleteAllItems,
    /// Delete one's own items.
    DeleteOwnedItems,
    /// Change anybody's items.
    EditAllItems,
    /// Change one's own items.
    EditOwnedItems,
    /// Receive messages about problems with the folder (folder contact).
    FolderContact,
    /// Own the folder: see, move and delete it, create folders below, change its permissions.
    FolderOwner,
    /// See the folder.
    FolderVisible,
    /// See when the owner is busy, with subject and place; calendars only.
    LimitedDetails,
    /// Read items.
    ReadItems,
}

use Permission::*;

const ALL: [Permission; 12] = [
    AvailabilityOnly,
    CreateItems,
    CreateSubfolders,
    DeleteAllItems,
    DeleteOwnedItems,
    EditAllItems,
    EditOwnedItems,
    FolderContact,
    FolderOwner,
    FolderVisible,
    LimitedDetails,
    ReadItems,
];

const REVIEWER: &[Permission] = &[FolderVisible, ReadItems];
const CONTRIBUTOR: &[Permission] = &[CreateItems, FolderVisible];
const NON_EDITING_AUTHOR: &[Permission] = &[CreateItems, DeleteOwnedItems, FolderVisible, ReadItems];
const AUTHOR: &[Permission] = &[
    CreateItems,
    DeleteOwnedItems,
    EditOwnedItems,
    FolderVisible,
    ReadItems,
];
const PUBLISHING_AUTHOR: &[Permission] = &[
    CreateItems,
    CreateSubfolders,
    DeleteOwnedItems,
    EditOwnedItems,
    FolderVisible,
    ReadItems,
];
const EDITOR: &[Permission] = &[
    CreateItems,
    DeleteAllItems,
    DeleteOwnedItems,
    EditAllItems,
    EditOwnedItems,
    FolderVisible,
    ReadItems,
];
const PUBLISHING_EDITOR: &[Permission] = &[
    CreateItems,
    CreateSubfolders,
    DeleteAllItems,
    DeleteOwnedItems,
    EditAllItems,
    EditOwnedItems,
    FolderVisible,
    ReadItems,
];
const OWNER: &[Permission] = &[
    CreateItems,
    CreateSubfolders,
    DeleteAllItems,
    DeleteOwnedItems,
    EditAllItems,
    EditOwnedItems,
    FolderContact,
    FolderOwner,
    FolderVisible,
    ReadItems,
];

/// Exchange's named roles.
const ROLES: [(&str, &[Permission]); 9] = [
    ("None", &[]),
    ("Reviewer", REVIEWER),
    ("Contributor", CONTRIBUTOR),
    ("NonEditingAuthor", NON_EDITING_AUTHOR),
    ("Author", AUTHOR),
    ("PublishingAuthor", PUBLISHING_AUTHOR),
    ("Editor", EDITOR),
    ("PublishingEditor", PUBLISHING_EDITOR),
    ("Owner", OWNER),
];

/// The rights that FullAccess to a mailbox (`Add-MailboxPermission`) gives on each mail folder: all except changing the rights of
/// others.
pub const FULL_ACCESS: &str = "lrswitekx";

/// A set of [`Permission`]s, as a role or one by one.
#[derive(Clone, Copy, Default, Eq, Hash, PartialEq)]
pub struct Permissions(u16);

impl Permissions {
    /// Reads the `AccessRights` of `Get-MailboxFolderPermission`: a role (`Editor`), or a list of permissions
    /// (`{CreateItems, FolderVisible}`). Returns `None` if a word is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let inner = text.trim().trim_start_matches('{').trim_end_matches('}');
        let mut set = Self::default();
        for word in inner.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            let role = ROLES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
            set = match role {
                Some((_, permissions)) => set | permissions.iter().copied().collect(),
                None => {
                    let named =
                        |permission: &Permission| format!("{permission:?}").eq_ignore_ascii_case(word);
                    set | ALL
                        .into_iter()
                        .filter(named)
                        .take(1)
                        .collect::<Self>()
                        .non_empty()?
                }
            };
        }
        Some(set)
    }

    /// Returns whether the set contains a permission.
    pub fn contains(self, permission: Permission) -> bool {
        self.0 & bit(permission) != 0
    }

    /// Returns whether the set is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the permissions by name.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        ALL.into_iter()
            .filter(move |permission| self.contains(*permission))
    }

    /// Returns the largest set of rights (RFC 4314) that gives no more than these permissions, and the permissions that it does not
    /// express.
    pub fn rights(self) -> (Rights, Self) {
        let mut rights = Rights::NONE;
        let mut lost = Self::default();
        for permission in self.iter() {
            match permission {
                FolderVisible => rights = rights | Rights::of("l"),
                ReadItems => rights = rights | Rights::of("rs"),
                CreateItems => rights = rights | Rights::of("i"),
                CreateSubfolders => rights = rights | Rights::of("k"),
                EditAllItems => rights = rights | Rights::of("w"),
                DeleteAllItems => rights = rights | Rights::of("te"),
                FolderOwner => rights = rights | Rights::of("lkxa"),
                // Whoever may do it to all may do it to his own.
                EditOwnedItems if self.contains(EditAllItems) => {}
                DeleteOwnedItems if self.contains(DeleteAllItems) => {}
                // No right, only an address for notices.
                FolderContact => {}
                EditOwnedItems | DeleteOwnedItems | AvailabilityOnly | LimitedDetails => {
                    lost = lost | Self(bit(permission));
                }
            }
        }
        (rights, lost)
    }

    fn non_empty(self) -> Option<Self> {
        (!self.is_empty()).then_some(self)
    }
}

fn bit(permission: Permission) -> u16 {
    1 << permission as u16
}

impl std::ops::BitOr for Permissions {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        permissions
            .into_iter()
            .fold(Self::default(), |set, permission| set | Self(bit(permission)))
    }
}

impl fmt::Display for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, permission) in self.iter().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            write!(f, "{comma}{permission:?}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn roles_and_what_they_lose() {
        for (role, rights, lost) in [
            ("None", "", ""),
            ("Reviewer", "lrs", ""),
            ("Contributor", "li", ""),
            ("NonEditingAuthor", "lrsi", "DeleteOwnedItems"),
            ("Author", "lrsi", "DeleteOwnedItems, EditOwnedItems"),
            ("PublishingAuthor", "lrsik", "DeleteOwnedItems, EditOwnedItems"),
            ("Editor", "lrswite", ""),
            ("publishingeditor", "lrswikte", ""),
            ("Owner", "lrswikxtea", ""),
            ("AvailabilityOnly", "", "AvailabilityOnly"),
            ("{LimitedDetails}", "", "LimitedDetails"),
            ("{ReadItems, FolderVisible}", "lrs", ""),
            ("{Reviewer, EditOwnedItems}", "lrs", "EditOwnedItems"),
            ("FolderOwner", "lkxa", ""),
            ("{}", "", ""),
        ] {
            let permissions = Permissions::parse(role).unwrap();
            let (found, unsaid) = permissions.rights();
            assert_eq!(found, Rights::of(rights), "{role}");
            assert_eq!(unsaid.to_string(), lost, "{role}");
        }
        for unknown in ["Редактор", "Editor!", "{Reviewer, Custom}"] {
            assert_eq!(Permissions::parse(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn full_access_is_all_but_giving_access() {
        let owner = Permissions::parse("Owner").unwrap().rights().0;
        assert_eq!(owner.without(Rights::of(FULL_ACCESS)), Rights::of("a"));
        assert!(Rights::of(FULL_ACCESS).without(owner).is_empty());
    }
}
