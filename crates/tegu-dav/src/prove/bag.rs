//! What two resources say, line by line, counted side by side.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};
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

/// How often a line is there on either side.
pub(super) type Bag = BTreeMap<Key, [usize; 2]>;

/// A line: its component by number, its property, and what it says in normal spelling.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Key {
    pub(super) component: usize,
    pub(super) name: String,
    pub(super) text: String,
}

/// The lines of two resources.
#[derive(Debug, Default)]
pub(super) struct Bags {
    /// What is compared line by line.
    pub(super) lines: Bag,
    /// What says when a component takes place. Different lines may say the same.
    pub(super) when: Bag,
    /// Paths of components, and the number of each.
    paths: Vec<String>,
    numbers: HashMap<String, usize>,
    /// Words that are too long to be repeated for each line that belongs to them, and the number of each.
    long: HashMap<String, usize>,
}

/// The most octets of a word that is repeated.
const SHORT: usize = 100;
/// Stands before the number of a longer word. A shorter one that holds it has a number, too.
const MARK: char = '\u{1f}';

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
        let zones = OnceCell::new();
        let zones = || {
            zones.get_or_init(|| {
                let steps = Rc::new(Steps::new(side.steps));
                let within = side.tree.roots.iter().flat_map(|root| &root.children);
                occur::zones(within.chain(&side.tree.roots), side.lines, &steps)
            })
        };
        for component in &side.tree.roots {
            side.collect(component, "", &zones, self);
        }
        let nowhere = self.component(String::new());
        for line in side.tree.stray.iter().filter_map(|&at| side.lines.get(at)) {
            side.count(&mut self.lines, nowhere, "", line.text.to_string());
        }
    }

    /// The path of a property.
    pub(super) fn path(&self, component: usize, name: &str) -> String {
        let path = self.paths.get(component).map_or("", String::as_str);
        let between = if name.is_empty() { "" } else { "/" };
        format!("{path}{between}{name}")
    }

    /// The number of a component.
    fn component(&mut self, path: String) -> usize {
        let next = self.paths.len();
        *self.numbers.entry(path).or_insert_with_key(|path| {
            self.paths.push(path.clone());
            next
        })
    }

    /// A word that stands before many others: a long one by its number, so that nothing becomes much larger than it is.
    fn short(&mut self, word: String) -> String {
        if word.len() <= SHORT && !word.contains(MARK) {
            return word;
        }
        let start: String = word.chars().take(SHORT / 4).collect();
        let next = self.long.len();
        let number = *self.long.entry(word).or_insert(next);
        format!("{start}…{MARK}{number}")
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
    fn count(&self, bag: &mut Bag, component: usize, name: &str, text: String) {
        let key = Key {
            component,
            name: name.to_owned(),
            text,
        };
        if let Some(count) = bag.entry(key).or_default().get_mut(self.index) {
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
        let name = bags.short(component.name.clone());
        let key = bags.short(self.key(&own, zones));
        let path = format!("{parent}{name}{key}");
        let number = bags.component(path.clone());
        let bag = |bags: &mut Bags, when: bool, number: usize, name: &str, text: String| {
            self.count(
                if when { &mut bags.when } else { &mut bags.lines },
                number,
                name,
                text,
            );
        };
        bag(bags, zone, number, "", String::new());
        for line in own {
            let Some(content) = Content::parse(&line.text) else {
                bag(bags, zone, number, "", line.text.to_string());
                continue;
            };
            let name = upper(content.name);
            if of_server(&name, self.format) || (component.name == "VCALENDAR" && of_calendar(&name)) {
                continue;
            }
            let when = self.format == Format::Calendar && says_when(&name) && component.name != "VALARM";
            let group = content.group.map_or(String::new(), |group| {
                format!("{}.", bags.short(group.to_ascii_lowercase()))
            });
            let values = normal::values(&name, &content, self.format);
            let mut params = params::normal(&name, &content, self.format);
            if values.len() > 1 {
                params = bags.short(params);
            }
            for value in values {
                // Nothing without parameters says nothing, as what is the default does.
                let silent = value.is_empty() || kind::is_default(&name, &value, self.format);
                if !silent || !params.is_empty() || when {
                    let text = format!("{params}:{value}");
                    bag(bags, zone || when, number, &format!("{group}{name}"), text);
                }
            }
        }
        for child in &component.children {
            if zone {
                let name = bags.short(child.name.clone());
                let number = bags.component(format!("{path}/{name}"));
                for line in child.lines.clone().filter_map(|at| self.lines.get(at)) {
                    bag(bags, true, number, "", line.text.trim_end().to_owned());
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
