//! What a transfer comes to.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::finding::Finding;
use crate::mailbox::MailboxName;
use crate::state::State;
use crate::wire::{Uid, UidSet};

/// Messages and their octets.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Count {
    /// How many messages.
    pub messages: u64,
    /// How many octets, as far as they are known.
    pub octets: u64,
}

/// How many messages came to which end.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tally {
    counts: [Count; State::ALL.len()],
}

impl Tally {
    /// How many came to this end.
    pub fn get(&self, state: State) -> Count {
        self.counts.get(state as usize).copied().unwrap_or_default()
    }

    /// How many there are in all.
    pub fn messages(&self) -> u64 {
        self.counts.iter().map(|count| count.messages).sum()
    }

    pub(super) fn add(&mut self, state: State, messages: u64, octets: u64) {
        if let Some(count) = self.counts.get_mut(state as usize) {
            count.messages += messages;
            count.octets += octets;
        }
    }

    fn add_all(&mut self, other: &Self) {
        for state in State::ALL {
            let count = other.get(state);
            self.add(state, count.messages, count.octets);
        }
    }
}

/// A message that is neither moved nor present, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ItemReport {
    /// Its UID on the source.
    pub uid: Uid,
    /// Its end.
    pub state: State,
    /// The stable code of the reason.
    pub code: String,
    /// The reason in words.
    pub text: String,
}

impl ItemReport {
    pub(super) fn new(uid: Uid, state: State, code: &str, text: &str) -> Self {
        Self {
            uid,
            state,
            code: code.to_owned(),
            text: text.to_owned(),
        }
    }
}

/// What became of one folder.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FolderReport {
    /// Its name on the source.
    pub source: MailboxName,
    /// Its name on the target.
    pub target: MailboxName,
    /// How many messages the source holds in it.
    pub held: u64,
    /// What became of them.
    pub tally: Tally,
    /// How many of those that stand on the target were proved in this run.
    pub verified: u64,
    /// How many had their flags brought up to date.
    pub reflagged: u64,
    /// How many were removed from the target, since they are on the source no more.
    pub removed: u64,
    /// The UIDs that those had on the source.
    pub gone: UidSet,
    /// The messages that need a person or another run.
    pub items: Vec<ItemReport>,
    /// What else was noticed, losses that were accepted among it; up to a hundred of each kind.
    pub findings: Vec<Finding>,
    /// How many there were of each kind, by code.
    pub noticed: BTreeMap<&'static str, u64>,
    /// Why the folder could not be gone through to its end.
    pub error: Option<String>,
}

impl FolderReport {
    pub(super) fn new(source: &MailboxName, target: &MailboxName) -> Self {
        Self {
            source: source.clone(),
            target: target.clone(),
            held: 0,
            tally: Tally::default(),
            verified: 0,
            reflagged: 0,
            removed: 0,
            gone: UidSet::new(),
            items: Vec::new(),
            findings: Vec::new(),
            noticed: BTreeMap::new(),
            error: None,
        }
    }

    /// Whether every message that the source holds has come to exactly one end.
    pub fn balances(&self) -> bool {
        self.held == self.tally.messages()
    }
}

/// What became of a whole mailbox.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// Its folders, by name.
    pub folders: Vec<FolderReport>,
    /// The sum over all folders.
    pub tally: Tally,
    /// What was noticed about folders: those that hold no mail, names that changed.
    pub findings: Vec<Finding>,
    /// How often something was tried again.
    pub retries: u64,
    /// How long it took.
    pub elapsed: Duration,
}

impl Report {
    /// Whether every message that the source holds has come to exactly one end.
    pub fn balances(&self) -> bool {
        self.folders.iter().all(FolderReport::balances)
    }

    /// Whether nothing is left to do: no message is manual or failed, and no folder was given up.
    pub fn is_complete(&self) -> bool {
        let left = |state| self.tally.get(state).messages;
        left(State::Manual) + left(State::Failed) == 0
            && self.folders.iter().all(|folder| folder.error.is_none())
    }

    pub(super) fn sum_up(&mut self, elapsed: Duration) {
        self.elapsed = elapsed;
        self.tally = Tally::default();
        for folder in &self.folders {
            self.tally.add_all(&folder.tally);
        }
    }
}

/// What a run would do to one folder.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FolderPlan {
    /// Its name on the source.
    pub source: MailboxName,
    /// Its name on the target.
    pub target: MailboxName,
    /// Whether it would be created there.
    pub create: bool,
    /// How many messages the source holds in it.
    pub held: u64,
    /// Messages that would be copied. Some may turn out to need a person when they are read.
    pub copy: Count,
    /// Messages that stand on the target already.
    pub present: u64,
    /// Messages that are left to a person.
    pub manual: u64,
    /// Messages that the selection leaves out.
    pub excluded: u64,
    /// Messages whose flags would change.
    pub reflag: u64,
    /// Messages that would be removed from the target.
    pub remove: u64,
    /// Why the folder cannot be planned.
    pub error: Option<String>,
}

/// What a run would do.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Plan {
    /// Folder by folder, parents first.
    pub folders: Vec<FolderPlan>,
    /// What was noticed about folders: those that hold no mail, names that would change.
    pub findings: Vec<Finding>,
}
