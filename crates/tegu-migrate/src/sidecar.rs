//! What an mbox file cannot say of its messages, in a file beside it.
//!
//! A bundle keeps messages byte for byte, so flags and arrival dates do not go into header lines: for `Inbox.mbox`, a file
//! `Inbox.mbox.jsonl` holds one JSON object a line for each message, in the same order.

use crate::{
    Digest, Error, Result,
    message::{Flags, InternalDate},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// One message of the mbox file.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Line {
    /// Where it begins in the mbox file.
    pub(crate) start: u64,
    /// Where the next one begins.
    pub(crate) end: u64,
    /// Of its content.
    pub(crate) digest: Digest,
    /// `\Seen` and the like, and keywords.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    flags: BTreeSet<String>,
    /// Seconds since 1970, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    date: Option<i64>,
    /// Minutes east of Greenwich.
    #[serde(default, skip_serializing_if = "is_zero")]
    offset: i16,
}

fn is_zero(offset: &i16) -> bool {
    *offset == 0
}

impl Line {
    pub(crate) fn new(
        start: u64,
        end: u64,
        digest: Digest,
        flags: &Flags,
        date: Option<InternalDate>,
    ) -> Self {
        Self {
            start,
            end,
            digest,
            flags: flags.names().map(str::to_owned).collect(),
            date: date.map(|date| date.unix_seconds),
            offset: date.map_or(0, |date| date.offset_minutes),
        }
    }

    pub(crate) fn flags(&self) -> Flags {
        Flags::from_names(self.flags.iter().map(String::as_str))
    }

    pub(crate) fn date(&self) -> Option<InternalDate> {
        self.date.map(|seconds| InternalDate::new(seconds, self.offset))
    }
}

/// The file beside an mbox file.
pub(crate) fn path_for(mbox: &Path) -> PathBuf {
    let mut name = mbox.as_os_str().to_owned();
    name.push(".jsonl");
    name.into()
}

/// What could be read.
#[derive(Debug, Default)]
pub(crate) struct Sidecar {
    /// Whole lines, each of which follows on the one before.
    pub(crate) lines: Vec<Line>,
    /// There is more in the file, which does not count.
    pub(crate) torn: bool,
}

/// All lines up to the first that is damaged, does not follow on the one before, or reaches past `limit`.
pub(crate) fn read(mbox: &Path, limit: u64) -> Result<Sidecar> {
    let path = path_for(mbox);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Sidecar::default()),
        Err(error) => return Err(Error::io(format_args!("reading {}", path.display()), error)),
    };
    let mut sidecar = Sidecar::default();
    for text in text.split_inclusive(|byte| *byte == b'\n') {
        let line = if text.ends_with(b"\n") {
            serde_json::from_slice::<Line>(text).ok()
        } else {
            None
        };
        let start = sidecar.lines.last().map_or(0, |before| before.end);
        match line.filter(|line| line.start == start && line.end > start && line.end <= limit) {
            Some(line) => sidecar.lines.push(line),
            None => {
                sidecar.torn = true;
                break;
            }
        }
    }
    Ok(sidecar)
}

/// Writes all lines anew.
pub(crate) fn rewrite(mbox: &Path, lines: &[Line]) -> Result<()> {
    crate::file::write_atomically(&path_for(mbox), &encode(lines)?)
}

/// Adds lines, durably.
pub(crate) fn append(mbox: &Path, lines: &[Line]) -> Result<()> {
    let path = path_for(mbox);
    let content = encode(lines)?;
    let write = || -> io::Result<()> {
        let mut file: File = OpenOptions::new().create(true).append(true).open(&path)?;
        file.write_all(&content)?;
        file.sync_data()
    };
    write().map_err(|error| Error::io(format_args!("writing {}", path.display()), error))
}

fn encode(lines: &[Line]) -> Result<Vec<u8>> {
    let mut content = Vec::new();
    for line in lines {
        serde_json::to_writer(&mut content, line).map_err(|error| {
            Error::new(crate::ErrorKind::Io, format!("encoding a bundle's line: {error}"))
        })?;
        content.push(b'\n');
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(start: u64, end: u64) -> Line {
        let flags = Flags {
            seen: true,
            keywords: ["Важно".to_owned()].into(),
            ..Flags::default()
        };
        Line::new(
            start,
            end,
            crate::digest::of(b"x"),
            &flags,
            Some(InternalDate::new(1, 180)),
        )
    }

    #[test]
    fn what_is_written_comes_back() {
        let scratch = tempfile::tempdir().unwrap();
        let mbox = scratch.path().join("a.mbox");
        assert!(read(&mbox, 99).unwrap().lines.is_empty());
        append(&mbox, &[line(0, 10)]).unwrap();
        append(&mbox, &[line(10, 30)]).unwrap();
        let Sidecar { lines, torn } = read(&mbox, 30).unwrap();
        assert!(!torn);
        assert_eq!(lines, [line(0, 10), line(10, 30)]);
        assert!(lines[0].flags().seen && lines[0].flags().keywords.contains("Важно"));
        assert_eq!(lines[0].date(), Some(InternalDate::new(1, 180)));
    }

    #[test]
    fn what_a_crash_left_is_not_believed() {
        let scratch = tempfile::tempdir().unwrap();
        let mbox = scratch.path().join("a.mbox");
        append(&mbox, &[line(0, 10), line(10, 30)]).unwrap();
        assert_eq!(
            read(&mbox, 29).unwrap().lines.len(),
            1,
            "the mbox file is shorter than the line says"
        );
        let path = path_for(&mbox);
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() - 3]).unwrap();
        assert_eq!(read(&mbox, 30).unwrap().lines.len(), 1, "the last line is torn");
        append(&mbox, &[line(10, 30)]).unwrap();
        assert_eq!(
            read(&mbox, 30).unwrap().lines.len(),
            1,
            "a line behind a torn one does not count"
        );
    }
}
