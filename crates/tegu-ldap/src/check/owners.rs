//! Finds values that several objects have.

use std::borrow::Cow;
use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, Hash, Hasher};

use super::issue::Issue;
use super::report::Report;
use crate::account::{Addresses, Common};
use crate::dn::Dn;
use crate::exchange::Directory;

/// Finds the keys that several objects have. Of nearly all keys only a hash is kept, and the hashes are sorted instead of
/// looked up: that is far quicker for millions than a table of texts.
struct Claims {
    hasher: RandomState,
    claims: Vec<(u64, u32)>,
}

impl Claims {
    fn with_capacity(keys: usize) -> Self {
        Self {
            hasher: RandomState::new(),
            claims: Vec::with_capacity(keys),
        }
    }

    fn add(&mut self, key: impl Hash, owner: usize) {
        let owner = u32::try_from(owner).unwrap_or(u32::MAX);
        self.claims.push((self.hasher.hash_one(key), owner));
    }

    /// Hashes that more than one object has.
    fn contested(mut self) -> Contested {
        self.claims.sort_unstable();
        let pairs = self.claims.windows(2).filter_map(|pair| match *pair {
            [(a, one), (b, other)] if a == b && one != other => Some(a),
            _ => None,
        });
        Contested {
            hashes: pairs.collect(),
            hasher: self.hasher,
        }
    }
}

struct Contested {
    hasher: RandomState,
    hashes: HashSet<u64>,
}

impl Contested {
    fn has(&self, key: impl Hash) -> bool {
        self.hashes.contains(&self.hasher.hash_one(key))
    }
}

/// Which objects have an address that several have, over all attributes of all objects.
pub(super) struct Owners<'a> {
    shared: HashMap<&'a str, Sharers<'a>>,
}

impl<'a> Owners<'a> {
    pub(super) fn of(directory: &'a Directory) -> Self {
        let objects = || directory.recipients().map(|r| (r.dn(), r.addresses()));
        let mut claims = Claims::with_capacity(directory.len() * 3);
        for (owner, (_, addresses)) in objects().enumerate() {
            addresses
                .all()
                .for_each(|address| claims.add(address.key(), owner));
        }
        let contested = claims.contested();
        let mut shared: HashMap<&str, Sharers<'_>> = HashMap::new();
        if !contested.hashes.is_empty() {
            for (dn, addresses) in objects() {
                for address in addresses.all().filter(|a| contested.has(a.key())) {
                    shared.entry(address.key()).or_default().add(dn);
                }
            }
            shared.retain(|_, owners| owners.dns.len() > 1);
        }
        Self { shared }
    }

    pub(super) fn check(&self, addresses: &Addresses, report: &mut Report<'_>) {
        if self.shared.is_empty() {
            return;
        }
        for address in addresses.all() {
            let Some(owners) = self.shared.get(address.key()) else {
                continue;
            };
            let attribute = if addresses.primary() == Some(address) {
                "primary"
            } else if addresses.mail().contains(address) {
                "mail"
            } else {
                "alias"
            };
            report.push(Issue::AddressDuplicate {
                address: address.clone(),
                attribute: attribute.into(),
                others: owners.others(report.dn),
            });
        }
    }
}

/// The objects that have one value. Two rows about one object are one owner.
#[derive(Default)]
struct Sharers<'a> {
    dns: Vec<&'a Dn>,
    keys: HashSet<String>,
}

impl<'a> Sharers<'a> {
    fn add(&mut self, dn: &'a Dn) {
        if self.keys.insert(dn.key()) {
            self.dns.push(dn);
        }
    }

    fn others(&self, own: &Dn) -> super::names::Names {
        super::names::Names::others(self.dns.iter().copied(), self.dns.len(), own)
    }
}

/// Names that should be unique, each within its attribute, without regard to case, and that several objects have.
pub(super) struct Names<'a> {
    shared: HashMap<(&'static str, Key<'a>), Sharers<'a>>,
}

/// A text, compared without regard to ASCII case.
pub(super) struct Key<'a>(Cow<'a, str>);

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Key<'_> {}

impl Hash for Key<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
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
    /// Collects the names of objects; `each` passes on those of one object.
    pub(super) fn of<O: Iterator<Item = (&'a Dn, &'a Common)>>(
        count: usize,
        objects: impl Fn() -> O,
        each: impl Fn(&'a Common, &mut dyn FnMut(&'static str, Cow<'a, str>)),
    ) -> Self {
        let mut claims = Claims::with_capacity(count * 5);
        for (owner, (_, common)) in objects().enumerate() {
            each(common, &mut |attribute, value| {
                claims.add((attribute, Key(value)), owner);
            });
        }
        let contested = claims.contested();
        let mut shared: HashMap<(&'static str, Key<'a>), Sharers<'a>> = HashMap::new();
        if !contested.hashes.is_empty() {
            for (dn, common) in objects() {
                each(common, &mut |attribute, value| {
                    let key = (attribute, Key(value));
                    if contested.has(&key) {
                        shared.entry(key).or_default().add(dn);
                    }
                });
            }
            shared.retain(|_, owners| owners.dns.len() > 1);
        }
        Self { shared }
    }

    /// Returns whether there are any.
    pub(super) fn any(&self) -> bool {
        !self.shared.is_empty()
    }

    pub(super) fn check(&self, attribute: &'static str, value: &str, report: &mut Report<'_>) {
        if let Some(owners) = self.shared.get(&(attribute, Key(value.into()))) {
            report.push(Issue::ValueDuplicate {
                attribute: attribute.into(),
                value: value.into(),
                others: owners.others(report.dn),
            });
        }
    }
}
