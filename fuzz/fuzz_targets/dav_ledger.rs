//! The lines of the ledger of calendars and contacts: an entry comes back from its line, and a file is read, cut off or refused, each time
//! the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;
use tegu_dav::ledger::{Entry, FileLedger, Ledger as _, Record};
use tegu_fuzz::{frugal, now, scratch};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let mut record = Record::default();
    let entries = frugal(text.len(), || {
        text.lines()
            .filter_map(|line| Entry::decode(line).ok())
            .collect::<Vec<_>>()
    });
    for entry in &entries {
        let line = entry.encode();
        assert!(!line.contains(['\n', '\r']), "{line:?}");
        assert_eq!(&Entry::decode(&line).expect("a line of our own"), entry);
        record.apply(entry);
        assert!(record.counts().balances());
    }
    assert_eq!(record.counts().source, record.items.len() as u64);

    let path = scratch("dav.ledger");
    std::fs::write(&path, data).expect("a scratch file");
    let read = |ledger: &FileLedger| {
        let names = now(ledger.collections())?;
        names
            .iter()
            .map(|name| Ok((name.clone(), now(ledger.read(name))?)))
            .collect::<tegu_dav::Result<BTreeMap<_, _>>>()
    };
    let Ok(first) = FileLedger::open(&path).and_then(|ledger| read(&ledger)) else {
        return;
    };
    let ledger = FileLedger::open(&path).expect("what was opened can be opened");
    assert_eq!(read(&ledger).expect("what was read can be read"), first);
    // What is written comes behind what stands there.
    if !entries.is_empty() {
        now(ledger.write("c", &entries)).expect("entries are written");
        let mut expected = first.get("c").cloned().unwrap_or_default();
        entries.iter().for_each(|entry| expected.apply(entry));
        drop(ledger);
        let ledger = FileLedger::open(&path).expect("what was written can be opened");
        assert_eq!(
            now(ledger.read("c")).expect("what was written can be read"),
            expected
        );
    }
});
