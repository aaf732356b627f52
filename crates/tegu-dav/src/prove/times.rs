//! Whether two calendars take place at the same times.

use super::bag::Bag;
use super::{Difference, Side};
use crate::occur::{Found, Occurrence, Schedule, Shown};
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
        .filter(|((path, _), _)| path.ends_with("RULE") || path.ends_with("/RDATE"))
        .all(|(_, [sent, got])| sent == got);
    let whole = wanted.whole && found.whole;
    if wanted.endless != found.endless || !(whole || same_rules) {
        return untold("a series", "one that ends otherwise");
    }
    None
}

fn occurrences(sent: &Found, got: &Found) -> Option<Difference> {
    let (sent, got) = (&sent.occurrences, &got.occurrences);
    let key = |o: &Occurrence| {
        (
            o.start,
            o.end,
            o.floating,
            o.all_day,
            o.uid.clone(),
            o.summary.clone(),
        )
    };
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
    let at = (0..sent.len().max(got.len())).find(|&at| sent.get(at).map(key) != got.get(at).map(key))?;
    Some(Difference {
        path: format!("occurrence {}", at + 1),
        sent: shown(sent.get(at)),
        got: shown(got.get(at)),
    })
}
