//! The MIME content of an appointment as a second witness.
//!
//! What is written of the properties is compared with it. Descriptions and attachments are not: the server makes other texts of them.

mod read;

use self::read::{Component, Said};
use super::{Notes, Whole, parts};
use crate::{
    item::Event,
    zone::{Zone, local},
};
use jiff::{fmt::strtime, tz::Offset};
use mail_parser::{MessageParser, MimeHeaders, PartType};
use std::collections::{BTreeMap, BTreeSet};

/// Compares what was written of an appointment with the calendar in its MIME content.
pub(super) fn compare(whole: &Whole, event: &Event, written: &str, zone: Option<&Zone>, notes: &mut Notes) {
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
        .map(|text| Said::read(&text));
    let tells = |said: &Said| said.event.value("UID").or(said.event.value("DTSTART")).is_some();
    let Some(said) = said.filter(tells) else {
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
    let ours = Said::read(written);
    let witness = Witness {
        clock: Clock {
            zone,
            whole_days: event.all_day,
        },
        ours: &ours,
        theirs: &said,
    };
    witness.series(event, notes);
    witness.exceptions(event, notes);
}

struct Witness<'a> {
    clock: Clock<'a>,
    ours: &'a Said,
    theirs: &'a Said,
}

impl Witness<'_> {
    fn series(&self, event: &Event, notes: &mut Notes) {
        let (ours, theirs) = (&self.ours.event, &self.theirs.event);
        if let (Some(ours), Some(theirs)) = (&event.uid, theirs.value("UID"))
            && !ours.eq_ignore_ascii_case(theirs)
        {
            notes.info(
                "EWS-WITNESS-UID",
                format!("the MIME content has another UID: {theirs}"),
            );
        }
        for difference in differences(&self.clock, ours, theirs) {
            difference.tell(notes);
        }
        match (ours.value("RRULE"), theirs.value("RRULE")) {
            (None, Some(_)) if event.recurrence.is_none() => notes.lossy(
                "EWS-WITNESS-SERIES",
                "the MIME content recurs, and the properties do not",
            ),
            (Some(_), None) => notes.info(
                "EWS-WITNESS-SERIES",
                "the properties recur, and the MIME content does not",
            ),
            (Some(ours), Some(theirs)) if !self.clock.same_rule(ours, theirs) => notes.info(
                "EWS-WITNESS-RULE",
                format!("the MIME content recurs by another rule: {theirs}"),
            ),
            _ => {}
        }
        let invited = event
            .attendees
            .iter()
            .filter(|attendee| attendee.response.as_deref() != Some("Organizer"));
        let attendees = (theirs.attendees.len(), invited.count());
        count("EWS-WITNESS-ATTENDEES", "attendees", attendees, notes);
        // Whom nobody knows by an address has none to compare.
        let known = ours.attendees.iter().all(|address| address.contains('@'));
        if known
            && attendees.0 == attendees.1
            && let Some(other) = theirs.attendees.difference(&ours.attendees).next()
        {
            notes.info(
                "EWS-WITNESS-ATTENDEES",
                format!("the MIME content invites another attendee: {other}"),
            );
        }
        let removed = |component: &Component| -> BTreeSet<String> {
            component.excluded.iter().map(|at| self.clock.key(at)).collect()
        };
        let (ours, theirs) = (removed(ours), removed(theirs));
        let what = "occurrences that were removed";
        count("EWS-WITNESS-DELETED", what, (theirs.len(), ours.len()), notes);
        if ours.len() == theirs.len()
            && let Some(other) = theirs.difference(&ours).next()
        {
            notes.info(
                "EWS-WITNESS-DELETED",
                format!("the MIME content leaves out another occurrence: {other}"),
            );
        }
    }

    fn exceptions(&self, event: &Event, notes: &mut Notes) {
        let theirs = &self.theirs.exceptions;
        let counts = (theirs.len(), event.modified.len());
        count("EWS-WITNESS-EXCEPTIONS", "occurrences that differ", counts, notes);
        let key = |component: &Component| component.value("RECURRENCE-ID").map(|at| self.clock.key(at));
        let ours: BTreeMap<String, &Component> = self
            .ours
            .exceptions
            .iter()
            .filter_map(|component| Some((key(component)?, component)))
            .collect();
        for component in theirs {
            let at = key(component);
            let Some(ours) = at.as_ref().and_then(|at| ours.get(at)) else {
                let at = at.as_deref().unwrap_or("no occurrence");
                notes.info(
                    "EWS-WITNESS-EXCEPTION",
                    format!("the MIME content says what differs of {at}, and the properties do not"),
                );
                continue;
            };
            let clock = Clock {
                whole_days: false,
                ..self.clock
            };
            let found = differences(&clock, ours, component);
            if found.is_empty() {
                continue;
            }
            let what: Vec<&str> = found.iter().map(|difference| difference.what).collect();
            let message = format!(
                "the MIME content says otherwise of the occurrence {}: {}",
                at.unwrap_or_default(),
                what.join(", ")
            );
            if found.iter().any(|difference| difference.is_lossy) {
                notes.lossy("EWS-WITNESS-EXCEPTION", message);
            } else {
                notes.info("EWS-WITNESS-EXCEPTION", message);
            }
        }
    }
}

