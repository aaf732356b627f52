//! When an event takes place: every occurrence within a window, as instants.
//!
//! This is what comparing calendars comes down to: servers may write a rule, a zone or an exception in
//! other words, but the instants must stay.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use crate::content::{Content, upper};
use crate::ical::{self, Component, Tree};
use crate::time::civil::{self, DAY};
use crate::time::clock::Clock;
use crate::time::rule::Rule;
use crate::time::steps::Steps;
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
    pub uid: Arc<str>,
    /// The title of this occurrence.
    pub summary: Arc<str>,
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
/// [`ErrorKind::Limit`](crate::ErrorKind::Limit) if the file exceeds a limit, among them
/// [`max_steps`](Limits::max_steps). What cannot be understood has no occurrences.
pub fn calendar(bytes: &[u8], window: Range<i64>, most: usize, limits: &Limits) -> Result<Vec<Occurrence>> {
    let read = line::read(bytes, limits)?;
    let tree = ical::tree(&read.lines, limits)?;
    let schedule = Schedule::of(&tree, &read.lines, limits.steps_for(bytes.len()));
    let found = schedule.within(&window, most, Shown::Calendar);
    if schedule.spent() {
        return Err(line::limit("the times of a calendar", "max_steps"));
    }
    Ok(found.occurrences)
}

/// When everything in a file takes place.
#[derive(Debug)]
pub(crate) struct Schedule {
    /// Zones, and what uses them.
    calendars: Vec<(Zones, ByUid)>,
    steps: Rc<Steps>,
}

/// A series with its exceptions, by UID.
type ByUid = BTreeMap<Arc<str>, Vec<Timing>>;

/// What counts as an occurrence.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Shown {
    /// What a calendar shows: nothing that is cancelled, and nothing that only has to be done by a time.
    Calendar,
    /// All of it.
    All,
}

/// Occurrences within a window.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// In order.
    pub(crate) occurrences: Vec<Occurrence>,
    /// Whether all that lie in the window are there.
    pub(crate) whole: bool,
    /// The series that go on behind the window, and how they end.
    pub(crate) endless: Vec<(Arc<str>, End)>,
}

/// The number of times after which a rule ends, or the instant; neither where it does not end.
pub(crate) type End = (Option<u32>, Option<i64>);

impl Schedule {
    /// Reads a calendar, for so many steps of work.
    pub(crate) fn of(tree: &Tree, lines: &[line::Line<'_>], steps: u64) -> Self {
        let steps = Rc::new(Steps::new(steps));
        let mut calendars = Vec::new();
        for root in &tree.roots {
            let calendar = root.name == "VCALENDAR";
            let components = if calendar { &root.children } else { &tree.roots };
            let zones = zones(components.iter(), lines, &steps);
            let mut by_uid = ByUid::new();
            for component in components
                .iter()
                .filter(|c| matches!(c.name.as_str(), "VEVENT" | "VTODO" | "VJOURNAL"))
            {
                let timing = Timing::of(component, lines);
                by_uid.entry(Arc::clone(&timing.uid)).or_default().push(timing);
            }
            calendars.push((zones, by_uid));
            if !calendar {
                break;
            }
        }
        Self { calendars, steps }
    }

    /// Whether the work was cut short.
    pub(crate) fn spent(&self) -> bool {
        self.steps.spent()
    }

    fn timings(&self) -> impl Iterator<Item = (&Zones, &Timing)> {
        self.calendars
            .iter()
            .flat_map(|(zones, by_uid)| by_uid.values().flatten().map(move |timing| (zones, timing)))
    }

    /// Whether all that is said about times is known to mean something.
    pub(crate) fn understood(&self) -> bool {
        self.timings().all(|(zones, timing)| timing.understood(zones))
    }

    /// An instant at or before the first occurrence.
    pub(crate) fn first(&self) -> Option<i64> {
        self.timings()
            .flat_map(|(zones, timing)| timing.stamps().filter_map(|stamp| stamp.instant(zones)))
            .min()
    }

    /// The occurrences within a window, at most so many of each component.
    pub(crate) fn within(&self, window: &Range<i64>, most: usize, shown: Shown) -> Found {
        let mut found = Found {
            whole: true,
            ..Found::default()
        };
        for (zones, by_uid) in &self.calendars {
            for series in by_uid.values() {
                series_of(series, zones, window, most, shown, &mut found);
            }
        }
        let ranks = self.ranks();
        let rank = |text: &Arc<str>| ranks.get(&place(text)).copied();
        found.occurrences.sort_by_cached_key(|o| {
            let times = (o.start, o.end, o.floating, o.all_day);
            (times, rank(&o.uid), rank(&o.summary))
        });
        found.endless.sort_by_cached_key(|(uid, end)| (rank(uid), *end));
        found
    }

    /// The order of all texts, by where they are: what many occurrences share is compared once.
    fn ranks(&self) -> HashMap<usize, usize> {
        let texts = || {
            self.timings()
                .flat_map(|(_, timing)| [&timing.uid, &timing.summary])
        };
        let sorted: BTreeSet<&str> = texts().map(|text| &**text).collect();
        let ranks: HashMap<&str, usize> = sorted.into_iter().zip(0..).collect();
        texts()
            .filter_map(|text| Some((place(text), *ranks.get(&**text)?)))
            .collect()
    }
}

/// Where a text is: what shares it is the same there.
pub(crate) fn place(text: &Arc<str>) -> usize {
    Arc::as_ptr(text).cast::<u8>().addr()
}

/// Zones that a file defines, and where nothing is defined those of the database; with the work that may still be done.
#[derive(Debug)]
pub(crate) struct Zones {
    defined: BTreeMap<String, Arc<Clock>>,
    /// Zones of the database by the names that were asked for.
    named: RefCell<HashMap<Arc<str>, Option<Arc<Clock>>>>,
    steps: Rc<Steps>,
}

/// A zone name of more bytes is nobody's.
const LONGEST_NAME: usize = 255;

impl Zones {
    pub(crate) fn new(steps: &Rc<Steps>) -> Self {
        Self {
            defined: BTreeMap::new(),
            named: RefCell::default(),
            steps: Rc::clone(steps),
        }
    }

