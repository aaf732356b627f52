//! INTERNALDATE with its zone (`date-time` in RFC 3501, section 9).

use std::fmt;

use jiff::tz::Offset;
use jiff::{Timestamp, civil};

/// When the server received the message: the instant, and the time zone in which the server gives it.
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
/// First and last second whose year has four digits in every time zone.
const EARLIEST: i64 = -62_167_219_200 + 86_400;
const LATEST: i64 = 253_402_300_799 - 86_400;

impl InternalDate {
    /// A date of seconds since 1970-01-01T00:00:00Z and minutes east of UTC. `None` if IMAP cannot express
    /// it: years outside 0 to 9999, zones beyond a day.
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

    /// Minutes east of UTC.
    pub fn offset_minutes(self) -> i16 {
        self.offset_minutes
    }

    /// Reads from a message's header when it arrived: the date of its topmost Received field, otherwise that of its Date field
    /// (RFC 5322, sections 3.6.7 and 3.6.1). For servers that return no INTERNALDATE.
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
        let mut text = Digits(text.trim_start().as_bytes());
        let day = text.number(1..=2)?;
        text.expect(b'-')?;
        let month = text.word(3)?;
        let month = MONTHS
            .iter()
            .position(|name| name.as_bytes().eq_ignore_ascii_case(month))? as i64
            + 1;
        text.expect(b'-')?;
        let year = text.number(4..=4)?;
        text.blanks()?;
        let hour = text.number(1..=2)?;
        text.expect(b':')?;
        let minute = text.number(2..=2)?;
        text.expect(b':')?;
        let second = text.number(2..=2)?;
        text.blanks()?;
        let sign = match text.word(1)? {
            b"+" => 1,
            b"-" => -1,
            _ => return None,
        };
        let zone = text.number(4..=4)?;
        let valid = text.0.trim_ascii().is_empty() && hour < 24 && minute < 60 && second <= 60;
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

/// What is left of a date's text.
struct Digits<'a>(&'a [u8]);

impl<'a> Digits<'a> {
    fn word(&mut self, octets: usize) -> Option<&'a [u8]> {
        let (word, rest) = self.0.split_at_checked(octets)?;
        self.0 = rest;
        Some(word)
    }

    fn expect(&mut self, octet: u8) -> Option<()> {
        (self.word(1)? == [octet]).then_some(())
    }

    fn blanks(&mut self) -> Option<()> {
        let rest = self.0.trim_ascii_start();
        let any = rest.len() < self.0.len();
        self.0 = rest;
        any.then_some(())
    }

    /// A number of so many digits, and no more behind them.
    fn number(&mut self, digits: std::ops::RangeInclusive<usize>) -> Option<i64> {
        let (mut number, mut count) = (0, 0);
        while let [digit @ b'0'..=b'9', rest @ ..] = self.0 {
            if count == *digits.end() {
                return None;
            }
            number = number * 10 + i64::from(digit - b'0');
            count += 1;
            self.0 = rest;
        }
        digits.contains(&count).then_some(number)
    }
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
