//! How fast a run was, in steps of equal length.

use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// The most steps. Before there are more, steps become longer.
const MAX_STEPS: u32 = 240;

/// How much moved in each step of a run.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Speed {
    /// Seconds in a step.
    pub step: u64,
    /// Items that moved in each step.
    pub items: Vec<u64>,
    /// Octets that moved in each step.
    pub bytes: Vec<u64>,
}

impl Speed {
    /// Returns items and octets per second, from the first step to the last. Both are 0 if nothing moved.
    ///
    /// ```
    /// let speed: tegu_report::Speed = serde_json::from_str(r#"{"step":2,"items":[4,0],"bytes":[100,60]}"#).unwrap();
    /// assert_eq!(speed.per_second(), (1.0, 40.0));
    /// ```
    pub fn per_second(&self) -> (f64, f64) {
        let seconds = self.seconds().max(1.0);
        let sum = |values: &[u64]| values.iter().map(|value| *value as f64).sum::<f64>();
        (sum(&self.items) / seconds, sum(&self.bytes) / seconds)
    }

    /// Returns the seconds from the first step to the last.
    pub fn seconds(&self) -> f64 {
        self.items.len() as f64 * self.step as f64
    }
}

/// Measures speed while items move. Its size is bounded, however long the run is.
#[derive(Debug)]
pub struct SpeedMeter {
    origin: Instant,
    step: u64,
    steps: BTreeMap<u32, (u64, u64)>,
}

impl Default for SpeedMeter {
    fn default() -> Self {
        Self::since(Instant::now())
    }
}

impl SpeedMeter {
    /// Starts to measure at this moment.
    pub fn since(origin: Instant) -> Self {
        Self {
            origin,
            step: 1,
            steps: BTreeMap::new(),
        }
    }

    /// Notes that items with this many octets moved just now.
    pub fn moved(&mut self, items: u64, bytes: u64) {
        self.add(self.origin.elapsed(), items, bytes);
    }

    /// Adds what another meter measured, at the times when it did.
    pub fn absorb(&mut self, other: &Self) {
        let later = other.origin.saturating_duration_since(self.origin);
        for (step, (items, bytes)) in &other.steps {
            let at = later + Duration::from_secs(u64::from(*step) * other.step);
            self.add(at, *items, *bytes);
        }
    }

    fn add(&mut self, at: Duration, items: u64, bytes: u64) {
        let mut step = at.as_secs() / self.step;
        while step >= u64::from(MAX_STEPS) {
            self.step *= 2;
            step /= 2;
            for (step, (items, bytes)) in std::mem::take(&mut self.steps) {
                let slot = self.steps.entry(step / 2).or_default();
                *slot = (slot.0 + items, slot.1 + bytes);
            }
        }
        // The loop has brought it below the limit.
        let slot = self.steps.entry(step as u32).or_default();
        *slot = (slot.0 + items, slot.1 + bytes);
    }

    /// Returns the steps from the start to the last item.
    pub fn finish(&self) -> Speed {
        let last = self.steps.keys().next_back().map_or(0, |last| last + 1);
        let at = |step| self.steps.get(&step).copied().unwrap_or_default();
        Speed {
            step: self.step,
            items: (0..last).map(|step| at(step).0).collect(),
            bytes: (0..last).map(|step| at(step).1).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_has_longer_steps_and_the_same_sums() {
        let mut pace = SpeedMeter::default();
        for second in 0..10_000 {
            pace.add(Duration::from_secs(second), 1, 10);
        }
        let speed = pace.finish();
        assert!(
            speed.items.len() <= MAX_STEPS as usize && speed.step == 64,
            "{speed:?}"
        );
        assert_eq!(speed.items.iter().sum::<u64>(), 10_000);
        assert_eq!(speed.bytes.iter().sum::<u64>(), 100_000);
    }

    #[test]
    fn accounts_are_added_where_they_stood_in_time() {
        let mut whole = SpeedMeter::default();
        let mut account = SpeedMeter::since(whole.origin + Duration::from_secs(5));
        account.add(Duration::from_secs(2), 3, 30);
        whole.absorb(&account);
        assert_eq!(whole.finish().items, [0, 0, 0, 0, 0, 0, 0, 3]);
    }
}
