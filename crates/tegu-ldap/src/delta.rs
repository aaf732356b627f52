//! What changed between two reads of a directory, for the time in which the old and the new system run side by side.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use crate::account::{Account, Group, Recipient, SendRules};
use crate::dn::Dn;
use crate::exchange::Directory;

/// What differs between two reads of a directory.
#[non_exhaustive]
#[derive(Clone, Debug, Default)]
pub struct Comparison<'d> {
    /// Recipients that only the later read has.
    pub added: Vec<Recipient<'d>>,
    /// Recipients that only the earlier read has.
    pub removed: Vec<Recipient<'d>>,
    /// Recipients that both have and that differ.
    pub changed: Vec<ChangedRecipient<'d>>,
}

/// A recipient that differs between two reads.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct ChangedRecipient<'d> {
    /// As it was.
    pub before: Recipient<'d>,
    /// As it is.
    pub after: Recipient<'d>,
    /// What differs: at least one aspect, each once.
    pub aspects: Vec<Aspect>,
}

/// One side of a recipient that can differ between two reads.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aspect {
    /// What it is: a user became a shared mailbox, a contact became a user.
    Kind,
    /// Its distinguished name: it was renamed or moved.
    Dn,
    /// The address that it is known by.
    Address,
    /// Its further addresses, X.500 addresses included.
    Aliases,
    /// The name that it signs in with.
    Login,
    /// Names, phones, department and the like, as address lists show them.
    Card,
    /// Whether it is left out of address lists.
    Hidden,
    /// Whether it can sign in.
    Disabled,
    /// Where its mail is forwarded, and whether a copy is kept.
    Forwarding,
    /// Who may act for it.
    Delegates,
    /// Whether it has an archive.
    Archive,
    /// The limits of its mailbox.
    Quota,
    /// The members of a group, or the filter that finds them.
    Members,
    /// Who manages a group.
    Owners,
    /// Who may send to it, and who has to approve the messages.
    Senders,
}

impl Aspect {
    /// Returns the name, which does not change between versions.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Dn => "dn",
            Self::Address => "address",
            Self::Aliases => "aliases",
            Self::Login => "login",
            Self::Card => "card",
            Self::Hidden => "hidden",
            Self::Disabled => "disabled",
            Self::Forwarding => "forwarding",
            Self::Delegates => "delegates",
            Self::Archive => "archive",
            Self::Quota => "quota",
            Self::Members => "members",
            Self::Owners => "owners",
            Self::Senders => "senders",
        }
    }
}

/// Compares two reads of a directory by the [identities](Recipient::id) of its recipients.
///
/// The order of values does not matter. An object without a GUID is identified by its name, so that renaming it removes one
/// recipient and adds another. Photos and system objects are not compared.
///
/// ```
/// use tegu_ldap::{Directory, delta, ldif};
///
/// let read = |text: &str| -> tegu_ldap::Result<Directory> {
///     Ok(Directory::from_entries(ldif::read_entries(text.as_bytes(), &ldif::Limits::default())?))
/// };
/// let before = read("dn: CN=Ann,DC=x\nobjectClass: user\nmail: ann@x.example\n")?;
/// let after = read(
///     "dn: CN=Ann,DC=x\nobjectClass: user\nmail: a.smith@x.example\n\n\
///      dn: CN=Bob,DC=x\nobjectClass: user\nmail: bob@x.example\n",
/// )?;
/// let comparison = delta::compare(&before, &after);
/// assert_eq!(comparison.added[0].display_name(), Some("Bob"));
/// assert_eq!(comparison.changed[0].aspects, [delta::Aspect::Address]);
/// assert!(comparison.removed.is_empty());
/// # Ok::<(), tegu_ldap::Error>(())
/// ```
#[must_use]
pub fn compare<'d>(before: &'d Directory, after: &'d Directory) -> Comparison<'d> {
    let mut out = Comparison::default();
    let mut earlier: HashMap<(&str, u32), Recipient<'d>> = numbered(before).collect();
    for (id, after) in numbered(after) {
        match earlier.remove(&id) {
            None => out.added.push(after),
            Some(before) => {
                let aspects = aspects(before, after);
                if !aspects.is_empty() {
                    out.changed.push(ChangedRecipient {
                        before,
                        after,
                        aspects,
                    });
                }
            }
        }
    }
    out.removed = numbered(before)
        .filter(|(id, _)| earlier.remove(id).is_some())
        .map(|(_, recipient)| recipient)
        .collect();
    out
}

