//! What happens, as it happens.

use crate::{Entity, State};
use std::time::Duration;
use tokio::sync::broadcast;

/// One step of a run. Events inform; what counts is in the journal and the report.
#[derive(Clone, Debug)]
#[non_exhaustive]
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
        /// How often it has been begun in this pass, this time included.
        attempt: u32,
    },
    /// Work on one kind of thing of an account ended.
    JobFinished {
        /// What moved.
        entity: Entity,
        /// Whose it is.
        account: String,
        /// Whether it was given up.
        failed: bool,
    },
    /// Another worker has taken a job over, or may have: this one left it alone.
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
    /// An item has its state.
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
    /// A folder cannot go on for now, and is taken up again.
    FolderRetrying {
        /// Whose it is.
        account: String,
        /// Its name on the source.
        container: String,
        /// What failed.
        error: String,
    },
    /// Something failed that may pass; the job is tried again after a wait.
    Retrying {
        /// Whose turn it was.
        account: String,
        /// How often it has been tried.
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
    /// A pass of a migration that is followed failed; the next one is made when it is due.
    PassFailed {
        /// What failed.
        error: String,
    },
    /// The routing sheets were made for where everybody stands now.
    SheetsMade {
        /// Whether they prove to be right. If not, they were not written; the report says why.
        proved: bool,
    },
    /// A letter was written to each owner.
    LettersWritten {
        /// Letters in the job's directory.
        written: u64,
        /// Letters that were put into a mailbox now.
        delivered: u64,
        /// Letters that could not be delivered; the report says why.
        failed: u64,
    },
    /// The run ended.
    Finished,
    /// This reader was too slow and missed so many events.
    Lagged(u64),
}

/// A stream of events. A slow reader loses events, never time: the run does not wait for it.
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
