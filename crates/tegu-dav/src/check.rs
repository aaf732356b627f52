//! What must hold for a component before it may be called whole, and the edits that make it so.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::content::{self, Content};
use crate::error::one_line;
use crate::ical::Component;
use crate::line::Line;
use crate::split::Scheduling;
use crate::value::{self, Moment};
use crate::{Finding, Limits, zone};

/// A component as far as splitting needs to know it.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) uid: Option<String>,
    pub(crate) recurrence_id: Option<String>,
    pub(crate) summary: String,
    pub(crate) stamp: Option<String>,
    pub(crate) has_stamp: bool,
    /// Zones of the file that the component uses.
    pub(crate) zones: BTreeSet<String>,
    /// Lines to be written otherwise than they stood.
    pub(crate) edits: BTreeMap<usize, String>,
    pub(crate) findings: Vec<Finding>,
    agents: usize,
    renamed: BTreeSet<String>,
}

pub(crate) struct Check<'c> {
    pub(crate) lines: &'c [Line<'c>],
    pub(crate) zones: &'c BTreeMap<String, usize>,
    pub(crate) scheduling: Scheduling,
    pub(crate) limits: &'c Limits,
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

impl Check<'_> {
    pub(crate) fn component(&self, component: &Component) -> Facts {
        let mut facts = Facts::default();
        self.walk(component, &mut facts, true);
        if facts.agents > 0 {
            facts
                .findings
                .push(Finding::RepairScheduleAgent { lines: facts.agents });
        }
        facts
    }

    /// Whether the rules of a zone can be read.
    pub(crate) fn zone_is_valid(&self, component: &Component) -> bool {
        let mut facts = Facts::default();
        self.walk(component, &mut facts, false);
        let rules = component.children.iter();
        !component.children.is_empty()
            && rules
                .clone()
                .all(|c| matches!(c.name.as_str(), "STANDARD" | "DAYLIGHT"))
            && !facts.findings.iter().any(Finding::is_lossy)
            && facts.edits.is_empty()
    }

    fn walk(&self, component: &Component, facts: &mut Facts, top: bool) {
        let first = self.number(component.lines.start);
        if !component.closed {
            facts.findings.push(Finding::Truncated { line: first });
        }
        for &stray in &component.stray {
            facts.findings.push(Finding::StructureBroken {
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
                facts.findings.push(Finding::CharsetUnknown {
                    charset: "UTF-8".into(),
                    line: number,
                });
            } else if crate::text::has_control(&line.text) {
                facts.findings.push(Finding::ControlCharacter { line: number });
            }
            let parsed = Content::parse(&line.text).filter(|c| {
                c.group.is_none()
                    && c.params.len() <= self.limits.max_params
                    && c.params.iter().all(|p| !p.name.is_empty())
            });
            let quoted = parsed
                .is_none()
                .then(|| quote_zone(&line.text))
                .flatten()
                .or_else(|| {
                    parsed
                        .as_ref()
                        .filter(|c| is_date_name(c.name) && Moment::parse(c.value).is_none())
                        .and_then(|_| quote_zone(&line.text))
                });
            if let Some(text) = &quoted {
                facts.findings.push(Finding::RepairQuoted { line: number });
                facts.edits.insert(index, text.clone());
            }
            let Some(content) = quoted.as_deref().map_or(parsed, Content::parse) else {
                facts.findings.push(Finding::JunkLine {
                    line: number,
                    text: one_line(&line.text),
                });
                continue;
            };
            let name = content.name.to_ascii_uppercase();
            let once =
                ONCE.contains(&name.as_str()) || (name == "DESCRIPTION" && component.name != "VJOURNAL");
            if once && seen.contains(&name) {
                facts.findings.push(Finding::PropertyRepeated {
                    property: name.clone(),
                    line: number,
                });
            }
            self.property(component, &name, &content, index, facts);
            let moment = Moment::parse(content.value.trim());
            let tzid = content.param("TZID").map(str::to_owned);
            match (name.as_str(), moment) {
                ("DTSTART", Some(moment)) => start = Some((moment, tzid)),
                ("DTEND" | "DUE", Some(moment)) => ends.push((name.clone(), number, moment, tzid)),
                _ => {}
            }
            if top {
                match name.as_str() {
                    "UID" => facts.uid = Some(content.value.trim().to_owned()).filter(|uid| !uid.is_empty()),
                    "RECURRENCE-ID" => facts.recurrence_id = Some(content.value.to_owned()),
                    "SUMMARY" => facts.summary = crate::text::summary(&value::unescape(content.value)),
                    "DTSTAMP" => facts.has_stamp = true,
                    "LAST-MODIFIED" | "CREATED" if facts.stamp.is_none() => {
                        facts.stamp = Some(content.value.to_owned())
                    }
                    _ => {}
                }
            }
            if once || matches!(name.as_str(), "RRULE" | "RDATE") {
                seen.push(name);
            }
        }
        self.dates_fit(start.as_ref(), &ends, facts);
        self.required(component, &seen, first, facts);
        for child in &component.children {
            self.walk(child, facts, false);
        }
    }

    fn number(&self, index: usize) -> usize {
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
            facts.findings.push(Finding::PropertyMissing {
                property: (*property).into(),
                line,
            });
        }
        for other in ["DTEND", "DUE"] {
            if component.name != "VALARM" && has("DURATION") && has(other) {
                facts.findings.push(Finding::PropertyConflict {
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
                facts.findings.push(Finding::DateMismatch {
                    property: property.clone(),
                    line: *line,
                });
            }
        }
    }

    fn property(
        &self,
        component: &Component,
        name: &str,
        content: &Content<'_>,
        index: usize,
        facts: &mut Facts,
    ) {
        let line = self.number(index);
        let mut params: Vec<(Cow<'_, str>, Cow<'_, str>)> = content
            .params
            .iter()
            .map(|p| (p.name.into(), p.raw.into()))
            .collect();
        let mut changed = false;
        let shown = || one_line(content.value);
        let kind = content.param("VALUE").unwrap_or_default().to_ascii_uppercase();

        if is_date_name(name) {
            let list = matches!(name, "EXDATE" | "RDATE");
            let stamp = !matches!(
                name,
                "DTSTART" | "DTEND" | "DUE" | "RECURRENCE-ID" | "EXDATE" | "RDATE"
            );
            let moments: Option<Vec<Moment>> = match kind.as_str() {
                "PERIOD" if list => content.value.split(',').all(value::period).then(Vec::new),
                _ if list => content.value.split(',').map(Moment::parse).collect(),
                _ => Moment::parse(content.value).map(|moment| vec![moment]),
            };
            let dates = moments
                .as_ref()
                .map_or(0, |m| m.iter().filter(|m| m.is_date()).count());
            let zoned_utc = content
                .param("TZID")
                .is_some_and(|zone| zone::iana(zone).as_deref() != Some("Etc/UTC"))
                && moments
                    .iter()
                    .flatten()
                    .any(|m| matches!(m, Moment::DateTime(_, _, true)));
            let fits = moments.as_ref().is_some_and(|m| match kind.as_str() {
                "DATE" => dates == m.len() && !stamp,
                "" => dates == 0 || (dates == m.len() && !stamp),
                "DATE-TIME" => dates == 0,
                "PERIOD" => m.is_empty(),
                _ => false,
            });
            if !fits || zoned_utc {
                facts.findings.push(Finding::DateInvalid {
                    property: name.into(),
                    value: shown(),
                    line,
                });
            } else if dates > 0 && kind.is_empty() {
                params.push(("VALUE".into(), "DATE".into()));
                changed = true;
                facts.findings.push(Finding::RepairValueDate {
                    property: name.into(),
                    line,
                });
            }
        }
        match name {
            "RRULE" | "EXRULE" if !value::recurrence(content.value) => {
                facts
                    .findings
                    .push(Finding::RecurrenceInvalid { value: shown(), line });
            }
            "DURATION" if value::duration(content.value).is_none() => {
                facts.findings.push(Finding::DurationInvalid {
                    property: name.into(),
                    value: shown(),
                    line,
                });
            }
            "TRIGGER" => {
                let valid = if kind == "DATE-TIME" {
                    matches!(Moment::parse(content.value), Some(Moment::DateTime(..)))
                } else {
                    value::duration(content.value).is_some()
                };
                if !valid {
                    facts.findings.push(Finding::DurationInvalid {
                        property: name.into(),
                        value: shown(),
                        line,
                    });
                }
            }
            "TZOFFSETFROM" | "TZOFFSETTO" if !value::utc_offset(content.value) => {
                facts.findings.push(Finding::DateInvalid {
                    property: name.into(),
                    value: shown(),
                    line,
                });
            }
            "FREEBUSY" if !content.value.split(',').all(value::period) => {
                facts.findings.push(Finding::DateInvalid {
                    property: name.into(),
                    value: shown(),
                    line,
                });
            }
            "ORGANIZER" | "ATTENDEE" if component.name != "VALARM" => {
                if is_directory_address(content.value) {
                    facts.findings.push(Finding::AddressX500 { address: shown() });
                }
                changed |= self.schedule_agent(&mut params, facts);
            }
            _ => {}
        }
        let binary = content
            .param("ENCODING")
            .is_some_and(|e| e.eq_ignore_ascii_case("base64") || e.eq_ignore_ascii_case("b"));
        if binary && value::base64(content.value).is_none() {
            facts.findings.push(Finding::Base64Invalid {
                property: name.into(),
                line,
            });
        }
        changed |= self.time_zone(content, &mut params, facts);
        if changed {
            facts.edits.insert(index, joined(content, &params));
        }
    }

    /// RFC 6638 section 7.1: the server leaves the messages to the client, and ours sends none. Both
    /// the organiser's and the attendees' lines are marked, because whose calendar it is, is not known.
    fn schedule_agent<'p>(&self, params: &mut Vec<(Cow<'p, str>, Cow<'p, str>)>, facts: &mut Facts) -> bool {
        if self.scheduling == Scheduling::Server {
            return false;
        }
        let agent = params
            .iter_mut()
            .find(|(name, _)| name.eq_ignore_ascii_case("SCHEDULE-AGENT"));
        match agent {
            Some((_, value))
                if value.eq_ignore_ascii_case("CLIENT") || value.eq_ignore_ascii_case("NONE") =>
            {
                return false;
            }
            Some((_, value)) => *value = "CLIENT".into(),
            None => params.push(("SCHEDULE-AGENT".into(), "CLIENT".into())),
        }
        facts.agents += 1;
        true
    }

    fn time_zone<'p>(
        &self,
        content: &Content<'_>,
        params: &mut [(Cow<'p, str>, Cow<'p, str>)],
        facts: &mut Facts,
    ) -> bool {
        let Some(tzid) = content.param("TZID") else {
            return false;
        };
        if self.zones.contains_key(tzid) {
            facts.zones.insert(tzid.to_owned());
            return false;
        }
        let first = facts.renamed.insert(tzid.to_owned());
        if zone::is_iana(tzid) {
            if first {
                facts.findings.push(Finding::TzReferenced {
                    tzid: tzid.to_owned(),
                });
            }
            return false;
        }
        let Some(name) = zone::iana(tzid) else {
            if first {
                facts.findings.push(Finding::TzUnknown { tzid: one_line(tzid) });
            }
            return false;
        };
        for (param, raw) in params.iter_mut() {
            if param.eq_ignore_ascii_case("TZID") {
                *raw = content::quote(&name).into_owned().into();
            }
        }
        if first {
            facts.findings.push(Finding::TzRenamed {
                from: one_line(tzid),
                to: name,
            });
        }
        true
    }
}

fn joined(content: &Content<'_>, params: &[(Cow<'_, str>, Cow<'_, str>)]) -> String {
    let mut out = content.name.to_owned();
    for (name, raw) in params {
        out.push(';');
        out.push_str(name);
        out.push('=');
        out.push_str(raw);
    }
    out.push(':');
    out.push_str(content.value);
    out
}

fn is_date_name(name: &str) -> bool {
    matches!(
        name.to_ascii_uppercase().as_str(),
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

/// X.500 names and their SMTP disguise, which only the old Exchange can deliver to.
pub(crate) fn is_directory_address(address: &str) -> bool {
    let upper = address.trim().to_ascii_uppercase();
    let bare = upper
        .strip_prefix("MAILTO:")
        .unwrap_or(&upper)
        .trim_start_matches("X500:");
    bare.starts_with("IMCEAEX-")
        || bare.starts_with("EX:")
        || (bare.starts_with("/O=") && bare.contains("/CN="))
}