/// Recipients by their identities. Where several have the same one, as in exports that were joined, they are counted.
fn numbered(directory: &Directory) -> impl Iterator<Item = ((&str, u32), Recipient<'_>)> {
    let mut seen: HashMap<&str, u32> = HashMap::new();
    directory.recipients().map(move |recipient| {
        let count = seen.entry(recipient.id()).or_default();
        *count += 1;
        ((recipient.id(), *count), recipient)
    })
}

fn aspects(before: Recipient<'_>, after: Recipient<'_>) -> Vec<Aspect> {
    let mut out = Vec::new();
    let mut note = |aspect, differs: bool| {
        if differs {
            out.push(aspect);
        }
    };
    note(Aspect::Kind, before.kind() != after.kind());
    note(Aspect::Dn, before.dn() != after.dn());
    note(Aspect::Address, before.address() != after.address());
    note(Aspect::Aliases, aliases(before) != aliases(after));
    note(Aspect::Card, before.card() != after.card());
    note(Aspect::Hidden, before.is_hidden() != after.is_hidden());
    match (before, after) {
        (Recipient::Account(before), Recipient::Account(after)) => account(before, after, &mut note),
        (Recipient::Group(before), Recipient::Group(after)) => group(before, after, &mut note),
        _ => {}
    }
    note(
        Aspect::Senders,
        senders(before.send_rules()) != senders(after.send_rules()),
    );
    out
}

fn account(before: &Account, after: &Account, note: &mut impl FnMut(Aspect, bool)) {
    note(Aspect::Login, before.login() != after.login());
    note(Aspect::Disabled, before.is_disabled() != after.is_disabled());
    let forwarding = |a: &Account| (a.forward_to().map(str::to_lowercase), a.keeps_forwarded());
    note(Aspect::Forwarding, forwarding(before) != forwarding(after));
    let differ = differ(before.send_on_behalf(), after.send_on_behalf());
    note(
        Aspect::Delegates,
        differ || self::differ(before.delegates(), after.delegates()),
    );
    note(Aspect::Archive, before.archive_id() != after.archive_id());
    note(Aspect::Quota, before.quota() != after.quota());
}

fn group(before: &Group, after: &Group, note: &mut impl FnMut(Aspect, bool)) {
    let filter = |g: &Group| (g.filter().map(str::to_owned), g.filter_base().cloned());
    note(
        Aspect::Members,
        differ(before.members(), after.members()) || filter(before) != filter(after),
    );
    note(Aspect::Owners, differ(before.owners(), after.owners()));
}

/// Returns all addresses but the main one, in the form in which they are compared.
fn aliases(recipient: Recipient<'_>) -> HashSet<String> {
    let addresses = recipient.addresses();
    let main = addresses.main();
    let all = addresses.all().chain(addresses.target());
    all.filter(|&address| Some(address) != main)
        .map(|address| address.key().to_owned())
        .chain(recipient.x500().map(|name| name.to_lowercase()))
        .collect()
}

/// Returns who may send, without regard to the order of names.
fn senders(rules: &SendRules) -> (HashSet<&Dn>, HashSet<&Dn>, HashSet<&Dn>, bool, bool) {
    let (allowed, refused) = (rules.allowed.iter().collect(), rules.refused.iter().collect());
    (
        allowed,
        refused,
        rules.moderators.iter().collect(),
        rules.signed_in,
        rules.moderated,
    )
}

