//! Whether two calendars take place at the same times.

use std::collections::HashMap;
use std::sync::Arc;

use super::bag::Bag;
use super::{Difference, Side};
use crate::occur::{self, Found, Occurrence, Schedule, Shown};
use crate::time::civil;

/// Seconds before the first time that a window takes in: servers may not move anything.
const MARGIN: i64 = 2 * civil::DAY;
/// Length in seconds of the window in which endless series are compared.
const WINDOW: i64 = 30 * 366 * civil::DAY;
/// Most occurrences of one component that are compared: one a day in all of the window.
const MOST: usize = 11_000;

/// The first occurrence that is not the same on both sides, or what keeps them from being compared.
pub(super) fn difference(sent: &Side<'_>, got: &Side<'_>, when: &Bag) -> Option<Difference> {
    let schedule = |side: &Side<'_>| Schedule::of(side.tree, side.lines, side.steps);
    let (sent, got) = (schedule(sent), schedule(got));
    let untold = |sent: &str, got: &str| {
        Some(Difference {
            path: "times".into(),
            sent: Some(sent.into()),
            got: Some(got.into()),
        })
    };
    // Where the times are not understood, only the same lines say the same.
    if !sent.understood() {
        return untold("times that cannot be understood", "others");
    }
    if !got.understood() {
        return untold("times", "times that cannot be understood");
    }
    let first = sent.first().into_iter().chain(got.first()).min().unwrap_or(0);
    let window = first.saturating_sub(MARGIN)..first.saturating_add(WINDOW);
    let (wanted, found) = (
        sent.within(&window, MOST, Shown::All),
        got.within(&window, MOST, Shown::All),
    );
    if sent.spent() || got.spent() {
        return untold("times", "times that take too long to compare");
    }
    if let Some(difference) = occurrences(&wanted, &found) {
        return Some(difference);
    }
    // What was not looked at is the same where the rules are.
    let same_rules = when
        .iter()
        .filter(|(key, _)| key.name.ends_with("RULE") || key.name == "RDATE")
        .all(|(_, [sent, got])| sent == got);
    let whole = wanted.whole && found.whole;
    let mut same = Same::default();
    let endless = wanted.endless.len() == found.endless.len()
        && wanted
            .endless
            .iter()
            .zip(&found.endless)
            .all(|(one, other)| one.1 == other.1 && same.text(&one.0, &other.0));
    if !endless || !(whole || same_rules) {
        return untold("a series", "one that ends otherwise");
    }
    None
}

/// Compares texts, those that occurrences share only once.
#[derive(Default)]
struct Same {
    known: HashMap<(usize, usize), bool>,
}

impl Same {
    fn text(&mut self, one: &Arc<str>, other: &Arc<str>) -> bool {
        *self
            .known
            .entry((occur::place(one), occur::place(other)))
            .or_insert_with(|| one == other)
    }

    fn occurrence(&mut self, one: &Occurrence, other: &Occurrence) -> bool {
        let times = |o: &Occurrence| (o.start, o.end, o.floating, o.all_day);
        times(one) == times(other)
            && self.text(&one.uid, &other.uid)
            && self.text(&one.summary, &other.summary)
    }
}

fn occurrences(sent: &Found, got: &Found) -> Option<Difference> {
    let (sent, got) = (&sent.occurrences, &got.occurrences);
    let shown = |occurrence: Option<&Occurrence>| {
        occurrence.map(|o| {
            format!(
                "{} to {}{}",
                civil::shown(o.start),
                civil::shown(o.end),
                if o.floating { " in no zone" } else { "" }
            )
        })
    };
    let mut same = Same::default();
    let at = (0..sent.len().max(got.len())).find(|&at| match (sent.get(at), got.get(at)) {
        (Some(one), Some(other)) => !same.occurrence(one, other),
        _ => true,
    })?;
    Some(Difference {
        path: format!("occurrence {}", at + 1),
        sent: shown(sent.get(at)),
        got: shown(got.get(at)),
    })
}
