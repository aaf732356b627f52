//! One card: what its lines become, and what is added so that it is whole.

use std::borrow::Cow;

use super::Version;
use super::convert::{self, Converted};
use super::lines::{self, CardLine};
use crate::content::Content;
use crate::error::one_line;
use crate::item::{content_uid, resource_name};
use crate::resolve::Lookup;
use crate::{Finding, Item, ItemKind, Limits, finding, line, text, value};

/// What a card says once. (Version 4.0 allows some of them again as alternatives in other languages;
/// servers do not.)
const ONCE: &[&str] = &["BDAY", "KIND", "N", "PRODID", "REV", "UID", "VERSION"];

pub(super) struct Reading<'l> {
    pub(super) lines: Vec<CardLine<'l>>,
    pub(super) depth: usize,
    pub(super) nested: bool,
}

/// A line as it will be sent.
struct Written<'l> {
    text: Cow<'l, str>,
    /// Whether the source's bytes are what a strict writer writes.
    strict: bool,
    left_out: bool,
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
    pub(super) fn item(
        self,
        target: Version,
        addresses: Option<&dyn Lookup>,
        guess: Option<text::Guess>,
        limits: &Limits,
        closed: bool,
    ) -> Item {
        let number = self.lines.first().map_or(0, |line| line.number);
        let mut original = Vec::with_capacity(self.lines.iter().map(|line| line.raw.len() + 2).sum());
        for line in &self.lines {
            original.extend_from_slice(line.raw);
            original.extend_from_slice(b"\r\n");
        }
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
            .map(|line| lines::decode(line, guess, &mut findings))
            .collect();
        let contents: Vec<Option<Content<'_>>> = texts.iter().map(|text| Content::parse(text)).collect();
        let version = contents
            .iter()
            .flatten()
            .find(|content| content.is("VERSION"))
            .map(|content| content.value.trim().to_owned());
        let (from, to) = versions(version.as_deref(), &contents, target, &mut findings);
        let mut names = Names {
            version,
            ..Names::default()
        };
        let mut lines: Vec<Written<'_>> = Vec::with_capacity(inner.len());
        let mut seen = [false; ONCE.len()];
        for ((line, text), content) in inner.iter().zip(&texts).zip(&contents) {
            let once = content
                .as_ref()
                .and_then(|content| ONCE.iter().zip(&mut seen).find(|(name, _)| content.is(name)));
            if let Some((name, seen)) = once
                && std::mem::replace(seen, true)
            {
                finding::add(
                    &mut findings,
                    Finding::PropertyRepeated {
                        property: (*name).into(),
                        line: line.number,
                    },
                );
            }
            let context = convert::Context {
                from,
                to,
                line: line.number,
                joined: line.joined,
                addresses,
            };
            let converted = convert::line(text, content.as_ref(), &context, limits, &mut findings);
            // What 2.1 calls itself gives way to the version that is written, and a line that is no property has no place in a card.
            let left_out = converted.is_none()
                || from == convert::From::V2 && content.as_ref().is_some_and(|c| c.is("VERSION"));
            let (text, strict) = match converted {
                Some(Converted::Unchanged) => {
                    if let Some(content) = &content {
                        names.read(content);
                    }
                    (Cow::Borrowed(&**text), line.strict)
                }
                Some(Converted::Changed(new)) => {
                    let tells = content.as_ref().is_some_and(|content| Names::tells(content.name));
                    if let Some(content) = tells.then(|| Content::parse(&new)).flatten() {
                        names.read(&content);
                    }
                    (Cow::Owned(new), false)
                }
                None => (Cow::Borrowed(&**text), false),
            };
            lines.push(Written {
                text,
                strict,
                left_out,
            });
        }
        self.write(from, to, &names, &lines, inner, original, findings)
    }

    #[allow(clippy::too_many_arguments)] // the last step of one long walk
    fn write(
        &self,
        from: convert::From,
        to: Version,
        names: &Names,
        lines: &[Written<'_>],
        inner: &[CardLine<'_>],
        original: Vec<u8>,
        mut findings: Vec<Finding>,
    ) -> Item {
        let mut body = Vec::with_capacity(original.len() + 128);
        body.extend_from_slice(b"BEGIN:VCARD\r\n");
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
                .map(|line| line.text.as_bytes())
                .filter(|text| {
                    !text
                        .get(..4)
                        .is_some_and(|name| name.eq_ignore_ascii_case(b"REV:"))
                })
                .collect();
            content_uid(&parts)
        });
        let formatted = names.formatted();
        let (adds_uid, adds_name) = (
            names.uid.is_none(),
            names.formatted.is_none() && formatted.is_some(),
        );
        // What is added replaces an empty one.
        let gives_way = |line: &Written<'_>| {
            (adds_uid || adds_name)
                && Content::parse(&line.text)
                    .is_some_and(|content| adds_uid && content.is("UID") || adds_name && content.is("FN"))
        };
        for (line, source) in lines.iter().zip(inner) {
            if line.left_out || gives_way(line) {
                continue;
            }
            if line.strict {
                body.extend_from_slice(source.raw);
                body.extend_from_slice(b"\r\n");
            } else {
                folds += usize::from(from != convert::From::V2);
                line::write(&mut body, &line.text);
            }
        }
        let mut add = |property: &str, value: &str, findings: &mut Vec<Finding>| {
            line::write(&mut body, &format!("{property}:{value}"));
            findings.push(Finding::RepairAdded {
                property: property.into(),
                value: one_line(value),
            });
        };
        if adds_uid {
            add("UID", &uid, &mut findings);
        }
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
    /// Whether a property is one that [`read`](Self::read) takes note of.
    fn tells(name: &str) -> bool {
        [
            "UID",
            "FN",
            "N",
            "ORG",
            "EMAIL",
            "TEL",
            "NICKNAME",
            "KIND",
            "X-ADDRESSBOOKSERVER-KIND",
        ]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
    }

    /// Takes note of a line as it will be sent.
    fn read(&mut self, content: &Content<'_>) {
        // What a card says first counts, and is understood only where it is needed.
        let first = |slot: &mut Option<String>| {
            if slot.as_ref().is_none_or(|known| known.trim().is_empty()) {
                *slot = Some(content.value.to_owned());
            }
        };
        if content.is("UID") {
            if self.uid.is_none() {
                self.uid = Some(content.value.trim().to_owned()).filter(|uid| !uid.is_empty());
            }
        } else if content.is("FN") {
            if self.formatted.is_none() {
                self.formatted = Some(value::unescape(content.value)).filter(|name| !name.trim().is_empty());
            }
        } else if content.is("N") {
            self.name = Some(content.value.to_owned());
        } else if content.is("ORG") {
            first(&mut self.organisation);
        } else if content.is("EMAIL") || content.is("TEL") || content.is("NICKNAME") {
            first(&mut self.address);
        } else if content.is("KIND") || content.is("X-ADDRESSBOOKSERVER-KIND") {
            self.group |= content.value.trim().eq_ignore_ascii_case("group");
        }
    }

    fn formatted(&self) -> Option<String> {
        let name = || self.name.as_deref().map(person);
        let organisation = || self.organisation.as_deref().map(|value| joined(value, ", "));
        let address = || self.address.as_deref().map(value::unescape);
        let filled = |name: &String| !name.trim().is_empty();
        self.formatted
            .clone()
            .or_else(|| name().filter(filled))
            .or_else(|| organisation().filter(filled))
            .or_else(|| address().filter(filled))
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
    contents: &[Option<Content<'_>>],
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
            let old = contents.iter().flatten().any(|content| {
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
