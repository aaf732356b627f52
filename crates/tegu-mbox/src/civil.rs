//! The one form of date that a `From_` line needs.

use jiff::SignedDuration;
use jiff::civil::DateTime;

pub(crate) const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
pub(crate) const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// A moment in UTC, in the proleptic Gregorian calendar.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Civil {
    pub(crate) year: i16,
    pub(crate) month: i8,
    pub(crate) day: i8,
    pub(crate) hour: i8,
    pub(crate) minute: i8,
    pub(crate) second: i8,
    /// Days since Sunday; ignored when converting to seconds.
    pub(crate) weekday: i8,
}

impl Civil {
    /// Whether the year of this moment has at most four digits and is not before the year zero.
    pub(crate) fn fits_four_digits(seconds: i64) -> bool {
        (-62_167_219_200..=253_402_300_799).contains(&seconds)
    }

    /// Seconds since 1970, or `None` for a moment that does not exist. A leap second counts as the second before.
    pub(crate) fn to_seconds(self) -> Option<i64> {
        let second = if self.second == 60 { 59 } else { self.second };
        let moment = DateTime::new(self.year, self.month, self.day, self.hour, self.minute, second, 0);
        let since = moment
            .ok()?
            .duration_since(DateTime::constant(1970, 1, 1, 0, 0, 0, 0));
        Some(since.as_secs())
    }

    /// The moment `seconds` after 1970. Callers check [`fits_four_digits`](Self::fits_four_digits) first.
    pub(crate) fn from_seconds(seconds: i64) -> Self {
        let start = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
        let moment = start.saturating_add(SignedDuration::from_secs(seconds));
        Self {
            year: moment.year(),
            month: moment.month(),
            day: moment.day(),
            hour: moment.hour(),
            minute: moment.minute(),
            second: moment.second(),
            weekday: moment.weekday().to_sunday_zero_offset(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_moments() {
        let leap_day = Civil {
            year: 2024,
            month: 2,
            day: 29,
            hour: 23,
            minute: 59,
            second: 59,
            weekday: 4,
        };
        assert_eq!(leap_day.to_seconds(), Some(1_709_251_199));
        assert_eq!(Civil::from_seconds(1_709_251_199), leap_day);
        assert_eq!(Civil::from_seconds(0).weekday, 4);
        assert_eq!(
            Civil {
                year: 2023,
                ..leap_day
            }
            .to_seconds(),
            None
        );
        assert_eq!(
            Civil {
                year: 1900,
                ..leap_day
            }
            .to_seconds(),
            None
        );
        assert_eq!(
            Civil {
                year: 2000,
                ..leap_day
            }
            .to_seconds(),
            Some(951_868_799)
        );
    }

    #[test]
    fn the_limits_of_four_digits() {
        assert_eq!(Civil::from_seconds(-62_167_219_200).year, 0);
        assert_eq!(Civil::from_seconds(253_402_300_799).year, 9999);
        assert!(!Civil::fits_four_digits(253_402_300_800));
        assert!(!Civil::fits_four_digits(-62_167_219_201));
    }

    proptest! {
        #[test]
        fn there_and_back(seconds in -62_167_219_200_i64..=253_402_300_799) {
            prop_assert_eq!(Civil::from_seconds(seconds).to_seconds(), Some(seconds));
        }
    }
}
