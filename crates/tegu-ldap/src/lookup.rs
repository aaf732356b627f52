//! Finds the recipient that has an address, in any of its forms.
//!
//! Old mail and calendars name people in many ways: by former addresses, by the X.500 names that Exchange uses internally
//! (alone, as `X500:`, or packed into `IMCEAEX-...@`), by login, by GUID or security identifier.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use hashbrown::HashTable;

use crate::account::{Common, Field, Grant, Recipient};
use crate::address::{Imcea, ProxyAddress, SmtpAddress};
use crate::dn::Dn;
use crate::exchange::{Directory, guid_bytes, is_sid};

/// What a lookup found.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub enum Found<'a> {
    /// Nobody has it.
    Nobody,
    /// One object has it.
    One(Recipient<'a>),
    /// Several objects have it. A person has to say whose it is.
    Several(Vec<Recipient<'a>>),
}

impl<'a> Found<'a> {
    /// Returns the object if there is exactly one.
    #[must_use]
    pub fn one(&self) -> Option<Recipient<'a>> {
        match self {
            Self::One(who) => Some(*who),
            _ => None,
        }
    }
}

/// An index of a directory by address and name.
///
/// ```
/// use tegu_ldap::{Directory, ldif, lookup::Index};
///
/// let text = "dn: CN=Ann,DC=x\nobjectClass: user\ncn: Ann\nproxyAddresses: SMTP:ann@a.example\n\
///             proxyAddresses: smtp:a.smith@a.example\nlegacyExchangeDN: /o=A/cn=Recipients/cn=ann\n";
/// let directory = Directory::from_entries(ldif::read_entries(text.as_bytes(), &ldif::Limits::default())?);
/// let index = Index::of(&directory);
/// for form in [
///     "Ann@A.example",
///     "smtp:a.smith@a.example",
///     "mailto:ann@a.example",
///     "/O=A/CN=RECIPIENTS/CN=ANN",
///     "IMCEAEX-_O=A_CN=RECIPIENTS_CN=ANN@a.example",
///     "cn=ann, dc=x",
/// ] {
///     assert_eq!(index.lookup(form).one().unwrap().display_name(), Some("Ann"), "{form}");
/// }
/// assert!(index.lookup("bob@a.example").one().is_none());
/// # Ok::<(), tegu_ldap::Error>(())
/// ```
#[derive(Debug)]
pub struct Index<'a> {
    directory: &'a Directory,
    hasher: RandomState,
    /// Where each key lies in the text of all keys, and the number of the object that has it.
    table: HashTable<Key>,
    keys: String,
}

/// One key, and one object that has it.
#[derive(Clone, Copy, Debug)]
struct Key {
    at: usize,
    length: u32,
    owner: u32,
}

impl<'a> Index<'a> {
    /// Indexes a directory.
    #[must_use]
    pub fn of(directory: &'a Directory) -> Self {
        let mut out = Self {
            directory,
            hasher: RandomState::new(),
            table: HashTable::with_capacity(directory.len() * 6),
            keys: String::with_capacity(directory.len() * 256),
        };
        for (owner, recipient) in directory.recipients().enumerate() {
            let Ok(owner) = u32::try_from(owner) else { break };
            out.add(owner, recipient.common());
        }
        out
    }

    fn add(&mut self, owner: u32, common: &Common) {
        let addresses = &common.addresses;
        for address in addresses.all().chain(addresses.target()) {
            self.insert(owner, address.key());
        }
        self.insert(owner, &common.named.id().to_lowercase());
        for name in common.texts.all_long(Field::X500) {
            self.insert(owner, &name.to_lowercase());
        }
        self.insert(owner, &common.named.dn().key());
        for field in [
            Field::Login,
            Field::Sid,
            Field::LinkedSid,
            Field::Mailbox,
            Field::Archive,
        ] {
            for text in common.texts.all_long(field).take(1) {
                // A login that has the form of an address is looked up as one.
                match SmtpAddress::parse(&text) {
                    Ok(address) if field == Field::Login => self.insert(owner, address.key()),
                    _ => self.insert(owner, &text.to_lowercase()),
                }
            }
        }
        for field in [Field::Sam, Field::Nickname, Field::Uid] {
            for text in common.texts.get(field).iter() {
                self.insert(owner, &short(text));
            }
        }
    }

    fn insert(&mut self, owner: u32, key: &str) {
        let (keys, hasher) = (&self.keys, &self.hasher);
        let text = |k: &Key| keys.get(k.at..k.at + k.length as usize).unwrap_or_default();
        let hash = hasher.hash_one(key);
        let known = self.table.iter_hash(hash).find(|k| text(k) == key).copied();
        let again = known.is_some()
            && self
                .table
                .iter_hash(hash)
                .any(|k| k.owner == owner && text(k) == key);
        let Ok(length) = u32::try_from(key.len()) else {
            return;
        };
        if again {
            return;
        }
        // The text of a key is kept once.
        let at = known.map_or(keys.len(), |k| k.at);
        let entry = Key { at, length, owner };
        self.table
            .insert_unique(hash, entry, |k| hasher.hash_one(text(k)));
        if known.is_none() {
            self.keys.push_str(key);
        }
    }

