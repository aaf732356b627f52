//! The `From_` line: who delivered a message, and when.

use std::borrow::Cow;

use crate::civil::{Civil, MONTHS, WEEKDAYS};

/// The longest `From_` line that is recognised, its line end included. Longer lines are text.
pub const MAX_LINE: usize = 1024;

/// The longest sender that is written, in bytes.
const MAX_SENDER: usize = 512;

/// What a `From_` line says.
///
/// Writers disagree about the date's form, and many lines hold none; this is the common core.
///
/// ```
/// use tegu_mbox::Envelope;
///
/// let envelope = Envelope::parse(b"From ivan@example.org Mon Jan  1 03:00:00 2024 +0300\n").unwrap();
/// assert_eq!(envelope.sender(), "ivan@example.org");
/// assert_eq!(envelope.date(), Some(1_704_067_200));
/// assert_eq!(envelope.to_line(), "From ivan@example.org Mon Jan  1 00:00:00 2024\n");
/// ```
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Envelope {
    sender: String,
    date: Option<i64>,
}

/// How far a line has the form of a `From_` line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Shape {
    /// A date stands where it should.
    Dated,
    /// `From ` and nothing more.
    Bare,
    /// Anything else, such as prose.
    Text,
}

impl Envelope {
    /// An envelope for writing.
    ///
    /// A `From_` line separates its fields by spaces and has no quoting, so white space, control characters and
    /// double quotes in `sender` become `_`, and what exceeds 512 bytes is cut. An empty sender, or `-`, is an
    /// unknown one. `date` counts seconds since 1970 in UTC; zero, and what four digits of year cannot hold, is
    /// no date, since writers use 1970-01-01 to say that they know none.
    pub fn new(sender: &str, date: Option<i64>) -> Self {
        let mut clean = String::with_capacity(sender.len().min(MAX_SENDER));
        for c in sender.trim().chars() {
            if clean.len() + c.len_utf8() > MAX_SENDER {
                break;
            }
            let bad = c.is_whitespace() || c.is_control() || c == '"' || c == '\u{fffd}';
            clean.push(if bad { '_' } else { c });
        }
        if clean == "-" {
            clean.clear();
        }
        Self {
            sender: clean,
            date: date.filter(|&seconds| seconds != 0 && Civil::fits_four_digits(seconds)),
        }
    }

    /// Reads a `From_` line, with or without its line end.
    ///
    /// Understood are asctime with one or two digits of day, with or without seconds, with a zone before or after
    /// the year, followed by `remote from HOST`; the date forms of RFC 5322 and ISO 8601; a quoted, empty or `-`
    /// sender, and one with spaces. `None` when the line is none of these. A zone that is not known, or a date that
    /// does not exist, leaves [`date`](Self::date) empty. Without a zone, UTC is meant (RFC 4155).
    pub fn parse(line: &[u8]) -> Option<Self> {
        let rest = trimmed(line)?;
        let Some((start, date)) = dated(rest) else {
            return (shape(line) == Shape::Bare).then(Self::default);
        };
        let sender = rest.get(..start).unwrap_or_default().trim_ascii();
        let sender = match sender {
            [b'"', inner @ .., b'"'] => inner,
            _ => sender,
        };
        let sender: Cow<'_, str> = String::from_utf8_lossy(sender);
        Some(Self::new(&sender, date))
    }

    /// The sender's address as the writer knew it, or empty.
    pub fn sender(&self) -> &str {
        &self.sender
    }

    /// When the message was delivered, in seconds since 1970 (UTC).
    pub fn date(&self) -> Option<i64> {
        self.date
    }

    /// The line to write, in the form of RFC 4155: `From sender asctime-in-UTC` and a line feed.
    pub fn to_line(&self) -> String {
        let sender = if self.sender.is_empty() { "-" } else { &self.sender };
        let t = Civil::from_seconds(self.date.unwrap_or(0));
        format!(
            "From {sender} {} {} {:>2} {:02}:{:02}:{:02} {:04}\n",
            name(&WEEKDAYS, t.weekday),
            name(&MONTHS, t.month - 1),
            t.day,
            t.hour,
            t.minute,
            t.second,
            t.year
        )
    }
}

