//! What one pass has to do: the source as it is now, against what the ledger knows.

use std::collections::{BTreeMap, BTreeSet};

use crate::State;
use crate::ledger::{Known, Origin, Record};
use crate::snapshot::{Snapshot, SnapshotEntry};
use crate::wire::{Flags, InternalDate, Uid, UidSet};

/// Which messages are to be copied at all; those left out end as [`Excluded`](State::Excluded).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Selection {
    /// Only messages that arrived at this instant or later, in seconds since 1970.
    pub since: Option<i64>,
    /// Only messages that arrived before this instant, in seconds since 1970.
    pub before: Option<i64>,
    /// Only messages of at most so many octets, as far as the server's estimate tells.
    pub largest: Option<u64>,
}

impl Selection {
    /// Messages that arrived before this instant, in seconds since 1970.
    pub fn before(instant: i64) -> Self {
        Self {
            before: Some(instant),
            ..Self::default()
        }
    }

    /// Messages that arrived at this instant or later, in seconds since 1970.
    pub fn since(instant: i64) -> Self {
        Self {
            since: Some(instant),
            ..Self::default()
        }
    }

    /// Whether everything is selected.
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it leaves a message out. One whose date is unknown is never left out for its date.
    pub fn excludes(&self, entry: &SnapshotEntry) -> bool {
        let date = entry.internal_date.map(InternalDate::unix_seconds);
        let outside = |limit: Option<i64>, out: fn(i64, i64) -> bool| matches!((date, limit), (Some(date), Some(limit)) if out(date, limit));
        outside(self.since, |date, since| date < since)
            || outside(self.before, |date, before| date >= before)
            || self.largest.is_some_and(|largest| entry.size > largest)
    }
}

/// What becomes of keywords on the way.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Keywords {
    /// Keywords of the source (in lower case) and what they are called on the target; `None` leaves one out, by the
    /// operator's own decision.
    pub renamed: BTreeMap<String, Option<String>>,
    /// The keywords that the target has room for; `None` where it takes any.
    pub room: Option<Flags>,
}

impl Keywords {
    /// The flags that the target is given, and the keywords that it has no room for or that no command can carry.
    pub fn translate(&self, flags: &Flags) -> (Flags, Vec<String>) {
        let renamed: Flags = flags
            .iter()
            .filter_map(|flag| match self.renamed.get(&flag.to_ascii_lowercase()) {
                Some(name) => name.as_deref(),
                None => Some(flag),
            })
            .collect();
        let (sendable, mut lost) = renamed.sendable();
        let Some(room) = &self.room else {
            return (sendable, lost);
        };
        let fits = |flag: &&str| flag.starts_with('\\') || room.contains(flag);
        let (kept, refused): (Vec<&str>, Vec<&str>) = sendable.iter().partition(fits);
        lost.extend(refused.into_iter().map(str::to_owned));
        (kept.into_iter().collect(), lost)
    }
}

/// What the caller decides about a pass.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Rules {
    /// Which messages are wanted.
    pub selection: Selection,
    /// What becomes of keywords.
    pub keywords: Keywords,
    /// Codes of findings that do not keep a message from being copied.
    pub accept: BTreeSet<String>,
    /// Whether messages that vanished from the source vanish from the target too.
    pub deletions: bool,
}

/// A change of flags that is to be carried over.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Reflag {
    /// The message on the source.
    pub uid: Uid,
    /// The message on the target.
    pub target: Uid,
    /// Flags to set.
    pub add: Flags,
    /// Flags to take away.
    pub remove: Flags,
    /// All flags that it should be known to have afterwards.
    pub flags: Flags,
}

/// What one pass over a mailbox has to do. Each message that the source shows is in exactly one of `copy`, `stored`,
/// `not_copied` and `excluded`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Delta {
    /// Messages to copy.
    pub copy: UidSet,
    /// How many octets they have, as far as the source tells.
    pub copy_octets: u64,
    /// Messages that the target holds.
    pub stored: UidSet,
    /// Messages that are left to a person.
    pub not_copied: UidSet,
    /// Messages that the selection leaves out.
    pub excluded: UidSet,
    /// How many octets those have.
    pub excluded_octets: u64,
    /// Changes of flags.
    pub reflag: Vec<Reflag>,
    /// Messages that the source no longer has: their UIDs there, and the UID of the copy that this job made, if it made
    /// one. A copy that somebody else put there stays.
    pub gone: Vec<(Uid, Option<Uid>)>,
}

