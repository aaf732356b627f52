//! A calendar file -> one resource per UID (RFC 4791 section 4.1).
//!
//! What goes into a resource is the source's own lines, regrouped: the calendar's properties,
//! exactly the time zones that are used, the component and its overrides. Lines change only by the
//! repairs that [`Finding`] lists as `DAV-REPAIR-…` and `DAV-TZ-RENAMED`, each reported on its item.
//!
//! A Windows zone name without rules in the file is renamed to the IANA name and sent without a
//! `VTIMEZONE` (RFC 7809): the file has no rules that could differ from the database's, and every
//! client knows the IANA name. A zone that the file does define is carried along unchanged.

use std::collections::{BTreeMap, HashMap};

use crate::check::{Check, Facts};
use crate::content::Content;
use crate::error::{Error, ErrorKind, one_line};
use crate::ical::{self, Component};
use crate::item::{content_uid, resource_name};
use crate::line::{self, Line};
use crate::{Finding, Item, ItemKind, Limits, Result, Split, text, value};

/// Who sends invitations for the events that are uploaded.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Scheduling {
    /// Nobody: organisers and attendees are marked with `SCHEDULE-AGENT=CLIENT`.
    #[default]
    Client,
    /// Lines stay as they are, and the server may send invitations to everybody in the calendar.
    Server,
}

/// How calendars are split.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Bounds on the input.
    pub limits: Limits,
    /// Who sends invitations.
    pub scheduling: Scheduling,
    /// Whether every resource is read by a second, independent reader. On by default; it takes most
    /// of the time.
    pub second_reader: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl Options {
    /// The defaults under these limits.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            scheduling: Scheduling::Client,
            second_reader: true,
        }
    }

    /// Sets who sends invitations.
    #[must_use]
    pub fn with_scheduling(mut self, scheduling: Scheduling) -> Self {
        self.scheduling = scheduling;
        self
    }

    /// Sets whether a second reader checks every resource.
    #[must_use]
    pub fn with_second_reader(mut self, second_reader: bool) -> Self {
        self.second_reader = second_reader;
        self
    }
}

/// Splits a calendar file with default options under these limits.
///
/// # Errors
///
/// As [`calendar_with`].
pub fn calendar(bytes: &[u8], limits: &Limits) -> Result<Split> {
    calendar_with(bytes, &Options::new(limits.clone()))
}

/// Splits a calendar file into one item per UID.
///
/// # Errors
///
/// [`ErrorKind::Unreadable`] if there is no calendar component in it at all, and
/// [`ErrorKind::Limit`]; either way the file as a whole is one item for a person.
pub fn calendar_with(bytes: &[u8], options: &Options) -> Result<Split> {
    let source = text::strip_encoding(bytes);
    let read = line::read(&source, &options.limits)?;
    let tree = ical::tree(&read.lines, &options.limits)?;
    if !tree
        .roots
        .iter()
        .any(|root| root.name == "VCALENDAR" || kind(&root.name).is_some())
    {
        return Err(Error::new(
            ErrorKind::Unreadable,
            "reading a calendar: no calendar component in the file",
        ));
    }
    let mut job = Job {
        source: &source,
        lines: &read.lines,
        options,
        out: Split::default(),
        written: 0,
    };
    job.out.findings = read.findings;
    let last = read.lines.last().map_or(0, |line| line.number);
    let blank = read.blank.iter().filter(|&&number| number < last).count();
    if blank > 0 {
        job.out.findings.push(Finding::RepairBlankLines { lines: blank });
    }
    job.run(&tree)?;
    Ok(job.out)
}

struct Job<'a> {
    source: &'a [u8],
    lines: &'a [Line<'a>],
    options: &'a Options,
    out: Split,
    written: usize,
}

/// A `VCALENDAR`, or the place of one around a lone component.
struct Calendar<'a> {
    /// Indices of the property lines that every resource repeats.
    header: Vec<usize>,
    zones: BTreeMap<String, &'a Component>,
    conflicts: Vec<String>,
    lines: BTreeMap<String, usize>,
    version: Option<String>,
    has_product: bool,
    method: Option<String>,
    wrapped: bool,
    closed: bool,
}

struct Unit<'a> {
    calendar: usize,
    component: &'a Component,
    facts: Facts,
}

