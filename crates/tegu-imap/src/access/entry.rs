//! Entries of access control lists, and how they change.

use tegu_rights::Rights;

/// An entry of an access control list: who, and which rights.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct AclEntry {
    /// A user, a group in the server's own spelling, or `anyone`. With a hyphen before it the entry takes the rights away.
    pub identifier: String,
    /// The rights.
    pub rights: Rights,
}

impl AclEntry {
    /// Makes an entry.
    pub fn new(identifier: impl Into<String>, rights: Rights) -> Self {
        Self {
            identifier: identifier.into(),
            rights,
        }
    }

    /// Returns whether the entry takes the rights away (RFC 4314, section 2).
    pub fn is_negative(&self) -> bool {
        self.identifier.starts_with('-')
    }
}

/// The rights that can be given to an identifier (`LISTRIGHTS`, RFC 4314, section 3.7).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct GrantableRights {
    /// Rights that are always granted.
    pub required: Rights,
    /// Groups of rights that can be granted; each group only as a whole.
    pub optional: Vec<Rights>,
}

/// How rights change an existing entry.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum RightsChange {
    /// Replaces them.
    Replace,
    /// Adds to them.
    Add,
    /// Removes from them.
    Remove,
}
