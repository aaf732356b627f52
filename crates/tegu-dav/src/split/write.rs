//! One group of components -> one resource, and the bytes for a person beside it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::calendar::Calendar;
use super::check::Facts;
use super::{Job, Unit, kind};
use crate::error::one_line;
use crate::ical::Component;
use crate::item::resource_name;
use crate::{Finding, Item, ItemKind, line, value, zone};

impl<'a> Job<'a> {
    pub(super) fn item(
        &self,
        uid: String,
        made: bool,
        units: Vec<Unit<'a>>,
        calendars: &[Calendar<'a>],
    ) -> Item {
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
        write.frame(&uid, &units, calendars);
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
            original: self.original(&units, calendars),
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

    /// The components as they stood, each calendar's in its own frame.
    fn original(&self, units: &[Unit<'a>], calendars: &[Calendar<'a>]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut put = |bytes: &[u8]| {
            out.extend_from_slice(bytes);
            out.extend_from_slice(b"\r\n");
        };
        let mut by_calendar: BTreeMap<usize, Vec<&Unit<'a>>> = BTreeMap::new();
        for unit in units {
            by_calendar.entry(unit.calendar).or_default().push(unit);
        }
        for (at, mine) in by_calendar {
            let Some(calendar) = calendars.get(at) else {
                continue;
            };
            if !calendar.wrapped {
                put(b"BEGIN:VCALENDAR");
                let method = calendar.method.as_ref().map(|(_, index)| index);
                for line in calendar
                    .header
                    .iter()
                    .chain(method)
                    .filter_map(|&index| self.lines.get(index))
                {
                    put(line.raw);
                }
            }
            let used: BTreeSet<&String> = mine.iter().flat_map(|unit| &unit.facts.zones).collect();
            for zone in used.into_iter().filter_map(|tzid| calendar.zones.get(tzid)) {
                put(self.raw(zone));
            }
            for unit in mine {
                put(self.raw(unit.component));
            }
            if !calendar.wrapped && calendar.closed {
                put(b"END:VCALENDAR");
            }
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
    /// The calendar's properties and the zones in use.
    fn frame(&mut self, uid: &str, units: &[Unit<'a>], calendars: &[Calendar<'a>]) {
        let mut zones: BTreeMap<&str, &'a Component> = BTreeMap::new();
        let mut seen: BTreeSet<(usize, &str)> = BTreeSet::new();
        for unit in units {
            let Some(calendar) = calendars.get(unit.calendar) else {
                continue;
            };
            for tzid in &unit.facts.zones {
                let Some(zone) = calendar
                    .zones
                    .get(tzid)
                    .filter(|_| seen.insert((unit.calendar, tzid)))
                else {
                    continue;
                };
                let known = zones.entry(tzid.as_str()).or_insert(zone);
                if calendar.conflicts.contains(tzid) || !self.job.same(known, zone) {
                    self.findings.push(Finding::TzConflict { tzid: one_line(tzid) });
                }
                if calendar.invalid.contains(tzid) {
                    self.findings.push(Finding::TzInvalid { tzid: one_line(tzid) });
                }
            }
        }
        let Some(calendar) = units.first().and_then(|unit| calendars.get(unit.calendar)) else {
            return;
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
        let first = units.first().map_or(0, |unit| unit.calendar);
        let others = units.iter().filter(|unit| unit.calendar != first);
        for other in others.filter_map(|unit| calendars.get(unit.calendar)) {
            let texts = |calendar: &Calendar<'a>| -> Vec<&'a str> {
                let lines = self.job.lines;
                calendar
                    .header
                    .iter()
                    .filter_map(|&at| lines.get(at))
                    .map(|line| &*line.text)
                    .collect()
            };
            if texts(other) != texts(calendar) || other.method() != calendar.method() {
                self.findings
                    .push(Finding::CalendarsDiffer { uid: one_line(uid) });
                break;
            }
        }
        if let Some(method) = calendar.method() {
            let shown = one_line(method);
            self.findings.push(match method {
                "PUBLISH" | "REQUEST" => Finding::RepairMethod { method: shown },
                _ => Finding::MethodMessage { method: shown },
            });
        }
        for zone in zones.values() {
            self.component(zone, None);
        }
        // Without rules some servers make up their own, and not always the right ones.
        let named: BTreeSet<&String> = units.iter().flat_map(|unit| &unit.facts.named).collect();
        for name in named {
            let mut known = self.job.rules.borrow_mut();
            if let Some(rules) = known.entry(name.clone()).or_insert_with(|| zone::vtimezone(name)) {
                self.out.extend_from_slice(rules.as_bytes());
            }
        }
        if self.out.len() > self.job.options.limits.max_frame {
            self.findings.push(Finding::FrameTooLarge {
                bytes: self.out.len(),
            });
        }
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
            if facts.is_some_and(|(facts, _)| facts.strays.contains(&index)) {
                continue;
            }
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
