//! The channel of events.

use crate::report::Progress;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
pub use tegu_report::Event;
use tokio::sync::broadcast;

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

/// The sending end, shared by all workers.
#[derive(Clone, Debug)]
pub(crate) struct EventSender {
    channel: broadcast::Sender<Event>,
    progress: Arc<Mutex<Progress>>,
}

impl EventSender {
    pub(crate) fn new() -> Self {
        Self {
            channel: broadcast::Sender::new(4096),
            progress: Arc::default(),
        }
    }

    pub(crate) fn subscribe(&self) -> Events {
        Events {
            channel: self.channel.subscribe(),
            progress: self.progress.clone(),
        }
    }

    pub(crate) fn send(&self, event: Event) {
        self.progress().note(&event);
        // No reader is no error.
        let _ = self.channel.send(event);
    }

    /// Says that what began has ended, and how.
    pub(crate) fn finished<T>(&self, result: &crate::Result<T>) {
        self.send(Event::Finished {
            error: result.as_ref().err().map(ToString::to_string),
        });
    }

    /// What all events so far come to.
    pub(crate) fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
