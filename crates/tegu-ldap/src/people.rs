//! Who grants are about, for `tegu-rights`.

use crate::account::{AccountKind, GroupKind, Recipient};
use crate::{Directory, Group};
use std::collections::HashMap;
use tegu_rights::{People, Person};

/// The accounts and groups of a directory, by all names that Exchange gives them in lists of permissions.
///
/// ```
/// use tegu_ldap::{Directory, ldif};
///
/// let text = "dn: CN=Ann,DC=x\nobjectClass: user\nmail: ann@a.example\nsAMAccountName: ann\nmsExchRecipientTypeDetails: 1\n";
/// let directory = Directory::from_entries(ldif::read_entries(text.as_bytes(), &ldif::Limits::default())?);
/// assert_eq!(tegu_ldap::people(&directory).address(r"CORP\Ann"), Some("ann@a.example"));
/// # Ok::<(), tegu_ldap::Error>(())
/// ```
#[must_use]
pub fn people(directory: &Directory) -> People {
    let mut by_primary_group: HashMap<u32, Vec<String>> = HashMap::new();
    for account in directory.accounts() {
        if let Some(group) = account.primary_group() {
            by_primary_group
                .entry(group)
                .or_default()
                .push(account.dn().key());
        }
    }
    let mut people = People::default();
    for recipient in directory.recipients() {
        let mail = recipient.address().map_or_else(
            || recipient.dn().as_str().to_owned(),
            |address| address.as_str().to_owned(),
        );
        let person = match recipient {
            Recipient::Account(account)
                if account.kind().has_mailbox() || account.kind() == AccountKind::Remote =>
            {
                Person::account(mail)
            }
            Recipient::Group(group) => of_group(mail, group, &by_primary_group),
            _ => Person::outside(mail),
        };
        people.add(person.names(names(recipient)));
    }
    people
}

fn of_group(mail: String, group: &Group, by_primary_group: &HashMap<u32, Vec<String>>) -> Person {
    let short = group
        .sam_account_name()
        .or_else(|| group.nickname())
        .or_else(|| group.display_name());
    let name = short.map_or_else(|| mail.clone(), ToOwned::to_owned);
    let person = Person::group(mail, name);
    if group.kind() == GroupKind::Dynamic || !group.has_all_members() {
        return person;
    }
    let number = group.sid().and_then(|sid| sid.rsplit_once('-')?.1.parse().ok());
    let unnamed = number.and_then(|number: u32| by_primary_group.get(&number));
    let members = group.members().iter().map(crate::Dn::key);
    person.members(members.chain(unnamed.into_iter().flatten().cloned()))
}

fn names(recipient: Recipient<'_>) -> Vec<String> {
    let mut names: Vec<String> = recipient
        .addresses()
        .all()
        .map(|address| address.as_str().to_owned())
        .collect();
    names.extend([
        recipient.dn().as_str().to_owned(),
        recipient.dn().key(),
        recipient.id().to_owned(),
    ]);
    names.extend(recipient.x500().map(|name| name.into_owned()));
    names.extend(recipient.display_name().map(ToOwned::to_owned));
    let (sid, short) = match recipient {
        Recipient::Account(account) => (
            account.sid(),
            [
                account.sam_account_name(),
                account.nickname(),
                account.uid(),
                account.login(),
            ],
        ),
        Recipient::Group(group) => (
            group.sid(),
            [group.sam_account_name(), group.nickname(), None, None],
        ),
        Recipient::Contact(_) => (None, [None; 4]),
    };
    names.extend(sid.map(|sid| sid.into_owned()));
    names.extend(short.into_iter().flatten().map(ToOwned::to_owned));
    names
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ldif;
    use tegu_rights::{Access, Folder, Grant, Grantee, Permissions, Translator, Work};

    #[test]
    fn groups_with_their_members_and_names_of_each_kind() {
        let text = "dn: CN=Анна,DC=x\nobjectClass: user\nmail: anna@a.example\nproxyAddresses: SMTP:anna@a.example\n\
                    sAMAccountName: anna\ndisplayName: Анна\nmsExchRecipientTypeDetails: 1\nlegacyExchangeDN: /o=A/cn=anna\nprimaryGroupID: 513\n\n\
                    dn: CN=team,DC=x\nobjectClass: group\nmail: team@a.example\nsAMAccountName: team\nmember: cn=Анна, DC=x\n\n\
                    dn: CN=far,DC=x\nobjectClass: group\nmail: far@a.example\nsAMAccountName: far\nmember: CN=Nobody,DC=x\n";
        let directory =
            Directory::from_entries(ldif::read_entries(text.as_bytes(), &ldif::Limits::default()).unwrap());
        let mut people = people(&directory);
        for name in [
            "ANNA@a.example",
            "CORP\\anna",
            "Анна",
            "x/Users/Анна",
            "/o=a/cn=anna",
            "CN=Анна,DC=x",
        ] {
            assert_eq!(people.address(name), Some("anna@a.example"), "{name}");
        }
        people.moves("anna@a.example", "anna");
        let grant = |to: &str| {
            let access = Access::Folder(Folder::mail(["A"]), Permissions::parse("Reviewer").unwrap());
            Grant::new(Grantee::named(to), access)
        };
        let translator = Translator::new(&people, "boss@a.example").accepting(&|_| true);
        let work = Work::new(&translator, &[grant("CORP\\team"), grant("far@a.example")]);
        assert_eq!(work.items[0].parts[0].identifier, "anna");
        assert_eq!(work.items[1].findings[0].code, "RIGHTS-GROUP-UNKNOWN");
    }
}
