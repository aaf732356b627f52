//! A whole mailbox, from one server to another: planned, copied, proved, and followed later.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use tegu_imap::ledger::FileLedger;
//! use tegu_imap::transfer::{Side, Transfer, Verify};
//! use tegu_imap::{Credentials, Endpoint, Security, State};
//!
//! # async fn example(old: secrecy::SecretString, new: secrecy::SecretString) -> tegu_imap::Result<()> {
//! let from = Side::new(
//!     Endpoint::new("exchange.example.org", 993, Security::Tls),
//!     Credentials::login("anna", old),
//! );
//! let to = Side::new(
//!     Endpoint::new("mail.example.org", 993, Security::Tls),
//!     Credentials::login("anna@example.org", new),
//! );
//! let report = Transfer::new(from, to)
//!     .connections(4)
//!     .verify(Verify::Digest)
//!     .run(Arc::new(FileLedger::open("anna.ledger")?))
//!     .await?;
//! assert!(report.balances());
//! println!("{} messages moved", report.tally.get(State::Moved).messages);
//! # Ok(())
//! # }
//! ```
//!
//! The same call does every pass: the first one, the one after a crash, and those that follow a source that is still in
//! use. What the [ledger](crate::ledger) knows is left alone; without a ledger, or when a UIDVALIDITY has changed,
//! messages that stand on the target are recognised by their header fields and, where those do not suffice, by their
//! octets. Messages that the source holds twice arrive twice.
//!
//! Octets are never changed, the source is never opened for writing, and memory does not grow with the size of a
//! message. A message that would not arrive as it left is not copied: it ends as [`Manual`](crate::State::Manual) with a
//! [code](crate::finding::Finding::code), unless [`accept`](Transfer::accept) takes the loss.
//!
//! # Cancel safety
//!
//! Dropping the future of [`run`](Transfer::run) ends the run at once. The next run with the same ledger goes on; no
//! message is lost or arrives twice.

mod books;
mod event;
mod folder;
mod follow;
mod gate;
mod line;
mod options;
mod pump;
mod recognise;
mod report;
mod retry;
mod survey;
mod verify;
mod worker;

use std::sync::Arc;
use std::time::Instant;

use crate::ledger::Ledger;
use crate::mailbox::{Mailbox, MailboxName};
use crate::plan::{Keywords, Selection};
use crate::session::{Credentials, Endpoint, Session};
use crate::snapshot::SnapshotEntry;
use crate::{ErrorKind, Result};

pub use event::{Event, EventSender, Events, events};
pub use gate::Gate;
pub use options::{Retry, Verify};
pub use report::{Count, FolderPlan, FolderReport, ItemReport, Plan, Report, Tally};

use options::Options;
use retry::Patience;
use survey::Job;
use worker::Shared;

/// One side of a transfer: a server, and who logs in there.
#[derive(Clone, Debug)]
pub struct Side {
    endpoint: Endpoint,
    credentials: Credentials,
}

impl Side {
    /// A server, and who logs in there.
    pub fn new(endpoint: Endpoint, credentials: Credentials) -> Self {
        Self {
            endpoint,
            credentials,
        }
    }

    async fn connect(&self) -> Result<Session> {
        Session::connect(&self.endpoint, &self.credentials).await
    }

    /// Connects, with the patience of a run for what may pass.
    async fn connect_patiently(&self, options: &Options, events: &EventSender) -> Result<Session> {
        let mut patience = Patience::new(options.retry);
        loop {
            let error = match self.connect().await {
                Ok(session) => return Ok(session),
                Err(error) => error,
            };
            let Some(wait) = patience.wait(&error) else {
                return Err(error);
            };
            events.send(Event::Waiting {
                reason: error.to_string(),
                wait,
            });
            tokio::time::sleep(wait).await;
        }
    }
}

/// A transfer of one mailbox, ready to be planned or run.
#[derive(Clone, Debug)]
#[must_use = "nothing happens before `run` or `plan`"]
pub struct Transfer {
    from: Side,
    to: Side,
    options: Options,
    events: EventSender,
}

impl Transfer {
    /// A transfer of everything that is mail, over up to four connections to each side, verified by size.
    pub fn new(from: Side, to: Side) -> Self {
        Self {
            from,
            to,
            options: Options::default(),
            events: EventSender::default(),
        }
    }

    /// Uses so many connections to each side at most; a server that allows fewer gets fewer. Each copies a folder at a
    /// time, so that messages keep their order. Exchange allows 16 for each user.
    pub fn connections(mut self, connections: usize) -> Self {
        self.options.connections = connections.max(1);
        self
    }

    /// How what was stored is proved.
    pub fn verify(mut self, verify: Verify) -> Self {
        self.options.verify = verify;
        self
    }

    /// Verifies one message in so many, chosen by its digest; 1, as in the beginning, verifies all.
    pub fn verify_one_in(mut self, messages: u32) -> Self {
        self.options.verify_one_in = messages.max(1);
        self
    }

