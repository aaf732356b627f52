//! Message identifiers: UID, UIDVALIDITY and compact sets of UIDs (RFC 3501, section 2.3.1.1).

use std::fmt;
use std::num::NonZeroU32;

/// The identifier of a message within one mailbox and one [`UidValidity`]. Never zero.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Uid(NonZeroU32);

impl Uid {
    /// The smallest UID, where a full scan starts.
    pub const MIN: Self = Self(NonZeroU32::MIN);

    /// The largest UID.
    pub const MAX: Self = Self(NonZeroU32::MAX);

    /// Returns the UID of a number; `None` for zero.
    pub fn new(number: u32) -> Option<Self> {
        NonZeroU32::new(number).map(Self)
    }

    /// Returns the number.
    pub fn get(self) -> u32 {
        self.0.get()
    }

    /// Returns the UID after this one, if there is room for one.
    pub fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The UIDVALIDITY of a mailbox. UIDs of different values must not be compared.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct UidValidity(u32);

impl UidValidity {
    /// The validity that a server announced.
    pub fn new(number: u32) -> Self {
        Self(number)
    }

    /// Returns the number.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for UidValidity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A set of UIDs, kept as ranges; a million consecutive UIDs cost eight bytes.
///
/// ```
/// use tegu_imap::{Uid, UidSet};
///
/// let set: UidSet = [1, 2, 3, 7].into_iter().filter_map(Uid::new).collect();
/// assert_eq!(set.to_string(), "1:3,7");
/// assert_eq!(set.len(), 4);
/// ```
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct UidSet {
    /// Inclusive, ascending, neither overlapping nor adjacent.
    ranges: Vec<(u32, u32)>,
}

impl UidSet {
    /// The empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns how many UIDs it holds.
    pub fn len(&self) -> u64 {
        self.ranges
            .iter()
            .map(|(first, last)| u64::from(last - first) + 1)
            .sum()
    }

    /// Returns whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Returns whether it holds this one.
    pub fn contains(&self, uid: Uid) -> bool {
        let at = self.ranges.partition_point(|&(_, last)| last < uid.get());
        self.ranges.get(at).is_some_and(|&(first, _)| first <= uid.get())
    }

    /// Adds a UID, and returns whether it was new.
    pub fn insert(&mut self, uid: Uid) -> bool {
        let number = uid.get();
        // Adjacent ranges count as touching, so that neighbours merge.
        let at = self.ranges.partition_point(|&(_, last)| last < number - 1);
        match self.ranges.get(at).copied() {
            Some((first, last)) if first <= number && number <= last => false,
            Some((first, last)) if last == number - 1 => {
                let end = match self.ranges.get(at + 1).copied() {
                    Some((next, end)) if next - 1 == number => {
                        self.ranges.remove(at + 1);
                        end
                    }
                    _ => number,
                };
                if let Some(range) = self.ranges.get_mut(at) {
                    *range = (first, end);
                }
                true
            }
            Some((first, last)) if first - 1 == number => {
                if let Some(range) = self.ranges.get_mut(at) {
                    *range = (number, last);
                }
                true
            }
            _ => {
                self.ranges.insert(at, (number, number));
                true
            }
        }
    }

    /// Returns the UIDs in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = Uid> + '_ {
        self.ranges
            .iter()
            .flat_map(|&(first, last)| first..=last)
            .filter_map(Uid::new)
    }

    /// Returns the UIDs of this set that `other` does not contain.
    pub fn difference(&self, other: &Self) -> Self {
        let mut ranges = Vec::new();
        let mut cuts = other.ranges.iter().copied().peekable();
        for &(mut first, last) in &self.ranges {
            loop {
                // The next cut that is not wholly below what is left of this range.
                while cuts.next_if(|&(_, end)| end < first).is_some() {}
                match cuts.peek().copied() {
                    Some((start, end)) if start <= last => {
                        if start > first {
                            ranges.push((first, start - 1));
                        }
                        if end >= last {
                            break;
                        }
                        first = end + 1;
                    }
                    _ => {
                        ranges.push((first, last));
                        break;
                    }
                }
            }
        }
        Self { ranges }
    }

    /// Returns the UIDs that both sets contain.
    pub fn intersection(&self, other: &Self) -> Self {
        self.difference(&self.difference(other))
    }

    /// Returns the UIDs of both sets.
    pub fn union(&self, other: &Self) -> Self {
        Self::merged([self.ranges.as_slice(), &other.ranges].concat())
    }

    fn merged(mut ranges: Vec<(u32, u32)>) -> Self {
        ranges.sort_unstable();
        let mut merged: Vec<(u32, u32)> = Vec::with_capacity(ranges.len());
        for (first, last) in ranges {
            match merged.last_mut() {
                Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
                _ => merged.push((first, last)),
            }
        }
        Self { ranges: merged }
    }

    /// Returns the UIDs of all these sets.
    pub fn union_all<'a>(sets: impl IntoIterator<Item = &'a Self>) -> Self {
        let ranges = sets.into_iter().flat_map(|set| set.ranges.iter().copied());
        Self::merged(ranges.collect())
    }

    /// Returns how many octets of memory the set takes.
    #[cfg(feature = "client")]
    pub(super) fn octets(&self) -> usize {
        self.ranges.len() * size_of::<(u32, u32)>()
    }

    /// Removes a UID, and returns whether it was in the set.
    pub fn remove(&mut self, uid: Uid) -> bool {
        let there = self.contains(uid);
        if there {
            *self = self.difference(&Self {
                ranges: vec![(uid.get(), uid.get())],
            });
        }
        there
    }

