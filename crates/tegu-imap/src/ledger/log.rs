//! The compact form of a log of entries.
//!
//! Most entries are messages that the target holds, one after the other. They are written as runs, so that a message takes about
//! 5 octets instead of 15, besides the 37 of its intent. A part of a log is one octet, then:
//!
//! - `e`: one entry as [`Entry::encode`] writes it;
//! - `m` or `p`: a run of messages that were moved, or were present. Numbers are unsigned LEB128: how many sets of flags, and each as a
//!   length and its text; how many messages; and for each the differences of its UID and of its UID on the target to
//!   those before (doubled, and less one where they are negative), its octets, the number of its flags, and 0 or 1 and its digest.
//!
//! ```
//! use tegu_imap::{Uid, ledger::{Entry, Record, Sending, log}};
//!
//! let mut octets = Vec::new();
//! let messages = vec![Sending::new(Uid::MIN, None, 0)];
//! log::encode(&[Entry::Intent { mark: Uid::MIN, at: 0, messages }], &mut octets);
//! let mut record = Record::new();
//! log::decode(&octets, |entry| record.apply(entry))?;
//! assert!(record.mark().is_some());
//! # Ok::<(), tegu_imap::Error>(())
//! ```

use super::{
    Entry, Origin, StoredMessage,
    codec::{put_bytes, put_length, take_flags, take_length},
    ledger_error,
};
use crate::{Result, Uid, prove::Digest};
use std::collections::HashMap;

/// Appends entries to a log.
pub fn encode(entries: &[Entry], out: &mut Vec<u8>) {
    let mut rest = entries;
    while let Some(first) = rest.first() {
        let origin = stored(first).map(|(_, message)| message.origin);
        let run = rest.iter().take_while(|entry| {
            origin.is_some() && stored(entry).map(|(_, message)| message.origin) == origin
        });
        let length = run.count();
        let (run, behind) = rest.split_at(length.max(1));
        if length > 1 {
            put_run(run, out);
        } else {
            out.push(b'e');
            first.encode(out);
        }
        rest = behind;
    }
}

fn stored(entry: &Entry) -> Option<(Uid, &StoredMessage)> {
    match entry {
        Entry::Stored { uid, message } => Some((*uid, message)),
        _ => None,
    }
}

fn put_run(run: &[Entry], out: &mut Vec<u8>) {
    let messages = run.iter().filter_map(stored).collect::<Vec<_>>();
    let moved = messages
        .first()
        .is_some_and(|(_, message)| message.origin == Origin::Copied);
    out.push(if moved { b'm' } else { b'p' });
    let mut numbers: HashMap<String, u64> = HashMap::new();
    let mut texts = Vec::new();
    for (_, message) in &messages {
        let text = message.flags.to_string();
        if !numbers.contains_key(&text) {
            numbers.insert(text.clone(), texts.len() as u64);
            texts.push(text);
        }
    }
    put_length(out, texts.len() as u64);
    for text in &texts {
        put_bytes(out, text.as_bytes());
    }
    put_length(out, messages.len() as u64);
    let (mut uid_before, mut target_before) = (0_i64, 0_i64);
    for (uid, message) in messages {
        let (uid, target) = (i64::from(uid.get()), i64::from(message.target.get()));
        put_difference(out, uid - uid_before);
        put_difference(out, target - target_before);
        (uid_before, target_before) = (uid, target);
        put_length(out, message.octets);
        put_length(
            out,
            numbers
                .get(&message.flags.to_string())
                .copied()
                .unwrap_or_default(),
        );
        match &message.digest {
            Some(digest) => {
                out.push(1);
                out.extend_from_slice(digest.as_bytes());
            }
            None => out.push(0),
        }
    }
}

/// Calls `each` with every entry of a log.
///
/// # Errors
///
/// Kind [`Journal`](crate::ErrorKind::Journal) if the log is damaged or of a later version. Entries before the damage were passed to `each`.
pub fn decode(log: &[u8], each: impl FnMut(&Entry)) -> Result<()> {
    read(log, each).ok_or_else(|| ledger_error("the log is damaged").doing("read a ledger", ""))
}

fn read(mut log: &[u8], mut each: impl FnMut(&Entry)) -> Option<()> {
    while let Some((kind, rest)) = log.split_first() {
        log = rest;
        match kind {
            b'e' => each(&Entry::decode(&mut log).ok()?),
            b'm' => take_run(&mut log, Origin::Copied, &mut each)?,
            b'p' => take_run(&mut log, Origin::Found, &mut each)?,
            _ => return None,
        }
    }
    Some(())
}

