//! What becomes of each entry and of each item: decided by a look at the lists.

use crate::{Digest, Finding, State, digest, journal::ContainerRecords};
use std::collections::BTreeMap;
use tegu_rights::{AccessSet, Entries, EntryKey, Item};

/// How many findings an item may have: full access is on every folder.
const FINDINGS: usize = 20;

/// What a folder's list says.
#[derive(Clone, Debug)]
pub(super) enum List<R> {
    /// Identifiers and their rights.
    Told(Vec<(String, R)>),
    /// The server does not show it, or has none.
    Untold(Finding),
}

/// What becomes of an entry.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fate {
    /// It stands there, and was there before this run.
    Present,
    /// This run gave it, or one that was killed before it could write that down.
    Given,
    /// It has to be given.
    Give,
    /// It stays as it is, for this reason.
    Left(State, Finding),
}

/// The digest that stands for rights in the journal.
pub(super) fn proof_of<R: AccessSet>(rights: R) -> Digest {
    digest::of(rights.to_string().as_bytes())
}

/// What becomes of each entry.
pub(super) fn entries<R: AccessSet>(
    wanted: &BTreeMap<EntryKey, R>,
    lists: &BTreeMap<String, List<R>>,
    known: &ContainerRecords,
) -> BTreeMap<EntryKey, Fate> {
    let each = |(key, rights): (&EntryKey, &R)| {
        let fate = match lists.get(&key.folder) {
            None => Fate::Give,
            Some(List::Untold(why)) => Fate::Left(State::Manual, why.clone()),
            Some(List::Told(list)) => fate(key, *rights, standing(list, key), known),
        };
        (key.clone(), fate)
    };
    wanted.iter().map(each).collect()
}

/// The rights of an identifier in a list. Servers may tell a user's name in another case.
pub(super) fn standing<R: AccessSet>(list: &[(String, R)], key: &EntryKey) -> Option<R> {
    let exact = list.iter().find(|(identifier, _)| *identifier == key.identifier);
    let found = exact.or_else(|| {
        list.iter()
            .find(|(identifier, _)| identifier.eq_ignore_ascii_case(&key.identifier))
    });
    found
        .map(|(_, rights)| *rights)
        .filter(|rights| !rights.gives_nothing())
}

fn fate<R: AccessSet>(key: &EntryKey, wanted: R, standing: Option<R>, known: &ContainerRecords) -> Fate {
    let id = key.to_string();
    let proved = known.records.get(&id).and_then(|record| record.proof);
    let is_sending = |rights: R| {
        let sent = proof_of(rights);
        let mut sending = known.intent.iter().flat_map(|intent| &intent.items);
        sending.any(|(item, digest)| *item == id && *digest == sent)
    };
    match standing {
        Some(rights) if rights == wanted && is_sending(rights) => Fate::Given,
        Some(rights) if rights == wanted => Fate::Present,
        Some(rights) if proved == Some(proof_of(rights)) || is_sending(rights) => Fate::Give,
        // The owner's word on the new server counts.
        _ if proved == Some(proof_of(wanted)) => Fate::Left(
            State::Excluded,
            Finding::info(
                "RIGHTS-TARGET-EDITED",
                format!(
                    "the rights of {} on {} were changed on the target after they had been given; they stay as they are",
                    key.identifier, key.folder
                ),
            ),
        ),
        Some(rights) => Fate::Left(
            State::Manual,
            Finding::lossy(
                "RIGHTS-TARGET-CHANGED",
                format!(
                    "{} has {rights} on {} already, and would get {wanted}",
                    key.identifier, key.folder
                ),
            ),
        ),
        None => Fate::Give,
    }
}

/// How an item ends by what becomes of its entries.
pub(super) fn item(
    item: &Item,
    placed: &Result<Vec<EntryKey>, Finding>,
    fates: &BTreeMap<EntryKey, Fate>,
) -> (State, Vec<Finding>) {
    let mut findings = item.findings.clone();
    if let Some(state) = item.ends {
        return (state, findings);
    }
    let keys = match placed {
        Ok(keys) => keys,
        Err(missing) => {
            findings.push(missing.clone());
            return (State::Manual, findings);
        }
    };
    let mut state = State::Present;
    for key in keys {
        match fates.get(key) {
            Some(Fate::Left(left, why)) => {
                if findings.len() < FINDINGS && !findings.contains(why) {
                    findings.push(why.clone());
                }
                // A person's part weighs more than what somebody left out.
                if state != State::Manual {
                    state = *left;
                }
            }
            Some(Fate::Given | Fate::Give) if state == State::Present => state = State::Moved,
            _ => {}
        }
    }
    (state, findings)
}

/// What stands for an item on the target: its entries with their rights.
pub(super) fn item_proof<R: AccessSet>(entries: &Entries<R>, keys: &[EntryKey]) -> Digest {
    let mut lines: Vec<String> = keys
        .iter()
        .map(|key| {
            format!(
                "{key}\t{}\n",
                entries.wanted.get(key).copied().unwrap_or_default()
            )
        })
        .collect();
    lines.sort();
    digest::of(lines.concat().as_bytes())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::journal::{Intent, Record};
    use tegu_rights::Rights;

    #[test]
    fn what_stands_and_what_is_remembered_decide() {
        let key = EntryKey::new("INBOX", "boris");
        let known = |proved: Option<&str>, sending: Option<&str>| {
            let mut known = ContainerRecords::default();
            if let Some(rights) = proved {
                let mut record = Record::new(State::Moved);
                record.proof = Some(proof_of(Rights::of(rights)));
                known.records.insert(key.to_string(), record);
            }
            known.intent =
                sending.map(|rights| Intent::new("", vec![(key.to_string(), proof_of(Rights::of(rights)))]));
            known
        };
        let code = |fate: &Fate| match fate {
            Fate::Left(state, finding) => format!("{state:?} {}", finding.code),
            other => format!("{other:?}"),
        };
        for (standing, proved, sending, expected) in [
            (None, None, None, "Give"),
            (None, None, Some("lr"), "Give"),
            (None, Some("lr"), None, "Excluded RIGHTS-TARGET-EDITED"),
            (None, Some("l"), None, "Give"),
            (Some("lr"), None, None, "Present"),
            (Some("lr"), None, Some("lr"), "Given"),
            (Some("lr"), Some("lr"), None, "Present"),
            (Some("l"), Some("l"), None, "Give"),
            (Some("l"), None, Some("l"), "Give"),
            (Some("l"), None, None, "Manual RIGHTS-TARGET-CHANGED"),
            (Some("lrs"), Some("lr"), None, "Excluded RIGHTS-TARGET-EDITED"),
            (Some("lrs"), Some("l"), None, "Manual RIGHTS-TARGET-CHANGED"),
        ] {
            let list = List::Told(
                standing
                    .map(|rights| ("Boris".to_owned(), Rights::of(rights)))
                    .into_iter()
                    .collect(),
            );
            let lists = BTreeMap::from([("INBOX".to_owned(), list)]);
            let wanted = BTreeMap::from([(key.clone(), Rights::of("lr"))]);
            let fates = entries(&wanted, &lists, &known(proved, sending));
            assert_eq!(
                code(&fates[&key]),
                expected,
                "{standing:?} {proved:?} {sending:?}"
            );
        }
    }
}
