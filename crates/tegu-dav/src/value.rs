//! Strict syntax of property values (RFC 5545 section 3.3): whether a value is what it should be,
//! decided here because lenient readers repair in silence.

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

/// A calendar date or a date with a time.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Moment {
    Date(u32),
    /// The date, the time, and whether it is UTC.
    DateTime(u32, u32, bool),
}

impl Moment {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text.split_once('T') {
            None => date(text).map(Moment::Date),
            Some((day, time_text)) => {
                let (time_text, utc) = match time_text.strip_suffix('Z') {
                    Some(rest) => (rest, true),
                    None => (time_text, false),
                };
                Some(Self::DateTime(date(day)?, time(time_text)?, utc))
            }
        }
    }

    pub(crate) fn is_date(self) -> bool {
        matches!(self, Self::Date(_))
    }
}

fn number(text: &str, digits: usize) -> Option<u32> {
    if text.len() != digits || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn date(text: &str) -> Option<u32> {
    let number = number(text, 8)?;
    let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    (year > 0 && (1..=days).contains(&day)).then_some(number)
}

fn time(text: &str) -> Option<u32> {
    let number = number(text, 6)?;
    let (hour, minute, second) = (number / 10_000, number / 100 % 100, number % 100);
    (hour < 24 && minute < 60 && second <= 60).then_some(number)
}

/// Seconds of a duration (RFC 5545 section 3.3.6).
pub(crate) fn duration(text: &str) -> Option<i64> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'-' => (-1, text.get(1..)?),
        b'+' => (1, text.get(1..)?),
        _ => (1, text),
    };
    let rest = rest.strip_prefix('P')?;
    let (days, times) = match rest.split_once('T') {
        Some((_, "")) => return None,
        Some((days, times)) => (days, times),
        None => (rest, ""),
    };
    if days.is_empty() && times.is_empty() {
        return None;
    }
    let total = units(days, &[('W', 604_800), ('D', 86_400)])?
        .checked_add(units(times, &[('H', 3600), ('M', 60), ('S', 1)])?)?;
    Some(sign * total)
}

fn units(mut text: &str, mut allowed: &[(char, i64)]) -> Option<i64> {
    let mut total = 0_i64;
    while !text.is_empty() {
        let at = text.find(|c: char| !c.is_ascii_digit())?;
        let count: i64 = text.get(..at)?.parse().ok().filter(|&count| count < 1 << 32)?;
        let unit = text.get(at..)?.chars().next()?;
        let index = allowed.iter().position(|(name, _)| *name == unit)?;
        total = total.checked_add(count.checked_mul(allowed.get(index)?.1)?)?;
        allowed = allowed.get(index + 1..)?;
        text = text.get(at + 1..)?;
    }
    Some(total)
}

/// A period: a start, and an end or a duration.
pub(crate) fn period(text: &str) -> bool {
    text.split_once('/').is_some_and(|(start, end)| {
        let start = Moment::parse(start).filter(|m| !m.is_date());
        start.is_some()
            && (Moment::parse(end).is_some_and(|m| !m.is_date()) || duration(end).is_some_and(|d| d >= 0))
    })
}

/// An offset from UTC: `+0300` or `+023017`.
pub(crate) fn utc_offset(text: &str) -> bool {
    let Some(digits) = text.strip_prefix(['+', '-']) else {
        return false;
    };
    match digits.len() {
        4 => number(digits, 4).is_some_and(|n| n / 100 < 24 && n % 100 < 60),
        6 => time(digits).is_some(),
        _ => false,
    }
}

/// A recurrence rule (RFC 5545 section 3.3.10): known parts, once each, in their ranges.
pub(crate) fn recurrence(text: &str) -> bool {
    let mut seen: Vec<String> = Vec::new();
    for part in text.strip_suffix(';').unwrap_or(text).split(';') {
        let Some((name, value)) = part.split_once('=') else {
            return false;
        };
        let name = name.to_ascii_uppercase();
        let value = value.to_ascii_uppercase();
        if seen.contains(&name) {
            return false;
        }
        let valid = match name.as_str() {
            "FREQ" => matches!(
                value.as_str(),
                "SECONDLY" | "MINUTELY" | "HOURLY" | "DAILY" | "WEEKLY" | "MONTHLY" | "YEARLY"
            ),
            "UNTIL" => Moment::parse(&value).is_some(),
            "COUNT" | "INTERVAL" => value.parse::<u32>().is_ok_and(|n| n > 0),
            "BYSECOND" => numbers(&value, 0, 60, false),
            "BYMINUTE" => numbers(&value, 0, 59, false),
            "BYHOUR" => numbers(&value, 0, 23, false),
            "BYDAY" => value.split(',').all(weekday),
            "BYMONTHDAY" => numbers(&value, 1, 31, true),
            "BYYEARDAY" | "BYSETPOS" => numbers(&value, 1, 366, true),
            "BYWEEKNO" => numbers(&value, 1, 53, true),
            "BYMONTH" => numbers(&value, 1, 12, false),
            // RFC 7529; other calendars than ours are left to people.
            "RSCALE" => value == "GREGORIAN",
            "SKIP" => matches!(value.as_str(), "OMIT" | "BACKWARD" | "FORWARD"),
            "WKST" => day_name(&value),
            _ => name.starts_with("X-"),
        };
        if !valid {
            return false;
        }
        seen.push(name);
    }
    let has = |name: &str| seen.iter().any(|part| part == name);
    has("FREQ") && !(has("COUNT") && has("UNTIL"))
}

