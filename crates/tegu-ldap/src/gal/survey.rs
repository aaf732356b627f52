//! Finds problems of an address list.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{GalEntry, GalKind};
use crate::exchange::Directory;

/// The limits of an address list.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct GalLimits {
    /// The most entries in one list that phones handle well. Default 10,000.
    pub entries: usize,
    /// Bytes of all photos together. Default 64 MiB.
    pub photo_bytes: usize,
    /// Members of one group. Default 5,000.
    pub members: usize,
}

impl Default for GalLimits {
    fn default() -> Self {
        Self {
            entries: 10_000,
            photo_bytes: 64 << 20,
            members: 5_000,
        }
    }
}

/// A problem of an address list.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "issue", rename_all = "kebab-case")]
pub enum GalIssue {
    /// More entries than phones handle well. Split the list.
    TooManyEntries {
        /// How many there are.
        entries: usize,
        /// How many there should be.
        limit: usize,
    },
    /// All photos together are too large for phones.
    PhotosTooLarge {
        /// How large they are.
        bytes: usize,
        /// How large they should be.
        limit: usize,
    },
    /// A group with more members than mail programs show.
    GroupTooLarge {
        /// The group's identity.
        id: Box<str>,
        /// How many it has.
        members: usize,
        /// How many it should have.
        limit: usize,
    },
    /// An entry without a name, which shows its address instead.
    NameMissing {
        /// The identity.
        id: Box<str>,
    },
    /// A recipient without an address that would otherwise be in the list.
    AddressMissing {
        /// The identity.
        id: Box<str>,
    },
    /// Two entries with the same name.
    NameTwice {
        /// The name.
        name: Box<str>,
        /// The identities.
        ids: Vec<Box<str>>,
    },
}

impl GalIssue {
    /// Returns the code, which does not change between versions.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooManyEntries { .. } => "LDAP-GAL-SIZE",
            Self::PhotosTooLarge { .. } => "LDAP-GAL-PHOTOS",
            Self::GroupTooLarge { .. } => "LDAP-GAL-GROUP-SIZE",
            Self::NameMissing { .. } => "LDAP-GAL-NAME",
            Self::AddressMissing { .. } => "LDAP-GAL-ADDRESS",
            Self::NameTwice { .. } => "LDAP-GAL-NAME-TWICE",
        }
    }
}

/// How complete the entries of an address list are.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Coverage {
    /// Entries in the list.
    pub entries: usize,
    /// Objects with an address that are left out because they are hidden.
    pub hidden: usize,
    /// Entries with a telephone or mobile number.
    pub with_phone: usize,
    /// Entries with a department.
    pub with_department: usize,
    /// Entries with a title.
    pub with_title: usize,
    /// Entries with a photo.
    pub with_photo: usize,
}

/// Counts how complete the list is, and finds its problems.
#[must_use]
pub fn survey(directory: &Directory, list: &[GalEntry], limits: &GalLimits) -> (Coverage, Vec<GalIssue>) {
    let mut issues = Vec::new();
    let hidden = directory
        .recipients()
        .filter(|r| r.is_hidden() && r.address().is_some())
        .count();
    let mut coverage = Coverage {
        entries: list.len(),
        hidden,
        ..Coverage::default()
    };
    let mut names: BTreeMap<String, Vec<Box<str>>> = BTreeMap::new();
    let mut photos = 0_usize;
    for entry in list {
        let card = entry.card();
        coverage.with_phone += usize::from(card.phones().chain(card.mobiles()).next().is_some());
        coverage.with_department += usize::from(card.department().is_some());
        coverage.with_title += usize::from(card.title().is_some());
        coverage.with_photo += usize::from(entry.photo().is_some());
        photos = photos.saturating_add(entry.photo().map_or(0, <[u8]>::len));
        match card.display_name() {
            None => issues.push(GalIssue::NameMissing {
                id: entry.id().into(),
            }),
            Some(name) => names
                .entry(name.to_lowercase())
                .or_default()
                .push(entry.id().into()),
        }
        if entry.kind() == GalKind::Group && entry.members().len() > limits.members {
            issues.push(GalIssue::GroupTooLarge {
                id: entry.id().into(),
                members: entry.members().len(),
                limit: limits.members,
            });
        }
    }
    let expected = directory
        .accounts()
        .iter()
        .filter(|a| a.kind().has_mailbox() && !a.is_hidden() && a.address().is_none())
        .map(crate::Account::id);
    let contacts = directory
        .contacts()
        .iter()
        .filter(|c| !c.is_hidden() && c.address().is_none())
        .map(crate::Contact::id);
    issues.extend(
        expected
            .chain(contacts)
            .map(|id| GalIssue::AddressMissing { id: id.into() }),
    );
    issues.extend(
        names
            .into_iter()
            .filter(|(_, ids)| ids.len() > 1)
            .map(|(name, ids)| GalIssue::NameTwice {
                name: name.into(),
                ids,
            }),
    );
    if list.len() > limits.entries {
        issues.push(GalIssue::TooManyEntries {
            entries: list.len(),
            limit: limits.entries,
        });
    }
    if photos > limits.photo_bytes {
        issues.push(GalIssue::PhotosTooLarge {
            bytes: photos,
            limit: limits.photo_bytes,
        });
    }
    (coverage, issues)
}
