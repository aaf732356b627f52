//! Compares what a server returns with what it was sent, by meaning.
//!
//! Servers rewrite resources: they fold and sort lines, quote values, write zones and rules differently, and add
//! timestamps. So the comparison is by meaning:
//!
//! - *Times*: where the lines differ, every occurrence in a window of thirty years is compared as an instant.
//! - *Everything else* (text, attendees, alarms, attachments, unknown properties): normalised content
//!   lines, as a multiset per component.
//!
//! Not a difference: properties that a server may set itself (`DTSTAMP`, `LAST-MODIFIED`, `CREATED`, `PRODID`, `REV`,
//! `SEQUENCE:0`, scheduling parameters), white space at the end of a value, and properties of the calendar that
//! the resource came from (`X-WR-CALNAME` and others).

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use crate::content::Content;
use crate::error::one_line;
use crate::ical::{self, Component};
use crate::occur::{self, Occurrence, Stamp, Zones};
use crate::time::civil;
use crate::vcard::convert;
use crate::{Limits, line, value};

/// One difference between what was sent and what came back.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Difference {
    /// Path of the property, such as `VCALENDAR/VEVENT/SUMMARY`.
    pub path: String,
    /// The normalised line as sent; `None` if only the server has it.
    pub sent: Option<String>,
    /// The normalised line as returned; `None` if the server lost it.
    pub got: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |side: &Option<String>| side.as_deref().map_or("nothing".into(), one_line);
        write!(
            f,
            "{}: sent {}, got {}",
            self.path,
            shown(&self.sent),
            shown(&self.got)
        )
    }
}

/// Compares a calendar resource.
///
/// ```
/// let sent = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:a\\, b\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
/// let got = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:a\\,\n  b\nUID:1\nEND:VEVENT\nEND:VCALENDAR\n";
/// assert!(tegu_dav::prove::calendar(sent, got).is_ok());
/// assert!(tegu_dav::prove::calendar(sent, b"BEGIN:VCALENDAR\nEND:VCALENDAR\n").is_err());
/// ```
///
/// # Errors
///
/// The differences, at least one.
pub fn calendar(sent: &[u8], got: &[u8]) -> Result<(), Vec<Difference>> {
    compare(sent, got, Format::Calendar)
}

/// Compares a vCard.
///
/// # Errors
///
/// The differences, at least one.
pub fn contact(sent: &[u8], got: &[u8]) -> Result<(), Vec<Difference>> {
    compare(sent, got, Format::Card)
}

#[derive(Clone, Copy, PartialEq)]
enum Format {
    Calendar,
    Card,
}

type Bag = BTreeMap<(String, String), i64>;

fn compare(sent: &[u8], got: &[u8], format: Format) -> Result<(), Vec<Difference>> {
    let unreadable = |side: Option<&str>, other: Option<&str>| {
        vec![Difference {
            path: String::new(),
            sent: side.map(Into::into),
            got: other.map(Into::into),
        }]
    };
    let Some(wanted) = bag(sent, format) else {
        return Err(unreadable(Some("unreadable"), None));
    };
    let Some(found) = bag(got, format) else {
        return Err(unreadable(None, Some("unreadable")));
    };
    if wanted.0.is_empty() {
        return Err(unreadable(Some("nothing"), None));
    }
    let mut differences: Vec<Difference> = Vec::new();
    let timeless = format == Format::Card || wanted.1 == found.1;
    if !timeless {
        differences.extend(times(sent, got));
    }
    let (wanted, found) = (wanted.0, found.0);
    for ((path, text), count) in &wanted {
        let there = found.get(&(path.clone(), text.clone())).copied().unwrap_or(0);
        if there < *count {
            differences.push(Difference {
                path: path.clone(),
                sent: Some(text.clone()),
                got: None,
            });
        }
    }
    for ((path, text), count) in &found {
        let there = wanted.get(&(path.clone(), text.clone())).copied().unwrap_or(0);
        if there >= *count {
            continue;
        }
        // Both halves of one changed line make one difference.
        match differences
            .iter_mut()
            .find(|d| d.path == *path && d.got.is_none())
        {
            Some(difference) => difference.got = Some(text.clone()),
            None => differences.push(Difference {
                path: path.clone(),
                sent: None,
                got: Some(text.clone()),
            }),
        }
    }
    if differences.is_empty() {
        Ok(())
    } else {
        Err(differences)
    }
}

