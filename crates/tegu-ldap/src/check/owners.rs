//! What several objects claim.

use std::collections::HashMap;

use super::finding::Issue;
use super::run::Report;
use crate::account::Addresses;
use crate::dn::Dn;
use crate::exchange::Directory;

/// Which objects have an address, over all attributes of all objects.
pub(super) struct Owners<'a> {
    first: HashMap<&'a str, &'a Dn>,
    /// Only addresses with several owners, which are few.
    shared: HashMap<&'a str, Vec<&'a Dn>>,
}

impl<'a> Owners<'a> {
    pub(super) fn of(directory: &'a Directory) -> Self {
        let mut out = Self {
            first: HashMap::with_capacity(directory.len() * 3),
            shared: HashMap::new(),
        };
        let accounts = directory.accounts().iter().map(|a| (a.dn(), a.addresses()));
        let groups = directory.groups().iter().map(|g| (g.dn(), g.addresses()));
        let contacts = directory.contacts().iter().map(|c| (c.dn(), c.addresses()));
        for (dn, addresses) in accounts.chain(groups).chain(contacts) {
            for address in addresses.all() {
                out.insert(address.key(), dn);
            }
        }
        out
    }

    fn insert(&mut self, key: &'a str, dn: &'a Dn) {
        let first = *self.first.entry(key).or_insert(dn);
        if first != dn {
            let owners = self.shared.entry(key).or_insert_with(|| vec![first]);
            if !owners.contains(&dn) {
                owners.push(dn);
            }
        }
    }

    pub(super) fn check(&self, addresses: &Addresses, report: &mut Report<'_>) {
        if self.shared.is_empty() {
            return;
        }
        for address in addresses.all() {
            let Some(owners) = self.shared.get(address.key()) else {
                continue;
            };
            let attribute = if addresses.primary.as_ref() == Some(address) {
                "primary"
            } else if addresses.mail.contains(address) {
                "mail"
            } else {
                "alias"
            };
            report.push(Issue::AddressDuplicate {
                address: address.clone(),
                attribute: attribute.into(),
                others: owners
                    .iter()
                    .filter(|&&dn| dn != report.dn)
                    .map(|&dn| dn.clone())
                    .collect(),
            });
        }
    }
}

/// Names that should be unique, each within its attribute: without regard to case.
pub(super) struct Names<'a> {
    first: HashMap<(&'static str, Key<'a>), &'a Dn>,
    shared: HashMap<(&'static str, Key<'a>), Vec<&'a Dn>>,
}

/// A text, compared without regard to ASCII case.
#[derive(Clone, Copy)]
struct Key<'a>(&'a str);

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(other.0)
    }
}

impl Eq for Key<'_> {}

impl std::hash::Hash for Key<'_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        let mut folded = [0; 64];
        for chunk in self.0.as_bytes().chunks(64) {
            for (to, from) in folded.iter_mut().zip(chunk) {
                *to = from.to_ascii_lowercase();
            }
            state.write(folded.get(..chunk.len()).unwrap_or_default());
        }
    }
}

impl<'a> Names<'a> {
    pub(super) fn with_capacity(names: usize) -> Self {
        Self {
            first: HashMap::with_capacity(names),
            shared: HashMap::new(),
        }
    }

    pub(super) fn insert(&mut self, attribute: &'static str, value: &'a str, dn: &'a Dn) {
        let key = (attribute, Key(value));
        let first = *self.first.entry(key).or_insert(dn);
        if first != dn {
            self.shared.entry(key).or_insert_with(|| vec![first]).push(dn);
        }
    }

    pub(super) fn check(&self, attribute: &'static str, value: &str, report: &mut Report<'_>) {
        if self.shared.is_empty() {
            return;
        }
        if let Some(owners) = self.shared.get(&(attribute, Key(value))) {
            report.push(Issue::ValueDuplicate {
                attribute: attribute.into(),
                value: value.into(),
                others: owners
                    .iter()
                    .filter(|&&dn| dn != report.dn)
                    .map(|&dn| dn.clone())
                    .collect(),
            });
        }
    }
}
