//! What was done, remembered: so that a run that was killed goes on where it was, and nothing arrives twice.
//!
//! A [`Ledger`] keeps [`Entry`]s, in order, for each source mailbox, and gives them back folded into a [`Record`].
//! Whoever stores them elsewhere (a database, a service) needs no more than that: [`Entry::encode`] and
//! [`Entry::decode`] are the stored form.
//!
//! # The order that makes a copy happen exactly once
//!
//! 1. [`Entry::Intent`] is written before a command is complete: its messages, their digests, and from which UID on the
//!    target will hold them. A server stores nothing of a command that is not complete.
//! 2. The command is completed.
//! 3. Each sending ends in one of these: [`Entry::Stored`] (one copy is on the target), [`Entry::Refused`] (the server
//!    said no), or it stays open: see [`Record::pending`].
//! 4. [`Entry::Proved`] tells how the copy was read back. Without it no message counts as moved or present where proof
//!    was asked for.
//!
//! # Doubt
//!
//! A server may carry out a command long after its connection was lost. So each message counts its sendings that have no
//! known end. A run looks for their copies on the target, from the mark on. What it finds ends a sending; a copy beyond
//! the first is one too many. A message that is not found is sent again, and its earlier sending stays open, across
//! runs, until its copy is found or [`Entry::Settled`] gives it up.
//!
//! ```
//! use tegu_imap::ledger::{Entry, Ledger, MemoryLedger, Record, Sending};
//! use tegu_imap::prove::digest;
//! use tegu_imap::{MailboxName, Uid};
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let ledger = MemoryLedger::new();
//! let inbox = MailboxName::new("INBOX")?;
//! let mark = Uid::MIN;
//! let messages = vec![Sending::new(Uid::MIN, Some(digest(b"octets")), 6)];
//! ledger.write(&inbox, &[Entry::Intent { mark, at: 1_700_000_000, messages }]).await?;
//! let record: Record = ledger.read(&inbox).await?;
//! assert_eq!(record.pending().count(), 1);
//! # Ok::<_, tegu_imap::Error>(()) }).unwrap();
//! ```

mod codec;
pub mod conformance;
mod entry;
mod file;
pub mod log;
mod memory;
mod pending;
mod record;

use std::fmt;
use std::pin::Pin;

use crate::mailbox::MailboxName;
use crate::prove::Digest;
use crate::{Error, ErrorKind, Result};

pub use entry::{Entry, Origin, Pair, Pass, Proof, Sending, StoredMessage};
pub use file::FileLedger;
pub use memory::MemoryLedger;
pub use pending::Pending;
pub use record::{Known, Record};

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

/// How a digest is kept.
fn stored_digest(bytes: &[u8]) -> Option<Digest> {
    Some(Digest::from_bytes(bytes.try_into().ok()?))
}

fn ledger_error(message: impl fmt::Display) -> Error {
    Error::new(ErrorKind::Journal, message)
}
