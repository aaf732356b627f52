//! A message as it travels from a source to a target: its octets, flags and date, and the digest that proves them.
//!
//! [`FolderRole`] says what a folder is for, by the names that Exchange and mail programs give it.
//!
//! A [`Body`] of any size takes bounded memory: what is too large for a [`Spool`] lies in files without a name, which vanish with
//! the process. All octets are looked at once ([`Body::content`]): for the digest, NUL octets and line ends.
//!
//! # Example
//!
//! ```
//! use tegu_message::{Body, Flags, InternalDate, Message, digest};
//!
//! let flags = Flags::from_names(["\\Seen", "$Forwarded"]);
//! let message = Message::new(flags, Some(InternalDate::new(1_700_000_000, 60)), "Subject: hello\n\nbody\n");
//!
//! let content = message.body.content()?;
//! assert!(!content.nul && !content.mixed_line_ends);
//! assert_eq!(content.digest, digest::of_message(b"Subject: hello\r\n\r\nbody\r\n"));
//! # Ok::<(), tegu_message::Error>(())
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod body;
mod content;
mod date;
pub mod digest;
pub mod doubt;
mod flags;
mod folder;
mod line_ends;
mod message;
mod verify;

pub use body::{Body, BodyReader, BodyWriter, Spool};
#[doc(no_inline)]
pub use bytes;
pub use content::Content;
pub use date::InternalDate;
pub use flags::{Flags, Keywords};
pub use folder::FolderRole;
pub use line_ends::{LineEnds, canonical_line_ends};
pub use message::{Listed, Message};
#[doc(no_inline)]
pub use tegu_outcome::{Digest, Error, Result};
pub use verify::Verify;

/// The README's example is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
