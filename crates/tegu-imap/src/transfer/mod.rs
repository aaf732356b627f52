//! A whole mailbox, from one server to another: planned, copied, proved, and followed later.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use tegu_imap::ledger::FileLedger;
//! use tegu_imap::transfer::{Side, Transfer, Verify};
//! use tegu_imap::{Credentials, Endpoint, State};
//!
//! # async fn example(old: secrecy::SecretString, new: secrecy::SecretString) -> tegu_imap::Result<()> {
//! let from = Side::new(
//!     Endpoint::new("imaps://exchange.example.org")?,
//!     Credentials::password("anna", old),
//! );
//! let to = Side::new(
//!     Endpoint::new("imaps://mail.example.org")?,
//!     Credentials::password("anna@example.org", new),
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

mod context;
mod copier;
mod demand;
mod dry;
mod event;
mod folder;
mod follow;
mod gate;
mod late;
mod not_mail;
mod options;
mod pool;
mod quota;
mod reading;
mod recognise;
mod report;
mod retry;
mod rivals;
mod search;
mod survey;
mod uploader;
mod verify;

use std::sync::Arc;
use std::time::{Duration, Instant};
use tegu_net::BoxFuture;
use tracing::Instrument as _;

use crate::ledger::Ledger;
use crate::mailbox::{Mailbox, MailboxName};
use crate::plan::{Keywords, Selection};
use crate::session::{Probe, Session, SessionOptions};
use crate::snapshot::SnapshotEntry;
use crate::{Backoff, Blame, Credentials, Endpoint, Error, ErrorKind, Result};

pub use event::{Event, EventSender, Events, events};
pub use gate::Gate;
pub use options::Verify;
pub use report::{Count, FolderPlan, FolderReport, ItemReport, Plan, PlannedItem, Report, Tally};

use options::Options;
use pool::RunState;
use retry::RetryBudget;
use survey::{FolderJob, Survey};

/// One side of a transfer: a server, and who logs in there.
#[derive(Clone, Debug)]
pub struct Side {
    endpoint: Endpoint,
    credentials: Credentials,
    options: SessionOptions,
}

impl Side {
    /// A server, and who logs in there.
    #[must_use]
    pub fn new(endpoint: Endpoint, credentials: Credentials) -> Self {
        Self {
            endpoint,
            credentials,
            options: SessionOptions::default(),
        }
    }

    /// Sets the options of the connections.
    #[must_use]
    pub fn options(mut self, options: SessionOptions) -> Self {
        self.options = options;
        self
    }

    /// Connects. What the server does wrong is blamed on `side`.
    async fn connect(&self, side: Blame) -> Result<Session> {
        let session = Session::connect_with(&self.endpoint, &self.credentials, &self.options).await;
        let mut session = session.map_err(|error| blamed(error, side))?;
        session.blame(side);
        Ok(session)
    }

