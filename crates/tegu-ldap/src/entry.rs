//! One directory entry: a DN and attributes with byte values.
//!
//! Values are bytes: an LDAP value is an octet string, and whether it is text depends on the attribute's syntax,
//! not on whether the bytes happen to be UTF-8.

use std::fmt;
use std::hash::{Hash, Hasher};

use crate::dn::Dn;
use crate::error::{Error, ErrorKind, Result};

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
    "ms-mcs-admpwd",
    "mslaps-password",
    "mslaps-encryptedpassword",
    "mslaps-encryptedpasswordhistory",
    "userpkcs12",
    "authpassword",
    "passwordhistory",
    "pwdhistory",
    "ipanthash",
    "ipatokenotpkey",
    "nsds5replicacredentials",
    "msfve-recoverypassword",
    "msfve-keypackage",
    "olcrootpw",
];

/// The name of an attribute, with its options (`member;range=0-1499`), compared without regard to case.
///
/// A name of an attribute that holds a password or a key cannot be made, so that nothing in this crate can
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
pub struct AttributeName(Box<str>);

impl AttributeName {
    /// Checks and wraps an attribute description (RFC 4512 section 2.5).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Input`] for what cannot be an attribute name; [`ErrorKind::Forbidden`] for
    /// an attribute that holds a password or a key.
    pub fn new(name: impl Into<Box<str>>) -> Result<Self> {
        let name = name.into();
        let sound = name.len() <= 256
            && name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-.;_=*".contains(&b));
        if !sound {
            let shown: String = name.chars().take(40).collect();
            return Err(Error::input(format!("`{shown}` is not an attribute name")));
        }
        if Self::is_secret(&name) {
            return Err(Error::new(
                ErrorKind::Forbidden,
                format!("the attribute `{name}` holds a password or a key: it is never read or written"),
            ));
        }
        Ok(Self(name))
    }

    /// Whether a name (options are ignored) belongs to an attribute that holds a password or a key.
    #[must_use]
    pub fn is_secret(name: &str) -> bool {
        let base = base(name).to_ascii_lowercase();
        SECRET.contains(&base.as_str())
            || (base.starts_with("krb") && (base.contains("key") || base.contains("pwdhistory")))
            || (base.starts_with("samba") && (base.contains("password") || base.contains("passwd")))
            // The attributes by their object identifiers: userPassword, userPKCS12, unicodePwd.
            || ["2.5.4.35", "2.16.840.1.113730.3.1.216", "1.2.840.113556.1.4.90"].contains(&base.as_str())
    }

    /// The name as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name without options.
    #[must_use]
    pub fn base(&self) -> &str {
        base(&self.0)
    }

    /// The options, such as `binary` or `range=0-1499`.
    pub fn options(&self) -> impl Iterator<Item = &str> {
        self.0.split(';').skip(1)
    }
}

fn base(name: &str) -> &str {
    name.split(';').next().unwrap_or(name)
}

impl PartialEq for AttributeName {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for AttributeName {}

impl Hash for AttributeName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for byte in self.0.bytes() {
            state.write_u8(byte.to_ascii_lowercase());
        }
    }
}

impl fmt::Debug for AttributeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for AttributeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One attribute of an entry: its name and its values, in the order of the source.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attribute {
    name: AttributeName,
    values: Vec<Vec<u8>>,
}

impl Attribute {
    /// An attribute with values.
    #[must_use]
    pub fn new(name: AttributeName, values: Vec<Vec<u8>>) -> Self {
        Self { name, values }
    }

    /// The name, with options.
    #[must_use]
    pub fn name(&self) -> &AttributeName {
        &self.name
    }

    /// The values.
    #[must_use]
    pub fn values(&self) -> &[Vec<u8>] {
        &self.values
    }
}

/// One directory entry.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    dn: Dn,
    attributes: Vec<Attribute>,
    withheld: u32,
}

impl Entry {
    /// An entry without attributes.
    #[must_use]
    pub fn new(dn: Dn) -> Self {
        Self {
            dn,
            attributes: Vec::new(),
            withheld: 0,
        }
    }

    /// Where the entry stands.
    #[must_use]
    pub fn dn(&self) -> &Dn {
        &self.dn
    }

    /// All attributes, in the order in which they came.
    #[must_use]
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// How many values of password attributes the source held. They were skipped, not read.
    #[must_use]
    pub fn withheld(&self) -> u32 {
        self.withheld
    }

    pub(crate) fn withhold(&mut self) {
        self.withheld = self.withheld.saturating_add(1);
    }

    /// Appends a value; an attribute with the same name grows.
    pub fn push(&mut self, name: AttributeName, value: impl Into<Vec<u8>>) {
        let value = value.into();
        // Values of one attribute nearly always stand together, so the last one is tried first.
        if let Some(last) = self.attributes.last_mut().filter(|a| a.name == name) {
            last.values.push(value);
        } else if let Some(known) = self.attributes.iter_mut().find(|a| a.name == name) {
            known.values.push(value);
        } else {
            self.attributes.push(Attribute::new(name, vec![value]));
        }
    }

    /// Appends an attribute with all its values.
    pub(crate) fn push_attribute(&mut self, attribute: Attribute) {
        if let Some(known) = self.attributes.iter_mut().find(|a| a.name == attribute.name) {
            known.values.extend(attribute.values);
        } else {
            self.attributes.push(attribute);
        }
    }

    /// The values of an attribute, by its name without options, in any case.
    #[must_use]
    pub fn get(&self, name: &str) -> &[Vec<u8>] {
        self.attributes
            .iter()
            .find(|a| a.name.0.eq_ignore_ascii_case(name))
            .map_or(&[], |a| &a.values)
    }

    /// Whether the attribute has a value.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    /// The first value, when it is UTF-8 and not empty.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.texts(name).next()
    }

    /// Those values that are UTF-8 and not empty.
    pub fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.get(name)
            .iter()
            .filter_map(|v| std::str::from_utf8(v).ok())
            .filter(|v| !v.is_empty())
    }

    /// The first value as a whole number.
    #[must_use]
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.text(name)?.trim().parse().ok()
    }

    /// The first value as a truth value (RFC 4517 section 3.3.3).
    #[must_use]
    pub fn boolean(&self, name: &str) -> Option<bool> {
        match self.text(name)?.trim() {
            t if t.eq_ignore_ascii_case("true") => Some(true),
            t if t.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// Whether the entry has an object class, in any case.
    #[must_use]
    pub fn is_a(&self, class: &str) -> bool {
        self.get("objectClass")
            .iter()
            .any(|v| v.eq_ignore_ascii_case(class.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

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
                ErrorKind::Forbidden,
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
    fn values_of_one_attribute_stay_together_whatever_the_case() {
        let mut entry = Entry::new(Dn::new("cn=a"));
        entry.push(AttributeName::new("Mail").unwrap(), "a@b.example");
        entry.push(AttributeName::new("cn").unwrap(), "a");
        entry.push(AttributeName::new("mail").unwrap(), "c@b.example");
        assert_eq!(entry.attributes().len(), 2);
        assert_eq!(
            entry.texts("MAIL").collect::<Vec<_>>(),
            ["a@b.example", "c@b.example"]
        );
    }
}