    /// Finds who has an address, in any of its forms: `ann@example.org`, `smtp:...`, `mailto:...`, `<...>`, an X.500 name alone,
    /// after `X500:` or `EX:`, or packed as `IMCEAEX-...`, the login, `DOMAIN\name`, a short name, the DN of the
    /// entry, a security identifier, a GUID.
    ///
    /// An address wins over a short name of the same spelling.
    #[must_use]
    pub fn lookup(&self, text: &str) -> Found<'a> {
        let text = text.trim().trim_start_matches('<').trim_end_matches('>');
        let special = if text.starts_with('/') || is_sid(text) {
            self.find(&text.to_lowercase())
        } else if Imcea::is_one(text) {
            self.packed(text)
        } else {
            Found::Nobody
        };
        // What looks like a name or a packed address may be a plain one.
        if !matches!(special, Found::Nobody) {
            return special;
        }
        // Nearly all questions are this one.
        if let Ok(address) = SmtpAddress::parse(text) {
            return self.find(address.key());
        }
        if let Some((kind, rest)) = text.split_once(':') {
            return match ProxyAddress::parse(text) {
                Ok(ProxyAddress::Primary(address) | ProxyAddress::Alias(address)) => self.find(address.key()),
                Ok(ProxyAddress::X500(name)) => self.find(&name.to_lowercase()),
                _ if kind.eq_ignore_ascii_case("ex") => self.find(&rest.trim().to_lowercase()),
                _ if ["mailto", "invalid"].iter().any(|k| kind.eq_ignore_ascii_case(k)) => {
                    self.lookup_plain(rest)
                }
                _ => Found::Nobody,
            };
        }
        if guid_bytes(text).is_some() {
            let plain = text.trim_start_matches('{').trim_end_matches('}');
            return self.find(&plain.to_lowercase());
        }
        if text.contains('=') {
            return self.find(&Dn::new(text).key());
        }
        let name = text.rsplit_once('\\').map_or(text, |(_, name)| name);
        match self.find(&short(name)) {
            Found::Nobody => self.find(&name.to_lowercase()),
            found => found,
        }
    }

    /// Finds who has a short name, a login or the name `CN=...` of an entry; `DOMAIN\name` without the domain.
    fn lookup_name(&self, text: &str) -> Found<'a> {
        let name = text.rsplit_once('\\').map_or(text, |(_, name)| name);
        self.find(&short(name))
    }

    /// Returns what stands behind `mailto:`, without its header fields.
    fn lookup_plain(&self, text: &str) -> Found<'a> {
        let text = text.split('?').next().unwrap_or(text);
        if Imcea::is_one(text) {
            return self.packed(text);
        }
        match SmtpAddress::parse(text) {
            Ok(address) => self.find(address.key()),
            Err(_) if text.starts_with('/') => self.find(&text.to_lowercase()),
            Err(_) => Found::Nobody,
        }
    }

    fn packed(&self, text: &str) -> Found<'a> {
        match Imcea::parse(text) {
            Ok(packed) if packed.kind() == "smtp" => match SmtpAddress::parse(packed.value()) {
                Ok(address) => self.find(address.key()),
                Err(_) => Found::Nobody,
            },
            Ok(packed) => self.find(&packed.value().to_lowercase()),
            Err(_) => Found::Nobody,
        }
    }

    fn find(&self, key: &str) -> Found<'a> {
        let hash = self.hasher.hash_one(key);
        let mut owners = self.table.iter_hash(hash).filter_map(|k| {
            let text = self.keys.get(k.at..k.at + k.length as usize)?;
            (text == key).then_some(k.owner)
        });
        let Some(first) = owners.next() else {
            return Found::Nobody;
        };
        let Some(second) = owners.next() else {
            return self.who(first).map_or(Found::Nobody, Found::One);
        };
        let mut all: Vec<u32> = [first, second].into_iter().chain(owners).collect();
        all.sort_unstable();
        Found::Several(all.into_iter().filter_map(|owner| self.who(owner)).collect())
    }

    fn who(&self, owner: u32) -> Option<Recipient<'a>> {
        let at = usize::try_from(owner).ok()?;
        let (accounts, groups) = (self.directory.accounts(), self.directory.groups());
        if let Some(account) = accounts.get(at) {
            return Some(Recipient::Account(account));
        }
        let at = at - accounts.len();
        match groups.get(at) {
            Some(group) => Some(Recipient::Group(group)),
            None => self
                .directory
                .contacts()
                .get(at - groups.len())
                .map(Recipient::Contact),
        }
    }
}

