//! The five states in which an item can end, and sums of them.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How an item ended. Every source item ends in exactly one of these.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(
    clippy::exhaustive_enums,
    reason = "the five states are the contract; a sixth would be a breaking change"
)]
pub enum State {
    /// Stands on the target, proved by a digest or by a comparison of meaning.
    Moved,
    /// Stood on the target already, proved the same way.
    Present,
    /// An automatic transfer would lose something: a person has to do it. The original is kept.
    Manual,
    /// Did not work this time; a further run may succeed.
    Failed,
    /// Left out by the operator's own filter, or a system object that nobody would move.
    Excluded,
}

impl State {
    /// All states, in the order in which reports show them.
    pub const ALL: [Self; 5] = [
        Self::Moved,
        Self::Present,
        Self::Manual,
        Self::Failed,
        Self::Excluded,
    ];

    /// The name in reports: `moved`, `present`, `manual`, `failed`, `excluded`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Moved => "moved",
            Self::Present => "present",
            Self::Manual => "manual",
            Self::Failed => "failed",
            Self::Excluded => "excluded",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How many items the source held, and how they ended.
///
/// ```
/// use tegu_migrate::{Counts, State};
///
/// let mut counts = Counts::default();
/// counts.expect(2);
/// counts.add(State::Moved);
/// assert!(!counts.balances(), "one item is unaccounted for");
/// counts.add(State::Manual);
/// assert!(counts.balances());
/// ```
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// Items that the source held, counted where they were listed.
    pub source: u64,
    /// Items in [`State::Moved`].
    pub moved: u64,
    /// Items in [`State::Present`].
    pub present: u64,
    /// Items in [`State::Manual`].
    pub manual: u64,
    /// Items in [`State::Failed`].
    pub failed: u64,
    /// Items in [`State::Excluded`].
    pub excluded: u64,
}

impl Counts {
    /// Counts `items` more on the source's side.
    pub fn expect(&mut self, items: u64) {
        self.source += items;
    }

    /// Counts one item that ended in `state`.
    pub fn add(&mut self, state: State) {
        *self.slot(state) += 1;
    }

    /// Counts several items that ended in `state`.
    pub(crate) fn add_many(&mut self, state: State, items: u64) {
        *self.slot(state) += items;
    }

    /// Adds another sum to this one.
    pub fn merge(&mut self, other: &Self) {
        self.source += other.source;
        for state in State::ALL {
            *self.slot(state) += other.get(state);
        }
    }

    /// How many items ended in `state`.
    pub fn get(&self, state: State) -> u64 {
        match state {
            State::Moved => self.moved,
            State::Present => self.present,
            State::Manual => self.manual,
            State::Failed => self.failed,
            State::Excluded => self.excluded,
        }
    }

    /// Items that have a state.
    pub fn accounted(&self) -> u64 {
        State::ALL.iter().map(|state| self.get(*state)).sum()
    }

    /// Whether each item of the source has exactly one state.
    pub fn balances(&self) -> bool {
        self.accounted() == self.source
    }

    fn slot(&mut self, state: State) -> &mut u64 {
        match state {
            State::Moved => &mut self.moved,
            State::Present => &mut self.present,
            State::Manual => &mut self.manual,
            State::Failed => &mut self.failed,
            State::Excluded => &mut self.excluded,
        }
    }
}
