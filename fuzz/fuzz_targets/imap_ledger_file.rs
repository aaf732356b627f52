//! The file of a ledger of messages: read, cut off or refused, each time the same; what is written comes behind what stands there.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_fuzz::{frugal, now, scratch};
use tegu_imap::MailboxName;
use tegu_imap::ledger::{Entry, FileLedger, Ledger as _, Record};

fuzz_target!(|data: &[u8]| {
    let path = scratch("imap.ledger");
    let inbox = MailboxName::new("INBOX").expect("a name");
    // The check sums of blocks keep a fuzzer out: the first octet says whether they are made right.
    let [how, rest @ ..] = data else { return };
    if how % 2 == 0 {
        std::fs::write(&path, rest).expect("a scratch file");
    } else {
        let _ = std::fs::remove_file(&path);
        let ledger = FileLedger::open(&path).expect("an empty file is a ledger");
        let mut left = rest;
        let mut expected = Record::new();
        while let Ok(entry) = Entry::decode(&mut left) {
            now(ledger.write(&inbox, std::slice::from_ref(&entry))).expect("an entry is written");
            expected.apply(&entry);
        }
        drop(ledger);
        let ledger = FileLedger::open(&path).expect("what was written can be opened");
        assert_eq!(ledger.cut_off(), 0);
        assert_eq!(
            now(ledger.read(&inbox)).expect("what was written can be read"),
            expected
        );
        drop(ledger);
        // A crash cuts it anywhere: whole blocks stay.
        let whole = std::fs::read(&path).expect("the ledger");
        let cut = usize::from(*how) * whole.len() / 256;
        std::fs::write(&path, &whole[..cut]).expect("a scratch file");
        let ledger = FileLedger::open(&path).expect("a torn ledger is cut off");
        now(ledger.read(&inbox)).expect("what is whole can be read");
        return;
    }
    let read = |ledger: &FileLedger| now(ledger.read(&inbox));
    let Ok(first) = frugal(rest.len(), || {
        FileLedger::open(&path).and_then(|ledger| read(&ledger))
    }) else {
        return;
    };
    let ledger = FileLedger::open(&path).expect("what was opened can be opened");
    assert_eq!(ledger.cut_off(), 0, "the first opening cut it off");
    assert_eq!(read(&ledger).expect("what was read can be read"), first);
});
