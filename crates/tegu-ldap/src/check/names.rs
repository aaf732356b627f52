//! Names in a finding.

use std::fmt;

use serde::Serialize;

use crate::dn::Dn;

/// The names of objects: the first ten, and how many there are. A finding on each of thousands of objects that share a value
/// would otherwise name all others each time.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Names {
    /// At most ten names.
    pub first: Vec<Dn>,
    /// How many there are.
    pub total: usize,
}

impl Names {
    pub(super) fn of<'a>(names: impl Iterator<Item = &'a Dn>) -> Self {
        let mut out = Self::default();
        for dn in names {
            out.push(dn);
        }
        out
    }

    /// Those of `count` names that are not `own`, which is among them.
    pub(super) fn others<'a>(names: impl Iterator<Item = &'a Dn>, count: usize, own: &Dn) -> Self {
        let first = names.filter(|&dn| dn != own).take(10).cloned().collect();
        let total = count.saturating_sub(1);
        Self { first, total }
    }

    fn push(&mut self, dn: &Dn) {
        if self.first.len() < 10 {
            self.first.push(dn.clone());
        }
        self.total += 1;
    }
}

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.first.len().min(5);
        f.write_str(&list(self.first.get(..shown).unwrap_or_default()))?;
        match self.total - shown {
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
