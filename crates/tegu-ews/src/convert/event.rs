//! Appointments as VEVENT.

use super::{Context, Notes, Whole, parts, people, recurrence, witness};
use crate::{
    Item,
    item::{Event, Facts, Person, Role},
    zone::{Zone, local, utc},
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use tegu_outcome::content_line::{Lines, parameter};

/// How times of a series are written.
struct Clock<'a> {
    all_day: bool,
    zone: Option<&'a Zone>,
}

impl Clock<'_> {
    /// The day of an instant, for what takes whole days.
    fn day(&self, at: Timestamp) -> Option<Date> {
        match self.zone {
            Some(zone) => Some(zone.to_local(at)?.date()),
            // Midnight of the creator's zone, wherever that is: the nearest one.
            None => Some(
                jiff::tz::Offset::UTC
                    .to_datetime(at.checked_add(SignedDuration::from_hours(12)).ok()?)
                    .date(),
            ),
        }
    }

    fn line(&self, name: &str, at: Timestamp, lines: &mut Lines) {
        if self.all_day {
            if let Some(day) = self.day(at) {
                lines.raw(&format!("{name};VALUE=DATE"), &parts::day(day));
            }
            return;
        }
        let civil = self.zone.and_then(|zone| Some((zone, zone.to_local(at)?)));
        match civil {
            Some((zone, civil)) => {
                let name = format!("{name};TZID={}", parameter(&zone.tzid()));
                lines.raw(&name, &local(civil));
            }
            None => lines.raw(name, &utc(at)),
        }
    }
}

pub(super) fn convert(
    whole: &Whole,
    event: &Event,
    context: &Context,
    notes: &mut Notes,
) -> (String, Vec<String>) {
    let named = event.zone.as_ref();
    let zone = named.and_then(|zone| {
        if zone.is_defined() {
            Some(zone)
        } else {
            context.zones.get(&zone.id)
        }
    });
    let zone = zone.filter(|zone| zone.is_defined() && !zone.id.is_empty());
    let recurs = event.recurrence.is_some();
    if zone.is_none() && (recurs || event.all_day) {
        let name = named.map(|zone| zone.id.as_str()).unwrap_or_default();
        let what = if event.all_day {
            "the days of the event may be wrong by one"
        } else {
            "the series may move when clocks change"
        };
        notes.lossy(
            "EWS-ZONE-UNKNOWN",
            format!("nobody defines the time zone {name:?}: {what}"),
        );
    } else if let (None, Some(named)) = (zone, named) {
        notes.info(
            "EWS-ZONE-UTC",
            format!(
                "nobody defines the time zone {:?}; the instants are kept in UTC",
                named.id
            ),
        );
    }
    let clock = Clock {
        all_day: event.all_day,
        zone,
    };
    for what in &event.unreadable {
        notes.lossy("EWS-EVENT-UNREADABLE", format!("{what} cannot be read"));
    }
    let mut lines = Lines::default();
    let uid = parts::uid(&whole.item);
    if event.uid.is_none() {
        notes.info("EWS-EVENT-UID", "the event has no UID; it got one of its own");
    }
    one(whole, event, &uid, &clock, context, None, &mut lines, notes);
    for (at, occurrence) in event.modified.iter().enumerate() {
        let original = occurrence.original;
        match whole.exceptions.get(at) {
            Some(Ok(item)) => exception(item, original, &uid, &clock, context, &mut lines, notes),
            Some(Err(problem)) => notes.lossy(
                "EWS-EXCEPTION-UNREADABLE",
                format!("an occurrence that differs cannot be read: {problem}"),
            ),
            None => notes.lossy(
                "EWS-EXCEPTION-UNREADABLE",
                "an occurrence that differs was not read",
            ),
        }
    }
    let written = lines.finish();
    witness::compare(whole, event, &written, clock.zone, notes);
    let from = event.start.unwrap_or(Timestamp::UNIX_EPOCH);
    let used = zone
        .filter(|_| !event.all_day)
        .and_then(|zone| zone.component(from));
    (written, used.into_iter().collect())
}

fn exception(
    item: &Item,
    original: Option<Timestamp>,
    uid: &str,
    clock: &Clock<'_>,
    context: &Context,
    lines: &mut Lines,
    notes: &mut Notes,
) {
    let Facts::Event(event) = &item.facts else {
        notes.lossy(
            "EWS-EXCEPTION-UNREADABLE",
            "an occurrence that differs is no appointment",
        );
        return;
    };
    let Some(original) = original.or(event.original) else {
        notes.lossy(
            "EWS-EXCEPTION-UNREADABLE",
            "an occurrence does not say which one of the series it replaces",
        );
        return;
    };
    if item.replaced > 0 {
        notes.lossy(
            "EWS-CHARACTER",
            format!("{} characters of an occurrence were replaced", item.replaced),
        );
    }
    if !item.attachments.is_empty() {
        notes.lossy(
            "EWS-EXCEPTION-ATTACHMENT",
            "an occurrence has attachments of its own, which were not read",
        );
    }
    let own = Clock {
        all_day: event.all_day,
        zone: clock.zone,
    };
    let recurrence_id = Some((original, clock));
    let whole = Whole::alone(item.clone());
    one(&whole, event, uid, &own, context, recurrence_id, lines, notes);
}

