//! What a migration remembers, so that it can be killed at any instant and started again, and shared between many workers.
//!
//! A [`Journal`] keeps *jobs* (one kind of thing of one account, the unit that a worker takes) and, for each job, *logs*: octets
//! that only grow. It gives no meaning to either, so that a journal of your own needs to know nothing about mail.
//!
//! # Example
//!
//! Claim a job, append, be killed, resume:
//!
//! ```
//! use std::time::Duration;
//! use tegu_journal::{Claim, Job, JobKey, Journal, Kind, LogName, MemoryJournal, Outcome};
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! const MAIL: Kind = Kind::from_static("mail");
//! const COPIED: Kind = Kind::from_static("copied");
//!
//! let journal = MemoryJournal::new();
//! let anna = Job::new(JobKey::new(MAIL, "anna"), &"imaps://mail.example.org")?;
//! journal.begin(&"settings 1".into(), &[anna]).await?;
//!
//! // A worker takes the job, and dies.
//! let Claim::Job(lease) = journal.claim("worker 1", Duration::from_millis(50)).await? else { panic!() };
//! let inbox = LogName::new(COPIED, "INBOX");
//! journal.append(&lease, &inbox, b"1,2,3;").await?;
//! tokio::time::sleep(Duration::from_millis(60)).await;
//!
//! // Another takes over, and reads how far the first came.
//! let Claim::Job(second) = journal.claim("worker 2", Duration::from_secs(60)).await? else { panic!() };
//! assert_eq!((second.epoch(), second.attempt()), (2, 1), "a crash is no failed attempt");
//! assert_eq!(journal.read(second.key(), &inbox).await?, b"1,2,3;");
//!
//! // If the first was only asleep, it can write no more.
//! assert!(journal.append(&lease, &inbox, b"4;").await.is_err());
//!
//! journal.finish(&second, &Outcome::Done(Vec::new())).await?;
//! assert!(matches!(journal.claim("worker 2", Duration::from_secs(60)).await?, Claim::Finished));
//! # Ok::<(), tegu_journal::Error>(()) }).unwrap();
//! ```
//!
//! # Leases
//!
//! A worker [claims](Journal::claim) a job for some time and gets a [`Lease`] with an *epoch*, which is higher than that of each
//! earlier lease on the job. Every write names the lease. It fails with [`ErrorKind::LeaseLost`] once another worker has claimed
//! the job; otherwise it renews the lease. So what a dead worker wrote is whole, and no two workers write for one job.
//!
//! A lease cannot fence the server that items go to: a command that is on its way arrives. So write an intent before you send
//! items, and let whoever takes over look for them before it sends them again. [`Records`] does this for items that move one by
//! one.
//!
//! [`LeaseKeeper`] renews a lease while a worker is at work, and asks the journal before a worker that slept sends anything.
//!
//! # Implementations
//!
//! [`MemoryJournal`] forgets. `RedbJournal` (feature `redb`) keeps one file and belongs to one process. `PostgresJournal`
//! (feature `postgres`) is for workers on many machines. All of them pass [`conformance::check`], and so should one of your own.
//! The module [`table`] keeps the rules of claim for a journal that belongs to one process; [`stored_form`] describes to the octet
//! what the journals of this crate store.
//!
//! # Features
//!
//! - `redb` (default): the journal in one file.
//! - `postgres`: the journal in a PostgreSQL database.
//! - `ring` (default): the crypto provider `ring` for TLS to PostgreSQL. Without it, the application installs a provider.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod clock;
pub mod conformance;
mod documents;
mod export;
mod job;
mod journal;
mod keeper;
mod kind;
mod lease;
pub mod leb128;
mod listing;
mod log;
mod memory;
mod names;
mod patience;
#[cfg(feature = "postgres")]
mod postgres;
mod records;
#[cfg(feature = "redb")]
mod redb;
mod settings;
/// What the journals of this crate store, to the octet.
#[doc = include_str!("../docs/stored-form.md")]
pub mod stored_form {}
pub mod table;

#[cfg(feature = "postgres")]
pub use self::postgres::{PostgresJournal, PostgresOptions};
#[cfg(feature = "redb")]
pub use self::redb::RedbJournal;
#[cfg(all(fuzzing, feature = "redb"))]
#[doc(hidden)]
pub use self::redb::fuzz_log;
pub use self::{
    clock::{Clock, SystemClock},
    documents::{DOCUMENTS, DocumentRead, Documents},
    export::{Exporter, Lines},
    job::{Claim, CurrentPass, Job, JobFilter, JobKey, JobState, JobStatus, Outcome, Pass},
    journal::Journal,
    keeper::LeaseKeeper,
    kind::Kind,
    lease::Lease,
    listing::{LISTINGS, ListedItem, Listing},
    log::{LogName, damaged},
    memory::MemoryJournal,
    names::{NAMES, Names},
    patience::Patience,
    records::{ContainerKey, ContainerRecords, Doubt, Doubts, Intent, RECORDS, Record, Records},
    settings::{Difference, Settings},
};
#[cfg(feature = "postgres")]
#[doc(no_inline)]
pub use tegu_net::secrecy;
#[doc(no_inline)]
pub use tegu_outcome::{Blame, Digest, Error, ErrorKind, Finding, Result, State};

/// A boxed future, as object-safe async traits return it.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The README's example is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
