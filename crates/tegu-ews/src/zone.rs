//! Time zones as the server defines them.

mod read;
mod write;

pub(crate) use read::{month, nth_by_name};
pub(crate) use write::{local, utc};

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, DateTime, Weekday},
    tz::Offset,
};

/// A time zone: a definition, or a name alone.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Zone {
    /// The name: that of Windows, such as `Russian Standard Time`, or what a program made up.
    pub id: String,
    /// The rules, the first in force from the beginning of time; empty for a name alone.
    pub(crate) eras: Vec<Era>,
}

/// Rules that are in force from a local time on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Era {
    pub(crate) from: Option<DateTime>,
    /// Changes of each year, in the order of the year; or none, and then the offset always holds.
    pub(crate) changes: Vec<Yearly>,
    pub(crate) fixed: Offset,
}

/// A change of the offset in each year.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Yearly {
    pub(crate) month: i8,
    pub(crate) day: Day,
    /// Seconds after midnight, by the clock that ends.
    pub(crate) time: i64,
    pub(crate) to: Offset,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Day {
    Of(i8),
    /// The n-th weekday of the month, or the last.
    Nth(Option<i8>, Weekday),
}

impl Zone {
    /// The name as iCalendar has it, the same wherever it stands: a parameter's value holds no quotes and no control characters (RFC 5545,
    /// section 3.2).
    pub(crate) fn tzid(&self) -> String {
        let held = |character: &char| !character.is_control() && *character != '"';
        self.id.chars().filter(held).collect()
    }
}

impl Yearly {
    /// The local time of the change in a year.
    pub(crate) fn in_year(&self, year: i16) -> Option<DateTime> {
        let first = Date::new(year, self.month, 1).ok()?;
        let date = match self.day {
            Day::Of(day) => Date::new(year, self.month, day.min(first.days_in_month())).ok()?,
            Day::Nth(Some(nth), weekday) => first.nth_weekday_of_month(nth, weekday).ok()?,
            Day::Nth(None, weekday) => first.nth_weekday_of_month(-1, weekday).ok()?,
        };
        date.to_datetime(jiff::civil::Time::midnight())
            .checked_add(self.time.seconds())
            .ok()
    }
}

impl Era {
    /// The offset in front of the change at this place of the year.
    pub(crate) fn before(&self, at: usize) -> Offset {
        let count = self.changes.len();
        let previous = self.changes.get((at + count.max(1) - 1) % count.max(1));
        previous.map_or(self.fixed, |change| change.to)
    }

    fn offset_at(&self, instant: Timestamp) -> Option<Offset> {
        let year = self.fixed.to_datetime(instant).year();
        let mut best: Option<(Timestamp, Offset)> = None;
        for year in [year.checked_sub(1)?, year, year.checked_add(1)?] {
            for (at, change) in self.changes.iter().enumerate() {
                let Some(begins) = change
                    .in_year(year)
                    .and_then(|local| self.before(at).to_timestamp(local).ok())
                else {
                    continue;
                };
                if begins <= instant && best.is_none_or(|(known, _)| known < begins) {
                    best = Some((begins, change.to));
                }
            }
        }
        Some(best.map_or(self.fixed, |(_, offset)| offset))
    }
}

impl Zone {
    /// Returns whether the rules are known.
    #[must_use]
    pub fn is_defined(&self) -> bool {
        !self.eras.is_empty()
    }

    /// Returns the local time at an instant.
    #[must_use]
    pub fn to_local(&self, instant: Timestamp) -> Option<DateTime> {
        Some(self.offset_at(instant)?.to_datetime(instant))
    }

    /// Returns the instant of a local time. In the hour that there is twice it is the first one.
    #[must_use]
    pub fn to_instant(&self, local: DateTime) -> Option<Timestamp> {
        let guess = Offset::UTC.to_timestamp(local).ok()?;
        let around = [
            guess.checked_sub(26.hours()).ok()?,
            guess,
            guess.checked_add(26.hours()).ok()?,
        ];
        let mut found: Vec<Timestamp> = around
            .into_iter()
            .filter_map(|at| self.offset_at(at)?.to_timestamp(local).ok())
            .filter(|at| self.to_local(*at) == Some(local))
            .collect();
        found.sort_unstable();
        // In the hour that there is not, the clock before the change counts.
        found
            .first()
            .copied()
            .or_else(|| self.offset_at(around[0])?.to_timestamp(local).ok())
    }

    fn offset_at(&self, instant: Timestamp) -> Option<Offset> {
        self.era_at(instant)?.offset_at(instant)
    }

    fn era_at(&self, instant: Timestamp) -> Option<&Era> {
        // No clock is further from UTC than 26 hours: what began two days before has begun.
        let sure = Offset::UTC.to_datetime(instant).checked_sub(2.days()).ok();
        let begun = self
            .eras
            .partition_point(|era| era.from.is_none_or(|from| Some(from) <= sure));
        let mut current = self.eras.get(begun.saturating_sub(1))?;
        for era in self.eras.iter().skip(begun.max(1)) {
            let local = current.offset_at(instant)?.to_datetime(instant);
            match era.from {
                Some(from) if from <= local => current = era,
                _ => break,
            }
        }
        Some(current)
    }
}

#[cfg(test)]
pub(crate) mod tests;