impl<'a> Job<'a> {
    fn run(&mut self, tree: &'a ical::Tree) -> Result<()> {
        let mut calendars: Vec<Calendar<'a>> = Vec::new();
        let mut units: Vec<Unit<'a>> = Vec::new();
        let mut junk: Vec<usize> = tree.stray.clone();
        for root in &tree.roots {
            if root.name == "VCALENDAR" {
                let calendar = self.calendar(root, &mut junk);
                for child in &root.children {
                    if kind(&child.name).is_some() {
                        let facts = self.check(&calendar.lines).component(child);
                        units.push(Unit {
                            calendar: calendars.len(),
                            component: child,
                            facts,
                        });
                    } else if child.name != "VTIMEZONE" {
                        self.unsupported(child);
                    }
                }
                calendars.push(calendar);
            } else if kind(&root.name).is_some() {
                let calendar = Calendar {
                    header: Vec::new(),
                    zones: BTreeMap::new(),
                    conflicts: Vec::new(),
                    lines: BTreeMap::new(),
                    version: None,
                    has_product: false,
                    method: None,
                    wrapped: true,
                    closed: true,
                };
                units.push(Unit {
                    calendar: calendars.len(),
                    component: root,
                    facts: self.check(&calendar.lines).component(root),
                });
                calendars.push(calendar);
            } else {
                self.unsupported(root);
            }
        }
        self.unused_zones(&calendars, &units);
        self.groups(&calendars, units)?;
        self.junk(&junk);
        Ok(())
    }

    fn check<'c>(&'c self, zones: &'c BTreeMap<String, usize>) -> Check<'c> {
        Check {
            lines: self.lines,
            zones,
            scheduling: self.options.scheduling,
            limits: &self.options.limits,
        }
    }