    /// Copies messages in spite of findings of this code, which the report then names.
    pub fn accept(mut self, code: impl Into<String>) -> Self {
        self.options.accept.insert(code.into());
        self
    }

    /// Which messages are copied.
    pub fn select(mut self, selection: Selection) -> Self {
        self.options.selection = selection;
        self
    }

    /// Only the folders for whose source names this is true; the messages of others end as excluded.
    pub fn folders(self, wanted: impl Fn(&MailboxName) -> bool + Send + Sync + 'static) -> Self {
        self.mailboxes(move |mailbox| wanted(&mailbox.name))
    }

    /// As [`folders`](Self::folders), told by all that the source lists of a folder.
    pub fn mailboxes(mut self, wanted: impl Fn(&Mailbox) -> bool + Send + Sync + 'static) -> Self {
        self.options.folders = options::Folders(Some(Arc::new(wanted)));
        self
    }

    /// Leaves out messages for which this is true, beyond the selection; they end as excluded. It is asked, by the folder's
    /// name on the source, for each message that has no end yet, and may be asked again.
    pub fn leave_out(
        mut self,
        left_out: impl Fn(&MailboxName, &SnapshotEntry) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.options.exclusion = options::Exclusion(Some(Arc::new(left_out)));
        self
    }

    /// Calls a keyword by another name on the target, or leaves it out with `None`.
    pub fn keyword(mut self, keyword: &str, on_target: Option<&str>) -> Self {
        let name = on_target.map(str::to_owned);
        self.options.keywords.insert(keyword.to_ascii_lowercase(), name);
        self
    }

    /// Removes from the target what has vanished from the source since it was copied. Off at first: a source that loses
    /// its mail must not take the copy with it.
    pub fn propagate_deletions(mut self, propagate: bool) -> Self {
        self.options.deletions = propagate;
        self
    }

    /// How often and how long to wait for what may pass.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.options.retry = retry;
        self
    }

    /// Asks before each message whether it may be sent.
    pub fn gate(mut self, gate: Arc<dyn Gate>) -> Self {
        self.options.gate.0 = Some(gate);
        self
    }

    /// Tells what happens, as it happens.
    pub fn events(mut self, events: EventSender) -> Self {
        self.events = events;
        self
    }

    fn keywords(&self) -> Keywords {
        Keywords {
            renamed: self.options.keywords.clone(),
            room: None,
        }
    }

    /// What [`run`](Self::run) would do now. Nothing changes, neither on a server nor in the ledger.
    ///
    /// # Errors
    ///
    /// When a side cannot be reached or refuses the login, and when the ledger cannot be read.
    pub async fn plan(&self, ledger: Arc<dyn Ledger>) -> Result<Plan> {
        let (mut source, mut target) = self.connect().await?;
        let survey = survey::survey(&mut source, &mut target, ledger.as_ref(), &self.options).await?;
        let mut plan = Plan {
            findings: survey.findings,
            ..Plan::default()
        };
        for job in survey.jobs {
            plan.folders
                .push(folder::plan(self, ledger.as_ref(), &job, &mut source, &mut target).await?);
        }
        Ok(plan)
    }

    /// Copies what the target lacks and follows what has changed, and proves it.
    ///
    /// # Errors
    ///
    /// When a side cannot be reached or refuses the login, and when the ledger cannot be read or written. What concerns
    /// a folder or a message is in the report.
    pub async fn run(&self, ledger: Arc<dyn Ledger>) -> Result<Report> {
        let started = Instant::now();
        let (mut source, mut target) = self.connect().await?;
        let survey = survey::survey(&mut source, &mut target, ledger.as_ref(), &self.options).await?;
        let mut report = Report {
            findings: survey.findings,
            ..Report::default()
        };
        let mut jobs: Vec<Job> = Vec::new();
        for job in survey.jobs {
            match folder::unchanged(self, &job) {
                Some(done) => report.folders.push(done),
                None => jobs.push(job),
            }
        }
        let shared = Arc::new(Shared::new(self.clone(), ledger, jobs));
        let done = worker::run(&shared, source, target).await?;
        report.folders.extend(done);
        shared.finish(&mut report);
        report.folders.sort_by(|a, b| a.source.cmp(&b.source));
        report.sum_up(started.elapsed());
        Ok(report)
    }

    /// Proves again what a ledger says, by what the target gives back and nothing else; the source is not needed any
    /// more. Messages that were copied without a digest are checked for being there.
    ///
    /// # Errors
    ///
    /// As for [`run`](Self::run), for the target alone.
    pub async fn prove(to: &Side, ledger: &dyn Ledger) -> Result<Report> {
        verify::prove(to, ledger).await
    }

    async fn connect(&self) -> Result<(Session, Session)> {
        tokio::try_join!(
            self.from.connect_patiently(&self.options, &self.events),
            self.to.connect_patiently(&self.options, &self.events)
        )
    }
}

/// Whether a fresh connection may mend it.
fn may_pass(error: &crate::Error) -> bool {
    error.is_retryable() || error.kind() == ErrorKind::Protocol
}
