//! One group of components -> one resource, and the bytes for a person beside it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::rc::Rc;

use super::calendar::{self, Calendar, Zone};
use super::check::{Check, Facts};
use super::scan::Unit;
use super::zones::{self, Decision};
use super::{Stream, kind, property, series};
use crate::content::{self, Content};
use crate::error::one_line;
use crate::ical::{self, Component};
use crate::item::resource_name;
use crate::line::{self, Line};
use crate::occur::{Timing, Zones};
use crate::time::civil;
use crate::{Finding, Item, ItemKind, Result, value, zone};

/// A component of the group in hand.
struct Part<'b> {
    at: usize,
    calendar: Rc<Calendar>,
    raw: &'b [u8],
    lines: Vec<Line<'b>>,
    component: Component,
    facts: Facts,
    strict: bool,
}

impl Part<'_> {
    fn texts(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(|line| &*line.text)
    }
}

impl Stream<'_> {
    pub(super) fn group(&mut self, made: Option<String>, units: &[Unit]) -> Result<Item> {
        let mut bytes = Vec::new();
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for unit in units {
            let from = bytes.len();
            self.source.read_at(unit.span.start, unit.span.end, &mut bytes)?;
            ranges.push(from..bytes.len());
            // A line that ends the file without a line end is told from one that has it by the walk.
            bytes.extend_from_slice(b"\r\n");
        }
        if !self.options.understanding {
            return self.regroup(made, units, &bytes, &ranges);
        }
        let mut parts = Vec::with_capacity(units.len());
        for (unit, range) in units.iter().zip(ranges) {
            let calendar = self.calendar(unit.calendar)?;
            let raw = bytes.get(range.clone()).unwrap_or_default();
            let ended = bytes.get(range.start..range.end + 2).unwrap_or_default();
            let limits = &self.options.limits;
            let lines = line::read_part(
                if self.index.line_end == b'\n' { ended } else { raw },
                unit.span.line,
                self.index.line_end,
                self.index.guess,
                limits,
            )?;
            self.bad += lines
                .iter()
                .filter(|line| !line.strict && std::str::from_utf8(line.raw).is_err())
                .count();
            let mut tree = ical::tree(&lines, limits)?;
            // The walk cuts by physical lines. Where the unfolded ones begin and end otherwise, some are left over.
            let more = tree.roots.get(1).map(|root| root.lines.start);
            let left_over = tree.stray.first().copied().or(more);
            let component = match tree.roots.is_empty() {
                false => tree.roots.swap_remove(0),
                true => Component::nothing(lines.len()),
            };
            let mut check = Check::new(&lines, &calendar.names, limits);
            check.scheduling = self.options.scheduling;
            check.addresses = self.options.addresses.as_deref();
            let mut facts = check.component(&component);
            if let Some(index) = left_over {
                let line = check.number(index);
                facts.add(Finding::StructureBroken { line });
            }
            for tzid in &facts.zones {
                let used = self.used.entry(unit.calendar).or_default();
                if !used.contains(tzid) {
                    used.insert(tzid.clone());
                }
            }
            parts.push(Part {
                at: unit.calendar,
                calendar,
                raw,
                component,
                facts,
                strict: unit.strict,
                lines,
            });
        }
        Ok(self.item(made, parts))
    }

    /// A resource whose lines were checked and not understood.
    fn regroup(
        &mut self,
        made: Option<String>,
        units: &[Unit],
        bytes: &[u8],
        ranges: &[Range<usize>],
    ) -> Result<Item> {
        let mut body = b"BEGIN:VCALENDAR\r\n".to_vec();
        let first = self.calendar(units.first().map_or(0, |unit| unit.calendar))?;
        if first.version.is_none() {
            body.extend_from_slice(b"VERSION:2.0\r\n");
        }
        if !first.has_product {
            body.extend_from_slice(b"PRODID:-//tegu//tegu-dav//EN\r\n");
        }
        body.extend_from_slice(&first.header);
        let mut findings = Vec::new();
        let (mut uid, mut item_kind, mut folds) = (made.unwrap_or_default(), ItemKind::Unknown, 0);
        let mut written: Vec<&str> = Vec::new();
        for (unit, range) in units.iter().zip(ranges) {
            let raw = bytes.get(range.clone()).unwrap_or_default();
            let calendar = if unit.calendar == units.first().map_or(0, |unit| unit.calendar) {
                Rc::clone(&first)
            } else {
                self.calendar(unit.calendar)?
            };
            for at in memchr::memmem::find_iter(raw, b"TZID=") {
                let name = tzid(raw.get(at + 5..).unwrap_or_default());
                if let Some((name, zone)) = first
                    .zones
                    .get_key_value(name)
                    .or_else(|| calendar.zones.get_key_value(name))
                    && !written.contains(&name.as_str())
                {
                    body.extend_from_slice(&zone.written);
                    if let Some((name, _)) = first.zones.get_key_value(name) {
                        written.push(name);
                    }
                }
            }
        }
        for (unit, range) in units.iter().zip(ranges) {
            let raw = bytes.get(range.clone()).unwrap_or_default();
            if unit.strict {
                body.extend_from_slice(raw);
                body.extend_from_slice(b"\r\n");
                if uid.is_empty() {
                    uid = find_uid(raw).unwrap_or_default();
                }
                if item_kind == ItemKind::Unknown {
                    item_kind = raw
                        .get(6..)
                        .and_then(|name| name.split(|b| b.is_ascii_whitespace()).next())
                        .and_then(|name| kind(&String::from_utf8_lossy(name).to_ascii_uppercase()))
                        .unwrap_or(ItemKind::Unknown);
                }
                continue;
            }
            let ended = bytes.get(range.start..range.end + 2).unwrap_or_default();
            let source = if self.index.line_end == b'\n' { ended } else { raw };
            for line in line::read_part(
                source,
                unit.span.line,
                self.index.line_end,
                self.index.guess,
                &self.options.limits,
            )? {
                folds += usize::from(calendar::put_component(&mut body, &line));
                match Content::parse(&line.text).filter(|content| content.group.is_none()) {
                    None => findings.push(Finding::JunkLine {
                        line: line.number,
                        text: one_line(&line.text),
                    }),
                    Some(content) if content.is("UID") && uid.is_empty() => {
                        uid = content.value.trim().to_owned();
                    }
                    Some(content) if content.is("BEGIN") && item_kind == ItemKind::Unknown => {
                        item_kind =
                            kind(&content.value.trim().to_ascii_uppercase()).unwrap_or(ItemKind::Unknown);
                    }
                    Some(_) => {}
                }
            }
        }
        body.extend_from_slice(b"END:VCALENDAR\r\n");
        if folds > 0 {
            findings.push(Finding::RepairFold { lines: folds });
        }
        Ok(Item {
            kind: item_kind,
            summary: String::new(),
            body: Some(body),
            original: Vec::new(),
            findings,
            resource_name: resource_name(&uid, "ics"),
            components: units.len(),
            uid,
        })
    }

    fn item(&self, made: Option<String>, parts: Vec<Part<'_>>) -> Item {
        let components = parts.len();
        let uid = made
            .clone()
            .or_else(|| parts.iter().find_map(|part| part.facts.uid.clone()))
            .unwrap_or_default();
        let mut findings = Vec::new();
        let mut parts = distinct(&uid, parts, &mut findings);
        let kind = parts
            .first()
            .and_then(|part| kind(&part.component.name))
            .unwrap_or(ItemKind::Unknown);
        shape(&uid, kind, &parts, &mut findings);
        let master = parts
            .iter()
            .find(|part| part.facts.recurrence_id.is_none())
            .or(parts.first());
        let summary = master.map(|part| part.facts.summary.clone()).unwrap_or_default();
        let rename = decisions(&parts, &mut findings);
        for part in &mut parts {
            part.rename(&rename);
        }
        let mut write = Write {
            stream: self,
            out: Vec::new(),
            folds: 0,
            changed: made.is_some(),
            findings,
        };
        write.frame(&uid, &parts, &rename);
        for part in &parts {
            write.findings.extend(part.facts.findings.iter().cloned());
            write.component(part, made.as_deref());
        }
        write.out.extend_from_slice(b"END:VCALENDAR\r\n");
        if write.folds > 0 {
            write.findings.push(Finding::RepairFold { lines: write.folds });
        }
        if made.is_some() {
            write.findings.push(Finding::RepairAdded {
                property: "UID".into(),
                value: uid.clone(),
            });
        }
        let Write {
            out,
            mut findings,
            changed,
            ..
        } = write;
        if self.options.second_reader
            && changed
            && let Err(reason) = second_reader(&out)
        {
            findings.push(Finding::CheckFailed { reason });
        }
        Item {
            kind,
            summary,
            components,
            findings,
            body: is_stored(kind).then_some(out),
            original: original(&parts),
            resource_name: resource_name(&uid, "ics"),
            uid,
        }
    }
}