fn take_run(input: &mut &[u8], origin: Origin, each: &mut impl FnMut(&Entry)) -> Option<()> {
    let mut flags = Vec::new();
    for _ in 0..take_length(input)? {
        flags.push(take_flags(input)?);
    }
    let (mut uid, mut target) = (0_i64, 0_i64);
    for _ in 0..take_length(input)? {
        uid += take_difference(input)?;
        target += take_difference(input)?;
        let octets = take_length(input)?;
        let flags = flags.get(usize::try_from(take_length(input)?).ok()?)?;
        let digest = match take_length(input)? {
            0 => None,
            _ => {
                let (digest, rest) = input.split_first_chunk::<32>()?;
                *input = rest;
                Some(Digest::from_bytes(*digest))
            }
        };
        let of = |number: i64| u32::try_from(number).ok().and_then(Uid::new);
        let message = StoredMessage::new(origin, of(target)?, digest, octets, flags.clone());
        each(&Entry::Stored {
            uid: of(uid)?,
            message,
        });
    }
    Some(())
}

/// The difference of two UIDs: 33 bits and a sign.
fn put_difference(out: &mut Vec<u8>, difference: i64) {
    put_length(out, (difference << 1 ^ difference >> 63) as u64);
}

fn take_difference(input: &mut &[u8]) -> Option<i64> {
    let number = take_length(input).filter(|number| *number < 1 << 34)?;
    Some((number >> 1) as i64 ^ -((number & 1) as i64))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ledger::{Pair, Sending};
    use crate::{Flags, MailboxName, UidSet, UidValidity};
    use proptest::prelude::*;

    fn uid() -> impl Strategy<Value = Uid> {
        (1..u32::MAX).prop_filter_map("not zero", Uid::new)
    }

    fn stored_entry() -> impl Strategy<Value = Entry> {
        let flags = proptest::collection::vec("[$A-Za-z\\\\]{1,9}", 0..3)
            .prop_map(|names| names.iter().collect::<Flags>());
        (
            uid(),
            uid(),
            any::<u64>(),
            proptest::option::of(any::<[u8; 32]>()),
            flags,
            any::<bool>(),
        )
            .prop_map(|(uid, target, octets, digest, flags, moved)| {
                let origin = if moved { Origin::Copied } else { Origin::Found };
                let message =
                    StoredMessage::new(origin, target, digest.map(Digest::from_bytes), octets, flags);
                Entry::Stored { uid, message }
            })
    }

    fn entry() -> impl Strategy<Value = Entry> {
        let pair = (any::<u32>(), "[a-zя/]{1,9}", any::<u32>()).prop_map(|(source, name, target)| {
            let name = MailboxName::new(&name).unwrap();
            Entry::Paired(Pair::new(
                UidValidity::new(source),
                name,
                UidValidity::new(target),
            ))
        });
        let uids =
            proptest::collection::vec(uid(), 0..9).prop_map(|uids| uids.into_iter().collect::<UidSet>());
        let sending = (uid(), any::<[u8; 32]>(), any::<u64>())
            .prop_map(|(uid, digest, octets)| Sending::new(uid, Some(Digest::from_bytes(digest)), octets));
        let sendings = proptest::collection::vec(sending, 0..9);
        let intent = (uid(), any::<u64>(), sendings).prop_map(|(mark, at, messages)| Entry::Intent {
            mark,
            at,
            messages,
        });
        let refused = uids.prop_map(|uids| Entry::Refused { uids });
        prop_oneof![1 => pair, 1 => intent, 1 => refused, 6 => stored_entry()]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(entries in proptest::collection::vec(entry(), 0..30)) {
            let mut log = Vec::new();
            encode(&entries, &mut log);
            let mut found = Vec::new();
            prop_assert!(decode(&log, |entry| found.push(entry.clone())).is_ok());
            prop_assert_eq!(found, entries);
        }

        #[test]
        fn damage_is_no_panic(log in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&log, |_| ());
        }
    }

    #[test]
    fn a_message_takes_few_octets() {
        let entries = (1..=200_u32).map(|number| {
            let flags: Flags = if number % 3 == 0 {
                ["\\Seen"].into_iter().collect()
            } else {
                Flags::new()
            };
            let (uid, target) = (Uid::new(100_000 + number).unwrap(), Uid::new(2 * number).unwrap());
            let digest = Some(Digest::from_bytes([7; 32]));
            let message = StoredMessage::new(Origin::Copied, target, digest, 50_000, flags);
            Entry::Stored { uid, message }
        });
        let mut log = Vec::new();
        encode(&entries.collect::<Vec<_>>(), &mut log);
        assert!(log.len() < 200 * 40, "{}", log.len());
    }
}
