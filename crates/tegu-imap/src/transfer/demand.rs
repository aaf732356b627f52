//! Which proof a run asks for, and how a message ends by what the ledger knows of it.

use std::collections::BTreeSet;

use super::options::{Options, Verify};
use crate::State;
use crate::finding::Finding;
use crate::ledger::{Known, Proof, Record, StoredMessage};
use crate::session::Session;
use crate::wire::Uid;

/// Accepted losses that show as a difference between what was sent and what is read back.
const ALTERED: [&str; 4] = [
    "IMAP-ALTERED-8BIT-HEADER",
    "IMAP-ALTERED-STRAY-CR",
    "IMAP-PROOF-DIFFERS",
    "IMAP-STANDS-ALTERED",
];

/// The proof that is asked for.
#[derive(Clone, Debug)]
pub(super) struct Demand {
    pub(super) verify: Verify,
    one_in: u32,
    accept: BTreeSet<String>,
}

/// How a message ends: state, octets, and why it is neither moved nor present.
pub(super) type End = (State, u64, Option<Reason>);

/// Code and text.
pub(super) type Reason = (String, String);

impl Demand {
    /// What the caller asked for, as far as this target can give it.
    pub(super) fn new(options: &Options, target: &Session) -> Self {
        let estimated = options.verify == Verify::Size && target.quirks().size_is_estimate;
        Self {
            verify: if estimated {
                Verify::Fingerprint
            } else {
                options.verify
            },
            one_in: options.verify_one_in,
            accept: options.accept.clone(),
        }
    }

    /// Whether a copy has to be read back before its message has a state.
    pub(super) fn is_open(&self, message: &StoredMessage, proof: Option<Proof>) -> bool {
        let is_enough = |proof| match self.verify {
            Verify::None => true,
            Verify::Size => true,
            Verify::Fingerprint => proof != Proof::Size,
            Verify::Digest => !matches!(proof, Proof::Size | Proof::Fingerprint),
        };
        match proof {
            Some(proof) => !is_enough(proof),
            None => self.verify != Verify::None && self.draws(message),
        }
    }

    /// Whether a message is among the one in so many that are proved.
    fn draws(&self, message: &StoredMessage) -> bool {
        let start = message
            .digest
            .and_then(|digest| digest.as_bytes().first_chunk().copied());
        start.is_none_or(|start| u32::from_le_bytes(start) % self.one_in == 0)
    }

    /// Whether the operator accepts what this proof showed.
    pub(super) fn accepts(&self, proof: Proof) -> bool {
        match proof {
            Proof::Differs => self.accept.contains("IMAP-PROOF-DIFFERS"),
            Proof::Altered => ALTERED.iter().any(|code| self.accept.contains(*code)),
            Proof::Size | Proof::Fingerprint | Proof::Digest => true,
        }
    }

    /// How a message whose copy is on the target ends. This is the only way to the states moved and present: a copy
    /// without the proof that was asked for has neither.
    pub(super) fn end_of_copy(&self, uid: Uid, message: &StoredMessage, proof: Option<Proof>) -> End {
        let finding = match proof {
            _ if self.is_open(message, proof) => Finding::NotProved {
                uid,
                target: message.target,
            },
            Some(proof) if !self.accepts(proof) => Finding::ProofDiffers {
                uid,
                target: message.target,
            },
            _ => return (message.origin.state_when_proved(), message.octets, None),
        };
        let reason = (finding.code().to_owned(), finding.to_string());
        (finding.state(), message.octets, Some(reason))
    }

    /// How a message ends by what the ledger knows of it; `None` if it knows nothing.
    pub(super) fn end_of(&self, record: &Record, uid: Uid) -> Option<End> {
        Some(match record.known(uid)? {
            Known::Stored(message) => self.end_of_copy(uid, &message, record.proof(uid)),
            Known::NotCopied { state, code, text } => (state, 0, Some((code, text))),
        })
    }

    /// How all messages end that the ledger knows, those that were not copied last.
    pub(super) fn ends<'a>(&'a self, record: &'a Record) -> impl Iterator<Item = (Uid, End)> + 'a {
        let stored = record
            .stored()
            .map(|(uid, message)| (uid, self.end_of_copy(uid, &message, record.proof(uid))));
        let not_copied = record
            .not_copied()
            .map(|(uid, state, code, text)| (uid, (state, 0, Some((code.to_owned(), text.to_owned())))));
        stored.chain(not_copied)
    }
}

/// What an earlier run moved is present to this one.
pub(super) fn of_an_earlier_run(state: State) -> State {
    match state {
        State::Moved => State::Present,
        state => state,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ledger::Origin;
    use crate::wire::Flags;

    #[test]
    fn without_the_proof_that_was_asked_for_no_message_is_moved_or_present() {
        let proofs = [
            None,
            Some(Proof::Size),
            Some(Proof::Fingerprint),
            Some(Proof::Digest),
            Some(Proof::Altered),
            Some(Proof::Differs),
        ];
        let uid = Uid::MIN;
        for (verify, enough) in [
            (Verify::None, [true, true, true, true, false, false]),
            (Verify::Size, [false, true, true, true, false, false]),
            (Verify::Fingerprint, [false, false, true, true, false, false]),
            (Verify::Digest, [false, false, false, true, false, false]),
        ] {
            let mut demand = Demand {
                verify,
                one_in: 1,
                accept: BTreeSet::new(),
            };
            for (origin, state) in [(Origin::Copied, State::Moved), (Origin::Found, State::Present)] {
                let message = StoredMessage::new(origin, uid, None, 1, Flags::new());
                for (proof, enough) in proofs.into_iter().zip(enough) {
                    let (found, ..) = demand.end_of_copy(uid, &message, proof);
                    assert_eq!(found == state, enough, "{verify:?} {proof:?} {found:?}");
                }
            }
            demand.accept.insert("IMAP-PROOF-DIFFERS".into());
            let message = StoredMessage::new(Origin::Copied, uid, None, 1, Flags::new());
            for proof in [Proof::Altered, Proof::Differs] {
                let (found, ..) = demand.end_of_copy(uid, &message, Some(proof));
                assert_eq!(found, State::Moved);
            }
        }
    }
}
