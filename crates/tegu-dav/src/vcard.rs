//! Contacts: vCard 2.1, 3.0 and 4.0 in, 3.0 or 4.0 out.
//!
//! A card that is 3.0 or 4.0 already keeps its version, because servers store both and a change of
//! version would only lose; its lines are sent as they stood, but for the repairs that are listed. A
//! 2.1 card, or one that does not say what it is, is written anew in the version asked for: code
//! pages and quoted-printable become UTF-8, nameless parameters get their names, and unknown
//! properties and parameters stay where they were.

use std::collections::HashMap;

use crate::card::{self, CardLine};
use crate::content::{self, Content};
use crate::convert::{self, Converted};
use crate::error::{Error, ErrorKind, one_line};
use crate::item::{content_uid, resource_name};
use crate::{Finding, Item, ItemKind, Limits, Result, Split, line, text, value};

/// The version that 2.1 cards and CSV rows are written in.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Version {
    /// vCard 3.0 (RFC 2426), which every server takes.
    #[default]
    V3,
    /// vCard 4.0 (RFC 6350).
    V4,
}

impl Version {
    pub(crate) fn number(self) -> &'static str {
        match self {
            Self::V3 => "3.0",
            Self::V4 => "4.0",
        }
    }
}

/// Reads a file of vCards: one item per card.
///
/// ```
/// use tegu_dav::{Limits, vcard};
///
/// let card = b"BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=windows-1251;ENCODING=QUOTED-PRINTABLE:=C8=E2=E0=ED\r\nEND:VCARD\r\n";
/// let split = vcard::cards(card, vcard::Version::V3, &Limits::default())?;
/// let body = split.items[0].body.as_deref().unwrap();
/// assert!(std::str::from_utf8(body).unwrap().contains("FN:Иван\r\n"));
/// # Ok::<(), tegu_dav::Error>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::Unreadable`] if there is no card in it at all, and [`ErrorKind::Limit`].
pub fn cards(bytes: &[u8], target: Version, limits: &Limits) -> Result<Split> {
    let source = text::strip_encoding(bytes);
    let (lines, blank) = card::read(&source, limits)?;
    let guess = line::guess_for(lines.iter().filter(|l| !declares_charset(l)).map(|l| &*l.bytes));
    let mut out = Split::default();
    if let Some(guess) = guess.filter(|guess| guess.certain) {
        let guessed = lines
            .iter()
            .filter(|l| std::str::from_utf8(&l.bytes).is_err())
            .count();
        out.findings.push(Finding::CharsetGuessed {
            charset: guess.encoding.name().into(),
            lines: guessed,
        });
    }
    if blank > 0 {
        out.findings.push(Finding::RepairBlankLines { lines: blank });
    }
    let mut junk: Vec<&CardLine<'_>> = Vec::new();
    let mut card: Option<Reading<'_>> = None;
    let mut found = false;
    for line in &lines {
        match (&mut card, keyword(line)) {
            (None, Some(Keyword::Begin)) => {
                found = true;
                card = Some(Reading {
                    lines: vec![line],
                    depth: 1,
                    nested: false,
                });
            }
            (None, _) => junk.push(line),
            (Some(reading), word) => {
                reading.lines.push(line);
                match word {
                    Some(Keyword::Begin) => {
                        reading.depth += 1;
                        reading.nested = true;
                    }
                    Some(Keyword::End) => reading.depth -= 1,
                    None => {}
                }
                if reading.depth == 0
                    && let Some(reading) = card.take()
                {
                    out.items.push(reading.item(target, guess, limits, true));
                }
            }
        }
    }
    if let Some(reading) = card {
        out.items.push(reading.item(target, guess, limits, false));
    }
    if !found {
        return Err(Error::new(
            ErrorKind::Unreadable,
            "reading contacts: no card in the file",
        ));
    }
    merge(&mut out.items);
    if let Some(first) = junk.first() {
        let finding = Finding::JunkLine {
            line: first.number,
            text: one_line(&String::from_utf8_lossy(&first.bytes)),
        };
        let bytes: Vec<&[u8]> = junk.iter().map(|line| line.raw).collect();
        out.items
            .push(Item::remainder(&bytes.join(&b"\r\n"[..]), finding));
    }
    Ok(out)
}

