//! What the bytes of a calendar or address book file are used for.

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use super::{Options, Stream, places, source};
use crate::content::Content;
use crate::error::Result;
use crate::time::civil::{self, DAY};
use crate::{Limits, Split, line, occur, text, value};

/// What bytes are used for.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Class {
    /// Inline attachments, photos, sounds and keys.
    Attachments,
    /// Descriptions, comments and notes, plain or HTML.
    Descriptions,
    /// Organisers and attendees.
    People,
    /// Reminders.
    Alarms,
    /// Everything else in events and cards.
    Fields,
    /// Bytes outside events and cards: calendar properties, time zones, stray lines, line ends.
    Frame,
}

impl Class {
    /// All classes, in the order of reports.
    pub const ALL: [Self; 6] = [
        Self::Attachments,
        Self::Descriptions,
        Self::People,
        Self::Alarms,
        Self::Fields,
        Self::Frame,
    ];

    /// The name in reports: `attachments`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Attachments => "attachments",
            Self::Descriptions => "descriptions",
            Self::People => "people",
            Self::Alarms => "alarms",
            Self::Fields => "fields",
            Self::Frame => "frame",
        }
    }

    fn of(name: &str, inline: bool) -> Self {
        match name {
            "ATTACH" if inline => Self::Attachments,
            "PHOTO" | "LOGO" | "SOUND" | "KEY" => Self::Attachments,
            "DESCRIPTION" | "X-ALT-DESC" | "COMMENT" | "NOTE" => Self::Descriptions,
            "ATTENDEE" | "ORGANIZER" => Self::People,
            _ => Self::Fields,
        }
    }
}

/// Totals of the events that end in one year.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Year {
    /// Events and tasks.
    pub resources: usize,
    /// Their size in bytes.
    pub bytes: u64,
    /// How many of these bytes are attachments.
    pub attachments: u64,
}

/// One of the largest items.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Large {
    /// Its UID.
    pub uid: String,
    /// Its title: the summary of an event, the name of a contact.
    pub summary: String,
    /// Its size in bytes, with its exceptions.
    pub bytes: u64,
    /// How many of these bytes are attachments.
    pub attachments: u64,
}

/// The bytes of a file by use. The classes add up to the total.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Weight {
    /// Size of the file in bytes.
    pub total: u64,
    /// Whether the file holds contacts.
    pub contacts: bool,
    /// Number of events (with their exceptions) or cards.
    pub resources: usize,
    /// Bytes by class.
    pub classes: BTreeMap<Class, u64>,
    /// Totals by the year in which events end; `None` for series without an end and for contacts.
    pub years: BTreeMap<Option<i64>, Year>,
    /// The twenty largest items, largest first.
    pub largest: Vec<Large>,
}

const LARGEST: usize = 20;

impl Weight {
    fn add(&mut self, large: Large) {
        let smallest = self.largest.last().map_or(0, |last| last.bytes);
        if self.largest.len() < LARGEST || large.bytes > smallest {
            let at = self.largest.partition_point(|known| known.bytes >= large.bytes);
            self.largest.insert(at, large);
            self.largest.truncate(LARGEST);
        }
    }

    fn finish(mut self, total: u64) -> Self {
        let counted: u64 = self.classes.values().sum();
        self.total = total;
        *self.classes.entry(Class::Frame).or_insert(0) += total.saturating_sub(counted);
        self
    }
}

/// Measures a calendar file; memory stays bounded as in [`stream`](crate::split::stream).
///
/// # Errors
///
/// As [`stream`](crate::split::stream).
pub fn calendar(mut file: impl Read + Seek, limits: &Limits) -> Result<Weight> {
    let total = file.seek(std::io::SeekFrom::End(0)).map_err(source::failed)?;
    file.seek(std::io::SeekFrom::Start(0)).map_err(source::failed)?;
    let options = Options::new(limits.clone());
    let mut stream = super::stream(file, &options)?;
    let groups = std::mem::take(&mut stream.index.groups);
    let mut weight = Weight {
        resources: groups.len(),
        ..Weight::default()
    };
    for group in groups {
        resource(&mut stream, &group, &mut weight)?;
    }
    Ok(weight.finish(total))
}