    /// Reads a set as IMAP writes it, such as `1:3,7`; a range may be backwards. Returns `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut set = Self::new();
        for range in text.split(',').filter(|_| !text.is_empty()) {
            let (first, last) = range.split_once(':').unwrap_or((range, range));
            let (first, last) = (first.parse().ok()?, last.parse().ok()?);
            let (first, last): (u32, u32) = if first <= last {
                (first, last)
            } else {
                (last, first)
            };
            if first == 0 {
                return None;
            }
            set.ranges.push((first, last));
        }
        Some(set.union(&Self::new()))
    }

    /// Splits the set, so that each part holds at most `uids` UIDs and prints in at most `octets` octets (but
    /// always at least one range).
    pub fn chunks(&self, uids: u32, octets: usize) -> Vec<Self> {
        let uids = uids.max(1);
        let mut parts = Vec::new();
        let mut part = Self::new();
        let (mut count, mut length) = (0_u32, 0_usize);
        for &(mut first, last) in &self.ranges {
            loop {
                let room = uids - count;
                let end = if last - first < room {
                    last
                } else {
                    first + (room - 1)
                };
                let printed = digits(first) + if end > first { 1 + digits(end) } else { 0 };
                if count > 0 && length + 1 + printed > octets {
                    parts.push(std::mem::take(&mut part));
                    (count, length) = (0, 0);
                    continue;
                }
                part.ranges.push((first, end));
                count += end - first + 1;
                length += printed + 1;
                if count == uids {
                    parts.push(std::mem::take(&mut part));
                    (count, length) = (0, 0);
                }
                if end == last {
                    break;
                }
                first = end + 1;
            }
        }
        if !part.is_empty() {
            parts.push(part);
        }
        parts
    }
}

fn digits(number: u32) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}

impl fmt::Display for UidSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (first, last)) in self.ranges.iter().enumerate() {
            if at > 0 {
                f.write_str(",")?;
            }
            if first == last {
                write!(f, "{first}")?;
            } else {
                write!(f, "{first}:{last}")?;
            }
        }
        Ok(())
    }
}

impl From<std::ops::RangeInclusive<Uid>> for UidSet {
    fn from(range: std::ops::RangeInclusive<Uid>) -> Self {
        let (first, last) = (range.start().get(), range.end().get());
        Self {
            ranges: if first <= last {
                vec![(first, last)]
            } else {
                Vec::new()
            },
        }
    }
}

impl FromIterator<Uid> for UidSet {
    fn from_iter<I: IntoIterator<Item = Uid>>(uids: I) -> Self {
        let mut set = Self::new();
        set.extend(uids);
        set
    }
}

impl Extend<Uid> for UidSet {
    fn extend<I: IntoIterator<Item = Uid>>(&mut self, uids: I) {
        for uid in uids {
            self.insert(uid);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn set(numbers: impl IntoIterator<Item = u32>) -> UidSet {
        numbers.into_iter().filter_map(Uid::new).collect()
    }

    fn numbers() -> impl Strategy<Value = Vec<u32>> {
        proptest::collection::vec(prop_oneof![1..60_u32, u32::MAX - 9..=u32::MAX], 0..60)
    }

    #[test]
    fn neighbours_merge() {
        assert_eq!(set([5, 3, 4, 1]).to_string(), "1,3:5");
        assert_eq!(set([u32::MAX, u32::MAX - 1]).to_string(), "4294967294:4294967295");
        assert_eq!(set([]).to_string(), "");
    }

    #[test]
    fn sets_are_read_back() {
        assert_eq!(UidSet::parse("9,5:3,4:6").unwrap().to_string(), "3:6,9");
        assert_eq!(UidSet::parse(""), Some(UidSet::new()));
        for wrong in ["0", "1,,2", "1:2:3", "*", "-1", "4294967296", "1 ,2", ","] {
            assert_eq!(UidSet::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn chunks_respect_count_and_length() {
        let parts = set(1..=10).chunks(4, 100);
        let printed: Vec<_> = parts.iter().map(ToString::to_string).collect();
        assert_eq!(printed, ["1:4", "5:8", "9:10"]);
        let scattered = set((1..2000).map(|n| n * 1_000_000));
        assert!(
            scattered
                .chunks(u32::MAX, 500)
                .iter()
                .all(|part| part.to_string().len() <= 500)
        );
    }

    proptest! {
        #[test]
        fn behaves_like_a_set(a in numbers(), b in numbers()) {
            let (left, right) = (set(a.clone()), set(b.clone()));
            let (model, other): (BTreeSet<u32>, BTreeSet<u32>) = (a.into_iter().collect(), b.into_iter().collect());
            prop_assert_eq!(left.len(), model.len() as u64);
            prop_assert!(left.iter().map(Uid::get).eq(model.iter().copied()));
            for &number in model.union(&other) {
                prop_assert_eq!(left.contains(Uid::new(number).unwrap()), model.contains(&number));
            }
            prop_assert!(left.intersection(&right).iter().map(Uid::get).eq(model.intersection(&other).copied()));
            prop_assert!(left.union(&right).iter().map(Uid::get).eq(model.union(&other).copied()));
            prop_assert_eq!(UidSet::parse(&left.to_string()), Some(left.clone()));
            for &number in &model {
                let (mut less, uid) = (left.clone(), Uid::new(number).unwrap());
                prop_assert!(less.remove(uid) && !less.remove(uid) && less.insert(uid));
                prop_assert_eq!(&less, &left);
            }
            prop_assert!(left.difference(&right).iter().map(Uid::get).eq(model.difference(&other).copied()));
            for size in [1, 3, 7] {
                let parts = left.chunks(size, 20);
                prop_assert!(parts.iter().all(|part| part.len() <= u64::from(size) && !part.is_empty()));
                let joined: UidSet = parts.iter().flat_map(UidSet::iter).collect();
                prop_assert_eq!(&joined, &left);
            }
        }
    }
}
