//! Attributes of Active Directory with Exchange (and of plain directories) -> the model.

mod addresses;
#[cfg(any(test, feature = "client"))]
mod attributes;
mod kind;

use std::collections::HashSet;

use serde::Serialize;

use crate::account::{Account, Card, Common, Contact, Group, SetAside, ValueProblem};
use crate::dn::Dn;
use crate::entry::Entry;

#[cfg(feature = "client")]
pub(crate) use attributes::names_to_read;

use kind::Class;

/// Everything that was read, sorted: every entry is in exactly one of the lists.
///
/// ```
/// use tegu_ldap::{Directory, ldif};
///
/// let text = "dn: CN=Ann,DC=example\nobjectClass: user\ncn: Ann\n\
///             proxyAddresses: SMTP:ann@example.org\nproxyAddresses: smtp:a.smith@example.org\n";
/// let entries = ldif::read_entries(text.as_bytes(), &ldif::Limits::default())?;
/// let directory = Directory::from_entries(entries);
/// let ann = &directory.accounts()[0];
/// assert_eq!(ann.address().unwrap().as_str(), "ann@example.org");
/// assert_eq!(ann.aliases().len(), 1);
/// assert!(ann.mail().is_none());
/// # Ok::<(), tegu_ldap::Error>(())
/// ```
#[derive(Clone, Debug, Default, Serialize)]
pub struct Directory {
    accounts: Vec<Account>,
    groups: Vec<Group>,
    contacts: Vec<Contact>,
    set_aside: Vec<SetAside>,
    ignored: Vec<Dn>,
    withheld: u64,
}

impl Directory {
    /// Sorts entries into accounts, groups, contacts and the rest.
    #[must_use]
    pub fn from_entries(entries: impl IntoIterator<Item = Entry>) -> Self {
        let mut out = Self::default();
        out.extend(entries);
        out
    }

    /// People, services and things with an account.
    #[must_use]
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// Groups, with or without an address.
    #[must_use]
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// People outside who stand in the address list.
    #[must_use]
    pub fn contacts(&self) -> &[Contact] {
        &self.contacts
    }

    /// Objects of Exchange and of the directory itself, with the reason.
    #[must_use]
    pub fn set_aside(&self) -> &[SetAside] {
        &self.set_aside
    }

    /// Entries that are nobody: containers, computers, domains.
    #[must_use]
    pub fn ignored(&self) -> &[Dn] {
        &self.ignored
    }

    /// How many values of password attributes the source held. None was kept.
    #[must_use]
    pub fn withheld(&self) -> u64 {
        self.withheld
    }

    /// How many entries were read.
    #[must_use]
    pub fn len(&self) -> usize {
        self.accounts.len()
            + self.groups.len()
            + self.contacts.len()
            + self.set_aside.len()
            + self.ignored.len()
    }

    /// Whether nothing was read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn push(&mut self, entry: Entry) {
        self.withheld += u64::from(entry.withheld());
        match kind::classify(&entry) {
            Class::Account(kind) => self.accounts.push(account(entry, kind)),
            Class::Group(kind) => self.groups.push(group(entry, kind)),
            Class::Contact => self.contacts.push(Contact {
                common: common(entry),
            }),
            Class::SetAside(reason) => self.set_aside.push(SetAside {
                dn: entry.dn().clone(),
                reason,
            }),
            Class::Ignored => self.ignored.push(entry.dn().clone()),
        }
    }
}

impl Extend<Entry> for Directory {
    fn extend<T: IntoIterator<Item = Entry>>(&mut self, entries: T) {
        for entry in entries {
            self.push(entry);
        }
    }
}

