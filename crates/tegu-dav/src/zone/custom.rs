//! Zones that a file defines itself: their transitions, and the IANA zones with the same ones.

use std::sync::{Arc, OnceLock};

use crate::content::Content;
use crate::ical::Component;
use crate::line::Line;
use crate::time::civil::{self, DAY};
use crate::time::clock::{Clock, FIRST, LAST};
use crate::time::rule::Rule;
use crate::time::steps::Steps;
use crate::value::Moment;

/// Changes of one observance that are looked at: two a year for five centuries are fewer.
const MOST: usize = 2_000;

/// When the clock of a `VTIMEZONE` changes; `None` if its rules cannot be read.
///
/// A zone whose rules take more steps than there are cannot be read either.
pub(crate) fn clock(lines: &[Line<'_>], zone: &Component, steps: &Steps) -> Option<Clock> {
    let mut changes: Vec<(i64, i32, i32)> = Vec::new();
    for observance in &zone.children {
        observe(lines, observance, steps, &mut changes)?;
    }
    changes.sort_unstable();
    let initial = changes.first()?.1;
    Some(Clock::new(
        initial,
        changes.into_iter().map(|(at, _, to)| (at, to)).collect(),
    ))
}

fn observe(
    lines: &[Line<'_>],
    observance: &Component,
    steps: &Steps,
    changes: &mut Vec<(i64, i32, i32)>,
) -> Option<()> {
    let (mut start, mut from, mut to) = (None, None, None);
    let (mut rules, mut dates) = (Vec::new(), Vec::new());
    for line in observance.own_lines().filter_map(|at| lines.get(at)) {
        let Some(content) = Content::parse(&line.text) else {
            continue;
        };
        let value = content.value.trim();
        match content.name.to_ascii_uppercase().as_str() {
            "DTSTART" => start = Moment::parse(value).map(civil::seconds),
            "TZOFFSETFROM" => from = offset(value),
            "TZOFFSETTO" => to = offset(value),
            "RRULE" => rules.push(Rule::parse(value)?),
            "RDATE" => dates.extend(value.split(',').filter_map(Moment::parse).map(civil::seconds)),
            _ => {}
        }
    }
    let (start, from, to) = (start?, from?, to?);
    let mut change = |local: i64| changes.push((local - i64::from(from), from, to));
    change(start);
    dates.into_iter().take(MOST).for_each(&mut change);
    for rule in rules {
        let until = rule.until.map_or(LAST, |until| {
            let local = civil::seconds(until);
            match until {
                Moment::DateTime(_, _, true) => local + i64::from(from),
                Moment::DateTime(..) => local,
                Moment::Date(_) => local + DAY - 1,
            }
        });
        let mut expansion = rule.expand_near(start, FIRST - DAY, steps);
        expansion
            .by_ref()
            .take_while(|&local| local <= until && local < LAST)
            .filter(|&local| local > start && local >= FIRST - DAY)
            .take(MOST)
            .for_each(&mut change);
        if expansion.exhausted() {
            return None;
        }
    }
    Some(())
}

fn offset(text: &str) -> Option<i32> {
    if !crate::value::utc_offset(text) {
        return None;
    }
    let part = |at: usize| text.get(at..at + 2).and_then(|digits| digits.parse::<i32>().ok());
    let total = part(1)? * 3600 + part(3)? * 60 + part(5).unwrap_or(0);
    Some(if text.starts_with('-') { -total } else { total })
}

/// The zones of the database whose clocks change exactly as this one from one instant to another;
/// those that most people mean come first.
pub(crate) fn matching(clock: &Clock, from: i64, to: i64) -> impl Iterator<Item = &'static str> {
    known()
        .iter()
        .filter(move |(_, other)| clock.agrees(other, from, to))
        .map(|(name, _)| name.as_str())
}

fn known() -> &'static [(String, Arc<Clock>)] {
    static KNOWN: OnceLock<Vec<(String, Arc<Clock>)>> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let mut names: Vec<String> = USUAL.iter().map(|&name| name.to_owned()).collect();
        let mut others: Vec<String> = jiff::tz::db()
            .available()
            .map(|name| name.as_str().to_owned())
            .filter(|name| {
                let area = name.split('/').next().unwrap_or_default();
                name.contains('/') && AREAS.contains(&area) && !USUAL.contains(&name.as_str())
            })
            .collect();
        others.sort();
        names.extend(others);
        names
            .into_iter()
            .filter_map(|name| {
                let clock = Clock::of(&name)?;
                Some((name, clock))
            })
            .collect()
    })
}

const AREAS: &[&str] = &[
    "Africa",
    "America",
    "Antarctica",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
];

