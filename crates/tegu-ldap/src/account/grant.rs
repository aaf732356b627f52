//! Who may do what with whose mailbox.

use serde::{Deserialize, Serialize};

/// A right on a mailbox.
#[non_exhaustive]
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Right {
    /// To open the mailbox and everything in it.
    FullAccess,
    /// To send as if one were it.
    SendAs,
    /// To send in its name, with one's own beside it.
    SendOnBehalf,
    /// Only to read it.
    Read,
    /// Anything else, as the shell names it.
    Other(Box<str>),
}

/// A right that somebody has, or is denied.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Grant {
    pub(crate) mailbox: Box<str>,
    pub(crate) trustee: Box<str>,
    pub(crate) right: Right,
    pub(crate) denied: bool,
    pub(crate) inherited: bool,
}

impl Grant {
    /// The mailbox, as the export names it.
    #[must_use]
    pub fn mailbox(&self) -> &str {
        &self.mailbox
    }

    /// Who has the right, as the export names him: `DOMAIN\name` or a security identifier.
    #[must_use]
    pub fn trustee(&self) -> &str {
        &self.trustee
    }

    /// The right.
    #[must_use]
    pub fn right(&self) -> &Right {
        &self.right
    }

    /// Whether the right is denied and not given.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        self.denied
    }

    /// Whether it comes from above, as those of administrators do, and not from the mailbox itself.
    #[must_use]
    pub fn is_inherited(&self) -> bool {
        self.inherited
    }

    /// Whether it is one that a person gave: not inherited, not denied, and not to the mailbox itself.
    #[must_use]
    pub fn is_explicit(&self) -> bool {
        !self.inherited && !self.denied && !self.trustee.eq_ignore_ascii_case("NT AUTHORITY\\SELF")
    }
}
