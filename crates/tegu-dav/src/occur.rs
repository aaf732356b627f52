//! When an event takes place: every occurrence within a window, as instants.
//!
//! This is what comparing calendars comes down to: servers may write a rule, a zone or an exception in
//! other words, but the instants must stay.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use crate::content::Content;
use crate::ical::{self, Component};
use crate::time::civil::{self, DAY};
use crate::time::clock::Clock;
use crate::time::rule::Rule;
use crate::value::{self, Moment};
use crate::{Limits, Result, line, zone};

/// One time at which something takes place.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub struct Occurrence {
    /// Seconds since 1970. Without a zone (whole days, and times that are local everywhere) they are
    /// counted as if the wall clock showed UTC.
    pub start: i64,
    /// As `start`; equal to it where there is no duration.
    pub end: i64,
    /// Whether the times belong to no zone.
    pub floating: bool,
    /// Whether it takes whole days.
    pub all_day: bool,
    /// The component's UID.
    pub uid: String,
    /// The title of this occurrence.
    pub summary: String,
}

/// The occurrences of all events and tasks in a calendar between two instants, in order; at most
/// `most` of each component.
///
/// Times in zones that the file does not define are read by the time zone database.
///
/// ```
/// use tegu_dav::{Limits, occur};
///
/// let file = b"BEGIN:VEVENT\nUID:1\nDTSTART;TZID=Europe/Moscow:20141024T100000\nDURATION:PT1H\n\
///     RRULE:FREQ=DAILY;COUNT=4\nEXDATE;TZID=Europe/Moscow:20141025T100000\nEND:VEVENT\n";
/// let all = occur::calendar(file, i64::MIN..i64::MAX, 100, &Limits::default())?;
/// let hours: Vec<_> = all.iter().map(|o| o.start / 3600 % 24).collect();
/// assert_eq!(hours, [6, 7, 7]); // Moscow's clocks went back in between
/// # Ok::<(), tegu_dav::Error>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::Limit`](crate::ErrorKind::Limit). What cannot be understood has no occurrences.
pub fn calendar(bytes: &[u8], window: Range<i64>, most: usize, limits: &Limits) -> Result<Vec<Occurrence>> {
    let read = line::read(bytes, limits)?;
    let tree = ical::tree(&read.lines, limits)?;
    let mut out = Vec::new();
    for root in &tree.roots {
        let calendars: Vec<&Component> = if root.name == "VCALENDAR" {
            root.children.iter().collect()
        } else {
            tree.roots.iter().collect()
        };
        let zones = zones(calendars.iter().copied(), &read.lines);
        let mut by_uid: BTreeMap<String, Vec<Timing>> = BTreeMap::new();
        for component in calendars
            .iter()
            .filter(|c| matches!(c.name.as_str(), "VEVENT" | "VTODO" | "VJOURNAL"))
        {
            let timing = Timing::of(component, &read.lines);
            by_uid.entry(timing.uid.clone()).or_default().push(timing);
        }
        for series in by_uid.values() {
            series_of(series, &zones, &window, most, &mut out);
        }
        if root.name != "VCALENDAR" {
            break;
        }
    }
    out.sort();
    Ok(out)
}

/// Zones that a file defines, and where nothing is defined those of the database.
pub(crate) type Zones = BTreeMap<String, Arc<Clock>>;

/// The zones among components.
pub(crate) fn zones<'c>(components: impl Iterator<Item = &'c Component>, lines: &[line::Line<'_>]) -> Zones {
    let mut out = Zones::new();
    for component in components.filter(|c| c.name == "VTIMEZONE") {
        let tzid = component
            .own_lines()
            .filter_map(|at| lines.get(at))
            .find_map(|line| {
                let content = Content::parse(&line.text)?;
                content.is("TZID").then(|| content.value.trim().to_owned())
            });
        if let (Some(tzid), Some(clock)) = (tzid, zone::clock(lines, component)) {
            out.entry(tzid).or_insert_with(|| Arc::new(clock));
        }
    }
    out
}

/// The clock that a name means: the file's, else the database's.
pub(crate) fn clock(zones: &Zones, tzid: &str) -> Option<Arc<Clock>> {
    zones.get(tzid).cloned().or_else(|| Clock::of(&zone::iana(tzid)?))
}

/// A date or time as a component gives it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Stamp {
    /// What the wall clock shows.
    pub(crate) local: i64,
    pub(crate) is_date: bool,
    pub(crate) is_utc: bool,
    pub(crate) tzid: Option<String>,
}

impl Stamp {
    pub(crate) fn read(text: &str, tzid: Option<&str>) -> Option<Self> {
        let moment = Moment::parse(text.trim())?;
        let is_utc = matches!(moment, Moment::DateTime(_, _, true));
        Some(Self {
            local: civil::seconds(moment),
            is_date: moment.is_date(),
            is_utc,
            tzid: tzid.filter(|_| !is_utc && !moment.is_date()).map(Into::into),
        })
    }

