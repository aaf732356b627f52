//! Privileges on calendars and address books (RFC 3744), and what of Exchange's folder permissions they say.

use crate::{FolderKind, Permission, Permissions};
use std::fmt;

/// What somebody may do with a calendar or an address book (RFC 3744, section 3; RFC 4791, section 6.1.1).
///
/// Those that only say how lists are read have no place here, and nor have those of locks: they are about nothing that Exchange grants.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Privilege {
    /// Read the collection and its items: `DAV:read`.
    Read,
    /// Learn when the owner of a calendar is busy: `CALDAV:read-free-busy`.
    ReadFreeBusy,
    /// Change items that are there: `DAV:write-content`.
    WriteContent,
    /// Change properties of items, which only Cyrus tells from the next.
    WriteItemProperties,
    /// Change the name and other properties of the collection: `DAV:write-properties`.
    WriteProperties,
    /// Add items: `DAV:bind`.
    Bind,
    /// Remove items: `DAV:unbind`.
    Unbind,
    /// Change what others may do: `DAV:write-acl`.
    WriteAcl,
    /// Something that none of these is, or a denial. It is never given.
    Other,
}

use Privilege::*;

const NAMES: [(Privilege, &str); 9] = [
    (Read, "read"),
    (ReadFreeBusy, "read-free-busy"),
    (WriteContent, "write-content"),
    (WriteItemProperties, "write-item-properties"),
    (WriteProperties, "write-properties"),
    (Bind, "bind"),
    (Unbind, "unbind"),
    (WriteAcl, "write-acl"),
    (Other, "other"),
];

/// A set of [`Privilege`]s.
///
/// ```
/// use tegu_rights::{Privilege, Privileges};
///
/// let reader = Privileges::of(&[Privilege::Read, Privilege::ReadFreeBusy]);
/// assert_eq!(reader.to_string(), "read, read-free-busy");
/// assert!(Privileges::of(&[Privilege::Read]).without(reader).is_empty());
/// ```
#[derive(Clone, Copy, Default, Eq, Hash, PartialEq)]
pub struct Privileges(u16);

impl Privileges {
    /// No privileges.
    pub const NONE: Self = Self(0);

    /// Makes a set of these.
    #[must_use]
    pub fn of(privileges: &[Privilege]) -> Self {
        privileges.iter().copied().collect()
    }

    /// Returns whether the set contains a privilege.
    #[must_use]
    pub fn contains(self, privilege: Privilege) -> bool {
        self.0 & bit(privilege) != 0
    }

    /// Returns whether the set is empty.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the privileges of this set that `other` does not contain.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Returns the privileges one by one.
    pub fn iter(self) -> impl Iterator<Item = Privilege> {
        let all = NAMES.into_iter().map(|(privilege, _)| privilege);
        all.filter(move |privilege| self.contains(*privilege))
    }

    /// What Radicale can give on a collection, each by a letter of its rights file: reading (`r`), and everything that changes a collection at once
    /// (`w`).
    #[must_use]
    pub fn radicale() -> [Self; 2] {
        [
            Self::of(&[Read, ReadFreeBusy]),
            Self::of(&[WriteContent, WriteProperties, Bind, Unbind]),
        ]
    }
}

fn bit(privilege: Privilege) -> u16 {
    1 << privilege as u16
}

impl FromIterator<Privilege> for Privileges {
    fn from_iter<I: IntoIterator<Item = Privilege>>(privileges: I) -> Self {
        let each = privileges.into_iter().map(bit);
        Self(each.fold(0, |set, bit| set | bit))
    }
}

impl std::ops::BitOr for Privileges {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Display for Privileges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = NAMES.iter().filter(|(privilege, _)| self.contains(*privilege));
        for (at, (_, name)) in names.enumerate() {
            write!(f, "{}{name}", if at > 0 { ", " } else { "" })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Privileges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Privileges({self})")
    }
}

impl Permissions {
    /// Returns the largest set of privileges on a calendar or an address book that gives no more than these permissions, and the permissions that
    /// it does not express. `offered` are the sets that the server can give apart from each other; what it gives is always a union of some of
    /// them.
    ///
    /// ```
    /// use tegu_rights::{FolderKind, Permissions, Privileges};
    ///
    /// // Radicale cannot let somebody change items without letting him rename and delete the calendar.
    /// let editor = Permissions::parse("Editor").unwrap();
    /// let (given, lost) = editor.privileges(FolderKind::Calendar, &Privileges::radicale());
    /// assert_eq!(given.to_string(), "read, read-free-busy");
    /// assert_eq!(lost.to_string(), "CreateItems, DeleteAllItems, DeleteOwnedItems, EditAllItems, EditOwnedItems");
    /// ```
    #[must_use]
    pub fn privileges(self, kind: FolderKind, offered: &[Privileges]) -> (Privileges, Self) {
        let ideal = self
            .iter()
            .fold(Privileges::NONE, |all, one| all | self.privileges_of(one, kind));
        let given = offered
            .iter()
            .filter(|unit| unit.without(ideal).is_empty())
            .fold(Privileges::NONE, |all, unit| all | *unit);
        let reads = given.contains(Read);
        let says = |permission: Permission| {
            let needed = self.privileges_of(permission, kind);
            let said = !needed.is_empty() && needed.without(given).is_empty();
            match permission {
                // No right, only an address for notices.
                Permission::FolderContact => true,
                // Whoever reads sees, and sees times too.
                Permission::FolderVisible | Permission::ReadItems | Permission::LimitedDetails => reads,
                // Whoever may do it to all may do it to his own.
                Permission::EditAllItems | Permission::EditOwnedItems => given.contains(WriteContent),
                Permission::DeleteOwnedItems => given.contains(Unbind),
                Permission::AvailabilityOnly => said || reads,
                _ => said,
            }
        };
        (
            given,
            self.iter().filter(|permission| !says(*permission)).collect(),
        )
    }