/// Something that the MIME content says otherwise.
struct Difference {
    what: &'static str,
    code: &'static str,
    message: String,
    /// When it takes place, or what somebody would miss.
    is_lossy: bool,
}

impl Difference {
    fn tell(self, notes: &mut Notes) {
        if self.is_lossy {
            notes.lossy(self.code, self.message);
        } else {
            notes.info(self.code, self.message);
        }
    }
}

/// What is said otherwise of an appointment or of an occurrence. What the witness does not mention is one of its known defects.
fn differences(clock: &Clock<'_>, ours: &Component, theirs: &Component) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut add = |code, what, message: String, is_lossy| {
        found.push(Difference {
            what,
            code,
            message,
            is_lossy,
        });
    };
    let start = ours.value("DTSTART");
    // What takes no time has no end.
    let end = ours.value("DTEND").or(start);
    for (code, what, ours, verb) in [
        ("EWS-WITNESS-START", "DTSTART", start, "starts"),
        ("EWS-WITNESS-END", "DTEND", end, "ends"),
    ] {
        if let (Some(ours), Some(theirs)) = (ours, theirs.value(what))
            && !clock.agree(ours, theirs)
        {
            let message = format!("the MIME content {verb} at another time: {theirs}");
            add(code, what, message, true);
        }
    }
    for (code, what, name) in [
        ("EWS-WITNESS-SUMMARY", "SUMMARY", "subject"),
        ("EWS-WITNESS-LOCATION", "LOCATION", "place"),
    ] {
        let text = theirs.value(what);
        if text.is_some_and(|text| squeeze(text) != squeeze(ours.value(what).unwrap_or_default())) {
            add(code, what, format!("the MIME content has another {name}"), false);
        }
    }
    for (what, meaning) in PROPERTIES {
        if let Some(told) = theirs.value(what)
            && meaning(told) != meaning(ours.value(what).unwrap_or_default())
        {
            let message = format!("the MIME content says {what}:{told}");
            add("EWS-WITNESS-PROPERTY", what, message, false);
        }
    }
    if !theirs.categories.is_empty() && theirs.categories != ours.categories {
        let message = "the MIME content has other categories".to_owned();
        add("EWS-WITNESS-PROPERTY", "CATEGORIES", message, false);
    }
    if theirs.reminder.is_some() && theirs.reminder != ours.reminder {
        let message = "the MIME content reminds at another time".to_owned();
        add("EWS-WITNESS-PROPERTY", "TRIGGER", message, false);
    }
    found
}

/// What a value means.
type Meaning = fn(&str) -> u8;

/// Properties of few values, and what a value means. An empty one stands for a property that is not there.
const PROPERTIES: [(&str, Meaning); 5] = [
    ("CLASS", |class| match &*class.to_ascii_uppercase() {
        "PRIVATE" => 1,
        "CONFIDENTIAL" => 2,
        _ => 0,
    }),
    ("TRANSP", |shown| {
        u8::from(shown.eq_ignore_ascii_case("TRANSPARENT"))
    }),
    ("STATUS", |status| {
        u8::from(status.eq_ignore_ascii_case("CANCELLED"))
    }),
    ("PRIORITY", |priority| match priority {
        "1" | "2" | "3" | "4" => 1,
        "6" | "7" | "8" | "9" => 2,
        _ => 0,
    }),
    ("X-MICROSOFT-CDO-BUSYSTATUS", |busy| {
        match &*busy.to_ascii_uppercase() {
            "FREE" => 1,
            "TENTATIVE" => 2,
            "OOF" => 3,
            "WORKINGELSEWHERE" => 4,
            _ => 0,
        }
    }),
];

