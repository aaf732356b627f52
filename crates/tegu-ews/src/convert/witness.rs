//! The MIME content of an appointment as a second witness.

use super::{Notes, Whole, parts};
use crate::{
    item::Event,
    zone::{Zone, local, utc},
};
use mail_parser::{MessageParser, MimeHeaders, PartType};
use std::collections::HashSet;

/// What the calendar in the MIME content says.
#[derive(Debug, Default, Eq, PartialEq)]
struct Said {
    uid: Option<String>,
    start: Option<String>,
    summary: Option<String>,
    location: Option<String>,
    has_rule: bool,
    attendees: usize,
    /// VEVENTs behind the first one.
    exceptions: usize,
    /// Days or times that are left out.
    excluded: usize,
    dangling: bool,
    cut: bool,
}

pub(super) fn compare(whole: &Whole, event: &Event, zone: Option<&Zone>, notes: &mut Notes) {
    let item = &whole.item;
    let Some(Ok(mime)) = &item.mime else {
        notes.info(
            "EWS-WITNESS-NONE",
            "the server gives no MIME content; the properties stand alone",
        );
        return;
    };
    let said = parts::octets(mime)
        .and_then(|octets| calendar(&octets))
        .map(|text| read(&text));
    let Some(said) = said.filter(|said| said.uid.is_some() || said.start.is_some()) else {
        notes.info(
            "EWS-WITNESS-NONE",
            "the MIME content holds no calendar; the properties stand alone",
        );
        return;
    };
    if said.cut {
        notes.info("EWS-WITNESS-CUT", "the calendar in the MIME content has no end");
    }
    if said.dangling {
        notes.info(
            "EWS-WITNESS-ATTACH",
            "the MIME content names an attachment that it does not hold",
        );
    }
    if let (Some(ours), Some(theirs)) = (&event.uid, &said.uid)
        && !ours.eq_ignore_ascii_case(theirs)
    {
        notes.info(
            "EWS-WITNESS-UID",
            format!("the MIME content has another UID: {theirs}"),
        );
    }
    if let (Some(start), Some(theirs)) = (event.start, &said.start) {
        let here = zone.and_then(|zone| zone.to_local(start)).map(local);
        let agrees = if event.all_day {
            here.is_none_or(|here| here.get(..8) == theirs.get(..8))
        } else {
            *theirs == utc(start) || here.is_none_or(|here| here == *theirs)
        };
        if !agrees {
            notes.lossy(
                "EWS-WITNESS-START",
                format!("the MIME content starts at another time: {theirs}"),
            );
        }
    }
    let differs = |ours: &str, theirs: &Option<String>| {
        theirs
            .as_ref()
            .is_some_and(|theirs| squeeze(theirs) != squeeze(ours))
    };
    if differs(&item.subject, &said.summary) {
        notes.info("EWS-WITNESS-SUMMARY", "the MIME content has another subject");
    }
    if differs(&event.location, &said.location) {
        notes.info("EWS-WITNESS-LOCATION", "the MIME content has another place");
    }
    if said.has_rule != event.recurrence.is_some() {
        if said.has_rule {
            notes.lossy(
                "EWS-WITNESS-SERIES",
                "the MIME content recurs, and the properties do not",
            );
        } else {
            notes.info(
                "EWS-WITNESS-SERIES",
                "the properties recur, and the MIME content does not",
            );
        }
    }
    let ours = event
        .attendees
        .iter()
        .filter(|attendee| attendee.response.as_deref() != Some("Organizer"))
        .count();
    count("EWS-WITNESS-ATTENDEES", "attendees", said.attendees, ours, notes);
    count(
        "EWS-WITNESS-EXCEPTIONS",
        "occurrences that differ",
        said.exceptions,
        event.modified.len(),
        notes,
    );
    count(
        "EWS-WITNESS-DELETED",
        "occurrences that were removed",
        said.excluded,
        event.deleted.len(),
        notes,
    );
}

/// Where the witness says more than the properties, something may be missing; where it says less, it is one of its known defects.
fn count(code: &'static str, what: &str, theirs: usize, ours: usize, notes: &mut Notes) {
    if theirs > ours {
        notes.lossy(
            code,
            format!("the MIME content has {theirs} {what}, and the properties have {ours}"),
        );
    } else if theirs < ours {
        notes.info(
            code,
            format!("the MIME content has {theirs} {what}, and the properties have {ours}"),
        );
    }
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first calendar of a message.
fn calendar(mime: &[u8]) -> Option<String> {
    let message = MessageParser::default().parse(mime)?;
    message.parts.iter().find_map(|part| {
        let kind = part.content_type()?;
        if !(kind.ctype().eq_ignore_ascii_case("text")
            && kind
                .subtype()
                .is_some_and(|sub| sub.eq_ignore_ascii_case("calendar")))
        {
            return None;
        }
        match &part.body {
            PartType::Text(text) | PartType::Html(text) => Some(text.to_string()),
            PartType::Binary(octets) | PartType::InlineBinary(octets) => {
                Some(String::from_utf8_lossy(octets).into_owned())
            }
            _ => None,
        }
    })
}

/// Reads what is compared, from lines of any quality.
fn read(text: &str) -> Said {
    let unfolded = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "");
    let mut said = Said {
        cut: !unfolded.contains("END:VCALENDAR"),
        ..Said::default()
    };
    // Where we are: components within components.
    let mut open: Vec<String> = Vec::new();
    let (mut events, mut attendees) = (0_usize, HashSet::new());
    for line in unfolded.lines() {
        let Some((name, value)) = split(line) else {
            continue;
        };
        match name.as_str() {
            "BEGIN" => {
                open.push(value.to_ascii_uppercase());
                events += usize::from(open.last().is_some_and(|name| name == "VEVENT"));
                continue;
            }
            "END" => {
                open.pop();
                continue;
            }
            _ => {}
        }
        if open.last().is_none_or(|name| name != "VEVENT") {
            continue;
        }
        if value.to_ascii_uppercase().starts_with("CID:") && name == "ATTACH" {
            said.dangling = true;
        }
        if events != 1 {
            continue;
        }
        match name.as_str() {
            "UID" => said.uid = Some(value.to_owned()),
            "DTSTART" => said.start = Some(value.to_owned()),
            "SUMMARY" => said.summary = Some(unescape(value)),
            "LOCATION" => said.location = Some(unescape(value)),
            "RRULE" => said.has_rule = true,
            "EXDATE" => said.excluded += value.split(',').count(),
            // The server writes some twice.
            "ATTENDEE" => {
                attendees.insert(value.to_ascii_lowercase());
            }
            _ => {}
        }
    }
    said.attendees = attendees.len();
    said.exceptions = events.saturating_sub(1);
    said
}

/// The name and the value of a line; parameters may hold colons in quotes.
fn split(line: &str) -> Option<(String, &str)> {
    let mut quoted = false;
    let colon = line.bytes().position(|octet| {
        quoted ^= octet == b'"';
        octet == b':' && !quoted
    })?;
    let name = line.get(..colon)?.split(';').next()?;
    Some((name.to_ascii_uppercase(), line.get(colon + 1..)?.trim_end()))
}

fn unescape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value.chars();
    while let Some(character) = rest.next() {
        match character {
            '\\' => match rest.next() {
                Some('n' | 'N') => out.push('\n'),
                Some(other) => out.push(other),
                None => {}
            },
            other => out.push(other),
        }
    }
    out
}
