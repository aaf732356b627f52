//! The addresses of one object.

use std::collections::HashSet;

use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::address::{AddressProblem, SmtpAddress};

/// How many values are compared one by one; of more, a table is made.
pub(crate) const FEW: usize = 32;

/// The addresses of one object, sorted by what they are for.
#[derive(Clone, Debug, Default)]
pub struct Addresses {
    /// The primary address, the aliases, and the values of `mail`, in this order. `mail` is left out where its only value is the
    /// primary address, as written.
    list: Box<[SmtpAddress]>,
    /// Where the aliases end in the list.
    aliases_end: u32,
    has_primary: bool,
    mail_is_primary: bool,
    /// What few objects have.
    rest: Option<Box<Rest>>,
}

#[derive(Clone, Debug, Default)]
struct Rest {
    target: Option<SmtpAddress>,
    other: Box<[Box<str>]>,
    problems: Box<[ValueProblem]>,
}

/// Addresses as they are gathered and serialised.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Gathered {
    pub(crate) mail: Vec<SmtpAddress>,
    pub(crate) primary: Option<SmtpAddress>,
    pub(crate) aliases: Vec<SmtpAddress>,
    pub(crate) target: Option<SmtpAddress>,
    pub(crate) other: Vec<Box<str>>,
    pub(crate) problems: Vec<ValueProblem>,
}

impl From<Gathered> for Addresses {
    fn from(gathered: Gathered) -> Self {
        let Gathered {
            mut mail,
            primary,
            aliases,
            target,
            other,
            problems,
        } = gathered;
        let has_primary = primary.is_some();
        let mail_is_primary = match (&mail[..], &primary) {
            ([mail], Some(primary)) => mail.as_str() == primary.as_str(),
            _ => false,
        };
        if mail_is_primary {
            mail.clear();
        }
        let aliases_end = usize::from(has_primary) + aliases.len();
        let is_plain = target.is_none() && other.is_empty() && problems.is_empty();
        let rest = Rest {
            target,
            other: other.into(),
            problems: problems.into(),
        };
        Self {
            list: primary.into_iter().chain(aliases).chain(mail).collect(),
            aliases_end: u32::try_from(aliases_end).unwrap_or(u32::MAX),
            has_primary,
            mail_is_primary,
            rest: (!is_plain).then(|| Box::new(rest)),
        }
    }
}

impl Addresses {
    /// Returns the values of `mail` that are addresses. More than one is possible in some directories.
    #[must_use]
    pub fn mail(&self) -> &[SmtpAddress] {
        let range = if self.mail_is_primary {
            self.list.get(..1)
        } else {
            self.list.get(self.aliases_end as usize..)
        };
        range.unwrap_or_default()
    }

    /// Returns the address that Exchange sends from (`SMTP:`).
    #[must_use]
    pub fn primary(&self) -> Option<&SmtpAddress> {
        self.list.first().filter(|_| self.has_primary)
    }

    /// Returns further addresses, without the primary one, each once.
    #[must_use]
    pub fn aliases(&self) -> &[SmtpAddress] {
        let range = usize::from(self.has_primary)..self.aliases_end as usize;
        self.list.get(range).unwrap_or_default()
    }

    /// Returns where mail to this object goes outside this organisation (`targetAddress`).
    #[must_use]
    pub fn target(&self) -> Option<&SmtpAddress> {
        self.rest.as_ref()?.target.as_ref()
    }

    /// Returns addresses of other kinds, as `sip:ann@example.org`.
    #[must_use]
    pub fn other(&self) -> &[Box<str>] {
        self.rest.as_ref().map_or(&[], |rest| &rest.other)
    }

    /// Returns values that could not be used.
    #[must_use]
    pub fn problems(&self) -> &[ValueProblem] {
        self.rest.as_ref().map_or(&[], |rest| &rest.problems)
    }

    /// Returns the main address: the primary one, else `mail`, else `targetAddress`.
    #[must_use]
    pub fn main(&self) -> Option<&SmtpAddress> {
        self.primary()
            .or_else(|| self.mail().first())
            .or_else(|| self.target())
    }

    /// Returns all addresses at which this organisation receives mail for the object, each once.
    pub fn all(&self) -> impl Iterator<Item = &SmtpAddress> {
        let (primary, aliases) = (self.primary(), self.aliases());
        let mail = if self.mail_is_primary { &[] } else { self.mail() };
        // `mail` holds one value, but for hostile data, which must not cost a comparison of all with all.
        let known: Option<HashSet<&SmtpAddress>> =
            (mail.len() > FEW).then(|| aliases.iter().chain(primary).collect());
        let extra = mail.iter().filter(move |&mail| match &known {
            Some(known) => !known.contains(mail),
            None => primary != Some(mail) && !aliases.contains(mail),
        });
        primary.into_iter().chain(aliases).chain(extra)
    }
}

impl Serialize for Addresses {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Addresses", 6)?;
        out.serialize_field("mail", self.mail())?;
        out.serialize_field("primary", &self.primary())?;
        out.serialize_field("aliases", self.aliases())?;
        out.serialize_field("target", &self.target())?;
        out.serialize_field("other", self.other())?;
        out.serialize_field("problems", self.problems())?;
        out.end()
    }
}

impl<'de> Deserialize<'de> for Addresses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Gathered::deserialize(deserializer).map(Self::from)
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn texts<'a>(addresses: impl IntoIterator<Item = &'a SmtpAddress>) -> Vec<&'a str> {
        addresses.into_iter().map(SmtpAddress::as_str).collect()
    }

    #[test]
    fn what_is_gathered_comes_back() {
        let gathered = |mail: &[&str], primary: Option<&str>, aliases: &[&str]| {
            let parse = |text: &&str| SmtpAddress::parse(text).unwrap();
            Addresses::from(Gathered {
                mail: mail.iter().map(parse).collect(),
                primary: primary.as_ref().map(parse),
                aliases: aliases.iter().map(parse).collect(),
                ..Gathered::default()
            })
        };
        let cases: [(&[&str], _, &[&str]); 8] = [
            (&[], None, &[]),
            (&["a@x.example"], None, &[]),
            (&[], Some("a@x.example"), &["b@x.example"]),
            (&["a@x.example"], Some("a@x.example"), &[]),
            (&["A@x.example"], Some("a@x.example"), &["b@x.example"]),
            (
                &["b@x.example"],
                Some("a@x.example"),
                &["b@x.example", "c@x.example"],
            ),
            (
                &["a@x.example", "b@x.example"],
                Some("a@x.example"),
                &["c@x.example"],
            ),
            (&["a@x.example", "b@x.example"], None, &["c@x.example"]),
        ];
        for (mail, primary, aliases) in cases {
            let addresses = gathered(mail, primary, aliases);
            assert_eq!(texts(addresses.mail()), mail);
            assert_eq!(addresses.primary().map(SmtpAddress::as_str), primary);
            assert_eq!(texts(addresses.aliases()), aliases);
            let main = primary.or_else(|| mail.first().copied());
            assert_eq!(addresses.main().map(SmtpAddress::as_str), main);
            let mut all: Vec<_> = addresses.all().map(SmtpAddress::key).collect();
            let count = all.len();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), count);
            let json = serde_json::to_value(&addresses).unwrap();
            assert_eq!(json["mail"], serde_json::json!(mail));
            let again: Addresses = serde_json::from_value(json.clone()).unwrap();
            assert_eq!(serde_json::to_value(&again).unwrap(), json);
        }
    }
}
