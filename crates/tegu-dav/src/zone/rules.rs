//! A `VTIMEZONE` (RFC 5545 section 3.6.5) from the rules of the time zone database.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

/// Past transitions are written from here on.
const FIRST_YEAR: i16 = 1970;
/// Rules that hold up to here are taken to hold for ever.
const LAST_YEAR: i16 = 2060;

/// One change of the clocks.
struct Change {
    /// In the wall-clock time before it.
    at: DateTime,
    from: Offset,
    to: Offset,
    dst: bool,
    name: String,
}

/// What changes have in common that one `STANDARD` or `DAYLIGHT` can hold.
type Observance = (bool, i32, i32, String);

/// The rules of an IANA zone; `None` if the database does not have it, or if its future cannot be
/// expressed as a yearly rule.
///
/// ```
/// let moscow = tegu_dav::zone::vtimezone("Europe/Moscow").unwrap();
/// assert!(moscow.contains("TZOFFSETFROM:+0400\r\nTZOFFSETTO:+0300\r\n"));
/// assert!(tegu_dav::zone::vtimezone("Europe/Berlin").unwrap().contains("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"));
/// ```
#[must_use]
pub fn vtimezone(iana: &str) -> Option<String> {
    vtimezone_since(iana, FIRST_YEAR)
}

/// As [`vtimezone`], without transitions before the given year. Every resource repeats the rules, and
/// those of Moscow since 1970 take five kilobytes.
#[must_use]
pub fn vtimezone_since(iana: &str, year: i16) -> Option<String> {
    let zone = TimeZone::get(iana).ok()?;
    let first = year.clamp(FIRST_YEAR, LAST_YEAR - 30);
    let start: Timestamp = format!("{first:04}-01-01T00:00:00Z").parse().ok()?;
    let before = zone.to_offset_info(start);
    let mut out = format!("BEGIN:VTIMEZONE\r\nTZID:{iana}\r\n");
    observance(
        &mut out,
        "STANDARD",
        &format!("{first:04}0101T000000"),
        before.offset(),
        before.offset(),
        before.abbreviation(),
        "",
    );
    let mut groups: BTreeMap<Observance, Vec<DateTime>> = BTreeMap::new();
    for change in changes(&zone, start) {
        let key = (
            change.dst,
            change.from.seconds(),
            change.to.seconds(),
            change.name,
        );
        groups.entry(key).or_default().push(change.at);
    }
    for ((dst, from, to, name), mut dates) in groups {
        let (from, to) = (Offset::from_seconds(from).ok()?, Offset::from_seconds(to).ok()?);
        let kind = if dst { "DAYLIGHT" } else { "STANDARD" };
        if let Some((first, rule)) = yearly(&dates)? {
            let at = dates.get(first)?;
            observance(
                &mut out,
                kind,
                &local(at),
                from,
                to,
                &name,
                &format!("RRULE:{rule}\r\n"),
            );
            dates.truncate(first);
        }
        for date in &dates {
            observance(&mut out, kind, &local(date), from, to, &name, "");
        }
    }
    out.push_str("END:VTIMEZONE\r\n");
    Some(out)
}

fn changes(zone: &TimeZone, start: Timestamp) -> Vec<Change> {
    let mut from = zone.to_offset(start);
    let mut out = Vec::new();
    for transition in zone.following(start) {
        let at = from.to_datetime(transition.timestamp());
        if at.year() > LAST_YEAR {
            break;
        }
        let to = transition.offset();
        if at.year() >= FIRST_YEAR {
            out.push(Change {
                at,
                from,
                to,
                dst: transition.dst().is_dst(),
                name: transition.abbreviation().to_owned(),
            });
        }
        from = to;
    }
    out
}

/// The yearly rule that the last of these dates follow up to the last year, and the index from which
/// they do. The outer `None`: they go on, but by no rule that can be written.
#[allow(clippy::option_option)] // "no rule is needed" and "no rule can be had" are different answers
fn yearly(dates: &[DateTime]) -> Option<Option<(usize, String)>> {
    let Some(last) = dates.last().filter(|last| last.year() == LAST_YEAR) else {
        return Some(None);
    };
    let candidates = [(last.day() - 1) / 7 + 1, -1];
    let run = |week: i8| {
        let fits = |index: usize| {
            let (Some(date), later) = (dates.get(index), dates.get(index + 1)) else {
                return false;
            };
            let consecutive = later.is_none_or(|later| later.year() == date.year() + 1);
            consecutive
                && date.month() == last.month()
                && date.weekday() == last.weekday()
                && date.time() == last.time()
                && in_week(date, week)
        };
        (0..dates.len()).rev().take_while(|&index| fits(index)).last()
    };
    let best = candidates
        .into_iter()
        .filter_map(|week| run(week).map(|first| (first, week)))
        .min()?;
    // A rule found in few years may be chance.
    if dates.len() - best.0 < 20 {
        return None;
    }
    let day = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
        .get(usize::try_from(last.weekday().to_monday_zero_offset()).ok()?)?;
    Some(Some((
        best.0,
        format!("FREQ=YEARLY;BYMONTH={};BYDAY={}{day}", last.month(), best.1),
    )))
}

