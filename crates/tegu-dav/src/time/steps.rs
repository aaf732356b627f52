//! A bound on the work that dates and rules can cause.

use std::cell::Cell;

/// How much may still be computed. A step is a day or a time that a rule is asked for.
#[derive(Debug)]
pub(crate) struct Steps {
    left: Cell<u64>,
    spent: Cell<bool>,
    given: u64,
}

/// All steps that were taken, for fuzz targets.
#[cfg(fuzzing)]
static TAKEN: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);

/// All steps that were taken in this process.
#[cfg(fuzzing)]
#[doc(hidden)]
pub fn fuzz_steps() -> u64 {
    TAKEN.load(std::sync::atomic::Ordering::Relaxed)
}

impl Steps {
    pub(crate) fn new(most: u64) -> Self {
        Self {
            left: Cell::new(most),
            spent: Cell::new(false),
            given: most,
        }
    }

    /// Takes steps. When there are not enough, the rest is gone too, and the answer is `false` from then on.
    pub(crate) fn take(&self, count: u64) -> bool {
        #[cfg(fuzzing)]
        TAKEN.fetch_add(count.min(self.left.get()), std::sync::atomic::Ordering::Relaxed);
        let left = self.left.get().checked_sub(count).filter(|_| !self.spent());
        self.left.set(left.unwrap_or(0));
        self.spent.set(left.is_none());
        left.is_some()
    }

    /// Sets some aside for one task; [`charge`](Self::charge) takes those that it used.
    pub(crate) fn part(&self, most: u64) -> Self {
        Self::new(most.min(self.left.get()))
    }

    pub(crate) fn charge(&self, part: &Self) {
        self.left.set(self.left.get().saturating_sub(part.used()));
    }

    /// Whether work was cut short.
    pub(crate) fn spent(&self) -> bool {
        self.spent.get()
    }

    pub(crate) fn used(&self) -> u64 {
        self.given - self.left.get()
    }
}
