//! The stored form of an entry.
//!
//! One octet says what it is; numbers are little-endian, lengths are LEB128, texts and sets are a length and their
//! UTF-8 (sets as IMAP writes them). A message that stands takes about 50 octets, 32 of them its digest.

use super::{Entry, Pair, Pass, Standing, ledger_error, stored_digest};
use crate::Result;
use crate::State;
use crate::mailbox::MailboxName;
use crate::wire::{Flags, Uid, UidSet, UidValidity};

impl Entry {
    /// Adds its stored form to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Opened(pair) => {
                out.push(b'O');
                put_u32(out, pair.source.get());
                put_bytes(out, pair.name.raw());
                put_u32(out, pair.target.get());
            }
            Self::Delimiter(delimiter) => {
                out.push(b'D');
                put_u32(out, u32::from(*delimiter));
            }
            Self::Intent { mark, messages } => {
                out.push(b'I');
                put_u32(out, mark.get());
                put_bytes(out, messages.to_string().as_bytes());
            }
            Self::Stands { uid, standing } => {
                out.push(if standing.state == State::Moved {
                    b'M'
                } else {
                    b'P'
                });
                put_u32(out, uid.get());
                put_u32(out, standing.target.get());
                put_length(out, standing.octets);
                put_bytes(
                    out,
                    standing
                        .digest
                        .as_ref()
                        .map_or(&[][..], |digest| digest.as_bytes()),
                );
                put_bytes(out, standing.flags.to_string().as_bytes());
            }
            Self::Stays {
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
                put_bytes(out, uids.to_string().as_bytes());
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
        b'O' => Entry::Opened(Pair {
            source: UidValidity::new(take_u32(input)?),
            name: MailboxName::from_wire(take_bytes(input)?),
            target: UidValidity::new(take_u32(input)?),
        }),
        b'D' => Entry::Delimiter(char::from_u32(take_u32(input)?)?),
        b'I' => Entry::Intent {
            mark: take_uid(input)?,
            messages: take_uids(input)?,
        },
        b'M' | b'P' => Entry::Stands {
            uid: take_uid(input)?,
            standing: Standing {
                state: if kind == b'M' {
                    State::Moved
                } else {
                    State::Present
                },
                target: take_uid(input)?,
                octets: take_length(input)?,
                digest: match take_bytes(input)? {
                    [] => None,
                    digest => Some(stored_digest(digest)?),
                },
                flags: take_flags(input)?,
            },
        },
        b'H' | b'F' => Entry::Stays {
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
                Entry::Opened(Pair::new(
                    UidValidity::new(source),
                    name,
                    UidValidity::new(target),
                ))
            }),
            any::<char>().prop_map(Entry::Delimiter),
            (uid(), uids()).prop_map(|(mark, messages)| Entry::Intent { mark, messages }),
            (
                uid(),
                uid(),
                any::<u64>(),
                proptest::option::of(any::<u8>()),
                flags(),
                any::<bool>()
            )
                .prop_map(|(uid, target, octets, seed, flags, moved)| {
                    let state = if moved { State::Moved } else { State::Present };
                    let digest = seed.map(|seed| digest(&[seed]));
                    Entry::Stands {
                        uid,
                        standing: Standing::new(state, target, digest, octets, flags),
                    }
                }),
            (uid(), any::<bool>(), ".{0,9}", ".{0,99}").prop_map(|(uid, manual, code, text)| {
                let state = if manual { State::Manual } else { State::Failed };
                Entry::Stays {
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
        let standing = Standing::new(State::Moved, uid, Some(digest(b"x")), 50_000, flags);
        let mut stored = Vec::new();
        Entry::Stands { uid, standing }.encode(&mut stored);
        assert!(stored.len() <= 64, "{}", stored.len());
    }
}
