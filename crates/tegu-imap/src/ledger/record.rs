//! What the entries of one mailbox come to.

use std::collections::{BTreeMap, HashMap};

use super::{Entry, Pair, Pass};
use crate::State;
use crate::prove::Digest;
use crate::wire::{Flags, Uid, UidSet};

/// A message on the target.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Standing {
    /// [`Moved`](State::Moved) or [`Present`](State::Present).
    pub state: State,
    /// Its UID on the target.
    pub target: Uid,
    /// The digest of its octets, where they were seen.
    pub digest: Option<Digest>,
    /// How many octets it has.
    pub octets: u64,
    /// The flags that the target has, as far as this side knows.
    pub flags: Flags,
}

impl Standing {
    /// A message of this UID on the target.
    pub fn new(state: State, target: Uid, digest: Option<Digest>, octets: u64, flags: Flags) -> Self {
        Self {
            state,
            target,
            digest,
            octets,
            flags,
        }
    }
}

/// What is known of a source message.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Known {
    /// It stands on the target.
    Standing(Standing),
    /// It was not copied.
    Staying {
        /// [`Manual`](State::Manual) or [`Failed`](State::Failed).
        state: State,
        /// The stable code of the reason.
        code: String,
        /// The reason in words.
        text: String,
    },
}

/// All that is known of a source mailbox. Small enough to hold a million messages.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Record {
    pair: Option<Pair>,
    delimiter: Option<char>,
    pass: Option<Pass>,
    /// In ascending order of source UIDs.
    standing: Vec<Slot>,
    staying: BTreeMap<Uid, (State, String, String)>,
    /// Sets of flags, each once.
    flags: Vec<Flags>,
    flag_numbers: HashMap<String, u32>,
    mark: Option<Uid>,
    open: UidSet,
    doubt: Option<Uid>,
    highest_target: Option<Uid>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Slot {
    uid: Uid,
    target: Uid,
    flags: u32,
    moved: bool,
    digest: Option<Digest>,
    octets: u64,
}

impl Record {
    /// A record of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next entry.
    pub fn apply(&mut self, entry: &Entry) {
        match entry {
            Entry::Opened(pair) => {
                if self.pair.as_ref() != Some(pair) {
                    *self = Self {
                        pair: Some(pair.clone()),
                        ..Self::default()
                    };
                }
            }
            Entry::Delimiter(delimiter) => self.delimiter = Some(*delimiter),
            // One that names no message opens nothing.
            Entry::Intent { messages, .. } if messages.is_empty() => {}
            Entry::Intent { mark, messages } => {
                if let Some(earlier) = self.mark.filter(|_| !self.open.intersection(messages).is_empty()) {
                    self.doubt = Some(self.doubt.map_or(earlier, |doubt| doubt.min(earlier)));
                }
                self.mark = Some(self.mark.map_or(*mark, |earlier| earlier.min(*mark)));
                self.open = self.open.union(messages);
            }
            Entry::Stands { uid, standing } => {
                self.staying.remove(uid);
                self.close(*uid);
                self.stand(*uid, standing);
            }
            Entry::Stays {
                uid,
                state,
                code,
                text,
            } => {
                self.close(*uid);
                self.forget(*uid);
                self.staying.insert(*uid, (*state, code.clone(), text.clone()));
            }
            Entry::Flagged { uid, flags } => {
                let number = self.number(flags);
                if let Some(slot) = self.slot_mut(*uid) {
                    slot.flags = number;
                }
            }
            Entry::Gone { uids } => {
                self.standing.retain(|slot| !uids.contains(slot.uid));
                self.staying.retain(|uid, _| !uids.contains(*uid));
                self.open = self.open.difference(uids);
                if self.open.is_empty() {
                    self.mark = None;
                }
            }
            Entry::Passed(pass) => {
                self.pass = Some(*pass);
                self.doubt = None;
            }
        }
    }

    fn close(&mut self, uid: Uid) {
        self.open.remove(uid);
        if self.open.is_empty() {
            self.mark = None;
        }
    }

    fn forget(&mut self, uid: Uid) {
        if let Ok(at) = self.standing.binary_search_by_key(&uid, |slot| slot.uid) {
            self.standing.remove(at);
        }
    }

    fn stand(&mut self, uid: Uid, standing: &Standing) {
        let slot = Slot {
            uid,
            target: standing.target,
            flags: self.number(&standing.flags),
            moved: standing.state == State::Moved,
            digest: standing.digest,
            octets: standing.octets,
        };
        self.highest_target = self.highest_target.max(Some(standing.target));
        match self.standing.binary_search_by_key(&uid, |slot| slot.uid) {
            Ok(at) => {
                if let Some(place) = self.standing.get_mut(at) {
                    *place = slot;
                }
            }
            Err(at) => self.standing.insert(at, slot),
        }
    }

    fn number(&mut self, flags: &Flags) -> u32 {
        let next = u32::try_from(self.flags.len()).unwrap_or(u32::MAX);
        let number = *self.flag_numbers.entry(flags.to_string()).or_insert(next);
        if number == next {
            self.flags.push(flags.clone());
        }
        number
    }

    fn slot(&self, uid: Uid) -> Option<&Slot> {
        let at = self.standing.binary_search_by_key(&uid, |slot| slot.uid).ok()?;
        self.standing.get(at)
    }

    fn slot_mut(&mut self, uid: Uid) -> Option<&mut Slot> {
        let at = self.standing.binary_search_by_key(&uid, |slot| slot.uid).ok()?;
        self.standing.get_mut(at)
    }

    fn told(&self, slot: &Slot) -> Standing {
        Standing {
            state: if slot.moved { State::Moved } else { State::Present },
            target: slot.target,
            digest: slot.digest,
            octets: slot.octets,
            flags: self.flags.get(slot.flags as usize).cloned().unwrap_or_default(),
        }
    }

