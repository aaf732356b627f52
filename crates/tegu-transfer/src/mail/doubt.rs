//! What is in doubt in a folder, against what stands there. Pure: no journal and no server.

use crate::{
    Digest,
    journal::{Doubt, Doubts, Intent, Record},
    message::doubt::{self, Sent},
    targets::{Mark, Stored},
};
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

/// How long a message stays in doubt after it was last sent.
pub(super) const KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Messages whose sending has no known end: those of earlier passes, and those of an intent that is open.
#[derive(Clone, Debug)]
pub(super) struct InDoubt {
    /// The mark behind which copies of all of them stand.
    pub(super) mark: Mark,
    /// The mark of the intent, if it is not the same.
    pub(super) later: Option<Mark>,
    /// Whether an intent is open, which has to be closed.
    pub(super) has_intent: bool,
    items: Vec<Item>,
}

#[derive(Clone, Debug)]
struct Item {
    doubt: Doubt,
    /// Copies stand behind the later mark.
    is_later: bool,
}

/// What the target's messages are, by their places in the slice that was looked at.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The first copies of messages of which none was known.
    pub(super) arrived: Vec<(Doubt, usize)>,
    /// Copies beyond the first.
    pub(super) surplus: Vec<(Doubt, usize)>,
    /// Messages that are none of those in doubt, as far as octets tell.
    pub(super) others: Vec<usize>,
}

impl InDoubt {
    /// `None` if nothing is in doubt.
    pub(super) fn new(doubts: &Doubts, intent: Option<&Intent>, now: u64) -> Option<Self> {
        let mut items: Vec<Item> = doubts.items.iter().cloned().map(Item::earlier).collect();
        let mark = match (items.is_empty(), intent) {
            (false, _) => &doubts.mark,
            (true, Some(intent)) => &intent.mark,
            (true, None) => return None,
        };
        let is_later = !items.is_empty();
        let sent = intent.into_iter().flat_map(|intent| {
            let at = if intent.at == 0 { now } else { intent.at };
            let sizes = intent.sizes.iter().copied().chain(std::iter::repeat(0));
            let items = intent.items.iter().zip(sizes);
            items.map(move |((id, digest), bytes)| Doubt::new(id, *digest, bytes, at))
        });
        let mut known: HashMap<(String, Digest), usize> = HashMap::new();
        for (place, item) in items.iter().enumerate() {
            known.insert((item.doubt.id.clone(), item.doubt.digest), place);
        }
        for doubt in sent {
            let earlier = known.get(&(doubt.id.clone(), doubt.digest));
            match earlier.and_then(|place| items.get_mut(*place)) {
                Some(Item { doubt: earlier, .. }) => {
                    earlier.sendings = earlier.sendings.saturating_add(1);
                    earlier.at = earlier.at.max(doubt.at);
                }
                None => items.push(Item { doubt, is_later }),
            }
        }
        Some(Self {
            mark: Mark::new(mark.clone()),
            has_intent: intent.is_some(),
            later: intent
                .filter(|_| is_later)
                .map(|intent| Mark::new(intent.mark.clone())),
            items,
        })
    }

    /// The messages of which no copy is known.
    pub(super) fn missing(&self, known: &HashMap<String, Record>) -> HashSet<&str> {
        let missing = self.items.iter().filter(|item| !has_copy(known, &item.doubt.id));
        missing.map(|item| item.doubt.id.as_str()).collect()
    }

    /// Tells what messages are that stand on the target behind the mark and that no record claims. `behind` are the places behind the
    /// later mark.
    pub(super) fn search(
        &self,
        known: &HashMap<String, Record>,
        stored: &[Stored],
        behind: &HashSet<String>,
    ) -> Found {
        let at = |stored: &Stored| {
            let place = stored.place.as_ref();
            self.later.is_none() || place.is_some_and(|place| behind.contains(place))
        };
        let sent = |(number, item): (usize, &Item), digest: Digest, ended: u32, has_copy: bool| {
            Sent::new(number, digest, item.is_later)
                .sendings(item.doubt.sendings.saturating_sub(ended))
                .has_copy(has_copy)
        };
        let found = |places: Vec<usize>| {
            places
                .into_iter()
                .filter_map(|place| Some((place, stored.get(place)?)))
                .map(|(place, stored)| (place, at(stored), stored.digest))
                .collect::<Vec<_>>()
        };
        let items = self.items.iter().enumerate();
        let first = doubt::search(
            items.clone().map(|(number, item)| {
                let has_copy = has_copy(known, &item.doubt.id);
                sent((number, item), item.doubt.digest, 0, has_copy)
            }),
            found((0..stored.len()).collect()),
        );
        let mut ended: HashMap<usize, u32> = HashMap::new();
        for (number, _) in first.arrived.iter().chain(&first.surplus) {
            *ended.entry(*number).or_default() += 1;
        }
        // Where the target changes messages, a second copy has the octets of the first one there.
        let changed = items.filter_map(|(number, item)| {
            let proof = known.get(&item.doubt.id)?.proof?;
            let ended = ended.get(&number).copied().unwrap_or_default();
            Some(sent((number, item), proof, ended, true))
        });
        let second = doubt::search(changed, found(first.others));
        let doubts = |found: Vec<(usize, usize)>| {
            found
                .into_iter()
                .filter_map(|(number, place)| Some((self.items.get(number)?.doubt.clone(), place)))
                .collect::<Vec<_>>()
        };
        let mut surplus = doubts(first.surplus);
        surplus.extend(doubts(second.surplus));
        Found {
            arrived: doubts(first.arrived),
            surplus,
            others: second.others,
        }
    }