fn account(entry: Entry, kind: crate::account::AccountKind) -> Account {
    let uac = entry.integer("userAccountControl").unwrap_or(0);
    let locked = entry.boolean("nsAccountLock") == Some(true);
    let own_quota = entry.boolean("mDBUseDefaults") == Some(false);
    let quota = own_quota
        .then(|| {
            entry
                .integer("mDBOverHardQuotaLimit")
                .or_else(|| entry.integer("mDBOverQuotaLimit"))
        })
        .flatten();
    Account {
        kind,
        login: text(&entry, &["userPrincipalName"]),
        disabled: uac & 2 != 0 || locked,
        archive: entry.has("msExchArchiveGUID"),
        forward_to: text(&entry, &["altRecipient", "msExchGenericForwardingAddress"]),
        forward_and_keep: entry.boolean("deliverAndRedirect") == Some(true),
        send_on_behalf: names(&entry, &["publicDelegates"]),
        quota_kib: quota.and_then(|q| u64::try_from(q).ok()),
        common: common(entry),
    }
}

fn group(entry: Entry, kind: crate::account::GroupKind) -> Group {
    let (members, members_complete) = members(&entry);
    Group {
        kind,
        members,
        members_complete,
        owners: names(&entry, &["managedBy", "owner", "msExchCoManagedByLink"]),
        filter: text(&entry, &["msExchDynamicDLFilter"]),
        senders: names(&entry, &["authOrig", "dLMemSubmitPerms"]),
        members_only_may_send: entry.boolean("msExchRequireAuthToSendTo") == Some(true),
        common: common(entry),
    }
}

/// All members, and whether they are all: a server with a limit names the part that it gave in an option
/// (`member;range=0-1499`), and `*` closes the last part.
fn members(entry: &Entry) -> (Vec<Dn>, bool) {
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    let (mut ranged, mut closed) = (false, false);
    for attribute in entry.attributes() {
        let base = attribute.name().base();
        if !["member", "uniqueMember"]
            .iter()
            .any(|n| base.eq_ignore_ascii_case(n))
        {
            continue;
        }
        if let Some(range) = attribute
            .name()
            .options()
            .find(|o| o.to_ascii_lowercase().starts_with("range="))
        {
            ranged = true;
            closed |= range.ends_with("-*");
        }
        for value in attribute.values() {
            let dn = Dn::new(String::from_utf8_lossy(value).into_owned());
            if seen.insert(dn.key().to_owned()) {
                out.push(dn);
            }
        }
    }
    (out, !ranged || closed)
}

/// Attributes that stay with each object, because plans change them.
const KEPT: &[&str] = &[
    "objectClass",
    "mail",
    "proxyAddresses",
    "mailAlternateAddress",
    "mailLocalAddress",
    "otherMailbox",
    "mailForwardingAddress",
    "rfc822MailAlias",
];

/// Whether a plan can know what an attribute holds now.
pub(crate) fn is_kept(name: &str) -> bool {
    KEPT.iter().any(|k| k.eq_ignore_ascii_case(name))
}

/// Attributes of people that should be text.
const SHOWN: &[&str] = &[
    "displayName",
    "cn",
    "givenName",
    "sn",
    "title",
    "department",
    "company",
];

fn common(entry: Entry) -> Common {
    let mut addresses = addresses::read(&entry);
    for attribute in SHOWN {
        for value in entry
            .get(attribute)
            .iter()
            .filter(|v| std::str::from_utf8(v).is_err())
        {
            addresses.problems.push(ValueProblem::NotUtf8 {
                attribute: (*attribute).into(),
                value: String::from_utf8_lossy(value).into(),
            });
        }
    }
    let alias = text(&entry, &["mailNickname", "uid", "sAMAccountName"])
        .or_else(|| addresses.main().map(|a| a.local().into()));
    let mut current = Entry::new(entry.dn().clone());
    for attribute in entry.attributes().iter().filter(|a| is_kept(a.name().as_str())) {
        current.push_attribute(attribute.clone());
    }
    Common {
        id: identity(&entry),
        dn: entry.dn().clone(),
        alias,
        card: card(&entry),
        hidden: entry.boolean("msExchHideFromAddressLists") == Some(true),
        addresses,
        current,
    }
}

