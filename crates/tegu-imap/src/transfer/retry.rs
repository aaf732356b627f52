//! Waiting for what may pass.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use super::options::Retry;
use crate::{Error, ErrorKind};

/// Counts failures in a row, and says how long to wait after each.
#[derive(Debug)]
pub(super) struct Patience {
    retry: Retry,
    failures: u32,
}

impl Patience {
    pub(super) fn new(retry: Retry) -> Self {
        Self { retry, failures: 0 }
    }

    /// Something went well: count from the beginning.
    pub(super) fn restore(&mut self) {
        self.failures = 0;
    }

    /// How many failures there were in a row.
    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    /// How long to wait before the next attempt; `None` where there should be none.
    pub(super) fn wait(&mut self, error: &Error) -> Option<Duration> {
        self.failures += 1;
        if !super::may_pass(error) || self.failures > self.retry.attempts {
            return None;
        }
        if error.kind() == ErrorKind::Throttled {
            // The server keeps the time; asking to wait is no failure of ours.
            self.failures -= 1;
        }
        let doubled = self
            .retry
            .first
            .saturating_mul(1 << self.failures.saturating_sub(1).min(16));
        let span = doubled.min(self.retry.longest);
        let asked = error.retry_after().unwrap_or_default();
        Some(asked.max(span.mul_f64(0.5 + 0.5 * chance())))
    }
}

/// A number from 0 to 1. Spreading waits needs no better source.
fn chance() -> f64 {
    let number = RandomState::new().hash_one(0_u8) >> 32;
    number as f64 / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let (first, longest) = (Duration::from_secs(1), Duration::from_secs(5));
        let mut patience = Patience::new(Retry::new(4, first, longest));
        let lost = Error::new(ErrorKind::Disconnected, "lost");
        for span in [1, 2, 4, 5] {
            let wait = patience.wait(&lost).unwrap_or_default().as_secs_f64();
            assert!(wait >= f64::from(span) / 2.0 && wait <= f64::from(span), "{wait}");
        }
        assert_eq!(patience.wait(&lost), None);
        patience.restore();
        assert!(patience.wait(&lost).is_some());
        let refused = Error::new(ErrorKind::Authentication, "no");
        assert_eq!(patience.wait(&refused), None);
    }

    #[test]
    fn a_server_that_asks_to_wait_is_heard_however_often() {
        let mut patience = Patience::new(Retry::new(1, Duration::ZERO, Duration::ZERO));
        let asked = Duration::from_millis(1234);
        let throttled = Error::new(ErrorKind::Throttled, "wait").with_retry_after(Some(asked));
        for _ in 0..5 {
            assert_eq!(patience.wait(&throttled), Some(asked));
        }
    }
}
