use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt};

/// The name of a kind of job or of log: `mail`, `records`.
///
/// Up to [`Kind::LONGEST`] lower-case letters, digits and hyphens. The journal gives kinds no meaning; it only keeps them apart.
///
/// ```
/// use tegu_journal::Kind;
///
/// const MAIL: Kind = Kind::from_static("mail");
/// assert_eq!(Kind::new("mail")?, MAIL);
/// assert!(Kind::new("Mail!").is_err());
/// # Ok::<(), tegu_journal::Error>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Kind(Cow<'static, str>);

impl Kind {
    /// The most octets that a name may have.
    pub const LONGEST: usize = 64;

    /// Makes a kind from a name in the program's text.
    ///
    /// # Panics
    ///
    /// If it is no name of a kind. In a constant, that is an error of compilation.
    #[must_use]
    pub const fn from_static(name: &'static str) -> Self {
        assert!(
            is_valid(name.as_bytes()),
            "a kind is named in lower-case letters, digits and hyphens"
        );
        Self(Cow::Borrowed(name))
    }

    /// Makes a kind from a name.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if it is no name of a kind.
    pub fn new(name: impl Into<String>) -> Result<Self> {
        let name = name.into();
        if is_valid(name.as_bytes()) {
            Ok(Self(Cow::Owned(name)))
        } else {
            Err(Error::config(format_args!(
                "{name:?} names no kind: use up to {} lower-case letters, digits and hyphens",
                Self::LONGEST
            )))
        }
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const fn is_valid(name: &[u8]) -> bool {
    let mut at = 0;
    while at < name.len() {
        if !matches!(name[at], b'a'..=b'z' | b'0'..=b'9' | b'-') {
            return false;
        }
        at += 1;
    }
    at > 0 && at <= Kind::LONGEST
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Kind {
    type Error = Error;

    fn try_from(name: String) -> Result<Self> {
        Self::new(name)
    }
}

impl From<Kind> for String {
    fn from(kind: Kind) -> Self {
        kind.0.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        for wrong in ["", "Mail", "a b", "ж", "a\0", &"a".repeat(Kind::LONGEST + 1)] {
            assert!(Kind::new(wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(Kind::new("a-1").unwrap(), Kind::from_static("a-1"));
        assert!(serde_json::from_str::<Kind>("\"A\"").is_err());
    }
}
