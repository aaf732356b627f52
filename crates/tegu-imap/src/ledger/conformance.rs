//! What every ledger must do: call this from the tests of each implementation.
//!
//! ```
//! use tegu_imap::ledger::{MemoryLedger, conformance};
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! conformance::check(&MemoryLedger::new()).await;
//! # });
//! ```

use super::{Entry, Known, Ledger, Origin, Pair, Pass, Proof, Record, Sending, StoredMessage};
use crate::mailbox::MailboxName;
use crate::prove::digest;
use crate::wire::{Flags, Uid, UidSet, UidValidity};
use crate::{Result, State};

/// Checks a ledger that is empty.
///
/// # Panics
///
/// If the ledger does what it must not; the message says what that is.
pub async fn check(ledger: &dyn Ledger) {
    assert!(
        good(ledger.mailboxes().await).is_empty(),
        "a new ledger must be empty"
    );
    let unknown = good(ledger.read(&names().0).await);
    assert_eq!(
        unknown,
        Record::new(),
        "an unknown mailbox must have an empty record"
    );
    assert!(
        good(ledger.mailboxes().await).is_empty(),
        "reading must not add a mailbox"
    );

    let (inbox, other) = names();
    let mut expected = (Record::new(), Record::new());
    for (at, entries) in history().iter().enumerate() {
        // Two mailboxes, whose entries must not mix.
        good(ledger.write(&inbox, entries).await);
        entries.iter().for_each(|entry| expected.0.apply(entry));
        if at % 2 == 0 {
            good(ledger.write(&other, entries).await);
            entries.iter().for_each(|entry| expected.1.apply(entry));
        }
        assert_eq!(
            good(ledger.read(&inbox).await),
            expected.0,
            "a record must hold all entries in the order in which they were written"
        );
        assert_eq!(
            good(ledger.read(&other).await),
            expected.1,
            "mailboxes must not share entries"
        );
    }
    good(ledger.write(&inbox, &[]).await);
    good(ledger.sync().await);
    check_reopened(ledger).await;
}

/// Checks what a ledger still knows that [`check`] was run on, after it was closed and opened again.
///
/// # Panics
///
/// If something was forgotten.
pub async fn check_reopened(ledger: &dyn Ledger) {
    let (inbox, other) = names();
    let mut both = vec![inbox.clone(), other.clone()];
    both.sort();
    assert_eq!(
        good(ledger.mailboxes().await),
        both,
        "mailboxes must be listed by name, each once"
    );
    let fold = |step: usize| {
        let mut record = Record::new();
        let entries = history();
        let entries = entries.iter().step_by(step).flatten();
        entries.for_each(|entry| record.apply(entry));
        record
    };
    let record = good(ledger.read(&inbox).await);
    assert_eq!(record, fold(1), "entries were forgotten");
    assert_eq!(good(ledger.read(&other).await), fold(2), "entries were forgotten");
    assert_eq!(record.delimiter(), Some('/'), "the delimiter was forgotten");
    let known = uid(3).and_then(|uid| record.known(uid));
    assert!(
        matches!(known, Some(Known::NotCopied { .. })),
        "a message that was left was forgotten"
    );
}

fn good<T>(result: Result<T>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("the ledger failed: {error}"),
    }
}

fn uid(number: u32) -> Option<Uid> {
    Uid::new(number)
}

/// Names with every awkward octet: upper and lower case, modified UTF-7, the delimiter, and octets that are no text.
fn names() -> (MailboxName, MailboxName) {
    (
        MailboxName::from_wire(b"INBOX/&BBAEQARFBDgEMg-"),
        MailboxName::from_wire(b"inbox/\xff\"%"),
    )
}

/// What a transfer writes, one call after the other.
fn history() -> Vec<Vec<Entry>> {
    let set = |numbers: &[u32]| -> UidSet { numbers.iter().copied().filter_map(Uid::new).collect() };
    let pair = |source| {
        let name = MailboxName::from_wire(b"Archive.\xc3\xa9");
        Entry::Paired(Pair::new(UidValidity::new(source), name, UidValidity::new(9)))
    };
    let stored = |number: u32, origin| {
        let flags: Flags = ["\\Seen", "$Forwarded"].into_iter().collect();
        let digest = number.is_multiple_of(2).then(|| digest(&number.to_le_bytes()));
        let uid = Uid::new(number)?;
        let message = StoredMessage::new(
            origin,
            Uid::new(number + 100)?,
            digest,
            u64::from(number) << 33,
            flags,
        );
        Some(Entry::Stored { uid, message })
    };
    let not_copied = |number: u32, state| {
        Some(Entry::NotCopied {
            uid: Uid::new(number)?,
            state,
            code: "IMAP-MESSAGE-NUL".to_owned(),
            text: "message 3 holds NUL octets\u{fffd}".to_owned(),
        })
    };
    let intent = |mark, numbers: &[u32]| {
        let sending = |number: &u32| {
            let digest = (*number != 8).then(|| digest(&number.to_le_bytes()));
            Some(Sending::new(Uid::new(*number)?, digest, u64::from(*number)))
        };
        Some(Entry::Intent {
            mark: Uid::new(mark)?,
            at: u64::from(mark) << 9,
            messages: numbers.iter().filter_map(sending).collect(),
        })
    };
    let many: Vec<Entry> = (1000..3000)
        .filter_map(|number| stored(number, Origin::Copied))
        .collect();
    let groups = [
        vec![Some(pair(1)), stored(1, Origin::Copied)],
        // Another generation makes everything before it void.
        vec![Some(pair(2)), Some(Entry::Delimiter('/'))],
        vec![intent(101, &[1, 2, 3])],
        vec![stored(1, Origin::Found), stored(2, Origin::Copied)],
        vec![not_copied(3, State::Failed)],
        vec![not_copied(3, State::Manual)],
        vec![Uid::new(1).map(|uid| Entry::Flagged {
            uid,
            flags: Flags::new(),
        })],
        vec![Some(Entry::Gone { uids: set(&[2]) })],
        vec![Some(Entry::Passed(Pass::new(
            Uid::new(u32::MAX),
            u32::MAX,
            Some(u64::MAX - 1),
        )))],
        vec![intent(4000, &[7, 8, 9])],
        vec![
            Some(Entry::Proved {
                proof: Proof::Digest,
                uids: set(&[1]),
            }),
            Some(Entry::Refused { uids: set(&[8]) }),
            Some(Entry::Removed { uids: set(&[9]) }),
            Uid::new(4001).map(|mark| Entry::Searched { mark }),
            Uid::new(4001).map(|from| Entry::Disturbed { from }),
        ],
        vec![intent(4002, &[10]), Some(Entry::Settled { uids: set(&[10]) })],
    ];
    let mut history: Vec<Vec<Entry>> = groups
        .into_iter()
        .map(|group| group.into_iter().flatten().collect())
        .collect();
    history.push(many);
    history
}
