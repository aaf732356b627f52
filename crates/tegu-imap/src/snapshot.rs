//! What a mailbox held at one moment, without its bodies.

use std::collections::BTreeMap;

use crate::wire::{FetchItem, Flags, InternalDate, Uid, UidSet, UidValidity};

/// The messages of a mailbox, in the order of their UIDs.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Snapshot {
    /// What generation the UIDs belong to.
    pub uid_validity: UidValidity,
    /// One entry a message.
    pub entries: Vec<SnapshotEntry>,
}

/// One message of a [`Snapshot`].
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SnapshotEntry {
    /// Its UID.
    pub uid: Uid,
    /// Its flags and keywords.
    pub flags: Flags,
    /// When it arrived; some servers do not tell.
    pub internal_date: Option<InternalDate>,
    /// Its size in octets, an estimate on Exchange: good for progress, never for proof. 0 where it was not told.
    pub size: u64,
}

impl SnapshotEntry {
    /// A message of its UID, flags, arrival and size.
    pub fn new(uid: Uid, flags: Flags, internal_date: Option<InternalDate>, size: u64) -> Self {
        Self {
            uid,
            flags,
            internal_date,
            size,
        }
    }
}

impl Snapshot {
    /// A snapshot of an empty mailbox.
    pub fn new(uid_validity: UidValidity) -> Self {
        Self {
            uid_validity,
            entries: Vec::new(),
        }
    }

    /// The entry of this UID.
    pub fn get(&self, uid: Uid) -> Option<&SnapshotEntry> {
        let at = self.entries.binary_search_by_key(&uid, |entry| entry.uid).ok()?;
        self.entries.get(at)
    }

    /// The whole mailbox: these entries, and unchanged those of the messages that a record knows and that have not
    /// vanished.
    #[cfg(feature = "client")]
    pub(crate) fn over(self, record: &crate::ledger::Record, vanished: &UidSet) -> Self {
        let standing = record
            .stored()
            .map(|(uid, standing)| SnapshotEntry::new(uid, standing.flags, None, standing.octets));
        let staying = record
            .not_copied()
            .map(|(uid, ..)| SnapshotEntry::new(uid, Flags::new(), None, 0));
        let mut entries: BTreeMap<Uid, SnapshotEntry> = standing
            .chain(staying)
            .filter(|entry| !vanished.contains(entry.uid))
            .map(|entry| (entry.uid, entry))
            .collect();
        entries.extend(self.entries.into_iter().map(|entry| (entry.uid, entry)));
        Self {
            uid_validity: self.uid_validity,
            entries: entries.into_values().collect(),
        }
    }

    /// Replaces the entries of messages that both show.
    #[cfg(feature = "client")]
    pub(crate) fn update(&mut self, newer: Self) {
        for entry in newer.entries {
            let at = self.entries.binary_search_by_key(&entry.uid, |entry| entry.uid);
            if let Some(place) = at.ok().and_then(|at| self.entries.get_mut(at)) {
                *place = entry;
            }
        }
    }

    /// The UIDs of all entries.
    pub fn uids(&self) -> UidSet {
        self.entries.iter().map(|entry| entry.uid).collect()
    }
}

/// Gathers FETCH responses, in whatever order and however often they come.
#[derive(Clone, Debug, Default)]
pub struct SnapshotBuilder {
    /// In ascending order of UIDs, as nearly all servers send them.
    sorted: Vec<SnapshotEntry>,
    /// Stragglers.
    others: BTreeMap<Uid, SnapshotEntry>,
}

impl SnapshotBuilder {
    /// A builder that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a response; one without a UID (news of another session) is left out. A later response for the same UID
    /// overwrites what it tells and leaves the rest.
    pub fn add(&mut self, item: &FetchItem) {
        let Some(uid) = item.uid else { return };
        let fresh = || SnapshotEntry::new(uid, Flags::new(), None, 0);
        let entry = if self.sorted.last().is_none_or(|last| last.uid < uid) {
            self.sorted.push(fresh());
            self.sorted.last_mut()
        } else if let Ok(at) = self.sorted.binary_search_by_key(&uid, |entry| entry.uid) {
            self.sorted.get_mut(at)
        } else {
            Some(self.others.entry(uid).or_insert_with(fresh))
        };
        let Some(entry) = entry else { return };
        if let Some(flags) = &item.flags {
            entry.flags = flags.clone();
        }
        entry.internal_date = item.internal_date.or(entry.internal_date);
        entry.size = item.size.unwrap_or(entry.size);
    }

    /// How many messages it has seen.
    pub fn len(&self) -> usize {
        self.sorted.len() + self.others.len()
    }

    /// Whether it has seen none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The snapshot.
    pub fn finish(self, uid_validity: UidValidity) -> Snapshot {
        let mut entries = self.sorted;
        if !self.others.is_empty() {
            entries.extend(self.others.into_values());
            entries.sort_by_key(|entry| entry.uid);
        }
        entries.shrink_to_fit();
        Snapshot {
            uid_validity,
            entries,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::wire::{Decoder, Response};

    #[test]
    fn any_order_and_repeated_news() {
        let mut decoder = Decoder::default();
        decoder.push(
            b"* 2 FETCH (UID 9 FLAGS (\\Seen) RFC822.SIZE 5)\r\n* 1 FETCH (UID 4 INTERNALDATE NIL FLAGS ())\r\n\
              * 1 FETCH (FLAGS (\\Deleted))\r\n* 3 FETCH (UID 4 FLAGS (x))\r\n* 3 FETCH (UID 12)\r\n",
        );
        let mut builder = SnapshotBuilder::new();
        while let Some(Response::Fetch(item)) = decoder.next_response().unwrap() {
            builder.add(&item);
        }
        assert_eq!(builder.len(), 3);
        let snapshot = builder.finish(UidValidity::new(1));
        assert_eq!(snapshot.uids().to_string(), "4,9,12");
        assert_eq!(snapshot.entries[0].flags.to_string(), "x");
        assert_eq!(snapshot.entries[1].size, 5);
    }

    #[test]
    fn an_entry_stays_small() {
        assert!(size_of::<SnapshotEntry>() <= 56, "{}", size_of::<SnapshotEntry>());
    }
}