fn card(entry: &Entry) -> Card {
    Card {
        display_name: text(entry, &["displayName", "cn"]).or_else(|| common_name(entry)),
        given_name: text(entry, &["givenName"]),
        surname: text(entry, &["sn"]),
        title: text(entry, &["title"]),
        department: text(entry, &["department", "departmentNumber"]),
        company: text(entry, &["company", "o"]),
        office: text(entry, &["physicalDeliveryOfficeName", "roomNumber"]),
        phones: texts(entry, &["telephoneNumber", "otherTelephone"]),
        mobiles: texts(entry, &["mobile", "otherMobile"]),
        faxes: texts(entry, &["facsimileTelephoneNumber"]),
        street: text(entry, &["streetAddress", "street"]),
        city: text(entry, &["l"]),
        region: text(entry, &["st"]),
        postal_code: text(entry, &["postalCode"]),
        country: text(entry, &["co", "c"]),
        manager: names(entry, &["manager"]).into_iter().next(),
    }
}

/// The name in the DN. Exports may leave `cn` out, which every entry named by it has.
fn common_name(entry: &Entry) -> Option<Box<str>> {
    let named_by_cn = entry
        .dn()
        .as_str()
        .get(..3)
        .is_some_and(|start| start.eq_ignore_ascii_case("cn="));
    named_by_cn
        .then(|| entry.dn().first_value())
        .flatten()
        .filter(|name| !name.is_empty())
        .map(Into::into)
}

/// The first of several attributes that has text.
fn text(entry: &Entry, names: &[&str]) -> Option<Box<str>> {
    names.iter().find_map(|name| entry.text(name)).map(Into::into)
}

fn texts(entry: &Entry, names: &[&str]) -> Vec<Box<str>> {
    names
        .iter()
        .flat_map(|name| entry.texts(name))
        .map(Into::into)
        .collect()
}

fn names(entry: &Entry, attributes: &[&str]) -> Vec<Dn> {
    attributes
        .iter()
        .flat_map(|name| entry.texts(name))
        .map(Dn::new)
        .collect()
}

/// The identity that survives a renaming, as text.
fn identity(entry: &Entry) -> Box<str> {
    if let Some(guid) = entry.get("objectGUID").first().and_then(|v| guid_text(v)) {
        return guid.into();
    }
    text(entry, &["entryUUID", "nsUniqueId", "ipaUniqueID"]).unwrap_or_else(|| entry.dn().key().into())
}

