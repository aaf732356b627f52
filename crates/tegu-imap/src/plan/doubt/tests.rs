//! A model of a run over IMAP: commands that are answered, lost, carried out late or never, and a process that is killed
//! between any two of its steps. Whatever happens, the target ends with each message exactly once.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::{Search, search};
use crate::ledger::{Entry, Origin, Proof, Record, Sending, StoredMessage};
use crate::prove::{Digest, digest};
use crate::wire::{Flags, Uid, UidSet};

/// What happens next. Numbers choose among what is there.
#[derive(Clone, Debug)]
enum Step {
    /// The ledger is told of a command with some messages, and it is sent, unless the process dies between the two.
    Send { first: usize, count: usize, dies: bool },
    /// The server carries out the oldest command of the connection, and says so, unless the connection is lost before.
    Answer { lost: bool },
    /// The server refuses the oldest command.
    Refuse,
    /// The connection is lost with all that is on its way.
    Cut,
    /// The process dies.
    Kill,
    /// The server carries out a command of a connection that is lost.
    Late(usize),
    /// Somebody delivers mail to the same mailbox.
    Delivery,
    /// The run looks behind the mark.
    Search,
    /// The owner deletes a message on the source.
    Delete(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..9_usize, 1..4_usize, prop::bool::weighted(0.1))
            .prop_map(|(first, count, dies)| Step::Send { first, count, dies }),
        4 => prop::bool::weighted(0.3).prop_map(|lost| Step::Answer { lost }),
        1 => Just(Step::Refuse),
        2 => Just(Step::Cut),
        2 => Just(Step::Kill),
        3 => (0..9_usize).prop_map(Step::Late),
        1 => Just(Step::Delivery),
        3 => Just(Step::Search),
        1 => (0..9_usize).prop_map(Step::Delete),
    ]
}

/// Both sides, what is between them, and what is remembered.
struct World {
    /// Digests of the source's messages, by their UIDs from 1 on; `None` for those that its owner deleted.
    source: Vec<Option<Digest>>,
    /// The same, whatever was deleted.
    ever: Vec<Digest>,
    target: Vec<(Uid, Digest)>,
    next: Uid,
    ledger: Vec<Entry>,
    /// Commands on the connection, and on those that are lost.
    running: Vec<Vec<Uid>>,
    lost: Vec<Vec<Uid>>,
    deliveries: u32,
    /// Whether this process has looked behind the mark: nothing is sent before.
    searched: bool,
}

fn uid(number: usize) -> Uid {
    Uid::new(u32::try_from(number).unwrap()).unwrap()
}

impl World {
    fn new(contents: &[u8]) -> Self {
        let ever: Vec<Digest> = contents.iter().map(|content| digest(&[*content])).collect();
        Self {
            source: ever.iter().copied().map(Some).collect(),
            ever,
            target: Vec::new(),
            next: uid(10),
            ledger: Vec::new(),
            running: Vec::new(),
            lost: Vec::new(),
            deliveries: 0,
            searched: false,
        }
    }

    fn record(&self) -> Record {
        let mut record = Record::new();
        self.ledger.iter().for_each(|entry| record.apply(entry));
        record
    }

    fn digest(&self, message: Uid) -> Digest {
        self.ever[message.get() as usize - 1]
    }

    fn append(&mut self, digest: Digest) -> Uid {
        let got = self.next;
        self.target.push((got, digest));
        self.next = got.next().unwrap();
        got
    }

