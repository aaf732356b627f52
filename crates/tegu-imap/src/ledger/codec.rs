//! The stored form of an entry.
//!
//! One octet says what it is; numbers are little-endian, lengths are LEB128, texts and sets are a length and their
//! UTF-8 (sets as IMAP writes them). A message takes about 37 octets when it is sent, 32 of them its digest, and 15 when it
//! is stored.

use super::{Entry, Origin, Pair, Pass, Proof, Sending, StoredMessage, ledger_error, stored_digest};
use crate::Result;
use crate::State;
use crate::mailbox::MailboxName;
use crate::prove::Digest;
use crate::wire::{Flags, Uid, UidSet, UidValidity};

/// No intent of the earlier form names more messages.
const EARLIER_INTENT: usize = 10_000;

impl Entry {
    /// Adds its stored form to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Paired(pair) => {
                out.push(b'O');
                put_u32(out, pair.source.get());
                put_bytes(out, pair.name.raw());
                put_u32(out, pair.target.get());
            }
            Self::Delimiter(delimiter) => {
                out.push(b'D');
                put_u32(out, u32::from(*delimiter));
            }
            Self::Intent { mark, at, messages } => {
                out.push(b'T');
                put_u32(out, mark.get());
                put_length(out, *at);
                put_length(out, messages.len() as u64);
                let mut before = 0;
                for message in messages {
                    // The difference to the one before, modulo 2^32: mostly 1.
                    put_length(out, u64::from(message.uid.get().wrapping_sub(before)));
                    before = message.uid.get();
                    put_digest(out, message.digest);
                    put_length(out, message.octets);
                }
            }
            Self::Stored { uid, message } => {
                out.push(if message.origin == Origin::Copied {
                    b'M'
                } else {
                    b'P'
                });
                put_u32(out, uid.get());
                put_u32(out, message.target.get());
                put_length(out, message.octets);
                put_digest(out, message.digest);
                put_bytes(out, message.flags.to_string().as_bytes());
            }
            Self::Proved { proof, uids } => {
                out.push(b'V');
                out.push(match proof {
                    Proof::Size => b's',
                    Proof::Fingerprint => b'f',
                    Proof::Digest => b'd',
                    Proof::Altered => b'a',
                    Proof::Differs => b'x',
                });
                put_uids(out, uids);
            }
            Self::Refused { uids } => {
                out.push(b'R');
                put_uids(out, uids);
            }
            Self::Removed { uids } => {
                out.push(b'E');
                put_uids(out, uids);
            }
            Self::Searched { mark } => {
                out.push(b'K');
                put_u32(out, mark.get());
            }
            Self::Disturbed { from } => {
                out.push(b'X');
                put_u32(out, from.get());
            }
            Self::Settled { uids } => {
                out.push(b'Z');
                put_uids(out, uids);
            }
            Self::NotCopied {
                uid,
                state,
                code,
                text,
            } => {
                out.push(if *state == State::Manual { b'H' } else { b'F' });
                put_u32(out, uid.get());
                put_bytes(out, code.as_bytes());
                put_bytes(out, text.as_bytes());
            }
            Self::Flagged { uid, flags } => {
                out.push(b'L');
                put_u32(out, uid.get());
                put_bytes(out, flags.to_string().as_bytes());
            }
            Self::Gone { uids } => {
                out.push(b'G');
                put_uids(out, uids);
            }
            Self::Passed(pass) => {
                out.push(b'S');
                put_u32(out, pass.uid_next.map_or(0, Uid::get));
                put_u32(out, pass.messages);
                put_length(out, pass.mod_seq.map_or(0, |mod_seq| mod_seq.saturating_add(1)));
            }
        }
    }

    /// Takes an entry from the front of `input`.
    ///
    /// # Errors
    ///
    /// Kind [`Journal`](crate::ErrorKind::Journal) where it is damaged or of a later version.
    pub fn decode(input: &mut &[u8]) -> Result<Self> {
        read(input).ok_or_else(|| ledger_error("an entry makes no sense").doing("read a ledger", ""))
    }
}

