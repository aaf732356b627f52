//! Days and seconds of the proleptic Gregorian calendar.

use crate::value::Moment;

/// Seconds of a day.
pub(crate) const DAY: i64 = 86_400;

/// Days since 1970-01-01.
pub(crate) fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day.
pub(crate) fn date(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// 0 is Monday.
pub(crate) fn weekday(days: i64) -> i64 {
    (days + 3).rem_euclid(7)
}

pub(crate) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub(crate) fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(is_leap(year)),
        _ => 31,
    }
}

/// The local seconds that a date or a date with a time means.
pub(crate) fn seconds(moment: Moment) -> i64 {
    let (day, time) = match moment {
        Moment::Date(day) => (day, 0),
        Moment::DateTime(day, time, _) => (day, time),
    };
    let (day, time) = (i64::from(day), i64::from(time));
    days(day / 10_000, day / 100 % 100, day % 100) * DAY
        + time / 10_000 * 3600
        + time / 100 % 100 * 60
        + time % 100
}

/// `2026-01-05T10:00:00Z`, for reports.
pub(crate) fn shown(utc: i64) -> String {
    let (year, month, day) = date(utc.div_euclid(DAY));
    let second = utc.rem_euclid(DAY);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn dates_there_and_back() {
        for (days_since, wanted) in [
            (0, (1970, 1, 1)),
            (-1, (1969, 12, 31)),
            (11_016, (2000, 2, 29)),
            (20_458, (2026, 1, 5)),
            (-134_774, (1601, 1, 1)),
        ] {
            assert_eq!(date(days_since), wanted);
            assert_eq!(days(wanted.0, wanted.1, wanted.2), days_since);
        }
        assert_eq!(weekday(20_458), 0);
        assert_eq!(
            shown(seconds(Moment::parse("20260105T100000").unwrap())),
            "2026-01-05T10:00:00Z"
        );
        for day in (-200_000..200_000).step_by(37) {
            let (y, m, d) = date(day);
            assert_eq!(days(y, m, d), day);
        }
    }
}