/// One zone for each set of rules, the one that its country or its largest city knows it by.
const USUAL: &[&str] = &[
    "Europe/Moscow",
    "Europe/Kaliningrad",
    "Europe/Samara",
    "Asia/Yekaterinburg",
    "Asia/Omsk",
    "Asia/Novosibirsk",
    "Asia/Krasnoyarsk",
    "Asia/Irkutsk",
    "Asia/Yakutsk",
    "Asia/Vladivostok",
    "Asia/Magadan",
    "Asia/Kamchatka",
    "Europe/Volgograd",
    "Europe/Saratov",
    "Europe/Astrakhan",
    "Europe/Minsk",
    "Europe/Kyiv",
    "Asia/Almaty",
    "Asia/Tashkent",
    "Asia/Tbilisi",
    "Asia/Yerevan",
    "Asia/Baku",
    "Europe/Berlin",
    "Europe/London",
    "Europe/Helsinki",
    "Europe/Istanbul",
    "Europe/Lisbon",
    "Africa/Cairo",
    "Africa/Johannesburg",
    "Africa/Lagos",
    "Africa/Nairobi",
    "America/Anchorage",
    "America/Argentina/Buenos_Aires",
    "America/Bogota",
    "America/Caracas",
    "America/Chicago",
    "America/Denver",
    "America/Halifax",
    "America/Los_Angeles",
    "America/Mexico_City",
    "America/New_York",
    "America/Phoenix",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Asia/Bangkok",
    "Asia/Dubai",
    "Asia/Hong_Kong",
    "Asia/Jerusalem",
    "Asia/Karachi",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Riyadh",
    "Asia/Seoul",
    "Asia/Shanghai",
    "Asia/Singapore",
    "Asia/Tehran",
    "Asia/Tokyo",
    "Australia/Adelaide",
    "Australia/Brisbane",
    "Australia/Darwin",
    "Australia/Perth",
    "Australia/Sydney",
    "Pacific/Auckland",
    "Pacific/Honolulu",
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Limits, ical, line};

    fn read(rules: &str) -> Clock {
        let text = format!("BEGIN:VTIMEZONE\r\nTZID:x\r\n{rules}END:VTIMEZONE\r\n");
        let lines = line::read(text.as_bytes(), &Limits::default()).unwrap();
        let tree = ical::tree(&lines.lines, &Limits::default()).unwrap();
        clock(&lines.lines, &tree.roots[0], &Steps::new(100_000)).unwrap()
    }

    fn observance(kind: &str, start: &str, from: &str, to: &str, rule: &str) -> String {
        format!(
            "BEGIN:{kind}\r\nDTSTART:{start}\r\nTZOFFSETFROM:{from}\r\nTZOFFSETTO:{to}\r\n{rule}END:{kind}\r\n"
        )
    }

    fn year(year: i64) -> i64 {
        civil::days(year, 1, 1) * DAY
    }

    fn names(clock: &Clock, from: i64, to: i64) -> Vec<&'static str> {
        matching(clock, year(from), year(to)).collect()
    }

    #[test]
    fn what_we_write_is_read_as_the_same_clock() {
        for name in [
            "Europe/Moscow",
            "Europe/Berlin",
            "America/New_York",
            "Asia/Novosibirsk",
            "Australia/Sydney",
        ] {
            let text = crate::zone::vtimezone(name).unwrap();
            let lines = line::read(text.as_bytes(), &Limits::default()).unwrap();
            let tree = ical::tree(&lines.lines, &Limits::default()).unwrap();
            let ours = clock(&lines.lines, &tree.roots[0], &Steps::new(100_000)).unwrap();
            assert!(
                ours.agrees(&Clock::of(name).unwrap(), year(1971), year(2060)),
                "{name}"
            );
        }
    }

    #[test]
    fn russian_changes_by_name() {
        // Moscow before 2011: summer time, as a machine without later updates writes it.
        let old = read(
            &(observance(
                "STANDARD",
                "16010101T030000",
                "+0400",
                "+0300",
                "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\n",
            ) + &observance(
                "DAYLIGHT",
                "16010101T020000",
                "+0300",
                "+0400",
                "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\n",
            )),
        );
        assert_eq!(names(&old, 2007, 2011)[0], "Europe/Moscow");
        assert!(!names(&old, 2011, 2012).contains(&"Europe/Moscow"));
        // From March 2011 to October 2014 there was one time, four hours ahead.
        let four = read(&observance("STANDARD", "16010101T000000", "+0400", "+0400", ""));
        assert_eq!(names(&four, 2012, 2014)[0], "Europe/Moscow");
        assert!(!names(&four, 2014, 2015).contains(&"Europe/Moscow"));
        assert_eq!(names(&four, 2015, 2020)[0], "Europe/Samara");
        // Since then three.
        let three = read(&observance("STANDARD", "16010101T000000", "+0300", "+0300", ""));
        assert_eq!(names(&three, 2015, 2030)[0], "Europe/Moscow");
        assert!(names(&three, 2021, 2030).contains(&"Europe/Volgograd"));
        assert!(!names(&three, 2019, 2022).contains(&"Europe/Volgograd"));
        assert_eq!(names(&three, 2012, 2013)[0], "Europe/Kaliningrad");
        // Kaliningrad, Samara, Magadan and Novosibirsk moved at other times.
        let novosibirsk = read(
            &(observance("STANDARD", "20141026T020000", "+0700", "+0600", "")
                + &observance("STANDARD", "20160724T020000", "+0600", "+0700", "")),
        );
        assert_eq!(names(&novosibirsk, 2015, 2020), ["Asia/Novosibirsk"]);
        let magadan = read(
            &(observance("STANDARD", "20141026T020000", "+1200", "+1000", "")
                + &observance("STANDARD", "20160424T020000", "+1000", "+1100", "")),
        );
        assert_eq!(names(&magadan, 2013, 2020), ["Asia/Magadan"]);
        let saratov = read(
            &(observance("STANDARD", "20141026T020000", "+0400", "+0300", "")
                + &observance("STANDARD", "20161204T020000", "+0300", "+0400", "")),
        );
        assert_eq!(names(&saratov, 2013, 2020), ["Europe/Saratov"]);
    }

    #[test]
    fn zones_that_are_nowhere() {
        let odd = read(&observance("STANDARD", "16010101T000000", "+0317", "+0317", ""));
        assert_eq!(names(&odd, 2020, 2021), [""; 0]);
    }

    #[test]
    fn rules_that_explode_are_bounded() {
        let begin = std::time::Instant::now();
        read(&observance(
            "STANDARD",
            "16010101T000000",
            "+0300",
            "+0300",
            "RRULE:FREQ=SECONDLY\r\n",
        ));
        assert!(begin.elapsed().as_secs() < 5);
    }
}
