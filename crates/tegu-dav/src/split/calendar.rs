//! What a calendar says before its events: properties, zones, method.

use std::collections::{BTreeMap, BTreeSet};

use super::Job;
use crate::content::Content;
use crate::ical::Component;
use crate::{text, value};

/// A `VCALENDAR`, or the place of one around lone components.
#[derive(Default)]
pub(super) struct Calendar<'a> {
    /// Indices of the property lines that every resource repeats.
    pub(super) header: Vec<usize>,
    pub(super) zones: BTreeMap<String, &'a Component>,
    /// Zones defined in two ways.
    pub(super) conflicts: BTreeSet<String>,
    /// Zones whose rules cannot be read.
    pub(super) invalid: BTreeSet<String>,
    pub(super) version: Option<String>,
    pub(super) has_product: bool,
    /// The method with its line.
    pub(super) method: Option<(String, usize)>,
    pub(super) wrapped: bool,
    pub(super) closed: bool,
}

impl Calendar<'_> {
    pub(super) fn method(&self) -> Option<&str> {
        self.method.as_ref().map(|(method, _)| method.as_str())
    }
}

impl<'a> Job<'a> {
    pub(super) fn calendar(&mut self, root: &'a Component, junk: &mut Vec<usize>) -> Calendar<'a> {
        let mut calendar = Calendar {
            closed: root.closed,
            ..Calendar::default()
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
                calendar.method = Some((content.value.trim().to_ascii_uppercase(), index));
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
        self.zones(
            &mut calendar,
            root.children.iter().filter(|child| child.name == "VTIMEZONE"),
        );
        if !root
            .children
            .iter()
            .any(|child| super::kind(&child.name).is_some())
        {
            self.properties_of_nothing(&calendar, junk);
        }
        calendar
    }

    /// Components without a calendar share the zones that stand beside them.
    pub(super) fn loose(&mut self, roots: &'a [Component]) -> Calendar<'a> {
        let mut calendar = Calendar {
            wrapped: true,
            ..Calendar::default()
        };
        self.zones(
            &mut calendar,
            roots.iter().filter(|root| root.name == "VTIMEZONE"),
        );
        calendar
    }

    fn zones(&mut self, calendar: &mut Calendar<'a>, zones: impl Iterator<Item = &'a Component>) {
        for zone in zones {
            let mut lines = zone.own_lines().filter_map(|at| self.lines.get(at));
            let tzid = lines.find_map(|line| {
                let content = Content::parse(&line.text)?;
                content.is("TZID").then(|| content.value.trim().to_owned())
            });
            let Some(tzid) = tzid.filter(|tzid: &String| !tzid.is_empty()) else {
                self.unsupported(zone);
                continue;
            };
            match calendar.zones.get(&tzid) {
                Some(known) if !self.same(known, zone) => {
                    calendar.conflicts.insert(tzid);
                }
                Some(_) => {}
                None => {
                    if !self.check(&BTreeMap::new()).zone_is_valid(zone) {
                        calendar.invalid.insert(tzid.clone());
                    }
                    calendar.zones.insert(tzid, zone);
                }
            }
        }
    }

    /// A calendar without components has no resource that could carry its properties. What every
    /// calendar has is no loss; the rest is.
    fn properties_of_nothing(&self, calendar: &Calendar<'_>, junk: &mut Vec<usize>) {
        const USUAL: &[&str] = &[
            "CALSCALE",
            "COLOR",
            "DESCRIPTION",
            "LAST-MODIFIED",
            "NAME",
            "PRODID",
            "REFRESH-INTERVAL",
            "SOURCE",
            "UID",
            "URL",
            "VERSION",
        ];
        junk.extend(calendar.header.iter().filter(|&&at| {
            let content = self.lines.get(at).and_then(|line| Content::parse(&line.text));
            content.is_some_and(|c| {
                !c.name.to_ascii_uppercase().starts_with("X-") && !USUAL.iter().any(|name| c.is(name))
            })
        }));
    }
}