impl Grant {
    /// Returns the objects that both names refer to.
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

/// Returns the key of a short name: no address, X.500 name or name of an entry begins so.
fn short(name: &str) -> String {
    format!("\\{}", name.to_lowercase())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ldif;

    fn directory() -> Directory {
        let text = "dn: CN=Ann,DC=x\nobjectClass: user\ncn: Ann\nsAMAccountName: ann\nuserPrincipalName: ann@corp.example\n\
                    mail: ann@a.example\nproxyAddresses: SMTP:ann@a.example\nproxyAddresses: smtp:team@a.example\n\
                    proxyAddresses: X500:/o=Old/cn=ann\nlegacyExchangeDN: /o=New/cn=Recipients/cn=ann\n\
                    objectGUID:: AAECAwQFBgcICQoLDA0ODw==\nobjectSid:: AQUAAAAAAAUVAAAAAQAAAAIAAAADAAAA9AEAAA==\n\n\
                    dn: CN=Team,DC=x\nobjectClass: group\ncn: Team\nmail: team@a.example\nmailNickname: team\n\n\
                    dn: CN=Out,DC=x\nobjectClass: contact\ncn: Out\ntargetAddress: SMTP:out@b.example\n";
        Directory::from_entries(ldif::read_entries(text.as_bytes(), &ldif::Limits::default()).unwrap())
    }

    #[test]
    fn every_form_leads_to_its_object() {
        let directory = directory();
        let index = Index::of(&directory);
        let cases = [
            ("ann@a.example", "Ann"),
            (" <ANN@A.EXAMPLE> ", "Ann"),
            ("SMTP:ann@a.example", "Ann"),
            ("mailto:Ann@a.example?subject=x", "Ann"),
            ("MAILTO:/o=old/cn=ann", "Ann"),
            ("ann@corp.example", "Ann"),
            ("CORP\\Ann", "Ann"),
            ("ann", "Ann"),
            ("x500:/O=old/CN=Ann", "Ann"),
            ("EX:/o=new/cn=recipients/cn=ann", "Ann"),
            ("/o=New/cn=Recipients/cn=ann", "Ann"),
            ("IMCEAEX-_o=New_cn=Recipients_cn=ann@a.example", "Ann"),
            ("mailto:imceaex-_o=old_cn=ann@b.example", "Ann"),
            ("IMCEASMTP-ann+40a+2Eexample@a.example", "Ann"),
            ("S-1-5-21-1-2-3-500", "Ann"),
            ("{03020100-0504-0706-0809-0A0B0C0D0E0F}", "Ann"),
            ("CN=ann, DC=X", "Ann"),
            ("team", "Team"),
            ("out@b.example", "Out"),
        ];
        for (text, name) in cases {
            let found = index.lookup(text);
            assert_eq!(
                found.one().and_then(Recipient::display_name),
                Some(name),
                "{text}: {found:?}"
            );
        }
        for text in [
            "",
            "bob@a.example",
            "sip:ann@a.example",
            "/o=New",
            "IMCEAEX-+zz@a.example",
            "S-1-5-7",
            "\\",
        ] {
            assert!(matches!(index.lookup(text), Found::Nobody), "{text}");
        }
    }

    #[test]
    fn an_address_that_looks_like_a_name_is_found() {
        let text = "dn: CN=a,DC=x\nobjectClass: user\ncn: a\nmail: /Анна@a.example\n\n\
                    dn: CN=b,DC=x\nobjectClass: user\ncn: b\nmail: IMCEAEX-zz@a.example\n";
        let entries = ldif::read_entries(text.as_bytes(), &ldif::Limits::default()).unwrap();
        let directory = Directory::from_entries(entries);
        let index = Index::of(&directory);
        for (text, name) in [("/Анна@a.example", "a"), ("imceaex-ZZ@a.example", "b")] {
            assert_eq!(
                index.lookup(text).one().and_then(Recipient::display_name),
                Some(name)
            );
        }
    }

    #[test]
    fn what_several_have_leads_to_all_of_them() {
        let directory = directory();
        let index = Index::of(&directory);
        let Found::Several(all) = index.lookup("team@a.example") else {
            panic!()
        };
        let kinds: Vec<_> = all.iter().map(|w| w.kind()).collect();
        assert_eq!(kinds, ["user", "group"]);
        assert!(index.lookup("team@a.example").one().is_none());
    }

    #[test]
    fn accounts_that_were_written_as_json_lead_to_the_same() {
        let json = serde_json::to_string(&directory()).unwrap();
        let again: Directory = serde_json::from_str(&json).unwrap();
        assert_eq!(serde_json::to_string(&again).unwrap(), json);
        let index = Index::of(&again);
        let ann = index.lookup("/o=Old/cn=ANN").one().unwrap();
        assert_eq!(ann.address().unwrap().as_str(), "ann@a.example");
    }
}