/// Whether a calendar collection keeps it.
fn is_stored(kind: ItemKind) -> bool {
    !matches!(kind, ItemKind::FreeBusy | ItemKind::Unknown)
}

/// Leaves out what is there twice with the same content.
fn distinct<'b>(uid: &str, parts: Vec<Part<'b>>, findings: &mut Vec<Finding>) -> Vec<Part<'b>> {
    if parts.len() < 2 {
        return parts;
    }
    let mut copies: HashMap<[u8; 32], usize> = HashMap::new();
    let kept = parts
        .into_iter()
        .filter(|part| {
            let mut hasher = blake3::Hasher::new();
            for text in part.texts() {
                hasher.update(text.as_bytes());
                hasher.update(b"\n");
            }
            let count = copies.entry(*hasher.finalize().as_bytes()).or_insert(0);
            *count += 1;
            *count == 1
        })
        .collect();
    for copies in copies.into_values().filter(|&copies| copies > 1) {
        findings.push(Finding::DuplicateIdentical {
            uid: one_line(uid),
            copies,
        });
    }
    kept
}

/// Whether the components make one thing: one master at most, each exception once.
fn shape(uid: &str, kind: ItemKind, parts: &[Part<'_>], findings: &mut Vec<Finding>) {
    let masters = parts
        .iter()
        .filter(|part| part.facts.recurrence_id.is_none())
        .count();
    let mut instances: Vec<&String> = parts
        .iter()
        .filter_map(|part| part.facts.recurrence_id.as_ref())
        .collect();
    let all = instances.len();
    instances.sort();
    instances.dedup();
    if masters == 0 {
        findings.push(Finding::OverrideOrphan { uid: one_line(uid) });
    }
    let first = parts.first().map_or("", |part| part.component.name.as_str());
    let mixed = parts.iter().any(|part| part.component.name != first);
    if masters > 1 || mixed || instances.len() != all {
        findings.push(Finding::UidDuplicate { uid: one_line(uid) });
    }
    if !is_stored(kind) {
        findings.push(Finding::ComponentUnsupported {
            name: one_line(first),
            line: parts
                .first()
                .and_then(|part| part.lines.first())
                .map_or(0, |line| line.number),
        });
    }
    let timings: Vec<&Timing> = parts.iter().map(|part| &part.facts.timing).collect();
    let special = timings
        .iter()
        .any(|timing| timing.recurrence_id.is_some() || !timing.excluded.is_empty());
    if special {
        let mut zones = Zones::new();
        for part in parts {
            for tzid in &part.facts.zones {
                if let Some(clock) = part.calendar.zones.get(tzid).and_then(Zone::clock) {
                    zones.entry(tzid.clone()).or_insert(clock);
                }
            }
        }
        series::check(&timings, &zones, findings);
    }
}

/// What becomes of the zones of the file: the new names of those that get one.
fn decisions(parts: &[Part<'_>], findings: &mut Vec<Finding>) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for part in parts {
        for tzid in &part.facts.zones {
            let Some(zone) = part.calendar.zones.get(tzid).filter(|_| seen.insert(tzid)) else {
                continue;
            };
            let timings: Vec<&Timing> = parts.iter().map(|part| &part.facts.timing).collect();
            match zones::decide(tzid, zone, &part.calendar.zones, &timings) {
                Decision::Keep(finding) => findings.extend(finding),
                Decision::Rename(name, finding) => {
                    findings.push(finding);
                    out.insert(tzid.clone(), name);
                }
            }
        }
    }
    out
}

impl Part<'_> {
    /// Gives zones their new names.
    fn rename(&mut self, names: &BTreeMap<String, String>) {
        if names.is_empty() {
            return;
        }
        for &index in &self.facts.zoned {
            let text: &str = match self.facts.edits.get(&index) {
                Some(text) => text,
                None => match self.lines.get(index) {
                    Some(line) => &line.text,
                    None => continue,
                },
            };
            let Some(content) = Content::parse(text) else {
                continue;
            };
            let Some(name) = content.param("TZID").and_then(|tzid| names.get(tzid)) else {
                continue;
            };
            let params: Vec<(Cow<'_, str>, Cow<'_, str>)> = content
                .params
                .iter()
                .map(|param| {
                    let raw = if param.is("TZID") {
                        content::quote(name)
                    } else {
                        param.raw.into()
                    };
                    (param.name.into(), raw)
                })
                .collect();
            let new = property::joined(content.name, &params, content.value);
            self.facts.named.insert(name.clone());
            self.facts.edits.insert(index, new);
        }
        self.facts.zones.retain(|tzid| !names.contains_key(tzid));
    }
}