fn numbers(text: &str, least: i32, most: i32, negative: bool) -> bool {
    text.split(',').all(|item| {
        let digits = item.strip_prefix(['+', '-']).unwrap_or(item);
        let signed = digits.len() != item.len();
        (negative || !signed)
            && digits.bytes().all(|b| b.is_ascii_digit())
            && digits.parse::<i32>().is_ok_and(|n| (least..=most).contains(&n))
    })
}

fn weekday(text: &str) -> bool {
    let at = text.len().saturating_sub(2);
    match (text.get(..at), text.get(at..)) {
        (Some(count), Some(day)) => day_name(day) && (count.is_empty() || numbers(count, 1, 53, true)),
        _ => false,
    }
}

fn day_name(text: &str) -> bool {
    matches!(text, "MO" | "TU" | "WE" | "TH" | "FR" | "SA" | "SU")
}

/// Base64 as it is found in the wild: padding may be missing, white space may be inside.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    if text.bytes().any(|b| b.is_ascii_whitespace()) {
        let text: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        LENIENT.decode(text).ok()
    } else {
        LENIENT.decode(text).ok()
    }
}

/// Escapes text (RFC 5545 section 3.3.11, RFC 6350 section 3.4).
///
/// ```
/// assert_eq!(tegu_dav::escape("a, b;\nc\\"), r"a\, b\;\nc\\");
/// ```
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' | ',' | ';' => {
                out.push('\\');
                out.push(c);
            }
            '\r' => {
                if chars.peek() != Some(&'\n') {
                    out.push_str("\\n");
                }
            }
            '\n' => out.push_str("\\n"),
            _ => out.push(c),
        }
    }
    out
}

/// Takes escapes out of text; a backslash that escapes nothing stays.
///
/// ```
/// assert_eq!(tegu_dav::unescape(r"a\, b\;\nc\\"), "a, b;\nc\\");
/// ```
#[must_use]
pub fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n' | 'N') => out.push('\n'),
            Some(c @ ('\\' | ',' | ';' | ':')) => out.push(c),
            Some(c) => {
                out.push('\\');
                out.push(c);
            }
            None => out.push('\\'),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates() {
        for good in ["20260101", "20240229", "20260101T235960Z", "20260101T000000"] {
            assert!(Moment::parse(good).is_some(), "{good}");
        }
        for bad in [
            "2006717T080000Z",
            "202131012",
            "20131009T170000T",
            "20230229",
            "00000101",
            "20260101T24",
            "20260101T240000",
            "",
            "T",
            "+2026010",
        ] {
            assert!(Moment::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn durations() {
        assert_eq!(duration("-PT15M"), Some(-900));
        assert_eq!(duration("P1DT2H"), Some(93_600));
        assert_eq!(duration("P2W"), Some(1_209_600));
        for bad in ["P", "PT", "-P", "P1H", "PT1D", "1D", "P1M2W", "PT1S1M"] {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }

    #[test]
    fn rules() {
        for good in [
            "FREQ=DAILY",
            "FREQ=MONTHLY;BYDAY=-1FR,2MO;WKST=SU",
            "freq=weekly;until=20260101t000000z",
            "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=-1;",
        ] {
            assert!(recurrence(good), "{good}");
        }
        for bad in [
            "",
            "FREQ=FOO",
            "COUNT=3",
            "FREQ=DAILY;COUNT=0",
            "FREQ=DAILY;COUNT=2;UNTIL=20260101",
            "FREQ=DAILY;BYDAY=XX",
            "FREQ=DAILY;BYMONTH=13",
            "FREQ=DAILY;FREQ=DAILY",
            "FREQ=DAILY;COUNT=99999999999",
            "FREQ=WEEKLY;BYDAY=1é",
        ] {
            assert!(!recurrence(bad), "{bad}");
        }
    }

    #[test]
    fn offsets_and_periods() {
        assert!(utc_offset("+0300") && utc_offset("-023017"));
        assert!(!utc_offset("0300") && !utc_offset("+3") && !utc_offset("+0370"));
        assert!(period("20260101T000000Z/PT1H") && period("20260101T000000Z/20260101T010000Z"));
        assert!(!period("20260101/PT1H") && !period("20260101T000000Z"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn what_is_escaped_unescapes(text in "[^\\r]{0,60}") {
            prop_assert_eq!(unescape(&escape(&text)), text);
        }

        #[test]
        fn no_value_makes_it_panic(text in "\\PC{0,20}") {
            let _ = (Moment::parse(&text), duration(&text), period(&text), utc_offset(&text), recurrence(&text), base64(&text));
        }
    }
}
