//! What a source grants.

use crate::{Delegation, Permissions, Rights};
use serde::{Serialize, Serializer};
use std::fmt;

/// What a folder holds.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
pub enum FolderKind {
    /// Messages.
    #[default]
    Mail,
    /// Appointments.
    Calendar,
    /// Contacts.
    Contacts,
    /// Tasks, notes, the journal, the root of the mailbox.
    Other,
}

/// A folder of a mailbox.
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
pub struct Folder {
    /// The levels of its path, in the owner's language. Empty for the root of the mailbox.
    pub path: Vec<String>,
    /// What it holds.
    pub kind: FolderKind,
}

impl Folder {
    /// A folder of this kind.
    #[must_use]
    pub fn new(path: impl IntoIterator<Item = impl Into<String>>, kind: FolderKind) -> Self {
        Self {
            path: path.into_iter().map(Into::into).collect(),
            kind,
        }
    }

    /// A folder of messages.
    #[must_use]
    pub fn mail(path: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::new(path, FolderKind::Mail)
    }
}

impl fmt::Display for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path.join("/"))
    }
}

/// Whom something is granted to.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub enum Grantee {
    /// Everybody who signs in: `Default` in Exchange, `anyone` in an access control list.
    Everybody,
    /// Whoever does not sign in: `Anonymous`.
    Anonymous,
    /// An account or a group, by all names that the source gives: addresses, `DOMAIN\name`, security identifiers, names for people.
    Named(Vec<String>),
    /// An account that does not exist any more, by its security identifier.
    Gone(String),
}

impl Grantee {
    /// Somebody by one name.
    pub fn named(name: impl Into<String>) -> Self {
        Self::Named(vec![name.into()])
    }
}

impl fmt::Display for Grantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Everybody => "everybody",
            Self::Anonymous => "anonymous",
            Self::Named(names) => names.first().map_or("", String::as_str),
            Self::Gone(identifier) => identifier,
        })
    }
}

/// What is granted.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub enum Access {
    /// Exchange's permissions on a folder.
    Folder(Folder, #[serde(serialize_with = "text")] Permissions),
    /// Rights on a folder of an IMAP server.
    List(Folder, #[serde(serialize_with = "text")] Rights),
    /// Everything in the mailbox: `FullAccess`.
    FullAccess,
    /// Sending as the mailbox.
    SendAs,
    /// Sending on behalf of the mailbox: messages show both names.
    SendOnBehalf,
    /// Acting for the owner as his delegate. What he may do with folders are grants of their own.
    Delegate(Delegation),
    /// A delegate, or all of them, whom the source does not tell, with the reason.
    UnknownDelegate(String),
    /// What this crate cannot read, with the reason; on a folder, or on the mailbox.
    Unknown(Option<Folder>, String),
}

fn text<S: Serializer>(value: &impl ToString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&value.to_string())
}

impl Access {
    /// The folder, unless it is about the mailbox as a whole.
    #[must_use]
    pub fn folder(&self) -> Option<&Folder> {
        match self {
            Self::Folder(folder, _) | Self::List(folder, _) | Self::Unknown(Some(folder), _) => Some(folder),
            _ => None,
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder, permissions) => write!(f, "{folder}: {permissions}"),
            Self::List(folder, rights) => write!(f, "{folder}: {rights}"),
            Self::FullAccess => f.write_str("full access"),
            Self::SendAs => f.write_str("send as"),
            Self::SendOnBehalf => f.write_str("send on behalf"),
            Self::Delegate(delegation) => write!(f, "delegate ({delegation})"),
            Self::UnknownDelegate(why) => f.write_str(why),
            Self::Unknown(Some(folder), why) => write!(f, "{folder}: {why}"),
            Self::Unknown(None, why) => f.write_str(why),
        }
    }
}

/// A right that somebody has on somebody else's mailbox, or is denied.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Grant {
    /// Who has it.
    pub to: Grantee,
    /// What it is.
    pub access: Access,
    /// Whether it is taken away instead.
    pub denied: bool,
    /// Whether who reads a folder by it sees private items too: the owner lets this delegate.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sees_private: bool,
}

impl Grant {
    /// A right that is granted.
    #[must_use]
    pub fn new(to: Grantee, access: Access) -> Self {
        Self {
            to,
            access,
            denied: false,
            sees_private: false,
        }
    }

    /// The right is taken away instead.
    #[must_use]
    pub fn denied(mut self) -> Self {
        self.denied = true;
        self
    }
    /// Who reads the folder by it sees private items too.
    #[must_use]
    pub fn seeing_private(mut self) -> Self {
        self.sees_private = true;
        self
    }
}