fn name<const N: usize>(names: &[&'static str; N], at: i8) -> &'static str {
    usize::try_from(at)
        .ok()
        .and_then(|at| names.get(at))
        .copied()
        .unwrap_or_default()
}

/// How far `line` has the form of a `From_` line.
pub(crate) fn shape(line: &[u8]) -> Shape {
    match trimmed(line) {
        None => Shape::Text,
        Some(rest) if rest.is_empty() || rest == b"-" => Shape::Bare,
        Some(rest) if dated(rest).is_some() => Shape::Dated,
        Some(_) => Shape::Text,
    }
}

/// What follows `From `, without the white space around it.
fn trimmed(line: &[u8]) -> Option<&[u8]> {
    if line.len() > MAX_LINE {
        return None;
    }
    line.strip_prefix(b"From ").map(<[u8]>::trim_ascii)
}

/// Where the date starts in `rest`, and its value; the date must reach to the end.
fn dated(rest: &[u8]) -> Option<(usize, Option<i64>)> {
    // The longest form: weekday, month, day, time, zone, year, zone, its name, `remote from host`.
    const MAX_WORDS: usize = 11;
    let mut words = rest
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty())
        .count();
    let mut at = 0;
    loop {
        let tail = rest.get(at..)?;
        // Only a digit or a weekday can begin a date: prose is turned away by its first letters.
        if words <= MAX_WORDS
            && may_begin_date(tail)
            && let Some(date) = parse_date(tail)
        {
            return Some((at, date));
        }
        let word = tail.iter().position(u8::is_ascii_whitespace)?;
        let gap = tail.get(word..)?.iter().position(|b| !b.is_ascii_whitespace())?;
        at += word + gap;
        words = words.saturating_sub(1);
    }
}

fn may_begin_date(tail: &[u8]) -> bool {
    match tail {
        [a, ..] if a.is_ascii_digit() => true,
        [a, b, c, ..] => weekday(&[*a, *b, *c]),
        _ => false,
    }
}

fn weekday(word: &[u8]) -> bool {
    let word = word.strip_suffix(b",").unwrap_or(word);
    WEEKDAYS
        .iter()
        .any(|day| day.as_bytes().eq_ignore_ascii_case(word))
}

/// The whole of `text` as a date: `None` if it has not the form of one, `Some(None)` if its value is unknown.
fn parse_date(text: &[u8]) -> Option<Option<i64>> {
    let text = std::str::from_utf8(text).ok()?;
    let mut words = text.split_ascii_whitespace().peekable();
    let mut civil = Civil::default();
    let mut zone = Some(0);
    let first = words.next()?;
    if first.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        if first.contains('-') {
            return iso(first, words);
        }
        // RFC 5322 without the weekday.
        day_month_year(&mut civil, first, words.next()?, words.next()?)?;
        time(&mut civil, words.next()?)?;
    } else {
        if !weekday(first.as_bytes()) {
            return None;
        }
        let second = words.next()?;
        if second.as_bytes().first().is_some_and(u8::is_ascii_digit) {
            day_month_year(&mut civil, second, words.next()?, words.next()?)?;
            time(&mut civil, words.next()?)?;
        } else {
            civil.month = month(second)?;
            civil.day = number(words.next()?, 1..=2)?;
            time(&mut civil, words.next()?)?;
            let mut word = words.next()?;
            if !is_year(word) {
                zone = offset(word)?;
                word = words.next()?;
            }
            civil.year = year(word)?;
        }
    }
    if let Some(&word) = words.peek()
        && word != "remote"
    {
        zone = offset(word)?;
        words.next();
        // RFC 5322 allows the zone's name in parentheses after it.
        if words
            .peek()
            .is_some_and(|word| word.starts_with('(') && word.ends_with(')'))
        {
            words.next();
        }
    }
    match (words.next(), words.next(), words.next(), words.next()) {
        (None, ..) | (Some("remote"), Some("from"), Some(_), None) => {}
        _ => return None,
    }
    Some(zone.and_then(|zone| Some(civil.to_seconds()? - zone)))
}

