//! What two resources say, line by line, counted side by side.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::{Format, kind, normal, params};
use crate::content::{Content, upper};
use crate::error::one_line;
use crate::ical::{Component, Tree};
use crate::line::Line;
use crate::occur::{self, Stamp, Zones};
use crate::time::civil;
use crate::time::steps::Steps;

/// How often a line is there on either side, by path and normal spelling.
pub(super) type Bag = BTreeMap<(String, String), [usize; 2]>;

/// The lines of two resources.
#[derive(Debug, Default)]
pub(super) struct Bags {
    /// What is compared line by line.
    pub(super) lines: Bag,
    /// What says when a component takes place. Different lines may say the same.
    pub(super) when: Bag,
}

/// One of the two.
pub(super) struct Side<'s> {
    pub(super) index: usize,
    pub(super) tree: &'s Tree,
    pub(super) lines: &'s [Line<'s>],
    pub(super) format: Format,
    /// What computing with its zones may take.
    pub(super) steps: u64,
}

impl Bags {
    pub(super) fn add(&mut self, side: &Side<'_>) {
        for component in &side.tree.roots {
            let zones = OnceCell::new();
            let zones = || {
                zones.get_or_init(|| {
                    let steps = Rc::new(Steps::new(side.steps));
                    let all = component.children.iter().chain(&side.tree.roots);
                    occur::zones(all, side.lines, &steps)
                })
            };
            side.collect(component, "", &zones, self);
        }
        for line in side.tree.stray.iter().filter_map(|&at| side.lines.get(at)) {
            side.count(&mut self.lines, String::new(), line.text.to_string());
        }
    }
}

/// Properties that say when a component takes place.
fn says_when(name: &str) -> bool {
    matches!(
        name,
        "DTSTART" | "DTEND" | "DUE" | "DURATION" | "RRULE" | "EXRULE" | "RDATE" | "EXDATE" | "RECURRENCE-ID"
    )
}

/// Properties of a calendar as a whole, which a server keeps with the collection or not at all.
fn of_calendar(name: &str) -> bool {
    name.starts_with("X-")
        || matches!(
            name,
            "NAME"
                | "COLOR"
                | "REFRESH-INTERVAL"
                | "SOURCE"
                | "URL"
                | "UID"
                | "LAST-MODIFIED"
                | "DESCRIPTION"
                | "CATEGORIES"
                | "IMAGE"
        )
}

/// Properties that a server may set itself.
fn of_server(name: &str, format: Format) -> bool {
    match format {
        Format::Calendar => matches!(name, "DTSTAMP" | "LAST-MODIFIED" | "CREATED" | "PRODID"),
        Format::Card => matches!(name, "REV" | "PRODID"),
    }
}

impl Side<'_> {
    fn count(&self, bag: &mut Bag, path: String, text: String) {
        if let Some(count) = bag.entry((path, text)).or_default().get_mut(self.index) {
            *count += 1;
        }
    }

    /// Components of one name are told apart by what identifies them, so that lines cannot move between
    /// an event and its exceptions unseen.
    fn collect<'z>(
        &self,
        component: &Component,
        parent: &str,
        zones: &impl Fn() -> &'z Zones,
        bags: &mut Bags,
    ) {
        let zone = component.name == "VTIMEZONE";
        let own: Vec<&Line<'_>> = component
            .own_lines()
            .filter_map(|at| self.lines.get(at))
            .collect();
        let path = format!("{parent}{}{}", component.name, self.key(&own, zones));
        let bag = |bags: &mut Bags, when: bool, path: String, text: String| {
            self.count(if when { &mut bags.when } else { &mut bags.lines }, path, text);
        };
        bag(bags, zone, path.clone(), String::new());
        for line in own {
            let Some(content) = Content::parse(&line.text) else {
                bag(bags, zone, path.clone(), line.text.to_string());
                continue;
            };
            let name = upper(content.name);
            if of_server(&name, self.format) || (component.name == "VCALENDAR" && of_calendar(&name)) {
                continue;
            }
            let when = self.format == Format::Calendar && says_when(&name) && component.name != "VALARM";
            let group = content
                .group
                .map_or(String::new(), |group| format!("{}.", group.to_ascii_lowercase()));
            let params = params::normal(&name, &content, self.format);
            for value in normal::values(&name, &content, self.format) {
                // Nothing without parameters says nothing, as what is the default does.
                let silent = value.is_empty() || kind::is_default(&name, &value, self.format);
                if !silent || !params.is_empty() || when {
                    let text = format!("{params}:{value}");
                    bag(bags, zone || when, format!("{path}/{group}{name}"), text);
                }
            }
        }
        for child in &component.children {
            if zone {
                let path = format!("{path}/{}", child.name);
                for line in child.lines.clone().filter_map(|at| self.lines.get(at)) {
                    bag(bags, true, path.clone(), line.text.trim_end().to_owned());
                }
            } else {
                self.collect(child, &format!("{path}/"), zones, bags);
            }
        }
    }

    /// What tells a component from others of its name.
    fn key<'z>(&self, own: &[&Line<'_>], zones: &impl Fn() -> &'z Zones) -> String {
        if self.format == Format::Card {
            return String::new();
        }
        for name in ["TZID", "RECURRENCE-ID", "TRIGGER"] {
            let found = own
                .iter()
                .filter_map(|line| Content::parse(&line.text))
                .find(|content| content.is(name));
            let Some(content) = found else { continue };
            // Which of the exceptions it is, a server may say in another zone.
            if name == "RECURRENCE-ID" {
                let tzid: Option<Arc<str>> = content.param("TZID").map(Into::into);
                let stamp = Stamp::read(content.value, tzid.as_ref());
                let instant = stamp.and_then(|stamp| stamp.instant(zones()));
                return instant.map_or_else(|| one_line(content.value), civil::shown);
            }
            let values = normal::values(name, &content, self.format);
            return format!("[{}]", one_line(&values.concat()));
        }
        String::new()
    }
}
