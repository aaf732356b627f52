//! Settings of a mailbox as typed facts: inbox rules, automatic replies, delegates, permissions, categories, rooms.

mod permission;
mod read;
mod rule;

pub use permission::{Access, Grant, Grantee};
pub use rule::{InboxRule, Operand, Rules};

use crate::{Finding, item::Person};
use jiff::Timestamp;

/// Automatic replies.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct OutOfOffice {
    /// `Disabled`, `Enabled` or `Scheduled`.
    pub state: String,
    /// Who outside of the organisation gets a reply: `None`, `Known` or `All`.
    pub audience: String,
    /// From when on, if scheduled.
    pub start: Option<Timestamp>,
    /// Until when, if scheduled.
    pub end: Option<Timestamp>,
    /// The reply to colleagues, usually HTML.
    pub internal: String,
    /// The reply to others, usually HTML.
    pub external: String,
}

/// Somebody who acts for the owner of a mailbox.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Delegate {
    /// Who.
    pub person: Person,
    /// The security identifier.
    pub sid: String,
    /// What the delegate may do with which folder: `CalendarFolderPermissionLevel` and `Editor`.
    pub levels: Vec<(String, String)>,
    /// Whether requests for meetings go to the delegate too.
    pub receives_meetings: bool,
    /// Whether the delegate sees what is private.
    pub sees_private: bool,
}

/// Who acts for the owner of a mailbox.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Delegates {
    /// The delegates.
    pub delegates: Vec<Delegate>,
    /// How many could not be read.
    pub unreadable: usize,
    /// Who gets requests for meetings: `DelegatesOnly`, `DelegatesAndMe`, `DelegatesAndSendInformationToMe`, `NoForward`.
    pub deliver_meetings: Option<String>,
}

/// A category that the owner made.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Category {
    /// Its name.
    pub name: String,
    /// The number of its colour; -1 for none.
    pub color: i32,
}

/// The settings of a mailbox.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Settings {
    /// The rules that the server runs; `None` if the server does not tell.
    pub rules: Option<Rules>,
    /// Automatic replies; `None` if the server does not tell.
    pub out_of_office: Option<OutOfOffice>,
    /// Delegates; `None` if the server does not tell.
    pub delegates: Option<Delegates>,
    /// Categories with their colours; `None` if the server does not tell.
    pub categories: Option<Vec<Category>>,
    /// Who may do what with which folder: the folder's identifier, and what is granted.
    pub permissions: Vec<(String, Vec<Grant>)>,
    /// What was noticed.
    pub findings: Vec<Finding>,
}

pub(crate) use read::{categories, delegates, out_of_office, people};
#[cfg(test)]
mod tests;
