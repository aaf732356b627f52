//! A cache of attribute names, so that each spelling is checked once.

use std::collections::HashMap;

use super::AttributeName;
use crate::Result;

/// How many spellings are remembered. A file has a few dozen.
const REMEMBERED: usize = 10_000;

/// How far ahead the name is looked for among those of the record before: attributes are left out now and then.
const AHEAD: usize = 4;

/// What a name stands for.
#[derive(Clone, Debug)]
pub(crate) enum Named {
    Attribute(AttributeName),
    /// An attribute that holds a password or a key.
    Secret,
}

#[derive(Debug, Default)]
pub(crate) struct Names {
    known: HashMap<Box<[u8]>, Named>,
    /// The names of the record before, in their order: this record's are likely the same.
    before: Vec<AttributeName>,
    at: usize,
}

impl Names {
    /// Starts a record.
    pub(crate) fn begin(&mut self) {
        self.at = 0;
    }

    /// Remembers the names of a record.
    pub(crate) fn end<'a>(&mut self, names: impl Iterator<Item = &'a AttributeName>) {
        self.before.clear();
        self.before.extend(names.take(100).cloned());
    }

    pub(crate) fn get(&mut self, name: &[u8]) -> Result<Named> {
        let ahead = self.before.iter().skip(self.at.saturating_sub(1)).take(AHEAD);
        for (step, likely) in ahead.enumerate() {
            if likely.as_str().as_bytes() == name {
                self.at = self.at.saturating_sub(1) + step + 1;
                return Ok(Named::Attribute(likely.clone()));
            }
        }
        if let Some(named) = self.known.get(name) {
            return Ok(named.clone());
        }
        let text = String::from_utf8_lossy(name);
        let named = if AttributeName::is_secret(&text) {
            Named::Secret
        } else {
            Named::Attribute(AttributeName::new(text)?)
        };
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        self.known.insert(name.into(), named.clone());
        Ok(named)
    }
}