    fn store(&mut self, message: Uid, target: Uid) {
        let message_stored = StoredMessage::new(Origin::Copied, target, None, 0, Flags::new());
        self.ledger.push(Entry::Stored {
            uid: message,
            message: message_stored,
        });
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Send { first, count, dies } => self.send(first, count, dies),
            Step::Answer { lost } => {
                if !self.running.is_empty() {
                    let command = self.running.remove(0);
                    let got: Vec<(Uid, Uid)> = command
                        .into_iter()
                        .map(|message| (message, self.append(self.digest(message))))
                        .collect();
                    if lost {
                        self.take(&Step::Cut);
                    } else {
                        got.into_iter()
                            .for_each(|(message, target)| self.store(message, target));
                    }
                }
            }
            Step::Refuse => {
                if !self.running.is_empty() {
                    let uids = self.running.remove(0).into_iter().collect();
                    self.ledger.push(Entry::Refused { uids });
                }
            }
            Step::Cut => {
                self.lost.append(&mut self.running);
                // The next connection begins with a search.
                self.searched = false;
            }
            Step::Kill => self.take(&Step::Cut),
            Step::Late(at) => {
                if !self.lost.is_empty() {
                    let command = self.lost.remove(at % self.lost.len());
                    for message in command {
                        self.append(self.digest(message));
                    }
                }
            }
            Step::Delivery => {
                self.deliveries += 1;
                self.append(digest(format!("delivery {}", self.deliveries).as_bytes()));
            }
            Step::Search => self.search(),
            Step::Delete(at) => {
                let at = at % self.source.len();
                self.source[at] = None;
            }
        }
    }

    fn send(&mut self, first: usize, count: usize, dies: bool) {
        if !self.searched {
            self.search();
        }
        let record = self.record();
        let on_its_way = |message: &Uid| self.running.iter().flatten().any(|other| other == message);
        let open: Vec<Uid> = (1..=self.source.len())
            .filter(|number| self.source[number - 1].is_some())
            .map(uid)
            .filter(|message| !record.knows(*message) && !on_its_way(message))
            .skip(first % 3)
            .take(count)
            .collect();
        if open.is_empty() {
            return;
        }
        let messages = open
            .iter()
            .map(|message| Sending::new(*message, Some(self.digest(*message)), 1));
        self.ledger.push(Entry::Intent {
            mark: self.next,
            at: 0,
            messages: messages.collect(),
        });
        if dies {
            self.take(&Step::Kill);
        } else {
            self.running.push(open);
        }
    }

    /// As a run does it, with deletions carried over. What is on the connection is answered first.
    fn search(&mut self) {
        while !self.running.is_empty() {
            self.take(&Step::Answer { lost: false });
        }
        let record = self.record();
        let Some(mark) = record.mark() else {
            self.searched = true;
            return;
        };
        let known: UidSet = record.uids().filter_map(|(_, target)| target).collect();
        let found: Vec<(Uid, Digest)> = self
            .target
            .iter()
            .filter(|(target, _)| *target >= mark && !known.contains(*target))
            .copied()
            .collect();
        let Search { arrived, surplus, .. } = search(&record, &found);
        let mut remove: Vec<Uid> = Vec::new();
        for (message, target) in arrived {
            if self.source[message.get() as usize - 1].is_some() {
                self.store(message, target);
                let uids = [message].into_iter().collect();
                let proof = Proof::Digest;
                self.ledger.push(Entry::Proved { proof, uids });
            } else {
                remove.push(target);
                let uids = [message].into_iter().collect();
                self.ledger.push(Entry::Removed { uids });
            }
        }
        for (message, target) in surplus {
            remove.push(target);
            let uids = [message].into_iter().collect();
            self.ledger.push(Entry::Removed { uids });
        }
        self.target.retain(|(target, _)| !remove.contains(target));
        if let Some(mark) = found.iter().map(|(target, _)| *target).max().and_then(Uid::next) {
            self.ledger.push(Entry::Searched { mark });
        }
        self.searched = true;
    }

    /// Carries deletions over.
    fn follow(&mut self) {
        let record = self.record();
        for (message, target, origin) in record.copies() {
            if self.source[message.get() as usize - 1].is_none() && origin == Origin::Copied {
                self.target.retain(|(other, _)| *other != target);
                let uids = [message].into_iter().collect();
                self.ledger.push(Entry::Gone { uids });
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// No loss, no double, and no mail of others touched.
    #[test]
    fn whatever_is_late_or_killed_each_message_is_there_once(
        contents in prop::collection::vec(0..4_u8, 1..7),
        steps in prop::collection::vec(step(), 0..40),
        arrive in any::<bool>(),
    ) {
        let mut world = World::new(&contents);
        steps.iter().for_each(|step| world.take(step));
        world.take(&Step::Kill);
        // A pass to its end, then what is late arrives or never does, then a pass that only looks.
        for _ in 0..contents.len() {
            world.take(&Step::Send { first: 0, count: 9, dies: false });
        }
        world.search();
        world.follow();
        while arrive && !world.lost.is_empty() {
            world.take(&Step::Late(0));
        }
        world.search();
        world.follow();
        let mut expected: Vec<Digest> = world.source.iter().flatten().copied().collect();
        expected.extend((1..=world.deliveries).map(|number| digest(format!("delivery {number}").as_bytes())));
        let mut found: Vec<Digest> = world.target.iter().map(|(_, digest)| *digest).collect();
        expected.sort_unstable();
        found.sort_unstable();
        prop_assert_eq!(found, expected);
        let record = world.record();
        for (at, digest) in world.source.iter().enumerate() {
            prop_assert_eq!(record.stored_flags(uid(at + 1)).is_some(), digest.is_some());
        }
        if arrive {
            // Only sendings that died with their process before they were sent are left.
            let left: u32 = record.pending().map(|(_, pending)| pending.sendings).sum();
            let died = steps.iter().filter(|step| matches!(step, Step::Send { dies: true, .. })).count();
            prop_assert!(left as usize <= died * 3, "{} {}", left, died);
        }
    }
}
