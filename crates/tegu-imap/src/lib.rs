//! Moves mailboxes between IMAP servers, and proves that every message arrived.
//!
//! - [`transfer`] (feature `client`, on by default) is the whole trip: it plans, copies, follows and proves a mailbox, and
//!   remembers in a [`ledger`], so that it can be killed at any instant.
//! - [`session`] (same feature) is one connection, over tokio and rustls: TLS that verifies, passwords, tokens and
//!   certificates, pipelined reads and writes, and an answer for every message.
//! - The rest knows no socket and no clock: [`wire`] turns bytes into responses and commands into bytes, [`mailbox`]
//!   reads and maps names, [`snapshot`] and [`plan`] tell what must be done, [`prove`] tells whether it arrived,
//!   [`access`] says who may do what, [`content`] finds what a reader will miss, [`quirks`] knows what servers are known
//!   to do. It can be used over a transport of the caller's own.
//!
//! Messages are never changed: their octets travel as they are. What cannot arrive as it left is a
//! [`finding::Finding`] with a stable code, for the caller to decide on.
//!
//! # Example
//!
//! A whole mailbox, in a first pass or a later one:
//!
//! ```no_run
//! # #[cfg(feature = "client")]
//! # async fn example(from: tegu_imap::transfer::Side, to: tegu_imap::transfer::Side) -> tegu_imap::Result<()> {
//! use tegu_imap::ledger::FileLedger;
//! use tegu_imap::transfer::{Transfer, Verify};
//!
//! let ledger = std::sync::Arc::new(FileLedger::open("anna.ledger")?);
//! let report = Transfer::new(from, to).verify(Verify::Digest).run(ledger).await?;
//! assert!(report.balances());
//! # Ok(())
//! # }
//! ```
//!
//! Two mailboxes, one of which lacks a message:
//!
//! ```
//! use tegu_imap::plan::{Item, plan};
//! use tegu_imap::prove::digest;
//! use tegu_imap::{Flags, Uid};
//!
//! let item = |uid, body: &[u8]| Item::new(Uid::new(uid).unwrap(), digest(body), Flags::new());
//! let source = [item(1, b"Subject: a\r\n\r\n"), item(2, b"Subject: b\r\n\r\n")];
//! let target = [item(40, b"Subject: a\n\n")];
//! let plan = plan(&source, &target);
//! assert_eq!(plan.copy, [Uid::new(2).unwrap()]);
//! ```
//!
//! Copying a folder:
//!
//! ```no_run
//! # #[cfg(feature = "client")]
//! # async fn copy(from: &tegu_imap::Endpoint, to: &tegu_imap::Endpoint, who: &tegu_imap::Credentials)
//! # -> tegu_imap::Result<()> {
//! use tegu_imap::session::AppendMessage;
//! use tegu_imap::wire::Body;
//! use tegu_imap::{MailboxName, Session, Uid};
//!
//! let mut source = Session::connect(from, who).await?;
//! let mut target = Session::connect(to, who).await?;
//! let name = MailboxName::new("Архив")?;
//! target.create(&name).await?;
//! source.examine(&name).await?;
//! let uids = source.snapshot(Uid::MIN).await?.uids();
//! let mut messages = source.fetch_bodies(&uids).await?;
//! while let Some(message) = messages.next().await? {
//!     if let Body::Whole(octets) = message.body {
//!         let message = AppendMessage::new(message.flags, message.internal_date, octets);
//!         let _outcomes = target.append(&name, &[message]).await?;
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! - `client` (default): sessions and transfers. Without it the crate is pure and synchronous.
//! - `ring` (default): the crypto provider `ring` for TLS. Without it, the application installs a provider or passes a
//!   `rustls::ClientConfig`.
//! - `gssapi`: logging in with Kerberos tickets. Needs the libraries of MIT Kerberos, and libclang to build.
//! - `store`: mailboxes as sources and targets of `tegu_store`, in the module `store`.
//!
//! # What reads the wire
//!
//! The crate finds the end of a response before it reads anything in it, so that one bad line costs one line. A tolerant
//! tokenizer of its own reads the values: names, flags, dates, sizes, UIDs, capabilities, namespaces, counts. The tests compare
//! it with the crate `imap-proto`.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

pub mod access;
pub mod content;
mod convert;
pub mod finding;
#[doc(alias = "resume")]
#[doc(alias = "state")]
pub mod ledger;
pub mod mailbox;
pub mod plan;
pub mod prove;
pub mod quirks;
#[cfg(feature = "client")]
pub mod session;
pub mod snapshot;
#[cfg(feature = "store")]
pub mod store;
#[cfg(feature = "client")]
pub mod transfer;
pub mod wire;

#[doc(no_inline)]
pub use bytes;
pub use mailbox::{Mailbox, MailboxName};
#[cfg(feature = "client")]
pub use session::{Session, SessionOptions};
#[cfg(feature = "client")]
#[doc(no_inline)]
pub use tegu_net::{Backoff, Credentials, Endpoint, secrecy};
#[doc(no_inline)]
pub use tegu_outcome::{Blame, Error, ErrorKind, Result, Severity, State};
pub use wire::{Flags, InternalDate, Uid, UidSet, UidValidity};

/// The example of the README, so that it keeps compiling.
#[cfg(all(doctest, feature = "client"))]
#[doc = include_str!("../README.md")]
struct Readme;
