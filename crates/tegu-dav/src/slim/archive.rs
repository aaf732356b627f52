//! Past events, moved to a file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tegu_outcome::file;

use crate::error::{Error, Result};
use crate::time::civil;
use crate::{Finding, Item, ItemKind, Limits, content, line, occur, split};

/// Returns when the last occurrence of a resource ends, in seconds since 1970. Returns `None` if it never ends, if it is a task
/// that is not done, and if it cannot be read.
#[must_use]
pub fn ended(item: &Item) -> Option<i64> {
    const MOST: usize = 20_000;
    let body = item.body.as_deref()?;
    let limits = Limits::default();
    match item.kind {
        ItemKind::Event | ItemKind::Journal => {}
        ItemKind::Todo => {
            let read = line::read(body, &limits).ok()?;
            let done = read.lines.iter().any(|line| {
                content::Content::parse(&line.text).is_some_and(|content| {
                    content.is("COMPLETED")
                        || (content.is("STATUS")
                            && ["COMPLETED", "CANCELLED"]
                                .contains(&content.value.trim().to_ascii_uppercase().as_str()))
                })
            });
            if !done {
                return None;
            }
        }
        _ => return None,
    }
    let all = occur::calendar(body, i64::MIN..i64::MAX, MOST, &limits).ok()?;
    if all.len() >= MOST {
        return None;
    }
    all.iter().map(|occurrence| occurrence.end).max()
}

/// A calendar file for past events. What an earlier run put there stays there.
///
/// The file is a stream of calendars (RFC 5545, section 3.4), one for each UID.
#[derive(Debug)]
pub struct Archive {
    /// `None` for a dry run.
    path: Option<PathBuf>,
    before: i64,
    resources: BTreeMap<String, Vec<u8>>,
    taken: usize,
}

impl Archive {
    /// Opens the file, or starts a new one, for items that ended before an instant in seconds since 1970.
    ///
    /// # Errors
    ///
    /// Kind [`Io`](crate::ErrorKind::Io) if the file cannot be read, and [`Malformed`](crate::ErrorKind::Malformed) if it is not a
    /// calendar.
    pub fn open(path: impl AsRef<Path>, before: i64) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let mut resources = BTreeMap::new();
        match file::read(&path) {
            Ok(bytes) if bytes.is_empty() => {}
            Ok(bytes) => {
                for item in split::calendar(&bytes, &Limits::default())?.items {
                    let body = item.body.unwrap_or(item.original);
                    resources.insert(item.uid, body);
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(Error::io("read the archive", path.display(), error)),
        }
        Ok(Self {
            path: Some(path),
            before,
            resources,
            taken: 0,
        })
    }

    /// Makes an archive that is never written, to learn what would be archived.
    #[must_use]
    pub fn dry_run(before: i64) -> Self {
        Self {
            path: None,
            before,
            resources: BTreeMap::new(),
            taken: 0,
        }
    }

    /// Takes an item that ended before the instant, and returns whether it did. Lossy items stay, so that a person sees them.
    pub fn take(&mut self, item: &mut Item) -> bool {
        let Some(end) = ended(item).filter(|&end| end <= self.before && !item.is_lossy()) else {
            return false;
        };
        let day = civil::shown(end).get(..10).unwrap_or_default().to_owned();
        if let Some(body) = item.body.clone() {
            self.resources.insert(item.uid.clone(), body);
        }
        item.findings.push(Finding::Archived { ended: day });
        self.taken += 1;
        true
    }

    /// Returns how many items this run took.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.taken
    }

    /// Writes the file as a whole or not at all. Does nothing if no item was taken.
    ///
    /// # Errors
    ///
    /// Kind [`Io`](crate::ErrorKind::Io) if it cannot be written.
    pub fn save(&self) -> Result<()> {
        let Some(path) = self.path.as_ref().filter(|_| self.taken > 0) else {
            return Ok(());
        };
        file::write(path, |file| {
            self.resources.values().try_for_each(|body| file.write_all(body))
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn items(events: &str) -> Vec<Item> {
        let file = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{events}END:VCALENDAR\r\n");
        split::calendar(file.as_bytes(), &Limits::default())
            .unwrap()
            .items
    }

    fn event(uid: &str, lines: &str) -> String {
        format!("BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20200101T000000Z\r\n{lines}\r\nEND:VEVENT\r\n")
    }

    #[test]
    fn what_is_over_is_set_aside_and_stays_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("archive.ics");
        let before = civil::days(2020, 1, 1) * civil::DAY;
        let mut all = items(
            &(event("old", "DTSTART:20100101T100000Z")
                + &event("daily", "DTSTART:20100101T100000Z\r\nRRULE:FREQ=DAILY")
                + &event(
                    "ended",
                    "DTSTART:20100101T100000Z\r\nRRULE:FREQ=DAILY;UNTIL=20110101T000000Z",
                )
                + &event("lasting", "DTSTART:20191231T100000Z\r\nDTEND:20200102T100000Z")
                + &event("new", "DTSTART:20260101T100000Z")),
        );
        let mut archive = Archive::open(&path, before).unwrap();
        let taken: Vec<bool> = all.iter_mut().map(|item| archive.take(item)).collect();
        assert_eq!(taken, [true, false, true, false, false]);
        archive.save().unwrap();
        // A second run with less does not forget what the first set aside.
        let mut archive = Archive::open(&path, before).unwrap();
        assert!(archive.take(&mut items(&event("older", "DTSTART:20000101T100000Z"))[0]));
        archive.save().unwrap();
        let kept = split::calendar(&std::fs::read(&path).unwrap(), &Limits::default()).unwrap();
        let uids: Vec<_> = kept.items.iter().map(|item| item.uid.as_str()).collect();
        assert_eq!(uids, ["ended", "old", "older"]);
        assert!(kept.items.iter().all(|item| !item.is_lossy()));
    }
}