    pub(crate) fn define(&mut self, tzid: &str, clock: Arc<Clock>) {
        self.defined.entry(tzid.to_owned()).or_insert(clock);
    }

    /// The clock that a name means: the file's, else the database's.
    pub(crate) fn clock(&self, tzid: &Arc<str>) -> Option<Arc<Clock>> {
        if tzid.len() > LONGEST_NAME {
            return None;
        }
        if let Some(clock) = self.defined.get(&**tzid) {
            return Some(Arc::clone(clock));
        }
        let mut named = self.named.borrow_mut();
        if let Some(known) = named.get(tzid) {
            return known.clone();
        }
        let clock = zone::iana(tzid).and_then(|name| Clock::of(&name));
        named.insert(Arc::clone(tzid), clock.clone());
        clock
    }
}

/// The zones among components.
pub(crate) fn zones<'c>(
    components: impl Iterator<Item = &'c Component>,
    lines: &[line::Line<'_>],
    steps: &Rc<Steps>,
) -> Zones {
    let mut out = Zones::new(steps);
    for component in components.filter(|c| c.name == "VTIMEZONE") {
        let tzid = component
            .own_lines()
            .filter_map(|at| lines.get(at))
            .find_map(|line| {
                let content = Content::parse(&line.text)?;
                content.is("TZID").then(|| content.value.trim().to_owned())
            });
        if let (Some(tzid), Some(clock)) = (tzid, zone::clock(lines, component, steps)) {
            out.define(&tzid, Arc::new(clock));
        }
    }
    out
}

/// A date or time as a component gives it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Stamp {
    /// What the wall clock shows.
    pub(crate) local: i64,
    pub(crate) is_date: bool,
    pub(crate) is_utc: bool,
    pub(crate) tzid: Option<Arc<str>>,
}

impl Stamp {
    pub(crate) fn read(text: &str, tzid: Option<&Arc<str>>) -> Option<Self> {
        let moment = Moment::parse(text.trim())?;
        let is_utc = matches!(moment, Moment::DateTime(_, _, true));
        Some(Self {
            local: civil::seconds(moment),
            is_date: moment.is_date(),
            is_utc,
            tzid: tzid.filter(|_| !is_utc && !moment.is_date()).cloned(),
        })
    }

