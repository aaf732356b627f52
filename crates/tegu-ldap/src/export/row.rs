//! One row of a table.

use super::value::{hex, split};
use super::{attribute, fault};
use crate::Result;
use crate::dn::Dn;
use crate::entry::{AttributeName, Entry};

/// A row, from CSV or JSON.
#[derive(Debug, Default)]
pub(super) struct Row {
    pub(super) line: u64,
    /// Names in the order of the source, once for each value.
    pub(super) cells: Vec<(Box<str>, String)>,
}

impl Row {
    pub(super) fn all<'r>(&'r self, name: &'r str) -> impl Iterator<Item = &'r str> {
        self.cells
            .iter()
            .filter(move |(n, v)| n.eq_ignore_ascii_case(name) && !v.trim().is_empty())
            .map(|(_, v)| v.trim())
    }

    /// Returns the first value of the first of several columns that has one.
    pub(super) fn get<'r>(&'r self, names: &[&'r str]) -> Option<&'r str> {
        names.iter().find_map(|name| self.all(name).next())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.cells.iter().any(|(n, _)| n.eq_ignore_ascii_case(name))
    }

    /// Returns whether the columns are attributes, as `csvde` and scripts like it write them.
    pub(super) fn is_csvde(&self) -> bool {
        self.has("DN") || (self.has("distinguishedName") && self.has("objectClass"))
    }

    /// Returns the entry whose attributes are the columns.
    pub(super) fn to_entry(&self) -> Result<Entry> {
        let dn = self
            .get(&["DN", "distinguishedName"])
            .ok_or_else(|| fault(self.line, "the row has no DN"))?;
        let mut out = Entry::new(Dn::new(dn));
        for (name, value) in &self.cells {
            if value.is_empty() || name.eq_ignore_ascii_case("DN") {
                continue;
            }
            if AttributeName::is_secret(name) {
                out.withhold();
                continue;
            }
            let name = attribute(name).map_err(|e| fault(self.line, e))?;
            for part in split(value, &[';']) {
                match hex(&part) {
                    Some(bytes) => out.push(name.clone(), bytes),
                    None => out.push(name.clone(), part.as_bytes()),
                }
            }
        }
        Ok(out)
    }
}
