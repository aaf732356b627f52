//! The last look at what is about to leave: whether it is what a strict reader takes.
//!
//! Independent of how it was made: physical lines, their grammar, components that pair, and the
//! properties that RFC 5545, RFC 2426 and RFC 6350 demand.

use std::fmt;

use crate::content::Content;

/// The first thing that is wrong.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Violation {
    /// The number of the physical line, counted from 1; 0 for what is missing as a whole.
    pub line: usize,
    /// What is wrong with it.
    pub what: &'static str,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl std::error::Error for Violation {}

/// Checks a calendar resource.
///
/// ```
/// let good = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\n\
///     DTSTAMP:20260101T000000Z\r\nDTSTART:20260105T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
/// assert!(tegu_dav::strict::calendar(good).is_ok());
/// assert!(tegu_dav::strict::calendar(b"BEGIN:VCALENDAR\nEND:VCALENDAR\n").is_err());
/// ```
///
/// # Errors
///
/// The first [`Violation`].
pub fn calendar(body: &[u8]) -> Result<(), Violation> {
    let mut stack: Vec<(String, Vec<String>)> = Vec::new();
    let mut uid: Option<String> = None;
    let mut items = 0;
    let mut closed = false;
    let last = lines(body, |line, text| {
        let wrong = |what| Violation { line, what };
        let content = Content::parse(text).ok_or_else(|| wrong("no content line"))?;
        if content.group.is_some() {
            return Err(wrong("a group"));
        }
        if closed {
            return Err(wrong("something behind the calendar"));
        }
        if content.is("BEGIN") {
            if stack.is_empty() != (content.value == "VCALENDAR") {
                return Err(wrong("a component out of place"));
            }
            stack.push((content.value.to_owned(), Vec::new()));
            return Ok(());
        }
        if content.is("END") {
            let (name, seen) = stack.pop().ok_or_else(|| wrong("an end without a beginning"))?;
            if name != content.value {
                return Err(wrong("an end of another component"));
            }
            let demanded: &[&str] = match name.as_str() {
                "VCALENDAR" => &["VERSION", "PRODID"],
                "VEVENT" => &["UID", "DTSTAMP", "DTSTART"],
                "VTODO" | "VJOURNAL" => &["UID", "DTSTAMP"],
                "VTIMEZONE" => &["TZID"],
                "STANDARD" | "DAYLIGHT" => &["DTSTART", "TZOFFSETFROM", "TZOFFSETTO"],
                "VALARM" => &["ACTION", "TRIGGER"],
                _ => &[],
            };
            if demanded
                .iter()
                .any(|name| !seen.iter().any(|known| known == name))
            {
                return Err(wrong("a component that lacks what it must have"));
            }
            items += usize::from(matches!(name.as_str(), "VEVENT" | "VTODO" | "VJOURNAL"));
            closed = stack.is_empty();
            return Ok(());
        }
        let Some((component, seen)) = stack.last_mut() else {
            return Err(wrong("a property outside of the calendar"));
        };
        if content.is("METHOD") && component == "VCALENDAR" {
            return Err(wrong("METHOD, which no resource has"));
        }
        if content.is("UID") && matches!(component.as_str(), "VEVENT" | "VTODO" | "VJOURNAL") {
            if uid.as_ref().is_some_and(|uid| uid != content.value) {
                return Err(wrong("a second UID"));
            }
            if content.value.trim().is_empty() {
                return Err(wrong("an empty UID"));
            }
            uid = Some(content.value.to_owned());
        }
        let name = content.name.to_ascii_uppercase();
        if !seen.contains(&name) {
            seen.push(name);
        }
        Ok(())
    })?;
    match (closed, items) {
        (false, _) => Err(Violation {
            line: last,
            what: "the calendar does not end",
        }),
        (_, 0) => Err(Violation {
            line: 0,
            what: "nothing in the calendar",
        }),
        _ => Ok(()),
    }
}

