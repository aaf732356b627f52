//! INTERNALDATE with its zone (`date-time` in RFC 3501, section 9).

use std::fmt;

use jiff::tz::Offset;
use jiff::{Timestamp, civil};

/// When the server took the message in: the instant and the zone it was told in.
///
/// ```
/// use tegu_imap::InternalDate;
///
/// let date = InternalDate::parse(" 7-Feb-2024 23:59:58 +0300").unwrap();
/// assert_eq!((date.unix_seconds(), date.offset_minutes()), (1_707_339_598, 180));
/// assert_eq!(date.to_string(), " 7-Feb-2024 23:59:58 +0300");
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct InternalDate {
    unix_seconds: i64,
    offset_minutes: i16,
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
/// First and last second that four digits of a year can tell in every zone.
const EARLIEST: i64 = -62_167_219_200 + 86_400;
const LATEST: i64 = 253_402_300_799 - 86_400;

impl InternalDate {
    /// A date of seconds since 1970-01-01T00:00:00Z and minutes east of Greenwich. `None` where it cannot be
    /// written in IMAP: years outside 0 to 9999, zones beyond a day.
    pub fn new(unix_seconds: i64, offset_minutes: i16) -> Option<Self> {
        ((EARLIEST..=LATEST).contains(&unix_seconds) && offset_minutes.abs() < 24 * 60).then_some(Self {
            unix_seconds,
            offset_minutes,
        })
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub fn unix_seconds(self) -> i64 {
        self.unix_seconds
    }

    /// Minutes east of Greenwich.
    pub fn offset_minutes(self) -> i16 {
        self.offset_minutes
    }

    /// When a message says that it arrived: the date of its topmost Received field, else that of its Date field
    /// (RFC 5322, sections 3.6.7 and 3.6.1). For servers that tell no INTERNALDATE.
    pub fn from_header(header: &[u8]) -> Option<Self> {
        let fields = crate::prove::fields(header);
        let first = |name: &str| {
            let field = fields
                .iter()
                .find(|(field, _)| field.eq_ignore_ascii_case(name.as_bytes()));
            field.map(|(_, value)| String::from_utf8_lossy(value))
        };
        let received = first("Received").and_then(|value| Self::parse_mail(value.rsplit_once(';')?.1));
        received.or_else(|| Self::parse_mail(&first("Date")?))
    }

    /// Reads the date of a mail header, `Mon, 1 Jan 2024 10:00:00 +0300 (MSK)`.
    fn parse_mail(text: &str) -> Option<Self> {
        let text = text.split_once(',').map_or(text, |(_, rest)| rest);
        let mut words = text.split_ascii_whitespace();
        let mut next = || words.next();
        let (day, month, year, clock) = (next()?, next()?, next()?, next()?);
        let clock = if clock.matches(':').count() == 1 {
            format!("{clock}:00")
        } else {
            clock.to_owned()
        };
        let zone = match next()? {
            "GMT" | "UT" | "UTC" | "Z" => "+0000",
            zone => zone,
        };
        Self::parse(&format!("{day}-{month}-{year} {clock} {zone}"))
    }

    /// Reads `dd-Mon-yyyy hh:mm:ss +zzzz`, also with a day of one digit, padded or not, as servers write it.
    pub fn parse(text: &str) -> Option<Self> {
        let (day, rest) = text.trim_start().split_once('-')?;
        let (month, rest) = rest.split_once('-')?;
        let mut words = rest.split_ascii_whitespace();
        let (year, clock, zone) = (words.next()?, words.next()?, words.next()?);
        let month = MONTHS.iter().position(|name| name.eq_ignore_ascii_case(month))? as i64 + 1;
        let (year, day) = (number(year, 4..=4)?, number(day, 1..=2)?);
        let mut clock = clock.split(':');
        let (hour, minute, second) = (
            number(clock.next()?, 1..=2)?,
            number(clock.next()?, 2..=2)?,
            number(clock.next()?, 2..=2)?,
        );
        let valid =
            words.next().is_none() && clock.next().is_none() && hour < 24 && minute < 60 && second <= 60;
        let (sign, zone) = match zone.split_at_checked(1)? {
            ("+", zone) => (1, zone),
            ("-", zone) => (-1, zone),
            _ => return None,
        };
        let zone = number(zone, 4..=4)?;
        let offset = sign * (zone / 100 * 60 + zone % 100);
        if !valid || zone % 100 >= 60 {
            return None;
        }
        let local = midnight(year, month, day)? + hour * 3600 + minute * 60 + second;
        Self::new(local - offset * 60, i16::try_from(offset).ok()?)
    }
}

impl fmt::Display for InternalDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.unix_seconds + i64::from(self.offset_minutes) * 60;
        let date = Timestamp::from_second(local).map(|instant| Offset::UTC.to_datetime(instant).date());
        let date = date.unwrap_or_default();
        let (year, month, day) = (date.year(), date.month(), date.day());
        let second = local.rem_euclid(86_400);
        let month = usize::try_from(month - 1).unwrap_or_default();
        let name = MONTHS.get(month).copied().unwrap_or_default();
        let (sign, zone) = (
            if self.offset_minutes < 0 { '-' } else { '+' },
            self.offset_minutes.unsigned_abs(),
        );
        write!(
            f,
            "{day:2}-{name}-{year:04} {:02}:{:02}:{:02} {sign}{:02}{:02}",
            second / 3600,
            second / 60 % 60,
            second % 60,
            zone / 60,
            zone % 60
        )
    }
}

/// The second, since 1970, at which a day begins in UTC; `None` if there is no such day.
fn midnight(year: i64, month: i64, day: i64) -> Option<i64> {
    let (year, month, day) = (
        year.try_into().ok()?,
        month.try_into().ok()?,
        day.try_into().ok()?,
    );
    let date = civil::Date::new(year, month, day).ok()?;
    Some(Offset::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()?.as_second())
}

fn number(text: &str, digits: std::ops::RangeInclusive<usize>) -> Option<i64> {
    (digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_instants() {
        for (text, seconds, offset) in [
            ("01-Jan-1970 00:00:00 +0000", 0, 0),
            ("29-Feb-2024 12:00:00 -0330", 1_709_220_600, -210),
            (" 1-Mar-2000 00:00:00 +0545", 951_848_100, 345),
            ("1-Jan-2010 03:00:00 +0300", 1_262_304_000, 180),
        ] {
            let date = InternalDate::parse(text).unwrap();
            assert_eq!(
                (date.unix_seconds(), date.offset_minutes()),
                (seconds, offset),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "NIL",
            "31-Feb-2024 00:00:00 +0000",
            "01-Jan-2024 24:00:00 +0000",
            "01-Jan-2024 00:00:00 UTC",
            "01-Jan-2024 00:00:00 +0099",
            "01-Jan-2024 00:00:00 +9900",
            "1-Янв-2024 00:00:00 +0000",
            "01-Jan-20240 00:00:00 +0000",
            "01-Jan-2024 00:00:00 я000",
        ] {
            assert_eq!(InternalDate::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn written_dates_read_back(seconds in EARLIEST..=LATEST, offset in -1439..=1439_i16) {
            let date = InternalDate::new(seconds, offset).unwrap();
            let text = date.to_string();
            prop_assert_eq!(text.len(), 26);
            prop_assert_eq!(InternalDate::parse(&text), Some(date));
        }

        #[test]
        fn any_text_is_safe(text in ".{0,40}") {
            let _ = InternalDate::parse(&text);
        }
    }
}