    fn calendar(&mut self, root: &'a Component, junk: &mut Vec<usize>) -> Calendar<'a> {
        let mut calendar = Calendar {
            header: Vec::new(),
            zones: BTreeMap::new(),
            conflicts: Vec::new(),
            lines: BTreeMap::new(),
            version: None,
            has_product: false,
            method: None,
            wrapped: false,
            closed: root.closed,
        };
        junk.extend(&root.stray);
        for index in root.own_lines() {
            let Some(line) = self.lines.get(index) else {
                continue;
            };
            let Some(content) =
                Content::parse(&line.text).filter(|_| !line.undecodable() && !text::has_control(&line.text))
            else {
                junk.push(index);
                continue;
            };
            if content.is("METHOD") {
                calendar.method = Some(content.value.trim().to_ascii_uppercase());
                continue;
            } else if content.is("VERSION") {
                calendar.version = Some(content.value.trim().to_owned());
            } else if content.is("PRODID") {
                calendar.has_product = true;
            } else if (content.is("NAME") || content.is("X-WR-CALNAME")) && self.out.calendar_name.is_none() {
                self.out.calendar_name =
                    Some(value::unescape(content.value)).filter(|name| !name.trim().is_empty());
            }
            calendar.header.push(index);
        }
        for zone in root.children.iter().filter(|child| child.name == "VTIMEZONE") {
            let tzid = zone
                .own_lines()
                .filter_map(|at| self.lines.get(at))
                .find_map(|line| {
                    let content = Content::parse(&line.text)?;
                    content.is("TZID").then(|| content.value.trim().to_owned())
                });
            let Some(tzid) = tzid else {
                self.unsupported(zone);
                continue;
            };
            match calendar.zones.get(&tzid) {
                Some(known) if !self.same(known, zone) => calendar.conflicts.push(tzid),
                Some(_) => {}
                None => {
                    calendar.lines.insert(tzid.clone(), zone.lines.start);
                    calendar.zones.insert(tzid, zone);
                }
            }
        }
        calendar
    }

    fn texts<'c>(&self, component: &'c Component) -> impl Iterator<Item = &'a str> + use<'a, 'c> {
        let lines = self.lines;
        lines
            .get(component.lines.clone())
            .unwrap_or_default()
            .iter()
            .map(|line| &*line.text)
    }

    fn same(&self, one: &Component, other: &Component) -> bool {
        self.texts(one).eq(self.texts(other))
    }

    fn raw(&self, component: &Component) -> &'a [u8] {
        let lines = self.lines.get(component.lines.clone()).unwrap_or_default();
        match (lines.first(), lines.last()) {
            (Some(first), Some(last)) => self
                .source
                .get(first.start..last.start + last.raw.len())
                .unwrap_or_default(),
            _ => &[],
        }
    }

    fn unsupported(&mut self, component: &Component) {
        let line = self
            .lines
            .get(component.lines.start)
            .map_or(0, |line| line.number);
        let finding = Finding::ComponentUnsupported {
            name: one_line(&component.name),
            line,
        };
        self.out.items.push(Item::remainder(self.raw(component), finding));
    }

    /// Lines that belong to nothing make one item, so that they are accounted for.
    fn junk(&mut self, junk: &[usize]) {
        let lines: Vec<&Line<'_>> = junk.iter().filter_map(|&index| self.lines.get(index)).collect();
        let Some(first) = lines.first() else { return };
        let finding = Finding::JunkLine {
            line: first.number,
            text: one_line(&first.text),
        };
        let bytes: Vec<&[u8]> = lines.iter().map(|line| line.raw).collect();
        self.out
            .items
            .push(Item::remainder(&bytes.join(&b"\r\n"[..]), finding));
    }

    fn unused_zones(&mut self, calendars: &[Calendar<'_>], units: &[Unit<'_>]) {
        for (index, calendar) in calendars.iter().enumerate() {
            for tzid in calendar.zones.keys() {
                if !units
                    .iter()
                    .any(|unit| unit.calendar == index && unit.facts.zones.contains(tzid))
                {
                    self.out.findings.push(Finding::TzUnused { tzid: one_line(tzid) });
                }
            }
        }
    }

    fn groups(&mut self, calendars: &[Calendar<'a>], units: Vec<Unit<'a>>) -> Result<()> {
        let mut groups: Vec<(String, bool, Vec<Unit<'a>>)> = Vec::new();
        let mut by_uid: HashMap<String, usize> = HashMap::new();
        for unit in units {
            let (uid, made) = match &unit.facts.uid {
                Some(uid) => (uid.clone(), false),
                None => {
                    let texts: Vec<&[u8]> = self.texts(unit.component).map(str::as_bytes).collect();
                    (content_uid(&texts), true)
                }
            };
            let at = *by_uid.entry(uid.clone()).or_insert_with(|| {
                groups.push((uid, made, Vec::new()));
                groups.len() - 1
            });
            if let Some(group) = groups.get_mut(at) {
                group.2.push(unit);
            }
        }
        for (uid, made, units) in groups {
            let item = self.item(uid, made, units, calendars);
            self.written += item.original.len() + item.body.as_ref().map_or(0, Vec::len);
            if self.written > self.options.limits.max_output {
                return Err(line::limit("splitting a calendar".into(), "max_output"));
            }
            self.out.items.push(item);
        }
        Ok(())
    }

    fn item(&self, uid: String, made: bool, units: Vec<Unit<'a>>, calendars: &[Calendar<'a>]) -> Item {
        let components = units.len();
        let mut findings = Vec::new();
        let units = self.distinct(&uid, units, &mut findings);
        let first_name = units.first().map_or("", |unit| unit.component.name.as_str());
        let kind = kind(first_name).unwrap_or(ItemKind::Unknown);
        let masters = units
            .iter()
            .filter(|unit| unit.facts.recurrence_id.is_none())
            .count();
        let mixed = units.iter().any(|unit| unit.component.name != first_name);
        let mut instances: Vec<&String> = units
            .iter()
            .filter_map(|unit| unit.facts.recurrence_id.as_ref())
            .collect();
        let all = instances.len();
        instances.sort();
        instances.dedup();
        if masters == 0 {
            findings.push(Finding::OverrideOrphan { uid: one_line(&uid) });
        }
        if masters > 1 || mixed || instances.len() != all {
            findings.push(Finding::UidDuplicate { uid: one_line(&uid) });
        }
        if kind == ItemKind::FreeBusy {
            let line = units
                .first()
                .and_then(|unit| self.lines.get(unit.component.lines.start));
            findings.push(Finding::ComponentUnsupported {
                name: first_name.into(),
                line: line.map_or(0, |l| l.number),
            });
        }
        let master = units
            .iter()
            .find(|unit| unit.facts.recurrence_id.is_none())
            .or(units.first());
        let summary = master.map(|unit| unit.facts.summary.clone()).unwrap_or_default();
        let mut write = Write {
            job: self,
            out: Vec::new(),
            folds: 0,
            findings,
        };
        let frame = write.frame(&uid, &units, calendars);
        for unit in &units {
            write.findings.extend(unit.facts.findings.iter().cloned());
            write.component(unit.component, Some((&unit.facts, made.then_some(uid.as_str()))));
        }
        write.out.extend_from_slice(b"END:VCALENDAR\r\n");
        if write.folds > 0 {
            write.findings.push(Finding::RepairFold { lines: write.folds });
        }
        if made {
            write.findings.push(Finding::RepairAdded {
                property: "UID".into(),
                value: uid.clone(),
            });
        }
        let Write {
            out, mut findings, ..
        } = write;
        if self.options.second_reader
            && let Err(reason) = second_reader(&out)
        {
            findings.push(Finding::CheckFailed { reason });
        }
        Item {
            kind,
            summary,
            components,
            findings,
            body: (kind != ItemKind::FreeBusy).then_some(out),
            original: self.original(&frame, &units, calendars),
            resource_name: resource_name(&uid, "ics"),
            uid,
        }
    }

    /// Leaves out what is there twice with the same content.
    fn distinct(&self, uid: &str, units: Vec<Unit<'a>>, findings: &mut Vec<Finding>) -> Vec<Unit<'a>> {
        if units.len() < 2 {
            return units;
        }
        let mut kept: Vec<Unit<'a>> = Vec::new();
        let mut seen: HashMap<Vec<&str>, usize> = HashMap::new();
        for unit in units {
            let content: Vec<&str> = self.texts(unit.component).collect();
            let copies = seen.entry(content).or_insert(0);
            *copies += 1;
            if *copies == 1 {
                kept.push(unit);
            }
        }
        for copies in seen.into_values().filter(|&copies| copies > 1) {
            findings.push(Finding::DuplicateIdentical {
                uid: one_line(uid),
                copies,
            });
        }
        kept
    }

    fn original(&self, frame: &[&'a Component], units: &[Unit<'a>], calendars: &[Calendar<'a>]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut put = |bytes: &[u8]| {
            out.extend_from_slice(bytes);
            out.extend_from_slice(b"\r\n");
        };
        let calendar = units
            .first()
            .and_then(|unit| calendars.get(unit.calendar))
            .filter(|c| !c.wrapped);
        if let Some(calendar) = calendar {
            put(b"BEGIN:VCALENDAR");
            if let Some(method) = &calendar.method {
                put(format!("METHOD:{method}").as_bytes());
            }
            for line in calendar.header.iter().filter_map(|&index| self.lines.get(index)) {
                put(line.raw);
            }
        }
        for component in frame
            .iter()
            .copied()
            .chain(units.iter().map(|unit| unit.component))
        {
            put(self.raw(component));
        }
        if calendar.is_some_and(|calendar| calendar.closed) {
            put(b"END:VCALENDAR");
        }
        out
    }
}

struct Write<'j, 'a> {
    job: &'j Job<'a>,
    out: Vec<u8>,
    folds: usize,
    findings: Vec<Finding>,
}

impl<'a> Write<'_, 'a> {
    /// The calendar's properties and the zones in use; the zones are returned.
    fn frame(&mut self, uid: &str, units: &[Unit<'a>], calendars: &[Calendar<'a>]) -> Vec<&'a Component> {
        let mut zones: BTreeMap<&str, &'a Component> = BTreeMap::new();
        for unit in units {
            let Some(calendar) = calendars.get(unit.calendar) else {
                continue;
            };
            for tzid in &unit.facts.zones {
                let Some(zone) = calendar.zones.get(tzid) else {
                    continue;
                };
                let known = zones.entry(tzid.as_str()).or_insert(zone);
                if calendar.conflicts.contains(tzid) || !self.job.same(known, zone) {
                    self.findings.push(Finding::TzConflict { tzid: one_line(tzid) });
                }
            }
        }
        let Some(calendar) = units.first().and_then(|unit| calendars.get(unit.calendar)) else {
            return Vec::new();
        };
        self.out.extend_from_slice(b"BEGIN:VCALENDAR\r\n");
        if calendar.wrapped {
            self.findings.push(Finding::RepairWrapped);
        }
        match calendar.version.as_deref() {
            None => self.added("VERSION", "2.0"),
            Some("2.0" | "2.0;2.0") => {}
            Some(version) => self.findings.push(Finding::VersionUnknown {
                version: one_line(version),
            }),
        }
        if !calendar.has_product {
            self.added("PRODID", "-//tegu//tegu-dav//EN");
        }
        for &index in &calendar.header {
            self.line(index, None);
        }
        for other in units.iter().filter_map(|unit| calendars.get(unit.calendar)) {
            let texts = |calendar: &Calendar<'a>| -> Vec<&'a str> {
                let lines = self.job.lines;
                calendar
                    .header
                    .iter()
                    .filter_map(|&at| lines.get(at))
                    .map(|line| &*line.text)
                    .collect()
            };
            if texts(other) != texts(calendar) || other.method != calendar.method {
                self.findings
                    .push(Finding::CalendarsDiffer { uid: one_line(uid) });
                break;
            }
        }
        if let Some(method) = &calendar.method {
            let shown = one_line(method);
            self.findings.push(match method.as_str() {
                "PUBLISH" | "REQUEST" => Finding::RepairMethod { method: shown },
                _ => Finding::MethodMessage { method: shown },
            });
        }
        for zone in zones.values() {
            if !self.job.check(&BTreeMap::new()).zone_is_valid(zone) {
                self.findings.push(Finding::TzInvalid {
                    tzid: zones_name(&zones, zone),
                });
            }
            self.component(zone, None);
        }
        if self.out.len() > self.job.options.limits.max_frame {
            self.findings.push(Finding::FrameTooLarge {
                bytes: self.out.len(),
            });
        }
        zones.into_values().collect()
    }

    fn added(&mut self, property: &str, value: &str) {
        line::write(&mut self.out, &format!("{property}:{value}"));
        self.findings.push(Finding::RepairAdded {
            property: property.into(),
            value: value.into(),
        });
    }

    fn component(&mut self, component: &Component, facts: Option<(&Facts, Option<&str>)>) {
        for index in component.lines.clone() {
            self.line(index, facts.map(|(facts, _)| facts));
            if index == component.lines.start
                && let Some((facts, uid)) = facts
            {
                if let Some(uid) = uid {
                    line::write(&mut self.out, &format!("UID:{uid}"));
                }
                if !facts.has_stamp {
                    let stamp = facts
                        .stamp
                        .as_deref()
                        .filter(|stamp| stamp.ends_with('Z') && value::Moment::parse(stamp).is_some());
                    self.added("DTSTAMP", stamp.unwrap_or("19700101T000000Z"));
                }
            }
        }
        if !component.closed {
            line::write(&mut self.out, &format!("END:{}", component.name));
        }
    }

    fn line(&mut self, index: usize, facts: Option<&Facts>) {
        let Some(line) = self.job.lines.get(index) else {
            return;
        };
        match facts.and_then(|facts| facts.edits.get(&index)) {
            Some(text) => line::write(&mut self.out, text),
            None if line.strict => {
                self.out.extend_from_slice(line.raw);
                self.out.extend_from_slice(b"\r\n");
            }
            None => {
                self.folds += 1;
                line::write(&mut self.out, &line.text);
            }
        }
    }
}