/// Days before the first and after the last that a window takes in: servers may not move anything.
const MARGIN: i64 = 2 * civil::DAY;
/// Length in seconds of the window in which endless series are compared.
const WINDOW: i64 = 30 * 366 * civil::DAY;
/// Most occurrences of one component that are compared.
const MOST: usize = 5_000;

/// The first occurrence that is not the same on both sides.
fn times(sent: &[u8], got: &[u8]) -> Option<Difference> {
    let limits = Limits::default();
    let all = |bytes: &[u8], window: Range<i64>, most: usize| {
        occur::calendar(bytes, window, most, &limits).unwrap_or_default()
    };
    let first = all(sent, i64::MIN..i64::MAX, 1)
        .first()
        .map_or(0, |first| first.start);
    let window = first - MARGIN..first.saturating_add(WINDOW);
    let (wanted, found) = (all(sent, window.clone(), MOST), all(got, window, MOST));
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
    let at = (0..wanted.len().max(found.len())).find(|&at| {
        let key = |o: &Occurrence| (o.start, o.end, o.floating, o.all_day, o.summary.trim().to_owned());
        wanted.get(at).map(key) != found.get(at).map(key)
    });
    // Nothing on either side says that the times were not understood: then the lines themselves count.
    if wanted.is_empty() && found.is_empty() {
        return Some(Difference {
            path: "times".into(),
            sent: Some("times that cannot be understood".into()),
            got: Some("others".into()),
        });
    }
    at.map(|at| Difference {
        path: format!("occurrence {}", at + 1),
        sent: shown(wanted.get(at)),
        got: shown(found.get(at)),
    })
}

/// Lines by component, and apart from them the lines that say when.
fn bag(bytes: &[u8], format: Format) -> Option<(Bag, Bag)> {
    let limits = Limits::default();
    let lines = line::read(bytes, &limits).ok()?;
    let tree = ical::tree(&lines.lines, &limits).ok()?;
    let mut bags = (Bag::new(), Bag::new());
    for component in &tree.roots {
        let zones = occur::zones(component.children.iter().chain(&tree.roots), &lines.lines);
        collect(component, &lines.lines, "", format, &zones, &mut bags);
    }
    for line in tree.stray.iter().filter_map(|&at| lines.lines.get(at)) {
        *bags.0.entry((String::new(), line.text.to_string())).or_insert(0) += 1;
    }
    Some(bags)
}

/// Properties that say when a component takes place.
fn says_when(name: &str) -> bool {
    matches!(
        name,
        "DTSTART" | "DTEND" | "DUE" | "DURATION" | "RRULE" | "EXRULE" | "RDATE" | "EXDATE" | "RECURRENCE-ID"
    )
}

/// Properties of a calendar as a whole, which a server keeps with the collection or not at all.
fn of_calendar(name: &str) -> bool {
    name.starts_with("X-")
        || matches!(
            name,
            "NAME"
                | "COLOR"
                | "REFRESH-INTERVAL"
                | "SOURCE"
                | "URL"
                | "UID"
                | "LAST-MODIFIED"
                | "DESCRIPTION"
        )
}

