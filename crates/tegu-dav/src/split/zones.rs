//! Finds the IANA zone for a zone of the file, as far as the times of one resource go.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::calendar::Zone;
use crate::Finding;
use crate::error::one_line;
use crate::occur::{Timing, Zones};
use crate::time::civil::{self, DAY};
use crate::time::clock::Clock;
use crate::time::steps::Steps;
use crate::zone;

/// Where series without an end are looked at no longer: the rules of all zones have settled.
const HORIZON: i64 = 2_145_916_800; // 2038-01-01
/// Occurrences of one series that are compared.
const MOST: usize = 20_000;
/// Rules made from the database begin here.
const DATABASE: i64 = 0;

/// What becomes of a zone of the file in one resource.
pub(super) enum Decision {
    /// It stays.
    Keep(Option<Finding>),
    /// It takes this name, and the database's rules.
    Rename(String, Finding),
}

/// Decides about one zone, for components that use it.
pub(super) fn decide(
    tzid: &str,
    zone: &Zone,
    clock: Option<Arc<Clock>>,
    defined: &BTreeMap<String, Zone>,
    timings: &[&Timing],
    steps: &Rc<Steps>,
) -> Decision {
    let custom = || Decision::Keep(Some(Finding::TzCustom { tzid: one_line(tzid) }));
    let mut named = zone::iana(tzid);
    if !zone.valid || zone.conflict {
        return Decision::Keep(None);
    }
    let Some(clock) = clock else {
        return Decision::Keep(Some(Finding::TzInvalid { tzid: one_line(tzid) }));
    };
    let mut locals = locals(tzid, timings, &clock, steps);
    let Some((first, last)) = locals.span() else {
        // Nothing but dates uses it.
        return Decision::Keep(None);
    };
    let renamed = |name: &str| {
        let free = !defined.contains_key(name) && first >= DATABASE && zone::has_rules(name);
        if free {
            let finding = Finding::TzMatched {
                from: one_line(tzid),
                to: name.to_owned(),
            };
            Decision::Rename(name.to_owned(), finding)
        } else {
            custom()
        }
    };
    // The rules tell which of its meanings a name has.
    let other_zone = zone::other_reading(tzid).filter(|other_zone| {
        let agrees = |name: &str| Clock::of(name).is_some_and(|other| clock.agrees(&other, first, last));
        agrees(other_zone) && !named.as_deref().is_some_and(agrees)
    });
    if let Some(other_zone) = other_zone {
        named = Some(other_zone.to_owned());
    }
    if let Some(name) = named {
        let Some(other) = Clock::of(&name) else {
            return custom();
        };
        let differing = if clock.agrees(&other, first, last) {
            None
        } else {
            locals.differing(&clock, &other)
        };
        return match differing {
            Some(local) => Decision::Keep(Some(Finding::TzReadings {
                tzid: one_line(tzid),
                zone: name,
                wall: civil::shown(local).trim_end_matches('Z').to_owned(),
                file: civil::shown(clock.instant(local)),
                named: civil::shown(other.instant(local)),
            })),
            None if name == tzid => Decision::Keep(None),
            None => renamed(&name),
        };
    }
    let year = |at: i64| civil::date(at.div_euclid(DAY)).0;
    let (from, to) = (
        civil::days(year(first), 1, 1) * DAY,
        civil::days(year(last) + 1, 1, 1) * DAY,
    );
    let hint = zone.location.as_deref().and_then(zone::iana);
    if let Some(name) =
        hint.filter(|name| Clock::of(name).is_some_and(|other| clock.agrees(&other, from, to)))
    {
        return renamed(&name);
    }
    match zone.matching(&clock, from, to) {
        Some(name) => renamed(name),
        None => custom(),
    }
}

/// What is to be said of a zone that the file names without rules, and whose name may mean another zone too.
pub(super) fn meaning(tzid: &str, timings: &[&Timing], steps: &Rc<Steps>) -> Option<Finding> {
    let other_zone = zone::other_reading(tzid)?;
    let name = zone::iana(tzid)?;
    let (now, before) = (Clock::of(&name)?, Clock::of(other_zone)?);
    let mut locals = locals(tzid, timings, &now, steps);
    let (first, last) = locals.span()?;
    if now.agrees(&before, first, last) {
        return None;
    }
    let local = locals.differing(&now, &before)?;
    Some(Finding::TzMeaning {
        tzid: one_line(tzid),
        wall: civil::shown(local).trim_end_matches('Z').to_owned(),
        zone: name,
        now: civil::shown(now.instant(local)),
        other: other_zone.to_owned(),
        then: civil::shown(before.instant(local)),
    })
}

/// The wall-clock times that components show in a zone.
struct Locals<'t> {
    tzid: &'t str,
    timings: Vec<&'t Timing>,
    zones: Zones,
    clock: Arc<Clock>,
    steps: Rc<Steps>,
}

fn locals<'t>(tzid: &'t str, timings: &[&'t Timing], clock: &Arc<Clock>, steps: &Rc<Steps>) -> Locals<'t> {
    let mut zones = Zones::new(steps);
    zones.define(tzid, Arc::clone(clock));
    Locals {
        tzid,
        timings: timings.to_vec(),
        zones,
        clock: Arc::clone(clock),
        steps: Rc::clone(steps),
    }
}

impl Locals<'_> {
    /// The single times, without what rules make of them.
    fn singles(&self) -> impl Iterator<Item = i64> {
        self.timings
            .iter()
            .flat_map(|timing| timing.stamps())
            .filter(|stamp| stamp.tzid.as_deref() == Some(self.tzid))
            .map(|stamp| stamp.local)
    }

    fn series(&self) -> impl Iterator<Item = &Timing> {
        self.timings.iter().copied().filter(|timing| {
            !timing.rules.is_empty()
                && timing
                    .start
                    .as_ref()
                    .is_some_and(|start| start.tzid.as_deref() == Some(self.tzid))
        })
    }

    /// The first and the last instant, a day wider at both ends.
    fn span(&self) -> Option<(i64, i64)> {
        let first = self.singles().min()?;
        let mut last = self.singles().max()?;
        for timing in self.series() {
            for rule in &timing.rules {
                last = last.max(match rule.until {
                    Some(until) => civil::seconds(until).min(HORIZON),
                    None if rule.count.is_some() => {
                        let mut expansion =
                            rule.expand(timing.start.as_ref().map_or(first, |s| s.local), &self.steps);
                        expansion.by_ref().take(MOST).last().unwrap_or(last).min(HORIZON)
                    }
                    None => HORIZON,
                });
            }
        }
        let at = |local: i64| self.clock.instant(local);
        Some((at(first) - DAY, at(last) + DAY))
    }

    /// The first time that the two clocks do not read as the same instant.
    fn differing(&mut self, one: &Clock, other: &Clock) -> Option<i64> {
        let differs = |local: &i64| one.instant(*local) != other.instant(*local);
        let mut found = self.singles().filter(differs).min();
        for timing in self.series() {
            let Some(starts) = timing.starts(&self.zones, HORIZON, MOST) else {
                continue;
            };
            let length = timing.length(&self.zones);
            let more = starts
                .list
                .iter()
                .flat_map(|start| [start.local, start.local + length])
                .find(|local| differs(local));
            found = found.into_iter().chain(more).min();
        }
        found
    }
}
