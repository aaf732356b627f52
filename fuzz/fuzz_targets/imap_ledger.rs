//! The stored form of a ledger: whatever stands in it, no panic; what is read is written as the same again; what a
//! record tells of its messages adds up.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_imap::Uid;
use tegu_imap::ledger::{Entry, Record};
use tegu_imap::plan::search;

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
        assert_eq!(
            record.len(),
            record.stored().count() + record.not_copied().count()
        );
        assert_eq!(record.len(), record.uids().count());
        let mark = record.mark();
        assert!(
            record
                .pending()
                .all(|(_, pending)| pending.sendings > 0 && mark <= Some(pending.mark))
        );
        if let Entry::Stored { uid, message } = &entry {
            assert_eq!(
                record.stored_flags(*uid).map(|(target, _)| target),
                Some(message.target)
            );
            assert_eq!(record.proof(*uid), None);
        }
        let found: Vec<_> = record
            .pending()
            .filter_map(|(_, pending)| Some((pending.mark, pending.digest?)))
            .collect();
        let search = search(&record, &found);
        assert_eq!(
            search.arrived.len() + search.surplus.len() + search.others.len(),
            found.len()
        );
        if let Entry::Gone { uids } = &entry {
            assert!(uids.iter().take(9).all(|uid: Uid| record.known(uid).is_none()));
        }
    }
});
