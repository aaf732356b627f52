//! Progress events.

use crate::{Entity, State};
use std::time::Duration;
use tokio::sync::broadcast;

/// A step of a run. Events are for display; the journal and the report are authoritative.
#[derive(Clone, Debug)]
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
        /// How it ended.
        state: State,
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
        wait: Duration,
        /// What failed.
        error: String,
    },
    /// Work on an account ended.
    AccountFinished {
        /// Its primary address.
        account: String,
    },
    /// A pass of [`follow`](crate::Migration::follow) failed; the next one starts when it is due.
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
    /// The run ended.
    Finished,
    /// This reader was too slow and missed this many events.
    Lagged(u64),
}

/// A stream of events. The run does not wait for a slow reader, which misses events instead.
#[derive(Debug)]
pub struct Events(broadcast::Receiver<Event>);

impl Events {
    /// The next event, or `None` after the last one.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no event.
    pub async fn next(&mut self) -> Option<Event> {
        match self.0.recv().await {
            Ok(event) => Some(event),
            Err(broadcast::error::RecvError::Lagged(missed)) => Some(Event::Lagged(missed)),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}

/// The sending end, shared by all workers.
#[derive(Clone, Debug)]
pub(crate) struct EventSender(broadcast::Sender<Event>);

impl EventSender {
    pub(crate) fn new() -> Self {
        Self(broadcast::Sender::new(4096))
    }

    pub(crate) fn subscribe(&self) -> Events {
        Events(self.0.subscribe())
    }

    pub(crate) fn send(&self, event: Event) {
        // No reader is no error.
        let _ = self.0.send(event);
    }
}