/// Checks a resource that is one vCard.
///
/// # Errors
///
/// The first [`Violation`].
pub fn card(body: &[u8]) -> Result<(), Violation> {
    let mut seen: Vec<String> = Vec::new();
    let (mut open, mut closed, mut version) = (false, false, String::new());
    let last = lines(body, |line, text| {
        let wrong = |what| Violation { line, what };
        let content = Content::parse(text).ok_or_else(|| wrong("no content line"))?;
        if content.is("BEGIN") {
            if open || closed {
                return Err(wrong("a second card"));
            }
            open = content.value.eq_ignore_ascii_case("VCARD");
            return Ok(());
        }
        if !open {
            return Err(wrong("something outside of the card"));
        }
        if content.is("END") {
            open = false;
            closed = true;
            return Ok(());
        }
        if content.is("VERSION") {
            version = content.value.trim().to_owned();
        }
        if content.is("UID") && content.value.trim().is_empty() {
            return Err(wrong("an empty UID"));
        }
        seen.push(content.name.to_ascii_uppercase());
        Ok(())
    })?;
    let demanded: &[&str] = match version.as_str() {
        "3.0" => &["VERSION", "FN", "N", "UID"],
        "4.0" => &["VERSION", "FN", "UID"],
        _ => {
            return Err(Violation {
                line: 0,
                what: "neither version 3.0 nor 4.0",
            });
        }
    };
    if demanded
        .iter()
        .any(|name| !seen.iter().any(|known| known == name))
    {
        return Err(Violation {
            line: 0,
            what: "the card lacks what it must have",
        });
    }
    if !closed {
        return Err(Violation {
            line: last,
            what: "the card does not end",
        });
    }
    Ok(())
}

/// Looks at physical lines, and gives each content line with the number of its first. The number of
/// the last line is the answer.
fn lines(
    body: &[u8],
    mut each: impl FnMut(usize, &str) -> Result<(), Violation>,
) -> Result<usize, Violation> {
    let text = simdutf8::basic::from_utf8(body).map_err(|_| Violation {
        line: 0,
        what: "not UTF-8",
    })?;
    let (mut whole, mut first, mut number) = (String::new(), 0, 0);
    for line in text.split_inclusive('\n') {
        number += 1;
        let wrong = |what| Violation { line: number, what };
        let line = line
            .strip_suffix("\r\n")
            .ok_or_else(|| wrong("no CR LF at its end"))?;
        if line.len() > 75 {
            return Err(wrong("longer than 75 octets"));
        }
        if line.is_empty() {
            return Err(wrong("blank"));
        }
        if crate::text::has_control(line) {
            return Err(wrong("a control character"));
        }
        match line.strip_prefix([' ', '\t']) {
            Some(more) if first > 0 => whole.push_str(more),
            Some(_) => return Err(wrong("a fold of nothing")),
            None => {
                if first > 0 {
                    each(first, &whole)?;
                }
                whole.clear();
                whole.push_str(line);
                first = number;
            }
        }
    }
    if first > 0 {
        each(first, &whole)?;
    }
    Ok(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260105T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(calendar(GOOD.as_bytes()), Ok(()));
        for (from, to, what) in [
            ("UID:1\r\n", "UID:1\n", "CR LF"),
            ("UID:1\r\n", "", "lacks"),
            ("UID:1", &format!("UID:{}", "1".repeat(80)), "75"),
            ("UID:1", "UID:\u{1}", "control"),
            ("UID:1", "UID:1\r\nUID:2", "second"),
            ("UID:1", "UID: ", "empty UID"),
            ("UID:1", "UID 1", "content"),
            ("END:VEVENT\r\n", "", "another component"),
            ("END:VCALENDAR\r\n", "", "does not end"),
            ("VERSION:2.0\r\n", "", "lacks"),
            ("PRODID:x", "PRODID:x\r\nMETHOD:PUBLISH", "METHOD"),
            ("UID:1\r\n", "UID:1\r\n\r\n", "blank"),
        ] {
            let violation = calendar(GOOD.replacen(from, to, 1).as_bytes()).expect_err(what);
            assert!(violation.what.contains(what), "{violation}: {what}");
        }
        let card_of = |text: &str| card(text.as_bytes());
        assert_eq!(
            card_of("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:1\r\nN:a;;;;\r\nFN:a\r\nEND:VCARD\r\n"),
            Ok(())
        );
        assert!(card_of("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:1\r\nFN:a\r\nEND:VCARD\r\n").is_err());
        assert!(card_of("BEGIN:VCARD\r\nVERSION:2.1\r\nUID:1\r\nN:a\r\nFN:a\r\nEND:VCARD\r\n").is_err());
        assert!(card_of("BEGIN:VCARD\r\nVERSION:4.0\r\nUID:\r\nFN:a\r\nEND:VCARD\r\n").is_err());
        assert!(card_of("").is_err());
    }
}
