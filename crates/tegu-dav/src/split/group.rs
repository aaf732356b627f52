//! Turns the components of one UID into one resource, and checks that they belong together.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::rc::Rc;

use super::calendar::Calendar;
use super::check::Check;
use super::part::Part;
use super::places::Unit;
#[cfg(feature = "calcard")]
use super::second::second_reader;
use super::write::{Write, original};
use super::zones::{self, Decision};
use super::{Stream, kind, property, series};
use crate::content::{self, Content};
use crate::error::one_line;
use crate::ical::{self, Component};
use crate::item::resource_name;
use crate::line::{self, Line};
use crate::occur::{Timing, Zones};
use crate::time::civil::DAY;
use crate::time::steps::Steps;
use crate::{Finding, Item, ItemKind, Result};

impl Stream<'_> {
    pub(super) fn group(&mut self, made: Option<String>, units: &[Unit]) -> Result<Item> {
        let size: u64 = units.iter().map(|unit| unit.span.end - unit.span.start + 2).sum();
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        let mut ranges: Vec<Range<usize>> = Vec::with_capacity(units.len());
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
            let check = self.check(&lines, &calendar);
            let mut facts = check.component(&component);
            if let Some(index) = left_over {
                let line = check.number(index);
                facts.add(Finding::StructureBroken { line });
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
        let steps = Rc::new(self.work.part(self.options.limits.max_steps));
        self.whole_days(&mut parts, &steps);
        for part in &parts {
            let used = self.used.entry(part.at).or_default();
            for tzid in &part.facts.zones {
                if !used.contains(tzid) {
                    used.insert(tzid.clone());
                }
            }
        }
        let item = self.item(made, parts, &steps);
        self.work.charge(&steps);
        Ok(item)
    }

    fn check<'c>(&'c self, lines: &'c [Line<'c>], calendar: &'c Calendar) -> Check<'c> {
        let mut check = Check::new(lines, &calendar.names, &self.options.limits);
        check.scheduling = self.options.scheduling;
        check.addresses = self.options.addresses.as_deref();
        check
    }

    /// Series of whole days whose exceptions are named by the midnight at which a day begins are given days (RFC 5545 section
    /// 3.8.4.4), where the series takes place on these. No other time of another day can be meant.
    fn whole_days(&self, parts: &mut [Part<'_>], steps: &Rc<Steps>) {
        let named = |part: &Part<'_>| {
            part.facts
                .timing
                .recurrence_id
                .as_ref()
                .and_then(series::midnight)
        };
        let Some(last) = parts.iter().filter_map(named).max() else {
            return;
        };
        let master = parts.iter().find(|part| part.facts.recurrence_id.is_none());
        let Some(master) = master.map(|part| part.facts.timing.clone()) else {
            return;
        };
        let days = series::days(&master, last, steps);
        for part in parts {
            let Some(day) = named(part).filter(|day| days.contains(day)) else {
                continue;
            };
            let mut lines = part.lines.clone();
            let mut own = part.component.own_lines();
            let Some((index, line, text)) = own.find_map(|index| {
                let line = lines.get(index)?;
                Some((
                    index,
                    line.number,
                    property::as_day(&Content::parse(&line.text)?)?,
                ))
            }) else {
                continue;
            };
            drop(own);
            if let Some(line) = lines.get_mut(index) {
                line.text = Cow::Owned(text.clone());
            }
            let mut facts = self.check(&lines, &part.calendar).component(&part.component);
            // What was said of lines that belong to no component stays true.
            let broken = part.facts.findings.iter();
            for finding in broken.filter(|finding| matches!(finding, Finding::StructureBroken { .. })) {
                if !facts.findings.contains(finding) {
                    facts.add(finding.clone());
                }
            }
            facts.add(Finding::RepairRecurrenceId {
                value: series::shown(day * DAY, true),
                line,
            });
            // The bytes for a person still name its zone.
            facts.zoned.push(index);
            facts.edits.insert(index, text);
            part.facts = facts;
        }
    }

    fn item(&self, made: Option<String>, parts: Vec<Part<'_>>, steps: &Rc<Steps>) -> Item {
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
        self.series(&parts, steps, &mut findings);
        let master = parts
            .iter()
            .find(|part| part.facts.recurrence_id.is_none())
            .or(parts.first());
        let summary = master.map(|part| part.facts.summary.clone()).unwrap_or_default();
        let rename = self.decisions(&parts, steps, &mut findings);
        if steps.spent() {
            findings.push(Finding::RecurrenceWork { uid: one_line(&uid) });
        }
        for part in &mut parts {
            part.rename(&rename);
        }
        let mut write = Write {
            stream: self,
            out: Vec::with_capacity(size(&parts)),
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
        #[cfg(feature = "calcard")]
        if self.options.second_reader
            && write.changed
            && let Err(reason) = second_reader(&write.out)
        {
            write.findings.push(Finding::CheckFailed { reason });
        }
        let Write { out, findings, .. } = write;
        // Nobody can accept to send it, since each resource would repeat it.
        let fits = !findings
            .iter()
            .any(|finding| matches!(finding, Finding::FrameTooLarge { .. }));
        Item {
            kind,
            summary,
            components,
            findings,
            body: (is_stored(kind) && fits).then_some(out),
            original: original(&parts),
            resource_name: resource_name(&uid, "ics"),
            uid,
        }
    }
}

