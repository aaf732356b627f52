//! What a job remembers, so that it can be killed at any instant and started again, and shared between many workers.
//!
//! A [`Journal`] keeps two things: *jobs* (one kind of thing of one account, the unit that a worker works on) and, for each
//! job, *books*: octets that only ever grow. What is written into them is known to the crates that write it: the IMAP
//! ledger ([`ImapLedger`]), and the records of items that are moved one by one ([`Records`]). So a journal of an
//! integrator's own needs to know nothing of mail.
//!
//! # Leases
//!
//! A worker [claims](Journal::claim) a job for some time, and gets a [`Lease`] with an *epoch*, which is higher than any
//! that the job had before. Every write names the lease: it is refused with [`ErrorKind::LeaseLost`] once another worker
//! has claimed the job, and otherwise renews it. So two workers never hold one job, and what the dead one wrote is whole.
//!
//! What a lease cannot fence is the mail server: a command that is on its way arrives. Therefore an intent is written
//! before messages are sent, and who takes over looks for them before sending them again.
//!
//! # Implementations
//!
//! [`MemoryJournal`] forgets; `RedbJournal` (feature `redb`) keeps one file and belongs to one process;
//! `PostgresJournal` (feature `postgres`) is for workers on many machines. All pass [`conformance::check`], and so should one
//! of your own.

mod codec;
pub mod conformance;
mod export;
mod imap;
mod job;
mod memory;
#[cfg(feature = "postgres")]
mod postgres;
mod records;
#[cfg(feature = "redb")]
mod redb;
mod table;

pub(crate) use imap::messages;

#[cfg(feature = "postgres")]
pub use self::postgres::{PostgresJournal, PostgresOptions};
#[cfg(feature = "redb")]
pub use self::redb::RedbJournal;
pub use self::{
    export::export,
    imap::ImapLedger,
    job::{Claim, Job, JobKey, JobState, JobStatus, Lease, Outcome, Pass, Which},
    memory::MemoryJournal,
    records::{Intent, Opened, Record, Records, Scope},
};

use crate::{BoxFuture, ErrorKind, Result};
use std::{fmt::Debug, time::Duration};

/// What a book of a job is about.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum BookKind {
    /// tegu-imap's ledger of one source mailbox, by its raw name.
    Imap,
    /// Records of items of one folder, calendar or address book, by its path.
    Records,
    /// What was proved, and when.
    Proofs,
    /// What was noticed and accepted, with no item of its own.
    Findings,
}

impl BookKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Imap, Self::Records, Self::Proofs, Self::Findings];

    /// The name in exports and databases.
    pub fn name(self) -> &'static str {
        match self {
            Self::Imap => "imap",
            Self::Records => "records",
            Self::Proofs => "proofs",
            Self::Findings => "findings",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A book of one job.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[allow(clippy::exhaustive_structs, reason = "a name and nothing else")]
pub struct Book {
    /// What it is about.
    pub kind: BookKind,
    /// What it is called among those of its kind; any octets.
    pub name: Vec<u8>,
}

impl Book {
    /// A book.
    pub fn new(kind: BookKind, name: impl Into<Vec<u8>>) -> Self {
        Self {
            kind,
            name: name.into(),
        }
    }
}

/// Durable memory of a migration.
///
/// Every method is atomic. What it wrote survives the death of the process when it returns, and the loss of power after
/// [`sync`](Self::sync).
pub trait Journal: Debug + Send + Sync {
    /// What it is and where, without secrets.
    fn describe(&self) -> String;

    /// Begins a pass over these jobs, in this order. If the last pass had the same `plan` and has jobs left, it is joined
    /// instead: what it finished stays finished, and what failed in it is tried again, unless another worker is at work on it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`] where another worker is at work on a pass of another plan.
    fn begin<'a>(&'a self, plan: &'a str, jobs: &'a [Job]) -> BoxFuture<'a, Result<Pass>>;

    /// Takes the next job of the pass: one that is ready, or one whose worker has let its lease run out.
    fn claim<'a>(&'a self, worker: &'a str, lease: Duration) -> BoxFuture<'a, Result<Claim>>;

    /// Renews a lease.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::LeaseLost`] once another worker has the job; as every method that takes a lease.
    fn renew<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<()>>;

    /// Gives a job back.
    fn finish<'a>(&'a self, lease: &'a Lease, outcome: &'a Outcome) -> BoxFuture<'a, Result<()>>;

    /// Jobs behind `after`, by key: as many as fit, none at the end.
    fn jobs<'a>(&'a self, which: Which, after: Option<&'a JobKey>) -> BoxFuture<'a, Result<Vec<JobStatus>>>;

    /// Adds octets to a book.
    fn append<'a>(&'a self, lease: &'a Lease, book: &'a Book, octets: &'a [u8]) -> BoxFuture<'a, Result<()>>;

    /// All octets of a book, in the order in which they were added.
    fn read<'a>(&'a self, job: &'a JobKey, book: &'a Book) -> BoxFuture<'a, Result<Vec<u8>>>;

    /// The books of a job, in order.
    fn books<'a>(&'a self, job: &'a JobKey) -> BoxFuture<'a, Result<Vec<Book>>>;

    /// Returns when everything that was written survives the loss of power.
    fn sync(&self) -> BoxFuture<'_, Result<()>>;

    /// Brings the stored form in order, at the end of a run.
    fn settle(&self) -> BoxFuture<'_, Result<()>> {
        self.sync()
    }
}

fn lost(key: &JobKey) -> crate::Error {
    crate::Error::new(
        ErrorKind::LeaseLost,
        format!("another worker has taken over {} of {}", key.entity, key.account),
    )
}
