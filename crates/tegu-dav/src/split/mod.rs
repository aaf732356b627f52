//! Splits a calendar file into one resource per UID (RFC 4791 section 4.1).
//!
//! A resource holds the source's own lines, regrouped: the calendar's properties, the time zones that
//! the component uses, the component and its overrides. A line changes only by one of the repairs that
//! [`Finding`](crate::Finding) lists as `DAV-REPAIR-…` and `DAV-TZ-…`. Each repair is reported on its item.
//!
//! The file is scanned once to find its components. Then the resources are read and parsed one at a time.
//! [`stream`] holds only the component positions and one resource in memory.
//!
//! # Zones
//!
//! | zone in the file | result |
//! |---|---|
//! | an IANA name | unchanged; if the file has no rules for it, they come from the time zone database |
//! | a Windows or Outlook name | its IANA name, if the file's own rules, where it has any, give the same times |
//! | another name with rules | the IANA zone with the same transitions in the years of the event; if there is none, unchanged, with its rules |
//! | a known name whose rules in the file give other times | left to a person (`DAV-TZ-READINGS`) |
//! | an unknown name without rules | left to a person (`DAV-TZ-UNKNOWN`) |

mod calendar;
mod check;
mod group;
mod names;
mod octets;
mod options;
mod parallel;
mod part;
mod places;
mod property;
mod regroup;
mod run;
mod scan;
#[cfg(feature = "calcard")]
mod second;
mod series;
mod source;
mod stream;
pub(crate) mod weigh;
mod write;
mod zones;

pub use options::{Options, Scheduling};
pub use stream::Stream;

use std::io::{Read, Seek, SeekFrom};

use crate::{ItemKind, Limits, Result, Split, text};

/// Splits a calendar file with default options under these limits.
///
/// # Errors
///
/// As [`calendar_with`].
pub fn calendar(bytes: &[u8], limits: &Limits) -> Result<Split> {
    calendar_with(bytes, &Options::new(limits.clone()))
}

/// Splits a calendar file in memory into one item per UID. Files of several megabytes are split by all processors.
///
/// # Errors
///
/// [`ErrorKind::Malformed`](crate::ErrorKind::Malformed) if the file has no calendar component, and
/// [`ErrorKind::Limit`](crate::ErrorKind::Limit) if it exceeds a limit. Treat the whole file as one item for a person then.
pub fn calendar_with(bytes: &[u8], options: &Options) -> Result<Split> {
    let source = text::strip_encoding(bytes);
    let (index, by_uid) = scan::slice(&source, &options.limits)?;
    let shared = Box::new(source::Memory(&*source));
    let mut stream = Stream::new(shared, index, by_uid, options)?;
    let mut out = Split::default();
    let threads = parallel::threads(source.len());
    if threads > 1 {
        out.items = parallel::resources(&mut stream, &source, options, threads)?;
    }
    for item in &mut stream {
        out.items.push(item?);
    }
    out.calendar_name = stream.calendar_name().map(Into::into);
    out.findings = stream.findings;
    Ok(out)
}

/// Splits bytes in memory, one item at a time.
///
/// # Errors
///
/// As [`calendar_with`].
pub fn memory<'a>(bytes: &'a [u8], options: &Options) -> Result<Stream<'a>> {
    let source = text::strip_encoding(bytes);
    let (index, by_uid) = scan::slice(&source, &options.limits)?;
    Stream::new(Box::new(source::Memory(source)), index, by_uid, options)
}

/// Splits a file of any size, one item at a time. Only the position of each component and the current
/// resource are held in memory. The file is read twice and must not change in between. A UTF-16 file is
/// read into memory as a whole.
///
/// ```
/// use tegu_dav::split::{self, Options};
///
/// let file = std::io::Cursor::new(&b"BEGIN:VEVENT\nUID:1\nDTSTART:20260105T100000Z\nEND:VEVENT\n"[..]);
/// let mut items = split::stream(file, &Options::default())?;
/// assert_eq!(items.next().unwrap()?.uid, "1");
/// assert!(items.next().is_none());
/// # Ok::<(), tegu_dav::Error>(())
/// ```
///
/// # Errors
///
/// As [`calendar_with`], and [`ErrorKind::Connect`](crate::ErrorKind::Connect) if the file cannot be read.
pub fn stream<'a>(mut file: impl Read + Seek + 'a, options: &Options) -> Result<Stream<'a>> {
    let mut head = [0; 4];
    let mut got = 0;
    while let Some(rest) = head.get_mut(got..).filter(|rest| !rest.is_empty()) {
        match file.read(rest).map_err(source::failed)? {
            0 => break,
            count => got += count,
        }
    }
    let head = head.get(..got).unwrap_or_default();
    let base = match (head, text::strip_encoding(head)) {
        ([0xef, 0xbb, 0xbf, ..], _) => 3,
        (_, std::borrow::Cow::Borrowed(_)) => 0,
        _ => {
            file.seek(SeekFrom::Start(0)).map_err(source::failed)?;
            let mut bytes = Vec::new();
            let most = options.limits.max_input as u64 + 1;
            (&mut file)
                .take(most)
                .read_to_end(&mut bytes)
                .map_err(source::failed)?;
            let source = text::strip_encoding(&bytes).into_owned();
            let (index, by_uid) = scan::slice(&source, &options.limits)?;
            return Stream::new(Box::new(source::Memory(source)), index, by_uid, options);
        }
    };
    file.seek(SeekFrom::Start(base)).map_err(source::failed)?;
    let (index, by_uid) = scan::reader(&mut file, &options.limits)?;
    Stream::new(Box::new(source::File::new(file, base)), index, by_uid, options)
}

fn kind(name: &str) -> Option<ItemKind> {
    Some(match name {
        "VEVENT" => ItemKind::Event,
        "VTODO" => ItemKind::Todo,
        "VJOURNAL" => ItemKind::Journal,
        "VFREEBUSY" => ItemKind::FreeBusy,
        _ => return None,
    })
}

#[cfg(test)]
mod headless;
#[cfg(test)]
mod oddities;
#[cfg(test)]
mod tests;
