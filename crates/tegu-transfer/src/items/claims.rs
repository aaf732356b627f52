//! What stands for one resource more than once.

use super::identity;
use crate::journal::Record;
use std::collections::{HashMap, HashSet};

/// Which items of the source stand for a resource of the target, by the resource's name. Damaged files hold items twice; what
/// several stand for is not replaced when one of them changes, since the others would be lost.
#[derive(Default)]
pub(super) struct Claims(HashMap<String, HashSet<String>>);

impl Claims {
    /// The claims of what the source still lists, by its documents.
    pub(super) fn of(listed: &HashSet<&str>, known: &HashMap<String, Record>) -> Self {
        let mut claims = Self::default();
        for (id, record) in known {
            if listed.contains(identity::parts(id).0) {
                claims.note(id, record);
            }
        }
        claims
    }

    /// An item has ended.
    pub(super) fn note(&mut self, id: &str, record: &Record) {
        if record.proof.is_some() {
            let name = identity::parts(id).1.to_owned();
            self.0.entry(name).or_default().insert(id.to_owned());
        }
    }

    /// Whether others claim the same resource. `present` are the items that the item's document holds now.
    pub(super) fn shared(&self, id: &str, present: &HashSet<String>) -> bool {
        let (document, name) = identity::parts(id);
        let other =
            |other: &String| other != id && (identity::parts(other).0 != document || present.contains(other));
        self.0.get(name).is_some_and(|claims| claims.iter().any(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{State, digest};

    #[test]
    fn a_resource_is_shared_by_what_the_source_holds_now() {
        let mut stands = Record::new(State::Present);
        stands.proof = Some(digest::of(b"x"));
        let known = ["a\0one\x000", "a\0one\x001", "b\0one\x000", "b\0two\x000"];
        let known = known.map(|id| (id.to_owned(), stands.clone())).into();
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        let (once, twice) = (ids(&["a\0one\x000"]), ids(&["a\0one\x000", "a\0one\x001"]));
        for (listed, present, shared) in [
            (vec!["a"], &once, false),
            (vec!["a"], &twice, true),
            (vec!["a", "b"], &once, true),
        ] {
            let mut claims = Claims::of(&listed.into_iter().collect(), &known);
            assert_eq!(claims.shared("a\0one\x000", present), shared);
            claims.note("c\0one\x000", &Record::new(State::Manual));
            assert_eq!(
                claims.shared("a\0one\x000", present),
                shared,
                "nothing of it stands there"
            );
            claims.note("c\0one\x000", &stands);
            assert!(claims.shared("a\0one\x000", present));
        }
    }
}
