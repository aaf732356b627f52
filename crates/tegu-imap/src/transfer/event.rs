//! What happens during a transfer, as it happens.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;

use super::report::FolderReport;
use crate::State;
use crate::mailbox::MailboxName;
use crate::wire::Uid;

/// Something that happened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A folder is begun.
    Folder {
        /// Its name on the source.
        name: MailboxName,
        /// How many messages are to be copied.
        messages: u64,
        /// How many octets they have, as far as the source tells.
        octets: u64,
    },
    /// A message has come to its end.
    Message {
        /// Its folder on the source.
        folder: MailboxName,
        /// Its UID there.
        uid: Uid,
        /// Its end.
        state: State,
        /// The code of the finding that decided it, if one did.
        code: Option<&'static str>,
        /// How many octets it has, where that is known.
        octets: u64,
    },
    /// A folder is through.
    FolderDone(Box<FolderReport>),
    /// A folder is taken up again after a failure.
    Retrying {
        /// Its name on the source.
        folder: MailboxName,
        /// What failed.
        reason: String,
    },
    /// Nothing is done for a while.
    Waiting {
        /// Why.
        reason: String,
        /// How long.
        wait: Duration,
    },
    /// So many events were left out here, because nobody took them in time.
    Missed(u64),
}

/// Takes events from a transfer. It never waits: what nobody takes in time is left out and counted.
#[derive(Clone, Debug, Default)]
pub struct EventSender(Option<Arc<Sender>>);

#[derive(Debug)]
struct Sender {
    channel: mpsc::Sender<Event>,
    missed: AtomicU64,
}

/// Events of a transfer, to be taken one by one.
#[derive(Debug)]
pub struct Events(mpsc::Receiver<Event>);

/// A sender and a receiver of events, between which up to `room` events wait.
pub fn events(room: usize) -> (EventSender, Events) {
    let (channel, receiver) = mpsc::channel(room.max(1));
    let sender = Sender {
        channel,
        missed: AtomicU64::new(0),
    };
    (EventSender(Some(Arc::new(sender))), Events(receiver))
}

impl EventSender {
    pub(super) fn send(&self, event: Event) {
        let Some(sender) = &self.0 else { return };
        let missed = sender.missed.swap(0, Ordering::Relaxed);
        if missed > 0 && sender.channel.try_send(Event::Missed(missed)).is_err() {
            sender.missed.fetch_add(missed + 1, Ordering::Relaxed);
        } else if sender.channel.try_send(event).is_err() {
            sender.missed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Events {
    /// The next event; `None` when the transfer and all its senders are gone.
    ///
    /// # Cancel safety
    ///
    /// A dropped call loses no event.
    pub async fn next(&mut self) -> Option<Event> {
        self.0.recv().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(seconds: u64) -> Event {
        Event::Waiting {
            reason: String::new(),
            wait: Duration::from_secs(seconds),
        }
    }

    #[tokio::test]
    async fn a_slow_reader_misses_events_and_learns_how_many() {
        let (sender, mut events) = events(2);
        for seconds in 0..5 {
            sender.send(waiting(seconds));
        }
        let mut next = async || events.next().await;
        assert!(matches!(next().await, Some(Event::Waiting { wait, .. }) if wait.as_secs() == 0));
        assert!(matches!(next().await, Some(Event::Waiting { wait, .. }) if wait.as_secs() == 1));
        sender.send(waiting(5));
        assert!(matches!(next().await, Some(Event::Missed(3))));
        assert!(matches!(next().await, Some(Event::Waiting { wait, .. }) if wait.as_secs() == 5));
        drop(sender);
        assert!(next().await.is_none());
    }
}
