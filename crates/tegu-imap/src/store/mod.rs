//! Mailboxes as sources and targets of [`tegu_store`], for mail that comes from or goes to something else than IMAP.
//!
//! Between two IMAP servers [`transfer`](crate::transfer) does more.
//!
//! ```no_run
//! use tegu_imap::store::ImapReader;
//! use tegu_store::sources::MailReader as _;
//!
//! # async fn read(session: tegu_imap::Session) -> tegu_imap::Result<()> {
//! let mut mail = ImapReader::new(session);
//! for folder in mail.folders().await? {
//!     println!("{}: {} messages", folder.display(), mail.list(&folder).await?.len());
//! }
//! # Ok(())
//! # }
//! ```

mod place;
mod reader;
mod rights;
mod template;
mod writer;

pub use reader::ImapReader;
pub use rights::{ImapLists, grants};
pub use template::MailboxTemplate;
pub use writer::{ImapWriter, capabilities};
