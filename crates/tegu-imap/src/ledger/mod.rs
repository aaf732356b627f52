//! What was done, remembered: so that a run that was killed goes on where it stood, and nothing arrives twice.
//!
//! A [`Ledger`] keeps [`Entry`]s, in order, for each source mailbox, and gives them back folded into a [`Record`].
//! Whoever stores them elsewhere (a database, a service) needs no more than that: [`Entry::encode`] and
//! [`Entry::decode`] are the stored form.
//!
//! # The order that makes a copy happen exactly once
//!
//! 1. [`Entry::Intent`] is written before messages are sent: which they are, and from which UID on the target will
//!    hold them.
//! 2. They are sent.
//! 3. [`Entry::Stands`] or [`Entry::Stays`] is written for each, and closes its part of the intent.
//!
//! A run that finds an intent open looks for its messages on the target, from that UID on, and so learns which of them
//! arrived.
//!
//! ```
//! use tegu_imap::ledger::{Entry, Ledger, MemoryLedger, Record};
//! use tegu_imap::{MailboxName, Uid};
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let ledger = MemoryLedger::new();
//! let inbox = MailboxName::new("INBOX")?;
//! let mark = Uid::MIN;
//! ledger.write(&inbox, &[Entry::Intent { mark, messages: [mark].into_iter().collect() }]).await?;
//! let record: Record = ledger.read(&inbox).await?;
//! assert_eq!(record.intent().unwrap().1.to_string(), "1");
//! # Ok::<_, tegu_imap::Error>(()) }).unwrap();
//! ```

mod codec;
pub mod conformance;
mod file;
pub mod log;
mod memory;
mod record;

use std::fmt;
use std::pin::Pin;

use crate::State;
use crate::mailbox::MailboxName;
use crate::prove::Digest;
use crate::wire::{Flags, Uid, UidSet, UidValidity};
use crate::{Error, ErrorKind, Result};

pub use file::FileLedger;
pub use memory::MemoryLedger;
pub use record::{Known, Record, Standing};

/// A future in a box, as object-safe traits need it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A memory of one account's transfer. One run uses it at a time; mailboxes of that run may use it at once.
pub trait Ledger: fmt::Debug + Send + Sync {
    /// What is remembered of a source mailbox; an empty record where nothing is.
    fn read<'a>(&'a self, mailbox: &'a MailboxName) -> BoxFuture<'a, Result<Record>>;

    /// The source mailboxes of which anything is remembered, by name.
    fn mailboxes(&self) -> BoxFuture<'_, Result<Vec<MailboxName>>>;

    /// Remembers more of a source mailbox, all of it or nothing.
    ///
    /// When it returns, the entries must survive the death of this process.
    fn write<'a>(&'a self, mailbox: &'a MailboxName, entries: &'a [Entry]) -> BoxFuture<'a, Result<()>>;

    /// Returns when everything that was written survives the loss of power.
    fn sync(&self) -> BoxFuture<'_, Result<()>>;
}

/// One thing to remember of a source mailbox.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Entry {
    /// The mailboxes that belong together and the generations of their UIDs. Other ones than before make everything
    /// before this entry void: its UIDs mean nothing any more.
    Opened(Pair),
    /// What separates the levels of the source mailbox's name.
    Delimiter(char),
    /// These messages are about to be sent; if they arrive, it is under UIDs of at least `mark`.
    Intent {
        /// The smallest UID that they can get.
        mark: Uid,
        /// Their UIDs on the source.
        messages: UidSet,
    },
    /// A message stands on the target.
    Stands {
        /// Its UID on the source.
        uid: Uid,
        /// How it stands there.
        standing: Standing,
    },
    /// A message was not copied.
    Stays {
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
    /// These messages are on the source no more, and what had to follow from that is done.
    Gone {
        /// Their UIDs on the source.
        uids: UidSet,
    },
    /// A pass is through: as long as the source looks like this, there is nothing to do.
    Passed(Pass),
}

/// A source mailbox's target, and the generations of both sides' UIDs.
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
    /// A target mailbox and both generations.
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

/// How a digest is kept.
fn stored_digest(bytes: &[u8]) -> Option<Digest> {
    Some(Digest::from_bytes(bytes.try_into().ok()?))
}

fn ledger_error(message: impl fmt::Display) -> Error {
    Error::new(ErrorKind::Journal, message)
}
