//! What must be done so that a target holds what a source holds.
//!
//! [`delta`] compares a source with what a ledger knows of it, [`search`] and [`changed`] tell what a target holds of
//! messages that were sent with no known end, [`plan`] compares two sides of which nothing is known but what
//! they hold: a difference of two multisets.

mod changed;
mod delta;
mod doubt;

use std::collections::HashMap;
use std::hash::Hash;

use crate::wire::{Flags, Uid};

pub use changed::{Changed, Traits, changed};
pub use delta::{Delta, Keywords, Reflag, Rules, Selection, delta};
pub use doubt::{Search, search};

/// One message as the planner sees it.
///
/// The identity is whatever tells messages apart on both sides without their UIDs: a
/// [`Digest`](crate::prove::Digest), or a weaker fingerprint where bodies are not read.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Item<I> {
    /// Its UID on its own side.
    pub uid: Uid,
    /// What it is.
    pub identity: I,
    /// Its flags.
    pub flags: Flags,
}

impl<I> Item<I> {
    /// A message of its UID, identity and flags.
    pub fn new(uid: Uid, identity: I, flags: Flags) -> Self {
        Self { uid, identity, flags }
    }
}

/// What is to be done. Each source message is in exactly one of `copy` and `present`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Plan {
    /// Source messages that the target lacks, in the order of the source.
    pub copy: Vec<Uid>,
    /// Source messages that stand on the target already: source UID, target UID.
    pub present: Vec<(Uid, Uid)>,
    /// Those of `present` whose flags differ: target UID, flags of the source.
    pub reflag: Vec<(Uid, Flags)>,
    /// Target messages that no source message accounts for. They are never touched unless the caller decides so.
    pub extra: Vec<Uid>,
}

/// Compares a source with a target.
///
/// Multisets: of a message that the source holds three times and the target once, two are copied.
///
/// ```
/// use tegu_imap::plan::{Item, plan};
/// use tegu_imap::{Flags, Uid};
///
/// let item = |uid, identity| Item::new(Uid::new(uid).unwrap(), identity, Flags::new());
/// let plan = plan(&[item(1, "a"), item(2, "a"), item(3, "b")], &[item(9, "a")]);
/// assert_eq!(plan.copy.len(), 2);
/// assert_eq!(plan.present.len(), 1);
/// ```
pub fn plan<I: Eq + Hash>(source: &[Item<I>], target: &[Item<I>]) -> Plan {
    let mut standing: HashMap<&I, Vec<&Item<I>>> = HashMap::new();
    // Backwards, so that popping yields the oldest first.
    for item in target.iter().rev() {
        standing.entry(&item.identity).or_default().push(item);
    }
    let mut plan = Plan::default();
    for item in source {
        // Of several equal ones take that whose flags agree, so that equal mailboxes need no work.
        let found = standing.get_mut(&item.identity).and_then(|equals| {
            let at = equals.iter().rposition(|other| other.flags == item.flags);
            at.map(|at| equals.remove(at)).or_else(|| equals.pop())
        });
        match found {
            Some(other) => {
                plan.present.push((item.uid, other.uid));
                if other.flags != item.flags {
                    plan.reflag.push((other.uid, item.flags.clone()));
                }
            }
            None => plan.copy.push(item.uid),
        }
    }
    plan.extra = standing.into_values().flatten().map(|item| item.uid).collect();
    plan.extra.sort();
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn items(side: &[(u8, bool)]) -> Vec<Item<u8>> {
        let item = |(at, &(identity, seen)): (usize, &(u8, bool))| {
            let flags = if seen {
                ["\\Seen"].into_iter().collect()
            } else {
                Flags::new()
            };
            Uid::new(at as u32 + 1).map(|uid| Item::new(uid, identity, flags))
        };
        side.iter().enumerate().filter_map(item).collect()
    }

    fn side() -> impl Strategy<Value = Vec<(u8, bool)>> {
        proptest::collection::vec((0..4_u8, any::<bool>()), 0..12)
    }

    proptest! {
        #[test]
        fn adds_up(source in side(), target in side()) {
            let (source, target) = (items(&source), items(&target));
            let plan = plan(&source, &target);
            prop_assert_eq!(plan.copy.len() + plan.present.len(), source.len());
            prop_assert_eq!(plan.extra.len() + plan.present.len(), target.len());
            for identity in 0..4 {
                let count = |items: &[Item<u8>]| items.iter().filter(|item| item.identity == identity).count();
                let copied = plan.copy.iter().filter(|uid| source[uid.get() as usize - 1].identity == identity).count();
                prop_assert_eq!(copied, count(&source).saturating_sub(count(&target)));
            }
        }

        #[test]
        fn equal_sides_need_nothing(both in side()) {
            let mut other = both.clone();
            other.reverse();
            let plan = plan(&items(&both), &items(&other));
            prop_assert!(plan.copy.is_empty() && plan.extra.is_empty() && plan.reflag.is_empty());
        }
    }
}
