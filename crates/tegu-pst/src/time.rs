//! Instants: FILETIME in, RFC 5322 and RFC 5545 out.

use jiff::{Timestamp, civil, tz::TimeZone};

/// Seconds between 1601 and 1970.
const EPOCH: i64 = 11_644_473_600;

/// Seconds since 1970 of 100-nanosecond intervals since 1601; `None` for values that mean no time.
pub(crate) fn unix(filetime: i64) -> Option<i64> {
    // The value 0x7fff_ffff_ffff_ffff and the date of the year 4501 mean `never`.
    (filetime > 0 && filetime < 0x0CB3_4557_A3DD_4000).then(|| filetime.div_euclid(10_000_000) - EPOCH)
}

/// The civil time in UTC.
pub(crate) fn civil(seconds: i64) -> Option<civil::DateTime> {
    let time = Timestamp::from_second(seconds).ok()?;
    Some(TimeZone::UTC.to_datetime(time))
}

/// Seconds since 1970 of a civil time, taken as UTC.
pub(crate) fn seconds(time: civil::DateTime) -> Option<i64> {
    Some(TimeZone::UTC.to_timestamp(time).ok()?.as_second())
}

/// The names of a day of the week and of a month.
fn names(time: civil::DateTime) -> (&'static str, &'static str) {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let day = usize::try_from(time.weekday().to_sunday_zero_offset()).unwrap_or_default();
    let month = usize::try_from(time.month() - 1).unwrap_or_default();
    (
        DAYS.get(day).copied().unwrap_or_default(),
        MONTHS.get(month).copied().unwrap_or_default(),
    )
}

/// The time of a day.
fn clock(time: civil::DateTime) -> String {
    format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())
}

/// A date as RFC 5322 section 3.3 has it, in UTC.
pub(crate) fn rfc5322(seconds: i64) -> Option<String> {
    let time = civil(seconds)?;
    let ((weekday, month), clock) = (names(time), clock(time));
    let (day, year) = (time.day(), time.year());
    Some(format!("{weekday}, {day:02} {month} {year:04} {clock} +0000"))
}

/// A date as the separator of mbox files has it (RFC 4155, appendix A), in UTC.
#[cfg(feature = "export")]
pub(crate) fn separator(seconds: i64) -> Option<String> {
    let time = civil(seconds)?;
    let ((weekday, month), clock) = (names(time), clock(time));
    let (day, year) = (time.day(), time.year());
    Some(format!("{weekday} {month} {day:2} {clock} {year:04}"))
}

/// A date-time as RFC 5545 has it, in UTC.
pub(crate) fn ical_utc(seconds: i64) -> Option<String> {
    Some(format!("{}Z", ical_local(civil(seconds)?)))
}

/// A date-time as RFC 5545 has it, without a zone.
pub(crate) fn ical_local(time: civil::DateTime) -> String {
    time.strftime("%Y%m%dT%H%M%S").to_string()
}

/// A date as RFC 5545 has it.
pub(crate) fn ical_date(date: civil::Date) -> String {
    date.strftime("%Y%m%d").to_string()
}

/// The civil time of minutes since 1601, as recurrences keep it.
pub(crate) fn from_minutes(minutes: u32) -> Option<civil::DateTime> {
    civil(i64::from(minutes) * 60 - EPOCH)
}

/// Days since 1601.
pub(crate) fn day(date: civil::Date) -> Option<u32> {
    let seconds = seconds(date.at(0, 0, 0, 0))?;
    u32::try_from((seconds + EPOCH) / 86_400).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants() {
        let filetime = (1_704_067_200 + EPOCH) * 10_000_000;
        assert_eq!(unix(filetime), Some(1_704_067_200));
        assert_eq!(rfc5322(1_704_067_200).unwrap(), "Mon, 01 Jan 2024 00:00:00 +0000");
        assert_eq!(ical_utc(1_704_067_200).unwrap(), "20240101T000000Z");
        for seconds in [-62_000_000_000, -1, 0, 951_826_154, 1_709_164_800, 4_102_444_799] {
            let time = civil(seconds).unwrap();
            let printed = time.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
            assert_eq!(rfc5322(seconds), Some(printed));
            #[cfg(feature = "export")]
            assert_eq!(
                separator(seconds),
                Some(time.strftime("%a %b %e %H:%M:%S %Y").to_string())
            );
        }
        assert_eq!(unix(0), None);
        assert_eq!(unix(i64::MAX), None);
        assert!(civil(i64::MAX).is_none());
    }

    #[test]
    fn minutes_since_1601() {
        assert_eq!(
            from_minutes(0).map(ical_local).as_deref(),
            Some("16010101T000000")
        );
    }
}
