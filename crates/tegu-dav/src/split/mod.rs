//! A calendar file -> one resource per UID (RFC 4791 section 4.1).
//!
//! What goes into a resource is the source's own lines, regrouped: the calendar's properties,
//! exactly the time zones that are used, the component and its overrides. Lines change only by the
//! repairs that [`Finding`] lists as `DAV-REPAIR-…` and `DAV-TZ-RENAMED`, each reported on its item.
//!
//! A zone that the file defines is carried along unchanged. A Windows zone name without rules in the
//! file is renamed to the IANA name, which every client knows; it and an IANA name without rules get
//! the rules of the time zone database, because servers that miss a `VTIMEZONE` make one up.

mod calendar;
mod check;
mod property;
mod write;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};

use self::calendar::Calendar;
use self::check::{Check, Facts};
use crate::error::{Error, ErrorKind, one_line};
use crate::ical::{self, Component};
use crate::item::content_uid;
use crate::line::{self, Line};
use crate::{Finding, Item, ItemKind, Limits, Result, Split, finding, text};

/// Who sends invitations for the events that are uploaded.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Scheduling {
    /// Nobody: organisers and attendees are marked with `SCHEDULE-AGENT=CLIENT`. When somebody changes
    /// such a meeting later, his client sends the news, not the server.
    #[default]
    Client,
    /// Lines stay as they are, and the server may send invitations to everybody in the calendar.
    Server,
}

/// How calendars are split.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Bounds on the input.
    pub limits: Limits,
    /// Who sends invitations.
    pub scheduling: Scheduling,
    /// Whether every resource is read by a second, independent reader. On by default; it takes most
    /// of the time.
    pub second_reader: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl Options {
    /// The defaults under these limits.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            scheduling: Scheduling::Client,
            second_reader: true,
        }
    }

    /// Sets who sends invitations.
    #[must_use]
    pub fn with_scheduling(mut self, scheduling: Scheduling) -> Self {
        self.scheduling = scheduling;
        self
    }

    /// Sets whether a second reader checks every resource.
    #[must_use]
    pub fn with_second_reader(mut self, second_reader: bool) -> Self {
        self.second_reader = second_reader;
        self
    }
}

/// Splits a calendar file with default options under these limits.
///
/// # Errors
///
/// As [`calendar_with`].
pub fn calendar(bytes: &[u8], limits: &Limits) -> Result<Split> {
    calendar_with(bytes, &Options::new(limits.clone()))
}

/// Splits a calendar file into one item per UID.
///
/// # Errors
///
/// [`ErrorKind::Unreadable`] if there is no calendar component in it at all, and
/// [`ErrorKind::Limit`]; either way the file as a whole is one item for a person.
pub fn calendar_with(bytes: &[u8], options: &Options) -> Result<Split> {
    let source = text::strip_encoding(bytes);
    let read = line::read(&source, &options.limits)?;
    let tree = ical::tree(&read.lines, &options.limits)?;
    if !tree
        .roots
        .iter()
        .any(|root| root.name == "VCALENDAR" || kind(&root.name).is_some())
    {
        return Err(Error::new(
            ErrorKind::Unreadable,
            "reading a calendar: no calendar component in the file",
        ));
    }
    let mut job = Job {
        source: &source,
        lines: &read.lines,
        options,
        out: Split::default(),
        written: 0,
        rules: RefCell::default(),
    };
    job.out.findings = read.findings;
    let last = read.lines.last().map_or(0, |line| line.number);
    let blank = read.blank.iter().filter(|&&number| number < last).count();
    if blank > 0 {
        job.out.findings.push(Finding::RepairBlankLines { lines: blank });
    }
    job.run(&tree)?;
    Ok(job.out)
}

struct Job<'a> {
    source: &'a [u8],
    lines: &'a [Line<'a>],
    options: &'a Options,
    out: Split,
    written: usize,
    /// Rules made from the database, by zone.
    rules: RefCell<HashMap<String, Option<String>>>,
}

struct Unit<'a> {
    calendar: usize,
    component: &'a Component,
    facts: Facts,
}

impl<'a> Job<'a> {
    fn run(&mut self, tree: &'a ical::Tree) -> Result<()> {
        let mut calendars: Vec<Calendar<'a>> = Vec::new();
        let mut units: Vec<Unit<'a>> = Vec::new();
        let mut junk: Vec<usize> = tree.stray.clone();
        let loose = self.loose(&tree.roots);
        calendars.push(loose);
        for root in &tree.roots {
            if root.name == "VCALENDAR" {
                let calendar = self.calendar(root, &mut junk);
                for child in &root.children {
                    self.unit(child, calendars.len(), &calendar, &mut units);
                }
                calendars.push(calendar);
            } else if let Some(calendar) = calendars.first() {
                self.unit(root, 0, calendar, &mut units);
            }
        }
        self.unused_zones(&calendars, &units);
        self.groups(&calendars, units)?;
        self.junk(&junk);
        Ok(())
    }

