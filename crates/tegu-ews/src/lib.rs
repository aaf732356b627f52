//! Reads mailboxes of Microsoft Exchange (2007 SP1 to SE, on premises) through Exchange Web Services. Nothing can be changed: there
//! is no request that writes.
//!
//! # Example
//!
//! What an integrator types to list a mailbox and to read its mail:
//!
//! ```no_run
//! # #[cfg(feature = "client")]
//! # async fn run() -> tegu_ews::Result<()> {
//! use tegu_ews::{Credentials, Endpoint, Ews, Kind};
//!
//! let server = Endpoint::new("https://mail.example.org/EWS/Exchange.asmx")?;
//! let account = Credentials::password("EXAMPLE\\migration", "secret".to_owned());
//! let exchange = Ews::connect(&server, &account).await?;
//!
//! // The role `ApplicationImpersonation` opens every mailbox.
//! let anna = exchange.impersonate("anna@example.org");
//! for folder in anna.inventory().await?.folders {
//!     println!("{}: {} items", folder.path.join("/"), folder.folder.total);
//!     if folder.kind != Kind::Mail {
//!         continue;
//!     }
//!     let mut items = anna.items(&folder);
//!     while let Some(batch) = items.next().await? {
//!         for read in batch {
//!             match read.item {
//!                 Ok(mail) => println!("{:?} {}", mail.flags(), mail.content()?.len()),
//!                 Err(problem) => println!("{}: {problem}", read.listed.id.id),
//!             }
//!         }
//!     }
//! }
//! # Ok(()) }
//! ```
//!
//! # The stations
//!
//! | module | task |
//! |---|---|
//! | [`request`] | requests as values, to XML of each version |
//! | [`xml`] | answers while they arrive: large contents to bodies, the rest to a small tree; forbidden characters replaced and counted |
//! | [`response`] | answers part by part, problems by their codes |
//! | [`item`] | items as typed facts |
//! | [`convert`], [`zone`] | calendars, tasks, notes, contacts and lists as iCalendar and vCard, with a second witness |
//! | [`settings`] | rules, automatic replies, delegates, permissions, categories |
//! | [`inventory`] | folders by kind, in any language; what is left out, and why |
//! | `autodiscover` | where to ask for a mailbox's server, and whom to show credentials (feature `client`) |
//! | `ntlm` | NTLM version 2 with channel binding (feature `client`) |
//! | `client` | connections, sign-in, waiting, batches (feature `client`) |
//!
//! Everything except `client` is pure: values in, octets out, and back.
//!
//! # What the server wants
//!
//! A server that is busy says how long to wait; the client waits, asks for less at once, and never gives up because of that. An answer
//! that is damaged costs the item that is damaged: a batch is asked for again in halves until one item is left.
//!
//! # Features
//!
//! - `client` (default): HTTP/1.1.
//! - `ring` (default): the crypto provider `ring` for TLS.
//! - `gssapi`: signing in with Kerberos tickets. Needs the libraries of MIT Kerberos, and libclang to build.
//! - `serde`: [`settings`] are `Serialize`.
//! - `store`: mailboxes as sources of `tegu_store`, in the module `store`.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

#[cfg(feature = "client")]
pub mod autodiscover;
#[cfg(feature = "client")]
pub mod client;
pub mod convert;
mod folder;
mod id;
pub mod inventory;
pub mod item;
mod limits;
#[cfg(feature = "client")]
pub mod ntlm;
pub mod request;
pub mod response;
pub mod settings;
#[cfg(feature = "store")]
pub mod store;
mod version;
pub mod xml;
pub mod zone;

#[cfg(feature = "client")]
pub use client::{Ews, Mailbox};
pub use convert::{Converted, Whole};
pub use folder::Folder;
pub use id::{FolderRef, ItemId};
pub use inventory::Inventory;
pub use item::{Item, Kind};
pub use limits::Limits;
pub use request::Request;
pub use response::Problem;
#[cfg(feature = "client")]
#[doc(no_inline)]
pub use tegu_net::{Credentials, Endpoint};
#[doc(no_inline)]
pub use tegu_outcome::{Blame, Error, ErrorKind, Finding, Result, Severity};
pub use version::{ServerVersion, Version};

/// The README's example is a test.
#[cfg(all(doctest, feature = "client"))]
#[doc = include_str!("../README.md")]
struct Readme;
