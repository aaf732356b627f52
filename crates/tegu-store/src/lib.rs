//! Where mail, calendars and contacts come from in a migration, and where they go.
//!
//! A *source* opens the things of one [`Account`] for reading, a *target* opens them for writing. All traits are object-safe: an engine
//! asks for capabilities and knows no protocol. [`sources::conformance`] and [`targets::conformance`] check an implementation.
//! [`items`] says what documents hold.
//!
//! # Example
//!
//! What a mailbox on the target can hold is narrower than what its server can:
//!
//! ```
//! use tegu_message::{FolderRole, Keywords};
//! use tegu_store::{sources::MailFolder, targets::TargetCapabilities};
//!
//! let mut server = TargetCapabilities::everything();
//! server.nul = false;
//! let mut mailbox = TargetCapabilities::everything();
//! mailbox.keywords = Keywords::Atoms;
//! let both = server.and(&mailbox);
//! assert!(!both.nul && both.keywords == Keywords::Atoms);
//!
//! // What a folder is for is told by its name where nothing else tells it.
//! let folder = MailFolder::named(vec!["Отправленные".to_owned()]);
//! assert_eq!(folder.role, Some(FolderRole::Sent));
//! ```
//!
//! The README has a whole source, checked by its suite.
//!
//! # Features
//!
//! - `serde`: [`Account`] is `Serialize` and `Deserialize`.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod account;
pub mod items;
pub mod sources;
pub mod targets;

pub use account::Account;
#[doc(no_inline)]
pub use bytes;
#[doc(no_inline)]
pub use tegu_net::BoxFuture;
#[doc(no_inline)]
pub use tegu_outcome::{Error, ErrorKind, Finding, Result};

/// The README's example is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