fn in_week(date: &DateTime, week: i8) -> bool {
    if week < 0 {
        date.day() + 7 > date.days_in_month()
    } else {
        (date.day() - 1) / 7 + 1 == week
    }
}

fn observance(out: &mut String, kind: &str, at: &str, from: Offset, to: Offset, name: &str, rule: &str) {
    let _ = write!(
        out,
        "BEGIN:{kind}\r\nDTSTART:{at}\r\nTZOFFSETFROM:{}\r\nTZOFFSETTO:{}\r\nTZNAME:{name}\r\n{rule}END:{kind}\r\n",
        offset(from),
        offset(to)
    );
}

fn local(at: &DateTime) -> String {
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

fn offset(offset: Offset) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let (hours, minutes, rest) = (seconds.abs() / 3600, seconds.abs() / 60 % 60, seconds.abs() % 60);
    if rest == 0 {
        format!("{sign}{hours:02}{minutes:02}")
    } else {
        format!("{sign}{hours:02}{minutes:02}{rest:02}")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Reads the observances back and asks which one holds, independently of how they were written.
    fn offset_at(rules: &str, wanted: DateTime) -> String {
        let mut found: Option<(String, String)> = None;
        for part in rules.split("BEGIN:").skip(2) {
            let field = |name: &str| {
                part.lines()
                    .find_map(|line| line.strip_prefix(name))
                    .map(str::to_owned)
            };
            let start = field("DTSTART:").unwrap();
            let to = field("TZOFFSETTO:").unwrap();
            let mut starts = vec![start.clone()];
            if let Some(rule) = field("RRULE:") {
                let month: i8 = rule
                    .split("BYMONTH=")
                    .nth(1)
                    .unwrap()
                    .split(';')
                    .next()
                    .unwrap()
                    .parse()
                    .unwrap();
                let week: i8 = rule
                    .split("BYDAY=")
                    .nth(1)
                    .unwrap()
                    .trim_end_matches(char::is_alphabetic)
                    .parse()
                    .unwrap();
                for year in start[..4].parse::<i16>().unwrap()..=wanted.year() {
                    let first = jiff::civil::date(year, month, 1);
                    let date = first
                        .nth_weekday_of_month(week, jiff::civil::Weekday::Sunday)
                        .unwrap();
                    starts.push(format!(
                        "{:04}{:02}{:02}{}",
                        date.year(),
                        date.month(),
                        date.day(),
                        &start[8..]
                    ));
                }
            }
            for start in starts {
                if start <= local(&wanted) && found.as_ref().is_none_or(|(best, _)| *best <= start) {
                    found = Some((start, to.clone()));
                }
            }
        }
        found.unwrap().1
    }

    #[test]
    fn russian_changes_by_name() {
        for (zone, at, expected) in [
            ("Europe/Moscow", (2010, 7, 1), "+0400"),
            ("Europe/Moscow", (2011, 12, 1), "+0400"),
            ("Europe/Moscow", (2014, 10, 20), "+0400"),
            ("Europe/Moscow", (2014, 11, 1), "+0300"),
            ("Europe/Moscow", (2026, 7, 1), "+0300"),
            ("Europe/Volgograd", (2019, 7, 1), "+0400"),
            ("Europe/Volgograd", (2021, 7, 1), "+0300"),
            ("Asia/Novosibirsk", (2016, 7, 1), "+0600"),
            ("Asia/Novosibirsk", (2016, 8, 1), "+0700"),
            ("Europe/Saratov", (2016, 12, 10), "+0400"),
            ("Asia/Magadan", (2015, 6, 1), "+1000"),
            ("Asia/Magadan", (2016, 6, 1), "+1100"),
            ("Europe/Kaliningrad", (2013, 1, 1), "+0300"),
            ("Europe/Berlin", (2055, 7, 1), "+0200"),
            ("Europe/Berlin", (2055, 12, 1), "+0100"),
            ("America/New_York", (2006, 3, 20), "-0500"),
            ("America/New_York", (2044, 3, 20), "-0400"),
        ] {
            let rules = vtimezone(zone).unwrap();
            let wanted = jiff::civil::date(at.0, at.1, at.2).at(12, 0, 0, 0);
            assert_eq!(offset_at(&rules, wanted), expected, "{zone} {wanted}");
        }
    }

    #[test]
    fn every_zone_that_names_resolve_to_has_rules() {
        for zone in [
            "Etc/UTC",
            "Asia/Tokyo",
            "Europe/Kyiv",
            "Europe/Samara",
            "Australia/Sydney",
            "Asia/Kamchatka",
            "America/Sao_Paulo",
        ] {
            let rules = vtimezone(zone).unwrap_or_else(|| panic!("{zone}"));
            assert!(rules.lines().all(|line| line.len() <= 75), "{zone}");
        }
        assert_eq!(vtimezone("Nowhere/City"), None);
        // Its summer time follows the moon.
        assert_eq!(vtimezone("Africa/Casablanca"), None);
    }
}
