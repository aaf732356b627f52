//! Appointments.

use super::{
    Component, alarm,
    clock::{Clock, busy},
    common, derived_uid, description, people, series,
};
use crate::lines::Lines;
use crate::{
    Message,
    fields::Fields,
    messaging::Method,
    tag::{self, set},
    time,
    verdict::Notes,
    zone::Zone,
};
use base64::{Engine, engine::general_purpose::STANDARD};

/// Octets of an attachment that a component holds itself, and of all of them together.
const INLINE: u64 = 4 << 20;
const INLINE_TOGETHER: u64 = 16 << 20;

/// An appointment or a meeting, with the exceptions of a series as components of their own.
pub(crate) fn event(message: &Message<'_>, notes: &mut Notes) -> Component {
    crate::properties::check(message, notes);
    let mut fields = Fields::new(message);
    let recurring = fields.flag(notes, set::APPOINTMENT, 0x8223);
    let zone = zone(&mut fields, notes, recurring);
    let start = fields.time(notes, set::APPOINTMENT, 0x820d);
    let end = fields.time(notes, set::APPOINTMENT, 0x820e);
    let Some(start) = start else {
        notes.lossy("PST-EVENT-TIMELESS", "the appointment does not say when it is");
        return (String::new(), Vec::new());
    };
    let end = end.unwrap_or(start);
    if end < start {
        notes.lossy("PST-EVENT-BACKWARDS", "the appointment ends before it starts");
    }
    let all_day = fields.flag(notes, set::APPOINTMENT, 0x8215);
    let clock = clock(notes, zone, all_day, recurring, start, end);
    let uid = uid(&mut fields, notes).unwrap_or_else(|| derived_uid(message));
    let mut lines = Lines::default();
    lines.append("BEGIN:VEVENT\r\n");
    common(message, notes, &mut lines, &uid);
    clock.instant(&mut lines, "DTSTART", start);
    clock.instant(&mut lines, "DTEND", end);
    let subject = crate::item::subject(message, notes);
    lines.text("SUMMARY", &subject);
    lines.text("LOCATION", &fields.text(notes, set::APPOINTMENT, 0x8208));
    busy(fields.integer(notes, set::APPOINTMENT, 0x8205), &mut lines);
    if let Some(sequence) = fields.integer(notes, set::APPOINTMENT, 0x8201) {
        lines.raw("SEQUENCE", &sequence.max(0).to_string());
    }
    let state = fields
        .integer(notes, set::APPOINTMENT, 0x8217)
        .unwrap_or_default();
    if state & 4 != 0 {
        lines.raw("STATUS", "CANCELLED");
    }
    let invited = message.kind() == crate::Kind::Meeting;
    people(
        message,
        notes,
        &mut lines,
        if invited { state | 1 } else { state },
    );
    description(message, notes, &mut lines);
    let series = recurring.then(|| series::read(&mut fields, notes)).flatten();
    if let Some(series) = &series {
        series::rule(series, notes, &clock, &mut lines);
    }
    let reminder = fields.flag(notes, set::COMMON, 0x8503);
    let minutes = fields.integer(notes, set::COMMON, 0x8501).unwrap_or(15);
    if reminder {
        alarm(minutes, &mut lines);
    }
    if !invited {
        attachments(message, notes, &mut lines);
    }
    lines.append("END:VEVENT\r\n");
    if let Some(series) = &series {
        let base = series::Base {
            uid: &uid,
            subject: &subject,
            clock: &clock,
            state,
            reminder: reminder.then_some(minutes),
        };
        series::exceptions(&mut fields, notes, series, &base, &mut lines);
    }
    let zones = match &clock {
        Clock::Zone(zone) => vec![zone.component()],
        Clock::Days(_) | Clock::Utc => Vec::new(),
    };
    (lines.finish(notes), zones)
}

/// The zone of an appointment: the definition for series, or for display; else the older structure.
fn zone(fields: &mut Fields<'_, '_>, notes: &mut Notes, recurring: bool) -> Option<Zone> {
    let definitions: &[u32] = if recurring {
        &[0x8260, 0x825e]
    } else {
        &[0x825e, 0x8260]
    };
    let mut definition = None;
    for number in definitions {
        let Some(data) = fields.binary(notes, set::APPOINTMENT, *number) else {
            continue;
        };
        match Zone::definition(&data) {
            Ok(zone) => {
                definition = Some(zone);
                break;
            }
            Err(error) => notes.lossy("PST-ZONE-UNREADABLE", error.to_string()),
        }
    }
    let name = fields.text(notes, set::APPOINTMENT, 0x8234);
    let structure = fields
        .binary(notes, set::APPOINTMENT, 0x8233)
        .map(|data| Zone::structure(&data, &name));
    match (definition, structure) {
        (Some(zone), Some(Ok(structure))) if recurring && !zone.agrees(&structure) => {
            notes.info(
                "PST-ZONE-DIFFERS",
                "the two time zones of the series contradict each other; the older structure counts",
            );
            Some(structure)
        }
        (Some(zone), _) => Some(zone),
        (None, Some(Ok(structure))) => Some(structure),
        (None, Some(Err(error))) => {
            notes.lossy("PST-ZONE-UNREADABLE", error.to_string());
            None
        }
        (None, None) => None,
    }
}

