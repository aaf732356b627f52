//! Names of attributes, compared without regard to case. No password attribute has one.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::known::Known;
use crate::error::malformed;
use crate::{Error, Result};

/// Attributes that hold passwords or keys, in lower case. See [`AttributeName::is_secret`].
const SECRET: &[&str] = &[
    "userpassword",
    "unicodepwd",
    "dbcspwd",
    "lmpwdhistory",
    "ntpwdhistory",
    "ntpassword",
    "lmpassword",
    "supplementalcredentials",
    "currentvalue",
    "priorvalue",
    "initialauthincoming",
    "initialauthoutgoing",
    "trustauthincoming",
    "trustauthoutgoing",
    "msds-managedpassword",
    "msds-keycredentiallink",
    "ms-mcs-admpwd",
    "mslaps-password",
    "mslaps-encryptedpassword",
    "mslaps-encryptedpasswordhistory",
    "mslaps-encrypteddsrmpassword",
    "mslaps-encrypteddsrmpasswordhistory",
    "unixuserpassword",
    "mssfu30password",
    "userpkcs12",
    "authpassword",
    "passwordhistory",
    "pwdhistory",
    "ipanthash",
    "ipatokenotpkey",
    "ipatokenhotpcounter",
    "nsds5replicacredentials",
    "nsmultiplexorcredentials",
    "msfve-recoverypassword",
    "msfve-keypackage",
    "olcrootpw",
    "nsslapd-rootpw",
];

/// The same by their object identifiers: userPassword, userPKCS12, unicodePwd, authPassword, dBCSPwd, ntPwdHistory,
/// lmPwdHistory, supplementalCredentials.
const SECRET_OIDS: &[&str] = &[
    "2.5.4.35",
    "2.16.840.1.113730.3.1.216",
    "1.2.840.113556.1.4.90",
    "1.3.6.1.4.1.4203.1.3.4",
    "1.2.840.113556.1.4.55",
    "1.2.840.113556.1.4.94",
    "1.2.840.113556.1.4.160",
    "1.2.840.113556.1.4.125",
];

/// The name of an attribute, with its options (`member;range=0-1499`), compared without regard to case.
///
/// The name of an attribute that holds a password or a key cannot be made, so that nothing in this crate can
/// read one, ask a server for one or write one.
///
/// ```
/// use tegu_ldap::entry::AttributeName;
///
/// assert_eq!(AttributeName::new("proxyAddresses")?, AttributeName::new("proxyaddresses")?);
/// assert!(AttributeName::new("unicodePwd").is_err());
/// assert!(AttributeName::new("mail\nuserPassword").is_err());
/// # Ok::<(), tegu_ldap::Error>(())
/// ```
#[derive(Clone)]
pub struct AttributeName {
    text: Text,
    known: Option<Known>,
}

/// Most names are among those that the model knows, and cost nothing to copy.
#[derive(Clone)]
enum Text {
    Known(&'static str),
    Other(Arc<str>),
}

impl AttributeName {
    /// Checks and wraps an attribute description (RFC 4512 section 2.5).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Malformed`](crate::ErrorKind::Malformed) if it is not an attribute name; [`ErrorKind::Config`](crate::ErrorKind::Config) for
    /// an attribute that holds a password or a key.
    pub fn new(name: impl AsRef<str>) -> Result<Self> {
        let name = name.as_ref();
        let sound = name.len() <= 256
            && name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-.;_=*".contains(&b));
        if !sound {
            let shown: String = name.chars().take(40).collect();
            return Err(malformed(format!("`{shown}` is not an attribute name")));
        }
        if let Some(known) = Known::find(name) {
            let text = if known.as_str() == name {
                Text::Known(known.as_str())
            } else {
                Text::Other(name.into())
            };
            return Ok(Self {
                text,
                known: Some(known),
            });
        }
        if Self::is_secret(name) {
            return Err(Error::config(format!(
                "the attribute `{name}` holds a password or a key: it is never read or written"
            )));
        }
        Ok(Self {
            text: Text::Other(name.into()),
            known: None,
        })
    }

    /// Returns whether a name (options are ignored) belongs to an attribute that holds a password or a key.
    #[must_use]
    pub fn is_secret(name: &str) -> bool {
        let base = base(name).to_ascii_lowercase();
        SECRET.contains(&base.as_str())
            || (base.starts_with("krb") && (base.contains("key") || base.contains("pwdhistory")))
            || (base.starts_with("samba") && (base.contains("password") || base.contains("passwd")))
            || SECRET_OIDS.contains(&base.as_str())
    }

    /// Returns the name as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.text {
            Text::Known(text) => text,
            Text::Other(text) => text,
        }
    }

    /// Returns the name without options.
    #[must_use]
    pub fn base(&self) -> &str {
        base(self.as_str())
    }

    /// Returns the options, such as `binary` or `range=0-1499`.
    pub fn options(&self) -> impl Iterator<Item = &str> {
        self.as_str().split(';').skip(1)
    }

    pub(crate) fn known(&self) -> Option<Known> {
        self.known
    }

    /// Returns the part of the values that a server handed out (`range=0-1499`): the first number, and the last one unless it
    /// is the end (`*`). [MS-ADTS] 3.1.1.3.1.3.3.
    pub(crate) fn range(&self) -> Option<(u64, Option<u64>)> {
        let range = self.options().find_map(|o| {
            o.get(..6)
                .filter(|p| p.eq_ignore_ascii_case("range="))
                .and(o.get(6..))
        })?;
        let (low, high) = range.split_once('-')?;
        let high = if high == "*" {
            None
        } else {
            Some(high.parse().ok()?)
        };
        Some((low.parse().ok()?, high))
    }
}

fn base(name: &str) -> &str {
    name.split(';').next().unwrap_or(name)
}

impl From<Known> for AttributeName {
    fn from(known: Known) -> Self {
        Self {
            text: Text::Known(known.as_str()),
            known: Some(known),
        }
    }
}

impl PartialEq for AttributeName {
    fn eq(&self, other: &Self) -> bool {
        match (self.known, other.known) {
            (None, None) => self.as_str().eq_ignore_ascii_case(other.as_str()),
            (mine, theirs) => mine == theirs,
        }
    }
}

impl Eq for AttributeName {}

impl Hash for AttributeName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for byte in self.as_str().bytes() {
            state.write_u8(byte.to_ascii_lowercase());
        }
    }
}

impl fmt::Debug for AttributeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl fmt::Display for AttributeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn password_attributes_have_no_name() {
        let all = [
            "userPassword",
            "USERPASSWORD;binary",
            "unicodePwd",
            "ntPwdHistory",
            "supplementalCredentials",
            "krbPrincipalKey",
            "krbExtraKeyData",
            "sambaNTPassword",
            "ipaNTHash",
            "2.5.4.35",
            "msLAPS-EncryptedPassword",
        ];
        for name in all {
            assert_eq!(
                AttributeName::new(name).unwrap_err().kind(),
                ErrorKind::Config,
                "{name}"
            );
        }
        for name in [
            "mail",
            "krbPrincipalName",
            "pwdLastSet",
            "sambaSID",
            "member;range=0-*",
        ] {
            AttributeName::new(name).unwrap();
        }
    }

    #[test]
    fn ranges() {
        let range = |name: &str| AttributeName::new(name).unwrap().range();
        assert_eq!(range("member;range=0-1499"), Some((0, Some(1499))));
        assert_eq!(range("member;binary;Range=1500-*"), Some((1500, None)));
        assert_eq!(range("member"), None);
        assert_eq!(range("member;range=x-1"), None);
    }
}