    /// The mailboxes that belong together, and their generations.
    pub fn pair(&self) -> Option<&Pair> {
        self.pair.as_ref()
    }

    /// Returns what separates the levels of the source mailbox's name; `None` if its server has no hierarchy.
    pub fn delimiter(&self) -> Option<char> {
        self.delimiter
    }

    /// How the source looked when a pass was last through.
    pub fn pass(&self) -> Option<&Pass> {
        self.pass.as_ref()
    }

    /// Messages that were about to be sent and of which nothing is known since: the smallest UID that they can have on
    /// the target, and their UIDs on the source.
    pub fn intent(&self) -> Option<(Uid, &UidSet)> {
        self.mark.map(|mark| (mark, &self.open))
    }

    /// From which UID on the target may hold messages that were sent twice, since the last pass that was through: an
    /// intent was open, its messages were not found, and they were sent again. The server may have been at work on the
    /// first command still.
    pub fn doubt(&self) -> Option<Uid> {
        self.doubt
    }

    /// The highest UID that a message of this record ever had on the target.
    pub fn highest_target(&self) -> Option<Uid> {
        self.highest_target
    }

    /// What is known of a message.
    pub fn known(&self, uid: Uid) -> Option<Known> {
        if let Some(slot) = self.slot(uid) {
            return Some(Known::Standing(self.told(slot)));
        }
        let (state, code, text) = self.staying.get(&uid)?;
        Some(Known::Staying {
            state: *state,
            code: code.clone(),
            text: text.clone(),
        })
    }

    /// The flags that the target was last given for a message that stands there, and its UID there.
    pub fn standing_flags(&self, uid: Uid) -> Option<(Uid, &Flags)> {
        let slot = self.slot(uid)?;
        Some((slot.target, self.flags.get(slot.flags as usize)?))
    }

    /// Messages that stand on the target, by ascending source UID.
    pub fn standing(&self) -> impl Iterator<Item = (Uid, Standing)> + '_ {
        self.standing.iter().map(|slot| (slot.uid, self.told(slot)))
    }

    /// Messages that were not copied: UID, state, code and reason.
    pub fn staying(&self) -> impl Iterator<Item = (Uid, State, &str, &str)> {
        self.staying
            .iter()
            .map(|(uid, (state, code, text))| (*uid, *state, code.as_str(), text.as_str()))
    }

    /// All messages whose end is known, in no order, with their UIDs on the target if they stand there.
    pub fn uids(&self) -> impl Iterator<Item = (Uid, Option<Uid>)> + '_ {
        let standing = self.standing.iter().map(|slot| (slot.uid, Some(slot.target)));
        standing.chain(self.staying.keys().map(|uid| (*uid, None)))
    }

    /// How many messages it knows the end of.
    pub fn len(&self) -> usize {
        self.standing.len() + self.staying.len()
    }

    /// Whether it knows of none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::mailbox::MailboxName;
    use crate::wire::UidValidity;

    fn uid(number: u32) -> Uid {
        Uid::new(number).unwrap()
    }

    fn stands(number: u32) -> Entry {
        Entry::Stands {
            uid: uid(number),
            standing: Standing::new(State::Moved, uid(number + 100), None, 5, Flags::new()),
        }
    }

    fn opened(source: u32) -> Entry {
        let name = MailboxName::new("Sent").unwrap();
        Entry::Opened(Pair::new(UidValidity::new(source), name, UidValidity::new(9)))
    }

    #[test]
    fn an_intent_is_open_until_each_of_its_messages_has_an_end() {
        let mut record = Record::new();
        record.apply(&opened(1));
        let messages = [1, 2, 3].map(uid).into_iter().collect();
        record.apply(&Entry::Intent {
            mark: uid(50),
            messages,
        });
        record.apply(&stands(2));
        let messages = [4].map(uid).into_iter().collect();
        record.apply(&Entry::Intent {
            mark: uid(60),
            messages,
        });
        record.apply(&stands(1));
        let (mark, open) = record.intent().unwrap();
        assert_eq!((mark, open.to_string().as_str()), (uid(50), "3:4"));
        assert_eq!(record.doubt(), None);
        let messages = [3].map(uid).into_iter().collect();
        record.apply(&Entry::Intent {
            mark: uid(70),
            messages,
        });
        assert_eq!(record.doubt(), Some(uid(50)));
        record.apply(&Entry::Passed(Pass::new(None, 4, None)));
        assert_eq!(record.doubt(), None);
        record.apply(&stands(3));
        let stays = Entry::Stays {
            uid: uid(4),
            state: State::Manual,
            code: "X".into(),
            text: "x".into(),
        };
        record.apply(&stays);
        assert_eq!(record.intent(), None);
        assert_eq!((record.len(), record.highest_target()), (4, Some(uid(103))));
        // A second try that succeeds.
        record.apply(&stands(4));
        assert_eq!((record.len(), record.staying().count()), (4, 0));
    }

    #[test]
    fn an_intent_of_no_message_opens_nothing() {
        let mut record = Record::new();
        let mark = uid(7);
        let messages = UidSet::new();
        record.apply(&Entry::Intent { mark, messages });
        assert_eq!(record.intent(), None);
    }

    #[test]
    fn another_generation_makes_what_was_known_void() {
        let mut record = Record::new();
        record.apply(&opened(1));
        record.apply(&stands(1));
        record.apply(&opened(1));
        assert_eq!(record.len(), 1);
        record.apply(&opened(2));
        assert!(record.is_empty() && record.highest_target().is_none());
    }

    #[test]
    fn a_million_messages_fit() {
        assert!(size_of::<Slot>() <= 64, "{}", size_of::<Slot>());
    }
}