    /// Whether no zone says which instant it is.
    pub(crate) fn is_floating(&self) -> bool {
        self.is_date || (!self.is_utc && self.tzid.is_none())
    }

    /// The instant; `None` in a zone that nobody knows.
    pub(crate) fn instant(&self, zones: &Zones) -> Option<i64> {
        match &self.tzid {
            Some(tzid) => Some(clock(zones, tzid)?.instant(self.local)),
            None => Some(self.local),
        }
    }
}

/// When one component takes place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timing {
    pub(crate) uid: String,
    pub(crate) summary: String,
    pub(crate) start: Option<Stamp>,
    pub(crate) end: Option<Stamp>,
    pub(crate) duration: Option<i64>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) except: Vec<Rule>,
    pub(crate) dates: Vec<(Stamp, Option<i64>)>,
    pub(crate) excluded: Vec<Stamp>,
    pub(crate) recurrence_id: Option<Stamp>,
    /// Whether the exception holds for all that follows.
    pub(crate) future: bool,
    pub(crate) cancelled: bool,
}

impl Timing {
    fn of(component: &Component, lines: &[line::Line<'_>]) -> Self {
        let mut timing = Self::default();
        for line in component.own_lines().filter_map(|at| lines.get(at)) {
            if let Some(content) = Content::parse(&line.text) {
                timing.read(&content.name.to_ascii_uppercase(), &content);
            }
        }
        timing
    }

    /// Takes note of a property; its name is in upper case.
    pub(crate) fn read(&mut self, name: &str, content: &Content<'_>) {
        let stamp = |text: &str| Stamp::read(text, content.param("TZID"));
        match name {
            "DTSTART" => self.start = stamp(content.value),
            "DTEND" | "DUE" => self.end = stamp(content.value),
            "DURATION" => self.duration = value::duration(content.value.trim()),
            "RRULE" => self.rules.extend(Rule::parse(content.value.trim())),
            "EXRULE" => self.except.extend(Rule::parse(content.value.trim())),
            "EXDATE" => self.excluded.extend(content.value.split(',').filter_map(stamp)),
            "RDATE" => self.dates.extend(content.value.split(',').filter_map(
                |text| match text.split_once('/') {
                    None => Some((stamp(text)?, None)),
                    Some((start, end)) => {
                        let start = stamp(start)?;
                        let length =
                            value::duration(end).or_else(|| Some(stamp(end)?.local - start.local))?;
                        Some((start, Some(length)))
                    }
                },
            )),
            "RECURRENCE-ID" => {
                self.recurrence_id = stamp(content.value);
                self.future = content
                    .param("RANGE")
                    .is_some_and(|range| range.eq_ignore_ascii_case("THISANDFUTURE"));
            }
            "UID" => self.uid = content.value.trim().to_owned(),
            "SUMMARY" => self.summary = value::unescape(content.value).trim().to_owned(),
            "STATUS" => self.cancelled = content.value.trim().eq_ignore_ascii_case("CANCELLED"),
            _ => {}
        }
    }

    /// Whether it takes place more than once.
    pub(crate) fn repeats(&self) -> bool {
        !self.rules.is_empty() || !self.dates.is_empty()
    }

    /// How long it takes, in seconds: between instants for times, between days for dates.
    pub(crate) fn length(&self, zones: &Zones) -> i64 {
        let Some(start) = &self.start else { return 0 };
        if let Some(length) = self.duration {
            return length.max(0);
        }
        let span = self
            .end
            .as_ref()
            .and_then(|end| Some(end.instant(zones)? - start.instant(zones)?));
        match span {
            Some(span) => span.max(0),
            None => i64::from(start.is_date) * DAY,
        }
    }

    /// The local starts of a series up to an instant, its own included, without those that are excluded;
    /// at most this many. Whether all of them were found is the second answer.
    ///
    /// `None` where there is no start, or its zone is not known.
    pub(crate) fn starts(&self, zones: &Zones, until: i64, most: usize) -> Option<(Vec<Start>, bool)> {
        let start = self.start.as_ref()?;
        let clock = match &start.tzid {
            Some(tzid) => clock(zones, tzid)?,
            None => Arc::new(Clock::utc()),
        };
        let mut out = vec![Start {
            local: start.local,
            instant: clock.instant(start.local),
            length: None,
        }];
        let mut whole = true;
        for rule in &self.rules {
            // A time of the rule's end without a zone is of the start's; with one it is an instant.
            let end = rule.until.map(|until| {
                let local = civil::seconds(until);
                match until {
                    Moment::DateTime(_, _, true) if !start.is_floating() => local,
                    Moment::Date(_) => clock.instant(local + DAY - 1),
                    Moment::DateTime(..) => clock.instant(local),
                }
            });
            let mut expansion = rule.expand(start.local);
            let mut found = 0;
            for local in expansion.by_ref() {
                let instant = clock.instant(local);
                if instant > until || end.is_some_and(|end| instant > end) {
                    break;
                }
                found += 1;
                if found > most {
                    whole = false;
                    break;
                }
                if local != start.local {
                    out.push(Start {
                        local,
                        instant,
                        length: None,
                    });
                }
            }
            whole &= !expansion.exhausted();
        }
        for (stamp, length) in &self.dates {
            if let Some(instant) = stamp.instant(zones).filter(|&instant| instant <= until) {
                out.push(Start {
                    local: stamp.local,
                    instant,
                    length: *length,
                });
            }
        }
        let mut except = BTreeSet::new();
        for rule in &self.except {
            except.extend(
                rule.expand(start.local)
                    .map(|local| clock.instant(local))
                    .take_while(|&instant| instant <= until)
                    .take(most),
            );
        }
        out.retain(|start| !except.contains(&start.instant));
        out.sort();
        out.dedup_by_key(|start| start.instant);
        Some((out, whole))
    }
}

/// One start of a series.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Start {
    pub(crate) instant: i64,
    pub(crate) local: i64,
    /// A length of its own.
    pub(crate) length: Option<i64>,
}

