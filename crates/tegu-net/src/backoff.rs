//! Waits between attempts.

use std::time::Duration;

/// How many times to try, and how long to wait in between.
///
/// Waits double from the first to the longest. The upper half of each wait is random, so that many clients do not come back at
/// once.
///
/// ```
/// use std::time::Duration;
/// use tegu_net::Backoff;
///
/// let backoff = Backoff::new(3, Duration::from_secs(1), Duration::from_secs(60));
/// let first = backoff.delay(1, None).unwrap();
/// assert!(first >= Duration::from_millis(500) && first <= Duration::from_secs(1));
/// assert_eq!(backoff.delay(1, Some(Duration::from_secs(7))), Some(Duration::from_secs(7)), "the server said so");
/// assert_eq!(backoff.delay(3, None), None, "three attempts failed");
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
#[doc(alias = "retry")]
pub struct Backoff {
    /// How many attempts may fail in a row without any progress. Default 8.
    pub attempts: u32,
    /// The first wait. Default one second.
    pub first: Duration,
    /// The longest wait. Default one minute. What a server asks for is also cut to this.
    pub longest: Duration,
}

impl Backoff {
    /// Makes a back-off.
    #[must_use]
    pub fn new(attempts: u32, first: Duration, longest: Duration) -> Self {
        Self {
            attempts,
            first,
            longest,
        }
    }

    /// Returns how long to wait after `failed` attempts failed in a row, or `None` if none are left. `asked` is how long the server
    /// asked to wait, if it did.
    #[must_use]
    pub fn delay(&self, failed: u32, asked: Option<Duration>) -> Option<Duration> {
        if failed >= self.attempts {
            return None;
        }
        if let Some(asked) = asked {
            return Some(asked.min(self.longest));
        }
        let doubled = self
            .first
            .saturating_mul(1_u32.checked_shl(failed.saturating_sub(1)).unwrap_or(u32::MAX));
        let whole = doubled.min(self.longest);
        Some(whole / 2 + whole.mul_f64(0.5 * random()).min(whole / 2))
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self::new(8, Duration::from_secs(1), Duration::from_secs(60))
    }
}

/// A number from 0 to 1, good enough to spread waits: the hasher's keys are random for each thread and change with each use.
fn random() -> f64 {
    use std::hash::{BuildHasher as _, RandomState};
    let bits = RandomState::new().hash_one(0_u8) >> 11;
    bits as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn waits_stay_within_their_bounds(failed in 0_u32..70, first in 0_u64..100_000, longest in 0_u64..100_000) {
            let backoff = Backoff::new(64, Duration::from_millis(first), Duration::from_millis(longest));
            match backoff.delay(failed, None) {
                Some(wait) => prop_assert!(failed < 64 && wait <= backoff.longest),
                None => prop_assert!(failed >= 64),
            }
        }
    }
}
