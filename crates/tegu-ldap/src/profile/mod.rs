//! What a target directory can store, as data.
//!
//! A profile names the attributes in which a kind of directory stores the main address and further addresses, their syntax, and
//! the object classes that an entry needs for them. The built-in profiles are TOML files in the source of this crate. An
//! organisation with its own schema loads its own file.

use serde::{Deserialize, Serialize};

use crate::account;
use crate::address::SmtpAddress;
use crate::entry::{AttributeName, Known};
use crate::tailed::Tailed;
use crate::{Error, Result};

/// The profiles that come with the crate: name and text.
const BUILTIN: &[(&str, &str)] = &[
    ("tegu", include_str!("tegu.toml")),
    ("openldap", include_str!("openldap.toml")),
    ("389ds", include_str!("389ds.toml")),
    ("freeipa", include_str!("freeipa.toml")),
    ("samba", include_str!("samba.toml")),
    ("ald-pro", include_str!("ald-pro.toml")),
    ("red-adm", include_str!("red-adm.toml")),
];

/// How large the text of a profile may be.
const MAX_BYTES: usize = 64 << 10;

/// How values of an attribute are written.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Syntax {
    /// ASCII only (IA5 String, RFC 4517 section 3.3.15): an internationalised domain is written as `xn--...`.
    Ascii,
    /// Any text.
    Utf8,
}

/// Whether a value has a type in front.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// `ann@example.org`.
    #[default]
    Plain,
    /// `smtp:ann@example.org`.
    Proxy,
}

/// The attribute in which a directory stores addresses.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AddressAttribute {
    attribute: Box<str>,
    syntax: Syntax,
    #[serde(default)]
    form: Form,
    #[serde(default)]
    single: bool,
    #[serde(default)]
    object_class: Option<Box<str>>,
    #[serde(default)]
    carried_by: Vec<Box<str>>,
    #[serde(default)]
    tools_refuse: Option<ToolRule>,
    #[serde(skip)]
    known: Option<Known>,
}

/// A rule of a directory's own tools that is stricter than the directory.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToolRule {
    /// FreeIPA's commands and web pages: the domain must be in small letters and end in letters only, which
    /// `xn--p1ai` does not.
    Freeipa,
}

impl ToolRule {
    /// Returns whether the tools refuse the address in its ASCII form.
    #[must_use]
    pub fn refuses(self, address: &str) -> bool {
        let Self::Freeipa = self;
        let Some((local, domain)) = address.rsplit_once('@') else {
            return true;
        };
        let (head, tail) = domain.rsplit_once('.').unwrap_or_default();
        let sound = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
        local.contains(['(', ')', '<', '>', ' '])
            || !head.bytes().all(sound)
            || !head.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            || tail.is_empty()
            || !tail.bytes().all(|b| b.is_ascii_lowercase())
    }
}

impl AddressAttribute {
    /// Returns the attribute.
    #[must_use]
    pub fn attribute(&self) -> &str {
        &self.attribute
    }

    pub(crate) fn known(&self) -> Option<Known> {
        self.known
    }

    /// Returns how values are written.
    #[must_use]
    pub fn syntax(&self) -> Syntax {
        self.syntax
    }

    /// Returns whether values have a type in front.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// Returns whether the attribute is single-valued.
    #[must_use]
    pub fn is_single(&self) -> bool {
        self.single
    }

    /// Returns the object class that a plan adds so that the entry may have the attribute.
    #[must_use]
    pub fn object_class(&self) -> Option<&str> {
        self.object_class.as_deref()
    }

    /// Returns the object classes that allow the attribute. An empty list means that every entry may have it.
    #[must_use]
    pub fn carried_by(&self) -> &[Box<str>] {
        &self.carried_by
    }

    /// Returns the rule of the directory's own tools, if it is stricter than the directory.
    #[must_use]
    pub fn tools_refuse(&self) -> Option<ToolRule> {
        self.tools_refuse
    }

    /// Returns the value as the directory stores it, which is the address itself where that is possible.
    pub(crate) fn encode_shared(&self, address: &SmtpAddress) -> Option<Tailed> {
        match self.form {
            Form::Plain if self.syntax == Syntax::Utf8 || address.is_ascii() => {
                Some(address.tailed().clone())
            }
            _ => self.encode(address).map(|value| value.as_str().into()),
        }
    }

    /// Returns the value as the directory stores it, or `None` if it cannot.
    #[must_use]
    pub fn encode(&self, address: &SmtpAddress) -> Option<String> {
        let text = match self.syntax {
            Syntax::Ascii => address.to_ascii()?,
            Syntax::Utf8 => address.as_str().to_owned(),
        };
        Some(match self.form {
            Form::Plain => text,
            Form::Proxy => format!("smtp:{text}"),
        })
    }
}

/// A kind of target directory.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Profile {
    name: Box<str>,
    title: Box<str>,
    /// What was tried against a real server; empty when nothing was.
    #[serde(default)]
    tested: Vec<Box<str>>,
    #[serde(default)]
    tested_with: Box<str>,
    /// Whether the server knows the assertion control (RFC 4528).
    #[serde(default)]
    assertions: bool,
    mail: AddressAttribute,
    #[serde(default)]
    aliases: Option<AddressAttribute>,
    /// Whether groups can have the address attribute.
    #[serde(default)]
    groups_have_mail: bool,
    #[serde(default)]
    notes: Vec<Box<str>>,
}

