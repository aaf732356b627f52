//! The global address list, as records that a caller turns into cards.

mod split;
mod survey;

pub use split::{Part, SplitBy, split};
pub use survey::{Coverage, GalIssue, GalLimits, survey};

use std::collections::HashMap;

use serde::Serialize;

use crate::account::{Account, AccountKind, Card, Contact, Group};
use crate::address::SmtpAddress;
use crate::dn::Dn;
use crate::exchange::Directory;

/// The kind of an entry of the address list.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GalKind {
    /// A person of the organisation.
    Person,
    /// A mailbox that several people share.
    Shared,
    /// A room.
    Room,
    /// Equipment that can be booked.
    Equipment,
    /// A group of recipients.
    Group,
    /// A person outside.
    Contact,
}

/// One entry of the address list.
#[derive(Clone, Debug, Serialize)]
pub struct GalEntry {
    id: Box<str>,
    dn: Dn,
    kind: GalKind,
    address: SmtpAddress,
    aliases: Vec<SmtpAddress>,
    #[serde(flatten)]
    card: Card,
    #[serde(skip)]
    photo: Option<Box<[u8]>>,
    /// Identities of members that are in the list too.
    members: Vec<Box<str>>,
}

impl GalEntry {
    /// Returns the stable identity: the same one as the account, group or contact has.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns its DN.
    #[must_use]
    pub fn dn(&self) -> &Dn {
        &self.dn
    }

    /// Returns what it is.
    #[must_use]
    pub fn kind(&self) -> GalKind {
        self.kind
    }

    /// Returns the main address.
    #[must_use]
    pub fn address(&self) -> &SmtpAddress {
        &self.address
    }

    /// Further addresses.
    #[must_use]
    pub fn aliases(&self) -> &[SmtpAddress] {
        &self.aliases
    }

    /// Returns the name to show, or the address if there is no name.
    #[must_use]
    pub fn display_name(&self) -> &str {
        self.card.display_name().unwrap_or(self.address.as_str())
    }

    /// Names, phones and the like.
    #[must_use]
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// Returns the photo, if it was read. The serialised form does not have it.
    #[must_use]
    pub fn photo(&self) -> Option<&[u8]> {
        self.photo.as_deref()
    }

    /// Returns the [identities](Self::id) of those members of a group that are in the list too.
    #[must_use]
    pub fn members(&self) -> &[Box<str>] {
        &self.members
    }
}

/// Returns the address list: everyone with an address who is not hidden, in the order of the directory: accounts,
/// groups, contacts.
///
/// ```
/// use tegu_ldap::{Directory, gal, ldif};
///
/// let text = "dn: CN=Ann,DC=x\nobjectClass: user\ncn: Ann\nmail: ann@a.example\n\n\
///             dn: CN=Spy,DC=x\nobjectClass: user\ncn: Spy\nmail: spy@a.example\n\
///             msExchHideFromAddressLists: TRUE\n";
/// let directory = Directory::from_entries(ldif::read_entries(text.as_bytes(), &ldif::Limits::default())?);
/// let list = gal::address_list(&directory);
/// assert_eq!(list.len(), 1);
/// assert_eq!(list[0].display_name(), "Ann");
/// # Ok::<(), tegu_ldap::Error>(())
/// ```
#[must_use]
pub fn address_list(directory: &Directory) -> Vec<GalEntry> {
    let people = directory.accounts().iter().filter_map(of_account);
    let contacts = directory.contacts().iter().filter_map(of_contact);
    let groups: Vec<_> = directory
        .groups()
        .iter()
        .filter_map(|g| Some((g, of_group(g)?)))
        .collect();
    let mut out: Vec<GalEntry> = people.collect();
    let first_group = out.len();
    let (sources, groups): (Vec<&Group>, Vec<GalEntry>) = groups.into_iter().unzip();
    out.extend(groups);
    out.extend(contacts);
    let by_dn: HashMap<String, Box<str>> = out.iter().map(|e| (e.dn.key(), e.id.clone())).collect();
    for (entry, group) in out.iter_mut().skip(first_group).zip(sources) {
        entry.members = group
            .members()
            .iter()
            .filter_map(|dn| by_dn.get(&dn.key()).cloned())
            .collect();
    }
    out
}

fn of_account(account: &Account) -> Option<GalEntry> {
    let kind = match account.kind() {
        AccountKind::Shared => GalKind::Shared,
        AccountKind::Room => GalKind::Room,
        AccountKind::Equipment => GalKind::Equipment,
        AccountKind::NoMailbox => return None,
        _ => GalKind::Person,
    };
    let c = &account.common;
    record(kind, account.id(), c.named.dn(), account.address()?, c)
}

