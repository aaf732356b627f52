//! What the entries of one mailbox come to.

use std::collections::{BTreeMap, HashMap};

use super::pending::PendingMessages;
use super::{Entry, Origin, Pair, Pass, Pending, Proof, StoredMessage};
use crate::State;
use crate::prove::Digest;
use crate::wire::{Flags, Uid};

/// What is known of a source message.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Known {
    /// The target holds it.
    Stored(StoredMessage),
    /// It was not copied.
    NotCopied {
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
    stored: Vec<Slot>,
    not_copied: BTreeMap<Uid, (State, String, String)>,
    /// Sets of flags, each once.
    flags: Vec<Flags>,
    flag_numbers: HashMap<String, u32>,
    pending: PendingMessages,
    disturbed: Option<Uid>,
    highest_target: Option<Uid>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Slot {
    uid: Uid,
    target: Uid,
    flags: u32,
    origin: Origin,
    proof: Option<Proof>,
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
            Entry::Paired(pair) => {
                if self.pair.as_ref() != Some(pair) {
                    *self = Self {
                        pair: Some(pair.clone()),
                        ..Self::default()
                    };
                }
            }
            Entry::Delimiter(delimiter) => self.delimiter = Some(*delimiter),
            Entry::Intent { mark, at, messages } => {
                let pending = &mut self.pending;
                messages
                    .iter()
                    .for_each(|message| pending.send(*mark, *at, message));
            }
            Entry::Stored { uid, message } => {
                self.not_copied.remove(uid);
                self.store(*uid, message);
                if message.origin == Origin::Copied {
                    self.pending.end_one(*uid);
                }
            }
            Entry::Proved { proof, uids } => {
                let Some(first) = uids.iter().next() else { return };
                let from = self.stored.partition_point(|slot| slot.uid < first);
                let proved = self.stored.iter_mut().skip(from);
                let proved = proved.filter(|slot| uids.contains(slot.uid));
                // Most sets name nothing unknown, so that the rest of the mailbox is not looked at.
                let most = usize::try_from(uids.len()).unwrap_or(usize::MAX);
                proved.take(most).for_each(|slot| slot.proof = Some(*proof));
            }
            Entry::Refused { uids } | Entry::Removed { uids } => {
                self.pending.end_each(uids);
            }
            Entry::Searched { mark } => self.pending.searched(*mark),
            Entry::Disturbed { from } => {
                self.disturbed = Some(self.disturbed.map_or(*from, |earlier| earlier.min(*from)));
            }
            Entry::Settled { uids } => self.pending.settle(uids),
            Entry::NotCopied {
                uid,
                state,
                code,
                text,
            } => {
                self.pending.end_undigested(|pending| pending == *uid);
                self.forget(*uid);
                self.not_copied.insert(*uid, (*state, code.clone(), text.clone()));
            }
            Entry::Flagged { uid, flags } => {
                let number = self.number(flags);
                if let Some(slot) = self.slot_mut(*uid) {
                    slot.flags = number;
                }
            }
            Entry::Gone { uids } => {
                self.stored.retain(|slot| !uids.contains(slot.uid));
                self.not_copied.retain(|uid, _| !uids.contains(*uid));
                self.pending.end_undigested(|uid| uids.contains(uid));
            }
            Entry::Passed(pass) => {
                self.pass = Some(*pass);
                self.disturbed = None;
            }
        }
    }

    fn forget(&mut self, uid: Uid) {
        if let Ok(at) = self.stored.binary_search_by_key(&uid, |slot| slot.uid) {
            self.stored.remove(at);
        }
    }

    fn store(&mut self, uid: Uid, message: &StoredMessage) {
        let sent = self.pending.get(uid).filter(|_| message.digest.is_none());
        let (digest, octets) = match sent {
            Some(sent) if sent.digest.is_some() => (sent.digest, sent.octets),
            _ => (message.digest, message.octets),
        };
        let slot = Slot {
            uid,
            target: message.target,
            flags: self.number(&message.flags),
            origin: message.origin,
            proof: None,
            digest,
            octets,
        };
        self.highest_target = self.highest_target.max(Some(message.target));
        match self.stored.binary_search_by_key(&uid, |slot| slot.uid) {
            Ok(at) => {
                if let Some(place) = self.stored.get_mut(at) {
                    *place = slot;
                }
            }
            Err(at) => self.stored.insert(at, slot),
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
        let at = self.stored.binary_search_by_key(&uid, |slot| slot.uid).ok()?;
        self.stored.get(at)
    }

    fn slot_mut(&mut self, uid: Uid) -> Option<&mut Slot> {
        let at = self.stored.binary_search_by_key(&uid, |slot| slot.uid).ok()?;
        self.stored.get_mut(at)
    }

    fn message(&self, slot: &Slot) -> StoredMessage {
        StoredMessage {
            origin: slot.origin,
            target: slot.target,
            digest: slot.digest,
            octets: slot.octets,
            flags: self.flags.get(slot.flags as usize).cloned().unwrap_or_default(),
        }
    }

    /// The mailboxes that belong together, and their UIDVALIDITYs.
    pub fn pair(&self) -> Option<&Pair> {
        self.pair.as_ref()
    }

    /// Returns what separates the levels of the source mailbox's name; `None` if its server has no hierarchy.
    pub fn delimiter(&self) -> Option<char> {
        self.delimiter
    }

    /// How the source looked at the end of the last pass.
    pub fn pass(&self) -> Option<&Pass> {
        self.pass.as_ref()
    }

    /// Messages whose sendings have not all ended, by source UID. The target may hold copies of them that are not
    /// known, or get them later.
    pub fn pending(&self) -> impl Iterator<Item = (Uid, &Pending)> {
        self.pending.iter()
    }

    /// What is pending of one message.
    pub fn pending_of(&self, uid: Uid) -> Option<&Pending> {
        self.pending.get(uid)
    }

    /// The smallest UID on the target that a copy can have of which nothing is known; `None` if nothing is pending.
    pub fn mark(&self) -> Option<Uid> {
        self.pending.iter().map(|(_, pending)| pending.mark).min()
    }

    /// From which UID on somebody else stored messages of the source on the target, since the last pass that ended.
    pub fn disturbed(&self) -> Option<Uid> {
        self.disturbed
    }

    /// The highest UID that a message of this record ever had on the target.
    pub fn highest_target(&self) -> Option<Uid> {
        self.highest_target
    }

    /// What is known of a message.
    pub fn known(&self, uid: Uid) -> Option<Known> {
        if let Some(slot) = self.slot(uid) {
            return Some(Known::Stored(self.message(slot)));
        }
        let (state, code, text) = self.not_copied.get(&uid)?;
        Some(Known::NotCopied {
            state: *state,
            code: code.clone(),
            text: text.clone(),
        })
    }

    /// Whether anything is known of a message.
    pub fn knows(&self, uid: Uid) -> bool {
        self.slot(uid).is_some() || self.not_copied.contains_key(&uid)
    }

    /// How the copy of a message was proved; `None` if it was not, or if there is no copy.
    pub fn proof(&self, uid: Uid) -> Option<Proof> {
        self.slot(uid)?.proof
    }

    /// The flags that the target was last given for a message that it holds, and its UID there.
    pub fn stored_flags(&self, uid: Uid) -> Option<(Uid, &Flags)> {
        let slot = self.slot(uid)?;
        Some((slot.target, self.flags.get(slot.flags as usize)?))
    }

    /// Messages that the target holds, by ascending source UID.
    pub fn stored(&self) -> impl Iterator<Item = (Uid, StoredMessage)> + '_ {
        self.stored.iter().map(|slot| (slot.uid, self.message(slot)))
    }

    /// The same without their flags: source UID, UID on the target, who put it there.
    pub fn copies(&self) -> impl Iterator<Item = (Uid, Uid, Origin)> + '_ {
        self.stored
            .iter()
            .map(|slot| (slot.uid, slot.target, slot.origin))
    }

    /// Messages that were not copied: UID, state, code and reason.
    pub fn not_copied(&self) -> impl Iterator<Item = (Uid, State, &str, &str)> {
        self.not_copied
            .iter()
            .map(|(uid, (state, code, text))| (*uid, *state, code.as_str(), text.as_str()))
    }

    /// All messages of which something is known, in no order, with their UIDs on the target if it holds them.
    pub fn uids(&self) -> impl Iterator<Item = (Uid, Option<Uid>)> + '_ {
        let stored = self.stored.iter().map(|slot| (slot.uid, Some(slot.target)));
        stored.chain(self.not_copied.keys().map(|uid| (*uid, None)))
    }

    /// How many messages it knows of.
    pub fn len(&self) -> usize {
        self.stored.len() + self.not_copied.len()
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
    use crate::ledger::Sending;
    use crate::mailbox::MailboxName;
    use crate::prove::digest;
    use crate::wire::{UidSet, UidValidity};

    fn uid(number: u32) -> Uid {
        Uid::new(number).unwrap()
    }

    fn stored(number: u32) -> Entry {
        Entry::Stored {
            uid: uid(number),
            message: StoredMessage::new(Origin::Copied, uid(number + 100), None, 5, Flags::new()),
        }
    }

    fn opened(source: u32) -> Entry {
        let name = MailboxName::new("Sent").unwrap();
        Entry::Paired(Pair::new(UidValidity::new(source), name, UidValidity::new(9)))
    }

    fn intent(mark: u32, numbers: &[u32]) -> Entry {
        let sending = |number: &u32| Sending::new(uid(*number), Some(digest(&number.to_le_bytes())), 4);
        Entry::Intent {
            mark: uid(mark),
            at: 0,
            messages: numbers.iter().map(sending).collect(),
        }
    }

    fn pending(record: &Record) -> Vec<(u32, u32, u32)> {
        record
            .pending()
            .map(|(uid, pending)| (uid.get(), pending.mark.get(), pending.sendings))
            .collect()
    }

    #[test]
    fn each_sending_is_open_until_it_has_an_end() {
        let mut record = Record::new();
        record.apply(&opened(1));
        record.apply(&intent(50, &[1, 2, 3]));
        record.apply(&stored(2));
        record.apply(&intent(60, &[3, 4]));
        assert_eq!(pending(&record), [(1, 50, 1), (3, 50, 2), (4, 60, 1)]);
        // The end of a pass ends no doubt.
        record.apply(&Entry::Passed(Pass::new(None, 4, None)));
        record.apply(&stored(3));
        assert_eq!(pending(&record), [(1, 50, 1), (3, 50, 1), (4, 60, 1)]);
        record.apply(&Entry::Searched { mark: uid(55) });
        assert_eq!(pending(&record), [(1, 55, 1), (3, 55, 1), (4, 60, 1)]);
        assert_eq!(record.mark(), Some(uid(55)));
        let uids = [1, 4].map(uid).into_iter().collect();
        record.apply(&Entry::Refused { uids });
        let uids = [3].map(uid).into_iter().collect();
        record.apply(&Entry::Removed { uids });
        assert_eq!((pending(&record), record.mark()), (vec![], None));
        // Neither does a reason not to send it again.
        record.apply(&intent(60, &[4]));
        record.apply(&Entry::NotCopied {
            uid: uid(4),
            state: State::Manual,
            code: "X".into(),
            text: "x".into(),
        });
        assert_eq!(pending(&record), [(4, 60, 1)]);
        let uids: UidSet = [4].map(uid).into_iter().collect();
        record.apply(&Entry::Gone { uids: uids.clone() });
        assert_eq!(pending(&record), [(4, 60, 1)]);
        record.apply(&Entry::Settled { uids });
        assert_eq!(pending(&record), []);
        assert_eq!((record.len(), record.highest_target()), (2, Some(uid(103))));
    }

    #[test]
    fn a_copy_takes_its_digest_from_its_sending_and_has_no_proof_until_it_is_read() {
        let mut record = Record::new();
        record.apply(&intent(5, &[1]));
        record.apply(&stored(1));
        let message = record.stored().next().unwrap().1;
        assert_eq!(
            (message.digest, message.octets),
            (Some(digest(&1_u32.to_le_bytes())), 4)
        );
        assert_eq!(record.proof(uid(1)), None);
        let uids = [1, 9].map(uid).into_iter().collect();
        let proof = Proof::Digest;
        record.apply(&Entry::Proved { proof, uids });
        assert_eq!(
            (record.proof(uid(1)), record.proof(uid(9))),
            (Some(Proof::Digest), None)
        );
        record.apply(&stored(1));
        assert_eq!(record.proof(uid(1)), None, "another copy is another matter");
    }

    #[test]
    fn a_copy_that_somebody_else_made_ends_no_sending() {
        let mut record = Record::new();
        record.apply(&intent(5, &[1]));
        let message = StoredMessage::new(Origin::Found, uid(3), None, 5, Flags::new());
        record.apply(&Entry::Stored { uid: uid(1), message });
        assert_eq!(pending(&record), [(1, 5, 1)]);
    }

    #[test]
    fn another_generation_makes_what_was_known_void() {
        let mut record = Record::new();
        record.apply(&opened(1));
        record.apply(&stored(1));
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
