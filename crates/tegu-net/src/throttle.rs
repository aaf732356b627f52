//! Limits on the load that a server gets.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

/// Limits for one server, shared by all of a process's connections to it. By default nothing is limited.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Deserialize),
    serde(deny_unknown_fields, default)
)]
#[non_exhaustive]
#[doc(alias = "rate limit")]
#[doc(alias = "throttle")]
pub struct ServerLimits {
    /// Connections at the same time.
    pub connections: Option<usize>,
    /// Messages or items per second.
    pub messages_per_second: Option<u32>,
    /// Octets per second.
    pub bytes_per_second: Option<u64>,
}

impl ServerLimits {
    /// Makes limits that limit nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits the connections at the same time.
    #[must_use]
    pub fn connections(mut self, connections: usize) -> Self {
        self.connections = Some(connections);
        self
    }

    /// Limits the messages or items per second.
    #[must_use]
    pub fn messages_per_second(mut self, messages: u32) -> Self {
        self.messages_per_second = Some(messages);
        self
    }

    /// Limits the octets per second.
    #[must_use]
    pub fn bytes_per_second(mut self, bytes: u64) -> Self {
        self.bytes_per_second = Some(bytes);
        self
    }
}

/// Keeps to the limits of one server. All callers wait in one queue, each for its own next message, so that none gets more turns
/// than another.
///
/// ```
/// use tegu_net::{ServerLimits, Throttle};
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let throttle = Throttle::new(&ServerLimits::new().connections(2).messages_per_second(1_000));
/// let (connections, permit) = throttle.connections(8).await;
/// assert_eq!(connections, 2);
/// throttle.charge(1, 5_000).await; // one message of 5,000 octets may be sent now
/// drop(permit); // both connections are free again
/// # });
/// ```
#[derive(Debug)]
pub struct Throttle {
    connections: Option<(Arc<Semaphore>, usize)>,
    messages: Option<Pace>,
    octets: Option<Pace>,
}

/// A rate: each caller gets the next free instant.
#[derive(Debug)]
struct Pace {
    per_second: f64,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    fn new(per_second: f64) -> Self {
        Self {
            per_second: per_second.max(1.0),
            next: Mutex::new(None),
        }
    }

    /// Returns how long to wait before `amount` may pass. What was not used in the last tenth of a second may be used now.
    fn take(&self, amount: u64, now: Instant) -> Duration {
        const SLACK: Duration = Duration::from_millis(100);
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let earliest = now.checked_sub(SLACK).unwrap_or(now);
        let turn = next.map_or(now, |next| next.max(earliest));
        let length = Duration::try_from_secs_f64(amount as f64 / self.per_second).unwrap_or(Duration::MAX);
        *next = turn.checked_add(length);
        turn.saturating_duration_since(now)
    }
}

impl Throttle {
    /// Makes a throttle for these limits.
    pub fn new(limits: &ServerLimits) -> Self {
        let room = limits.connections.map(|connections| connections.max(1));
        Self {
            connections: room.map(|room| (Arc::new(Semaphore::new(room)), room)),
            messages: limits.messages_per_second.map(|rate| Pace::new(f64::from(rate))),
            octets: limits.bytes_per_second.map(|rate| Pace::new(rate as f64)),
        }
    }

    /// Waits until the limit allows `wanted` connections, or as many as there may be at all. Returns how many may be opened, and a permit
    /// that gives them back when it is dropped. First come, first served.
    ///
    /// # Cancel safety
    ///
    /// A dropped future gives up its place in the queue and takes nothing.
    pub async fn connections(&self, wanted: usize) -> (usize, Option<OwnedSemaphorePermit>) {
        let Some((semaphore, room)) = &self.connections else {
            return (wanted, None);
        };
        let wanted = wanted.clamp(1, *room);
        let count = u32::try_from(wanted).unwrap_or(u32::MAX);
        // The semaphore is never closed.
        (wanted, semaphore.clone().acquire_many_owned(count).await.ok())
    }

    /// Waits until this many messages and octets may be sent.
    ///
    /// # Cancel safety
    ///
    /// A dropped future has used its turn.
    pub async fn charge(&self, messages: u32, octets: u64) {
        let now = Instant::now();
        let wait = |pace: &Option<Pace>, amount: u64| match pace {
            Some(pace) if amount > 0 => pace.take(amount, now),
            _ => Duration::ZERO,
        };
        let wait = wait(&self.messages, u64::from(messages)).max(wait(&self.octets, octets));
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_pace_is_kept_and_shared_fairly() {
        let limits = ServerLimits::new()
            .messages_per_second(100)
            .bytes_per_second(1_000_000);
        let throttle = Throttle::new(&limits);
        let begun = Instant::now();
        let account = async |messages: u32, octets: u64| {
            for _ in 0..messages {
                throttle.charge(1, 0).await;
                throttle.charge(0, octets).await;
            }
            begun.elapsed().as_secs_f64()
        };
        // By messages: 300 of them take three seconds, and whoever has few is through early.
        let (small, large) = tokio::join!(account(50, 10), account(250, 10));
        assert!((2.7..3.1).contains(&large), "{large}");
        assert!(
            (0.8..1.1).contains(&small),
            "50 of the first 100 turns are theirs: {small}"
        );
        // By octets.
        let begun = Instant::now();
        for _ in 0..40 {
            throttle.charge(0, 50_000).await;
        }
        let took = begun.elapsed().as_secs_f64();
        assert!((1.7..2.1).contains(&took), "{took}");
    }

    #[tokio::test]
    async fn connections_are_counted() {
        let throttle = Throttle::new(&ServerLimits::new().connections(3));
        let (count, first) = throttle.connections(2).await;
        assert_eq!(count, 2);
        let waiting = throttle.connections(9);
        tokio::pin!(waiting);
        assert!(
            tokio::time::timeout(Duration::from_millis(20), &mut waiting)
                .await
                .is_err()
        );
        drop(first);
        assert_eq!(waiting.await.0, 3, "no more than there are at all");
    }
}