fn iso<'a>(first: &str, mut words: impl Iterator<Item = &'a str>) -> Option<Option<i64>> {
    let (date, joined) = match first.split_once('T') {
        Some((date, clock)) => (date, Some(clock)),
        None => (first, None),
    };
    let mut civil = Civil::default();
    let mut parts = date.split('-');
    civil.year = year(parts.next()?)?;
    civil.month = number(parts.next()?, 2..=2)?;
    civil.day = number(parts.next()?, 2..=2)?;
    let mut clock = match joined {
        Some(clock) => clock,
        None => words.next()?,
    };
    let mut zone = Some(0);
    if let Some(bare) = clock.strip_suffix('Z') {
        clock = bare;
    } else if let Some(at) = clock.find(['+', '-']) {
        let (bare, tail) = clock.split_at(at);
        zone = offset(&tail.replace(':', ""))?;
        clock = bare;
    }
    time(&mut civil, clock)?;
    if let Some(word) = words.next() {
        zone = offset(&word.replace(':', ""))?;
    }
    if parts.next().is_some() || words.next().is_some() {
        return None;
    }
    Some(zone.and_then(|zone| Some(civil.to_seconds()? - zone)))
}

fn day_month_year(civil: &mut Civil, day: &str, month_name: &str, year_digits: &str) -> Option<()> {
    civil.day = number(day, 1..=2)?;
    civil.month = month(month_name)?;
    civil.year = year(year_digits)?;
    Some(())
}

fn time(civil: &mut Civil, word: &str) -> Option<()> {
    let mut parts = word.split(':');
    civil.hour = number(parts.next()?, 1..=2)?;
    civil.minute = number(parts.next()?, 2..=2)?;
    civil.second = match parts.next() {
        Some(second) => number(second.split_once('.').map_or(second, |(whole, _)| whole), 2..=2)?,
        None => 0,
    };
    parts.next().is_none().then_some(())
}

fn month(word: &str) -> Option<i8> {
    let at = MONTHS.iter().position(|name| name.eq_ignore_ascii_case(word))?;
    i8::try_from(at + 1).ok()
}

fn is_year(word: &str) -> bool {
    word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit())
}

fn year(word: &str) -> Option<i16> {
    if is_year(word) { word.parse().ok() } else { None }
}

fn number(word: &str, digits: std::ops::RangeInclusive<usize>) -> Option<i8> {
    let fits = digits.contains(&word.len()) && word.bytes().all(|b| b.is_ascii_digit());
    if fits { word.parse().ok() } else { None }
}