fn read(input: &mut &[u8]) -> Option<Entry> {
    let kind = *take(input, 1)?.first()?;
    Some(match kind {
        b'O' => Entry::Paired(Pair {
            source: UidValidity::new(take_u32(input)?),
            name: MailboxName::from_wire(take_bytes(input)?),
            target: UidValidity::new(take_u32(input)?),
        }),
        b'D' => Entry::Delimiter(char::from_u32(take_u32(input)?)?),
        // An earlier form, with UIDs alone.
        b'I' => Entry::Intent {
            mark: take_uid(input)?,
            at: 0,
            messages: take_uids(input)?
                .iter()
                .take(EARLIER_INTENT)
                .map(|uid| Sending::new(uid, None, 0))
                .collect(),
        },
        b'T' => Entry::Intent {
            mark: take_uid(input)?,
            at: take_length(input)?,
            messages: take_sendings(input)?,
        },
        b'M' | b'P' => Entry::Stored {
            uid: take_uid(input)?,
            message: StoredMessage {
                origin: if kind == b'M' {
                    Origin::Copied
                } else {
                    Origin::Found
                },
                target: take_uid(input)?,
                octets: take_length(input)?,
                digest: take_digest(input)?,
                flags: take_flags(input)?,
            },
        },
        b'V' => Entry::Proved {
            proof: match take(input, 1)?.first()? {
                b's' => Proof::Size,
                b'f' => Proof::Fingerprint,
                b'd' => Proof::Digest,
                b'a' => Proof::Altered,
                b'x' => Proof::Differs,
                _ => return None,
            },
            uids: take_uids(input)?,
        },
        b'R' => Entry::Refused {
            uids: take_uids(input)?,
        },
        b'E' => Entry::Removed {
            uids: take_uids(input)?,
        },
        b'K' => Entry::Searched {
            mark: take_uid(input)?,
        },
        b'X' => Entry::Disturbed {
            from: take_uid(input)?,
        },
        b'Z' => Entry::Settled {
            uids: take_uids(input)?,
        },
        b'H' | b'F' => Entry::NotCopied {
            uid: take_uid(input)?,
            state: if kind == b'H' {
                State::Manual
            } else {
                State::Failed
            },
            code: take_text(input)?.to_owned(),
            text: take_text(input)?.to_owned(),
        },
        b'L' => Entry::Flagged {
            uid: take_uid(input)?,
            flags: take_flags(input)?,
        },
        b'G' => Entry::Gone {
            uids: take_uids(input)?,
        },
        b'S' => Entry::Passed(Pass {
            uid_next: Uid::new(take_u32(input)?),
            messages: take_u32(input)?,
            mod_seq: take_length(input)?.checked_sub(1),
        }),
        _ => return None,
    })
}

fn put_u32(out: &mut Vec<u8>, number: u32) {
    out.extend_from_slice(&number.to_le_bytes());
}

pub(super) fn put_length(out: &mut Vec<u8>, mut length: u64) {
    while length >= 0x80 {
        out.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
}

pub(super) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_length(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn put_uids(out: &mut Vec<u8>, uids: &UidSet) {
    put_bytes(out, uids.to_string().as_bytes());
}

fn put_digest(out: &mut Vec<u8>, digest: Option<Digest>) {
    put_bytes(out, digest.as_ref().map_or(&[][..], |digest| digest.as_bytes()));
}

fn take<'a>(input: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = input.split_at_checked(length)?;
    *input = rest;
    Some(taken)
}

fn take_u32(input: &mut &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(take(input, 4)?.try_into().ok()?))
}

fn take_uid(input: &mut &[u8]) -> Option<Uid> {
    Uid::new(take_u32(input)?)
}

pub(super) fn take_length(input: &mut &[u8]) -> Option<u64> {
    let mut length = 0_u64;
    for shift in (0..64).step_by(7) {
        let octet = *take(input, 1)?.first()?;
        let part = u64::from(octet & 0x7f);
        if part << shift >> shift != part {
            return None;
        }
        length |= part << shift;
        if octet < 0x80 {
            return Some(length);
        }
    }
    None
}

pub(super) fn take_bytes<'a>(input: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(take_length(input)?).ok()?;
    take(input, length)
}

/// A digest, or none where it is empty; the outer `None` is damage.
#[expect(clippy::option_option, reason = "damage is another matter than absence")]
fn take_digest(input: &mut &[u8]) -> Option<Option<Digest>> {
    match take_bytes(input)? {
        [] => Some(None),
        digest => Some(Some(stored_digest(digest)?)),
    }
}

fn take_sendings(input: &mut &[u8]) -> Option<Vec<Sending>> {
    let mut messages = Vec::new();
    let mut uid = 0_u32;
    for _ in 0..take_length(input)? {
        uid = uid.wrapping_add(u32::try_from(take_length(input)?).ok()?);
        messages.push(Sending {
            uid: Uid::new(uid)?,
            digest: take_digest(input)?,
            octets: take_length(input)?,
        });
    }
    Some(messages)
}

fn take_text<'a>(input: &mut &'a [u8]) -> Option<&'a str> {
    std::str::from_utf8(take_bytes(input)?).ok()
}

pub(super) fn take_flags(input: &mut &[u8]) -> Option<Flags> {
    Some(take_text(input)?.split_ascii_whitespace().collect())
}