/// Components of one name are told apart by what identifies them, so that lines cannot move between
/// an event and its exceptions unseen.
fn collect(
    component: &Component,
    lines: &[line::Line<'_>],
    parent: &str,
    format: Format,
    zones: &Zones,
    bags: &mut (Bag, Bag),
) {
    let zone = component.name == "VTIMEZONE";
    let own: Vec<_> = component.own_lines().filter_map(|at| lines.get(at)).collect();
    let mut key = String::new();
    for name in ["TZID", "RECURRENCE-ID", "TRIGGER"]
        .iter()
        .filter(|_| format == Format::Calendar)
    {
        let found = own
            .iter()
            .filter_map(|line| Content::parse(&line.text))
            .find(|content| content.is(name));
        if let Some(content) = found {
            // Which of the exceptions it is, a server may say in another zone.
            key = if content.is("RECURRENCE-ID") {
                let instant =
                    Stamp::read(content.value, content.param("TZID")).and_then(|id| id.instant(zones));
                instant.map_or_else(|| one_line(content.value), civil::shown)
            } else {
                format!("[{}]", one_line(&normal(name, &content, format)))
            };
            break;
        }
    }
    let path = format!("{parent}{}{key}", component.name);
    let mut count = |when: bool, path: String, text: String| {
        let of = if when { &mut bags.1 } else { &mut bags.0 };
        *of.entry((path, text)).or_insert(0) += 1;
    };
    count(zone, path.clone(), String::new());
    for line in own {
        let Some(content) = Content::parse(&line.text) else {
            count(zone, path.clone(), line.text.to_string());
            continue;
        };
        let name = content.name.to_ascii_uppercase();
        let servers_own = match format {
            Format::Calendar => matches!(name.as_str(), "DTSTAMP" | "LAST-MODIFIED" | "CREATED" | "PRODID"),
            Format::Card => matches!(name.as_str(), "REV" | "PRODID"),
        };
        let default = (name == "CALSCALE" && content.value.eq_ignore_ascii_case("GREGORIAN"))
            || (name == "SEQUENCE" && content.value.trim() == "0");
        let framing = component.name == "VCALENDAR" && of_calendar(&name);
        if !servers_own && !default && !framing {
            let group = content
                .group
                .map_or(String::new(), |group| format!("{}.", group.to_ascii_lowercase()));
            let text = format!("{}:{}", params(&content), normal(&name, &content, format));
            let timed = format == Format::Calendar && says_when(&name) && component.name != "VALARM";
            count(zone || timed, format!("{path}/{group}{name}"), text);
        }
    }
    for child in &component.children {
        if zone {
            zone_rules(child, lines, &path, &mut bags.1);
        } else {
            collect(child, lines, &format!("{path}/"), format, zones, bags);
        }
    }
}

/// The lines of one observance.
fn zone_rules(component: &Component, lines: &[line::Line<'_>], parent: &str, bag: &mut Bag) {
    for line in component.lines.clone().filter_map(|at| lines.get(at)) {
        let text = line.text.trim_end().to_owned();
        *bag.entry((format!("{parent}/{}", component.name), text))
            .or_insert(0) += 1;
    }
}

fn params(content: &Content<'_>) -> String {
    let mut out: Vec<String> = Vec::new();
    for param in &content.params {
        let name = if param.name.is_empty() {
            "TYPE".to_owned()
        } else {
            param.name.to_ascii_uppercase()
        };
        if matches!(name.as_str(), "SCHEDULE-AGENT" | "SCHEDULE-STATUS") {
            continue;
        }
        for value in param.values() {
            let value = value.replace("^n", "\n").replace("^'", "\"").replace("^^", "^");
            let keyword = matches!(
                name.as_str(),
                "TYPE"
                    | "VALUE"
                    | "ENCODING"
                    | "ROLE"
                    | "PARTSTAT"
                    | "CUTYPE"
                    | "RSVP"
                    | "RELATED"
                    | "RELTYPE"
                    | "FMTTYPE"
            );
            let value = if keyword {
                value.to_ascii_lowercase()
            } else {
                value
            };
            let default = name == "VALUE" && value == "date-time";
            if !default {
                out.push(format!(";{name}={value}"));
            }
        }
    }
    out.sort();
    out.concat()
}

fn normal(name: &str, content: &Content<'_>, format: Format) -> String {
    let text = content.value.trim_end();
    match name {
        "RRULE" | "EXRULE" => {
            let mut parts: Vec<String> = text
                .split(';')
                .filter(|p| !p.is_empty())
                .map(str::to_ascii_uppercase)
                .collect();
            parts.sort();
            parts.join(";")
        }
        "DURATION" | "TRIGGER" => {
            value::duration(text).map_or_else(|| text.to_owned(), |seconds| format!("{seconds}s"))
        }
        "TZOFFSETFROM" | "TZOFFSETTO" if text.len() == 7 => {
            text.strip_suffix("00").unwrap_or(text).to_owned()
        }
        "CATEGORIES" | "NICKNAME" | "RESOURCES" | "EXDATE" | "RDATE" => {
            let mut parts: Vec<String> = list(text);
            parts.sort();
            parts.join("\u{1f}")
        }
        "N" | "ADR" | "ORG" if format == Format::Card => {
            let mut parts: Vec<String> = convert::components(text)
                .iter()
                .map(|part| value::unescape(part))
                .collect();
            while parts.last().is_some_and(String::is_empty) {
                parts.pop();
            }
            parts.join("\u{1f}")
        }
        _ if content.param("ENCODING").is_some() => value::base64(text).map_or_else(
            || text.to_owned(),
            |bytes| blake3::hash(&bytes).to_hex().to_string(),
        ),
        _ => value::unescape(text),
    }
}

/// The parts between unescaped commas.
fn list(text: &str) -> Vec<String> {
    let (mut parts, mut current, mut escaped) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        if c == ',' && !escaped {
            parts.push(value::unescape(&std::mem::take(&mut current)));
        } else {
            current.push(c);
        }
        escaped = c == '\\' && !escaped;
    }
    parts.push(value::unescape(&current));
    parts
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn event(lines: &str) -> Vec<u8> {
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n").into_bytes()
    }

    #[test]
    fn spelling_is_no_difference() {
        for (sent, got) in [
            ("RRULE:FREQ=DAILY;COUNT=2", "RRULE:COUNT=2;FREQ=DAILY"),
            (
                "ATTENDEE;CN=a;RSVP=TRUE:mailto:a@b",
                "attendee;RSVP=true;CN=\"a\";SCHEDULE-STATUS=1.1:mailto:a@b",
            ),
            ("DURATION:PT60M", "DURATION:PT1H"),
            ("DTSTAMP:20260101T000000Z", "LAST-MODIFIED:20270101T000000Z"),
            ("CATEGORIES:a,b", "CATEGORIES:b,a"),
            (
                "DTSTART;TZID=Europe/Moscow:20260105T100000\r\nDTEND;TZID=Europe/Moscow:20260105T110000\r\nRRULE:FREQ=DAILY;COUNT=2",
                "DTSTART:20260105T070000Z\r\nDURATION:PT1H\r\nRDATE:20260106T070000Z",
            ),
            (
                "DTSTART:20260105T070000Z\r\nRRULE:FREQ=DAILY;COUNT=3\r\nEXDATE:20260106T070000Z",
                "DTSTART:20260105T070000Z\r\nRRULE:FREQ=DAILY;COUNT=3\r\nEXDATE;TZID=Europe/Moscow:20260106T100000",
            ),
        ] {
            assert_eq!(calendar(&event(sent), &event(got)), Ok(()), "{sent}");
        }
    }

    #[test]
    fn meaning_is_a_difference() {
        for (sent, got) in [
            ("SUMMARY:a", "SUMMARY:b"),
            ("DTSTART:20260101T000000Z", "DTSTART:20260101T000000"),
            ("DTSTART;TZID=A:20260101T000000", "DTSTART;TZID=B:20260101T000000"),
            ("SUMMARY:a", "SUMMARY:a\r\nSUMMARY:a"),
            ("X-A:1", "X-B:1"),
            (
                "DTSTART:20260101T000000Z\r\nRRULE:FREQ=DAILY",
                "DTSTART:20260101T000000Z\r\nRRULE:FREQ=DAILY;COUNT=900",
            ),
            (
                "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nEND:VALARM",
                "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT10M\r\nEND:VALARM",
            ),
            (
                "ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@b",
                "ATTENDEE;PARTSTAT=DECLINED:mailto:a@b",
            ),
            (
                "ATTACH;ENCODING=BASE64;VALUE=BINARY:QUJD",
                "ATTACH;ENCODING=BASE64;VALUE=BINARY:QUJE",
            ),
        ] {
            let differences = calendar(&event(sent), &event(got)).unwrap_err();
            assert!(!differences.is_empty());
        }
        let one = calendar(&event("SUMMARY:a"), &event("SUMMARY:b")).unwrap_err();
        assert_eq!(one.len(), 1);
        assert_eq!(one[0].to_string(), "VCALENDAR/VEVENT/SUMMARY: sent :a, got :b");
    }

    #[test]
    fn cards() {
        let card =
            |lines: &str| format!("BEGIN:VCARD\r\nVERSION:3.0\r\n{lines}\r\nEND:VCARD\r\n").into_bytes();
        assert_eq!(
            contact(
                &card("TEL;TYPE=WORK,VOICE:1\r\nN:a;b;;;"),
                &card("N:a;b\r\nTEL;TYPE=voice;TYPE=work:1")
            ),
            Ok(())
        );
        assert!(contact(&card("N:a;b"), &card("N:a\\;b")).is_err());
        assert!(contact(&card("PHOTO;ENCODING=b:QUJD"), &card("PHOTO;ENCODING=b:QUJE")).is_err());
    }
}
