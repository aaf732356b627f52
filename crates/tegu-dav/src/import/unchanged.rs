//! Documents that are not read again, since what became of their items is known and would be the same.

use std::collections::HashMap;

use tegu_outcome::State;

use super::outcome::Outcome;
use super::pass::Pass;
use super::place::Place;
use super::source::Unchanged;
use crate::Result;
use crate::ledger::{Ending, Known, copy_key};

/// The server gave the item back with another meaning.
const ALTERED: &str = "DAV-TARGET-ALTERED";
/// Its owner deleted the item on the server.
const DELETED: &str = "DAV-TARGET-DELETED";
/// The item goes into an archive, which is written from what is read.
const ARCHIVED: &str = "DAV-ARCHIVED";
/// What was noticed on the server, in the directory, or among other items: it is looked at again.
const OF_ELSEWHERE: [&str; 4] = [
    "DAV-TARGET-",
    "DAV-COLLECTION-",
    "DAV-ADDRESS-X500",
    "DAV-UID-DUPLICATE",
];

impl Pass<'_> {
    /// How the items of an unchanged document end, by their UIDs. `None`: it has to be read.
    pub(super) fn settled(&mut self, document: &Unchanged) -> Option<Vec<(String, Ending)>> {
        if !matches!(self.survey.place, Place::Open { .. }) {
            return None;
        }
        let items = &self.survey.record.items;
        self.by_document.get_or_insert_with(|| {
            let mut all: HashMap<String, Vec<String>> = HashMap::new();
            for (key, known) in items {
                let document = known.document.clone().unwrap_or_default();
                all.entry(document).or_default().push(key.clone());
            }
            all
        });
        let keys = self.by_document.as_ref()?.get(&document.id)?;
        if keys.len() as u64 != document.items {
            return None;
        }
        let ending = |uid: &String| {
            // Another item of this UID may have taken its place in this walk, or stands beside it.
            let known = self.known(uid)?;
            let is_its_own =
                known.document.as_deref() == Some(&document.id) && !self.copies.contains_key(uid);
            let copies = copy_key(uid, 0);
            let prefix = copies.get(..=uid.len())?;
            let mut others = items.range(prefix.to_owned()..);
            let is_copy = uid.contains('\0');
            let is_shared = is_copy || others.next().is_some_and(|(key, _)| key.starts_with(prefix));
            let listed = known.href.as_ref().and_then(|href| self.survey.listed.get(href));
            let ending = ending(known, listed.map(|etag| etag.as_deref()))?;
            let told = known.told.as_ref()?;
            let is_archived = told.findings.iter().any(|finding| finding.code == ARCHIVED);
            let is_kept = ending != Ending::Manual
                || self.plan.is_some()
                || told
                    .original
                    .as_ref()
                    .is_some_and(|original| self.import.hooks.has_kept(original, told.kind));
            (is_its_own && !is_shared && !is_archived && is_kept).then(|| (uid.clone(), ending))
        };
        keys.iter().map(ending).collect()
    }

    /// Accounts for the items of a document that is not read.
    pub(super) async fn pass_over(
        &mut self,
        document: &Unchanged,
        items: Vec<(String, Ending)>,
    ) -> Result<()> {
        self.begin(&document.id, document.items);
        for (uid, ending) in items {
            let Some((known, told)) = self
                .known(&uid)
                .and_then(|known| Some((known, known.told.as_ref()?)))
            else {
                continue;
            };
            let mut outcome = Outcome::again(&uid, &document.id, known, told);
            let stands = ending.evidence().is_some() || known.codes.iter().any(|code| code == ALTERED);
            outcome.ours = known.ours && stands;
            let digest = known.digest.clone();
            self.copies.insert(uid.clone(), 0);
            self.met.insert(uid.clone());
            self.end(uid, outcome, ending, &digest, None).await?;
        }
        Ok(())
    }
}

/// How an item that has not changed ends, if that follows from how it ended before. `listed` is the entity tag that the server lists its
/// resource with.
fn ending(known: &Known, listed: Option<Option<&str>>) -> Option<Ending> {
    if known.intent.is_some() {
        return None;
    }
    let is_there = known.href.is_some() && listed.is_some();
    let codes = || known.codes.iter().map(String::as_str);
    let elsewhere = |code: &str| OF_ELSEWHERE.iter().any(|prefix| code.starts_with(prefix));
    match known.state() {
        State::Moved | State::Present => {
            let evidence = known.ending.evidence().filter(|_| is_there)?;
            Some(Ending::Present(evidence.clone()))
        }
        State::Excluded => {
            let deleted = codes().all(|code| code == DELETED) && known.href.is_some() && listed.is_none();
            (deleted || !codes().any(elsewhere)).then_some(Ending::Excluded)
        }
        State::Manual => {
            let etag = listed.flatten();
            let altered = etag.is_some() && etag == known.etag.as_deref();
            let stays = |code: &str| !elsewhere(code) || altered && code == ALTERED;
            (!known.codes.is_empty() && codes().all(stays)).then_some(Ending::Manual)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ledger::Evidence;

    const EVENT: &[u8] = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    fn known(ending: Ending, codes: &[&str], href: bool) -> Known {
        let mut known = Known::default();
        known.ending = ending;
        known.codes = codes.iter().map(|code| (*code).to_owned()).collect();
        known.href = href.then(|| "/a".to_owned());
        known.etag = Some("1".into());
        known
    }

    #[test]
    fn what_may_end_otherwise_has_to_be_read() {
        let moved = Ending::Moved(Evidence::of_calendar(EVENT, EVENT).unwrap());
        let (same, other) = (Some(Some("1")), Some(Some("2")));
        let (manual, excluded) = (Ending::Manual, Ending::Excluded);
        for (ending_before, codes, href, listed, ends) in [
            (&moved, &[][..], true, same, true),
            // Its owner may have edited it there: that is his, and the whole walk says the same.
            (&moved, &[], true, other, true),
            (&moved, &[], true, None, false),
            (&excluded, &["DAV-TARGET-DELETED"], true, None, true),
            (&excluded, &["DAV-TARGET-DELETED"], true, same, false),
            (&excluded, &["POLICY-EXCLUDE-1"], false, None, true),
            (&excluded, &["DAV-COLLECTION-DELETED"], true, None, false),
            (&manual, &["EWS-TASK-SERIES"], false, None, true),
            (&manual, &["DAV-ADDRESS-X500"], false, None, false),
            (&manual, &["DAV-TARGET-ALTERED"], true, same, true),
            (&manual, &["DAV-TARGET-ALTERED"], true, other, false),
            (&manual, &["DAV-TARGET-ALTERED"], true, None, false),
            (&manual, &["DAV-TARGET-DIFFERS"], true, same, false),
            (&manual, &["DAV-TARGET-REFUSED"], false, None, false),
            (&manual, &["DAV-UID-DUPLICATE"], false, None, false),
            (&manual, &[], false, None, false),
            (&Ending::Failed, &[], true, same, false),
        ] {
            let mut known = known(ending_before.clone(), codes, href);
            assert_eq!(
                ending(&known, listed).is_some(),
                ends,
                "{ending_before:?} {codes:?} {listed:?}"
            );
            known.intent = Some("d".into());
            assert_eq!(ending(&known, listed), None);
        }
    }
}
