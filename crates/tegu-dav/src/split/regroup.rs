//! Turns the components of one UID into one resource without parsing its lines.

use std::ops::Range;
use std::rc::Rc;

use super::places::Unit;
use super::{Stream, calendar, kind};
use crate::content::Content;
use crate::error::one_line;
use crate::item::resource_name;
use crate::line;
use crate::{Finding, Item, ItemKind, Result};

impl Stream<'_> {
    /// A resource whose lines were checked and not understood.
    pub(super) fn regroup(
        &mut self,
        made: Option<String>,
        units: &[Unit],
        bytes: &[u8],
        ranges: &[Range<usize>],
    ) -> Result<Item> {
        let mut body = b"BEGIN:VCALENDAR\r\n".to_vec();
        let first = self.calendar(units.first().map_or(0, |unit| unit.calendar))?;
        match first.version.as_deref() {
            None => body.extend_from_slice(b"VERSION:2.0\r\n"),
            Some(calendar::OLD) => body.extend_from_slice(b"VERSION:1.0\r\n"),
            Some(_) => {}
        }
        if !first.has_product {
            body.extend_from_slice(b"PRODID:-//tegu//tegu-dav//EN\r\n");
        }
        body.extend_from_slice(&first.header);
        let mut findings = Vec::new();
        let (mut uid, mut item_kind, mut folds) = (made.unwrap_or_default(), ItemKind::Unknown, 0);
        let mut written: Vec<&str> = Vec::new();
        for (unit, range) in units.iter().zip(ranges) {
            let raw = bytes.get(range.clone()).unwrap_or_default();
            let calendar = if unit.calendar == units.first().map_or(0, |unit| unit.calendar) {
                Rc::clone(&first)
            } else {
                self.calendar(unit.calendar)?
            };
            for at in memchr::memmem::find_iter(raw, b"TZID=") {
                let name = tzid(raw.get(at + 5..).unwrap_or_default());
                if let Some((name, zone)) = first
                    .zones
                    .get_key_value(name)
                    .or_else(|| calendar.zones.get_key_value(name))
                    && !written.contains(&name.as_str())
                {
                    body.extend_from_slice(&zone.written);
                    if let Some((name, _)) = first.zones.get_key_value(name) {
                        written.push(name);
                    }
                }
            }
        }
        for (unit, range) in units.iter().zip(ranges) {
            let raw = bytes.get(range.clone()).unwrap_or_default();
            if unit.strict {
                body.extend_from_slice(raw);
                body.extend_from_slice(b"\r\n");
                if uid.is_empty() {
                    uid = find_uid(raw).unwrap_or_default();
                }
                if item_kind == ItemKind::Unknown {
                    item_kind = raw
                        .get(6..)
                        .and_then(|name| name.split(|b| b.is_ascii_whitespace()).next())
                        .and_then(|name| kind(&String::from_utf8_lossy(name).to_ascii_uppercase()))
                        .unwrap_or(ItemKind::Unknown);
                }
                continue;
            }
            let ended = bytes.get(range.start..range.end + 2).unwrap_or_default();
            let source = if self.index.line_end == b'\n' { ended } else { raw };
            for line in line::read_part(
                source,
                unit.span.line,
                self.index.line_end,
                self.index.guess,
                &self.options.limits,
            )? {
                folds += usize::from(calendar::put_component(&mut body, &line));
                match Content::parse(&line.text).filter(|content| content.group.is_none()) {
                    None => findings.push(Finding::JunkLine {
                        line: line.number,
                        text: one_line(&line.text),
                    }),
                    Some(content) if content.is("UID") && uid.is_empty() => {
                        uid = content.value.trim().to_owned();
                    }
                    Some(content) if content.is("BEGIN") && item_kind == ItemKind::Unknown => {
                        item_kind =
                            kind(&content.value.trim().to_ascii_uppercase()).unwrap_or(ItemKind::Unknown);
                    }
                    Some(_) => {}
                }
            }
        }
        body.extend_from_slice(b"END:VCALENDAR\r\n");
        if folds > 0 {
            findings.push(Finding::RepairFold { lines: folds });
        }
        Ok(Item {
            kind: item_kind,
            summary: String::new(),
            body: Some(body),
            original: Vec::new(),
            findings,
            resource_name: resource_name(&uid, "ics"),
            components: units.len(),
            uid,
        })
    }
}

/// The name in a `TZID` parameter as it stands.
fn tzid(raw: &[u8]) -> &str {
    let name = match raw.strip_prefix(b"\"") {
        Some(quoted) => quoted.split(|&b| b == b'"').next(),
        None => raw.split(|&b| b == b':' || b == b';').next(),
    };
    std::str::from_utf8(name.unwrap_or_default()).unwrap_or_default()
}

/// The UID among strict lines.
fn find_uid(raw: &[u8]) -> Option<String> {
    let at = memchr::memmem::find(raw, b"\nUID:")?;
    let mut uid = Vec::new();
    for (number, line) in raw.get(at + 5..)?.split(|&b| b == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match (
            number,
            line.strip_prefix(b" ").or_else(|| line.strip_prefix(b"\t")),
        ) {
            (0, _) => uid.extend_from_slice(line),
            (_, Some(more)) => uid.extend_from_slice(more),
            _ => break,
        }
    }
    Some(String::from_utf8_lossy(&uid).trim().to_owned())
}
