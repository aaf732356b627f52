//! Checks a component, and repairs what can be repaired safely.

use std::collections::{BTreeMap, BTreeSet};

use super::options::Scheduling;
use crate::content::{Content, upper};
use crate::error::one_line;
use crate::ical::Component;
use crate::line::Line;
use crate::occur::Timing;
use crate::resolve::Lookup;
use crate::value::{self, Moment};
use crate::{Finding, Limits, finding, zone};

/// A component as far as splitting needs to know it.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) uid: Option<String>,
    pub(super) recurrence_id: Option<String>,
    pub(super) summary: String,
    pub(super) stamp: Option<String>,
    pub(super) has_stamp: bool,
    /// When it takes place.
    pub(super) timing: Timing,
    /// Zones of the file that the component uses.
    pub(super) zones: BTreeSet<String>,
    /// Lines that name a zone of the file.
    pub(super) zoned: Vec<usize>,
    /// IANA zones that it uses and that the file does not define.
    pub(super) named: BTreeSet<String>,
    /// Lines to be written otherwise than they stood.
    pub(super) edits: BTreeMap<usize, String>,
    /// Lines that belong to nothing and are not written.
    pub(super) strays: BTreeSet<usize>,
    pub(super) findings: Vec<Finding>,
    pub(super) agents: usize,
    /// Scheduling parameters that were taken out, with their values, and of how many lines.
    pub(super) unscheduled: BTreeMap<(String, String), usize>,
    pub(super) renamed: BTreeSet<String>,
}

impl Facts {
    pub(super) fn add(&mut self, finding: Finding) {
        finding::add(&mut self.findings, finding);
    }
}

pub(super) struct Check<'c> {
    pub(super) lines: &'c [Line<'c>],
    /// Names of the zones that the file defines.
    pub(super) zones: &'c BTreeSet<String>,
    pub(super) scheduling: Scheduling,
    pub(super) limits: &'c Limits,
    pub(super) addresses: Option<&'c dyn Lookup>,
}

const ONCE: &[&str] = &[
    "CLASS",
    "COMPLETED",
    "CREATED",
    "DTEND",
    "DTSTAMP",
    "DTSTART",
    "DUE",
    "DURATION",
    "GEO",
    "LAST-MODIFIED",
    "LOCATION",
    "ORGANIZER",
    "PERCENT-COMPLETE",
    "PRIORITY",
    "RECURRENCE-ID",
    "SEQUENCE",
    "STATUS",
    "SUMMARY",
    "TRANSP",
    "UID",
    "URL",
    "TRIGGER",
    "ACTION",
    "TZID",
    "TZOFFSETFROM",
    "TZOFFSETTO",
];