/// The occurrences of a master with its exceptions, or of lone exceptions.
fn series_of(series: &[Timing], zones: &Zones, window: &Range<i64>, most: usize, out: &mut Vec<Occurrence>) {
    let mut put = |timing: &Timing, instant: i64, length: i64| {
        let Some(start) = &timing.start else { return };
        if instant < window.end && instant + length >= window.start && !timing.cancelled {
            out.push(Occurrence {
                start: instant,
                end: instant + length,
                floating: start.is_floating(),
                all_day: start.is_date,
                uid: timing.uid.clone(),
                summary: timing.summary.clone(),
            });
        }
    };
    let exceptions: Vec<&Timing> = series
        .iter()
        .filter(|timing| timing.recurrence_id.is_some())
        .collect();
    let replaced: BTreeMap<i64, &&Timing> = exceptions
        .iter()
        .filter_map(|timing| Some((timing.recurrence_id.as_ref()?.instant(zones)?, timing)))
        .collect();
    for master in series.iter().filter(|timing| timing.recurrence_id.is_none()) {
        let Some((starts, _)) = master.starts(zones, window.end.saturating_sub(1), most) else {
            continue;
        };
        let excluded: BTreeSet<i64> = master
            .excluded
            .iter()
            .filter_map(|stamp| stamp.instant(zones))
            .collect();
        let length = master.length(zones);
        for start in starts {
            if !excluded.contains(&start.instant) && !replaced.contains_key(&start.instant) {
                put(master, start.instant, start.length.unwrap_or(length));
            }
        }
    }
    for timing in exceptions {
        if let Some(instant) = timing.start.as_ref().and_then(|start| start.instant(zones)) {
            put(timing, instant, timing.length(zones));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn starts(lines: &str) -> Vec<String> {
        let file = format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n");
        let all = calendar(file.as_bytes(), i64::MIN..i64::MAX, 10, &Limits::default()).unwrap();
        all.iter().map(|o| civil::shown(o.start)).collect()
    }

    #[test]
    fn exceptions_take_the_place_of_their_occurrence() {
        let all = starts(
            "DTSTART:20260105T100000Z\nRRULE:FREQ=DAILY;COUNT=3\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\n\
             RECURRENCE-ID;TZID=Europe/Moscow:20260106T130000\nDTSTART:20260106T120000Z",
        );
        assert_eq!(
            all,
            [
                "2026-01-05T10:00:00Z",
                "2026-01-06T12:00:00Z",
                "2026-01-07T10:00:00Z"
            ]
        );
    }

    #[test]
    fn the_end_of_a_rule_in_all_its_spellings() {
        for until in ["20260106T070000Z", "20260106T100000", "20260106"] {
            let all = starts(&format!(
                "DTSTART;TZID=Europe/Moscow:20260105T100000\nRRULE:FREQ=DAILY;UNTIL={until}"
            ));
            assert_eq!(all, ["2026-01-05T07:00:00Z", "2026-01-06T07:00:00Z"], "{until}");
        }
    }

    #[test]
    fn dates_and_times_of_their_own() {
        assert_eq!(
            starts(
                "DTSTART:20260105T100000Z\nRDATE;VALUE=PERIOD:20260107T100000Z/PT2H\nRDATE:20260106T100000Z"
            ),
            [
                "2026-01-05T10:00:00Z",
                "2026-01-06T10:00:00Z",
                "2026-01-07T10:00:00Z"
            ]
        );
        assert_eq!(starts("DTSTART;VALUE=DATE:20260105"), ["2026-01-05T00:00:00Z"]);
        assert_eq!(starts("DTSTART;TZID=Nowhere:20260105T100000"), [""; 0]);
    }
}