impl Profile {
    /// Returns a built-in profile by its name; see [`builtin_names`](Self::builtin_names).
    ///
    /// ```
    /// use tegu_ldap::Profile;
    ///
    /// assert!(Profile::builtin("openldap").is_some());
    /// assert!(Profile::builtin("lotus").is_none());
    /// ```
    #[must_use]
    pub fn builtin(name: &str) -> Option<Self> {
        let (_, text) = BUILTIN
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Self::from_toml(text).ok()
    }

    /// Returns the names of the built-in profiles.
    pub fn builtin_names() -> impl Iterator<Item = &'static str> {
        BUILTIN.iter().map(|(name, _)| *name)
    }

    /// Reads a profile. The built-in files are the examples to start from.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the text is not a profile, or names an attribute that is malformed or whose
    /// present values a plan does not know.
    pub fn from_toml(text: &str) -> Result<Self> {
        if text.len() > MAX_BYTES {
            return Err(Error::config(format!(
                "the profile has more than {MAX_BYTES} bytes"
            )));
        }
        let mut profile: Self = toml::from_str(text)
            .map_err(|e| Error::config(format!("the profile cannot be read: {}", e.message())))?;
        for part in [Some(&profile.mail), profile.aliases.as_ref()]
            .into_iter()
            .flatten()
        {
            AttributeName::new(part.attribute())
                .map_err(|e| Error::config(format!("profile `{}`: {e}", profile.name)))?;
            if !account::is_kept(part.attribute()) {
                return Err(Error::config(format!(
                    "profile `{}`: addresses in the attribute `{}` are not supported",
                    profile.name,
                    part.attribute()
                )));
            }
        }
        for part in [Some(&mut profile.mail), profile.aliases.as_mut()]
            .into_iter()
            .flatten()
        {
            part.known = Known::find(&part.attribute);
        }
        Ok(profile)
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the title, one line.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Describes what was tested with a real server. Empty if the profile is derived from documentation or from a directory
    /// that it builds on.
    #[must_use]
    pub fn tested(&self) -> &[Box<str>] {
        &self.tested
    }

    /// Returns whether the server supports the assertion control (RFC 4528). If so, an attribute that was empty when the
    /// directory was read is filled only if it is still empty.
    #[must_use]
    pub fn has_assertions(&self) -> bool {
        self.assertions
    }

    /// Returns whether the server refuses to fill `mail` when somebody else has filled it: it supports assertions, or `mail` has
    /// one value. Within one modification nothing else can tell an empty attribute from one that holds an unknown value.
    #[must_use]
    pub fn has_guard(&self) -> bool {
        self.assertions || self.mail.is_single()
    }

    /// Returns the server and version that the profile was tested with; empty if it was not tested.
    #[must_use]
    pub fn tested_with(&self) -> &str {
        &self.tested_with
    }

    /// Returns the attribute of the main address.
    #[must_use]
    pub fn mail(&self) -> &AddressAttribute {
        &self.mail
    }

    /// Returns the attribute of further addresses, if the directory has one.
    #[must_use]
    pub fn aliases(&self) -> Option<&AddressAttribute> {
        self.aliases.as_ref()
    }

    /// Returns whether groups can have the address attribute.
    #[must_use]
    pub fn groups_have_mail(&self) -> bool {
        self.groups_have_mail
    }

    /// Returns notes for the owner of the directory.
    #[must_use]
    pub fn notes(&self) -> &[Box<str>] {
        &self.notes
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn every_builtin_profile_loads_under_its_name() {
        for (name, text) in BUILTIN {
            let profile = Profile::from_toml(text).unwrap();
            assert_eq!(profile.name(), *name);
            assert_eq!(
                profile.tested().is_empty(),
                profile.tested_with().is_empty(),
                "{name}"
            );
        }
    }

    #[test]
    fn faults_in_a_profile_are_named() {
        let text = include_str!("tegu.toml");
        let unknown = format!("colour = \"red\"\n{text}");
        let error = Profile::from_toml(&unknown).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("colour"), "{error}");
        let secret = text.replace("\"mail\"", "\"userPassword\"");
        assert!(
            Profile::from_toml(&secret)
                .unwrap_err()
                .to_string()
                .contains("userPassword")
        );
        let strange = text.replace("\"mail\"", "\"description\"");
        assert!(
            Profile::from_toml(&strange)
                .unwrap_err()
                .to_string()
                .contains("description")
        );
    }

    #[test]
    fn what_the_tools_of_freeipa_refuse() {
        let refuses = |address: &str| ToolRule::Freeipa.refuses(address);
        for address in [
            "a@xn--e1afmkfd.xn--p1ai",
            "a@Example.org",
            "a b@example.org",
            "a@example",
        ] {
            assert!(refuses(address), "{address}");
        }
        for address in ["a.b+c@sub.example-1.org", "O'Neil@example.org"] {
            assert!(!refuses(address), "{address}");
        }
    }

    #[test]
    fn ascii_directories_get_the_ascii_form() {
        let address = SmtpAddress::parse("ann@пример.рф").unwrap();
        let openldap = Profile::builtin("openldap").unwrap();
        assert_eq!(
            openldap.mail().encode(&address).as_deref(),
            Some("ann@xn--e1afmkfd.xn--p1ai")
        );
        assert_eq!(
            openldap
                .mail()
                .encode(&SmtpAddress::parse("анна@пример.рф").unwrap()),
            None
        );
        let samba = Profile::builtin("samba").unwrap();
        assert_eq!(samba.mail().encode(&address).as_deref(), Some("ann@пример.рф"));
        assert_eq!(
            samba.aliases().unwrap().encode(&address).as_deref(),
            Some("smtp:ann@пример.рф")
        );
    }
}
