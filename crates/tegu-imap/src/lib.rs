//! Moves mailboxes between IMAP servers, and proves that every message arrived.
mod error;
pub mod finding;
pub mod mailbox;
pub mod plan;
pub mod prove;
pub mod quirks;
#[cfg(feature = "client")]
pub mod session;
pub mod snapshot;
pub mod wire;

pub use error::{Error, ErrorKind, Result};
pub use mailbox::{Mailbox, MailboxName};
#[cfg(feature = "client")]
pub use session::{Credentials, Endpoint, Security, Session};
pub use wire::{Flags, InternalDate, Uid, UidSet, UidValidity};
