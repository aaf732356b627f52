//! Groups, contacts, and what is set aside.

use serde::{Deserialize, Serialize};

use super::{Common, Field};
use crate::dn::Dn;

/// What kind of group an object is.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GroupKind {
    /// A list of recipients.
    Distribution,
    /// A group that also carries rights.
    Security,
    /// A group whose members are found by a filter when mail arrives.
    Dynamic,
}

/// A group, with or without an address.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Group {
    pub(crate) kind: GroupKind,
    #[serde(flatten)]
    pub(crate) common: Common,
    pub(crate) members: Vec<Dn>,
    pub(crate) members_complete: bool,
    pub(crate) owners: Vec<Dn>,
    pub(crate) filter_base: Option<Dn>,
}

impl Group {
    /// Returns what kind of group it is.
    #[must_use]
    pub fn kind(&self) -> GroupKind {
        self.kind
    }

    /// Returns the direct members.
    #[must_use]
    pub fn members(&self) -> &[Dn] {
        &self.members
    }

    /// Returns whether [`members`](Self::members) is complete. Active Directory returns 1,500 members at a time.
    #[must_use]
    pub fn has_all_members(&self) -> bool {
        self.members_complete
    }

    /// Returns who manages the group.
    #[must_use]
    pub fn owners(&self) -> &[Dn] {
        &self.owners
    }

    /// Returns the filter of a dynamic group.
    #[must_use]
    pub fn filter(&self) -> Option<&str> {
        self.common.texts.get(Field::Filter)
    }

    /// Returns the entry below which a dynamic group searches.
    #[must_use]
    pub fn filter_base(&self) -> Option<&Dn> {
        self.filter_base.as_ref()
    }
}

/// An external person in the organisation's address list.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Contact {
    #[serde(flatten)]
    pub(crate) common: Common,
}

/// Why an object is not migrated.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SetAsideReason {
    /// A mailbox that Exchange made for itself (arbitration, discovery, health, audit ...).
    ExchangeSystem,
    /// An account that the directory made for itself.
    DirectorySystem,
    /// A public folder with an address.
    PublicFolder,
    /// The losing object of a replication conflict (`CNF:`).
    Conflict,
    /// A deleted object (tombstone).
    Deleted,
}

/// A system object, which is not migrated.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SetAside {
    #[serde(default)]
    pub(crate) id: Box<str>,
    pub(crate) dn: Dn,
    pub(crate) reason: SetAsideReason,
}

impl SetAside {
    /// Returns the stable identity, as that of an [`Account`](super::Account).
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the DN of the object.
    #[must_use]
    pub fn dn(&self) -> &Dn {
        &self.dn
    }

    /// Why it was set aside.
    #[must_use]
    pub fn reason(&self) -> SetAsideReason {
        self.reason
    }
}