    /// Connects, and tries again as a run does.
    async fn connect_with_retries(
        &self,
        side: Blame,
        options: &Options,
        events: &EventSender,
    ) -> Result<Session> {
        let mut budget = RetryBudget::new(options.backoff);
        loop {
            let error = match self.connect(side).await {
                Ok(session) => return Ok(session),
                Err(error) => error,
            };
            let Some(wait) = budget.wait(&error) else {
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

    /// Sets how often to try again after lost connections and refusals that may pass, and how long to wait in between. A server
    /// that asks to wait gets the time that it asks for, and its wait counts as no failure.
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.options.backoff = backoff;
        self
    }

    /// Sets how long the target must have been quiet before messages are sent again that may still be on their way. Default one
    /// second.
    pub fn quiet(mut self, quiet: Duration) -> Self {
        self.options.quiet = quiet;
        self
    }

    /// Sets how long a run waits at its end, counted from the last sending, for second copies of messages that it sent
    /// again after a lost connection. Default 30 seconds. It does not wait if nothing was sent again.
    pub fn lateness(mut self, lateness: Duration) -> Self {
        self.options.lateness = lateness;
        self
    }

    /// Sets how long later passes look for such copies. Default seven days.
    pub fn doubt(mut self, doubt: Duration) -> Self {
        self.options.doubt = doubt;
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

    /// Returns what [`run`](Self::run) would do now, message by message. Nothing changes, neither on a server nor in the ledger.
    ///
    /// The plan takes the decisions of `run` by the same code: names, what the ledger knows, what is on the target already,
    /// exclusions, sizes, keywords. It reads header fields where `run` would, and messages where header fields do not tell them
    /// apart. What only reading a message shows is not in it: see [`plan_with_contents`](Self::plan_with_contents).
    ///
    /// Neither of the two knows beforehand: whether the target refuses a message or gives it back changed, whether a mailbox that
    /// does not exist yet or that hides its permanent flags takes all keywords, and whether a size that Exchange only estimates
    /// exceeds the target's limit.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run). A folder that cannot be opened is part of the plan.
    pub async fn plan(&self, ledger: Arc<dyn Ledger>) -> Result<Plan> {
        self.decide(ledger.as_ref(), false).await
    }

    /// Plans like [`plan`](Self::plan), and reads every message that would be copied. So it knows what depends on octets: NUL octets,
    /// messages that the source does not give out, placeholders of Exchange, content that a reader will miss, octets that the
    /// target is known to change, and exact sizes.
    ///
    /// # Errors
    ///
    /// As [`plan`](Self::plan).
    pub async fn plan_with_contents(&self, ledger: Arc<dyn Ledger>) -> Result<Plan> {
        self.decide(ledger.as_ref(), true).await
    }

    fn decide<'a>(&'a self, ledger: &'a dyn Ledger, contents: bool) -> BoxFuture<'a, Result<Plan>> {
        Box::pin(async move {
            let (mut source, mut target, survey) = self.survey(ledger, Probe::No).await?;
            let mut plan = Plan {
                findings: survey.findings,
                ..Plan::default()
            };
            if target.capabilities().has("QUOTA") {
                // A server that refuses to tell its quotas has its reasons.
                let quotas = target.quotas(&MailboxName::new("INBOX")?).await;
                plan.quotas = match quotas {
                    Err(error) if may_pass(&error) => return Err(error),
                    quotas => quotas.unwrap_or_default(),
                };
            }
            for job in survey.jobs {
                self.options.gate.ready().await?;
                let folder = dry::plan(self, ledger, &job, &mut source, &mut target, contents);
                plan.add(folder.instrument(folder_span(&job.source)).await?);
            }
            let _ = tokio::join!(source.logout(), target.logout());
            Ok(plan)
        })
    }

    /// Copies what the target lacks and follows what has changed, and proves it.
    ///
    /// # Errors
    ///
    /// When a side cannot be reached or refuses the login, and when the ledger cannot be read or written. What concerns
    /// a folder or a message is in the report.
    pub async fn run(&self, ledger: Arc<dyn Ledger>) -> Result<Report> {
        self.copy(ledger).await
    }

    fn copy(&self, ledger: Arc<dyn Ledger>) -> BoxFuture<'_, Result<Report>> {
        Box::pin(async move {
            let started = Instant::now();
            let (source, target, survey) = self.survey(ledger.as_ref(), Probe::Create).await?;
            let mut report = Report {
                findings: survey.findings,
                ..Report::default()
            };
            let mut jobs: Vec<FolderJob> = Vec::new();
            for job in survey.jobs {
                match folder::unchanged(self, &job) {
                    Some(done) => report.folders.push(done),
                    None => jobs.push(job),
                }
            }
            let run_state = Arc::new(RunState::new(self.clone(), ledger, jobs));
            let done = pool::run(&run_state, source, target).await?;
            report.folders.extend(done);
            run_state.finish(&mut report);
            report.folders.sort_by(|a, b| a.source.cmp(&b.source));
            report.sum_up(started.elapsed());
            Ok(report)
        })
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

    /// Connects both sides and learns what there is. A connection that is lost meanwhile is made again.
    async fn survey(&self, ledger: &dyn Ledger, probe: Probe) -> Result<(Session, Session, Survey)> {
        let mut budget = RetryBudget::new(self.options.backoff);
        loop {
            let (mut source, mut target) = self.connect().await?;
            let survey = survey::survey(&mut source, &mut target, ledger, &self.options, probe).await;
            let error = match survey {
                Ok(survey) => return Ok((source, target, survey)),
                Err(error) => error,
            };
            let Some(wait) = budget.wait(&error) else {
                return Err(error);
            };
            let reason = error.to_string();
            self.events.send(Event::Waiting { reason, wait });
            tokio::time::sleep(wait).await;
        }
    }

    async fn connect_target(&self) -> Result<Session> {
        let (side, options, events) = (&self.to, &self.options, &self.events);
        side.connect_with_retries(Blame::Target, options, events).await
    }

    async fn connect(&self) -> Result<(Session, Session)> {
        tokio::try_join!(
            self.from
                .connect_with_retries(Blame::Source, &self.options, &self.events),
            self.connect_target()
        )
    }
}

fn blamed(error: Error, side: Blame) -> Error {
    match side {
        Blame::Source => error.at_source(),
        _ => error.at_target(),
    }
}

/// The span of what is logged about a folder.
fn folder_span(name: &MailboxName) -> tracing::Span {
    tracing::info_span!("folder", folder = name.label())
}

/// Whether a new connection may help.
fn may_pass(error: &Error) -> bool {
    error.is_retryable() || error.kind() == ErrorKind::Protocol
}
