//! What a plan or a run met.

use crate::Entity;

/// A folder, calendar or address book that was found, and what was found out about its items.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Met<'a> {
    /// The account's primary address. Empty for objects of the directory.
    pub account: &'a str,
    /// What the items are.
    pub entity: Entity,
    /// Its name on the source.
    pub container: &'a str,
    /// Codes of findings, and how many items have each.
    pub codes: Vec<(&'a str, u64)>,
}

impl<'a> Met<'a> {
    /// Makes a row.
    #[must_use]
    pub fn new(account: &'a str, entity: Entity, container: &'a str, codes: Vec<(&'a str, u64)>) -> Self {
        Self {
            account,
            entity,
            container,
            codes,
        }
    }

    pub(super) fn items(&self, code: &str) -> u64 {
        let same = self.codes.iter().filter(|(known, _)| *known == code);
        same.map(|(_, items)| items).sum()
    }
}