/// A zone's offset in seconds: `Some(None)` for a name that has the form of a zone and is not known.
fn offset(word: &str) -> Option<Option<i64>> {
    if let [sign @ (b'+' | b'-'), digits @ ..] = word.as_bytes() {
        let digits = std::str::from_utf8(digits).ok()?;
        let value: i64 = if digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()) {
            digits.parse().ok()?
        } else {
            return None;
        };
        let (hours, minutes) = (value / 100, value % 100);
        let seconds = (hours * 60 + minutes) * 60;
        let known = hours <= 14 && minutes < 60;
        return Some(known.then_some(if *sign == b'-' { -seconds } else { seconds }));
    }
    let hours = match word {
        "UT" | "UTC" | "GMT" | "Z" | "WET" => 0,
        "CET" | "BST" | "WEST" | "MET" => 1,
        "CEST" | "EET" | "MEST" => 2,
        "EEST" | "MSK" => 3,
        "MSD" => 4,
        "EDT" => -4,
        "EST" | "CDT" => -5,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" => -8,
        _ => {
            let shaped = (1..=5).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_uppercase());
            return shaped.then_some(None);
        }
    };
    Some(Some(hours * 3600))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    const NEW_YEAR: i64 = 1_704_067_200;

    #[test]
    fn the_forms_of_real_writers() {
        for (line, sender, date) in [
            ("From a@b Mon Jan  1 00:00:00 2024", "a@b", Some(NEW_YEAR)),
            ("From a@b Mon Jan 1 00:00:00 2024", "a@b", Some(NEW_YEAR)),
            ("From a@b Mon Jan  1 00:00 2024\r\n", "a@b", Some(NEW_YEAR)),
            ("From a@b Mon Jan  1 03:00:00 2024 +0300", "a@b", Some(NEW_YEAR)),
            ("From a@b Mon Jan  1 03:00:00 +0300 2024", "a@b", Some(NEW_YEAR)),
            ("From a@b Mon Jan  1 03:00:00 MSK 2024", "a@b", Some(NEW_YEAR)),
            ("From a@b Mon Jan  1 03:00:00 2024 MSK", "a@b", Some(NEW_YEAR)),
            ("From a@b Mon Jan  1 00:00:00 2024 XYZ", "a@b", None),
            (
                "From a@b Mon Jan  1 00:00:00 2024 remote from host",
                "a@b",
                Some(NEW_YEAR),
            ),
            (
                "From 179@xxx Mon Jan 01 00:00:00 +0000 2024",
                "179@xxx",
                Some(NEW_YEAR),
            ),
            ("From \"x@y.z\" Mon Jan  1 00:00:00 2024", "x@y.z", Some(NEW_YEAR)),
            (
                "From \"MAILER-DAEMON\" Thu Jan 1 00:00:00 1970",
                "MAILER-DAEMON",
                None,
            ),
            ("From - Mon Jan 01 00:00:00 2024", "", Some(NEW_YEAR)),
            ("From  Mon Jan  1 00:00:00 2024", "", Some(NEW_YEAR)),
            (
                "From John Q <j@x> Mon Jan  1 00:00:00 2024",
                "John_Q_<j@x>",
                Some(NEW_YEAR),
            ),
            (
                "From a@b Mon, 1 Jan 2024 03:00:00 +0300 (MSK)",
                "a@b",
                Some(NEW_YEAR),
            ),
            ("From a@b 1 Jan 2024 00:00:00 GMT", "a@b", Some(NEW_YEAR)),
            ("From a@b 2024-01-01 00:00:00", "a@b", Some(NEW_YEAR)),
            ("From a@b 2024-01-01T03:00:00+03:00", "a@b", Some(NEW_YEAR)),
            ("From a@b Fri Feb 31 00:00:00 2024", "a@b", None),
            ("From \n", "", None),
        ] {
            let envelope = Envelope::parse(line.as_bytes()).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((envelope.sender(), envelope.date()), (sender, date), "{line}");
        }
    }

    #[test]
    fn prose_is_no_envelope() {
        for line in [
            "From now on we use TEGU",
            "From Monday Jan 1",
            "From a@b Mon Jan  1 00:00:00 2024 and more prose",
            "From: a@b",
            "from a@b Mon Jan  1 00:00:00 2024",
            "From 12:30 to 14:00",
        ] {
            assert_eq!(Envelope::parse(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn a_line_of_any_length_is_turned_away_quickly() {
        let line = format!("From {} Mon Jan  1 00:00:00 2024", "Mon ".repeat(1_000_000));
        assert_eq!(Envelope::parse(line.as_bytes()), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(sender in ".{0,40}", date in proptest::option::of(-62_000_000_000_i64..253_000_000_000)) {
            let envelope = Envelope::new(&sender, date);
            let line = envelope.to_line();
            prop_assert!(line.len() <= MAX_LINE);
            prop_assert_eq!(line.matches('\n').count(), 1);
            prop_assert_eq!(Envelope::parse(line.as_bytes()), Some(envelope));
        }

        #[test]
        fn no_bytes_panic(line in proptest::collection::vec(any::<u8>(), 0..80)) {
            let mut whole = b"From ".to_vec();
            whole.extend(line);
            let _ = Envelope::parse(&whole);
        }
    }
}