fn of_group(group: &Group) -> Option<GalEntry> {
    let c = &group.common;
    record(GalKind::Group, group.id(), c.named.dn(), group.address()?, c)
}

fn of_contact(contact: &Contact) -> Option<GalEntry> {
    let c = &contact.common;
    // A contact is written to where its mail goes.
    let address = c.addresses.target().or_else(|| c.addresses.main())?;
    record(GalKind::Contact, contact.id(), c.named.dn(), address, c)
}

fn record(
    kind: GalKind,
    id: &str,
    dn: &Dn,
    address: &SmtpAddress,
    common: &crate::account::Common,
) -> Option<GalEntry> {
    (!common.hidden).then(|| GalEntry {
        id: id.into(),
        dn: dn.clone(),
        kind,
        address: address.clone(),
        aliases: common
            .addresses
            .all()
            .filter(|&a| a != address)
            .cloned()
            .collect(),
        card: common.texts.card(),
        photo: common.photo().map(Into::into),
        members: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ldif;

    #[test]
    fn a_list_is_surveyed_and_split() {
        let person = |name: &str, unit: &str, rest: &str| {
            format!(
                "dn: CN={name},OU={unit},OU=Staff,DC=x\nobjectClass: user\nmail: {name}@x.example\n{rest}\n"
            )
        };
        let text = person("a", "North", "displayName: Same\ndepartment: Sales\nmobile: 1\n")
            + &person("b", "North", "displayName: same\ndepartment: sales \n")
            + &person("c", "South", "msExchHideFromAddressLists: TRUE\n")
            + &person("d", "South", "thumbnailPhoto: xyz\n")
                .replace("mail: d@x.example\n", "msExchRecipientTypeDetails: 1\n")
            + "dn: uid=e,dc=x\nobjectClass: inetOrgPerson\nmail: e@x.example\n\n";
        let entries = ldif::read_entries(text.as_bytes(), &ldif::Limits::default()).unwrap();
        let directory = Directory::from_entries(entries);
        let list = address_list(&directory);
        let limits = GalLimits {
            entries: 2,
            ..GalLimits::default()
        };
        let (coverage, issues) = survey(&directory, &list, &limits);
        assert_eq!(
            (
                coverage.entries,
                coverage.hidden,
                coverage.with_phone,
                coverage.with_department
            ),
            (3, 1, 1, 2)
        );
        let codes: Vec<_> = issues.iter().map(GalIssue::code).collect();
        assert_eq!(
            codes,
            [
                "LDAP-GAL-NAME",
                "LDAP-GAL-ADDRESS",
                "LDAP-GAL-NAME-TWICE",
                "LDAP-GAL-SIZE"
            ]
        );

        let sizes = |by| {
            let parts = split(&list, by);
            parts
                .iter()
                .map(|p| (p.name().to_owned(), p.entries().len()))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            sizes(SplitBy::Department),
            [(String::new(), 1), ("Sales".into(), 2)]
        );
        assert_eq!(sizes(SplitBy::Unit(1)), [(String::new(), 1), ("Staff".into(), 2)]);
        assert_eq!(sizes(SplitBy::Unit(2)), [(String::new(), 1), ("North".into(), 2)]);
        assert_eq!(sizes(SplitBy::Unit(9)), [(String::new(), 1), ("North".into(), 2)]);
    }

    #[test]
    fn groups_name_the_members_that_stand_in_the_list() {
        let text = "dn: CN=a,DC=x\nobjectClass: user\ncn: a\nmail: a@x.example\n\n\
                    dn: CN=h,DC=x\nobjectClass: user\ncn: h\nmail: h@x.example\nmsExchHideFromAddressLists: TRUE\n\n\
                    dn: CN=s,DC=x\nobjectClass: user\ncn: s\n\n\
                    dn: CN=g,DC=x\nobjectClass: group\ncn: g\nmail: g@x.example\n\
                    member: cn=A,dc=x\nmember: CN=h,DC=x\nmember: CN=k,DC=x\n\n\
                    dn: CN=k,DC=x\nobjectClass: contact\ncn: k\nmail: k@x.example\ntargetAddress: SMTP:k@out.example\n";
        let entries = ldif::read_entries(text.as_bytes(), &ldif::Limits::default()).unwrap();
        let list = address_list(&Directory::from_entries(entries));
        let kinds: Vec<_> = list.iter().map(GalEntry::kind).collect();
        assert_eq!(kinds, [GalKind::Person, GalKind::Group, GalKind::Contact]);
        assert_eq!(
            list[1].members(),
            ["cn=a,dc=x".into(), "cn=k,dc=x".into()] as [Box<str>; 2]
        );
        assert_eq!(list[2].address().as_str(), "k@out.example");
        assert_eq!(list[2].aliases()[0].as_str(), "k@x.example");
    }
}
