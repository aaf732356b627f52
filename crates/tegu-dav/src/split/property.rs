//! Checks the value of one property line, and decides how the line is sent.

use std::borrow::Cow;

use super::check::{Check, Facts, is_date_name};
use super::options::Scheduling;
use crate::content::{self, Content};
use crate::error::one_line;
use crate::ical::Component;
use crate::resolve::{self, is_directory_address};
use crate::value::{self, Moment};
use crate::{Finding, zone};

impl Check<'_> {
    pub(super) fn property(
        &self,
        component: &Component,
        name: &str,
        content: &Content<'_>,
        index: usize,
        facts: &mut Facts,
    ) {
        let line = self.number(index);
        // Most properties are text, without parameters, and need no look.
        if content.params.is_empty() && is_text(name) {
            return;
        }
        let mut params: Vec<(Cow<'_, str>, Cow<'_, str>)> = content
            .params
            .iter()
            .map(|p| (p.name.into(), p.raw.into()))
            .collect();
        let mut changed = false;
        let mut new_value = None;
        let shown = || one_line(content.value);
        let kind = value_type(content);

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
                facts.add(Finding::DateInvalid {
                    property: name.into(),
                    value: shown(),
                    line,
                });
            } else if dates > 0 && kind.is_empty() {
                // An empty parameter says nothing, and a reader that takes the first one would find it.
                params.retain(|(name, _)| !name.eq_ignore_ascii_case("VALUE"));
                params.push(("VALUE".into(), "DATE".into()));
                changed = true;
                facts.add(Finding::RepairValueDate {
                    property: name.into(),
                    line,
                });
            }
        }
        match name {
            "RRULE" | "EXRULE" if !value::recurrence(content.value) => {
                facts.add(Finding::RecurrenceInvalid { value: shown(), line });
            }
            "RRULE" if super::series::dense(content.value) => {
                facts.add(Finding::RecurrenceDense { value: shown(), line });
            }
            "RDATE" if kind == "PERIOD" => facts.add(Finding::RecurrencePeriods { line }),
            "DURATION" if value::duration(content.value).is_none() => {
                facts.add(Finding::DurationInvalid {
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
                    facts.add(Finding::DurationInvalid {
                        property: name.into(),
                        value: shown(),
                        line,
                    });
                }
            }
            "TZOFFSETFROM" | "TZOFFSETTO" if !value::utc_offset(content.value) => {
                facts.add(Finding::DateInvalid {
                    property: name.into(),
                    value: shown(),
                    line,
                });
            }
            "FREEBUSY" if !content.value.split(',').all(value::period) => {
                facts.add(Finding::DateInvalid {
                    property: name.into(),
                    value: shown(),
                    line,
                });
            }
            "ORGANIZER" | "ATTENDEE" if component.name != "VALARM" => {
                new_value = self.address(content.value, facts);
                changed |= new_value.is_some();
                changed |= self.delegates(&mut params, facts);
                changed |= self.schedule_agent(&mut params, facts);
            }
            _ => {}
        }
        let binary = content
            .param("ENCODING")
            .is_some_and(|e| e.eq_ignore_ascii_case("base64") || e.eq_ignore_ascii_case("b"));
        if binary && value::base64(content.value).is_none() {
            facts.add(Finding::Base64Invalid {
                property: name.into(),
                line,
            });
        }
        changed |= self.time_zone(content, index, &mut params, facts);
        if changed {
            let value = new_value.as_deref().unwrap_or(content.value);
            facts.edits.insert(index, joined(content.name, &params, value));
        }
    }

    /// The address that takes the place of a directory address, if somebody knows it.
    fn address(&self, address: &str, facts: &mut Facts) -> Option<String> {
        if !is_directory_address(address) {
            return None;
        }
        let (found, finding) = resolve::replacement(address, self.addresses);
        facts.add(finding);
        found.map(|smtp| format!("mailto:{smtp}"))
    }

    /// Directory addresses in parameters that hold addresses.
    fn delegates<'p>(&self, params: &mut [(Cow<'p, str>, Cow<'p, str>)], facts: &mut Facts) -> bool {
        let mut changed = false;
        for (name, raw) in params {
            let holds = ["SENT-BY", "DELEGATED-TO", "DELEGATED-FROM", "MEMBER", "EMAIL"]
                .iter()
                .any(|known| name.eq_ignore_ascii_case(known));
            if !holds
                || !raw
                    .split(',')
                    .any(|value| is_directory_address(value.trim_matches('"')))
            {
                continue;
            }
            let values: Vec<String> = raw
                .split(',')
                .map(|value| {
                    let bare = value.trim_matches('"');
                    match self.address(bare, facts) {
                        Some(smtp) if name.eq_ignore_ascii_case("EMAIL") => {
                            smtp.trim_start_matches("mailto:").to_owned()
                        }
                        Some(smtp) => format!("\"{smtp}\""),
                        None => value.to_owned(),
                    }
                })
                .collect();
            *raw = values.join(",").into();
            changed = true;
        }
        changed
    }

    /// RFC 6638 section 7.1: the server leaves the messages to the client, and ours sends none. Both
    /// the organiser's and the attendees' lines are marked, because whose calendar it is, is not known.
    fn schedule_agent<'p>(&self, params: &mut Vec<(Cow<'p, str>, Cow<'p, str>)>, facts: &mut Facts) -> bool {
        if self.scheduling == Scheduling::Server {
            return false;
        }
        let is_agent = |(name, _): &(Cow<'p, str>, Cow<'p, str>)| name.eq_ignore_ascii_case("SCHEDULE-AGENT");
        let is_ours =
            |value: &str| value.eq_ignore_ascii_case("CLIENT") || value.eq_ignore_ascii_case("NONE");
        let place = params.iter().position(is_agent);
        // A server may go by any of several, so one is left.
        let mut agents = params.iter().filter(|param| is_agent(param));
        let marked = agents.next().is_some_and(|(_, value)| is_ours(value)) && agents.next().is_none();
        if !marked {
            params.retain(|param| !is_agent(param));
            let place = place.unwrap_or(params.len());
            params.insert(place, ("SCHEDULE-AGENT".into(), "CLIENT".into()));
        }
        facts.agents += usize::from(!marked);
        // RFC 6638 sections 7.2 and 7.3: a wish to send at once, and what came of an earlier one.
        let before = params.len();
        params.retain(|(name, value)| {
            let force = name.eq_ignore_ascii_case("SCHEDULE-FORCE-SEND");
            let status = name.eq_ignore_ascii_case("SCHEDULE-STATUS") && !marked;
            if force || status {
                let key = (name.to_ascii_uppercase(), one_line(value));
                *facts.unscheduled.entry(key).or_insert(0) += 1;
            }
            !force && !status
        });
        !marked || params.len() != before
    }

    fn time_zone<'p>(
        &self,
        content: &Content<'_>,
        index: usize,
        params: &mut [(Cow<'p, str>, Cow<'p, str>)],
        facts: &mut Facts,
    ) -> bool {
        let Some(tzid) = content.param("TZID") else {
            return false;
        };
        if content.params.iter().filter(|param| param.is("TZID")).count() > 1 {
            facts.add(Finding::PropertyRepeated {
                property: "TZID".into(),
                line: self.number(index),
            });
        }
        if self.zones.contains(tzid) {
            facts.zones.insert(tzid.to_owned());
            facts.zoned.push(index);
            return false;
        }
        let first = facts.renamed.insert(tzid.to_owned());
        if zone::is_iana(tzid) {
            facts.named.insert(tzid.to_owned());
            if first {
                facts.add(Finding::TzReferenced {
                    tzid: tzid.to_owned(),
                });
            }
            return false;
        }
        let Some(name) = zone::iana(tzid) else {
            if first {
                facts.add(Finding::TzUnknown { tzid: one_line(tzid) });
            }
            return false;
        };
        if self.zones.contains(&name) {
            // The file gives the name rules of its own, and which of the two is meant is not known.
            facts.add(Finding::TzConflict { tzid: name });
            return false;
        }
        facts.named.insert(name.clone());
        for (param, raw) in params.iter_mut() {
            if param.eq_ignore_ascii_case("TZID") {
                *raw = content::quote(&name).into_owned().into();
            }
        }
        if first {
            facts.add(Finding::TzRenamed {
                from: one_line(tzid),
                to: name,
            });
        }
        true
    }
}