    /// What stays in doubt when these sendings have ended. Doubt of messages that need not be sent again ends some day.
    pub(super) fn left<'a>(
        &self,
        ended: impl IntoIterator<Item = &'a Doubt>,
        is_open: impl Fn(&str) -> bool,
        now: u64,
    ) -> Vec<Doubt> {
        let mut left: Vec<Doubt> = self.items.iter().map(|item| item.doubt.clone()).collect();
        for ended in ended {
            let same = |doubt: &&mut Doubt| doubt.id == ended.id && doubt.digest == ended.digest;
            if let Some(doubt) = left.iter_mut().find(same) {
                doubt.sendings = doubt.sendings.saturating_sub(1);
            }
        }
        let is_young = |doubt: &Doubt| now.saturating_sub(doubt.at) <= KEPT.as_secs();
        left.retain(|doubt| doubt.sendings > 0 && (is_open(&doubt.id) || is_young(doubt)));
        left
    }
}

impl Item {
    fn earlier(doubt: Doubt) -> Self {
        Self {
            doubt,
            is_later: false,
        }
    }
}

/// Whether a copy of the message is known. That of one which may be there in a changed form is not.
fn has_copy(known: &HashMap<String, Record>, id: &str) -> bool {
    let is_ambiguous = |record: &Record| record.findings.iter().any(|finding| finding.code == AMBIGUOUS);
    known
        .get(id)
        .is_some_and(|record| record.stands_on_target() && !is_ambiguous(record))
}

/// The code of messages that may stand on the target in a changed form.
pub(super) const AMBIGUOUS: &str = "MAIL-AMBIGUOUS";

/// The time in seconds since 1970.
pub(super) fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{State, digest, message::Flags};

    fn stored(text: &str, place: u32) -> Stored {
        Stored::new(digest::of(text.as_bytes()), Flags::default(), None).at(place.to_string())
    }

    fn doubt(id: &str, text: &str, at: u64) -> Doubt {
        Doubt::new(id, digest::of(text.as_bytes()), 5, at)
    }

    fn ids(found: &[(Doubt, usize)]) -> Vec<(&str, usize)> {
        found
            .iter()
            .map(|(doubt, place)| (doubt.id.as_str(), *place))
            .collect()
    }

    #[test]
    fn an_intent_adds_a_sending_to_what_is_in_doubt() {
        let doubts = Doubts::new("5", vec![doubt("a", "a", 100)]);
        let items = [("a", "a"), ("b", "b")].map(|(id, text)| (id.to_owned(), digest::of(text.as_bytes())));
        let intent = Intent::new("9", items.to_vec()).at(200);
        let open = InDoubt::new(&doubts, Some(&intent), 300).unwrap();
        assert_eq!(
            (open.mark.as_str(), open.later.as_ref().unwrap().as_str()),
            ("5", "9")
        );
        let known = HashMap::new();
        assert_eq!(open.missing(&known), ["a", "b"].into());
        // What stands between both marks can be no copy of the later one.
        let there = [stored("b", 6), stored("a", 7), stored("b", 9), stored("a", 10)];
        let behind = ["9", "10"].map(str::to_owned).into();
        let found = open.search(&known, &there, &behind);
        assert_eq!(ids(&found.arrived), [("a", 1), ("b", 2)]);
        assert_eq!((ids(&found.surplus), found.others), (vec![("a", 3)], vec![0]));
        let ended = found.arrived.iter().map(|(doubt, _)| doubt);
        let left = open.left(ended, |_| false, 300);
        assert_eq!((left.len(), left[0].id.as_str(), left[0].at), (1, "a", 200));
        assert!(InDoubt::new(&Doubts::default(), None, 0).is_none());
    }

    #[test]
    fn a_second_copy_of_a_changed_message_is_known_by_the_first() {
        let doubts = Doubts::new("5", vec![doubt("a", "sent", 100)]);
        let open = InDoubt::new(&doubts, None, 100).unwrap();
        let mut record = Record::new(State::Manual);
        (record.on_target, record.proof) = (true, Some(digest::of(b"changed")));
        let known = [("a".to_owned(), record)].into();
        let found = open.search(
            &known,
            &[stored("other", 6), stored("changed", 7)],
            &HashSet::new(),
        );
        assert_eq!((ids(&found.surplus), found.others), (vec![("a", 1)], vec![0]));
        assert!(found.arrived.is_empty());
    }

    #[test]
    fn doubt_ends_when_it_is_old_and_nothing_is_to_be_sent() {
        let open = InDoubt::new(&Doubts::new("5", vec![doubt("a", "a", 100)]), None, 0).unwrap();
        let week = KEPT.as_secs();
        let left = |open_still: bool, now| open.left([], |_| open_still, now).len();
        assert_eq!((left(false, 100 + week), left(false, 101 + week)), (1, 0));
        assert_eq!(left(true, 101 + week), 1);
    }
}
