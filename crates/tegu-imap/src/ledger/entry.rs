//! What a ledger is made of.

use crate::State;
use crate::mailbox::MailboxName;
use crate::prove::Digest;
use crate::wire::{Flags, Uid, UidSet, UidValidity};

/// One thing to remember of a source mailbox.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Entry {
    /// The mailboxes that belong together and their UIDVALIDITYs. Others than before make everything before this entry
    /// void: its UIDs mean nothing any more.
    Paired(Pair),
    /// What separates the levels of the source mailbox's name.
    Delimiter(char),
    /// A command with these messages is about to be completed; if they arrive, it is under UIDs of at least `mark`.
    Intent {
        /// The smallest UID that they can get.
        mark: Uid,
        /// When, in seconds since 1970; 0 where it is not known.
        at: u64,
        /// Its messages.
        messages: Vec<Sending>,
    },
    /// The target holds a copy of a message. It has no [proof](Entry::Proved) yet. If the job made the copy, this ends
    /// one of the message's sendings.
    Stored {
        /// Its UID on the source.
        uid: Uid,
        /// What is known of the copy. Without a digest it takes digest and size from the message's open sending.
        message: StoredMessage,
    },
    /// These messages were read back from the target.
    Proved {
        /// What was compared, and with which result.
        proof: Proof,
        /// Their UIDs on the source.
        uids: UidSet,
    },
    /// The server said no: one sending of each of these messages ended without a copy.
    Refused {
        /// Their UIDs on the source.
        uids: UidSet,
    },
    /// One copy too many of each of these messages was found and removed, or reported where that was not possible. It
    /// ends one sending of each.
    Removed {
        /// Their UIDs on the source.
        uids: UidSet,
    },
    /// Everything on the target below `mark` was compared with the messages that are in doubt.
    Searched {
        /// From where the next search starts.
        mark: Uid,
    },
    /// Nobody looks for further copies of these messages.
    Settled {
        /// Their UIDs on the source.
        uids: UidSet,
    },
    /// Somebody else stores messages of the source on the target too, from this UID on. Until the next pass has ended,
    /// they are recognised before anything is sent.
    Disturbed {
        /// The first UID that they can have.
        from: Uid,
    },
    /// A message was not copied.
    NotCopied {
        /// Its UID on the source.
        uid: Uid,
        /// [`Manual`](State::Manual) or [`Failed`](State::Failed).
        state: State,
        /// The stable code of the reason.
        code: String,
        /// The reason in words.
        text: String,
    },
    /// The flags that the target was last given for a message.
    Flagged {
        /// Its UID on the source.
        uid: Uid,
        /// Its flags.
        flags: Flags,
    },
    /// The source no longer has these messages, and what follows from that is done. Their open sendings stay open.
    Gone {
        /// Their UIDs on the source.
        uids: UidSet,
    },
    /// A pass has ended: as long as the source looks like this, there is nothing to do.
    Passed(Pass),
}

/// A message of a command.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Sending {
    /// Its UID on the source.
    pub uid: Uid,
    /// The digest of its octets; ledgers of earlier versions have none.
    pub digest: Option<Digest>,
    /// How many octets it has; 0 where there is no digest.
    pub octets: u64,
}

impl Sending {
    /// A message of this UID on the source.
    pub fn new(uid: Uid, digest: Option<Digest>, octets: u64) -> Self {
        Self { uid, digest, octets }
    }
}

/// Who put a copy on the target.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Origin {
    /// This job: proved, the message counts as [`Moved`](State::Moved).
    Copied,
    /// Somebody else: proved, the message counts as [`Present`](State::Present). The job never removes such a copy.
    Found,
}

#[cfg(feature = "client")]
impl Origin {
    /// The state of a message whose copy is proved.
    pub(crate) fn state_when_proved(self) -> State {
        match self {
            Self::Copied => State::Moved,
            Self::Found => State::Present,
        }
    }
}

/// What was compared when a copy was read back.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Proof {
    /// Its size is equal.
    Size,
    /// Its header fields are equal.
    Fingerprint,
    /// All its octets are equal.
    Digest,
    /// It differs as the target is known to change such messages, and the operator accepted that.
    Altered,
    /// It differs.
    Differs,
}

/// A message on the target.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct StoredMessage {
    /// Who put it there.
    pub origin: Origin,
    /// Its UID on the target.
    pub target: Uid,
    /// The digest of the octets that were sent, if they were seen.
    pub digest: Option<Digest>,
    /// How many octets were sent.
    pub octets: u64,
    /// The flags that the target has, as far as this side knows.
    pub flags: Flags,
}

impl StoredMessage {
    /// A message of this UID on the target.
    pub fn new(origin: Origin, target: Uid, digest: Option<Digest>, octets: u64, flags: Flags) -> Self {
        Self {
            origin,
            target,
            digest,
            octets,
            flags,
        }
    }
}

/// A source mailbox's target, and the UIDVALIDITYs of both.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Pair {
    /// UIDVALIDITY of the source mailbox.
    pub source: UidValidity,
    /// The target mailbox.
    pub name: MailboxName,
    /// UIDVALIDITY of the target mailbox.
    pub target: UidValidity,
}

impl Pair {
    /// A target mailbox and both UIDVALIDITYs.
    pub fn new(source: UidValidity, name: MailboxName, target: UidValidity) -> Self {
        Self { source, name, target }
    }
}

/// How a source mailbox looked at the end of a pass.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Pass {
    /// The UID that its next message would get.
    pub uid_next: Option<Uid>,
    /// How many messages it held.
    pub messages: u32,
    /// The highest modification sequence (RFC 7162), where the server tells it.
    pub mod_seq: Option<u64>,
}

impl Pass {
    /// A mailbox of so many messages.
    pub fn new(uid_next: Option<Uid>, messages: u32, mod_seq: Option<u64>) -> Self {
        Self {
            uid_next,
            messages,
            mod_seq,
        }
    }
}
