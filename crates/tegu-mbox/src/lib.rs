//! Reads and writes mbox archives (RFC 4155), byte for byte.
//!
//! mbox has several incompatible variants. This crate reads [mboxrd, mboxo, mboxcl and mboxcl2](Variant) and reports
//! every place where a file is ambiguous. It writes files that read back to the same bytes, or says beforehand
//! where they would not.
//!
//! | module | task |
//! |---|---|
//! | [`read`] | messages from memory without a copy, or from a [`Read`](std::io::Read) with bounded memory |
//! | [`write`](mod@write) | atomic creation; appending, with locks, and recovery after a crash |
//! | [`flags`] | one model for the flags that mail programs keep in headers |
//! | [`date`] | when a message arrived |
//! | `sidecar` | flags, dates and digests beside an mbox file (feature `sidecar`) |
//! | [`tree`] | folder trees of mbox files, read and placed; safe file names |
//! | [`variant`] | the mbox variants |
//! | [`detect`] | finding the variant of a file |
//! | [`pst`] | mail that a converter extracted from a PST: what the converter lost, and what the PST holds |
//! | [`finding`] | losses and ambiguities, with stable codes |
//!
//! # Example
//!
//! ```
//! use tegu_mbox::read::{Options, Slice};
//! use tegu_mbox::write::Writer;
//! use tegu_mbox::{Envelope, Variant};
//!
//! let mut writer = Writer::new(Vec::new(), Variant::Mboxrd);
//! let envelope = Envelope::new("ivan@example.org", Some(1_704_067_200));
//! writer.write(&envelope, b"Subject: s\r\n\r\nFrom now on we use TEGU\r\n")?;
//! let file = writer.into_inner();
//!
//! for message in Slice::new(&file, Options::own(Variant::Mboxrd)) {
//!     let message = message?;
//!     assert_eq!(message.envelope(), envelope);
//!     assert_eq!(message.content().as_ref(), b"Subject: s\r\n\r\nFrom now on we use TEGU\r\n");
//! }
//! # Ok::<(), tegu_mbox::Error>(())
//! ```
//!
//! # Features
//!
//! All are off by default.
//!
//! - `gzip`, `zstd`: [`read::open`] reads `.gz` and `.zst` files.
//! - `sidecar`: flags, dates and digests beside an mbox file.
//! - `mail-parser`: `Writer::write_parsed`, `Message::parsed`, and an [`Envelope`] from a parsed message.
//! - `mail-builder`: `Writer::write_built`.
//! - `pst-census`: counts what a PST holds.
//! - `store`: trees of files as sources and targets of `tegu_store`, in the module `store`.
//!
//! # What it does not do
//!
//! It never changes or locks a file that it reads. Every guess is reported as a [`Finding`]. Line ends inside
//! messages are not converted.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod civil;
pub mod date;
pub mod detect;
pub mod envelope;
pub mod finding;
pub mod flags;
mod header;
#[cfg(any(feature = "mail-builder", feature = "mail-parser"))]
mod interop;
mod percent;
pub mod pst;
mod quote;
#[doc(alias = "parser")]
pub mod read;
#[cfg(feature = "sidecar")]
pub mod sidecar;
#[cfg(feature = "store")]
pub mod store;
pub mod tree;
pub mod variant;
pub mod write;

pub use self::envelope::Envelope;
pub use self::finding::Finding;
pub use self::flags::Flags;
pub use self::variant::Variant;
pub use tegu_outcome::{Blame, Error, ErrorKind, Result, Severity};
