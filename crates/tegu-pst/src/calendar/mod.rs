//! Appointments, tasks, notes and journal entries as iCalendar (RFC 5545, [MS-OXCICAL]).

mod clock;
mod event;
mod series;
mod task;

pub(crate) use event::event;
pub(crate) use task::{journal, task};

use crate::{
    Message, RecipientKind,
    fields::Fields,
    item::{self, Bodies},
    lines::Lines,
    tag::{self, set},
    time,
    verdict::Notes,
};
use sha2::{Digest, Sha256};
use tegu_outcome::content_line::parameter;

/// A component and the time zones that it names.
pub(crate) type Component = (String, Vec<String>);

pub(crate) const HEAD: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//tegu//tegu-pst//EN\r\n";

/// The calendar part of a meeting message: its method and its octets.
pub(crate) fn invitation(message: &Message<'_>, notes: &mut Notes) -> Option<(&'static str, Vec<u8>)> {
    let class = message.class().to_ascii_lowercase();
    let rest = class.strip_prefix("ipm.schedule.meeting.")?;
    let method = match rest.split('.').next()? {
        "request" => "REQUEST",
        "resp" if answer(message.class()).is_some() => "REPLY",
        "canceled" => "CANCEL",
        _ => return None,
    };
    let (component, zones) = event(message, notes);
    let calendar = format!(
        "{HEAD}METHOD:{method}\r\n{}{component}END:VCALENDAR\r\n",
        zones.concat()
    );
    Some((method, calendar.into_bytes()))
}

/// What identifies an item for good: made of the file and the node, since it has nothing of its own.
pub(crate) fn derived_uid(message: &Message<'_>) -> String {
    let digest = Sha256::new()
        .chain_update(message.pst().record_key())
        .chain_update(message.nid().to_le_bytes())
        .finalize();
    let text: String = digest
        .iter()
        .take(16)
        .map(|octet| format!("{octet:02x}"))
        .collect();
    format!("{text}@pst.tegu.invalid")
}

/// What all components have: identity, time stamp, class, priority, categories, text.
fn common(message: &Message<'_>, notes: &mut Notes, lines: &mut Lines, uid: &str) {
    lines.text("UID", uid);
    let changed = notes.value(message.time(tag::LAST_MODIFIED));
    let made = notes.value(message.time(tag::CREATION_TIME));
    let stamp = changed.or(made).unwrap_or_default();
    lines.raw("DTSTAMP", &time::ical_utc(stamp).unwrap_or_default());
    let private = Fields::new(message).flag(notes, set::COMMON, 0x8506);
    match notes.value(message.integer(tag::SENSITIVITY)) {
        Some(1 | 2) => lines.raw("CLASS", "PRIVATE"),
        Some(3) => lines.raw("CLASS", "CONFIDENTIAL"),
        _ if private => lines.raw("CLASS", "PRIVATE"),
        _ => {}
    }
    match notes.value(message.integer(tag::IMPORTANCE)) {
        Some(0) => lines.raw("PRIORITY", "9"),
        Some(2) => lines.raw("PRIORITY", "1"),
        _ => {}
    }
    lines.list("CATEGORIES", ',', item::categories(message, notes));
}

/// The body, as text and as HTML.
fn description(message: &Message<'_>, notes: &mut Notes, lines: &mut Lines) {
    let bodies = Bodies::read(message, notes);
    lines.text("DESCRIPTION", bodies.text.as_deref().unwrap_or_default());
    if let Some(html) = bodies.html {
        lines.text("X-ALT-DESC;FMTTYPE=text/html", &html.text);
    }
}

/// The alarm of an item whose reminder is set.
fn alarm(minutes: i64, lines: &mut Lines) {
    lines.append("BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Reminder\r\n");
    lines.raw("TRIGGER", &format!("-PT{}M", minutes.max(0)));
    lines.append("END:VALARM\r\n");
}

/// What an answer to a meeting says, by its class.
fn answer(class: &str) -> Option<&'static str> {
    let class = class.to_ascii_lowercase();
    match class
        .strip_prefix("ipm.schedule.meeting.resp.")?
        .split('.')
        .next()?
    {
        "pos" => Some("ACCEPTED"),
        "tent" => Some("TENTATIVE"),
        "neg" => Some("DECLINED"),
        _ => None,
    }
}

/// Organizer and attendees ([MS-OXCICAL] section 2.1.3.1.1.20.2 and .16).
fn people(message: &Message<'_>, notes: &mut Notes, lines: &mut Lines, state: i64) {
    if state & 1 == 0 {
        return;
    }
    let recipients = notes.value(message.recipients());
    if let Some(status) = answer(message.class()) {
        // An answer goes from one attendee to the organizer.
        if let Some(organizer) = recipients.first() {
            person("ORGANIZER", "", &item::person(message, notes, organizer), lines);
        }
        if let Some(attendee) = item::senders(message, notes).0 {
            person("ATTENDEE", &format!(";PARTSTAT={status}"), &attendee, lines);
        }
        return;
    }
    let organizer = recipients.iter().find(|recipient| recipient.flags & 2 != 0);
    let organizer = match organizer {
        Some(recipient) => Some(item::person(message, notes, recipient)),
        None => item::senders(message, notes).0,
    };
    if let Some(organizer) = organizer {
        person("ORGANIZER", "", &organizer, lines);
    }
    for recipient in &recipients {
        if recipient.flags & 2 != 0
            || recipient.flags & 0x20 != 0
            || recipient.kind == RecipientKind::Originator
        {
            continue;
        }
        let role = match recipient.kind {
            RecipientKind::Cc => "OPT-PARTICIPANT",
            RecipientKind::Bcc => "NON-PARTICIPANT",
            _ => "REQ-PARTICIPANT",
        };
        let status = match recipient.status {
            2 => "TENTATIVE",
            3 => "ACCEPTED",
            4 => "DECLINED",
            _ => "NEEDS-ACTION",
        };
        let kind = if recipient.kind == RecipientKind::Bcc {
            ";CUTYPE=RESOURCE"
        } else {
            ""
        };
        let attendee = item::person(message, notes, recipient);
        person(
            "ATTENDEE",
            &format!("{kind};ROLE={role};PARTSTAT={status}"),
            &attendee,
            lines,
        );
    }
}

fn person(name: &str, parameters: &str, person: &item::Person, lines: &mut Lines) {
    let common_name = if person.name.is_empty() {
        String::new()
    } else {
        format!(";CN={}", parameter(&person.name))
    };
    // Somebody without an address was told as a loss where it was looked for.
    let address = match &person.address {
        Some(address) => format!("mailto:{address}"),
        None => "invalid:nomail".to_owned(),
    };
    lines.raw(&format!("{name}{common_name}{parameters}"), &address);
}
