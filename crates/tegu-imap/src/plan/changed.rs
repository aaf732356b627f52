//! Messages that a target changed: known by what it keeps.

use std::collections::{BTreeMap, BTreeSet};

use crate::prove::Digest;
use crate::wire::Uid;

/// What a message is known by where its octets are not the same any more.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Traits {
    /// Its UID on its own side.
    pub uid: Uid,
    /// Its INTERNALDATE, in seconds since 1970.
    pub date: Option<i64>,
    /// How many octets it has.
    pub octets: u64,
    /// Its Message-ID and Date, if it has both.
    pub id: Option<u64>,
    /// Its Date, From, To, Cc and Subject, if it has a Date.
    pub envelope: Option<u64>,
    /// Its From and Subject, if it has either.
    pub sender: Option<u64>,
    /// The digest of what follows its header.
    pub text: Option<Digest>,
}

impl Traits {
    /// A message of which nothing but its UID is known.
    pub fn new(uid: Uid) -> Self {
        Self {
            uid,
            date: None,
            octets: 0,
            id: None,
            envelope: None,
            sender: None,
            text: None,
        }
    }
}

/// Which of the target's messages are which of those that were sent.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Changed {
    /// Source UID, UID on the target.
    pub pairs: Vec<(Uid, Uid)>,
    /// Messages of the source that may be among those of the target, and it cannot be told which. A person has to look.
    pub ambiguous: Vec<Uid>,
}

/// What both sides must agree in, the surest first. Each holds Date or INTERNALDATE, so that mail of equal wording that
/// others deliver meanwhile is another.
const EVIDENCE: [fn(&Traits) -> Option<Key>; 5] = [
    |message| Some((0, message.id?, None)),
    |message| Some((1, message.envelope?, None)),
    |message| Some((date(message)?, 2, Some(message.text?))),
    |message| Some((date(message)?, message.sender?, None)),
    |message| Some((date(message)?, 3, None)),
];

type Key = (u64, u64, Option<Digest>);

fn date(message: &Traits) -> Option<u64> {
    message.date.map(i64::cast_unsigned)
}

/// Tells which messages of the target are those that were sent and changed on arrival.
///
/// `sent` and `found` are in the order of their UIDs, which is that in which they were sent. Messages that agree in what
/// a target keeps are paired in this order where both sides hold as many of them. Where the numbers differ, nobody knows
/// which is which, and they are ambiguous.
///
/// ```
/// use tegu_imap::plan::{Traits, changed};
/// use tegu_imap::Uid;
///
/// let message = |uid, date| {
///     let mut message = Traits::new(Uid::new(uid).unwrap());
///     message.date = Some(date);
///     message
/// };
/// let result = changed(&[message(1, 500), message(2, 600), message(3, 600)], &[message(9, 500), message(10, 600)]);
/// assert_eq!(result.pairs, [(Uid::new(1).unwrap(), Uid::new(9).unwrap())]);
/// assert_eq!(result.ambiguous, [Uid::new(2).unwrap(), Uid::new(3).unwrap()]);
/// ```
pub fn changed(sent: &[Traits], found: &[Traits]) -> Changed {
    let mut result = Changed::default();
    let (mut ours, mut theirs): (BTreeSet<Uid>, BTreeSet<Uid>) = (uids(sent), uids(found));
    for evidence in EVIDENCE {
        let mut groups = groups(sent, &ours, evidence);
        let others = self::groups(found, &theirs, evidence);
        groups.retain(|key, group| others.get(key).is_some_and(|others| others.len() == group.len()));
        for (key, group) in groups {
            for (uid, target) in group.into_iter().zip(others.get(&key).into_iter().flatten()) {
                ours.remove(&uid);
                theirs.remove(target);
                result.pairs.push((uid, *target));
            }
        }
    }
    result.pairs.sort_unstable();
    let mut ambiguous = BTreeSet::new();
    for evidence in EVIDENCE {
        let others = groups(found, &theirs, evidence);
        let groups = groups(sent, &ours, evidence);
        let shared = groups.into_iter().filter(|(key, _)| others.contains_key(key));
        ambiguous.extend(shared.flat_map(|(_, group)| group));
    }
    result.ambiguous = ambiguous.into_iter().collect();
    result
}

