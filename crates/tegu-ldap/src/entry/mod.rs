//! One directory entry: a DN and attributes with byte values.
//!
//! Values are bytes: an LDAP value is an octet string, and whether it is text depends on the attribute's syntax,
//! not on whether the bytes happen to be UTF-8.

mod known;
#[cfg(feature = "ldap3")]
mod ldap3;
mod name;
mod names;

pub(crate) use known::Known;
#[cfg(feature = "ldap3")]
pub(crate) use ldap3::{measure, of_result};
pub use name::AttributeName;
pub(crate) use names::{Named, Names};

use std::fmt;
use std::ops::Range;

use crate::dn::Dn;

/// One directory entry.
///
/// All values lie in one block of memory; an entry of fifty values is a handful of allocations.
///
/// ```
/// use tegu_ldap::entry::{AttributeName, Entry};
/// use tegu_ldap::Dn;
///
/// let mut ann = Entry::new(Dn::new("cn=Ann,dc=example"));
/// ann.push(AttributeName::new("mail")?, "ann@example.org");
/// ann.push(AttributeName::new("Mail")?, "a.smith@example.org");
/// assert_eq!(ann.text("MAIL"), Some("ann@example.org"));
/// assert_eq!(ann.get("mail").count(), 2);
/// # Ok::<(), tegu_ldap::Error>(())
/// ```
#[derive(Clone)]
pub struct Entry {
    dn: Dn,
    withheld: u32,
    data: Vec<u8>,
    values: Vec<Value>,
    attributes: Vec<Chain>,
    /// Which of the known attributes are here, one bit for each: what is new need not be looked for.
    known: u128,
}

/// A value in the block, and the next value of the same attribute.
#[derive(Clone)]
struct Value {
    at: Range<usize>,
    next: usize,
}

/// The values of one attribute: a chain through the list of values.
#[derive(Clone)]
struct Chain {
    name: AttributeName,
    first: usize,
    last: usize,
}

/// How many attributes an entry of a server may have. Each new one is compared with those before it.
#[cfg(feature = "client")]
const MOST_ATTRIBUTES: usize = 1_000;

/// Behind the last value of a chain.
const END: usize = usize::MAX;

/// One attribute of an entry: its name and its values, in the order of the source.
#[derive(Clone, Copy)]
pub struct Attribute<'a> {
    entry: &'a Entry,
    chain: &'a Chain,
}

impl<'a> Attribute<'a> {
    /// Returns the name, with options.
    #[must_use]
    pub fn name(&self) -> &'a AttributeName {
        &self.chain.name
    }

    /// Returns the values.
    #[must_use]
    pub fn values(&self) -> Values<'a> {
        Values {
            entry: self.entry,
            next: self.chain.first,
        }
    }
}

impl fmt::Debug for Attribute<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.name(), self.values())
    }
}

/// The values of one attribute.
#[derive(Clone)]
pub struct Values<'a> {
    entry: &'a Entry,
    next: usize,
}

impl<'a> Values<'a> {
    /// Returns the first value that is left.
    #[must_use]
    pub fn first(&self) -> Option<&'a [u8]> {
        self.clone().next()
    }

    /// Returns whether no value is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.next == END
    }
}

impl<'a> Iterator for Values<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let value = self.entry.values.get(self.next)?;
        self.next = value.next;
        self.entry.data.get(value.at.clone())
    }
}

impl fmt::Debug for Values<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.clone().map(|v| v.escape_ascii().to_string()))
            .finish()
    }
}

impl Entry {
    /// An entry without attributes.
    #[must_use]
    pub fn new(dn: Dn) -> Self {
        Self::of_block(dn, Vec::new())
    }

    /// An entry whose values will be named as parts of a block: see [`push_range`](Self::push_range).
    pub(crate) fn of_block(dn: Dn, data: Vec<u8>) -> Self {
        Self {
            dn,
            withheld: 0,
            data,
            values: Vec::new(),
            attributes: Vec::new(),
            known: 0,
        }
    }

