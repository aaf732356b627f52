//! Sums of states.

use crate::State;

/// How many items the source held, and how they ended.
///
/// Count an item with [`expect`](Self::expect) where the source lists it, and with [`add`](Self::add) where it ends. A gap
/// between the two means that an item was lost track of.
///
/// ```
/// use tegu_outcome::{Counts, State};
///
/// let mut counts = Counts::default();
/// counts.expect(2);
/// counts.add(State::Moved);
/// assert!(!counts.balances(), "one item is unaccounted for");
/// counts.add(State::Manual);
/// assert!(counts.balances());
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
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
    /// Counts `items` more that the source holds.
    pub fn expect(&mut self, items: u64) {
        self.source = self.source.saturating_add(items);
    }

    /// Counts one item that ended in `state`.
    pub fn add(&mut self, state: State) {
        self.add_many(state, 1);
    }

    /// Counts `items` that ended in `state`.
    pub fn add_many(&mut self, state: State, items: u64) {
        let slot = self.slot(state);
        *slot = slot.saturating_add(items);
    }

    /// Adds all numbers of `other` to these.
    pub fn merge(&mut self, other: &Self) {
        self.expect(other.source);
        for state in State::ALL {
            self.add_many(state, other.get(state));
        }
    }

    /// Returns how many items ended in `state`.
    #[must_use]
    pub fn get(&self, state: State) -> u64 {
        match state {
            State::Moved => self.moved,
            State::Present => self.present,
            State::Manual => self.manual,
            State::Failed => self.failed,
            State::Excluded => self.excluded,
        }
    }

    /// Returns how many items have a state.
    #[must_use]
    pub fn accounted(&self) -> u64 {
        State::ALL
            .iter()
            .fold(0, |sum: u64, state| sum.saturating_add(self.get(*state)))
    }

    /// Returns whether the states add up to what the source held.
    #[must_use]
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn merged_counts_balance_if_both_did(states in proptest::collection::vec(0_usize..5, 0..50), at in 0_usize..50) {
            let count = |part: &[usize]| {
                let mut counts = Counts::default();
                counts.expect(part.len() as u64);
                for index in part {
                    counts.add(State::ALL[*index]);
                }
                counts
            };
            let (first, second) = states.split_at(at.min(states.len()));
            let mut sum = count(first);
            sum.merge(&count(second));
            prop_assert!(sum.balances());
            prop_assert_eq!(sum, count(&states));
        }
    }
}