fn take_uids(input: &mut &[u8]) -> Option<UidSet> {
    UidSet::parse(take_text(input)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::prove::digest;
    use proptest::prelude::*;

    fn uid() -> impl Strategy<Value = Uid> {
        (1..u32::MAX).prop_filter_map("not zero", Uid::new)
    }

    fn flags() -> impl Strategy<Value = Flags> {
        proptest::collection::vec("[$A-Za-z]{1,9}", 0..4).prop_map(|names| names.iter().collect())
    }

    fn entry() -> impl Strategy<Value = Entry> {
        let uids = || proptest::collection::vec(uid(), 0..9).prop_map(|uids| uids.into_iter().collect());
        prop_oneof![
            (any::<u32>(), "[a-zа-я/&]{1,9}", any::<u32>()).prop_map(|(source, name, target)| {
                let name = MailboxName::new(&name).unwrap();
                Entry::Paired(Pair::new(
                    UidValidity::new(source),
                    name,
                    UidValidity::new(target),
                ))
            }),
            any::<char>().prop_map(Entry::Delimiter),
            (
                uid(),
                any::<u64>(),
                proptest::collection::vec((uid(), any::<u8>(), any::<u64>()), 0..9)
            )
                .prop_map(|(mark, at, messages)| {
                    let sending = |(uid, seed, octets): (Uid, u8, u64)| {
                        Sending::new(uid, (seed > 9).then(|| digest(&[seed])), octets)
                    };
                    let messages = messages.into_iter().map(sending).collect();
                    Entry::Intent { mark, at, messages }
                }),
            (0..5_usize, uids()).prop_map(|(at, uids)| {
                let proofs = [
                    Proof::Size,
                    Proof::Fingerprint,
                    Proof::Digest,
                    Proof::Altered,
                    Proof::Differs,
                ];
                let proof = proofs[at];
                Entry::Proved { proof, uids }
            }),
            uids().prop_map(|uids| Entry::Refused { uids }),
            uids().prop_map(|uids| Entry::Removed { uids }),
            uids().prop_map(|uids| Entry::Settled { uids }),
            uid().prop_map(|mark| Entry::Searched { mark }),
            uid().prop_map(|from| Entry::Disturbed { from }),
            (
                uid(),
                uid(),
                any::<u64>(),
                proptest::option::of(any::<u8>()),
                flags(),
                any::<bool>()
            )
                .prop_map(|(uid, target, octets, seed, flags, moved)| {
                    let origin = if moved { Origin::Copied } else { Origin::Found };
                    let digest = seed.map(|seed| digest(&[seed]));
                    Entry::Stored {
                        uid,
                        message: StoredMessage::new(origin, target, digest, octets, flags),
                    }
                }),
            (uid(), any::<bool>(), ".{0,9}", ".{0,99}").prop_map(|(uid, manual, code, text)| {
                let state = if manual { State::Manual } else { State::Failed };
                Entry::NotCopied {
                    uid,
                    state,
                    code,
                    text,
                }
            }),
            (uid(), flags()).prop_map(|(uid, flags)| Entry::Flagged { uid, flags }),
            uids().prop_map(|uids| Entry::Gone { uids }),
            (
                proptest::option::of(uid()),
                any::<u32>(),
                proptest::option::of(0..u64::MAX - 1)
            )
                .prop_map(|(next, messages, mod_seq)| Entry::Passed(Pass::new(next, messages, mod_seq))),
        ]
    }

    proptest! {
        #[test]
        fn what_is_stored_is_read(entries in proptest::collection::vec(entry(), 0..5)) {
            let mut stored = Vec::new();
            entries.iter().for_each(|entry| entry.encode(&mut stored));
            let mut rest = &stored[..];
            for entry in &entries {
                prop_assert_eq!(&Entry::decode(&mut rest).unwrap(), entry);
            }
            prop_assert!(rest.is_empty());
        }

        #[test]
        fn damage_is_no_panic(bytes in proptest::collection::vec(any::<u8>(), 0..99)) {
            let mut rest = &bytes[..];
            while Entry::decode(&mut rest).is_ok() {}
        }
    }

    #[test]
    fn a_message_takes_few_octets() {
        let flags = ["\\Seen"].into_iter().collect();
        let uid = Uid::new(4_000_000_000).unwrap();
        let messages = vec![Sending::new(uid, Some(digest(b"x")), 50_000); 100];
        let mut stored = Vec::new();
        let (mark, at) = (uid, 1_800_000_000);
        Entry::Intent { mark, at, messages }.encode(&mut stored);
        assert!(stored.len() <= 3750, "{}", stored.len());
        let message = StoredMessage::new(Origin::Copied, uid, None, 0, flags);
        stored.clear();
        Entry::Stored { uid, message }.encode(&mut stored);
        assert!(stored.len() <= 18, "{}", stored.len());
    }

    /// `I`, mark 5, messages 1 to 3; `M`, a message that was moved.
    #[test]
    fn the_earlier_form_of_an_intent_is_read() {
        let mut record = super::super::Record::new();
        let mut log = &b"I\x05\0\0\0\x031:3M\x02\0\0\0\x07\0\0\0\x09\0\0"[..];
        while !log.is_empty() {
            record.apply(&Entry::decode(&mut log).unwrap());
        }
        let pending: Vec<u32> = record.pending().map(|(uid, _)| uid.get()).collect();
        assert_eq!(pending, [1, 3]);
        assert_eq!(record.mark().map(Uid::get), Some(5));
        let two = Uid::new(2).unwrap();
        assert_eq!(record.proof(two), None, "it is read back before it counts");
        assert!(record.knows(two));
    }
}
