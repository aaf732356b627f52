//! Makes the model from the attributes of Active Directory with Exchange, and of other directories.

mod addresses;
mod identity;
mod kind;
mod object;
mod view;

use std::collections::HashSet;
use std::io::BufRead;

use serde::{Deserialize, Serialize};

use crate::account::{Account, Contact, Grant, Group, Learner, Recipient, SetAside};
use crate::dn::{Dn, SharedText};
use crate::entry::Entry;
use crate::ldif;
use crate::{Error, ErrorKind, Result};

pub(crate) use identity::{guid_bytes, is_sid};
use kind::Class;
use view::View;

/// A directory that was read. Every entry is in exactly one of its lists.
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
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Directory {
    accounts: Vec<Account>,
    groups: Vec<Group>,
    contacts: Vec<Contact>,
    set_aside: Vec<SetAside>,
    ignored: Vec<Dn>,
    withheld: u64,
    #[serde(default)]
    grants: Vec<Grant>,
    /// The names of objects and members. Each member of a group shares its text with the object that it names.
    #[serde(skip)]
    names: HashSet<SharedText>,
    /// What the texts of objects have in common.
    #[serde(skip)]
    learner: Learner,
}

impl Directory {
    /// Sorts entries into accounts, groups, contacts and others.
    #[must_use]
    pub fn from_entries<E>(entries: impl IntoIterator<Item = E>) -> Self
    where
        Self: Extend<E>,
    {
        let mut out = Self::default();
        out.extend(entries);
        out.forget_names();
        out
    }

    /// Reads an LDIF file one entry at a time: content records, and the `add` records of a change file. Malformed records
    /// are left out and returned as errors that name the line.
    ///
    /// ```
    /// use tegu_ldap::{Directory, ldif};
    ///
    /// let text = "dn: CN=Ann,DC=x\nobjectClass: user\n\ndn: CN=Bob,DC=x\nno colon\n";
    /// let mut directory = Directory::default();
    /// let unreadable =
    ///     directory.read_ldif(&mut ldif::Reader::new(text.as_bytes(), ldif::Limits::default()))?;
    /// assert_eq!((directory.len(), unreadable.len()), (1, 1));
    /// # Ok::<(), tegu_ldap::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Errors that end the file: [`ErrorKind::Limit`](crate::ErrorKind::Limit),
    /// [`ErrorKind::Io`](crate::ErrorKind::Io).
    pub fn read_ldif<R: BufRead>(&mut self, reader: &mut ldif::Reader<R>) -> Result<Vec<Error>> {
        let mut unreadable = Vec::new();
        while let Some(record) = reader.next() {
            match record.and_then(ldif::Record::into_entry) {
                Ok(entry) => {
                    self.push(&entry);
                    reader.recycle(entry);
                }
                Err(error) if matches!(error.kind(), ErrorKind::Malformed | ErrorKind::Config) => {
                    unreadable.push(error);
                }
                Err(error) => return Err(error),
            }
        }
        self.forget_names();
        Ok(unreadable)
    }

    /// Lets go of the table of names, which costs more than a second file could gain by it.
    fn forget_names(&mut self) {
        self.names = HashSet::new();
    }

    /// Returns people, services, rooms and equipment.
    #[must_use]
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// Returns groups, with or without an address.
    #[must_use]
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Returns external people in the address list.
    #[must_use]
    pub fn contacts(&self) -> &[Contact] {
        &self.contacts
    }

    /// Returns all accounts, groups and contacts, in this order.
    pub fn recipients(&self) -> impl Iterator<Item = Recipient<'_>> {
        let accounts = self.accounts.iter().map(Recipient::Account);
        let groups = self.groups.iter().map(Recipient::Group);
        let contacts = self.contacts.iter().map(Recipient::Contact);
        accounts.chain(groups).chain(contacts)
    }

    /// Returns the system objects of Exchange and of the directory, with the reason why they are set aside.
    #[must_use]
    pub fn set_aside(&self) -> &[SetAside] {
        &self.set_aside
    }

    /// Returns entries that are no recipients: containers, computers, domains.
    #[must_use]
    pub fn ignored(&self) -> &[Dn] {
        &self.ignored
    }

    /// Returns how many values of password attributes the source had. None was kept.
    #[must_use]
    pub fn withheld(&self) -> u64 {
        self.withheld
    }

    /// Returns the rights on mailboxes from exports of Exchange's shell. See [`Grant::resolve`].
    #[must_use]
    pub fn grants(&self) -> &[Grant] {
        &self.grants
    }

    pub(crate) fn with_grants(mut self, grants: Vec<Grant>) -> Self {
        self.grants = grants;
        self
    }

    /// Returns how many entries were read.
    #[must_use]
    pub fn len(&self) -> usize {
        self.accounts.len()
            + self.groups.len()
            + self.contacts.len()
            + self.set_aside.len()
            + self.ignored.len()
    }

    /// Returns whether nothing was read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn push(&mut self, entry: &Entry) {
        self.withheld += u64::from(entry.withheld());
        let view = View::of(entry);
        let mut shared = Shared {
            names: &mut self.names,
            learner: &mut self.learner,
        };
        match kind::classify(&view) {
            Class::Account(kind) => self.accounts.push(object::account(&view, kind, &mut shared)),
            Class::Group(kind) => self.groups.push(object::group(&view, kind, &mut shared)),
            Class::Contact => self.contacts.push(object::contact(&view, &mut shared)),
            Class::SetAside(reason) => self.set_aside.push(SetAside {
                id: object::identity(&view),
                dn: entry.dn().clone(),
                reason,
            }),
            Class::Ignored => self.ignored.push(entry.dn().clone()),
        }
    }
}

