//! Zones from answers: full definitions (Exchange 2010 and later), and those of meetings (2007).

use super::{Day, Era, Yearly, Zone};
use crate::xml::Element;
use jiff::{
    SignedDuration, Span,
    civil::{DateTime, Weekday},
    tz::Offset,
};
use std::collections::HashMap;

/// Periods, groups and eras of one zone that are read.
const MOST: usize = 1000;
/// Changes of the clock in one year. No zone has more than four; one that says more is not believed.
const MOST_CHANGES: usize = 16;

impl Zone {
    /// Reads `StartTimeZone` and `TimeZoneDefinition`. What is incomplete becomes a name alone.
    pub(crate) fn definition(element: Element<'_>) -> Self {
        let id = element
            .attribute("Id")
            .or_else(|| element.attribute("Name"))
            .unwrap_or_default();
        Self {
            // Some servers end the name with a line end.
            id: id.trim().to_owned(),
            eras: eras(element).unwrap_or_default(),
        }
    }

    /// Reads `MeetingTimeZone`, which has one rule.
    pub(crate) fn meeting(element: Element<'_>) -> Self {
        Self {
            id: element
                .attribute("TimeZoneName")
                .unwrap_or_default()
                .trim()
                .to_owned(),
            eras: meeting(element).map(|era| vec![era]).unwrap_or_default(),
        }
    }
}

/// Seconds of `PT480M`, `-PT1H`, `P0D`.
fn seconds(text: &str) -> Option<i64> {
    let (text, back) = match text.trim().strip_prefix('-') {
        Some(rest) => (rest, true),
        None => (text.trim(), false),
    };
    let span: Span = text.parse().ok()?;
    let total = SignedDuration::try_from(
        Span::new()
            .try_hours(i64::from(span.get_days()) * 24 + i64::from(span.get_hours()))
            .ok()?
            .try_minutes(span.get_minutes())
            .ok()?
            .try_seconds(span.get_seconds())
            .ok()?,
    )
    .ok()?;
    let seconds = total.as_secs();
    Some(if back { -seconds } else { seconds })
}

/// An offset from a bias, which counts the other way.
fn offset(bias: i64) -> Option<Offset> {
    Offset::from_seconds(i32::try_from(-bias).ok()?).ok()
}

fn eras(element: Element<'_>) -> Option<Vec<Era>> {
    let mut periods: HashMap<&str, Offset> = HashMap::new();
    for period in element.child("Periods")?.children().take(MOST) {
        let bias = seconds(period.attribute("Bias")?)?;
        periods.insert(period.attribute("Id")?, offset(bias)?);
    }
    let mut groups: HashMap<&str, Era> = HashMap::new();
    for group in element.child("TransitionsGroups")?.children().take(MOST) {
        groups.insert(group.attribute("Id")?, era(group, &periods)?);
    }
    let mut eras = Vec::new();
    for transition in element.child("Transitions")?.children().take(MOST) {
        let mut era = groups.get(transition.value("To")?)?.clone();
        era.from = match transition.name() {
            "AbsoluteDateTransition" => Some(civil(transition.value("DateTime")?)?),
            _ => None,
        };
        eras.push(era);
    }
    eras.sort_by_key(|era: &Era| era.from);
    (!eras.is_empty()).then_some(eras)
}

/// A local time, whatever stands behind it.
fn civil(text: &str) -> Option<DateTime> {
    text.get(..19)?.parse().ok()
}

fn era(group: Element<'_>, periods: &HashMap<&str, Offset>) -> Option<Era> {
    let (mut changes, mut fixed) = (Vec::new(), None);
    for transition in group.children() {
        if changes.len() >= MOST_CHANGES {
            return None;
        }
        let to = *periods.get(transition.value("To")?)?;
        let time = || seconds(transition.value("TimeOffset")?);
        match transition.name() {
            "Transition" => fixed = Some(to),
            "RecurringDayTransition" => changes.push(Yearly {
                month: transition.number("Month")?,
                day: Day::Nth(
                    nth(transition.number::<i8>("Occurrence")?)?,
                    weekday(transition.value("DayOfWeek")?)?,
                ),
                time: time()?,
                to,
            }),
            "RecurringDateTransition" => changes.push(Yearly {
                month: transition.number("Month")?,
                day: Day::Of(transition.number("Day")?),
                time: time()?,
                to,
            }),
            _ => return None,
        }
    }
    changes.sort_by_key(|change| change.in_year(2026));
    let fixed = fixed.or_else(|| changes.last().map(|change| change.to))?;
    Some(Era {
        from: None,
        changes,
        fixed,
    })
}

fn meeting(element: Element<'_>) -> Option<Era> {
    let base = seconds(element.value("BaseOffset")?)?;
    let mut changes = Vec::new();
    for name in ["Standard", "Daylight"] {
        let Some(side) = element.child(name) else { continue };
        let bias = base + side.value("Offset").and_then(seconds).unwrap_or_default();
        let Some(rule) = side.child("RelativeYearlyRecurrence") else {
            continue;
        };
        let time: jiff::civil::Time = side
            .value("Time")
            .and_then(|time| time.parse().ok())
            .unwrap_or_default();
        changes.push(Yearly {
            month: month(rule.value("Month")?)?,
            day: Day::Nth(
                nth_by_name(rule.value("DayOfWeekIndex")?)?,
                weekday(rule.value("DaysOfWeek")?)?,
            ),
            time: i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second()),
            to: offset(bias)?,
        });
    }
    changes.sort_by_key(|change| change.in_year(2026));
    let standard = element
        .child("Standard")
        .and_then(|side| side.value("Offset"))
        .and_then(seconds)
        .unwrap_or_default();
    let fixed = changes
        .last()
        .map_or(offset(base + standard)?, |change| change.to);
    Some(Era {
        from: None,
        changes: if changes.len() == 2 { changes } else { Vec::new() },
        fixed,
    })
}

/// 1 to 4, or -1 and 5 for the last.
fn nth(number: i8) -> Option<Option<i8>> {
    match number {
        1..=4 => Some(Some(number)),
        5 | -1 => Some(None),
        _ => None,
    }
}

pub(crate) fn nth_by_name(name: &str) -> Option<Option<i8>> {
    Some(match name {
        "First" => Some(1),
        "Second" => Some(2),
        "Third" => Some(3),
        "Fourth" => Some(4),
        "Last" => None,
        _ => return None,
    })
}

fn weekday(name: &str) -> Option<Weekday> {
    Some(match name {
        "Monday" => Weekday::Monday,
        "Tuesday" => Weekday::Tuesday,
        "Wednesday" => Weekday::Wednesday,
        "Thursday" => Weekday::Thursday,
        "Friday" => Weekday::Friday,
        "Saturday" => Weekday::Saturday,
        "Sunday" => Weekday::Sunday,
        _ => return None,
    })
}

/// A month by its English name.
pub(crate) fn month(name: &str) -> Option<i8> {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let at = MONTHS.iter().position(|month| *month == name)?;
    i8::try_from(at + 1).ok()
}
