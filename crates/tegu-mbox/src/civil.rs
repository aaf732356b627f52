//! Calendar arithmetic for the one form of date that a `From_` line needs.

pub(crate) const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
pub(crate) const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

const DAY: i64 = 86_400;

/// A moment in UTC, in the proleptic Gregorian calendar.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    pub(crate) month: u8,
    pub(crate) day: u8,
    pub(crate) hour: u8,
    pub(crate) minute: u8,
    pub(crate) second: u8,
    /// Days since Sunday; ignored when converting to seconds.
    pub(crate) weekday: u8,
}

impl Civil {
    /// Whether the year of this moment has at most four digits and is not before the year zero.
    pub(crate) fn fits_four_digits(seconds: i64) -> bool {
        (-62_167_219_200..=253_402_300_799).contains(&seconds)
    }

    /// Seconds since 1970, or `None` for a moment that does not exist. A leap second counts as the second before.
    pub(crate) fn to_seconds(self) -> Option<i64> {
        let leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        let length = match self.month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 => 28 + u8::from(leap),
            _ => return None,
        };
        let exists =
            (1..=length).contains(&self.day) && self.hour < 24 && self.minute < 60 && self.second <= 60;
        if !exists {
            return None;
        }
        // Counting years from March puts the leap day last, so that month lengths follow one formula.
        let (month, day) = (i64::from(self.month), i64::from(self.day));
        let (year, month) = if month > 2 {
            (self.year, month - 3)
        } else {
            (self.year - 1, month + 9)
        };
        let days = 365 * year + year.div_euclid(4) - year.div_euclid(100)
            + year.div_euclid(400)
            + (153 * month + 2) / 5
            + day
            - 719_469;
        let (hour, minute) = (i64::from(self.hour), i64::from(self.minute));
        Some(days * DAY + hour * 3600 + minute * 60 + i64::from(self.second.min(59)))
    }

    /// The moment `seconds` after 1970. Callers check [`fits_four_digits`](Self::fits_four_digits) first.
    pub(crate) fn from_seconds(seconds: i64) -> Self {
        let (days, rest) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
        // Days since 0000-03-01, split into 400-year cycles of 146,097 days.
        let shifted = days + 719_468;
        let (cycle, of_cycle) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year_of_cycle = (of_cycle - of_cycle / 1460 + of_cycle / 36_524 - of_cycle / 146_096) / 365;
        let of_year = of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
        let from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 {
            from_march + 3
        } else {
            from_march - 9
        };
        let small = |value: i64| u8::try_from(value).unwrap_or(0);
        Self {
            year: cycle * 400 + year_of_cycle + i64::from(month <= 2),
            month: small(month),
            day: small(day),
            hour: small(rest / 3600),
            minute: small(rest / 60 % 60),
            second: small(rest % 60),
            weekday: small((days + 4).rem_euclid(7)),
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