fn resource(stream: &mut Stream<'_>, group: &places::Group, weight: &mut Weight) -> Result<()> {
    let (mut bytes, mut attachments) = (0, 0);
    let (mut uid, mut summary) = (group.made.clone().unwrap_or_default(), String::new());
    // What says when, without what is large, is all that is needed to know when it ends.
    let mut dates = Vec::new();
    for unit in &group.units {
        let raw = stream.bytes(unit.span)?;
        let mut class = Class::Fields;
        let mut depth = 0;
        let mut start = 0;
        for line in line::physical_ended(&raw, stream.index.line_end) {
            let size = (line.start + line.bytes.len() - start) as u64;
            start = line.start + line.bytes.len();
            bytes += size;
            let folded = matches!(line.bytes.first(), Some(b' ' | b'\t'));
            if !folded {
                let end = line
                    .bytes
                    .iter()
                    .position(|b| matches!(b, b':' | b';'))
                    .unwrap_or(line.bytes.len());
                let name =
                    String::from_utf8_lossy(line.bytes.get(..end).unwrap_or_default()).to_ascii_uppercase();
                let begins = name == "BEGIN";
                depth += i32::from(begins);
                class = if depth > 1 {
                    Class::Alarms
                } else {
                    let inline = name == "ATTACH"
                        && memchr::memmem::find(&line.bytes.to_ascii_uppercase(), b"BASE64").is_some();
                    Class::of(&name, inline)
                };
                depth -= i32::from(name == "END");
            }
            *weight.classes.entry(class).or_insert(0) += size;
            attachments += if class == Class::Attachments { size } else { 0 };
            if class == Class::Fields {
                dates.extend_from_slice(line.bytes);
                dates.push(b'\n');
            }
        }
    }
    let lines = line::read_part(&dates, 1, b'\n', stream.index.guess, &stream.options.limits)?;
    for line in &lines {
        let Some(content) = Content::parse(&line.text) else {
            continue;
        };
        if content.is("UID") && uid.is_empty() {
            uid = content.value.trim().to_owned();
        } else if content.is("SUMMARY") && summary.is_empty() {
            summary = text::summary(&value::unescape(content.value));
        }
    }
    const MOST: usize = 5_000;
    // What takes too long to compute ends in no year.
    let all = occur::calendar(&dates, i64::MIN..i64::MAX, MOST, &stream.options.limits).ok();
    let end = all
        .filter(|all| all.len() < MOST)
        .and_then(|all| all.iter().map(|occurrence| occurrence.end).max());
    let year = weight
        .years
        .entry(end.map(|end| civil::date((end - 1).div_euclid(DAY)).0))
        .or_default();
    year.resources += 1;
    year.bytes += bytes;
    year.attachments += attachments;
    weight.add(Large {
        uid,
        summary,
        bytes,
        attachments,
    });
    Ok(())
}

/// Measures contacts that were read.
#[must_use]
pub fn contacts(bytes: &[u8], split: &Split) -> Weight {
    let mut weight = Weight {
        contacts: true,
        resources: split.items.len(),
        ..Weight::default()
    };
    for item in &split.items {
        let (mut class, mut attachments) = (Class::Fields, 0);
        // A table repeats its header in each original.
        let own = match item.original.split(|&b| b == b'\n').next() {
            Some(head) if !head.to_ascii_uppercase().starts_with(b"BEGIN") => {
                item.original.get(head.len() + 1..).unwrap_or_default()
            }
            _ => &item.original,
        };
        for line in line::physical(own) {
            let size = line.bytes.len() as u64;
            let end = line.bytes.iter().position(|b| matches!(b, b':' | b';'));
            if let Some(end) = end.filter(|_| !matches!(line.bytes.first(), Some(b' ' | b'\t'))) {
                let name =
                    String::from_utf8_lossy(line.bytes.get(..end).unwrap_or_default()).to_ascii_uppercase();
                let name = name.rsplit('.').next().unwrap_or_default();
                class = Class::of(name, true);
            }
            *weight.classes.entry(class).or_insert(0) += size;
            attachments += if class == Class::Attachments { size } else { 0 };
        }
        let year = weight.years.entry(None).or_default();
        year.resources += 1;
        year.bytes += own.len() as u64;
        year.attachments += attachments;
        weight.add(Large {
            uid: item.uid.clone(),
            summary: item.summary.clone(),
            bytes: own.len() as u64,
            attachments,
        });
    }
    weight.finish(bytes.len() as u64)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_classes_add_up_to_the_file() {
        let big = format!("{}\r\n {}", "A".repeat(60), "A".repeat(60));
        let file = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Old\\, one\r\nDTSTART:20100101T100000Z\r\n\
             ATTACH;ENCODING=BASE64;VALUE=BINARY:{big}\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:2\r\n\
             DTSTART:20260101T100000Z\r\nRRULE:FREQ=DAILY\r\nDESCRIPTION:long\r\n er\r\nBEGIN:VALARM\r\nTRIGGER:-PT5M\r\n\
             END:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        let weight = calendar(std::io::Cursor::new(&file), &Limits::default()).unwrap();
        assert_eq!(weight.total, file.len() as u64);
        assert_eq!(weight.classes.values().sum::<u64>(), weight.total);
        assert_eq!(weight.resources, 2);
        assert!(weight.classes[&Class::Attachments] > 120);
        assert!(weight.classes[&Class::Alarms] > 40, "{:?}", weight.classes);
        assert_eq!(weight.years[&Some(2010)].resources, 1);
        assert_eq!(weight.years[&None].resources, 1);
        assert_eq!(weight.largest[0].uid, "1");
        assert_eq!(weight.largest[0].summary, "Old, one");
    }
}
