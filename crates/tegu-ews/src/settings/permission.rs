//! Who may do what with a folder.

use crate::xml::Element;

/// Whom something is granted to.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Grantee {
    /// Everybody who signs in.
    Default,
    /// Everybody.
    Anonymous,
    /// A person or a group.
    User {
        /// The SMTP address.
        address: String,
        /// The name that people see.
        name: String,
        /// The security identifier.
        sid: String,
    },
    /// Somebody outside of the organisation.
    External(String),
    /// Nobody knows who it is: an account that was deleted, by its security identifier.
    Unknown(String),
}

/// What is granted.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Access {
    /// `Reviewer`, `Editor`, `FreeBusyTimeOnly`, `Custom`.
    pub level: String,
    /// `None`, `TimeOnly`, `TimeAndSubjectAndLocation` or `FullDetails`.
    pub read: String,
    /// `None`, `Owned` or `All`.
    pub edit: String,
    /// `None`, `Owned` or `All`.
    pub delete: String,
    /// May create items.
    pub create: bool,
    /// May create folders below.
    pub create_folders: bool,
    /// Owns the folder.
    pub owner: bool,
    /// Sees the folder.
    pub visible: bool,
    /// Is the one to ask about the folder.
    pub contact: bool,
}

/// What is granted to whom.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Grant {
    /// To whom.
    pub to: Grantee,
    /// What.
    pub access: Access,
}

impl Grant {
    /// Reads `PermissionSet` of a folder.
    pub(crate) fn list(folder: Element<'_>) -> Vec<Self> {
        let Some(set) = folder.child("PermissionSet") else {
            return Vec::new();
        };
        let entries = ["Permissions", "CalendarPermissions"]
            .into_iter()
            .filter_map(|name| set.child(name));
        let mut grants: Vec<Self> = entries.flat_map(Element::children).map(Self::read).collect();
        for unknown in set
            .child("UnknownEntries")
            .into_iter()
            .flat_map(Element::children)
        {
            grants.push(Self {
                to: Grantee::Unknown(unknown.text().trim().to_owned()),
                access: Access::default(),
            });
        }
        grants
    }

    fn read(entry: Element<'_>) -> Self {
        let text = |name| entry.value(name).unwrap_or_default().to_owned();
        let flag = |name| entry.flag(name).unwrap_or(false);
        let to = match entry.child("UserId") {
            None => Grantee::Unknown(String::new()),
            Some(user) => {
                let text = |name| user.value(name).unwrap_or_default().to_owned();
                match user.value("DistinguishedUser") {
                    Some("Default") => Grantee::Default,
                    Some("Anonymous") => Grantee::Anonymous,
                    _ if user.value("ExternalUserIdentity").is_some() => {
                        Grantee::External(text("ExternalUserIdentity"))
                    }
                    _ if user.value("PrimarySmtpAddress").is_none()
                        && user.value("DisplayName").is_none() =>
                    {
                        Grantee::Unknown(text("SID"))
                    }
                    _ => Grantee::User {
                        address: text("PrimarySmtpAddress"),
                        name: text("DisplayName"),
                        sid: text("SID"),
                    },
                }
            }
        };
        Self {
            to,
            access: Access {
                level: entry
                    .value("PermissionLevel")
                    .or_else(|| entry.value("CalendarPermissionLevel"))
                    .unwrap_or_default()
                    .to_owned(),
                read: text("ReadItems"),
                edit: text("EditItems"),
                delete: text("DeleteItems"),
                create: flag("CanCreateItems"),
                create_folders: flag("CanCreateSubFolders"),
                owner: flag("IsFolderOwner"),
                visible: flag("IsFolderVisible"),
                contact: flag("IsFolderContact"),
            },
        }
    }
}
