//! What happens while it happens.

use crate::Entity;
use serde::{Serialize, Serializer};
use std::time::Duration;
use tegu_outcome::State;

/// A step of a run. Events are for display; the journal and the report are authoritative.
///
/// The stream of a run, a plan or a verification ends with [`Finished`](Self::Finished), also after an error. As JSON an event is an object
/// whose `event` is its name in kebab-case; times are in seconds.
///
/// ```
/// # use tegu_report::Event;
/// let event = Event::Started { accounts: 2 };
/// assert_eq!(serde_json::to_string(&event).unwrap(), r#"{"event":"started","accounts":2}"#);
/// ```
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[non_exhaustive]
#[doc(alias = "progress")]
pub enum Event {
    /// The directory was read; this many accounts will be worked on.
    Started {
        /// Accounts that take part.
        accounts: usize,
    },
    /// Work on an account began.
    AccountStarted {
        /// Its primary address.
        account: String,
    },
    /// Work on one kind of thing of an account began.
    JobStarted {
        /// What moves.
        entity: Entity,
        /// Whose it is.
        account: String,
        /// The number of the attempt in this pass, from 1.
        attempt: u32,
    },
    /// Work on one kind of thing of an account ended.
    JobFinished {
        /// What moved.
        entity: Entity,
        /// Whose it is.
        account: String,
        /// Whether it failed for good.
        failed: bool,
    },
    /// The journal cannot be reached; it is asked again.
    JournalAway {
        /// What failed.
        error: String,
    },
    /// Another worker may have taken over a job, so this one stopped working on it.
    LeaseLost {
        /// What was being moved.
        entity: Entity,
        /// Whose it is.
        account: String,
    },
    /// A folder, calendar or address book was listed.
    ContainerStarted {
        /// What it holds.
        entity: Entity,
        /// Whose it is.
        account: String,
        /// Its name on the source.
        container: String,
        /// Items that it holds.
        items: u64,
    },
    /// An item reached its state.
    ItemFinished {
        /// What it is.
        entity: Entity,
        /// Whose it is.
        account: String,
        /// The folder, calendar or address book that it is in, by its name on the source.
        container: String,
        /// What identifies it there: a UID, or a digest with the number of its occurrence.
        item: String,
        /// How it ended.
        state: State,
        /// Codes of what was found about it, if it was not simply moved.
        codes: Vec<String>,
        /// Its size in octets.
        bytes: u64,
    },
    /// A folder failed for now and will be resumed.
    FolderRetrying {
        /// Whose it is.
        account: String,
        /// Its name on the source.
        container: String,
        /// What failed.
        error: String,
    },
    /// A job failed with a retryable error and is tried again after a wait.
    Retrying {
        /// Whose job it was.
        account: String,
        /// How many attempts failed.
        attempt: u32,
        /// How long the run waits.
        #[serde(serialize_with = "seconds")]
        wait: Duration,
        /// What failed.
        error: String,
    },
    /// Nothing is done for an account for a while, because its server wants that or does not answer.
    Waiting {
        /// Whose it is.
        account: String,
        /// What is waited for.
        reason: String,
        /// How long.
        #[serde(serialize_with = "seconds")]
        wait: Duration,
    },
    /// Work on an account ended.
    AccountFinished {
        /// Its primary address.
        account: String,
    },
    /// A pass of a migration that follows its source failed; the next one starts when it is due.
    PassFailed {
        /// What failed.
        error: String,
    },
    /// The routing sheets were made for the current stages.
    SheetsMade {
        /// Whether they are proved. If not, they were not written; the report says why.
        proved: bool,
    },
    /// A letter was written to each owner.
    LettersWritten {
        /// Letters in the job's directory.
        written: u64,
        /// Letters that were delivered by this run.
        delivered: u64,
        /// Letters that could not be delivered; the report says why.
        failed: u64,
    },
    /// The run, the plan or the verification ended. Nothing follows, unless another one begins.
    Finished {
        /// Why it did not come to its end: an error, or that it was cancelled.
        error: Option<String>,
    },
    /// This reader was too slow and missed events.
    Lagged {
        /// How many.
        events: u64,
    },
}

fn seconds<S: Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(span.as_secs_f64())
}