/// About how large the resource is without its zones.
fn size(parts: &[Part<'_>]) -> usize {
    let header = parts.first().map_or(0, |part| part.calendar.header.len());
    let own: usize = parts.iter().map(|part| part.raw.len() + 64).sum();
    header + own + 128
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
    let mut known: HashMap<[u8; 32], usize> = HashMap::new();
    // In the order of the file, whatever the table's order is.
    let mut copies: Vec<usize> = Vec::new();
    let kept = parts
        .into_iter()
        .filter(|part| {
            let mut hasher = blake3::Hasher::new();
            for text in part.texts() {
                hasher.update(text.as_bytes());
                hasher.update(b"\n");
            }
            let at = *known.entry(*hasher.finalize().as_bytes()).or_insert(copies.len());
            match copies.get_mut(at) {
                Some(count) => {
                    *count += 1;
                    false
                }
                None => {
                    copies.push(1);
                    true
                }
            }
        })
        .collect();
    for copies in copies.into_iter().filter(|&copies| copies > 1) {
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
}

impl Stream<'_> {
    /// Whether exceptions and excluded dates belong to occurrences.
    fn series(&self, parts: &[Part<'_>], steps: &Rc<Steps>, findings: &mut Vec<Finding>) {
        let timings: Vec<&Timing> = parts.iter().map(|part| &part.facts.timing).collect();
        let special = timings
            .iter()
            .any(|timing| timing.recurrence_id.is_some() || !timing.excluded.is_empty());
        if !special {
            return;
        }
        let mut zones = Zones::new(steps);
        for part in parts {
            for tzid in &part.facts.zones {
                let zone = part.calendar.zones.get(tzid);
                if let Some(clock) = zone.and_then(|zone| zone.clock(&self.options.limits, &self.work)) {
                    zones.define(tzid, clock);
                }
            }
        }
        series::check(&timings, &zones, findings);
    }

    /// What becomes of the zones of the file: the new names of those that get one.
    fn decisions(
        &self,
        parts: &[Part<'_>],
        steps: &Rc<Steps>,
        findings: &mut Vec<Finding>,
    ) -> BTreeMap<String, String> {
        let mut out = BTreeMap::new();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let timings: Vec<&Timing> = parts.iter().map(|part| &part.facts.timing).collect();
        let mut asked: BTreeSet<&str> = BTreeSet::new();
        for part in parts {
            for tzid in part.facts.renamed.iter().filter(|tzid| asked.insert(tzid)) {
                findings.extend(zones::meaning(tzid, &timings, steps));
            }
            for tzid in &part.facts.zones {
                let Some(zone) = part.calendar.zones.get(tzid).filter(|_| seen.insert(tzid)) else {
                    continue;
                };
                let clock = zone.clock(&self.options.limits, &self.work);
                match zones::decide(tzid, zone, clock, &part.calendar.zones, &timings, steps) {
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