fn clock(
    notes: &mut Notes,
    zone: Option<Zone>,
    all_day: bool,
    recurring: bool,
    start: i64,
    end: i64,
) -> Clock {
    if let (Some(zone), Some(local)) = (&zone, time::civil(start))
        && zone.differs_at(local.year())
    {
        notes.lossy(
            "PST-ZONE-RULES",
            "the time zone had other rules when the appointment began than those that are written",
        );
    }
    if all_day {
        let midnight = |seconds: i64| {
            let local = match &zone {
                Some(zone) => zone.to_local(seconds),
                None => time::civil(seconds),
            };
            local.is_some_and(|local| local.time() == jiff::civil::Time::midnight())
        };
        if midnight(start) && midnight(end) {
            return Clock::Days(zone);
        }
        notes.lossy(
            "PST-EVENT-MIDNIGHT",
            "the appointment takes whole days, but does not begin and end at midnight in its time zone",
        );
    }
    match zone {
        Some(zone) => Clock::Zone(zone),
        None => {
            if recurring {
                notes.lossy(
                    "PST-ZONE-MISSING",
                    "the series does not say in which time zone it recurs",
                );
            }
            Clock::Utc
        }
    }
}

/// What identifies a meeting in all copies of it ([MS-OXCICAL] section 2.1.3.1.1.20.26).
fn uid(fields: &mut Fields<'_, '_>, notes: &mut Notes) -> Option<String> {
    const FOREIGN: &[u8] = b"vCal-Uid\x01\0\0\0";
    let mut id = fields
        .binary(notes, set::MEETING, 0x23)
        .or_else(|| fields.binary(notes, set::MEETING, 0x03))?;
    if let Some(text) = id.get(40..).and_then(|data| data.strip_prefix(FOREIGN)) {
        let text = text.split(|octet| *octet == 0).next().unwrap_or_default();
        if let Ok(text) = std::str::from_utf8(text)
            && !text.is_empty()
        {
            return Some(text.to_owned());
        }
    }
    // The date of an instance does not belong to the identity of its series.
    if let Some(date) = id.get_mut(16..20) {
        date.fill(0);
    }
    Some(id.iter().map(|octet| format!("{octet:02X}")).collect())
}

/// Files of an appointment. Exceptions of a series are attachments as well, and are none of these.
fn attachments(message: &Message<'_>, notes: &mut Notes, lines: &mut Lines) {
    let mut left = INLINE_TOGETHER;
    for id in notes.value(message.attachment_ids()) {
        let attachment = match message.attachment(id) {
            Ok(attachment) => attachment,
            Err(error) => {
                notes.lossy("PST-ATTACHMENT-UNREADABLE", error.to_string());
                continue;
            }
        };
        if series::is_exception(&attachment) {
            continue;
        }
        let length = attachment.data().ok().flatten().map(|data| data.length());
        let read = match (attachment.method(), length) {
            (Ok(Method::Value), Some(length)) if length <= INLINE.min(left) => {
                left -= length;
                let mut data = Vec::new();
                attachment
                    .data()
                    .ok()
                    .flatten()
                    .and_then(|mut reader| std::io::Read::read_to_end(&mut reader, &mut data).ok())
                    .map(|_| data)
            }
            _ => None,
        };
        let Some(data) = read else {
            notes.lossy(
                "PST-EVENT-ATTACHMENT",
                "an attachment is too large for a calendar, no file, or unreadable",
            );
            continue;
        };
        let name = notes
            .value(attachment.name())
            .map(|name| name.text)
            .unwrap_or_default();
        let kind = notes
            .value(attachment.text(tag::ATTACH_MIME_TAG))
            .map(|kind| kind.text)
            .unwrap_or_default();
        let kind: String = kind
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || "/-+.".contains(*c))
            .collect();
        let kind = if kind.is_empty() {
            "application/octet-stream".to_owned()
        } else {
            kind
        };
        lines.raw(
            &format!(
                "ATTACH;FMTTYPE={kind};ENCODING=BASE64;VALUE=BINARY;X-FILENAME={}",
                tegu_outcome::content_line::parameter(&name)
            ),
            &STANDARD.encode(data),
        );
    }
}
