//! Which documents need not be read again: what became of their items is known, and would be the same.

use super::identity;
use crate::{Finding, State, journal::Record};
use std::collections::HashMap;
use tegu_outcome::Severity;

/// What an earlier run noticed on the target, or in the directory: it has to be looked at again.
const OF_ELSEWHERE: [&str; 3] = ["DAV-TARGET-", "DAV-COLLECTION-", "DAV-ADDRESS-X500"];
/// The item was deleted on the source, and is there again.
const DELETED_ON_SOURCE: &str = "DAV-SOURCE-DELETED";

/// The identities of all known items, by document.
#[derive(Default)]
pub(super) struct ByDocument(HashMap<String, Vec<String>>);

impl ByDocument {
    pub(super) fn of(known: &HashMap<String, Record>) -> Self {
        let mut all: HashMap<String, Vec<String>> = HashMap::new();
        // A document that could not be read has a record of its own, which stays when it can be.
        for id in known.keys().filter(|id| id.contains('\0')) {
            let document = identity::parts(id).0.to_owned();
            all.entry(document).or_default().push(id.clone());
        }
        all.values_mut().for_each(|ids| ids.sort());
        Self(all)
    }

    /// Returns the items of an unchanged document that held so many, if each of them would end as it did.
    pub(super) fn settled(
        &self,
        document: &str,
        items: u64,
        settles: impl Fn(&str) -> bool,
    ) -> Option<Vec<String>> {
        let ids = self.0.get(document)?;
        let all = ids.len() as u64 == items && ids.iter().all(|id| settles(id));
        all.then(|| ids.clone())
    }
}

/// Whether an item that has not changed would end as it did, under the same policy. `holds`: the target is not known to have lost it.
pub(super) fn settles(record: &Record, holds: bool) -> bool {
    if record.stands_on_target() {
        return holds;
    }
    let mut findings = record.findings.iter();
    match record.state {
        State::Excluded => !findings.any(|finding| finding.code == DELETED_ON_SOURCE),
        State::Manual => {
            let elsewhere = |finding: &Finding| {
                let of = |prefix: &&str| finding.code.starts_with(*prefix);
                finding.severity == Severity::Lossy && OF_ELSEWHERE.iter().any(of)
            };
            record.proof.is_none() && !findings.any(elsewhere)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest;

    fn record(state: State, code: &'static str) -> Record {
        let mut record = Record::new(state);
        record.findings.push(Finding::lossy(code, "why"));
        record
    }

    #[test]
    fn what_may_end_otherwise_does_not_settle() {
        let mut stored = record(State::Manual, "DAV-TARGET-ALTERED");
        stored.on_target = true;
        let mut changed = record(State::Manual, "EWS-TASK-SERIES");
        changed.proof = Some(digest::of(b"what is there"));
        for (record, settled) in [
            (Record::new(State::Moved), true),
            (Record::new(State::Present), true),
            (stored, true),
            (record(State::Excluded, "DAV-TARGET-DELETED"), true),
            (record(State::Excluded, "POLICY-EXCLUDE-1"), true),
            (record(State::Excluded, "DAV-SOURCE-DELETED"), false),
            (record(State::Manual, "EWS-TASK-SERIES"), true),
            (record(State::Manual, "DAV-TARGET-REFUSED"), false),
            (record(State::Manual, "DAV-ADDRESS-X500"), false),
            (changed, false),
            (record(State::Failed, "DAV-UNREAD"), false),
        ] {
            assert_eq!(settles(&record, true), settled, "{record:?}");
            assert_eq!(settles(&record, false), settled && !record.stands_on_target());
        }
    }

    #[test]
    fn a_document_is_settled_if_all_that_it_held_is() {
        let known = ["a\0one\x000", "a\0two\x000", "b\0one\x000"];
        let known = known.map(|id| (id.to_owned(), Record::new(State::Moved))).into();
        let all = ByDocument::of(&known);
        let both = ["a\0one\x000", "a\0two\x000"].map(str::to_owned);
        assert_eq!(all.settled("a", 2, |_| true), Some(both.into()));
        assert_eq!(
            all.settled("a", 1, |_| true),
            None,
            "one of them is of an older version"
        );
        assert_eq!(all.settled("a", 2, |id| id.contains("one")), None);
        assert_eq!(all.settled("c", 0, |_| true), None);
    }
}
