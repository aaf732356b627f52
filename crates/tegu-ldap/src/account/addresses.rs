//! The addresses of one object.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::address::{AddressProblem, SmtpAddress};

/// How many values are compared one by one; of more, a table is made.
pub(crate) const FEW: usize = 32;

/// The addresses of one object, sorted by what they are for.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Addresses {
    /// The values of `mail` that are addresses. More than one is possible in some directories.
    pub mail: Box<[SmtpAddress]>,
    /// The address that Exchange sends from (`SMTP:`).
    pub primary: Option<SmtpAddress>,
    /// Further addresses, without the primary one, each once.
    pub aliases: Box<[SmtpAddress]>,
    /// Where mail to this object goes outside this organisation (`targetAddress`).
    pub target: Option<SmtpAddress>,
    /// Addresses of other kinds, as `sip:ann@example.org`.
    pub other: Box<[Box<str>]>,
    /// Values that could not be used.
    pub problems: Box<[ValueProblem]>,
}

impl Addresses {
    /// Returns the main address: the primary one, else `mail`, else `targetAddress`.
    #[must_use]
    pub fn main(&self) -> Option<&SmtpAddress> {
        self.primary
            .as_ref()
            .or_else(|| self.mail.first())
            .or(self.target.as_ref())
    }

    /// Returns all addresses at which this organisation receives mail for the object, each once.
    pub fn all(&self) -> impl Iterator<Item = &SmtpAddress> {
        // `mail` holds one value, but for hostile data, which must not cost a comparison of all with all.
        let known: Option<HashSet<&SmtpAddress>> =
            (self.mail.len() > FEW).then(|| self.aliases.iter().chain(&self.primary).collect());
        let extra = self.mail.iter().filter(move |&mail| match &known {
            Some(known) => !known.contains(mail),
            None => self.primary.as_ref() != Some(mail) && !self.aliases.contains(mail),
        });
        self.primary.iter().chain(&self.aliases).chain(extra)
    }
}

/// A value that the model cannot use. Checks turn it into a finding.
#[non_exhaustive]
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "problem", rename_all = "kebab-case")]
pub enum ValueProblem {
    /// It should be an address and is not.
    Malformed {
        /// The attribute.
        attribute: Box<str>,
        /// The value.
        value: Box<str>,
        /// What is wrong with it.
        reason: AddressProblem,
    },
    /// It should be text but is not UTF-8.
    NotUtf8 {
        /// The attribute.
        attribute: Box<str>,
        /// The value, with what cannot be shown replaced.
        value: Box<str>,
    },
    /// An address with blanks, line breaks or invisible characters at its ends or after its type. It was read without them.
    Blanks {
        /// The attribute.
        attribute: Box<str>,
        /// The value.
        value: Box<str>,
    },
    /// A second `SMTP:` address.
    SecondPrimary {
        /// The address that was not used as the primary one.
        value: Box<str>,
    },
    /// An export has the name of a type in place of values. The values are lost; export again.
    NotExported {
        /// The column.
        attribute: Box<str>,
        /// The text in its place.
        value: Box<str>,
    },
}