/// What objects of one directory share.
struct Shared<'a> {
    names: &'a mut HashSet<SharedText>,
    learner: &'a mut Learner,
}

impl Shared<'_> {
    /// Has the names of members and managers that are read from now on share the text of an object's name.
    fn own(&mut self, name: &Dn) {
        self.names.replace(SharedText(name.clone()));
    }

    /// Returns a name whose text is shared with an equal one.
    fn name(&mut self, name: &str) -> Dn {
        if let Some(known) = self.names.get(name) {
            return known.0.clone();
        }
        let dn = Dn::new(name);
        self.names.insert(SharedText(dn.clone()));
        dn
    }
}

impl<'a> Extend<&'a Entry> for Directory {
    fn extend<T: IntoIterator<Item = &'a Entry>>(&mut self, entries: T) {
        for entry in entries {
            self.push(entry);
        }
    }
}

impl Extend<Entry> for Directory {
    fn extend<T: IntoIterator<Item = Entry>>(&mut self, entries: T) {
        for entry in entries {
            self.push(&entry);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::account::{AccountKind, GroupKind, SetAsideReason, ValueProblem};

    fn directory(text: &str) -> Directory {
        Directory::from_entries(ldif::read_entries(text.as_bytes(), &ldif::Limits::default()).unwrap())
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
        assert_eq!(addresses.primary().unwrap().as_str(), "a@b.example");
        assert_eq!(addresses.aliases().len(), 1);
        assert_eq!(directory.accounts()[0].x500().count(), 2);
        assert_eq!(addresses.other().len(), 1);
        assert_eq!(addresses.all().count(), 2);
        assert!(matches!(
            addresses.problems()[0],
            ValueProblem::SecondPrimary { .. }
        ));
        assert!(matches!(addresses.problems()[1], ValueProblem::Malformed { .. }));
        assert!(matches!(addresses.problems()[2], ValueProblem::NotUtf8 { .. }));
    }

    #[test]
    fn a_directory_comes_back_from_json() {
        let mut text = String::from(
            "dn: CN=g,DC=x\nobjectClass: group\nmember: CN=p1,DC=x\nmail: g@b.example\n\n\
             dn: CN=c,DC=x\nobjectClass: contact\ntargetAddress: SMTP:c@d.example\nproxyAddresses: x400:c=RU\n\n",
        );
        for number in 0..2_000 {
            text += &format!(
                "dn: CN=p{number},DC=x\nobjectClass: user\nmail: P{number}@b.example\nproxyAddresses: SMTP:p{number}@b.example\n\
                 proxyAddresses: smtp:q{number}@b.example\nproxyAddresses: smtp:bad\nobjectSid: S-1-5-21-1-2-3-{number}\n\
                 legacyExchangeDN: /o=A/cn=Recipients/cn=p{number}\nl: Town {}\nmanager: CN=p{},DC=x\n\n",
                number % 3,
                number / 10
            );
        }
        let before = directory(&text);
        let json = serde_json::to_value(&before).unwrap();
        let after: Directory = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(serde_json::to_value(&after).unwrap(), json);
        let ann = &json["accounts"][1_999];
        assert_eq!(ann["id"], "cn=p1999,dc=x");
        assert_eq!(ann["sid"], "S-1-5-21-1-2-3-1999");
        assert_eq!(ann["x500"], serde_json::json!(["/o=A/cn=Recipients/cn=p1999"]));
        assert_eq!(
            (&ann["city"], &ann["manager"]),
            (&"Town 1".into(), &"CN=p199,DC=x".into())
        );
        assert_eq!(ann["addresses"]["mail"], serde_json::json!(["P1999@b.example"]));
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
