//! Checks that exceptions and excluded dates match occurrences of their series.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::Finding;
use crate::occur::{Stamp, Timing, Zones};
use crate::time::civil::{self, DAY};
use crate::time::rule::{Frequency, Rule};
use crate::time::steps::Steps;

/// Occurrences that are looked at; a series with more is not judged.
const MOST: usize = 50_000;
/// Occurrences of a rule a second or a minute that may be meant.
const DENSE: u32 = 1_000;

/// What is to be said about a master and its exceptions.
pub(super) fn check(timings: &[&Timing], zones: &Zones, findings: &mut Vec<Finding>) {
    let exceptions: Vec<&Timing> = timings
        .iter()
        .copied()
        .filter(|t| t.recurrence_id.is_some())
        .collect();
    for exception in exceptions.iter().filter(|exception| exception.future) {
        findings.push(Finding::OverrideFuture {
            value: exception
                .recurrence_id
                .as_ref()
                .map_or(String::new(), |id| shown(id.local, id.is_date)),
        });
    }
    let mut masters = timings.iter().copied().filter(|t| t.recurrence_id.is_none());
    let (Some(master), None) = (masters.next(), masters.next()) else {
        return;
    };
    if exceptions.is_empty() && master.excluded.is_empty() {
        return;
    }
    let wanted = exceptions
        .iter()
        .filter_map(|exception| exception.recurrence_id.as_ref())
        .chain(&master.excluded);
    let Some(last) = wanted.filter_map(|stamp| stamp.instant(zones)).max() else {
        return;
    };
    let Some(starts) = master
        .starts(zones, last + DAY, MOST)
        .filter(|starts| starts.whole)
    else {
        return;
    };
    let starts = starts.list;
    let instants: BTreeSet<i64> = starts.iter().map(|start| start.instant).collect();
    let days: BTreeSet<i64> = starts.iter().map(|start| start.local.div_euclid(DAY)).collect();
    let is_date = master.start.as_ref().is_some_and(|start| start.is_date);
    for id in exceptions
        .iter()
        .filter_map(|exception| exception.recurrence_id.as_ref())
    {
        let hit = id
            .instant(zones)
            .is_some_and(|instant| instants.contains(&instant))
            && id.is_date == is_date;
        if !hit {
            findings.push(Finding::OverrideUnmatched {
                value: shown(id.local, id.is_date),
            });
        }
    }
    let mut unused = 0;
    for stamp in &master.excluded {
        let hit = stamp
            .instant(zones)
            .is_some_and(|instant| instants.contains(&instant))
            && stamp.is_date == is_date;
        let near = days.contains(&stamp.local.div_euclid(DAY)) || !master.repeats();
        if hit && master.repeats() {
            continue;
        }
        if near {
            crate::finding::add(
                findings,
                Finding::ExdateUnmatched {
                    value: shown(stamp.local, stamp.is_date),
                },
            );
        } else {
            unused += 1;
        }
    }
    if unused > 0 {
        findings.push(Finding::ExdateUnused { dates: unused });
    }
}

/// The day, counted from 1970, at whose beginning a time lies; `None` for other times, and for days themselves.
pub(super) fn midnight(stamp: &Stamp) -> Option<i64> {
    (!stamp.is_date && stamp.local.rem_euclid(DAY) == 0).then(|| stamp.local.div_euclid(DAY))
}

/// The days up to this one on which a series of whole days takes place; none for other series, and for one that has too many.
pub(super) fn days(master: &Timing, last: i64, steps: &Rc<Steps>) -> BTreeSet<i64> {
    let whole_days = master.repeats() && master.start.as_ref().is_some_and(|start| start.is_date);
    let starts = whole_days
        .then(|| master.starts(&Zones::new(steps), (last + 1).saturating_mul(DAY), MOST))
        .flatten()
        .filter(|starts| starts.whole);
    let list = starts.iter().flat_map(|starts| &starts.list);
    list.map(|start| start.local.div_euclid(DAY)).collect()
}

/// Whether a rule makes more occurrences than anybody can mean.
pub(super) fn dense(rule: &str) -> bool {
    Rule::parse(rule).is_some_and(|rule| {
        rule.frequency >= Frequency::Minutely && rule.count.is_none_or(|count| count > DENSE)
    })
}

pub(super) fn shown(local: i64, is_date: bool) -> String {
    let text = civil::shown(local);
    let most = if is_date { 10 } else { 19 };
    text.get(..most).unwrap_or(&text).to_owned()
}
