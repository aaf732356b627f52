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
    // Equal messages of the target as a chain of places, the oldest first: one table, and no allocation for each of them.
    let mut first: HashMap<&I, usize> = HashMap::with_capacity(target.len());
    let mut next: Vec<Option<usize>> = vec![None; target.len()];
    for (at, item) in target.iter().enumerate().rev() {
        let after = first.insert(&item.identity, at);
        if let Some(next) = next.get_mut(at) {
            *next = after;
        }
    }
    let mut taken = vec![false; target.len()];
    let mut plan = Plan::default();
    for item in source {
        let Some(at) = first
            .get_mut(&item.identity)
            .and_then(|oldest| take(oldest, item, target, &mut next, &mut taken))
        else {
            plan.copy.push(item.uid);
            continue;
        };
        plan.present.push((item.uid, at.uid));
        if at.flags != item.flags {
            plan.reflag.push((at.uid, item.flags.clone()));
        }
    }
    let left = target.iter().zip(&taken).filter(|(_, taken)| !**taken);
    plan.extra = left.map(|(item, _)| item.uid).collect();
    plan.extra.sort();
    plan
}

/// Takes one of several equal messages: that whose flags agree, so that equal mailboxes need no work, or else the oldest.
fn take<'t, I>(
    oldest: &mut usize,
    item: &Item<I>,
    target: &'t [Item<I>],
    next: &mut [Option<usize>],
    taken: &mut [bool],
) -> Option<&'t Item<I>> {
    let after = |next: &[Option<usize>], at: usize| next.get(at).copied().flatten();
    // The chain's head stays in the table when it is taken: skip it.
    while taken.get(*oldest).copied()? {
        *oldest = after(next, *oldest)?;
    }
    let (mut before, mut at) = (None, Some(*oldest));
    while let Some(place) = at {
        if target.get(place)?.flags == item.flags {
            break;
        }
        (before, at) = (at, after(next, place));
    }
    let place = match (before, at) {
        (Some(before), Some(place)) => {
            *next.get_mut(before)? = after(next, place);
            place
        }
        (_, found) => found.unwrap_or(*oldest),
    };
    *taken.get_mut(place)? = true;
    target.get(place)
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
