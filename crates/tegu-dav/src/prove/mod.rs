//! Compares what a server returns with what it was sent, by meaning.
//!
//! Servers rewrite resources: they fold and sort lines, quote values, write zones and rules differently, and add
//! timestamps. So the comparison is by meaning, as RFC 5545 and RFC 6350 give it:
//!
//! - *Times*: where the lines differ, every occurrence in a window of thirty years is compared as an instant.
//! - *Everything else* (text, attendees, alarms, attachments, unknown properties): content lines in one spelling, as a
//!   multiset per component.
//!
//! | not a difference | example |
//! |---|---|
//! | escapes, quotes, the case of names and of words that the RFCs list | `\N` and `\n`, `CN=a` and `CN="a"` |
//! | a list in one line or several, in any order | `CATEGORIES:a,b` and two lines |
//! | how a number, a date, an offset or a rule is written | `GEO:55.75;37.6` and `GEO:55.750000;37.60` |
//! | durations of the same length, a day having 24 hours | `PT60M` and `PT1H` |
//! | the case of a scheme and of a host, percent signs that are not needed | `MAILTO:a@B.C` |
//! | parameters and values that are the default, and text that is empty | `RSVP=FALSE`, `CLASS:PUBLIC` |
//! | properties that a server may set itself | `DTSTAMP`, `LAST-MODIFIED`, `CREATED`, `PRODID`, `REV` |
//! | scheduling parameters, white space at the end of a value | `SCHEDULE-STATUS` |
//! | properties of the calendar that the resource came from | `X-WR-CALNAME` |

mod bag;
mod kind;
mod normal;
mod number;
mod params;
#[cfg(test)]
mod table;
mod times;
mod uri;

use std::cmp::Ordering;
use std::fmt;

use bag::{Bags, Key, Side};

use crate::error::one_line;
use crate::{Limits, ical, line};

/// One difference between what was sent and what came back.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Difference {
    /// Path of the property, such as `VCALENDAR/VEVENT/SUMMARY`. Empty if one side cannot be read or is empty, which that side says.
    pub path: String,
    /// The normalised line as sent; `None` if only the server has it.
    pub sent: Option<String>,
    /// The normalised line as returned; `None` if the server lost it.
    pub got: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.sent, &self.got) {
            (Some(state), None) if self.path.is_empty() => return write!(f, "what was sent is {state}"),
            (None, Some(state)) if self.path.is_empty() => return write!(f, "what came back is {state}"),
            _ => {}
        }
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

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Format {
    Calendar,
    Card,
}

fn compare(sent: &[u8], got: &[u8], format: Format) -> Result<(), Vec<Difference>> {
    let unreadable = |sent: Option<&str>, got: Option<&str>| {
        vec![Difference {
            path: String::new(),
            sent: sent.map(Into::into),
            got: got.map(Into::into),
        }]
    };
    let limits = Limits::default();
    let read = |bytes| {
        let lines = line::read(bytes, &limits).ok()?.lines;
        let tree = ical::tree(&lines, &limits).ok()?;
        Some((lines, tree))
    };
    let side = |index, (lines, tree)| Side {
        index,
        tree,
        lines,
        format,
        steps: limits.steps_for_one(),
    };
    let Some(wanted) = read(sent) else {
        return Err(unreadable(Some("unreadable"), None));
    };
    let Some(found) = read(got) else {
        return Err(unreadable(None, Some("unreadable")));
    };
    if wanted.0.is_empty() {
        return Err(unreadable(Some("empty"), None));
    }
    if found.0.is_empty() {
        return Err(unreadable(None, Some("empty")));
    }
    let (wanted, found) = (side(0, (&wanted.0, &wanted.1)), side(1, (&found.0, &found.1)));
    let mut bags = Bags::default();
    bags.add(&wanted);
    bags.add(&found);
    let mut differences: Vec<Difference> = Vec::new();
    if bags.when.values().any(|[sent, got]| sent != got) {
        differences.extend(times::difference(&wanted, &found, &bags.when));
    }
    pair(&mut bags, &mut differences);
    if differences.is_empty() {
        Ok(())
    } else {
        Err(differences)
    }
}

/// Turns lines that are there more often on one side into differences. Both halves of one changed line make one difference.
fn pair(bags: &mut Bags, differences: &mut Vec<Difference>) {
    // Both come in the order of their paths.
    let (mut sent, mut got) = (Vec::new(), Vec::new());
    for (key, [wanted, found]) in std::mem::take(&mut bags.lines) {
        match wanted.cmp(&found) {
            Ordering::Greater => sent.push(key),
            Ordering::Less => got.push(key),
            Ordering::Equal => {}
        }
    }
    let place = |key: &Key| (key.component, key.name.clone());
    let difference = |key: &Key, sent, got| Difference {
        path: bags.path(key.component, &key.name),
        sent,
        got,
    };
    let mut got = got.into_iter().peekable();
    for key in sent {
        while let Some(other) = got.next_if(|other| place(other) < place(&key)) {
            differences.push(difference(&other, None, Some(other.text.clone())));
        }
        let half = got
            .next_if(|other| place(other) == place(&key))
            .map(|other| other.text);
        differences.push(difference(&key, Some(key.text.clone()), half));
    }
    for key in got {
        differences.push(difference(&key, None, Some(key.text.clone())));
    }
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
    fn nothing_is_not_the_same_as_anything() {
        // Zones of which no time speaks do not count, so this holds nothing that is compared.
        let zone = b"BEGIN:VTIMEZONE\r\nTZID:a\r\nEND:VTIMEZONE\r\n";
        for (sent, got) in [(&zone[..], &b"\n"[..]), (b"\n", zone), (zone, b""), (b"", b"")] {
            assert!(calendar(sent, got).is_err(), "{sent:?} and {got:?}");
        }
        let empty = calendar(zone, b"\n").unwrap_err();
        assert_eq!(empty[0].to_string(), "what came back is empty");
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