    /// Makes another entry in the memory of this one, with a new block. Returns the old block too.
    pub(crate) fn renew(mut self, dn: Dn, block: Vec<u8>) -> (Self, Vec<u8>) {
        self.values.clear();
        self.attributes.clear();
        let old = std::mem::replace(&mut self.data, block);
        let new = Self {
            dn,
            withheld: 0,
            known: 0,
            ..self
        };
        (new, old)
    }

    /// Returns the block of memory.
    pub(crate) fn block_mut(&mut self) -> &mut Vec<u8> {
        &mut self.data
    }

    /// Reserves room for `values` values.
    pub(crate) fn reserve(&mut self, values: usize) {
        self.values.reserve(values);
        self.attributes.reserve(values.min(32));
    }

    /// Returns the DN.
    #[must_use]
    pub fn dn(&self) -> &Dn {
        &self.dn
    }

    /// Returns all attributes, in the order in which they came.
    pub fn attributes(&self) -> impl ExactSizeIterator<Item = Attribute<'_>> {
        self.attributes
            .iter()
            .map(|chain| Attribute { entry: self, chain })
    }

    /// Returns how many values of password attributes the source had. They were skipped, not read.
    #[must_use]
    pub fn withheld(&self) -> u32 {
        self.withheld
    }

    pub(crate) fn withhold(&mut self) {
        self.withheld = self.withheld.saturating_add(1);
    }

    /// Returns how many octets the name and the values have.
    #[cfg(feature = "client")]
    pub(crate) fn octets(&self) -> usize {
        self.dn.as_str().len() + self.data.len()
    }

    /// Returns whether the entry has more attributes than any server that is sound would send.
    #[cfg(feature = "client")]
    pub(crate) fn has_too_many_attributes(&self) -> bool {
        self.attributes.len() > MOST_ATTRIBUTES
    }

    /// Appends a value; an attribute with the same name grows.
    pub fn push(&mut self, name: AttributeName, value: impl AsRef<[u8]>) {
        let start = self.data.len();
        self.data.extend_from_slice(value.as_ref());
        self.push_range(name, start..self.data.len());
    }

    /// As [`push`](Self::push), of a value that lies in the block already.
    pub(crate) fn push_range(&mut self, name: AttributeName, at: Range<usize>) {
        let index = self.values.len();
        self.values.push(Value { at, next: END });
        let bit = name.known().map_or(0, |k| 1 << k as u8);
        let is_new = bit != 0 && self.known & bit == 0;
        self.known |= bit;
        // Values of one attribute nearly always stand together, so the last one is tried first.
        let known = if is_new {
            None
        } else {
            self.attributes.iter_mut().rev().find(|c| c.name == name)
        };
        let Some(chain) = known else {
            self.attributes.push(Chain {
                name,
                first: index,
                last: index,
            });
            return;
        };
        match self.values.get_mut(std::mem::replace(&mut chain.last, index)) {
            Some(before) => before.next = index,
            None => chain.first = index,
        }
    }

    /// Notes an attribute that has no values: Active Directory answers so where it hands the values out in parts.
    #[cfg(feature = "client")]
    pub(crate) fn push_empty(&mut self, name: AttributeName) {
        if !self.attributes.iter().any(|c| c.name == name) {
            self.known |= name.known().map_or(0, |k| 1 << k as u8);
            self.attributes.push(Chain {
                name,
                first: END,
                last: END,
            });
        }
    }

    /// Appends the values that a server sent. Values of passwords and keys are counted, not copied.
    #[cfg(feature = "ldap3")]
    pub(crate) fn take_values<'v>(&mut self, named: Named, values: impl ExactSizeIterator<Item = &'v [u8]>) {
        match named {
            // An attribute that was asked for and has no values, or one that changed to none.
            Named::Attribute(name) if values.len() == 0 => self.push_empty(name),
            Named::Attribute(name) => values.for_each(|value| self.push(name.clone(), value)),
            Named::Secret => values.for_each(|_| self.withhold()),
        }
    }

    /// Removes an attribute. Its values stay in the block, unreachable.
    #[cfg(feature = "client")]
    pub(crate) fn remove(&mut self, name: &AttributeName) {
        self.attributes.retain(|c| c.name != *name);
        self.known &= !name.known().map_or(0, |k| 1 << k as u8);
    }

    /// Returns how many attributes there are.
    pub(crate) fn attribute_count(&self) -> usize {
        self.attributes.len()
    }

    /// Returns the values of the attribute at a position.
    pub(crate) fn values_at(&self, index: Option<usize>) -> Values<'_> {
        let chain = index.and_then(|i| self.attributes.get(i));
        Values {
            entry: self,
            next: chain.map_or(END, |c| c.first),
        }
    }

    /// Appends all values of an attribute of another entry.
    #[cfg(test)]
    pub(crate) fn push_attribute(&mut self, attribute: Attribute<'_>) {
        for value in attribute.values() {
            self.push(attribute.name().clone(), value);
        }
    }

    /// Appends the values of another entry that are not here yet.
    pub(crate) fn merge(&mut self, other: &Self) {
        for attribute in other.attributes() {
            for value in attribute.values() {
                if !self.get(attribute.name().as_str()).any(|v| v == value) {
                    self.push(attribute.name().clone(), value);
                }
            }
        }
        self.withheld = self.withheld.saturating_add(other.withheld);
    }

    /// Returns the values of an attribute, by its name without options, in any case.
    #[must_use]
    pub fn get(&self, name: &str) -> Values<'_> {
        let chain = self
            .attributes
            .iter()
            .find(|c| c.name.as_str().eq_ignore_ascii_case(name));
        Values {
            entry: self,
            next: chain.map_or(END, |c| c.first),
        }
    }

    /// Returns whether the attribute has a value.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    /// Returns the first value that is UTF-8 and not empty.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.texts(name).next()
    }

    /// Returns the values that are UTF-8 and not empty.
    pub fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        texts(self.get(name))
    }

    /// Returns whether the entry has an object class, in any case.
    #[must_use]
    pub fn is_a(&self, class: &str) -> bool {
        self.get("objectClass")
            .any(|v| v.eq_ignore_ascii_case(class.as_bytes()))
    }
}