impl Delta {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.copy.is_empty() && self.reflag.is_empty() && self.gone.is_empty()
    }
}

/// Compares a source with what is known of it.
///
/// With `whole`, the snapshot shows the whole mailbox and what it lacks is gone; without, it shows only what is new or
/// has changed.
///
/// ```
/// use tegu_imap::ledger::Record;
/// use tegu_imap::plan::{Rules, delta};
/// use tegu_imap::snapshot::Snapshot;
/// use tegu_imap::UidValidity;
///
/// let source = Snapshot::new(UidValidity::new(1));
/// assert!(delta(&source, true, &Record::new(), &Rules::default()).is_empty());
/// ```
pub fn delta(source: &Snapshot, whole: bool, record: &Record, rules: &Rules) -> Delta {
    let mut delta = Delta::default();
    for entry in &source.entries {
        let uid = entry.uid;
        if let Some((target, known)) = record.stored_flags(uid) {
            delta.stored.insert(uid);
            let (flags, _) = rules.keywords.translate(&entry.flags);
            if flags != *known {
                delta.reflag.push(Reflag {
                    uid,
                    target,
                    add: flags.difference(known),
                    remove: known.difference(&flags),
                    flags,
                });
            }
            continue;
        }
        let stays = match record.known(uid) {
            Some(Known::NotCopied { state, code, .. }) => {
                state == State::Manual && !rules.accept.contains(&code)
            }
            _ => false,
        };
        if stays {
            delta.not_copied.insert(uid);
        } else if rules.selection.excludes(entry) {
            delta.excluded.insert(uid);
            delta.excluded_octets += entry.size;
        } else {
            delta.copy.insert(uid);
            delta.copy_octets += entry.size;
        }
    }
    if whole && rules.deletions {
        let shown = source.uids();
        let copies = record
            .copies()
            .map(|(uid, target, origin)| (uid, (origin == Origin::Copied).then_some(target)));
        let not_copied = record.not_copied().map(|(uid, ..)| (uid, None));
        delta.gone = copies
            .chain(not_copied)
            .filter(|(uid, _)| !shown.contains(*uid))
            .collect();
    }
    delta
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ledger::{Entry, StoredMessage};
    use crate::wire::UidValidity;
    use proptest::prelude::*;

    fn uid(number: u32) -> Uid {
        Uid::new(number).unwrap()
    }

    fn flags(text: &str) -> Flags {
        text.split_ascii_whitespace().collect()
    }

    fn stored(number: u32, text: &str) -> Entry {
        let message = StoredMessage::new(Origin::Copied, uid(number + 50), None, 1, flags(text));
        Entry::Stored {
            uid: uid(number),
            message,
        }
    }

    fn snapshot(entries: &[(u32, &str)]) -> Snapshot {
        let mut snapshot = Snapshot::new(UidValidity::new(1));
        for (number, text) in entries {
            snapshot
                .entries
                .push(SnapshotEntry::new(uid(*number), flags(text), None, 10));
        }
        snapshot
    }

    #[test]
    fn each_message_has_its_place() {
        let mut record = Record::new();
        for entry in [
            stored(1, "\\Seen"),
            stored(2, ""),
            stored(3, "a b"),
            stored(9, ""),
            Entry::NotCopied {
                uid: uid(4),
                state: State::Manual,
                code: "X".into(),
                text: String::new(),
            },
            Entry::NotCopied {
                uid: uid(5),
                state: State::Failed,
                code: "X".into(),
                text: String::new(),
            },
        ] {
            record.apply(&entry);
        }
        let source = snapshot(&[
            (1, "\\Seen"),
            (2, "\\Seen"),
            (3, "b c"),
            (4, ""),
            (5, ""),
            (6, ""),
        ]);
        let mut rules = Rules::default();
        let found = delta(&source, true, &record, &rules);
        assert_eq!(
            (found.copy.to_string(), found.copy_octets),
            ("5:6".to_owned(), 20)
        );
        assert_eq!(found.stored.to_string(), "1:3");
        assert_eq!(found.not_copied.to_string(), "4");
        assert!(found.gone.is_empty());
        let changes: Vec<_> = found
            .reflag
            .iter()
            .map(|change| {
                (
                    change.uid.get(),
                    change.target.get(),
                    change.add.to_string(),
                    change.remove.to_string(),
                )
            })
            .collect();
        assert_eq!(
            changes,
            [
                (2, 52, "\\Seen".into(), String::new()),
                (3, 53, "c".into(), "a".into())
            ]
        );
        rules.deletions = true;
        rules.accept.insert("X".into());
        let found = delta(&source, true, &record, &rules);
        assert_eq!(found.gone, [(uid(9), Some(uid(59)))]);
        assert_eq!(found.copy.to_string(), "4:6");
        assert!(delta(&source, false, &record, &rules).gone.is_empty());
    }

    #[test]
    fn what_the_job_did_not_put_there_is_never_removed() {
        let mut record = Record::new();
        record.apply(&stored(1, ""));
        let message = StoredMessage::new(Origin::Found, uid(77), None, 1, Flags::new());
        record.apply(&Entry::Stored { uid: uid(2), message });
        let rules = Rules {
            deletions: true,
            ..Rules::default()
        };
        let found = delta(&snapshot(&[]), true, &record, &rules);
        assert_eq!(found.gone, [(uid(1), Some(uid(51))), (uid(2), None)]);
    }

    #[test]
    fn keywords_are_renamed_left_out_or_lost() {
        let mut keywords = Keywords::default();
        keywords.renamed.insert("$mdnsent".into(), None);
        keywords.renamed.insert("old".into(), Some("New".into()));
        let (kept, lost) = keywords.translate(&flags("\\Seen $MDNSent Old x a]b"));
        assert_eq!(
            (kept.to_string(), lost),
            ("\\Seen New x".into(), vec!["a]b".to_owned()])
        );
        keywords.room = Some(flags("\\Seen new"));
        let (kept, lost) = keywords.translate(&flags("\\Seen \\Flagged Old x"));
        assert_eq!(
            (kept.to_string(), lost),
            ("\\Flagged \\Seen New".into(), vec!["x".to_owned()])
        );
    }

    #[test]
    fn a_selection_by_date_and_size() {
        let selection = Selection {
            since: Some(100),
            before: Some(200),
            largest: Some(10),
        };
        let entry = |seconds: Option<i64>, size| {
            let date = seconds.and_then(|seconds| InternalDate::new(seconds, 0));
            SnapshotEntry::new(uid(1), Flags::new(), date, size)
        };
        for (seconds, size, excluded) in [
            (Some(100), 10, false),
            (Some(99), 10, true),
            (Some(200), 10, true),
            (Some(150), 11, true),
            (None, 10, false),
        ] {
            assert_eq!(selection.excludes(&entry(seconds, size)), excluded);
        }
    }

    proptest! {
        #[test]
        fn adds_up(
            source in proptest::collection::btree_map(1..30_u32, 0..3_u64, 0..20),
            stored_ones in proptest::collection::btree_set(1..30_u32, 0..20),
            manual in proptest::collection::btree_set(1..30_u32, 0..20),
        ) {
            let mut record = Record::new();
            stored_ones.iter().for_each(|number| record.apply(&stored(*number, "")));
            for number in manual.difference(&stored_ones) {
                let (code, text) = ("X".into(), String::new());
                record.apply(&Entry::NotCopied { uid: uid(*number), state: State::Manual, code, text });
            }
            let mut snapshot = Snapshot::new(UidValidity::new(1));
            for (number, size) in &source {
                snapshot.entries.push(SnapshotEntry::new(uid(*number), Flags::new(), None, *size));
            }
            let mut rules = Rules { deletions: true, ..Rules::default() };
            rules.selection.largest = Some(1);
            let found = delta(&snapshot, true, &record, &rules);
            let parts = [&found.copy, &found.stored, &found.not_copied, &found.excluded];
            prop_assert_eq!(parts.iter().map(|part| part.len()).sum::<u64>(), source.len() as u64);
            let all = parts.iter().fold(UidSet::new(), |all, part| all.union(part));
            prop_assert_eq!(all, snapshot.uids());
            let known = stored_ones.union(&manual).filter(|number| !source.contains_key(number)).count();
            prop_assert_eq!(found.gone.len(), known);
        }
    }
}
