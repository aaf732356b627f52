//! Names in a finding.

use std::fmt;

use serde::Serialize;

use crate::dn::Dn;

/// The names of objects: the first ten, and how many there are. A finding on each of thousands of objects that share a value
/// would otherwise name all others each time.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Names(Box<Inner>);

#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
struct Inner {
    first: Vec<Dn>,
    total: usize,
}

impl Names {
    /// Returns at most ten names.
    #[must_use]
    pub fn first(&self) -> &[Dn] {
        &self.0.first
    }

    /// Returns how many there are.
    #[must_use]
    pub fn total(&self) -> usize {
        self.0.total
    }

    pub(super) fn of<'a>(names: impl Iterator<Item = &'a Dn>) -> Self {
        let mut out = Inner::default();
        for dn in names {
            if out.first.len() < 10 {
                out.first.push(dn.clone());
            }
            out.total += 1;
        }
        Self(Box::new(out))
    }

    /// Those of `count` names that are not `own`, which is among them.
    pub(super) fn others<'a>(names: impl Iterator<Item = &'a Dn>, count: usize, own: &Dn) -> Self {
        let first = names.filter(|&dn| dn != own).take(10).cloned().collect();
        let total = count.saturating_sub(1);
        Self(Box::new(Inner { first, total }))
    }
}

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.first().len().min(5);
        f.write_str(&list(self.first().get(..shown).unwrap_or_default()))?;
        match self.total() - shown {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// At most five, so that a line stays a line.
pub(super) fn list<T: ToString>(items: &[T]) -> String {
    let mut out = items
        .iter()
        .take(5)
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    if items.len() > 5 {
        out.push_str(&format!(" and {} more", items.len() - 5));
    }
    out
}