/// A GUID in its usual spelling. The first three groups are stored with the low byte first (MS-DTYP 2.3.4.2).
fn guid_text(bytes: &[u8]) -> Option<String> {
    let b: &[u8; 16] = bytes.try_into().ok()?;
    let value = u128::from_be_bytes([
        b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15],
    ]);
    let hex = format!("{value:032x}");
    let part = |from, to| hex.get(from..to).unwrap_or_default();
    Some(format!(
        "{}-{}-{}-{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::account::{AccountKind, GroupKind, SetAsideReason};
    use crate::ldif;

    fn directory(text: &str) -> Directory {
        Directory::from_entries(ldif::read_entries(text.as_bytes(), &ldif::Limits::default()).unwrap())
    }

    #[test]
    fn guid_in_its_usual_spelling() {
        let bytes: Vec<u8> = (0..16).collect();
        assert_eq!(guid_text(&bytes).unwrap(), "03020100-0504-0706-0809-0a0b0c0d0e0f");
        assert_eq!(guid_text(&bytes[..15]), None);
    }

    #[test]
    fn each_entry_is_in_one_list() {
        let directory = directory(
            "dn: OU=Staff,DC=x\nobjectClass: organizationalUnit\n\n\
             dn: CN=a,DC=x\nobjectClass: user\nproxyAddresses: SMTP:a@b.example\n\n\
             dn: CN=s,DC=x\nobjectClass: user\nmsExchRecipientTypeDetails: 4\nuserAccountControl: 514\n\n\
             dn: CN=r,DC=x\nobjectClass: user\nmsExchRecipientTypeDetails: 16\n\n\
             dn: CN=krbtgt,DC=x\nobjectClass: user\nisCriticalSystemObject: TRUE\n\n\
             dn: CN=SystemMailbox{1},DC=x\nobjectClass: user\nmsExchRecipientTypeDetails: 8388608\n\n\
             dn: CN=PC,DC=x\nobjectClass: user\nobjectClass: computer\n\n\
             dn: CN=g,DC=x\nobjectClass: group\ngroupType: -2147483640\nmember: CN=a,DC=x\nmember: cn=A,dc=x\n\n\
             dn: CN=d,DC=x\nobjectClass: msExchDynamicDistributionList\nmsExchDynamicDLFilter: (cn=*)\n\n\
             dn: CN=c,DC=x\nobjectClass: contact\ntargetAddress: SMTP:c@d.example\n\n\
             dn: CN=svc,DC=x\nobjectClass: user\n\n\
             dn: uid=p,DC=x\nobjectClass: inetOrgPerson\nmail: p@b.example\n",
        );
        assert_eq!(directory.len(), 12);
        let kinds: Vec<_> = directory.accounts().iter().map(Account::kind).collect();
        use AccountKind as K;
        assert_eq!(kinds, [K::User, K::Shared, K::Room, K::NoMailbox, K::User]);
        assert!(directory.accounts()[1].is_disabled());
        let groups: Vec<_> = directory
            .groups()
            .iter()
            .map(|g| (g.kind(), g.members().len()))
            .collect();
        assert_eq!(groups, [(GroupKind::Security, 1), (GroupKind::Dynamic, 0)]);
        let reasons: Vec<_> = directory.set_aside().iter().map(SetAside::reason).collect();
        assert_eq!(
            reasons,
            [SetAsideReason::DirectorySystem, SetAsideReason::ExchangeSystem]
        );
        assert_eq!(directory.contacts()[0].address().unwrap().as_str(), "c@d.example");
        assert_eq!(directory.ignored().len(), 2);
    }

    #[test]
    fn what_is_odd_about_addresses_is_kept_for_the_checks() {
        let directory = directory(
            "dn: CN=a,DC=x\nobjectClass: user\nmail: A@b.example\nproxyAddresses: SMTP:a@b.example\n\
             proxyAddresses: SMTP:second@b.example\nproxyAddresses: smtp:A@b.example\nproxyAddresses: smtp:bad\n\
             proxyAddresses: sip:a@b.example\nproxyAddresses: x500:/o=Old/cn=a\nlegacyExchangeDN: /o=New/cn=a\n\
             proxyAddresses:: //79\n",
        );
        let addresses = directory.accounts()[0].addresses();
        assert_eq!(addresses.primary.as_ref().unwrap().as_str(), "a@b.example");
        assert_eq!(addresses.aliases.len(), 1);
        assert_eq!(addresses.x500.len(), 2);
        assert_eq!(addresses.other.len(), 1);
        assert_eq!(addresses.all().count(), 2);
        assert!(matches!(
            addresses.problems[0],
            ValueProblem::SecondPrimary { .. }
        ));
        assert!(matches!(addresses.problems[1], ValueProblem::Malformed { .. }));
        assert!(matches!(addresses.problems[2], ValueProblem::NotUtf8 { .. }));
    }

    #[test]
    fn a_part_of_the_members_is_known_as_a_part() {
        let part =
            directory("dn: CN=g\nobjectClass: group\nmember;range=0-1: CN=a\nmember;range=0-1: CN=b\n");
        assert!(!part.groups()[0].has_all_members());
        let all = directory("dn: CN=g\nobjectClass: group\nmember;range=0-0: CN=a\nmember;range=1-*: CN=b\n");
        assert!(all.groups()[0].has_all_members());
        assert_eq!(all.groups()[0].members().len(), 2);
    }
}
