//! Splits an address list into smaller ones.

use std::collections::BTreeMap;

use super::GalEntry;

/// The criterion by which a list is split.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SplitBy {
    /// The department.
    Department,
    /// The company.
    Company,
    /// The city.
    City,
    /// The organisational unit of the entry: the `n`-th below the domain, counted from one. An entry that
    /// is higher up belongs to its lowest unit.
    Unit(usize),
}

/// A part of a list.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    name: Box<str>,
    entries: Vec<&'a GalEntry>,
}

impl<'a> Part<'a> {
    /// Returns the department, company, city or unit; empty for entries without one.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the entries, in the order of the list.
    #[must_use]
    pub fn entries(&self) -> &[&'a GalEntry] {
        &self.entries
    }
}

/// Splits a list. Every entry is in exactly one part. The parts are sorted by name; names that differ only in case or in
/// surrounding spaces are one.
#[must_use]
pub fn split(list: &[GalEntry], by: SplitBy) -> Vec<Part<'_>> {
    let mut parts: BTreeMap<String, Part<'_>> = BTreeMap::new();
    for entry in list {
        let card = entry.card();
        let name: Box<str> = match by {
            SplitBy::Department => card.department().unwrap_or_default().trim().into(),
            SplitBy::Company => card.company().unwrap_or_default().trim().into(),
            SplitBy::City => card.city().unwrap_or_default().trim().into(),
            SplitBy::Unit(level) => {
                let mut units = entry.dn().units();
                units.reverse();
                let at = level.max(1).min(units.len());
                at.checked_sub(1)
                    .and_then(|at| units.get(at))
                    .map_or("", String::as_str)
                    .into()
            }
        };
        let part = parts.entry(name.to_lowercase()).or_insert_with(|| Part {
            name,
            entries: Vec::new(),
        });
        part.entries.push(entry);
    }
    parts.into_values().collect()
}
