//! The channel of events.

use crate::{Result, report::Progress};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tegu_report::Event;
use tokio::sync::broadcast;

/// How many events wait for a reader until it misses the oldest.
const WAITING: usize = 4096;

/// A stream of events. The run does not wait for a slow reader, which misses events instead.
#[derive(Debug)]
pub struct Events {
    channel: broadcast::Receiver<Event>,
    progress: Arc<Mutex<Progress>>,
}

impl Events {
    /// The next event, or `None` after the last one.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no event.
    pub async fn next(&mut self) -> Option<Event> {
        match self.channel.recv().await {
            Ok(event) => Some(event),
            Err(broadcast::error::RecvError::Lagged(missed)) => Some(Event::Lagged { events: missed }),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }

    /// Another reader of the same events, from now on.
    #[must_use]
    pub fn resubscribe(&self) -> Self {
        Self {
            channel: self.channel.resubscribe(),
            progress: self.progress.clone(),
        }
    }

    /// What all events so far come to, whether this reader has taken them or not.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.progress
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// The sending end of a stream of events. Clones send into the same stream.
#[derive(Clone, Debug)]
pub struct EventSender {
    channel: broadcast::Sender<Event>,
    progress: Arc<Mutex<Progress>>,
}

impl Default for EventSender {
    fn default() -> Self {
        Self {
            channel: broadcast::Sender::new(WAITING),
            progress: Arc::default(),
        }
    }
}

impl EventSender {
    /// Begins a stream. It ends when all its senders are dropped.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A reader of what is sent from now on.
    #[must_use]
    pub fn subscribe(&self) -> Events {
        Events {
            channel: self.channel.subscribe(),
            progress: self.progress.clone(),
        }
    }

    /// Sends an event, and counts it whether anybody reads it or not.
    pub fn send(&self, event: Event) {
        self.progress().note(&event);
        // No reader is no error.
        let _ = self.channel.send(event);
    }

    /// Says that what began has ended, and how.
    pub fn finished<T>(&self, result: &Result<T>) {
        self.send(Event::Finished {
            error: result.as_ref().err().map(ToString::to_string),
        });
    }

    /// What all events so far come to.
    pub fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