fn uids(messages: &[Traits]) -> BTreeSet<Uid> {
    messages.iter().map(|message| message.uid).collect()
}

/// Those that are left, by what they are known by.
fn groups(
    messages: &[Traits],
    left: &BTreeSet<Uid>,
    evidence: fn(&Traits) -> Option<Key>,
) -> BTreeMap<Key, Vec<Uid>> {
    let mut groups: BTreeMap<Key, Vec<Uid>> = BTreeMap::new();
    for message in messages.iter().filter(|message| left.contains(&message.uid)) {
        if let Some(key) = evidence(message) {
            groups.entry(key).or_default().push(message.uid);
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn message(uid: u32, envelope: Option<u64>, date: i64) -> Traits {
        let mut message = Traits::new(Uid::new(uid).unwrap());
        (message.envelope, message.date) = (envelope, Some(date));
        message
    }

    #[test]
    fn mail_that_others_deliver_is_another() {
        let mut sent = message(1, None, 100);
        sent.sender = Some(7);
        let mut found = message(9, None, 900);
        found.sender = Some(7);
        assert_eq!(changed(&[sent], &[found]), Changed::default());
    }

    #[test]
    fn a_sure_trait_decides_before_a_weak_one() {
        let sent = [message(1, Some(5), 100), message(2, Some(6), 100)];
        let found = [message(9, Some(6), 100)];
        let result = changed(&sent, &found);
        assert_eq!(result.pairs, [(Uid::new(2).unwrap(), Uid::new(9).unwrap())]);
        assert_eq!(result.ambiguous, []);
    }

    proptest! {
        /// Whatever is sent and found: no message has two places, and nothing that is like nothing on the target is held back.
        #[test]
        fn each_message_has_one_place(
            sent in proptest::collection::vec((proptest::option::of(0..3_u64), 0..3_i64), 0..9),
            found in proptest::collection::vec((proptest::option::of(0..3_u64), 0..3_i64), 0..9),
        ) {
            let side = |side: &[(Option<u64>, i64)], from: u32| -> Vec<Traits> {
                let side = side.iter().zip(from..);
                side.map(|((envelope, date), uid)| message(uid, *envelope, *date)).collect()
            };
            let (sent, found) = (side(&sent, 1), side(&found, 100));
            let result = changed(&sent, &found);
            let mut ours: Vec<Uid> = result.pairs.iter().map(|(uid, _)| *uid).collect();
            ours.extend(&result.ambiguous);
            let mut theirs: Vec<Uid> = result.pairs.iter().map(|(_, target)| *target).collect();
            let (one, other) = (ours.len(), theirs.len());
            ours.sort_unstable();
            ours.dedup();
            theirs.sort_unstable();
            theirs.dedup();
            prop_assert_eq!((one, other), (ours.len(), theirs.len()));
            for message in &sent {
                let alike = found.iter().any(|other| {
                    other.date == message.date || (message.envelope.is_some() && other.envelope == message.envelope)
                });
                prop_assert!(alike || !ours.contains(&message.uid));
            }
            // All of them arrived and nothing else did: then order alone tells.
            let moved: Vec<Traits> = sent.iter().map(|message| {
                Traits { uid: Uid::new(message.uid.get() + 100).unwrap(), ..message.clone() }
            }).collect();
            let result = changed(&sent, &moved);
            prop_assert_eq!(result.ambiguous, []);
            for (uid, target) in result.pairs {
                let of = |side: &[Traits], uid| side.iter().find(|one| one.uid == uid).unwrap().clone();
                let (ours, theirs) = (of(&sent, uid), of(&moved, target));
                prop_assert_eq!((ours.envelope, ours.date), (theirs.envelope, theirs.date));
            }
        }
    }
}
