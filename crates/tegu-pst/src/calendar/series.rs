//! Series and their exceptions ([MS-OXOCAL] section 2.2.1.44 and 2.2.10).

use super::{
    alarm,
    clock::{Clock, busy},
    description, people,
};
use crate::lines::Lines;
use crate::{
    Attachment, Message,
    fields::Fields,
    messaging::Method,
    recurrence::{End, Exception, Recurrence},
    tag::{self, set},
    time,
    verdict::Notes,
};

/// What exceptions take from their series.
pub(crate) struct Base<'a> {
    pub(crate) uid: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) clock: &'a Clock,
    pub(crate) state: i64,
    pub(crate) reminder: Option<i64>,
}

pub(crate) fn read(fields: &mut Fields<'_, '_>, notes: &mut Notes) -> Option<Recurrence> {
    let Some(data) = fields.binary(notes, set::APPOINTMENT, 0x8216) else {
        notes.lossy(
            "PST-SERIES-MISSING",
            "the appointment recurs, but does not say when",
        );
        return None;
    };
    match Recurrence::appointment(&data, fields.message.code_page()) {
        Ok(recurrence) => Some(recurrence),
        Err(error) => {
            notes.lossy("PST-SERIES-UNREADABLE", error.to_string());
            None
        }
    }
}

/// RRULE and EXDATE.
pub(crate) fn rule(series: &Recurrence, notes: &mut Notes, clock: &Clock, lines: &mut Lines) {
    let offset = series.offsets.map_or(0, |(start, _)| start);
    let at = |day: u32| day.checked_add(offset).and_then(time::from_minutes);
    let until = match (series.end, at(series.last / 1440 * 1440)) {
        (End::Date, Some(local)) => Some(match clock {
            Clock::Days(_) => time::ical_date(local.date()),
            Clock::Zone(zone) => zone.to_utc(local).and_then(time::ical_utc).unwrap_or_default(),
            Clock::Utc => format!("{}Z", time::ical_local(local)),
        }),
        _ => None,
    };
    match series.rule(until.as_deref()) {
        Ok(rule) => lines.raw("RRULE", &rule),
        Err(error) => notes.lossy("PST-SERIES-RULE", error.to_string()),
    }
    for day in series.excluded() {
        match at(day / 1440 * 1440) {
            Some(local) => clock.local(lines, "EXDATE", local),
            None => notes.lossy(
                "PST-SERIES-UNREADABLE",
                "a deleted day lies outside of all calendars",
            ),
        }
    }
}

/// Whether an attachment is an exception of a series and no file.
pub(crate) fn is_exception(attachment: &Attachment<'_>) -> bool {
    let flags = attachment
        .integer(tag::ATTACHMENT_FLAGS)
        .ok()
        .flatten()
        .unwrap_or_default();
    matches!(attachment.method(), Ok(Method::Message))
        && (flags & 2 != 0
            || attachment.message().is_ok_and(|message| {
                message
                    .class()
                    .to_ascii_uppercase()
                    .starts_with("IPM.OLE.CLASS.{00061055-")
            }))
}

/// The exceptions as components of their own.
pub(crate) fn exceptions(
    fields: &mut Fields<'_, '_>,
    notes: &mut Notes,
    series: &Recurrence,
    base: &Base<'_>,
    lines: &mut Lines,
) {
    let message = fields.message;
    let mut own: Vec<(u32, Message<'_>)> = Vec::new();
    for id in notes.value(message.attachment_ids()) {
        let Ok(attachment) = message.attachment(id) else {
            continue;
        };
        if !is_exception(&attachment) {
            continue;
        }
        match attachment.message() {
            Ok(exception) => match original_day(&exception, notes, base.clock) {
                Some(day) => own.push((day, exception)),
                None => notes.lossy(
                    "PST-EXCEPTION-UNMATCHED",
                    "an exception does not say which instance it replaces",
                ),
            },
            Err(error) => notes.lossy("PST-EXCEPTION-UNREADABLE", error.to_string()),
        }
    }
    for exception in &series.exceptions {
        let day = exception.original / 1440;
        let found = own
            .iter()
            .position(|(original, _)| *original == day)
            .map(|index| own.swap_remove(index).1);
        one(notes, message, exception, found.as_ref(), base, lines);
    }
    if !own.is_empty() {
        notes.lossy(
            "PST-EXCEPTION-UNMATCHED",
            format!("{} exceptions replace no instance of the series", own.len()),
        );
    }
}

/// The local day of the instance that an exception replaces, counted from 1601.
fn original_day(exception: &Message<'_>, notes: &mut Notes, clock: &Clock) -> Option<u32> {
    let seconds = Fields::new(exception).time(notes, set::APPOINTMENT, 0x8228)?;
    let local = match clock {
        Clock::Zone(zone) | Clock::Days(Some(zone)) => zone.to_local(seconds)?,
        Clock::Days(None) | Clock::Utc => time::civil(seconds)?,
    };
    time::day(local.date())
}

fn one(
    notes: &mut Notes,
    series: &Message<'_>,
    exception: &Exception,
    own: Option<&Message<'_>>,
    base: &Base<'_>,
    lines: &mut Lines,
) {
    let times = [exception.original, exception.start, exception.end].map(time::from_minutes);
    let [Some(original), Some(start), Some(end)] = times else {
        notes.lossy(
            "PST-EXCEPTION-UNREADABLE",
            "an exception lies outside of all calendars",
        );
        return;
    };
    let source = own.unwrap_or(series);
    lines.append("BEGIN:VEVENT\r\n");
    super::common(series, notes, lines, base.uid);
    base.clock.local(lines, "RECURRENCE-ID", original);
    match (exception.all_day, base.clock) {
        (Some(true), Clock::Zone(_) | Clock::Utc) => {
            let days = Clock::Days(None);
            days.local(lines, "DTSTART", start);
            days.local(lines, "DTEND", end);
        }
        (Some(false), Clock::Days(_)) => {
            notes.lossy(
                "PST-EXCEPTION-ALL-DAY",
                "one instance of a series of whole days does not take whole days",
            );
            base.clock.local(lines, "DTSTART", start);
            base.clock.local(lines, "DTEND", end);
        }
        (_, clock) => {
            clock.local(lines, "DTSTART", start);
            clock.local(lines, "DTEND", end);
        }
    }
    lines.text("SUMMARY", exception.subject.as_deref().unwrap_or(base.subject));
    let mut fields = Fields::new(series);
    let place = match &exception.location {
        Some(place) => place.clone(),
        None => fields.text(notes, set::APPOINTMENT, 0x8208),
    };
    lines.text("LOCATION", &place);
    let status = exception
        .busy
        .map(i64::from)
        .or_else(|| fields.integer(notes, set::APPOINTMENT, 0x8205));
    busy(status, lines);
    // An exception has people of its own if its own table lists any.
    let people_of = own
        .filter(|own| own.recipients().is_ok_and(|list| !list.is_empty()))
        .unwrap_or(series);
    people(people_of, notes, lines, base.state);
    description(if exception.own_body { source } else { series }, notes, lines);
    if exception.own_body && own.is_none() {
        notes.lossy("PST-EXCEPTION-BODY", "the text of an exception is missing");
    }
    let reminder = match exception.reminder_set {
        Some(false) => None,
        Some(true) => Some(base.reminder.unwrap_or(15)),
        None => base.reminder,
    };
    if let Some(minutes) = reminder {
        alarm(exception.reminder.map_or(minutes, i64::from), lines);
    }
    lines.append("END:VEVENT\r\n");
}