/// The components as they stood, each calendar's in its own frame.
fn original(parts: &[Part<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut by_calendar: BTreeMap<usize, Vec<&Part<'_>>> = BTreeMap::new();
    for part in parts {
        by_calendar.entry(part.at).or_default().push(part);
    }
    for mine in by_calendar.into_values() {
        let Some(calendar) = mine.first().map(|part| &part.calendar) else {
            continue;
        };
        let frame = |out: &mut Vec<u8>, text: &[u8]| {
            if !calendar.wrapped {
                out.extend_from_slice(text);
            }
        };
        frame(&mut out, b"BEGIN:VCALENDAR\r\n");
        out.extend_from_slice(&calendar.raw);
        let mut zones: Vec<&str> = Vec::new();
        for part in &mine {
            for index in &part.facts.zoned {
                let content = part.lines.get(*index).and_then(|line| Content::parse(&line.text));
                let Some(tzid) = content.and_then(|content| content.param("TZID")) else {
                    continue;
                };
                if let Some((name, zone)) = calendar.zones.get_key_value(tzid)
                    && !zones.contains(&name.as_str())
                {
                    zones.push(name);
                    out.extend_from_slice(&zone.raw);
                    out.extend_from_slice(b"\r\n");
                }
            }
        }
        for part in &mine {
            out.extend_from_slice(part.raw);
            out.extend_from_slice(b"\r\n");
        }
        frame(&mut out, b"END:VCALENDAR\r\n");
    }
    out
}

struct Write<'s, 'a> {
    stream: &'s Stream<'a>,
    out: Vec<u8>,
    folds: usize,
    /// Whether any line is not as it stood.
    changed: bool,
    findings: Vec<Finding>,
}

impl Write<'_, '_> {
    /// The calendar's properties and the zones in use.
    fn frame(&mut self, uid: &str, parts: &[Part<'_>], renamed: &BTreeMap<String, String>) {
        let Some(first) = parts.first() else { return };
        let calendar = &first.calendar;
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
        self.out.extend_from_slice(&calendar.header);
        self.folds += calendar.folds;
        let differs = |other: &&Part<'_>| {
            other.at != first.at
                && (other.calendar.header != calendar.header || other.calendar.method != calendar.method)
        };
        if parts.iter().any(|part| differs(&part)) {
            self.findings
                .push(Finding::CalendarsDiffer { uid: one_line(uid) });
        }
        if let Some(method) = &calendar.method {
            let shown = one_line(method);
            self.findings.push(match method.as_str() {
                "PUBLISH" | "REQUEST" => Finding::RepairMethod { method: shown },
                _ => Finding::MethodMessage { method: shown },
            });
        }
        let mut written: BTreeMap<&str, &Zone> = BTreeMap::new();
        for part in parts {
            for tzid in part
                .facts
                .zones
                .iter()
                .filter(|tzid| !renamed.contains_key(*tzid))
            {
                let Some(zone) = part.calendar.zones.get(tzid) else {
                    continue;
                };
                let known = written.get(tzid.as_str()).copied();
                if zone.conflict || known.is_some_and(|known| known.written != zone.written) {
                    self.findings.push(Finding::TzConflict { tzid: one_line(tzid) });
                }
                if known.is_none() {
                    if !zone.valid {
                        self.findings.push(Finding::TzInvalid { tzid: one_line(tzid) });
                    }
                    written.insert(tzid, zone);
                }
            }
        }
        for zone in written.into_values() {
            self.out.extend_from_slice(&zone.written);
            self.folds += zone.folds;
        }
        // Without rules some servers make up their own, and not always the right ones.
        let named: BTreeSet<&String> = parts.iter().flat_map(|part| &part.facts.named).collect();
        let year = first_year(parts);
        for name in named {
            let mut known = self.stream.rules.borrow_mut();
            let rules = known
                .entry((name.clone(), year))
                .or_insert_with(|| zone::vtimezone_since(name, year).map(Into::into));
            if let Some(rules) = rules {
                self.out.extend_from_slice(rules.as_bytes());
            }
        }
        if self.out.len() > self.stream.options.limits.max_frame {
            self.findings.push(Finding::FrameTooLarge {
                bytes: self.out.len(),
            });
        }
    }

    fn added(&mut self, property: &str, value: &str) {
        self.changed = true;
        line::write(&mut self.out, &format!("{property}:{value}"));
        self.findings.push(Finding::RepairAdded {
            property: property.into(),
            value: value.into(),
        });
    }

    fn component(&mut self, part: &Part<'_>, made: Option<&str>) {
        let facts = &part.facts;
        let untouched = part.strict
            && facts.edits.is_empty()
            && facts.strays.is_empty()
            && facts.has_stamp
            && made.is_none();
        if untouched {
            self.out.extend_from_slice(part.raw);
            self.out.extend_from_slice(b"\r\n");
            return;
        }
        self.changed = true;
        for index in part.component.lines.clone() {
            if facts.strays.contains(&index) {
                continue;
            }
            let Some(line) = part.lines.get(index) else {
                continue;
            };
            match facts.edits.get(&index) {
                Some(text) => line::write(&mut self.out, text),
                None => self.folds += usize::from(calendar::put_component(&mut self.out, line)),
            }
            if index == part.component.lines.start {
                if let Some(uid) = made {
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
        if !part.component.closed {
            line::write(&mut self.out, &format!("END:{}", part.component.name));
        }
    }
}

/// The year in which the rules of zones have to begin: that before the first date.
fn first_year(parts: &[Part<'_>]) -> i16 {
    let timings = parts.iter().map(|part| &part.facts.timing);
    let first = timings
        .flat_map(|timing| {
            let stamps = timing
                .start
                .iter()
                .chain(&timing.end)
                .chain(&timing.recurrence_id);
            stamps
                .chain(&timing.excluded)
                .chain(timing.dates.iter().map(|(stamp, _)| stamp))
        })
        .map(|stamp| stamp.local)
        .min();
    let year = first.map_or(1970, |local| civil::date(local.div_euclid(civil::DAY)).0 - 1);
    i16::try_from(year).unwrap_or(1970)
}

/// The name in a `TZID` parameter as it stands.
fn tzid(raw: &[u8]) -> &str {
    let name = match raw.strip_prefix(b"\"") {
        Some(quoted) => quoted.split(|&b| b == b'"').next(),
        None => raw.split(|&b| b == b':' || b == b';').next(),
    };
    std::str::from_utf8(name.unwrap_or_default()).unwrap_or_default()
}

/// The UID among strict lines.
fn find_uid(raw: &[u8]) -> Option<String> {
    let at = memchr::memmem::find(raw, b"\nUID:")?;
    let mut uid = Vec::new();
    for (number, line) in raw.get(at + 5..)?.split(|&b| b == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match (
            number,
            line.strip_prefix(b" ").or_else(|| line.strip_prefix(b"\t")),
        ) {
            (0, _) => uid.extend_from_slice(line),
            (_, Some(more)) => uid.extend_from_slice(more),
            _ => break,
        }
    }
    Some(String::from_utf8_lossy(&uid).trim().to_owned())
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
