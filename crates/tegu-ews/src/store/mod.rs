//! Mailboxes as sources of [`tegu_store`]: mail, calendars and contacts.
//!
//! ```no_run
//! use tegu_ews::store::EwsMailReader;
//! use tegu_store::sources::MailReader as _;
//!
//! # async fn read(mailbox: tegu_ews::Mailbox) -> tegu_ews::Result<()> {
//! let mut mail = EwsMailReader::new(mailbox);
//! for folder in mail.folders().await? {
//!     println!("{}: {} messages", folder.display(), mail.list(&folder).await?.len());
//! }
//! # Ok(())
//! # }
//! ```

mod items;
mod mail;

pub use items::EwsItemReader;
pub use mail::EwsMailReader;
