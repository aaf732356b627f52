//! Waiting for what may pass.

use std::time::Duration;

use crate::{Backoff, Error, ErrorKind};

/// Counts failures in a row, and says how long to wait after each.
#[derive(Debug)]
pub(super) struct RetryBudget {
    backoff: Backoff,
    failures: u32,
}

impl RetryBudget {
    pub(super) fn new(backoff: Backoff) -> Self {
        Self { backoff, failures: 0 }
    }

    /// Something went well: count from the beginning.
    pub(super) fn restore(&mut self) {
        self.failures = 0;
    }

    /// How many failures there were in a row.
    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    /// How long to wait before the next attempt; `None` if there should be none.
    pub(super) fn wait(&mut self, error: &Error) -> Option<Duration> {
        // A server that asks to wait keeps the time; that is no failure of ours.
        if error.kind() != ErrorKind::Throttled {
            self.failures += 1;
        }
        let own = super::may_pass(error).then(|| self.backoff.delay(self.failures, None))??;
        // What the server asks for is not cut to the longest wait: it would only say no again.
        Some(own.max(error.retry_after().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let (first, longest) = (Duration::from_secs(1), Duration::from_secs(5));
        let mut budget = RetryBudget::new(Backoff::new(5, first, longest));
        let lost = Error::new(ErrorKind::Connect, "lost");
        for span in [1, 2, 4, 5] {
            let wait = budget.wait(&lost).unwrap_or_default().as_secs_f64();
            assert!(wait >= f64::from(span) / 2.0 && wait <= f64::from(span), "{wait}");
        }
        assert_eq!(budget.wait(&lost), None);
        budget.restore();
        assert!(budget.wait(&lost).is_some());
        let refused = Error::new(ErrorKind::Authentication, "no");
        assert_eq!(budget.wait(&refused), None);
    }

    #[test]
    fn a_server_that_asks_to_wait_is_heard_however_often() {
        let mut budget = RetryBudget::new(Backoff::new(1, Duration::ZERO, Duration::ZERO));
        let asked = Duration::from_millis(1234);
        let throttled = Error::new(ErrorKind::Throttled, "wait").after(Some(asked));
        for _ in 0..5 {
            assert_eq!(budget.wait(&throttled), Some(asked));
        }
    }
}