/// How times of the calendars are compared.
#[derive(Clone, Copy)]
struct Clock<'a> {
    zone: Option<&'a Zone>,
    /// Of a series of whole days only the days count.
    whole_days: bool,
}

impl Clock<'_> {
    /// A time of the appointment's zone: `20260105T100000`, or a day. As it is where nobody knows.
    fn local(&self, at: &str) -> Option<String> {
        let Some(utc) = at.strip_suffix('Z') else {
            return Some(at.to_owned());
        };
        let utc = strtime::parse("%Y%m%dT%H%M%S", utc).ok()?.to_datetime().ok()?;
        let instant = Offset::UTC.to_timestamp(utc).ok()?;
        Some(local(self.zone?.to_local(instant)?))
    }

    /// What stands for an occurrence.
    fn key(&self, at: &str) -> String {
        let local = self.local(at).unwrap_or_else(|| at.to_owned());
        let day = local.get(..8).filter(|_| self.whole_days).map(ToOwned::to_owned);
        day.unwrap_or(local)
    }

    /// Whether two times are the same, as far as anybody knows.
    fn agree(&self, ours: &str, theirs: &str) -> bool {
        let (Some(our_local), Some(their_local)) = (self.local(ours), self.local(theirs)) else {
            return ours == theirs || ours.ends_with('Z') != theirs.ends_with('Z');
        };
        let whole_day = self.whole_days || ours.len() == 8 || theirs.len() == 8;
        if whole_day {
            our_local.get(..8) == their_local.get(..8)
        } else {
            our_local == their_local
        }
    }

    /// Whether two rules say the same in what both of them say.
    fn same_rule(&self, ours: &str, theirs: &str) -> bool {
        let (ours, theirs) = (rule(ours), rule(theirs));
        let whole = |name: &str| matches!(name, "FREQ" | "COUNT" | "UNTIL" | "INTERVAL");
        let day = |at: &str| self.local(at).and_then(|at| Some(at.get(..8)?.to_owned()));
        let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
        names
            .into_iter()
            .all(|name| match (ours.get(name), theirs.get(name)) {
                (Some(ours), Some(theirs)) if name == "UNTIL" => {
                    let (ours, theirs) = (day(ours), day(theirs));
                    ours.is_none() || theirs.is_none() || ours == theirs
                }
                (Some(ours), Some(theirs)) => ours == theirs,
                // What the start says already may be left out.
                _ => !whole(name),
            })
    }
}

/// The parts of a rule, in one of the forms that mean the same.
fn rule(text: &str) -> BTreeMap<String, String> {
    let mut parts = BTreeMap::new();
    for part in text.to_ascii_uppercase().split(';') {
        if let Some((name, value)) = part.split_once('=') {
            let mut values: Vec<&str> = value.split(',').collect();
            values.sort_unstable();
            parts.insert(name.trim().to_owned(), values.join(","));
        }
    }
    parts.remove("WKST");
    if parts.get("INTERVAL").is_some_and(|interval| interval == "1") {
        parts.remove("INTERVAL");
    }
    // The second Tuesday.
    let one_day = parts.get("BYDAY").filter(|day| day.len() == 2).cloned();
    let which = parts
        .get("BYSETPOS")
        .filter(|which| !which.contains(','))
        .cloned();
    if let (Some(day), Some(which)) = (one_day, which) {
        parts.remove("BYSETPOS");
        parts.insert("BYDAY".to_owned(), which + &day);
    }
    parts
}

/// Where the witness says more than the properties, something may be missing; where it says less, it is one of its known defects.
fn count(code: &'static str, what: &str, (theirs, ours): (usize, usize), notes: &mut Notes) {
    let message = || format!("the MIME content has {theirs} {what}, and the properties have {ours}");
    match theirs.cmp(&ours) {
        std::cmp::Ordering::Greater => notes.lossy(code, message()),
        std::cmp::Ordering::Less => notes.info(code, message()),
        std::cmp::Ordering::Equal => {}
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
