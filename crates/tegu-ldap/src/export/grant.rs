//! Who may do what with whose mailbox: `Get-MailboxPermission` and `Get-ADPermission`.

use serde::{Deserialize, Serialize};

use super::row::Row;
use super::value::{split, truth};
use crate::who::{Found, Index};

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

impl Right {
    fn of(name: &str) -> Self {
        let plain: String = name.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
        match plain.to_ascii_lowercase().as_str() {
            "fullaccess" => Self::FullAccess,
            "sendas" => Self::SendAs,
            "sendonbehalf" | "sendonbehalfto" => Self::SendOnBehalf,
            "readpermission" => Self::Read,
            _ => Self::Other(name.trim().into()),
        }
    }
}

/// A right that somebody has, or is denied.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Grant {
    mailbox: Box<str>,
    trustee: Box<str>,
    right: Right,
    denied: bool,
    inherited: bool,
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

    /// The objects behind both names.
    #[must_use]
    pub fn resolve<'d>(&self, index: &Index<'d>) -> (Found<'d>, Found<'d>) {
        // `corp.example/Staff/Ann`: the last part is the name.
        let name = |text: &str| match index.lookup(text) {
            Found::Nobody => match text.rsplit_once('/') {
                Some((_, last)) => index.lookup_name(last),
                None => index.lookup_name(text),
            },
            found => found,
        };
        (name(&self.mailbox), name(&self.trustee))
    }
}

/// The rights of a row. `None`: the table is another one.
pub(super) fn read(row: &Row) -> Option<Vec<Grant>> {
    let column = ["ExtendedRights", "AccessRights"]
        .into_iter()
        .find(|c| row.has(c) && row.get(&[c]).is_some())
        .or_else(|| {
            ["ExtendedRights", "AccessRights"]
                .into_iter()
                .find(|c| row.has(c))
        })?;
    if !row.has("User") && !row.has("Trustee") {
        return None;
    }
    let (Some(mailbox), Some(trustee)) = (
        row.get(&["Identity", "DistinguishedName", "Mailbox"]),
        row.get(&["User", "Trustee", "UserSid"]),
    ) else {
        return Some(Vec::new());
    };
    let flag = |name| row.get(&[name]).and_then(truth).unwrap_or(false);
    let rights = row
        .all(column)
        .flat_map(|text| split(text.trim_matches(['{', '}']), &[',', ';']));
    Some(
        rights
            .map(|right| Grant {
                mailbox: mailbox.into(),
                trustee: trustee.into(),
                right: Right::of(&right),
                denied: flag("Deny"),
                inherited: flag("IsInherited"),
            })
            .collect(),
    )
}
