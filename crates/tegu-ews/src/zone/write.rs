//! Zones as VTIMEZONE (RFC 5545, section 3.6.5).

use super::{Day, Era, Yearly, Zone};
use jiff::{
    Timestamp,
    civil::{DateTime, Weekday},
    tz::Offset,
};
use tegu_outcome::content_line::Lines;

impl Zone {
    /// Returns a VTIMEZONE that holds from the year before `from` on; `None` if the rules are not known.
    #[must_use]
    pub fn component(&self, from: Timestamp) -> Option<String> {
        let first = self.to_local(from)?.year().checked_sub(1)?;
        let mut lines = Lines::default();
        lines.raw("BEGIN", "VTIMEZONE");
        lines.text("TZID", &self.tzid());
        for (at, era) in self.eras.iter().enumerate() {
            let until = self.eras.get(at + 1).and_then(|next| next.from);
            if until.is_some_and(|until| until.year() < first) {
                continue;
            }
            let before = at
                .checked_sub(1)
                .and_then(|before| self.eras.get(before))
                .map_or(era.fixed, |era| era.fixed);
            let year = era.from.map_or(first, |from| from.year().max(first));
            if era.changes.is_empty() {
                let start = era.from.filter(|from| from.year() >= first);
                let start = start.or_else(|| DateTime::new(first, 1, 1, 0, 0, 0, 0).ok())?;
                observance("STANDARD", start, (before, era.fixed), None, &mut lines);
            }
            for (at, change) in era.changes.iter().enumerate() {
                yearly(era, at, change, year, until, &mut lines)?;
            }
        }
        lines.raw("END", "VTIMEZONE");
        Some(lines.finish())
    }
}

fn yearly(
    era: &Era,
    at: usize,
    change: &Yearly,
    year: i16,
    until: Option<DateTime>,
    lines: &mut Lines,
) -> Option<()> {
    let before = era.before(at);
    let mut start = change.in_year(year)?;
    if era.from.is_some_and(|from| start < from) {
        start = change.in_year(year.checked_add(1)?)?;
    }
    if until.is_some_and(|until| until <= start) {
        return Some(());
    }
    // The smaller offset is standard time, wherever the year begins.
    let name = if change.to.seconds() > before.seconds() {
        "DAYLIGHT"
    } else {
        "STANDARD"
    };
    let mut rule = format!("FREQ=YEARLY;BYMONTH={}", change.month);
    match change.day {
        Day::Of(day) => rule.push_str(&format!(";BYMONTHDAY={day}")),
        Day::Nth(nth, weekday) => rule.push_str(&format!(";BYDAY={}{}", nth.unwrap_or(-1), short(weekday))),
    }
    if let Some(until) = until.and_then(|until| before.to_timestamp(until).ok()) {
        rule.push_str(&format!(";UNTIL={}", utc(until)));
    }
    observance(name, start, (before, change.to), Some(&rule), lines);
    Some(())
}

fn observance(
    name: &str,
    start: DateTime,
    (from, to): (Offset, Offset),
    rule: Option<&str>,
    lines: &mut Lines,
) {
    lines.raw("BEGIN", name);
    lines.raw("DTSTART", &local(start));
    lines.raw("TZOFFSETFROM", &offset(from));
    lines.raw("TZOFFSETTO", &offset(to));
    if let Some(rule) = rule {
        lines.raw("RRULE", rule);
    }
    lines.raw("END", name);
}

/// The two letters of a day of the week.
fn short(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "MO",
        Weekday::Tuesday => "TU",
        Weekday::Wednesday => "WE",
        Weekday::Thursday => "TH",
        Weekday::Friday => "FR",
        Weekday::Saturday => "SA",
        Weekday::Sunday => "SU",
    }
}

fn offset(offset: Offset) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.unsigned_abs() / 60;
    format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
}

/// `20260105T100000`
pub(crate) fn local(at: DateTime) -> String {
    at.strftime("%Y%m%dT%H%M%S").to_string()
}

/// `20260105T070000Z`
pub(crate) fn utc(at: Timestamp) -> String {
    local(Offset::UTC.to_datetime(at)) + "Z"
}