/// The same card twice is one item; different cards of one UID all go to a person, since only he
/// knows which is right.
pub(crate) fn merge(items: &mut Vec<Item>) {
    let mut by_uid: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, item) in items.iter().enumerate() {
        by_uid.entry(item.uid.clone()).or_default().push(index);
    }
    let mut drop = vec![false; items.len()];
    for (uid, indices) in by_uid.into_iter().filter(|(_, indices)| indices.len() > 1) {
        let Some(first) = indices.first().and_then(|&at| items.get(at)) else {
            continue;
        };
        let body = first.body.clone();
        let same = indices
            .iter()
            .filter_map(|&at| items.get(at))
            .all(|item| item.body == body);
        for (order, &at) in indices.iter().enumerate() {
            let Some(item) = items.get_mut(at) else { continue };
            if !same {
                item.findings.push(Finding::UidDuplicate { uid: one_line(&uid) });
            } else if order == 0 {
                item.components = indices.len();
                item.findings.push(Finding::DuplicateIdentical {
                    uid: one_line(&uid),
                    copies: indices.len(),
                });
            } else if let Some(flag) = drop.get_mut(at) {
                *flag = true;
            }
        }
    }
    let mut flags = drop.into_iter();
    items.retain(|_| !flags.next().unwrap_or(false));
}

enum Keyword {
    Begin,
    End,
}

fn keyword(line: &CardLine<'_>) -> Option<Keyword> {
    let bytes = line.bytes.trim_ascii();
    if bytes.eq_ignore_ascii_case(b"BEGIN:VCARD") {
        Some(Keyword::Begin)
    } else if bytes.eq_ignore_ascii_case(b"END:VCARD") {
        Some(Keyword::End)
    } else {
        None
    }
}

fn declares_charset(line: &CardLine<'_>) -> bool {
    let head = line.bytes.split(|&b| b == b':').next().unwrap_or_default();
    head.to_ascii_uppercase()
        .windows(8)
        .any(|window| window == b"CHARSET=")
}

struct Reading<'l> {
    lines: Vec<&'l CardLine<'l>>,
    depth: usize,
    nested: bool,
}

/// What of a card decides about the rest.
#[derive(Default)]
struct Names {
    version: Option<String>,
    uid: Option<String>,
    formatted: Option<String>,
    name: Option<String>,
    organisation: Option<String>,
    address: Option<String>,
    group: bool,
}

impl Reading<'_> {
    fn item(self, target: Version, guess: Option<text::Guess>, limits: &Limits, closed: bool) -> Item {
        let number = self.lines.first().map_or(0, |line| line.number);
        let original: Vec<u8> = {
            let raw: Vec<&[u8]> = self.lines.iter().map(|line| line.raw).collect();
            let mut bytes = raw.join(&b"\r\n"[..]);
            bytes.extend_from_slice(b"\r\n");
            bytes
        };
        let mut findings = Vec::new();
        if !closed {
            findings.push(Finding::Truncated { line: number });
        }
        if self.nested {
            findings.push(Finding::CardAgent { line: number });
        }
        let end = self.lines.len() - usize::from(closed);
        let inner = self.lines.get(1..end).unwrap_or_default();
        let texts: Vec<_> = inner
            .iter()
            .map(|line| card::decode(line, guess, &mut findings))
            .collect();
        let version = texts.iter().find_map(|text| {
            let content = Content::parse(text)?;
            content.is("VERSION").then(|| content.value.trim().to_owned())
        });
        let (from, to) = versions(version.as_deref(), &texts, target, &mut findings);
        let mut names = Names {
            version,
            ..Names::default()
        };
        let mut lines: Vec<(String, bool)> = Vec::new();
        for (line, text) in inner.iter().zip(&texts) {
            let context = convert::Context {
                from,
                to,
                line: line.number,
                joined: line.joined,
            };
            match convert::line(text, &context, limits, &mut findings) {
                Some(Converted::Unchanged) => {
                    names.read(text);
                    lines.push((text.to_string(), line.strict));
                }
                Some(Converted::Changed(new)) => {
                    names.read(&new);
                    lines.push((new, false));
                }
                None => lines.push((text.to_string(), false)),
            }
        }
        self.write(from, to, &names, &lines, inner, original, findings)
    }

    #[allow(clippy::too_many_arguments)] // the last step of one long walk
    fn write(
        &self,
        from: convert::From,
        to: Version,
        names: &Names,
        lines: &[(String, bool)],
        inner: &[&CardLine<'_>],
        original: Vec<u8>,
        mut findings: Vec<Finding>,
    ) -> Item {
        let mut body = b"BEGIN:VCARD\r\n".to_vec();
        let mut folds = 0;
        if names.version.is_none() || from == convert::From::V2 {
            line::write(&mut body, &format!("VERSION:{}", to.number()));
        }
        if names.version.is_none() {
            findings.push(Finding::RepairAdded {
                property: "VERSION".into(),
                value: to.number().into(),
            });
        }
        let uid = names.uid.clone().unwrap_or_else(|| {
            let parts: Vec<&[u8]> = lines
                .iter()
                .map(|(text, _)| text.as_bytes())
                .filter(|text| {
                    !text
                        .get(..4)
                        .is_some_and(|name| name.eq_ignore_ascii_case(b"REV:"))
                })
                .collect();
            content_uid(&parts)
        });
        for ((text, strict), source) in lines.iter().zip(inner) {
            if from == convert::From::V2 && Content::parse(text).is_some_and(|c| c.is("VERSION")) {
                continue;
            }
            if *strict {
                body.extend_from_slice(source.raw);
                body.extend_from_slice(b"\r\n");
            } else {
                folds += usize::from(from != convert::From::V2);
                line::write(&mut body, text);
            }
        }
        let mut add = |property: &str, value: &str, findings: &mut Vec<Finding>| {
            line::write(&mut body, &format!("{property}:{value}"));
            findings.push(Finding::RepairAdded {
                property: property.into(),
                value: one_line(value),
            });
        };
        if names.uid.is_none() {
            add("UID", &uid, &mut findings);
        }
        let formatted = names.formatted();
        if names.formatted.is_none() {
            match &formatted {
                Some(name) => add("FN", &value::escape(name), &mut findings),
                None => findings.push(Finding::CardNameless),
            }
        }
        if names.name.is_none() && to == Version::V3 {
            add("N", ";;;;", &mut findings);
        }
        body.extend_from_slice(b"END:VCARD\r\n");
        if folds > 0 {
            findings.push(Finding::RepairFold { lines: folds });
        }
        Item {
            kind: if names.group {
                ItemKind::Group
            } else {
                ItemKind::Contact
            },
            summary: text::summary(&formatted.unwrap_or_default()),
            body: Some(body),
            original,
            findings,
            resource_name: resource_name(&uid, "vcf"),
            components: 1,
            uid,
        }
    }
}

