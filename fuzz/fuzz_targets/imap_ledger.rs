//! The stored form of a ledger: whatever stands in it, no panic; what is read is written as the same again; what a
//! record tells of its messages adds up.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_imap::Uid;
use tegu_imap::ledger::{Entry, Record};

fuzz_target!(|data: &[u8]| {
    let mut rest = data;
    let mut record = Record::new();
    while let Ok(entry) = Entry::decode(&mut rest) {
        let mut stored = Vec::new();
        entry.encode(&mut stored);
        let mut again = &stored[..];
        assert_eq!(Entry::decode(&mut again).unwrap(), entry);
        assert!(again.is_empty());
        record.apply(&entry);
        assert_eq!(record.len(), record.standing().count() + record.staying().count());
        assert_eq!(record.len(), record.uids().count());
        if let Some((_, open)) = record.intent() {
            assert!(!open.is_empty());
        }
        if let Entry::Stands { uid, standing } = &entry {
            assert_eq!(record.standing_flags(*uid).map(|(target, _)| target), Some(standing.target));
        }
        if let Entry::Gone { uids } = &entry {
            assert!(uids.iter().take(9).all(|uid: Uid| record.known(uid).is_none()));
        }
    }
});
