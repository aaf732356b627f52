//! The part of a calendar that all its resources share: properties, time zones, method. Prepared once.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::check::Check;
use super::names::{Home, home, in_zone};
use crate::content::Content;
use crate::ical::{self, Component};
use crate::line::{self, Line};
use crate::time::clock::Clock;
use crate::time::steps::Steps;
use crate::value::{self, Moment};
use crate::{Limits, text, zone};

/// A `VCALENDAR`, or the place of one around lone components.
#[derive(Debug, Default)]
pub(super) struct Calendar {
    /// The property lines that every resource repeats, as they are written.
    pub(super) header: Vec<u8>,
    /// How many of them had to be ended or folded anew.
    pub(super) folds: usize,
    /// All property lines as they stood.
    pub(super) raw: Vec<u8>,
    pub(super) zones: BTreeMap<String, Zone>,
    /// The names of the zones.
    pub(super) names: BTreeSet<String>,
    pub(super) version: Option<String>,
    pub(super) has_product: bool,
    pub(super) has_scale: bool,
    pub(super) method: Option<String>,
    pub(super) name: Option<String>,
    pub(super) wrapped: bool,
    /// Which of the header's lines belong to nothing.
    pub(super) junk: Vec<usize>,
    /// Which zones have no name, or are another definition of a name with lines that no zone has.
    pub(super) apart: Vec<usize>,
    /// How many lines are not UTF-8.
    pub(super) bad: usize,
}

/// One `VTIMEZONE` of the file.
#[derive(Debug)]
pub(super) struct Zone {
    pub(super) raw: Vec<u8>,
    pub(super) written: Vec<u8>,
    pub(super) folds: usize,
    pub(super) valid: bool,
    /// Whether the name is defined again, and otherwise.
    pub(super) conflict: bool,
    /// Whether its rules started on a day.
    pub(super) midnight: bool,
    /// Its index, where it holds lines that no zone has.
    pub(super) foreign: Option<usize>,
    /// The IANA name that its writer gave it aside (`X-LIC-LOCATION`).
    pub(super) location: Option<String>,
    clock: OnceCell<Option<Arc<Clock>>>,
    /// Zones of the database with the same changes, by the years that were asked for.
    matching: RefCell<HashMap<(i64, i64), Option<&'static str>>>,
}

impl Zone {
    /// When its clock changes; `None` if its rules cannot be read, or take too long. The work is done once, and charged to the file.
    pub(super) fn clock(&self, limits: &Limits, work: &Steps) -> Option<Arc<Clock>> {
        self.clock
            .get_or_init(|| {
                let lines = line::read(&self.written, limits).ok()?;
                let tree = ical::tree(&lines.lines, limits).ok()?;
                let steps = work.part(limits.max_steps);
                let clock = zone::clock(&lines.lines, tree.roots.first()?, &steps);
                work.charge(&steps);
                clock.map(Arc::new)
            })
            .clone()
    }
}

impl Zone {
    /// The zone of the database whose clock, of those that change as this one does between two instants, most people mean.
    pub(super) fn matching(&self, clock: &Clock, from: i64, to: i64) -> Option<&'static str> {
        let mut known = self.matching.borrow_mut();
        *known
            .entry((from, to))
            .or_insert_with(|| zone::matching(clock, from, to).next())
    }
}

/// The version of vCalendar, a format that iCalendar (2.0) comes from.
pub(super) const OLD: &str = "1.0";

