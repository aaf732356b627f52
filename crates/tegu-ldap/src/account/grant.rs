//! Rights on mailboxes.

use serde::{Deserialize, Serialize};

/// A right on a mailbox.
#[non_exhaustive]
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Right {
    /// To open the mailbox and everything in it.
    FullAccess,
    /// To send as the mailbox.
    SendAs,
    /// To send on behalf of the mailbox; the message shows both names.
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
    /// Returns the mailbox as the export names it.
    #[must_use]
    pub fn mailbox(&self) -> &str {
        &self.mailbox
    }

    /// Returns who has the right, as the export names them: `DOMAIN\name` or a security identifier.
    #[must_use]
    pub fn trustee(&self) -> &str {
        &self.trustee
    }

    /// Returns the right.
    #[must_use]
    pub fn right(&self) -> &Right {
        &self.right
    }

    /// Returns whether the right is denied instead of granted.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        self.denied
    }

    /// Returns whether it is inherited, as those of administrators are, and not set on the mailbox itself.
    #[must_use]
    pub fn is_inherited(&self) -> bool {
        self.inherited
    }

    /// Returns whether a person granted it: it is not inherited, not denied, and not to the mailbox itself.
    #[must_use]
    pub fn is_explicit(&self) -> bool {
        !self.inherited && !self.denied && !self.trustee.eq_ignore_ascii_case("NT AUTHORITY\\SELF")
    }
}