fn differ(before: &[Dn], after: &[Dn]) -> bool {
    let keys = |names: &[Dn]| names.iter().map(Dn::key).collect::<HashSet<_>>();
    // Most lists are as they were.
    before != after && keys(before) != keys(after)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ldif;

    fn directory(text: &str) -> Directory {
        Directory::from_entries(ldif::read_entries(text.as_bytes(), &ldif::Limits::default()).unwrap())
    }

    fn aspects_of(before: &str, after: &str) -> Vec<Aspect> {
        let (before, after) = (directory(before), directory(after));
        let changed = compare(&before, &after).changed;
        changed.into_iter().flat_map(|changed| changed.aspects).collect()
    }

    #[test]
    fn each_aspect_is_named() {
        let user = "objectClass: user\nentryUUID: 1\ncn: Ann\nmail: ann@x.example\n";
        let before = format!("dn: CN=Ann,DC=x\n{user}");
        let cases: &[(&str, &[Aspect])] = &[
            ("dn: cn=ann, dc=x\n", &[]),
            ("dn: CN=Ann,OU=New,DC=x\n", &[Aspect::Dn]),
            (
                "dn: CN=Ann,DC=x\nproxyAddresses: smtp:a@x.example\n",
                &[Aspect::Aliases],
            ),
            (
                "dn: CN=Ann,DC=x\nproxyAddresses: SMTP:a@x.example\n",
                &[Aspect::Address, Aspect::Aliases],
            ),
            (
                "dn: CN=Ann,DC=x\nuserPrincipalName: a@x.example\n",
                &[Aspect::Login],
            ),
            ("dn: CN=Ann,DC=x\ntitle: Dr\n", &[Aspect::Card]),
            (
                "dn: CN=Ann,DC=x\nmsExchHideFromAddressLists: TRUE\n",
                &[Aspect::Hidden],
            ),
            ("dn: CN=Ann,DC=x\nuserAccountControl: 514\n", &[Aspect::Disabled]),
            (
                "dn: CN=Ann,DC=x\naltRecipient: CN=Bob,DC=x\n",
                &[Aspect::Forwarding],
            ),
            (
                "dn: CN=Ann,DC=x\npublicDelegates: CN=Bob,DC=x\n",
                &[Aspect::Delegates],
            ),
            ("dn: CN=Ann,DC=x\nmDBOverQuotaLimit: 5\n", &[Aspect::Quota]),
            (
                "dn: CN=Ann,DC=x\nmsExchRecipientTypeDetails: 4\n",
                &[Aspect::Kind],
            ),
        ];
        for (head, wanted) in cases {
            assert_eq!(aspects_of(&before, &format!("{head}{user}")), *wanted, "{head}");
        }
    }

    #[test]
    fn a_directory_is_as_it_was_also_with_an_identity_twice() {
        let text = "dn: CN=a,DC=x\nobjectClass: user\nmail: a@x.example\n\n\
                    dn: cn=A,dc=x\nobjectClass: contact\nmail: b@x.example\n";
        let (both, one) = (directory(text), directory(text.split_once("\n\n").unwrap().0));
        let same = compare(&both, &both);
        assert!(same.added.is_empty() && same.removed.is_empty() && same.changed.is_empty());
        assert_eq!(compare(&both, &one).removed.len(), 1);
        assert_eq!(compare(&one, &both).added.len(), 1);
    }

    #[test]
    fn the_order_of_members_does_not_matter() {
        let group = |members: &str| {
            format!("dn: CN=g,DC=x\nobjectClass: group\nentryUUID: g\nmail: g@x.example\n{members}")
        };
        let before = group("member: CN=a,DC=x\nmember: CN=b,DC=x\n");
        assert_eq!(
            aspects_of(&before, &group("member: cn=b,dc=x\nmember: CN=a,DC=x\n")),
            []
        );
        assert_eq!(
            aspects_of(
                &before,
                &group("member: CN=a,DC=x\nmanagedBy: CN=b,DC=x\nauthOrig: CN=b,DC=x\n")
            ),
            [Aspect::Members, Aspect::Owners, Aspect::Senders]
        );
    }

    #[test]
    fn what_comes_and_goes() {
        let user = |name: &str| format!("dn: CN={name},DC=x\nobjectClass: user\nmail: {name}@x.example\n\n");
        let contact = "dn: CN=c,DC=x\nobjectClass: contact\nmail: c@x.example\n\n";
        let before = directory(&(user("a") + &user("b") + &user("c")));
        let after = directory(&(user("d") + &user("a") + contact));
        let comparison = compare(&before, &after);
        let names = |all: &[Recipient<'_>]| all.iter().map(|r| r.dn().to_string()).collect::<Vec<_>>();
        assert_eq!(names(&comparison.added), ["CN=d,DC=x"]);
        assert_eq!(names(&comparison.removed), ["CN=b,DC=x"]);
        assert_eq!(comparison.changed[0].aspects, [Aspect::Kind]);
    }
}