impl Calendar {
    /// Reads header lines, each of them one content line.
    pub(super) fn header<'l>(&mut self, lines: impl Iterator<Item = &'l Line<'l>>) {
        for (index, line) in lines.enumerate() {
            self.bad += usize::from(std::str::from_utf8(line.raw).is_err());
            // Unfolded, a line may be what begins or ends a component after all; then nobody knows of what.
            // So it may be a property of a component whose name the walk could not see.
            let plain = |c: &Content<'_>| c.group.is_none() && home(c.name.as_bytes()) != Home::Component;
            let parsed = Content::parse(&line.text)
                .filter(|c| plain(c) && !line.undecodable() && !text::has_control(&line.text));
            let Some(content) = parsed else {
                self.junk.push(index);
                continue;
            };
            self.raw.extend_from_slice(line.raw);
            self.raw.extend_from_slice(b"\r\n");
            if content.is("METHOD") {
                self.method = Some(content.value.trim().to_ascii_uppercase());
                continue;
            } else if content.is("VERSION") {
                self.version = Some(content.value.trim().to_owned());
                if content.value.trim() == OLD {
                    // What is written in its place is decided for each resource.
                    continue;
                }
            } else if content.is("CALSCALE") {
                self.has_scale = true;
            } else if content.is("PRODID") {
                self.has_product = true;
            } else if (content.is("NAME") || content.is("X-WR-CALNAME")) && self.name.is_none() {
                self.name = Some(value::unescape(content.value)).filter(|name| !name.trim().is_empty());
            }
            self.folds += usize::from(put(&mut self.header, line));
        }
    }

    /// Whether the calendar has what vCalendar 1.0 does not know.
    pub(super) fn is_modern(&self) -> bool {
        self.has_scale || !self.zones.is_empty()
    }

    /// Reads one `VTIMEZONE`.
    pub(super) fn zone(&mut self, index: usize, raw: &[u8], lines: &[Line<'_>], limits: &Limits) {
        let Ok(tree) = ical::tree(lines, limits) else {
            self.apart.push(index);
            return;
        };
        let Some(root) = tree.roots.first().filter(|root| root.name == "VTIMEZONE") else {
            self.apart.push(index);
            return;
        };
        // Where its lines begin and end otherwise when they are unfolded, some belong to no zone.
        let whole = tree.roots.len() == 1 && tree.stray.is_empty();
        let own = |name: &str| {
            root.own_lines().filter_map(|at| lines.get(at)).find_map(|line| {
                let content = Content::parse(&line.text)?;
                content.is(name).then(|| content.value.trim().to_owned())
            })
        };
        let Some(tzid) = own("TZID").filter(|tzid| !tzid.is_empty()) else {
            self.apart.push(index);
            return;
        };
        let location = own("X-LIC-LOCATION");
        let mut written = Vec::with_capacity(raw.len() + 16);
        let mut folds = 0;
        let midnights = midnights(root, lines);
        for (at, line) in lines.iter().enumerate() {
            match midnights.get(&at) {
                Some(text) => line::write(&mut written, text),
                None => folds += usize::from(put_component(&mut written, line)),
            }
        }
        if !root.closed {
            line::write(&mut written, "END:VTIMEZONE");
        }
        let foreign = !whole || !holds_rules_only(root, lines);
        if let Some(known) = self.zones.get_mut(&tzid) {
            known.conflict |= known.written != written;
            if foreign {
                self.apart.push(index);
            }
            return;
        }
        let names = BTreeSet::new();
        let mut lines = Cow::Borrowed(lines);
        for (at, text) in &midnights {
            if let Some(line) = lines.to_mut().get_mut(*at) {
                line.text = Cow::Owned(text.clone());
            }
        }
        let check = Check::new(&lines, &names, limits);
        let zone = Zone {
            raw: raw.to_vec(),
            valid: !foreign && check.zone_is_valid(root),
            foreign: foreign.then_some(index),
            midnight: !midnights.is_empty(),
            location,
            written,
            folds,
            conflict: false,
            clock: OnceCell::new(),
            matching: RefCell::default(),
        };
        self.names.insert(tzid.clone());
        self.zones.insert(tzid, zone);
    }
}

/// The lines by which the rules of a zone start on a day, as they start at its midnight.
fn midnights(zone: &Component, lines: &[Line<'_>]) -> BTreeMap<usize, String> {
    let own = zone.children.iter().flat_map(Component::own_lines);
    own.filter_map(|at| {
        let content = Content::parse(&lines.get(at)?.text)?;
        Moment::parse(content.value.trim()).filter(|day| day.is_date())?;
        let plain = content.params.iter().all(|param| param.is("VALUE"));
        let text = || format!("DTSTART:{}T000000", content.value.trim());
        (content.is("DTSTART") && plain).then(|| (at, text()))
    })
    .collect()
}

/// Whether a `VTIMEZONE` has nothing but its name and the rules of its clock.
fn holds_rules_only(zone: &Component, lines: &[Line<'_>]) -> bool {
    let plain = |component: &Component, observance: bool| {
        component.closed
            && component.stray.is_empty()
            && component.own_lines().filter_map(|at| lines.get(at)).all(|line| {
                let content = Content::parse(&line.text).filter(|content| content.group.is_none());
                content.is_some_and(|content| in_zone(content.name, observance))
            })
    };
    plain(zone, false)
        && zone.children.iter().all(|rules| {
            matches!(rules.name.as_str(), "STANDARD" | "DAYLIGHT")
                && rules.children.is_empty()
                && plain(rules, true)
        })
}

/// Writes a line as it stood, or ended and folded anew, which it then says.
pub(super) fn put(out: &mut Vec<u8>, line: &Line<'_>) -> bool {
    if line.strict {
        out.extend_from_slice(line.raw);
        out.extend_from_slice(b"\r\n");
    } else {
        line::write(out, &line.text);
    }
    !line.strict
}

/// As [`put`]; lines that begin and end components are spelled in one way.
pub(super) fn put_component(out: &mut Vec<u8>, line: &Line<'_>) -> bool {
    for word in ["BEGIN", "END"] {
        if let Some(name) = ical::keyword(&line.text, word) {
            let spelled = format!("{word}:{}", name.to_ascii_uppercase());
            if spelled != line.text {
                line::write(out, &spelled);
                return true;
            }
        }
    }
    put(out, line)
}