    fn unit(
        &mut self,
        component: &'a Component,
        at: usize,
        calendar: &Calendar<'a>,
        units: &mut Vec<Unit<'a>>,
    ) {
        if kind(&component.name).is_some() {
            let facts = self.check(&calendar.zones).component(component);
            units.push(Unit {
                calendar: at,
                component,
                facts,
            });
        } else if component.name != "VTIMEZONE" {
            self.unsupported(component);
        }
    }

    fn check<'c>(&'c self, zones: &'c BTreeMap<String, &'a Component>) -> Check<'c> {
        Check {
            lines: self.lines,
            zones,
            scheduling: self.options.scheduling,
            limits: &self.options.limits,
        }
    }

    fn texts<'c>(&self, component: &'c Component) -> impl Iterator<Item = &'a str> + use<'a, 'c> {
        let lines = self.lines;
        lines
            .get(component.lines.clone())
            .unwrap_or_default()
            .iter()
            .map(|line| &*line.text)
    }

    fn same(&self, one: &Component, other: &Component) -> bool {
        self.texts(one).eq(self.texts(other))
    }

    fn raw(&self, component: &Component) -> &'a [u8] {
        let lines = self.lines.get(component.lines.clone()).unwrap_or_default();
        match (lines.first(), lines.last()) {
            (Some(first), Some(last)) => self
                .source
                .get(first.start..last.start + last.raw.len())
                .unwrap_or_default(),
            _ => &[],
        }
    }

    fn unsupported(&mut self, component: &Component) {
        let line = self
            .lines
            .get(component.lines.start)
            .map_or(0, |line| line.number);
        let finding = Finding::ComponentUnsupported {
            name: one_line(&component.name),
            line,
        };
        self.out.items.push(Item::remainder(self.raw(component), finding));
    }

    /// Lines that belong to nothing make one item, so that they are accounted for.
    fn junk(&mut self, junk: &[usize]) {
        let lines: Vec<&Line<'_>> = junk.iter().filter_map(|&index| self.lines.get(index)).collect();
        let Some(first) = lines.first() else { return };
        let finding = Finding::JunkLine {
            line: first.number,
            text: one_line(&first.text),
        };
        let bytes: Vec<&[u8]> = lines.iter().map(|line| line.raw).collect();
        self.out
            .items
            .push(Item::remainder(&bytes.join(&b"\r\n"[..]), finding));
    }

    fn unused_zones(&mut self, calendars: &[Calendar<'_>], units: &[Unit<'_>]) {
        let used: HashSet<(usize, &String)> = units
            .iter()
            .flat_map(|unit| unit.facts.zones.iter().map(|tzid| (unit.calendar, tzid)))
            .collect();
        for (index, calendar) in calendars.iter().enumerate() {
            for tzid in calendar
                .zones
                .keys()
                .filter(|tzid| !used.contains(&(index, *tzid)))
            {
                finding::add(&mut self.out.findings, Finding::TzUnused { tzid: one_line(tzid) });
            }
        }
    }

    fn groups(&mut self, calendars: &[Calendar<'a>], units: Vec<Unit<'a>>) -> Result<()> {
        let mut groups: Vec<(String, bool, Vec<Unit<'a>>)> = Vec::new();
        let mut by_uid: HashMap<String, usize> = HashMap::new();
        for unit in units {
            let (uid, made) = match &unit.facts.uid {
                Some(uid) => (uid.clone(), false),
                None => {
                    let texts: Vec<&[u8]> = self.texts(unit.component).map(str::as_bytes).collect();
                    (content_uid(&texts), true)
                }
            };
            let at = *by_uid.entry(uid.clone()).or_insert_with(|| {
                groups.push((uid, made, Vec::new()));
                groups.len() - 1
            });
            if let Some(group) = groups.get_mut(at) {
                group.2.push(unit);
            }
        }
        for (uid, made, units) in groups {
            let item = self.item(uid, made, units, calendars);
            self.written += item.original.len() + item.body.as_ref().map_or(0, Vec::len);
            if self.written > self.options.limits.max_output {
                return Err(line::limit("splitting a calendar".into(), "max_output"));
            }
            self.out.items.push(item);
        }
        Ok(())
    }
}

fn kind(name: &str) -> Option<ItemKind> {
    Some(match name {
        "VEVENT" => ItemKind::Event,
        "VTODO" => ItemKind::Todo,
        "VJOURNAL" => ItemKind::Journal,
        "VFREEBUSY" => ItemKind::FreeBusy,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
