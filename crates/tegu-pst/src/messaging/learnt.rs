//! SMTP addresses of people whom an item names in another way: what a file says of them.

use std::collections::{HashMap, hash_map::Entry};
use tegu_outcome::directory_name;

/// How many names are remembered. Those that are met later are not resolved this way.
const NAMES: usize = 200_000;

/// What the whole file says about addresses.
#[derive(Debug, Default)]
pub(crate) struct Learnt {
    /// By distinguished names, in lower case.
    addresses: HashMap<String, String>,
    /// By the names of contacts and of members of lists, in lower case; `None` for a name of several addresses.
    people: HashMap<String, Option<String>>,
}

impl Learnt {
    pub(crate) fn is_full(&self) -> bool {
        self.addresses.len() + self.people.len() >= NAMES
    }

    /// The SMTP address of a distinguished name.
    pub(crate) fn smtp_of(&self, name: &str) -> Option<&str> {
        self.addresses.get(&name.to_lowercase()).map(String::as_str)
    }

    /// The SMTP address of the contacts and members of lists with this name, if it is one for all of them.
    pub(crate) fn smtp_of_person(&self, name: &str) -> Option<&str> {
        self.people.get(&key(name))?.as_deref()
    }

    /// Takes note of an address of a type, and of the SMTP address beside it.
    pub(crate) fn pair(&mut self, kind: &str, name: &str, smtp: &str) {
        if kind.eq_ignore_ascii_case("EX") && !name.is_empty() && is_own(smtp) {
            let entry = self.addresses.entry(name.to_lowercase());
            entry.or_insert_with(|| smtp.to_owned());
        }
    }

    /// Takes note of a name, and of an address of who is called so.
    pub(crate) fn person(&mut self, name: &str, smtp: &str) {
        let name = key(name);
        if name.is_empty() || !is_own(smtp) {
            return;
        }
        match self.people.entry(name) {
            Entry::Vacant(entry) => {
                entry.insert(Some(smtp.to_owned()));
            }
            Entry::Occupied(mut entry) => {
                let known = entry.get().as_deref();
                if !known.is_some_and(|known| known.eq_ignore_ascii_case(smtp)) {
                    entry.insert(None);
                }
            }
        }
    }
}

/// A name as it is compared.
fn key(name: &str) -> String {
    name.trim().to_lowercase()
}

/// An SMTP address that hides no other.
fn is_own(address: &str) -> bool {
    is_smtp(address) && directory_name(address).is_none()
}

/// An address that a header can hold as it is.
pub(crate) fn is_smtp(address: &str) -> bool {
    let sound = |octet: u8| {
        let special = matches!(
            octet,
            b'<' | b'>' | b'(' | b')' | b'[' | b']' | b',' | b';' | b':' | b'\\' | b'"'
        );
        octet > b' ' && octet != 0x7f && !special
    };
    address
        .rsplit_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
        && address.bytes().all(sound)
        && address.is_ascii()
}
