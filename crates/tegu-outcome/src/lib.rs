//! The vocabulary that all tegu crates share: how the transfer of an item ends, what an automatic transfer would lose, and who
//! is to blame for an error.
//!
//! The rule behind it: if the automatic transfer of an item cannot be guaranteed to be correct, a person transfers it. So every
//! item of a source ends in exactly one [`State`], and [`Counts`] checks that the states add up to what the source held. What
//! would make a transfer lossy is a [`Finding`] with a stable code. What stops an operation is an [`Error`], which says what was
//! being done, to what, who is to blame, and whether a retry may help.
//!
//! # Example
//!
//! ```
//! use tegu_outcome::{Blame, Counts, Error, ErrorKind, Finding, Severity, State};
//!
//! let mut counts = Counts::default();
//! counts.expect(3);
//! counts.add(State::Moved);
//! counts.add(State::Moved);
//! assert!(!counts.balances(), "one item is unaccounted for");
//!
//! let finding = Finding::lossy("MAIL-NUL", "the message holds NUL octets");
//! if finding.severity == Severity::Lossy {
//!     counts.add(State::Manual);
//! }
//! assert!(counts.balances());
//!
//! let error = Error::new(ErrorKind::Refused, "NO over quota")
//!     .doing("append to", "INBOX")
//!     .at_target();
//! assert_eq!(error.to_string(), "append to INBOX: NO over quota");
//! assert_eq!(error.blame(), Blame::Target);
//! assert!(!error.is_retryable());
//! ```
//!
//! # Features
//!
//! - `file`: private files that appear whole or not at all.
//! - `serde`: states, counts, digests, severities and findings are `Serialize` and `Deserialize`.

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod content_line;

mod counts;
mod digest;
mod error;
#[cfg(feature = "file")]
pub mod file;
mod finding;
mod percent;
#[cfg(feature = "file")]
mod source_dir;
mod state;
mod text;
mod x500;

pub use counts::Counts;
pub use digest::Digest;
pub use error::{Blame, Error, ErrorKind, Result};
pub use finding::{Finding, Severity};
pub use percent::{percent_decode, percent_decode_lenient};
pub use state::State;
pub use text::{bare_address, csv_cell, csv_row, is_hidden, one_line, printable, printable_json};
pub use x500::directory_name;

/// The README's example is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
