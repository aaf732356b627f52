//! Whom mail can be for.

use serde::{Deserialize, Serialize};

/// A mailbox or a group, with all its addresses.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Recipient {
    /// The primary address.
    pub mail: String,
    /// Further addresses in the organisation's own domains.
    pub aliases: Vec<String>,
    /// Whether it is a mailbox or a group.
    pub kind: RecipientKind,
}

/// What a [`Recipient`] is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum RecipientKind {
    /// Has a mailbox, which moves.
    Mailbox,
    /// Has members, wherever their mailboxes are. Exchange expands it as long as both servers run.
    Group,
}

impl Recipient {
    /// A mailbox without further addresses.
    pub fn mailbox(mail: impl Into<String>) -> Self {
        Self {
            mail: mail.into(),
            aliases: Vec::new(),
            kind: RecipientKind::Mailbox,
        }
    }

    /// A group without further addresses.
    pub fn group(mail: impl Into<String>) -> Self {
        Self {
            kind: RecipientKind::Group,
            ..Self::mailbox(mail)
        }
    }

    /// Adds further addresses.
    #[must_use]
    pub fn aliases(mut self, aliases: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.aliases.extend(aliases.into_iter().map(Into::into));
        self
    }

    /// Returns all addresses, the primary one first.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.mail.as_str()).chain(self.aliases.iter().map(String::as_str))
    }
}

/// A forwarding that is set in the directory: mail for one address goes to another, and no copy stays.
///
/// Exchange applies it before the forwarding that the sheets set, so [`prove`](crate::prove) has to know it. A forwarding that
/// keeps a copy changes no destination and needs not be given.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Forwarding {
    /// Whose mail it is: a primary address.
    pub from: String,
    /// Where it goes.
    pub to: String,
}

impl Forwarding {
    /// Makes a forwarding.
    pub fn new(from: impl Into<String>, to: impl Into<String>) -> Self {
        Self {
            from: from.into(),
            to: to.into(),
        }
    }
}

/// A right that one mailbox owner has on the mailbox of another.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
pub struct Grant {
    /// Whose mailbox it is.
    pub owner: String,
    /// Who has the right.
    pub guest: String,
    /// Which right, in the caller's own words: `may-open`.
    pub right: String,
}

impl Grant {
    /// Makes a grant.
    pub fn new(owner: impl Into<String>, guest: impl Into<String>, right: impl Into<String>) -> Self {
        Self {
            owner: owner.into(),
            guest: guest.into(),
            right: right.into(),
        }
    }
}