fn zones_name(zones: &BTreeMap<&str, &Component>, wanted: &Component) -> String {
    let found = zones.iter().find(|(_, zone)| zone.lines == wanted.lines);
    found.map_or_else(String::new, |(tzid, _)| one_line(tzid))
}

fn kind(name: &str) -> Option<ItemKind> {
    Some(match name {
        "VEVENT" => ItemKind::Event,
        "VTODO" => ItemKind::Todo,
        "VJOURNAL" => ItemKind::Journal,
        "VFREEBUSY" => ItemKind::FreeBusy,
        _ => return None,
    })
}

/// Has the resource read by `calcard`. Only structure is asked for: where it repairs values, our own
/// checks have spoken already. Large resources are left out, since attachments are most of them.
fn second_reader(body: &[u8]) -> Result<(), String> {
    const MOST: usize = 1 << 20;
    if body.len() > MOST {
        return Ok(());
    }
    let text = std::str::from_utf8(body).map_err(|_| "not UTF-8".to_owned())?;
    let mut parser = calcard::Parser::new(text);
    match parser.entry() {
        calcard::Entry::ICalendar(_) => {}
        other => return Err(one_line(&format!("{other:?}"))),
    }
    match parser.entry() {
        calcard::Entry::Eof => Ok(()),
        other => Err(one_line(&format!("{other:?}"))),
    }
}
