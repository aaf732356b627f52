//! What a calendar says of an appointment, read from lines of any quality.

use jiff::Span;
use std::collections::{BTreeMap, BTreeSet};

/// A calendar with one appointment.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// The appointment, or the series.
    pub(super) event: Component,
    /// Occurrences that differ from it.
    pub(super) exceptions: Vec<Component>,
    /// An attachment is named that the message does not hold.
    pub(super) dangling: bool,
    /// The calendar has no end.
    pub(super) cut: bool,
}

/// A VEVENT.
#[derive(Debug, Default)]
pub(super) struct Component {
    /// The values of properties that stand once, by their names in upper case. The last one counts.
    values: BTreeMap<&'static str, String>,
    /// Days or times that are left out.
    pub(super) excluded: Vec<String>,
    /// Addresses in lower case.
    pub(super) attendees: BTreeSet<String>,
    /// In lower case.
    pub(super) categories: BTreeSet<String>,
    /// Minutes before the start at which it reminds.
    pub(super) reminder: Option<i64>,
}

/// Properties that stand once and are compared.
const SINGLE: [&str; 12] = [
    "UID",
    "RECURRENCE-ID",
    "DTSTART",
    "DTEND",
    "SUMMARY",
    "LOCATION",
    "RRULE",
    "CLASS",
    "TRANSP",
    "STATUS",
    "PRIORITY",
    "X-MICROSOFT-CDO-BUSYSTATUS",
];

impl Component {
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    fn line(&mut self, name: &str, value: &str) {
        if let Some(name) = SINGLE.into_iter().find(|single| *single == name) {
            let text = matches!(name, "SUMMARY" | "LOCATION");
            let value = if text { unescape(value) } else { value.to_owned() };
            self.values.insert(name, value);
            return;
        }
        match name {
            "EXDATE" => self.excluded.extend(value.split(',').map(ToOwned::to_owned)),
            "CATEGORIES" => {
                let names = unescaped_list(value).into_iter();
                self.categories
                    .extend(names.map(|name| name.trim().to_lowercase()));
            }
            // The server writes some twice.
            "ATTENDEE" => {
                let value = value.to_lowercase();
                let address = value.strip_prefix("mailto:").unwrap_or(&value);
                self.attendees.insert(address.to_owned());
            }
            _ => {}
        }
    }
}

impl Said {
    pub(super) fn read(text: &str) -> Self {
        let unfolded = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "");
        let mut said = Self {
            cut: !unfolded.contains("END:VCALENDAR"),
            ..Self::default()
        };
        // Where we are: components within components.
        let mut open: Vec<String> = Vec::new();
        let mut events: Vec<Component> = Vec::new();
        for line in unfolded.lines() {
            let Some((name, value)) = split(line) else {
                continue;
            };
            match name.as_str() {
                "BEGIN" => {
                    open.push(value.to_ascii_uppercase());
                    if open.last().is_some_and(|name| name == "VEVENT") {
                        events.push(Component::default());
                    }
                    continue;
                }
                "END" => {
                    open.pop();
                    continue;
                }
                _ => {}
            }
            let Some(event) = events.last_mut() else {
                continue;
            };
            let mut within = open.iter().rev().map(String::as_str);
            match (within.next(), within.next()) {
                (Some("VALARM"), Some("VEVENT")) if name == "TRIGGER" && event.reminder.is_none() => {
                    event.reminder = minutes_before(value);
                }
                (Some("VEVENT"), _) => {
                    said.dangling |= name == "ATTACH" && value.to_ascii_uppercase().starts_with("CID:");
                    event.line(&name, value);
                }
                _ => {}
            }
        }
        // A series says of no occurrence that it stands for it. The server does not always write it first.
        let series = events
            .iter()
            .position(|event| event.value("RECURRENCE-ID").is_none());
        if !events.is_empty() {
            said.event = events.remove(series.unwrap_or(0));
        }
        said.exceptions = events;
        said
    }
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

/// `-PT15M`
fn minutes_before(trigger: &str) -> Option<i64> {
    let span: Span = trigger.parse().ok()?;
    let days = i64::from(span.get_weeks()).checked_mul(7)? + i64::from(span.get_days());
    let hours = days.checked_mul(24)?.checked_add(i64::from(span.get_hours()))?;
    let minutes = hours.checked_mul(60)?.checked_add(span.get_minutes())?;
    minutes.checked_neg()
}

/// A text; a comma that is not escaped belongs to it, as servers mean it.
fn unescape(value: &str) -> String {
    unescaped_list(value).join(",")
}

/// Texts with commas between them (RFC 5545, section 3.3.11).
fn unescaped_list(value: &str) -> Vec<String> {
    let mut out = vec![String::with_capacity(value.len())];
    let mut rest = value.chars();
    while let Some(character) = rest.next() {
        let character = match character {
            ',' => {
                out.push(String::new());
                continue;
            }
            '\\' => match rest.next() {
                Some('n' | 'N') => '\n',
                Some(other) => other,
                None => continue,
            },
            other => other,
        };
        if let Some(last) = out.last_mut() {
            last.push(character);
        }
    }
    out
}
