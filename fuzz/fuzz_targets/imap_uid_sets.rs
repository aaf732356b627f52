//! Sets of UIDs: what they hold is what a plain set of numbers holds, and what they write is read back as the same.
#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use tegu_imap::{Uid, UidSet};

/// Numbers near each other and near both ends, so that ranges touch, overlap and merge.
fn uid(bytes: [u8; 2]) -> Option<Uid> {
    let [kind, number] = bytes;
    Uid::new(match kind % 4 {
        0 => u32::from(number),
        1 => u32::MAX - u32::from(number),
        2 => u32::from(number) * 3,
        _ => u32::from_be_bytes([number, kind, number, kind]),
    })
}

/// Reads a set as RFC 3501 has it, by hand.
fn read(text: &str) -> BTreeSet<u32> {
    let mut numbers = BTreeSet::new();
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (first, last) = part.split_once(':').unwrap_or((part, part));
        numbers.extend(first.parse::<u32>().unwrap()..=last.parse::<u32>().unwrap());
    }
    numbers
}

fuzz_target!(|data: &[u8]| {
    let (mut set, mut model) = (UidSet::new(), BTreeSet::new());
    let (mut other, mut other_model) = (UidSet::new(), BTreeSet::new());
    for (at, bytes) in data.chunks_exact(2).enumerate() {
        let Some(uid) = uid([bytes[0], bytes[1]]) else {
            continue;
        };
        let (set, model) = if at % 3 == 2 {
            (&mut other, &mut other_model)
        } else {
            (&mut set, &mut model)
        };
        assert_eq!(set.insert(uid), model.insert(uid.get()));
        assert!(set.contains(uid));
    }
    assert_eq!(set.len(), model.len() as u64);
    assert_eq!(set.is_empty(), model.is_empty());
    assert!(set.iter().map(Uid::get).eq(model.iter().copied()));
    assert_eq!(read(&set.to_string()), model);
    let difference = set.difference(&other);
    assert!(
        difference
            .iter()
            .map(Uid::get)
            .eq(model.difference(&other_model).copied())
    );
    let union = set.union(&other);
    assert!(union.iter().map(Uid::get).eq(model.union(&other_model).copied()));
    assert_eq!(UidSet::union_all([&set, &other]), union);
    assert_eq!(UidSet::parse(&set.to_string()), Some(set.clone()));
    let (messages, octets) = (u32::from(data.len() as u8) + 1, 40);
    let mut all = BTreeSet::new();
    for chunk in set.chunks(messages, octets) {
        let text = chunk.to_string();
        assert!(chunk.len() <= u64::from(messages) && text.len() <= octets && !chunk.is_empty());
        for number in read(&text) {
            assert!(all.insert(number));
        }
    }
    assert_eq!(all, model);
});