    /// Whether no zone says which instant it is.
    pub(crate) fn is_floating(&self) -> bool {
        self.is_date || (!self.is_utc && self.tzid.is_none())
    }

    /// The instant; `None` in a zone that nobody knows.
    pub(crate) fn instant(&self, zones: &Zones) -> Option<i64> {
        match &self.tzid {
            Some(tzid) => Some(zones.clock(tzid)?.instant(self.local)),
            None => Some(self.local),
        }
    }
}

/// When one component takes place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timing {
    pub(crate) uid: Arc<str>,
    pub(crate) summary: Arc<str>,
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
    /// Whether a line about times says nothing that is known.
    unread: bool,
}

impl Timing {
    fn of(component: &Component, lines: &[line::Line<'_>]) -> Self {
        let mut timing = Self::default();
        for line in component.own_lines().filter_map(|at| lines.get(at)) {
            if let Some(content) = Content::parse(&line.text) {
                timing.read(&upper(content.name), &content);
            }
        }
        timing
    }

    /// Takes note of a property; its name is in upper case.
    pub(crate) fn read(&mut self, name: &str, content: &Content<'_>) {
        match name {
            "UID" => return self.uid = content.value.trim().into(),
            "SUMMARY" => return self.summary = value::unescape(content.value).trim().into(),
            "STATUS" => return self.cancelled = content.value.trim().eq_ignore_ascii_case("CANCELLED"),
            "DTSTART" | "DTEND" | "DUE" | "DURATION" | "RRULE" | "EXRULE" | "EXDATE" | "RDATE"
            | "RECURRENCE-ID" => {}
            _ => return,
        }
        let tzid: Option<Arc<str>> = content.param("TZID").map(Into::into);
        let stamp = |text: &str| Stamp::read(text, tzid.as_ref());
        let mut read = true;
        match name {
            "DTSTART" => {
                self.start = stamp(content.value);
                read = self.start.is_some();
            }
            "DTEND" | "DUE" => {
                self.end = stamp(content.value);
                read = self.end.is_some();
            }
            "DURATION" => {
                self.duration = value::duration(content.value.trim());
                read = self.duration.is_some();
            }
            "RRULE" | "EXRULE" => match (name, Rule::parse(content.value.trim())) {
                ("RRULE", Some(rule)) => self.rules.push(rule),
                (_, Some(rule)) => self.except.push(rule),
                (_, None) => read = false,
            },
            "EXDATE" => {
                for text in content.value.split(',') {
                    let excluded = stamp(text);
                    read &= excluded.is_some();
                    self.excluded.extend(excluded);
                }
            }
            "RDATE" => {
                let period = |text: &str| match text.split_once('/') {
                    None => Some((stamp(text)?, None)),
                    Some((start, end)) => {
                        let start = stamp(start)?;
                        let length =
                            value::duration(end).or_else(|| Some(stamp(end)?.local - start.local))?;
                        Some((start, Some(length)))
                    }
                };
                for text in content.value.split(',') {
                    let date = period(text);
                    read &= date.is_some();
                    self.dates.extend(date);
                }
            }
            _ => {
                self.recurrence_id = stamp(content.value);
                read = self.recurrence_id.is_some();
                self.future = content
                    .param("RANGE")
                    .is_some_and(|range| range.eq_ignore_ascii_case("THISANDFUTURE"));
            }
        }
        self.unread |= !read;
    }

    /// All the times that are given one by one.
    pub(crate) fn stamps(&self) -> impl Iterator<Item = &Stamp> {
        let single = self.start.iter().chain(&self.end).chain(&self.recurrence_id);
        single
            .chain(&self.excluded)
            .chain(self.dates.iter().map(|(stamp, _)| stamp))
    }

    /// Whether each line about times says something, in zones that are known.
    fn understood(&self, zones: &Zones) -> bool {
        let anchored = self.start.is_some() || (!self.repeats() && self.recurrence_id.is_none());
        !self.unread && anchored && self.stamps().all(|stamp| stamp.instant(zones).is_some())
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

    /// The local starts of a series up to an instant, its own included, without those that rules exclude; of each rule at most
    /// this many.
    ///
    /// `None` where there is no start, or its zone is not known.
    pub(crate) fn starts(&self, zones: &Zones, until: i64, most: usize) -> Option<Starts> {
        let start = self.start.as_ref()?;
        let clock = match &start.tzid {
            Some(tzid) => zones.clock(tzid)?,
            None => Arc::new(Clock::utc()),
        };
        let mut out = Starts {
            list: vec![Start {
                local: start.local,
                instant: clock.instant(start.local),
                length: None,
            }],
            whole: true,
            goes_on: Vec::new(),
        };
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
            let mut expansion = rule.expand(start.local, &zones.steps);
            let mut found = 0;
            for local in expansion.by_ref() {
                let instant = clock.instant(local);
                if end.is_some_and(|end| instant > end) {
                    break;
                }
                if instant > until {
                    out.goes_on.push((rule.count, end));
                    break;
                }
                found += 1;
                if found > most {
                    out.whole = false;
                    break;
                }
                if local != start.local {
                    out.list.push(Start {
                        local,
                        instant,
                        length: None,
                    });
                }
            }
            out.whole &= !expansion.exhausted();
        }
        for (stamp, length) in &self.dates {
            if let Some(instant) = stamp.instant(zones).filter(|&instant| instant <= until) {
                out.list.push(Start {
                    local: stamp.local,
                    instant,
                    length: *length,
                });
            }
        }
        let mut except = BTreeSet::new();
        for rule in &self.except {
            let mut expansion = rule.expand(start.local, &zones.steps);
            let times = expansion.by_ref().map(|local| clock.instant(local));
            except.extend(times.take_while(|&instant| instant <= until).take(most));
            out.whole &= !expansion.exhausted();
        }
        out.list.retain(|start| !except.contains(&start.instant));
        out.list.sort();
        out.list.dedup_by_key(|start| start.instant);
        Some(out)
    }
}

/// The starts of a series.
#[derive(Debug)]
pub(crate) struct Starts {
    /// In order.
    pub(crate) list: Vec<Start>,
    /// Whether all of them are there.
    pub(crate) whole: bool,
    /// How those rules end that have more behind the instant that was asked for.
    goes_on: Vec<End>,
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
fn series_of(
    series: &[Timing],
    zones: &Zones,
    window: &Range<i64>,
    most: usize,
    shown: Shown,
    found: &mut Found,
) {
    let out = &mut found.occurrences;
    let mut put = |timing: &Timing, stamp: &Stamp, instant: i64, length: i64| {
        let hidden = timing.cancelled && shown == Shown::Calendar;
        let end = instant.saturating_add(length);
        if instant < window.end && end >= window.start && !hidden {
            out.push(Occurrence {
                start: instant,
                end,
                floating: stamp.is_floating(),
                all_day: stamp.is_date,
                uid: Arc::clone(&timing.uid),
                summary: Arc::clone(&timing.summary),
            });
        }
    };
    let exceptions: Vec<&Timing> = series
        .iter()
        .filter(|timing| timing.recurrence_id.is_some())
        .collect();
    let replaced: BTreeSet<i64> = exceptions
        .iter()
        .filter_map(|timing| timing.recurrence_id.as_ref()?.instant(zones))
        .collect();
    for master in series.iter().filter(|timing| timing.recurrence_id.is_none()) {
        let Some(start) = &master.start else {
            // A task that only has to be done by a time.
            let due = master.end.as_ref().filter(|_| shown == Shown::All);
            if let Some((due, instant)) = due.and_then(|due| Some((due, due.instant(zones)?))) {
                put(master, due, instant, 0);
            }
            continue;
        };
        let Some(starts) = master.starts(zones, window.end.saturating_sub(1), most) else {
            continue;
        };
        found.whole &= starts.whole;
        let endless = starts
            .goes_on
            .into_iter()
            .map(|end| (Arc::clone(&master.uid), end));
        found.endless.extend(endless);
        let excluded: BTreeSet<i64> = master
            .excluded
            .iter()
            .filter_map(|stamp| stamp.instant(zones))
            .collect();
        let length = master.length(zones);
        for at in starts.list {
            if !excluded.contains(&at.instant) && !replaced.contains(&at.instant) {
                put(master, start, at.instant, at.length.unwrap_or(length));
            }
        }
    }
    for timing in exceptions {
        if let Some((start, instant)) = timing
            .start
            .as_ref()
            .and_then(|start| Some((start, start.instant(zones)?)))
        {
            put(timing, start, instant, timing.length(zones));
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