impl Names {
    /// Takes note of a line as it will be sent.
    fn read(&mut self, text: &str) {
        let Some(content) = Content::parse(text) else {
            return;
        };
        let first = |slot: &mut Option<String>, value: String| {
            if slot.is_none() && !value.trim().is_empty() {
                *slot = Some(value);
            }
        };
        match content.name.to_ascii_uppercase().as_str() {
            "UID" => first(&mut self.uid, content.value.trim().to_owned()),
            "FN" => first(&mut self.formatted, value::unescape(content.value)),
            "N" => self.name = Some(person(content.value)),
            "ORG" => first(&mut self.organisation, joined(content.value, ", ")),
            "EMAIL" | "TEL" | "NICKNAME" => first(&mut self.address, value::unescape(content.value)),
            "KIND" | "X-ADDRESSBOOKSERVER-KIND" => {
                self.group |= content.value.trim().eq_ignore_ascii_case("group")
            }
            _ => {}
        }
    }

    fn formatted(&self) -> Option<String> {
        let candidates = [&self.formatted, &self.name, &self.organisation, &self.address];
        candidates
            .into_iter()
            .flatten()
            .find(|name| !name.trim().is_empty())
            .cloned()
    }
}

/// `N` as one name: prefix, given, additional, family, suffix.
fn person(value: &str) -> String {
    let parts = convert::components(value);
    let order = [3, 1, 2, 0, 4];
    let words: Vec<String> = order
        .iter()
        .filter_map(|&at| parts.get(at))
        .map(|part| value::unescape(part).trim().to_owned())
        .collect();
    words
        .into_iter()
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn joined(value: &str, separator: &str) -> String {
    let parts: Vec<String> = convert::components(value)
        .iter()
        .map(|part| value::unescape(part))
        .collect();
    parts
        .into_iter()
        .filter(|part| !part.trim().is_empty())
        .collect::<Vec<_>>()
        .join(separator)
}

fn versions(
    version: Option<&str>,
    texts: &[std::borrow::Cow<'_, str>],
    target: Version,
    findings: &mut Vec<Finding>,
) -> (convert::From, Version) {
    match version {
        Some("3.0") => (convert::From::V3, Version::V3),
        Some("4.0") => (convert::From::V4, Version::V4),
        Some("2.1") => {
            findings.push(Finding::RepairVersion {
                from: "2.1".into(),
                to: target.number().into(),
            });
            (convert::From::V2, target)
        }
        Some(other) => {
            findings.push(Finding::VersionUnknown {
                version: one_line(other),
            });
            (convert::From::V3, Version::V3)
        }
        // Nameless parameters and quoted-printable exist in 2.1 only.
        None => {
            let old = texts
                .iter()
                .filter_map(|text| Content::parse(text))
                .any(|content| {
                    content.params.iter().any(|p| {
                        p.name.is_empty() || p.is("CHARSET") || p.raw.eq_ignore_ascii_case("QUOTED-PRINTABLE")
                    })
                });
            if old {
                (convert::From::V2, target)
            } else {
                (convert::From::V3, Version::V3)
            }
        }
    }
}

/// Quotes a parameter value for either version.
pub(crate) fn param(value: &str) -> String {
    content::quote(value).into_owned()
}

#[cfg(test)]
#[path = "vcard_tests.rs"]
mod tests;