#[allow(clippy::too_many_arguments)]
fn one(
    whole: &Whole,
    event: &Event,
    uid: &str,
    clock: &Clock<'_>,
    context: &Context,
    recurrence_id: Option<(Timestamp, &Clock<'_>)>,
    lines: &mut Lines,
    notes: &mut Notes,
) {
    let item = &whole.item;
    lines.raw("BEGIN", "VEVENT");
    parts::common(item, uid, event.stamp, lines);
    if let Some((original, clock)) = recurrence_id {
        clock.line("RECURRENCE-ID", original, lines);
    }
    match event.start {
        Some(start) => {
            clock.line("DTSTART", start, lines);
            if let Some(end) = event.end.filter(|end| *end > start) {
                clock.line("DTEND", end, lines);
            }
            check_midnight(event, clock, notes);
        }
        None => notes.lossy("EWS-EVENT-START", "the event does not say when it starts"),
    }
    if let Some(sequence) = event.sequence {
        lines.raw("SEQUENCE", &sequence.to_string());
    }
    lines.text("SUMMARY", &item.subject);
    lines.text("LOCATION", &event.location);
    if recurrence_id.is_none() {
        series(event, clock, lines, notes);
    }
    busy(event, lines);
    people_of(event, context, lines, notes);
    parts::description(item, lines);
    if let Some(url) = event.online.as_deref().filter(|url| url.contains(':')) {
        lines.raw("URL", url);
    }
    parts::attach(whole, lines, notes);
    if let Some(minutes) = event.reminder {
        parts::alarm(minutes, lines);
    }
    lines.raw("END", "VEVENT");
}

/// Whole days begin at midnight of their zone; where they do not, the zone is not the one in which they were made.
fn check_midnight(event: &Event, clock: &Clock<'_>, notes: &mut Notes) {
    let Some(zone) = clock.zone.filter(|_| event.all_day) else {
        return;
    };
    let midnight = |at: Option<Timestamp>| {
        let local = at.and_then(|at| zone.to_local(at));
        local.is_none_or(|local| local.time() == jiff::civil::Time::midnight())
    };
    if !midnight(event.start) || !midnight(event.end) {
        notes.lossy(
            "EWS-ALL-DAY-ZONE",
            format!(
                "the event takes whole days, but not of the zone {:?} that it names",
                zone.id
            ),
        );
    }
}

fn series(event: &Event, clock: &Clock<'_>, lines: &mut Lines, notes: &mut Notes) {
    if event.recurrence.is_none() && event.form.as_deref() == Some("RecurringMaster") {
        notes.lossy("EWS-SERIES-RULE", "the series does not say how it recurs");
    }
    let Some(recurrence) = &event.recurrence else {
        return;
    };
    let until = |day: Date| {
        if clock.all_day {
            return Some(parts::day(day));
        }
        let start = event.start?;
        Some(utc(match clock.zone {
            Some(zone) => zone.to_instant(day.to_datetime(zone.to_local(start)?.time()))?,
            None => jiff::tz::Offset::UTC.to_timestamp(day.at(23, 59, 59, 0)).ok()?,
        }))
    };
    match recurrence::rule(recurrence, until) {
        Ok(rule) => lines.raw("RRULE", &rule),
        Err(why) => notes.lossy(
            "EWS-SERIES-RULE",
            format!("no rule says how the series recurs: {why}"),
        ),
    }
    for deleted in &event.deleted {
        clock.line("EXDATE", *deleted, lines);
    }
}

fn busy(event: &Event, lines: &mut Lines) {
    let (transparent, name) = match event.busy.as_deref() {
        Some("Free") => (true, "FREE"),
        Some("Tentative") => (false, "TENTATIVE"),
        Some("OOF") => (false, "OOF"),
        Some("WorkingElsewhere") => (false, "WORKINGELSEWHERE"),
        Some("Busy") => (false, "BUSY"),
        _ => return,
    };
    lines.raw("TRANSP", if transparent { "TRANSPARENT" } else { "OPAQUE" });
    lines.raw("X-MICROSOFT-CDO-BUSYSTATUS", name);
}

fn people_of(event: &Event, context: &Context, lines: &mut Lines, notes: &mut Notes) {
    if event.cancelled {
        lines.raw("STATUS", "CANCELLED");
    }
    // A plain appointment has no organizer, whatever the server writes.
    if !event.meeting && event.attendees.is_empty() {
        return;
    }
    if let Some(organizer) = &event.organizer {
        person("ORGANIZER", "", organizer, context, lines, notes);
    }
    for attendee in &event.attendees {
        if attendee.response.as_deref() == Some("Organizer") {
            continue;
        }
        let role = match attendee.role {
            Role::Required => ";CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT",
            Role::Optional => ";CUTYPE=INDIVIDUAL;ROLE=OPT-PARTICIPANT",
            Role::Resource => ";CUTYPE=RESOURCE;ROLE=NON-PARTICIPANT",
        };
        let answer = match attendee.response.as_deref() {
            Some("Accept") => "ACCEPTED",
            Some("Decline") => "DECLINED",
            Some("Tentative") => "TENTATIVE",
            _ => "NEEDS-ACTION",
        };
        person(
            "ATTENDEE",
            &format!("{role};PARTSTAT={answer}"),
            &attendee.person,
            context,
            lines,
            notes,
        );
    }
}

fn person(
    name: &str,
    parameters: &str,
    person: &Person,
    context: &Context,
    lines: &mut Lines,
    notes: &mut Notes,
) {
    let common = if person.name.is_empty() {
        String::new()
    } else {
        format!(";CN={}", parameter(&person.name))
    };
    // Somebody without an address was told as a loss where it was looked for.
    let address = match people::address(person, context, notes) {
        Some(address) => format!("mailto:{address}"),
        None => "invalid:nomail".to_owned(),
    };
    lines.raw(&format!("{name}{common}{parameters}"), &address);
}
