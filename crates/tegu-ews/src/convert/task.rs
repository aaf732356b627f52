//! Tasks as VTODO; notes and journal entries as VJOURNAL.

use super::{Notes, Whole, parts, recurrence};
use crate::{Kind, item::Task, zone::utc};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::Offset};
use tegu_outcome::content_line::Lines;

/// A day that was kept as midnight of some zone, or as midnight in UTC: the nearest one.
fn day(at: Timestamp) -> Option<Date> {
    Some(
        Offset::UTC
            .to_datetime(at.checked_add(SignedDuration::from_hours(12)).ok()?)
            .date(),
    )
}

pub(super) fn task(whole: &Whole, task: &Task, notes: &mut Notes) -> (String, Vec<String>) {
    let item = &whole.item;
    let mut lines = Lines::default();
    lines.raw("BEGIN", "VTODO");
    parts::common(item, &parts::uid(item), None, &mut lines);
    lines.text("SUMMARY", &item.subject);
    // A day of one end of the earth may be told as another one of the other end.
    for (name, at) in [("DTSTART;VALUE=DATE", task.start), ("DUE;VALUE=DATE", task.due)] {
        if let Some(day) = at.and_then(day) {
            lines.raw(name, &parts::day(day));
        }
    }
    let status = match task.status.as_deref() {
        Some("InProgress") => Some("IN-PROCESS"),
        Some("Completed") => Some("COMPLETED"),
        Some("NotStarted") => Some("NEEDS-ACTION"),
        Some(other @ ("WaitingOnOthers" | "Deferred")) => {
            notes.lossy(
                "EWS-TASK-STATUS",
                format!("VTODO cannot say that a task is {other}"),
            );
            Some("NEEDS-ACTION")
        }
        _ => None,
    };
    if let Some(status) = status {
        lines.raw("STATUS", status);
    }
    if let Some(percent) = task.percent.filter(|percent| (0.0..=100.0).contains(percent)) {
        lines.raw("PERCENT-COMPLETE", &format!("{percent:.0}"));
    }
    if let Some(done) = task.done {
        lines.raw("COMPLETED", &utc(done));
    }
    if task
        .delegation
        .as_deref()
        .is_some_and(|state| !matches!(state, "NoMatch" | "NotDelegated"))
    {
        notes.lossy(
            "EWS-TASK-ASSIGNED",
            "the task was assigned to somebody, which VTODO cannot follow",
        );
    }
    for (name, value) in &task.more {
        notes.lossy(
            "EWS-TASK-FIELD",
            format!("VTODO has no place for the field {name}: {value}"),
        );
    }
    series(task, &mut lines, notes);
    parts::description(item, &mut lines);
    parts::attach(whole, &mut lines, notes);
    if let Some(at) = task.reminder {
        lines.raw("BEGIN", "VALARM");
        lines.raw("ACTION", "DISPLAY");
        lines.raw("DESCRIPTION", "Reminder");
        lines.raw("TRIGGER;VALUE=DATE-TIME", &utc(at));
        lines.raw("END", "VALARM");
    }
    lines.raw("END", "VTODO");
    (lines.finish(), Vec::new())
}

fn series(task: &Task, lines: &mut Lines, notes: &mut Notes) {
    if !task.recurs {
        return;
    }
    let rule = match &task.recurrence {
        None => Err("its rule cannot be read"),
        Some(_) if task.start.or(task.due).is_none() => Err("it has no day on which it begins"),
        Some(recurrence) => recurrence::rule(recurrence, |day| Some(parts::day(day))),
    };
    match rule {
        Ok(rule) => lines.raw("RRULE", &rule),
        Err(why) => notes.lossy(
            "EWS-TASK-SERIES",
            format!("no rule says how the task recurs: {why}"),
        ),
    }
}

pub(super) fn journal(whole: &Whole, notes: &mut Notes) -> (String, Vec<String>) {
    let item = &whole.item;
    let mut lines = Lines::default();
    lines.raw("BEGIN", "VJOURNAL");
    parts::common(item, &parts::uid(item), None, &mut lines);
    lines.text("SUMMARY", &item.subject);
    if let Some(at) = item.created.or(item.received) {
        lines.raw("DTSTART", &utc(at));
    }
    if item.kind == Kind::Journal {
        notes.lossy(
            "EWS-JOURNAL",
            "the duration of a journal entry and its links to other items are lost",
        );
    }
    parts::description(item, &mut lines);
    parts::attach(whole, &mut lines, notes);
    lines.raw("END", "VJOURNAL");
    (lines.finish(), Vec::new())
}
