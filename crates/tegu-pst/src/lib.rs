//! Reads PST and OST archives of Outlook, read only, with a verdict for each item.
//!
//! A file is opened, its folders are listed, and each item becomes what it is elsewhere: mail (RFC 5322), an appointment or a task
//! (iCalendar, RFC 5545), a contact or a list (vCard, RFC 6350). Nothing is lost in silence: what an item would lose is a
//! [`Finding`] with a stable code, and every item gets a [`Verdict`].
//!
//! # Example
//!
//! ```no_run
//! use tegu_pst::{Kind, Options, Pst, Verdict};
//!
//! let pst = Pst::open_file("mailbox.pst".as_ref(), Options::default())?;
//! for folder in pst.folders()?.folders {
//!     for id in pst.contents(&folder).items {
//!         let item = pst.message(id)?;
//!         if item.kind() == Kind::Mail {
//!             let mail = item.mail()?;
//!             if mail.verdict() == Verdict::Manual {
//!                 println!("{}: {:?}", folder.path.join("/"), mail.findings());
//!             } else {
//!                 mail.write_to(&mut std::io::stdout())?;
//!             }
//!         } else if let Some(converted) = item.convert() {
//!             print!("{}", converted.component);
//!         }
//!     }
//! }
//! # Ok::<(), tegu_pst::Error>(())
//! ```
//!
//! # Layers
//!
//! | module | task | specification |
//! |---|---|---|
//! | [`ndb`] | header, B-trees, blocks, data trees, sub-nodes; ANSI and Unicode | [MS-PST] 2.2 |
//! | [`ltp`] | heaps, properties, tables | [MS-PST] 2.3 |
//! | [`messaging`] | store, folders, items, recipients, attachments | [MS-PST] 2.4 |
//! | [`mail`] | items as RFC 5322 messages, read again by another parser | [MS-OXCMAIL] |
//! | [`rtf`] | RTF decompressed, and turned back into HTML or text | [MS-OXRTFCP], [MS-OXRTFEX] |
//! | [`recurrence`], [`zone`] | series and time zones of appointments | [MS-OXOCAL] |
//! | [`codepage`] | code pages of strings | |
//! | `export` | a file's items in mbox, iCalendar and vCard files (feature `export`) | |
//!
//! # Hostile files
//!
//! A file may be damaged, or made to harm. Every page and block is checked (signature and CRC); levels of trees fall strictly, no page,
//! block, folder or node is visited twice on one way, and [`Limits`] bounds whatever a file can make large. What is damaged costs what
//! hangs on it: the rest is read, messages that no folder lists are found, and the sums of [`Scan`] are the sums of the file.
//! How long one item may take is up to the caller.
//!
//! # Verdicts
//!
//! [`Verdict::Exact`]: a kept DKIM or S/MIME digest proves the body. [`Verdict::Faithful`]: what was written was read by `mail-parser`
//! and compared with the properties, what stands in base64 octet by octet; lines of iCalendar and vCard were taken apart again, and
//! compared with the values that they were made from. [`Verdict::Manual`]: a finding of severity `lossy` says why.
//!
//! # Features
//!
//! - `export`: the module `export`.
//! - `serde`: reports are `Serialize`.
//! - `store`: files as sources of `tegu_store`, in the module `store`.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod bytes;
mod calendar;
pub mod codepage;
mod contact;
mod convert;
#[cfg(feature = "export")]
pub mod export;
mod fields;
mod item;
mod kind;
mod learn;
mod limits;
mod lines;
pub mod ltp;
pub mod mail;
mod members;
pub mod messaging;
pub mod ndb;
mod properties;
pub mod recurrence;
pub mod rtf;
mod scan;
mod source;
#[cfg(feature = "store")]
pub mod store;
mod tag;
mod time;
mod verdict;
pub mod zone;

pub use convert::Converted;
pub use kind::Kind;
pub use limits::Limits;
pub use ltp::{Properties, Value};
pub use mail::Mail;
pub use messaging::{Attachment, Contents, Folder, Folders, Message, Options, Pst, Recipient, RecipientKind};
pub use ndb::{Content, Crypt, Format};
pub use scan::{FolderScan, Scan, ScanOptions};
pub use source::{ReadAt, Seekable};
pub use tegu_message::FolderRole;
pub use tegu_outcome::{Error, ErrorKind, Finding, Result, Severity};
pub use verdict::Verdict;

/// The README's example is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