/// What `VALUE` says, in capitals; nothing if it is empty or absent. Several words are no type, and come out with commas.
fn value_type(content: &Content<'_>) -> String {
    let named = content.params.iter().filter(|param| param.is("VALUE"));
    let mut words: Vec<String> = named
        .flat_map(|param| param.values().map(str::to_ascii_uppercase))
        .collect();
    words.dedup();
    words.join(",")
}

/// A `RECURRENCE-ID` as the day of its time, in the time zone that it names; `None` for another property.
pub(super) fn as_day(content: &Content<'_>) -> Option<String> {
    if !content.is("RECURRENCE-ID") {
        return None;
    }
    let kept = content
        .params
        .iter()
        .filter(|param| !param.is("TZID") && !param.is("VALUE"));
    let kind = [("VALUE".into(), "DATE".into())];
    let params: Vec<(Cow<'_, str>, Cow<'_, str>)> = kind
        .into_iter()
        .chain(kept.map(|param| (param.name.into(), param.raw.into())))
        .collect();
    Some(joined(content.name, &params, content.value.trim().get(..8)?))
}

/// Whether a property holds text that nothing here is said about.
fn is_text(name: &str) -> bool {
    name.starts_with("X-")
        || matches!(
            name,
            "SUMMARY"
                | "DESCRIPTION"
                | "LOCATION"
                | "UID"
                | "SEQUENCE"
                | "STATUS"
                | "TRANSP"
                | "CLASS"
                | "PRIORITY"
                | "CATEGORIES"
                | "URL"
                | "COMMENT"
                | "ACTION"
                | "TZNAME"
                | "TZID"
                | "GEO"
        )
}

pub(super) fn joined(name: &str, params: &[(Cow<'_, str>, Cow<'_, str>)], value: &str) -> String {
    let mut out = name.to_owned();
    for (name, raw) in params {
        out.push(';');
        out.push_str(name);
        out.push('=');
        out.push_str(raw);
    }
    out.push(':');
    out.push_str(value);
    out
}
