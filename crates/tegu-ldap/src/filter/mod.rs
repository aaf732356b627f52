//! Search filters (RFC 4515) as values: a filter is built of names and bytes, never of text, so that nothing in a value
//! can become a part of the filter.

mod parse;

use std::fmt::{self, Write as _};

use crate::Result;
use crate::ber;
use crate::entry::AttributeName;

/// A search filter.
///
/// ```
/// use tegu_ldap::entry::AttributeName;
/// use tegu_ldap::filter::Filter;
///
/// let hostile = "ann)(userAccountControl=*";
/// let filter = Filter::equal(AttributeName::new("mail")?, hostile);
/// assert_eq!(filter.to_string(), r"(mail=ann\29\28userAccountControl=\2a)");
///
/// let parsed = Filter::parse("(&(objectClass=user)(!(mail=*)))")?;
/// assert_eq!(parsed.to_string(), "(&(objectClass=user)(!(mail=*)))");
/// assert!(Filter::parse("(userPassword=secret)").is_err());
/// # Ok::<(), tegu_ldap::Error>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Filter {
    /// All of them.
    And(Vec<Self>),
    /// One of them.
    Or(Vec<Self>),
    /// Not this one.
    Not(Box<Self>),
    /// The attribute has a value.
    Present(AttributeName),
    /// The attribute has the value.
    Equal(AttributeName, Vec<u8>),
    /// Greater than or equal.
    GreaterOrEqual(AttributeName, Vec<u8>),
    /// Less than or equal.
    LessOrEqual(AttributeName, Vec<u8>),
    /// Approximately equal.
    Approx(AttributeName, Vec<u8>),
    /// A value with these parts in this order.
    Substrings {
        /// The attribute.
        name: AttributeName,
        /// How the value begins.
        initial: Option<Vec<u8>>,
        /// The parts in between.
        any: Vec<Vec<u8>>,
        /// How the value ends.
        last: Option<Vec<u8>>,
    },
    /// A comparison by a matching rule.
    Extensible {
        /// The attribute, or `None` for every attribute to which the rule applies.
        name: Option<AttributeName>,
        /// The matching rule.
        rule: Option<Box<str>>,
        /// Whether the parts of the entry's DN are compared too.
        dn: bool,
        /// The value.
        value: Vec<u8>,
    },
}

/// How deep filters may be nested. [MS-ADTS] and OpenLDAP have limits of their own beyond that.
pub const MAX_DEPTH: usize = 32;

