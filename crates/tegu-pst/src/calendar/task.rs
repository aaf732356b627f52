//! Tasks, notes and journal entries.

use super::{Component, common, derived_uid, description};
use crate::lines::Lines;
use crate::{
    Kind, Message,
    fields::Fields,
    recurrence::{End, Recurrence},
    tag::set,
    time,
    verdict::Notes,
};

fn begin(message: &Message<'_>, notes: &mut Notes, name: &str) -> Lines {
    crate::properties::check(message, notes);
    if !notes.value(message.attachment_ids()).is_empty() {
        notes.lossy(
            "PST-ATTACHMENT-LOST",
            "the item has attachments, which its new form does not hold",
        );
    }
    let mut lines = Lines::default();
    lines.append(&format!("BEGIN:{name}\r\n"));
    common(message, notes, &mut lines, &derived_uid(message));
    lines
}

/// A task as VTODO. Its dates are local, and have no time.
pub(crate) fn task(message: &Message<'_>, notes: &mut Notes) -> Component {
    let mut lines = begin(message, notes, "VTODO");
    let mut fields = Fields::new(message);
    lines.text("SUMMARY", &crate::item::subject(message, notes));
    let start = fields.time(notes, set::TASK, 0x8104);
    let due = fields.time(notes, set::TASK, 0x8105);
    for (name, day) in [("DTSTART;VALUE=DATE", start), ("DUE;VALUE=DATE", due)] {
        if let Some(day) = day.and_then(time::civil) {
            lines.raw(name, &time::ical_date(day.date()));
        }
    }
    let complete = fields.flag(notes, set::TASK, 0x811c);
    let status = match fields.integer(notes, set::TASK, 0x8101) {
        _ if complete => Some("COMPLETED"),
        Some(0) => Some("NEEDS-ACTION"),
        Some(1) => Some("IN-PROCESS"),
        Some(2) => Some("COMPLETED"),
        Some(state @ (3 | 4)) => {
            notes.info(
                "PST-TASK-STATUS",
                format!("the task waits or is put off (state {state}), which VTODO cannot say"),
            );
            Some("NEEDS-ACTION")
        }
        _ => None,
    };
    if let Some(status) = status {
        lines.raw("STATUS", status);
    }
    if let Some(fraction) = fields
        .floating(notes, set::TASK, 0x8102)
        .filter(|fraction| (0.0..=1.0).contains(fraction))
    {
        lines.raw("PERCENT-COMPLETE", &format!("{:.0}", fraction * 100.0));
    }
    if let Some(done) = fields.time(notes, set::TASK, 0x810f).and_then(time::ical_utc) {
        lines.raw("COMPLETED", &done);
    }
    if fields
        .integer(notes, set::TASK, 0x8129)
        .is_some_and(|ownership| ownership != 0)
    {
        notes.lossy(
            "PST-TASK-ASSIGNED",
            "the task was assigned to somebody, which VTODO cannot follow",
        );
    }
    if fields.flag(notes, set::TASK, 0x8126) {
        series(&mut fields, notes, &mut lines, start.or(due).is_some());
    }
    description(message, notes, &mut lines);
    lines.append("END:VTODO\r\n");
    (lines.finish(notes), Vec::new())
}

fn series(fields: &mut Fields<'_, '_>, notes: &mut Notes, lines: &mut Lines, dated: bool) {
    let Some(data) = fields.binary(notes, set::TASK, 0x8116) else {
        notes.lossy("PST-SERIES-MISSING", "the task recurs, but does not say when");
        return;
    };
    let series = match Recurrence::task(&data) {
        Ok(series) => series,
        Err(error) => {
            notes.lossy("PST-SERIES-UNREADABLE", error.to_string());
            return;
        }
    };
    if series.sliding {
        notes.lossy(
            "PST-TASK-SLIDING",
            "the next instance of the task counts from when the last was done",
        );
        return;
    }
    if !dated {
        notes.lossy(
            "PST-SERIES-RULE",
            "the task recurs, but has no day on which it begins",
        );
        return;
    }
    let until = match series.end {
        End::Date => time::from_minutes(series.last).map(|last| time::ical_date(last.date())),
        _ => None,
    };
    match series.rule(until.as_deref()) {
        Ok(rule) => lines.raw("RRULE", &rule),
        Err(error) => notes.lossy("PST-SERIES-RULE", error.to_string()),
    }
    for day in series.excluded() {
        if let Some(day) = time::from_minutes(day) {
            lines.raw("EXDATE;VALUE=DATE", &time::ical_date(day.date()));
        }
    }
}

/// A note or an entry of the journal as VJOURNAL.
pub(crate) fn journal(message: &Message<'_>, notes: &mut Notes) -> Component {
    let mut lines = begin(message, notes, "VJOURNAL");
    let mut fields = Fields::new(message);
    lines.text("SUMMARY", &crate::item::subject(message, notes));
    if message.kind() == Kind::Journal {
        if let Some(start) = fields.time(notes, set::LOG, 0x8706).and_then(time::ical_utc) {
            lines.raw("DTSTART", &start);
        }
        let kind = fields.text(notes, set::LOG, 0x8700);
        let mut lost = Vec::new();
        if let Some(minutes) = fields.integer(notes, set::LOG, 0x8707) {
            lost.push(format!("that the entry took {minutes} minutes"));
        }
        if let Some(end) = fields.time(notes, set::LOG, 0x8708).and_then(time::ical_utc) {
            lost.push(format!("that it ended at {end}"));
        }
        if !kind.is_empty() {
            lost.push(format!("that it is a {kind:?}"));
        }
        lost.push("what it is linked to".to_owned());
        notes.lossy("PST-JOURNAL", format!("VJOURNAL cannot say {}", lost.join(", ")));
        lines.text("X-TEGU-JOURNAL-TYPE", &kind);
    } else {
        let made = notes.value(message.time(crate::tag::CREATION_TIME));
        if let Some(day) = made.and_then(time::ical_utc) {
            lines.raw("DTSTART", &day);
        }
        // [MS-OXONOTE] section 2.2.1.1, as RFC 7986 section 5.9 has it.
        let colour = fields.integer(notes, set::NOTE, 0x8b00);
        let colours = ["blue", "green", "pink", "yellow", "white"];
        if let Some(name) = colour.and_then(|colour| colours.get(usize::try_from(colour).ok()?)) {
            lines.raw("COLOR", name);
        }
    }
    description(message, notes, &mut lines);
    lines.append("END:VJOURNAL\r\n");
    (lines.finish(notes), Vec::new())
}