impl<'c> Check<'c> {
    pub(super) fn new(lines: &'c [Line<'c>], zones: &'c BTreeSet<String>, limits: &'c Limits) -> Self {
        Self {
            lines,
            zones,
            scheduling: Scheduling::Client,
            limits,
            addresses: None,
        }
    }

    pub(super) fn component(&self, component: &Component) -> Facts {
        let mut facts = Facts::default();
        self.walk(component, &mut facts, true);
        if facts.agents > 0 {
            facts.add(Finding::RepairScheduleAgent { lines: facts.agents });
        }
        for ((parameter, value), lines) in std::mem::take(&mut facts.unscheduled) {
            facts.add(Finding::RepairScheduleRemoved {
                parameter,
                value,
                lines,
            });
        }
        facts
    }

    /// Whether the rules of a zone can be read.
    pub(super) fn zone_is_valid(&self, component: &Component) -> bool {
        let mut facts = Facts::default();
        self.walk(component, &mut facts, false);
        let rules = component.children.iter();
        !component.children.is_empty()
            && rules
                .clone()
                .all(|c| matches!(c.name.as_str(), "STANDARD" | "DAYLIGHT"))
            && !facts.findings.iter().any(Finding::is_lossy)
            && facts.edits.is_empty()
            && rules
                .flat_map(Component::own_lines)
                .all(|at| self.starts_locally(at))
    }

    /// The rules of a zone start in its own local time, which no zone or type has to be named for.
    fn starts_locally(&self, index: usize) -> bool {
        let content = self.lines.get(index).and_then(|line| Content::parse(&line.text));
        content
            .filter(|content| content.is("DTSTART"))
            .is_none_or(|content| {
                content
                    .params
                    .iter()
                    .all(|p| p.is("VALUE") && p.raw.eq_ignore_ascii_case("DATE-TIME"))
                    && matches!(Moment::parse(content.value), Some(Moment::DateTime(_, _, false)))
            })
    }

    fn walk(&self, component: &Component, facts: &mut Facts, top: bool) {
        let first = self.number(component.lines.start);
        if !component.closed {
            facts.add(Finding::Truncated { line: first });
        }
        for &stray in &component.stray {
            facts.strays.insert(stray);
            facts.add(Finding::StructureBroken {
                line: self.number(stray),
            });
        }
        let mut seen: Vec<String> = Vec::new();
        let mut start: Option<(Moment, Option<String>)> = None;
        let mut ends: Vec<(String, usize, Moment, Option<String>)> = Vec::new();
        for index in component.own_lines() {
            let Some(line) = self.lines.get(index) else {
                continue;
            };
            let number = line.number;
            if line.undecodable() {
                facts.add(Finding::CharsetUnknown {
                    charset: "UTF-8".into(),
                    line: number,
                });
            } else if crate::text::has_control(&line.text) {
                facts.add(Finding::ControlCharacter { line: number });
            }
            // No line of a calendar has a group, which only cards know.
            let whole = |c: &Content<'_>| {
                c.group.is_none()
                    && c.params.len() <= self.limits.max_params
                    && c.params.iter().all(|p| !p.name.is_empty())
            };
            let parsed = Content::parse(&line.text).filter(whole);
            let quoted = parsed
                .as_ref()
                .is_none_or(|c| is_date_name(c.name) && Moment::parse(c.value).is_none())
                .then(|| quote_zone(&line.text))
                .flatten()
                .filter(|text| Content::parse(text).as_ref().is_some_and(whole));
            if let Some(text) = &quoted {
                facts.add(Finding::RepairQuoted { line: number });
                facts.edits.insert(index, text.clone());
            }
            let Some(content) = quoted.as_deref().map_or(parsed, Content::parse) else {
                facts.add(Finding::JunkLine {
                    line: number,
                    text: one_line(&line.text),
                });
                continue;
            };
            let name = upper(content.name);
            let name = &*name;
            let once = ONCE.contains(&name) || (name == "DESCRIPTION" && component.name != "VJOURNAL");
            if once && seen.iter().any(|known| known == name) {
                facts.add(Finding::PropertyRepeated {
                    property: name.to_owned(),
                    line: number,
                });
            }
            self.property(component, name, &content, index, facts);
            if matches!(name, "DTSTART" | "DTEND" | "DUE")
                && let Some(moment) = Moment::parse(content.value.trim())
            {
                let tzid = content.param("TZID").map(str::to_owned);
                if name == "DTSTART" {
                    start = Some((moment, tzid));
                } else {
                    ends.push((name.to_owned(), number, moment, tzid));
                }
            }
            if top {
                facts.timing.read(name, &content);
                match name {
                    // One is made for a component that has only an empty one, which then has no place beside it.
                    "UID" if content.value.trim().is_empty() => {
                        facts.strays.insert(index);
                    }
                    "UID" => facts.uid = Some(content.value.trim().to_owned()),
                    "RECURRENCE-ID" => facts.recurrence_id = Some(content.value.to_owned()),
                    "SUMMARY" => facts.summary = crate::text::summary(&value::unescape(content.value)),
                    "DTSTAMP" => facts.has_stamp = true,
                    "LAST-MODIFIED" | "CREATED" if facts.stamp.is_none() => {
                        facts.stamp = Some(content.value.to_owned());
                    }
                    _ => {}
                }
            }
            if (once || matches!(name, "RRULE" | "RDATE")) && !seen.iter().any(|known| known == name) {
                seen.push(name.to_owned());
            }
        }
        self.dates_fit(start.as_ref(), &ends, facts);
        self.required(component, &seen, first, facts);
        for child in &component.children {
            self.walk(child, facts, false);
        }
    }

    pub(super) fn number(&self, index: usize) -> usize {
        self.lines.get(index).map_or(0, |line| line.number)
    }

    fn required(&self, component: &Component, seen: &[String], line: usize, facts: &mut Facts) {
        let has = |name: &str| seen.iter().any(|property| property == name);
        let demanded: &[&str] = match component.name.as_str() {
            "VEVENT" => &["DTSTART"],
            "VALARM" => &["ACTION", "TRIGGER"],
            "VTIMEZONE" => &["TZID"],
            "STANDARD" | "DAYLIGHT" => &["DTSTART", "TZOFFSETFROM", "TZOFFSETTO"],
            "VTODO" if has("RRULE") || has("RDATE") => &["DTSTART"],
            _ => &[],
        };
        for property in demanded.iter().filter(|name| !has(name)) {
            facts.add(Finding::PropertyMissing {
                property: (*property).into(),
                line,
            });
        }
        for other in ["DTEND", "DUE"] {
            if component.name != "VALARM" && has("DURATION") && has(other) {
                facts.add(Finding::PropertyConflict {
                    property: "DURATION".into(),
                    other: other.into(),
                    line,
                });
            }
        }
    }

    fn dates_fit(
        &self,
        start: Option<&(Moment, Option<String>)>,
        ends: &[(String, usize, Moment, Option<String>)],
        facts: &mut Facts,
    ) {
        let Some((start, start_zone)) = start else { return };
        for (property, line, end, end_zone) in ends {
            let comparable = match (start, end) {
                (Moment::Date(_), Moment::Date(_)) => true,
                (Moment::DateTime(_, _, a), Moment::DateTime(_, _, b)) => a == b && start_zone == end_zone,
                _ => false,
            };
            if start.is_date() != end.is_date() || (comparable && end < start) {
                facts.add(Finding::DateMismatch {
                    property: property.clone(),
                    line: *line,
                });
            }
        }
    }
}

pub(super) fn is_date_name(name: &str) -> bool {
    matches!(
        &*upper(name),
        "DTSTART"
            | "DTEND"
            | "DUE"
            | "RECURRENCE-ID"
            | "EXDATE"
            | "RDATE"
            | "DTSTAMP"
            | "CREATED"
            | "LAST-MODIFIED"
            | "COMPLETED"
    )
}

/// Puts an unquoted zone name with a colon, `TZID=(UTC+03:00) Moscow`, into quotes: only where the
/// part after the last colon is a date, so that no other reading is possible.
fn quote_zone(text: &str) -> Option<String> {
    let (head, tail) = text.rsplit_once(':')?;
    let at = head.to_ascii_uppercase().find(";TZID=(")? + ";TZID=".len();
    let (before, name) = (head.get(..at)?, head.get(at..)?);
    Moment::parse(tail.trim())?;
    let plain = !name.contains(['"', ';', '=']) && zone::iana(name).is_some();
    plain.then(|| format!("{before}\"{name}\":{}", tail.trim()))
}