    /// What one permission of the set says at most.
    fn privileges_of(self, permission: Permission, kind: FolderKind) -> Privileges {
        let is_calendar = kind == FolderKind::Calendar;
        let visible = self.contains(Permission::FolderVisible) || self.contains(Permission::FolderOwner);
        match permission {
            // Whoever may read a collection sees it. Servers give both at once, also on address books, which have no times.
            Permission::ReadItems if visible => Privileges::of(&[Read, ReadFreeBusy]),
            Permission::AvailabilityOnly | Permission::LimitedDetails if is_calendar => {
                Privileges::of(&[ReadFreeBusy])
            }
            Permission::CreateItems => Privileges::of(&[Bind]),
            Permission::EditAllItems => Privileges::of(&[WriteContent, WriteItemProperties]),
            Permission::DeleteAllItems => Privileges::of(&[Unbind]),
            Permission::FolderOwner => Privileges::of(&[WriteProperties, WriteAcl]),
            _ => Privileges::NONE,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    /// A server that can give each privilege alone.
    fn fine() -> Vec<Privileges> {
        let all = NAMES.into_iter().map(|(privilege, _)| privilege);
        all.filter(|privilege| *privilege != Other)
            .map(|privilege| Privileges::of(&[privilege]))
            .collect()
    }

    #[test]
    fn roles_and_what_they_lose() {
        use FolderKind::{Calendar, Contacts};
        for (role, kind, given, lost) in [
            ("None", Calendar, "", ""),
            ("Reviewer", Calendar, "read, read-free-busy", ""),
            ("Reviewer", Contacts, "read, read-free-busy", ""),
            ("Contributor", Calendar, "bind", "FolderVisible"),
            (
                "Author",
                Contacts,
                "read, read-free-busy, bind",
                "DeleteOwnedItems, EditOwnedItems",
            ),
            (
                "Editor",
                Calendar,
                "read, read-free-busy, write-content, write-item-properties, bind, unbind",
                "",
            ),
            (
                "PublishingEditor",
                Contacts,
                "read, read-free-busy, write-content, write-item-properties, bind, unbind",
                "CreateSubfolders",
            ),
            (
                "Owner",
                Contacts,
                "read, read-free-busy, write-content, write-item-properties, write-properties, bind, unbind, write-acl",
                "CreateSubfolders",
            ),
            ("AvailabilityOnly", Calendar, "read-free-busy", ""),
            ("AvailabilityOnly", Contacts, "", "AvailabilityOnly"),
            ("LimitedDetails", Calendar, "read-free-busy", "LimitedDetails"),
            ("{Reviewer, LimitedDetails}", Calendar, "read, read-free-busy", ""),
            // Whoever does not see a folder does not open it.
            ("{ReadItems}", Calendar, "", "ReadItems"),
            ("{FolderVisible}", Calendar, "", "FolderVisible"),
            (
                "{FolderOwner, ReadItems}",
                Contacts,
                "read, read-free-busy, write-properties, write-acl",
                "",
            ),
        ] {
            let permissions = Permissions::parse(role).unwrap();
            let (found, unsaid) = permissions.privileges(kind, &fine());
            assert_eq!(
                (found.to_string().as_str(), unsaid.to_string().as_str()),
                (given, lost),
                "{role} {kind:?}"
            );
        }
    }

    proptest! {
        /// Whatever a server can give apart: it gives a union of that, never more than a server that gives each alone, and all that can be.
        #[test]
        fn a_coarse_server_gives_less(
            units in proptest::collection::vec(0..512_u16, 0..6),
            permissions in proptest::collection::vec(0..12_usize, 0..12),
            calendar in any::<bool>(),
        ) {
            let every = Permissions::parse("{Owner, AvailabilityOnly, LimitedDetails}").unwrap();
            let permissions: Permissions = permissions.iter().filter_map(|at| every.iter().nth(*at)).collect();
            let kind = if calendar { FolderKind::Calendar } else { FolderKind::Contacts };
            let most = permissions.privileges(kind, &fine()).0;
            let units: Vec<Privileges> = units.into_iter().map(Privileges).collect();
            let given = permissions.privileges(kind, &units).0;
            prop_assert!(given.without(most).is_empty() && !given.contains(Other));
            for unit in units {
                prop_assert_eq!(unit.without(most).is_empty(), unit.without(given).is_empty());
            }
        }
    }
}
