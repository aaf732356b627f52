//! When clocks change: one form for the rules of a file and those of the time zone database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Offsets are known from here on; before it the first one holds.
pub(crate) const FIRST: i64 = -2_208_988_800; // 1900-01-01
/// Changes after this are not looked at; the last offset before it holds.
pub(crate) const LAST: i64 = 2_871_763_200; // 2061-01-01

/// Offsets from UTC over time.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Clock {
    /// The offset before the first change, in seconds.
    pub(crate) initial: i32,
    /// When the offset changes, and to what; in order, and each really a change.
    pub(crate) changes: Vec<(i64, i32)>,
}

impl Clock {
    pub(crate) fn utc() -> Self {
        Self {
            initial: 0,
            changes: Vec::new(),
        }
    }

    /// From changes in any order; those that change nothing are left out.
    pub(crate) fn new(initial: i32, mut changes: Vec<(i64, i32)>) -> Self {
        changes.sort_unstable();
        let mut clock = Self {
            initial,
            changes: Vec::with_capacity(changes.len()),
        };
        for (at, offset) in changes {
            if at < FIRST {
                clock.initial = offset;
            } else if at < LAST && clock.changes.last().map_or(clock.initial, |last| last.1) != offset {
                clock.changes.push((at, offset));
            }
        }
        clock
    }

    /// The offset at an instant.
    pub(crate) fn offset(&self, utc: i64) -> i32 {
        let after = self.changes.partition_point(|change| change.0 <= utc);
        after
            .checked_sub(1)
            .and_then(|at| self.changes.get(at))
            .map_or(self.initial, |change| change.1)
    }

    /// The instant that a local time means. RFC 5545 section 3.3.5: one that is there twice is the first
    /// of them, one that is left out is counted with the offset before the gap.
    pub(crate) fn instant(&self, local: i64) -> i64 {
        // Among changes near the local time, the first offset under which it lies before the next change.
        let near = local - 2 * super::civil::DAY;
        let mut at = self.changes.partition_point(|change| change.0 <= near);
        let mut offset = at
            .checked_sub(1)
            .and_then(|at| self.changes.get(at))
            .map_or(self.initial, |change| change.1);
        while let Some(&(change, next)) = self.changes.get(at) {
            let candidate = local - i64::from(offset);
            if candidate < change {
                return candidate;
            }
            // In the gap: under the next offset the time lies before the change.
            if local - i64::from(next) < change {
                return candidate;
            }
            offset = next;
            at += 1;
        }
        local - i64::from(offset)
    }

    /// Whether both show the same time from one instant to another.
    pub(crate) fn agrees(&self, other: &Self, from: i64, to: i64) -> bool {
        let within = |clock: &Self| {
            let first = clock.changes.partition_point(|change| change.0 <= from);
            let last = clock.changes.partition_point(|change| change.0 <= to);
            first..last.max(first)
        };
        self.offset(from) == other.offset(from)
            && self.changes.get(within(self)) == other.changes.get(within(other))
    }

    /// The clock of an IANA zone; `None` if the database does not know it.
    pub(crate) fn of(iana: &str) -> Option<Arc<Self>> {
        static KNOWN: OnceLock<Mutex<HashMap<String, Option<Arc<Clock>>>>> = OnceLock::new();
        let mut known = KNOWN
            .get_or_init(Mutex::default)
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(clock) = known.get(iana) {
            return clock.clone();
        }
        let zone = TimeZone::get(iana).ok();
        let clock = zone.as_ref().and_then(Self::from_database).map(Arc::new);
        // Names come from outside; only those that exist are worth remembering.
        if clock.is_some() {
            known.insert(iana.to_owned(), clock.clone());
        }
        clock
    }

    fn from_database(zone: &TimeZone) -> Option<Self> {
        let first = Timestamp::from_second(FIRST).ok()?;
        let mut changes = Vec::new();
        for transition in zone.following(first) {
            let at = transition.timestamp().as_second();
            if at >= LAST {
                break;
            }
            changes.push((at, transition.offset().seconds()));
        }
        Some(Self::new(zone.to_offset(first).seconds(), changes))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::time::civil;
    use crate::value::Moment;

    fn local(text: &str) -> i64 {
        civil::seconds(Moment::parse(text).unwrap())
    }

    #[test]
    fn instants_as_the_database_library_has_them() {
        for name in [
            "Europe/Moscow",
            "Europe/Berlin",
            "America/New_York",
            "Asia/Magadan",
            "Europe/Volgograd",
        ] {
            let clock = Clock::of(name).unwrap();
            let zone = TimeZone::get(name).unwrap();
            for step in 0..40_000_i64 {
                let at = step * 9 * 3600 + 1800 * (step % 3);
                let day = civil::date(at.div_euclid(civil::DAY));
                let second = at.rem_euclid(civil::DAY);
                let time = jiff::civil::date(day.0 as i16, day.1 as i8, day.2 as i8).at(
                    (second / 3600) as i8,
                    (second / 60 % 60) as i8,
                    0,
                    0,
                );
                let wanted = zone
                    .to_ambiguous_timestamp(time)
                    .compatible()
                    .unwrap()
                    .as_second();
                assert_eq!(clock.instant(at), wanted, "{name} {time}");
            }
        }
    }

    #[test]
    fn gaps_and_folds() {
        let berlin = Clock::of("Europe/Berlin").unwrap();
        assert_eq!(
            civil::shown(berlin.instant(local("20260329T023000"))),
            "2026-03-29T01:30:00Z"
        );
        assert_eq!(
            civil::shown(berlin.instant(local("20261025T023000"))),
            "2026-10-25T00:30:00Z"
        );
    }

    #[test]
    fn agreement_is_asked_for_a_span() {
        let (moscow, minsk) = (
            Clock::of("Europe/Moscow").unwrap(),
            Clock::of("Europe/Minsk").unwrap(),
        );
        assert!(moscow.agrees(&minsk, local("20150101"), local("20300101")));
        assert!(!moscow.agrees(&minsk, local("20130101"), local("20300101")));
        assert_eq!(Clock::of("Nowhere/City"), None);
    }
}
