//! Moves a whole organisation from Microsoft Exchange to servers that speak LDAP, IMAP, CalDAV and CardDAV, and accounts for
//! every item.
//!
//! The rule behind everything: *what cannot be moved with certainty is moved by a person*. So every item of the source ends
//! in exactly one [`State`] (moved, present, manual, failed or excluded), what moved is proved by reading it back, and the sums
//! add up ([`Report::balances`]). What could not be counted is said to be uncounted ([`Report::is_complete`]). A run may be killed at any instant and started again.
//!
//! # Example
//!
//! Mail, calendars and contacts that lie in files, moved into a bundle: a directory of mbox, iCalendar and vCard files.
//!
//! ```
//! use tegu_migrate::{CancellationToken, Entity, Migration, sources, targets};
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! # let scratch = tempfile::tempdir().unwrap();
//! # let export = scratch.path().join("export");
//! # std::fs::create_dir_all(export.join("mail/anna")).unwrap();
//! # std::fs::write(export.join("directory.ldif"), "dn: CN=Anna,DC=example,DC=test\nobjectClass: user\n\
//! # mail: anna@example.test\nproxyAddresses: SMTP:anna@example.test\nmsExchRecipientTypeDetails: 1\n").unwrap();
//! # std::fs::write(export.join("mail/anna/Inbox.mbox"), "From a@example.test Mon Jan  1 00:00:00 2024\nSubject: hello\n\nbody\n\n").unwrap();
//! let out = scratch.path().join("bundle");
//! let directory = sources::LdifDirectory::new(export.join("directory.ldif"), ["example.test"], "tegu")?;
//! let migration = Migration::builder("example", &out, directory)
//!     .mail(sources::MailFiles::new("mail/{alias}", &export), targets::Bundle::new(&out))
//!     .build();
//!
//! let report = migration.run(&CancellationToken::new()).await?;
//! let mail = &report.entity(Entity::Mail).unwrap().counts;
//! assert_eq!((mail.source, mail.moved), (1, 1));
//! assert!(report.balances() && report.is_complete());
//! # Ok::<(), tegu_migrate::Error>(()) }).unwrap();
//! ```
//!
//! [`guide`] has a page for each task: to embed, to follow, to let two servers coexist, to share work between machines, to write a source, a target or a
//! journal, and what can go wrong.
//!
//! # The parts
//!
//! - [`Config`] reads a job from a TOML file; [`Migration::builder`] puts one together in code.
//! - [`sources`] and [`targets`] hold the traits by which items come and go, and what implements them: IMAP, LDAP and LDIF,
//!   CalDAV and CardDAV, files, bundles. An integrator's own protocol is one more implementation, which says by its
//!   capabilities what it can.
//! - [`message`] is what travels: a [`message::Body`] of any size takes bounded memory.
//! - [`Entity`] is the table of what an organisation is made of: what each kind of thing is on either side, how it moves and
//!   why, and what a person does where no program can.
//! - [`plan`] says what a run would do, to be read, kept, compared and [run](Migration::with_plan).
//! - [`Policy`] says what is left out and which losses are accepted, for whom.
//! - [`journal`] is what a job remembers between runs; [`ledger`] is what this crate keeps in it.
//! - [`Migration::events`] tells what happens while it happens; [`Report`] tells what happened,
//!   to machines and, as one page, to people; [`letter`] tells each owner his part of it.
//! - [`routing`] is for the time in which both servers run: waves, stages, routing sheets that are proved, and who should
//!   move together.
//!
//! The protocols themselves live in crates of their own, which can be used alone: [`imap`], [`ldap`], [`dav`], [`mbox`]. So do
//! reports: [`report`], and routes for callers who bring their own sources, targets and journal: [`transfer`].
//!
//! # Features
//!
//! - `redb` (default): the journal in one file.
//! - `postgres`: the journal in a PostgreSQL database, for workers on many machines.
//! - `ews`: Exchange itself as a source, by Exchange Web Services; unverified against a real Exchange.
//! - `pst`: PST and OST files as sources.
//! - `gssapi`: signing in with Kerberos tickets. Needs the libraries of MIT Kerberos, and libclang to build.
//! - `schema`: [`Config`] implements `schemars::JsonSchema`. [`config::SCHEMA`] needs no feature.
//!
//! Without `redb` and `postgres`, bring a [`journal::Journal`] of your own.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

pub mod check;
pub mod coexistence;
pub mod config;
mod error;
mod follow;
pub mod guide;
pub mod ledger;
pub mod letter;
mod login;
pub mod plan;
pub mod route;
mod run;
mod server;
mod shared;
pub mod sources;
pub mod targets;
pub mod template;
pub mod verify;
mod worker;

#[doc(no_inline)]
pub use bytes;
pub use check::Check;
pub use config::{Config, SecretRef};
pub use follow::Schedule;
pub use login::Login;
pub use run::{MigrationBuilder, Worked};
pub use server::{DavServer, ImapServer, SieveServer};
pub use shared::Migration;
#[doc(inline)]
pub use tegu_imap::transfer::Verify;
#[doc(no_inline)]
pub use tegu_net::secrecy;
pub use tegu_outcome::{Blame, Counts, Error, ErrorKind, Finding, Result, Severity, State};
#[doc(inline)]
pub use tegu_plan::{Policy, policy};
pub use tegu_report::{Entity, Event, Language, Report};
#[doc(inline)]
pub use tegu_store::{Account, BoxFuture};
#[doc(inline)]
pub use tegu_transfer::{Events, Limits, Standing};
pub use tokio_util::sync::CancellationToken;

/// For `fuzz/`: takes a directory for a job, or comes back to the job's own.
#[cfg(fuzzing)]
#[doc(hidden)]
pub fn fuzz_claim(path: &std::path::Path, job: &str, settings: &journal::Settings) -> Result<()> {
    tegu_transfer::claim_directory(path, job, settings)
}

#[doc(inline)]
pub use tegu_dav as dav;
#[cfg(feature = "ews")]
#[doc(inline)]
pub use tegu_ews as ews;
#[doc(inline)]
pub use tegu_imap as imap;
#[doc(inline)]
pub use tegu_journal as journal;
#[doc(inline)]
pub use tegu_ldap as ldap;
#[doc(inline)]
pub use tegu_mbox as mbox;
#[doc(inline)]
pub use tegu_message::{self as message, digest};
#[doc(inline)]
pub use tegu_net as net;
#[doc(no_inline)]
pub use tegu_outcome as outcome;
#[doc(inline)]
pub use tegu_report as report;
#[doc(inline)]
pub use tegu_rights as rights;
#[doc(inline)]
pub use tegu_routing as routing;
#[doc(inline)]
pub use tegu_sieve as sieve;
#[doc(no_inline)]
pub use tegu_store as store;
#[doc(no_inline)]
pub use tegu_transfer as transfer;

/// The README's example is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
