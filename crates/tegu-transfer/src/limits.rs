//! How hard a run may work.

use crate::net::Backoff;
use serde::Deserialize;
use std::time::Duration;

/// The longest wait for second copies.
const LATENESS: Duration = Duration::from_secs(30);

/// How hard a run may work.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Limits {
    /// Jobs worked on at the same time by this process; a job is one kind of thing of one account. Default 4.
    pub accounts: usize,
    /// Connections to either side for the mail of one account, if both sides are IMAP servers: so many folders are copied at
    /// the same time. Default 2; others use one.
    pub connections: usize,
    /// How often a job is tried when connections break. Default 3.
    pub attempts: u32,
    /// The wait before the second attempt, in milliseconds; it doubles from try to try, and each wait is shortened by up to
    /// half, at random. Default 1000.
    pub backoff_ms: u64,
    /// How long a job is a worker's without a sign of life, in seconds: after so long others take over what a dead worker
    /// held. Default 120.
    pub lease_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            accounts: 4,
            connections: 2,
            attempts: 3,
            backoff_ms: 1000,
            lease_seconds: 120,
        }
    }
}

impl Limits {
    /// How long a job is a worker's without a sign of life.
    #[must_use]
    pub fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_seconds.max(1))
    }

    /// The longest wait for what may still arrive on a target: sixty times the first back-off, since no run that is in a hurry waits for
    /// long.
    #[must_use]
    pub fn longest_wait(&self) -> Duration {
        60 * Duration::from_millis(self.backoff_ms)
    }

    /// How long a run waits at its end for second copies of messages that it sent again. Later passes look for them too.
    #[must_use]
    pub fn lateness(&self) -> Duration {
        LATENESS.min(self.longest_wait())
    }

    /// The waits between attempts; none is longer than ten minutes, unless the first is.
    #[must_use]
    pub fn backoff(&self) -> Backoff {
        let first = Duration::from_millis(self.backoff_ms);
        Backoff::new(self.attempts.max(1), first, first.max(Duration::from_secs(600)))
    }
}
