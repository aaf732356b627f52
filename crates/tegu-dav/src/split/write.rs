//! Writes the bytes of a resource, and the original kept for a person.

use std::collections::{BTreeMap, BTreeSet};

use super::Stream;
use super::calendar::{self, Zone};
use super::part::Part;
use crate::content::{Content, Param};
use crate::error::one_line;
use crate::line;
use crate::time::civil;
use crate::{Finding, value, zone};

/// The components as they stood, each calendar's in its own frame.
pub(super) fn original(parts: &[Part<'_>]) -> Vec<u8> {
    let size: usize = parts.iter().map(|part| part.raw.len() + 2).sum();
    let header = parts.first().map_or(0, |part| part.calendar.raw.len());
    let mut out = Vec::with_capacity(size + header + 64);
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

pub(super) struct Write<'s, 'a> {
    pub(super) stream: &'s Stream<'a>,
    pub(super) out: Vec<u8>,
    pub(super) folds: usize,
    /// Whether any line is not as it stood.
    #[cfg_attr(
        not(feature = "calcard"),
        allow(dead_code, reason = "the second reader asks for it")
    )]
    pub(super) changed: bool,
    pub(super) findings: Vec<Finding>,
}

impl Write<'_, '_> {
    /// The calendar's properties and the zones in use.
    pub(super) fn frame(&mut self, uid: &str, parts: &[Part<'_>], renamed: &BTreeMap<String, String>) {
        let Some(first) = parts.first() else { return };
        let calendar = &first.calendar;
        self.out.extend_from_slice(b"BEGIN:VCALENDAR\r\n");
        if calendar.wrapped {
            self.findings.push(Finding::RepairWrapped);
        }
        match calendar.version.as_deref() {
            None => self.added("VERSION", "2.0"),
            Some("2.0" | "2.0;2.0") => {}
            Some(calendar::OLD) if calendar.is_modern() && !parts.iter().any(is_old) => {
                self.changed = true;
                line::write(&mut self.out, "VERSION:2.0");
                let from = calendar::OLD.into();
                self.findings.push(Finding::RepairCalendarVersion { from });
            }
            Some(calendar::OLD) => {
                line::write(&mut self.out, "VERSION:1.0");
                let version = calendar::OLD.into();
                self.findings.push(Finding::VersionUnknown { version });
            }
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
                && (other.calendar.header != calendar.header
                    || other.calendar.version != calendar.version
                    || other.calendar.method != calendar.method)
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
                    if zone.midnight {
                        self.findings
                            .push(Finding::RepairZoneStart { tzid: one_line(tzid) });
                    }
                    written.insert(tzid, zone);
                }
            }
        }
        // Without rules some servers make up their own, and not always the right ones.
        let named: BTreeSet<&String> = parts.iter().flat_map(|part| &part.facts.named).collect();
        let year = first_year(parts);
        let rules_of = |name: &String| {
            let mut known = self.stream.rules.borrow_mut();
            let rules = known.entry((name.clone(), year));
            rules
                .or_insert_with(|| zone::vtimezone_since(name, year).map(Into::into))
                .clone()
        };
        let ours: Vec<_> = named
            .into_iter()
            .filter_map(|name| Some((name.as_str(), rules_of(name)?)))
            .collect();
        let ours = ours.iter().map(|(name, rules)| (*name, rules.as_bytes(), 0));
        let of_file = written
            .into_iter()
            .map(|(tzid, zone)| (tzid, &*zone.written, zone.folds));
        // By their names, wherever they come from: what reads this again finds the same order.
        let mut zones: Vec<_> = of_file.chain(ours).collect();
        zones.sort_by_key(|(tzid, ..)| *tzid);
        for (_, text, folds) in zones {
            self.out.extend_from_slice(text);
            self.folds += folds;
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

    pub(super) fn component(&mut self, part: &Part<'_>, made: Option<&str>) {
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

/// Whether any line is one that only vCalendar 1.0 has.
fn is_old(part: &Part<'_>) -> bool {
    part.texts().filter_map(Content::parse).any(|content| {
        let old = |param: &Param<'_>| {
            param.is("CHARSET")
                || (param.is("ENCODING") && param.raw.eq_ignore_ascii_case("QUOTED-PRINTABLE"))
        };
        let alarm = ["AALARM", "DALARM", "MALARM", "PALARM", "DCREATED", "RNUM"];
        content.params.iter().any(old) || alarm.iter().any(|name| content.is(name))
    })
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
