//! Planning: whatever a source shows and a ledger knows, each message has exactly one place, and what is carried over
//! leaves nothing to carry.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_imap::ledger::{Entry, Record};
use tegu_imap::plan::{Item, Rules, delta, plan};
use tegu_imap::snapshot::{Snapshot, SnapshotEntry};
use tegu_imap::{Flags, Uid, UidSet, UidValidity};

fn flags(bits: u8) -> Flags {
    ["\\Seen", "\\Flagged", "a", "B", "b", "x]y", "$MDNSent"]
        .iter()
        .enumerate()
        .filter(|(at, _)| bits & (1 << at) != 0)
        .map(|(_, name)| *name)
        .collect()
}

fuzz_target!(|data: &[u8]| {
    let Some((&options, data)) = data.split_first() else {
        return;
    };
    let Some((shown, mut known)) = data.split_at_checked(data.len() / 2) else {
        return;
    };

    let mut entries: std::collections::BTreeMap<Uid, SnapshotEntry> = std::collections::BTreeMap::new();
    for triple in shown.chunks_exact(3) {
        if let Some(uid) = Uid::new(u32::from(triple[0])) {
            entries.insert(
                uid,
                SnapshotEntry::new(uid, flags(triple[1]), None, u64::from(triple[2])),
            );
        }
    }
    let mut source = Snapshot::new(UidValidity::new(1));
    source.entries = entries.into_values().collect();

    let mut record = Record::new();
    while let Ok(entry) = Entry::decode(&mut known) {
        record.apply(&entry);
    }

    let mut rules = Rules::default();
    rules.deletions = options & 1 != 0;
    rules.selection.largest = (options & 2 != 0).then_some(100);
    if options & 4 != 0 {
        rules.keywords.room = Some(flags(0b0111));
    }
    if options & 8 != 0 {
        rules.keywords.renamed.insert("a".into(), None);
    }
    let found = delta(&source, true, &record, &rules);
    let parts = [&found.copy, &found.stored, &found.not_copied, &found.excluded];
    assert_eq!(
        parts.iter().map(|part| part.len()).sum::<u64>(),
        source.entries.len() as u64
    );
    let all = parts.iter().fold(UidSet::new(), |all, part| all.union(part));
    assert_eq!(all, source.uids());
    for (uid, _) in &found.gone {
        assert!(rules.deletions && source.get(*uid).is_none());
    }

    for change in &found.reflag {
        let (uid, flags) = (change.uid, change.flags.clone());
        record.apply(&Entry::Flagged { uid, flags });
    }
    record.apply(&Entry::Gone {
        uids: found.gone.iter().map(|(uid, _)| *uid).collect(),
    });
    let again = delta(&source, true, &record, &rules);
    assert!(again.reflag.is_empty() && again.gone.is_empty());

    let items = |bytes: &[u8]| -> Vec<Item<u8>> {
        let item =
            |(at, byte): (usize, &u8)| Some(Item::new(Uid::new(at as u32 + 1)?, byte & 7, flags(byte >> 6)));
        bytes.iter().enumerate().filter_map(item).collect()
    };
    let (left, right) = (items(shown), items(data));
    let both = plan(&left, &right);
    assert_eq!(both.copy.len() + both.present.len(), left.len());
    assert_eq!(both.extra.len() + both.present.len(), right.len());
});
