//! Who is meant.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};
use tegu_outcome::bare_address;

/// An account or a group of the directory.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Person {
    /// The primary address, or another name that is its own.
    pub mail: String,
    /// By what else grants may name it.
    pub names: Vec<String>,
    /// What a group is called on the target.
    pub group: Option<String>,
    /// Names of a group's members; `None` if nobody knows all of them, as with a dynamic group.
    pub members: Option<Vec<String>>,
    /// Whether it has no mailbox here: a contact, whose name may be that of somebody else.
    pub outside: bool,
}

impl Person {
    /// Somebody with a mailbox.
    pub fn account(mail: impl Into<String>) -> Self {
        Self {
            mail: mail.into(),
            ..Self::default()
        }
    }

    /// A group, and its short name. Without [`members`](Self::members) nobody knows who belongs to it.
    pub fn group(mail: impl Into<String>, name: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            group: Some(name.clone()),
            ..Self::account(mail).names([name])
        }
    }

    /// Somebody who has no mailbox in the organisation, and gets no rights.
    pub fn outside(mail: impl Into<String>) -> Self {
        Self {
            outside: true,
            ..Self::account(mail)
        }
    }

    /// Adds names that grants may use.
    #[must_use]
    pub fn names(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.names.extend(names.into_iter().map(Into::into));
        self
    }

    /// Sets the members, by any of their names.
    #[must_use]
    pub fn members(mut self, members: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.members = Some(members.into_iter().map(Into::into).collect());
        self
    }
}

/// The accounts and groups of an organisation, and who of them is on the target.
#[derive(Clone, Debug, Default)]
pub struct People {
    all: Vec<Person>,
    /// From each name, in lower case; `None` for one that two have.
    names: HashMap<Arc<str>, Option<usize>>,
    /// The names of each, in lower case.
    named: Vec<Vec<Arc<str>>>,
    /// What accounts that move now, or have moved, are called on the target.
    identifiers: HashMap<usize, String>,
}

/// Whom a name leads to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Whom<'a> {
    /// An account, and what it is called on the target.
    Account(usize, &'a str),
    /// An account that is not on the target.
    Later(usize),
    /// A group.
    Group(usize),
    /// Nobody, or several.
    Nobody,
}

impl People {
    /// Adds an account or a group.
    pub fn add(&mut self, mut person: Person) {
        let at = self.all.len();
        let names = std::mem::take(&mut person.names);
        let names = names.iter().chain([&person.mail]);
        let names: Vec<Arc<str>> = names.map(|name| Arc::from(key(name))).collect();
        for name in &names {
            let known = self.names.entry(name.clone()).or_insert(Some(at));
            if *known != Some(at) {
                *known = None;
            }
        }
        self.named.push(names);
        self.all.push(person);
    }

    /// Says that the account with this name moves now or is there already, and what it is called on the target. Others get nothing yet.
    pub fn moves(&mut self, name: &str, identifier: impl Into<String>) {
        if let Some(at) = self.find(name) {
            self.identifiers.insert(at, identifier.into());
        }
    }

    /// The primary address of whoever has this name alone.
    #[must_use]
    pub fn address(&self, name: &str) -> Option<&str> {
        Some(self.person(self.find(name)?)?.mail.as_str())
    }

    /// The primary address of the group that has this name alone.
    #[must_use]
    pub fn group(&self, name: &str) -> Option<&str> {
        let person = self.person(self.find(name)?)?;
        person.group.as_ref().map(|_| person.mail.as_str())
    }

    pub(crate) fn person(&self, at: usize) -> Option<&Person> {
        self.all.get(at)
    }