/// Returns the values that are UTF-8 and not empty.
pub(crate) fn texts<'a>(values: Values<'a>) -> impl Iterator<Item = &'a str> {
    values
        .filter_map(|v| std::str::from_utf8(v).ok())
        .filter(|v| !v.is_empty())
}

/// Equal: the same name, and the same attributes with the same values, each in the same order.
impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.dn == other.dn
            && self.withheld == other.withheld
            && self.attributes.len() == other.attributes.len()
            && self
                .attributes()
                .zip(other.attributes())
                .all(|(a, b)| a.name() == b.name() && a.values().eq(b.values()))
    }
}

impl Eq for Entry {}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("dn", &self.dn)
            .field("attributes", &self.attributes().collect::<Vec<_>>())
            .field("withheld", &self.withheld)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn values_of_one_attribute_stay_together_whatever_the_case() {
        let mut entry = Entry::new(Dn::new("cn=a"));
        entry.push(AttributeName::new("Mail").unwrap(), "a@b.example");
        entry.push(AttributeName::new("cn").unwrap(), "a");
        entry.push(AttributeName::new("mail").unwrap(), "c@b.example");
        assert_eq!(entry.attributes().len(), 2);
        assert_eq!(
            entry.texts("MAIL").collect::<Vec<_>>(),
            ["a@b.example", "c@b.example"]
        );
    }

    #[test]
    fn a_merge_adds_what_is_new() {
        let mut entry = Entry::new(Dn::new("cn=a"));
        entry.push(AttributeName::new("mail").unwrap(), "a@b.example");
        let mut more = entry.clone();
        more.push(AttributeName::new("sn").unwrap(), "a");
        entry.merge(&more);
        assert_eq!(entry, more);
    }
}
