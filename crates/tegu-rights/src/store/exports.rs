//! Grants from what Exchange's shell exports.

use super::{OwnedGrants, RightsEnd, RightsSource};
use crate::people::{forms, key};
use crate::read::{self, Encoding, Limits, MailboxGrant};
use crate::{Access, Grant, People};
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::OnceLock;
use tegu_outcome::{Error, Result, bare_address, file};
use tegu_store::{Account, BoxFuture};

/// Exports of the cmdlets that [`read`] knows, by path. Each is read once, when the first account asks.
///
/// An export calls a mailbox by an address, or by the path or name of its owner; whoever has that name alone in the directory is meant.
#[derive(Debug, Default)]
pub struct Exports {
    paths: Vec<PathBuf>,
    encoding: Encoding,
    limits: Limits,
    read: OnceLock<Read>,
}

/// What exports say.
#[derive(Debug, Default)]
struct Read {
    grants: Vec<MailboxGrant>,
    /// From each form of what exports call a mailbox, in lower case, to the grants on it.
    named: HashMap<String, Vec<usize>>,
}

impl Read {
    fn new(grants: Vec<MailboxGrant>) -> Self {
        let mut named: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, one) in grants.iter().enumerate() {
            for form in forms(&key(&one.mailbox)) {
                named.entry(form.to_owned()).or_default().push(at);
            }
        }
        Self { grants, named }
    }

    /// The grants that may be on an account's mailbox: those that a name of its owner leads to, in their order.
    fn candidates<'a>(&'a self, mail: &str, people: &People) -> impl Iterator<Item = &'a MailboxGrant> {
        let own = key(mail);
        let names = people.names(mail).chain([own.as_str()]);
        let found = names.filter_map(|name| self.named.get(name)).flatten();
        let found: BTreeSet<usize> = found.copied().collect();
        found.into_iter().filter_map(|at| self.grants.get(at))
    }
}

impl Exports {
    /// These files.
    #[must_use]
    pub fn new(paths: impl IntoIterator<Item = PathBuf>) -> Self {
        Self {
            paths: paths.into_iter().collect(),
            ..Self::default()
        }
    }

    /// The encoding of exports that are not in Unicode.
    #[must_use]
    pub fn encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = encoding;
        self
    }

    /// What an export may hold.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    fn data(&self) -> Result<&Read> {
        if let Some(data) = self.read.get() {
            return Ok(data);
        }
        let mut all = Vec::new();
        for path in &self.paths {
            let octets = file::read_named(path).map_err(|error| Error::io("read", path.display(), error))?;
            let read = read::grants(&octets, self.encoding, &self.limits);
            all.extend(read.map_err(|error| error.context(path.display()).at_source())?);
        }
        Ok(self.read.get_or_init(|| Read::new(all)))
    }
}

impl RightsEnd for Exports {
    fn describe(&self) -> String {
        let paths = self.paths.iter().map(|path| path.display().to_string());
        format!("exports {}", paths.collect::<Vec<_>>().join(" "))
    }
}

impl RightsSource for Exports {
    fn read<'a>(&'a self, account: &'a Account, people: &'a People) -> BoxFuture<'a, Result<Vec<Grant>>> {
        Box::pin(async move {
            let all = self.data()?.candidates(&account.mail, people);
            let own = all.filter(|one| owner(one, people).eq_ignore_ascii_case(&account.mail));
            Ok(own.map(|one| one.grant.clone()).collect())
        })
    }

    fn senders<'a>(&'a self, people: &'a People) -> BoxFuture<'a, Result<Option<OwnedGrants>>> {
        Box::pin(async move {
            let all = self.data()?.grants.iter();
            let senders = all.filter(|one| one.grant.access == Access::SendAs);
            let senders = senders.map(|one| (owner(one, people).to_owned(), one.grant.clone()));
            Ok(Some(senders.collect()))
        })
    }
}

/// The address of whoever alone has the name that an export calls a mailbox by, or else that name, as an address if it is one.
fn owner<'a>(one: &'a MailboxGrant, people: &'a People) -> &'a str {
    people
        .address(&one.mailbox)
        .unwrap_or_else(|| bare_address(&one.mailbox))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Grantee, Person};

    /// Each account looks at its own grants alone, and finds what asking the directory about every grant finds.
    #[tokio::test]
    async fn an_account_looks_at_its_own_grants() {
        let mut people = People::default();
        let mut grants = Vec::new();
        for number in 0..300 {
            let mail = format!("u{number}@x.example");
            people.add(Person::account(&mail).names([format!("u{number}"), format!("User {}", number / 2)]));
            for name in [
                mail.to_uppercase(),
                format!("X\\u{number}"),
                format!("x.example/Users/User {}", number / 2),
                "smtp:nobody@x.example".into(),
                format!("a/b\\u{number}"),
            ] {
                let to = Grantee::named(format!("to {}", grants.len()));
                grants.push(MailboxGrant {
                    mailbox: name,
                    grant: Grant::new(to, Access::SendAs),
                });
            }
        }
        let exports = Exports::default();
        exports.read.set(Read::new(grants.clone())).unwrap();
        let mut looked_at = 0;
        let mails = (0..300).map(|number| format!("u{number}@x.example"));
        for mail in mails.chain(["nobody@x.example".to_owned()]) {
            let found = exports.read(&Account::new(&mail), &people).await.unwrap();
            let all = grants
                .iter()
                .filter(|one| owner(one, &people).eq_ignore_ascii_case(&mail));
            let expected: Vec<Grant> = all.map(|one| one.grant.clone()).collect();
            assert_eq!(found, expected, "{mail}");
            looked_at += exports.read.get().unwrap().candidates(&mail, &people).count();
        }
        // A name that two have is looked at by both, and is nobody's.
        assert_eq!(looked_at, 300 * 3 + 300 * 2 + 300);
    }
    /// An address that the directory does not know is one with a prefix too.
    #[tokio::test]
    async fn an_unknown_address_is_found_by_its_prefix() {
        let grant = |mailbox: &str, to: &str| MailboxGrant {
            mailbox: mailbox.to_owned(),
            grant: Grant::new(Grantee::named(to), Access::SendAs),
        };
        let exports = Exports::default();
        let grants = vec![
            grant("smtp:New@x.example", "a"),
            grant("new@x.example", "b"),
            grant("MAILTO:new@x.example ", "c"),
            grant("sip:new@x.example", "d"),
        ];
        exports.read.set(Read::new(grants)).unwrap();
        let people = People::default();
        let found = exports.read(&Account::new("new@x.example"), &people).await;
        let found: Vec<String> = found.unwrap().iter().map(|grant| grant.to.to_string()).collect();
        assert_eq!(found, ["a", "b", "c"]);
        let owners = exports.senders(&people).await.unwrap().unwrap();
        let owners: Vec<&str> = owners.iter().map(|(owner, _)| owner.as_str()).collect();
        assert_eq!(
            owners,
            [
                "New@x.example",
                "new@x.example",
                "new@x.example",
                "sip:new@x.example"
            ]
        );
    }
}