    pub(crate) fn mail(&self, at: usize) -> &str {
        self.person(at).map_or("", |person| person.mail.as_str())
    }

    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        let name = key(name);
        let known = forms(&name).find_map(|form| self.names.get(form));
        known.copied().flatten()
    }

    /// All names of whoever has this name alone, in lower case.
    #[cfg(feature = "exports")]
    pub(crate) fn names(&self, name: &str) -> impl Iterator<Item = &str> {
        let known = self.find(name).and_then(|at| self.named.get(at));
        known.into_iter().flatten().map(AsRef::as_ref)
    }

    /// Whom these names lead to: all of them that lead to anybody must lead to the same.
    pub(crate) fn whom(&self, names: &[String]) -> Whom<'_> {
        let found: BTreeSet<usize> = names.iter().filter_map(|name| self.find(name)).collect();
        match (found.first(), found.len()) {
            (Some(&at), 1) => self.standing(at),
            _ => Whom::Nobody,
        }
    }

    fn standing(&self, at: usize) -> Whom<'_> {
        match (self.person(at), self.identifiers.get(&at)) {
            (None, _) => Whom::Nobody,
            (Some(person), _) if person.outside => Whom::Nobody,
            (Some(person), _) if person.group.is_some() => Whom::Group(at),
            (_, Some(identifier)) => Whom::Account(at, identifier),
            (_, None) => Whom::Later(at),
        }
    }

    /// The accounts of a group and of the groups in it; `None` if nobody knows all of them.
    pub(crate) fn members(&self, group: usize) -> Option<BTreeSet<usize>> {
        let (mut met, mut accounts, mut open) = (BTreeSet::new(), BTreeSet::new(), vec![group]);
        while let Some(at) = open.pop() {
            if !met.insert(at) {
                continue;
            }
            let person = self.person(at)?;
            if person.group.is_none() {
                accounts.insert(at);
                continue;
            }
            for name in person.members.as_ref()? {
                open.push(self.find(name)?);
            }
        }
        Some(accounts)
    }

    /// What the account is called on the target.
    pub(crate) fn identifier(&self, at: usize) -> Option<&str> {
        self.identifiers.get(&at).map(String::as_str)
    }
}

/// A name, and what else of it is one: of `corp.example/Users/Anna` and `CORP\anna` the end.
pub(crate) fn forms(name: &str) -> impl Iterator<Item = &str> {
    let ends = ['\\', '/'].map(|separator| name.rsplit_once(separator).map(|(_, end)| end));
    [Some(name), ends[0], ends[1]].into_iter().flatten()
}

/// A name as it is compared.
pub(crate) fn key(name: &str) -> String {
    bare_address(name).to_lowercase()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn people() -> People {
        let mut people = People::default();
        people.add(Person::account("anna@x.example").names(["anna", "Anna Smith", "S-1-5-21-1"]));
        people.add(Person::account("boris@x.example").names(["boris", "Anna Smith"]));
        people.add(Person::group("team@x.example", "team").members(["anna", "inner@x.example"]));
        people.add(Person::group("inner@x.example", "inner").members(["boris@x.example", "team@x.example"]));
        people.add(Person::group("all@x.example", "all"));
        people.add(Person::group("outer@x.example", "outer").members(["all@x.example"]));
        people.moves("anna", "anna-there");
        people
    }

    #[test]
    fn a_name_that_two_have_finds_nobody() {
        let people = people();
        for (name, whom) in [
            ("SMTP:Anna@x.example", Whom::Account(0, "anna-there")),
            ("CORP\\Anna", Whom::Account(0, "anna-there")),
            ("x.example/Users/boris", Whom::Later(1)),
            ("s-1-5-21-1", Whom::Account(0, "anna-there")),
            ("Anna Smith", Whom::Nobody),
            ("vera", Whom::Nobody),
            ("team@x.example", Whom::Group(2)),
        ] {
            assert_eq!(people.whom(&[name.to_owned()]), whom, "{name}");
        }
        // The shown name says little; the address says who it is. Names of two people are nobody's.
        assert_eq!(
            people.whom(&["Anna Smith".into(), "boris".into()]),
            Whom::Later(1)
        );
        assert_eq!(people.whom(&["anna".into(), "boris".into()]), Whom::Nobody);
    }

    #[test]
    fn groups_in_groups_end() {
        let people = people();
        assert_eq!(people.members(2).unwrap(), BTreeSet::from([0, 1]));
        assert_eq!(people.members(3).unwrap(), BTreeSet::from([0, 1]));
        assert_eq!(people.members(4), None);
        assert_eq!(
            people.members(5),
            None,
            "a group whose members nobody knows is in it"
        );
    }
}