impl Filter {
    /// Reads the text form of a filter.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Malformed`](crate::ErrorKind::Malformed) for a malformed filter,
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit) for one that is nested deeper than [`MAX_DEPTH`],
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) for one that compares a password.
    pub fn parse(text: &str) -> Result<Self> {
        parse::filter(text)
    }

    /// Returns the attribute has the value.
    #[must_use]
    pub fn equal(name: AttributeName, value: impl AsRef<[u8]>) -> Self {
        Self::Equal(name, value.as_ref().to_vec())
    }

    /// Matches all that the model knows: people, groups, contacts, public folders with an address.
    #[must_use]
    pub fn recipients() -> Self {
        let class = AttributeName::from(crate::entry::Known::ObjectClass);
        let classes = [
            "person",
            "user",
            "inetOrgPerson",
            "contact",
            "group",
            "groupOfNames",
            "groupOfUniqueNames",
            "posixAccount",
            "publicFolder",
            "msExchDynamicDistributionList",
        ];
        Self::Or(classes.map(|c| Self::equal(class.clone(), c)).into())
    }

    /// Appends the filter in BER (RFC 4511 section 4.5.1.7).
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let pair = |out: &mut Vec<u8>, tag, name: &AttributeName, value: &[u8]| {
            ber::element(out, tag, |out| {
                ber::octets(out, 0x04, name.as_str().as_bytes());
                ber::octets(out, 0x04, value);
            });
        };
        match self {
            Self::And(all) => ber::element(out, 0xa0, |out| all.iter().for_each(|f| f.encode(out))),
            Self::Or(all) => ber::element(out, 0xa1, |out| all.iter().for_each(|f| f.encode(out))),
            Self::Not(one) => ber::element(out, 0xa2, |out| one.encode(out)),
            Self::Equal(name, value) => pair(out, 0xa3, name, value),
            Self::Substrings {
                name,
                initial,
                any,
                last,
            } => ber::element(out, 0xa4, |out| {
                ber::octets(out, 0x04, name.as_str().as_bytes());
                ber::element(out, 0x30, |out| {
                    initial.iter().for_each(|v| ber::octets(out, 0x80, v));
                    any.iter().for_each(|v| ber::octets(out, 0x81, v));
                    last.iter().for_each(|v| ber::octets(out, 0x82, v));
                });
            }),
            Self::GreaterOrEqual(name, value) => pair(out, 0xa5, name, value),
            Self::LessOrEqual(name, value) => pair(out, 0xa6, name, value),
            Self::Present(name) => ber::octets(out, 0x87, name.as_str().as_bytes()),
            Self::Approx(name, value) => pair(out, 0xa8, name, value),
            Self::Extensible {
                name,
                rule,
                dn,
                value,
            } => ber::element(out, 0xa9, |out| {
                rule.iter().for_each(|r| ber::octets(out, 0x81, r.as_bytes()));
                name.iter()
                    .for_each(|n| ber::octets(out, 0x82, n.as_str().as_bytes()));
                ber::octets(out, 0x83, value);
                if *dn {
                    ber::octets(out, 0x84, &[0xff]);
                }
            }),
        }
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('(')?;
        match self {
            Self::And(all) => {
                f.write_char('&')?;
                all.iter().try_for_each(|one| one.fmt(f))?;
            }
            Self::Or(all) => {
                f.write_char('|')?;
                all.iter().try_for_each(|one| one.fmt(f))?;
            }
            Self::Not(one) => write!(f, "!{one}")?,
            Self::Present(name) => write!(f, "{name}=*")?,
            Self::Equal(name, value) => write!(f, "{name}={}", escape_value(value))?,
            Self::GreaterOrEqual(name, value) => write!(f, "{name}>={}", escape_value(value))?,
            Self::LessOrEqual(name, value) => write!(f, "{name}<={}", escape_value(value))?,
            Self::Approx(name, value) => write!(f, "{name}~={}", escape_value(value))?,
            Self::Substrings {
                name,
                initial,
                any,
                last,
            } => {
                let shown = |part: &Option<Vec<u8>>| part.as_deref().map(escape_value).unwrap_or_default();
                write!(f, "{name}={}*", shown(initial))?;
                for part in any {
                    write!(f, "{}*", escape_value(part))?;
                }
                f.write_str(&shown(last))?;
            }
            Self::Extensible {
                name,
                rule,
                dn,
                value,
            } => {
                name.iter().try_for_each(|n| write!(f, "{n}"))?;
                if *dn {
                    f.write_str(":dn")?;
                }
                rule.iter().try_for_each(|r| write!(f, ":{r}"))?;
                write!(f, ":={}", escape_value(value))?;
            }
        }
        f.write_char(')')
    }
}

/// Escapes a value for use in the text of a filter (RFC 4515, section 3).
///
/// ```
/// assert_eq!(tegu_ldap::filter::escape_value("a*)(cn=b"), r"a\2a\29\28cn=b");
/// ```
#[must_use]
pub fn escape_value(value: impl AsRef<[u8]>) -> String {
    let value = value.as_ref();
    let mut out = String::with_capacity(value.len() + 8);
    for chunk in value.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '*' | '(' | ')' | '\\' | '\0' => {
                    let _ = write!(out, "\\{:02x}", u32::from(c));
                }
                c => out.push(c),
            }
        }
        for b in chunk.invalid() {
            let _ = write!(out, "\\{b:02x}");
        }
    }
    out
}
