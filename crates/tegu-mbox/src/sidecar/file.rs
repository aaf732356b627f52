//! A sidecar as a whole.

use std::fs::OpenOptions;
use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::entry::Entry;
use crate::write::{open_or_create, open_to_read, replace};
use crate::{Error, ErrorKind, Result};

/// The longest line, in bytes. A longer one is not written, and is damage when it is read.
pub const MAX_LINE: u64 = 1 << 20;

/// The most bytes of lines that one sidecar may have: two million messages with 500 bytes of keywords each. A longer one is not
/// read.
pub const MAX_LENGTH: u64 = 1 << 30;

/// What could be read of a sidecar.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Sidecar {
    /// The entries that count: each starts where the one before it ends.
    pub entries: Vec<Entry>,
    /// Whether something stands behind them that does not count.
    pub torn: bool,
}

impl Sidecar {
    /// Returns how many bytes of the mbox file the entries cover.
    pub fn covered(&self) -> u64 {
        self.entries.last().map_or(0, |last| last.end)
    }
}

/// Returns the path of the sidecar of the mbox file `mbox`: its name and `.jsonl`.
pub fn path_for(mbox: &Path) -> PathBuf {
    let mut name = mbox.as_os_str().to_owned();
    name.push(".jsonl");
    name.into()
}

/// Reads the sidecar of the mbox file `mbox`, which has `mbox_length` bytes. A missing sidecar has no entries.
///
/// # Errors
///
/// [`Io`](crate::ErrorKind::Io). Damage is no error: see [`Sidecar::torn`].
pub fn read(mbox: &Path, mbox_length: u64) -> Result<Sidecar> {
    let path = path_for(mbox);
    let read = match open_to_read(&path) {
        Ok(file) => decode(BufReader::new(file), mbox_length),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Sidecar::default()),
        Err(error) => Err(Error::io("read", "", error)),
    };
    read.map_err(|error| error.doing("read", path.display()))
}

/// Reads a sidecar whose mbox file has `mbox_length` bytes.
///
/// # Errors
///
/// [`Io`](ErrorKind::Io) if `text` cannot be read, [`Limit`](ErrorKind::Limit) if it is longer than [`MAX_LENGTH`].
pub fn decode(text: impl BufRead, mbox_length: u64) -> Result<Sidecar> {
    decode_up_to(text, mbox_length, MAX_LENGTH)
}

fn decode_up_to(mut text: impl BufRead, mbox_length: u64, most: u64) -> Result<Sidecar> {
    let mut sidecar = Sidecar::default();
    let mut line = Vec::new();
    let mut length = 0;
    loop {
        line.clear();
        let read = text.by_ref().take(MAX_LINE).read_until(b'\n', &mut line);
        length += read.map_err(|error| Error::io("read", "a sidecar", error))? as u64;
        if length > most {
            let message = format!("the sidecar is longer than {most} bytes");
            return Err(Error::new(ErrorKind::Limit, message));
        }
        if line.is_empty() {
            return Ok(sidecar);
        }
        let start = sidecar.covered();
        let follows = |entry: &Entry| entry.start == start && entry.end > start && entry.end <= mbox_length;
        match Entry::from_line(&line).filter(follows) {
            Some(entry) => sidecar.entries.push(entry),
            None => {
                sidecar.torn = true;
                return Ok(sidecar);
            }
        }
    }
}

/// Replaces the sidecar by one with these entries, or leaves it as it is.
pub(super) fn rewrite(mbox: &Path, entries: &[Entry]) -> Result<()> {
    replace(&path_for(mbox), |file| file.write_all(encode(entries).as_bytes()))
}

/// Adds lines and syncs them.
pub(super) fn append(mbox: &Path, entries: &[Entry]) -> Result<()> {
    let path = path_for(mbox);
    let write = || -> io::Result<()> {
        let mut sidecar = open_or_create(&path, OpenOptions::new().append(true))?;
        sidecar.write_all(encode(entries).as_bytes())?;
        sidecar.sync_data()
    };
    write().map_err(|error| Error::io("write", path.display(), error))
}

fn encode(entries: &[Entry]) -> String {
    entries.iter().map(Entry::to_line).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use super::*;
    use crate::sidecar::entry::ArrivalDate;

    fn entry(start: u64, end: u64) -> Entry {
        Entry::new(start..end, [7; 32])
            .flags(["\\Seen", "Важно"])
            .date(Some(ArrivalDate::new(1, 180)))
    }

    #[test]
    fn what_is_written_comes_back() {
        let scratch = tempfile::tempdir().unwrap();
        let mbox = scratch.path().join("a.mbox");
        assert_eq!(read(&mbox, 99).unwrap(), Sidecar::default());
        append(&mbox, &[entry(0, 10)]).unwrap();
        append(&mbox, &[entry(10, 30)]).unwrap();
        let sidecar = read(&mbox, 30).unwrap();
        assert!(!sidecar.torn);
        assert_eq!(sidecar.entries, [entry(0, 10), entry(10, 30)]);
        let date = sidecar.entries[0].arrival_date().unwrap();
        assert_eq!((date.seconds, date.offset_minutes), (1, 180));
    }

    #[test]
    fn what_a_crash_left_does_not_count() {
        let scratch = tempfile::tempdir().unwrap();
        let mbox = scratch.path().join("a.mbox");
        append(&mbox, &[entry(0, 10), entry(10, 30)]).unwrap();
        let short = read(&mbox, 29).unwrap();
        assert_eq!(
            (short.entries.len(), short.torn),
            (1, true),
            "the mbox file is shorter than the line says"
        );
        let path = path_for(&mbox);
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() - 3]).unwrap();
        assert_eq!(read(&mbox, 30).unwrap().entries.len(), 1, "the last line is torn");
        append(&mbox, &[entry(10, 30)]).unwrap();
        assert_eq!(
            read(&mbox, 30).unwrap().entries.len(),
            1,
            "a line behind a torn one does not count"
        );
        rewrite(&mbox, &[entry(0, 10)]).unwrap();
        assert_eq!(read(&mbox, 30).unwrap().entries, [entry(0, 10)]);
        fs::write(&path, vec![b' '; MAX_LINE as usize + 9]).unwrap();
        assert_eq!(read(&mbox, 30).unwrap().entries.len(), 0, "a line without an end");
    }

    #[test]
    fn a_sidecar_that_is_too_long_is_an_error_and_not_damage() {
        let lines = encode(&[entry(0, 10), entry(10, 30)]);
        let length = lines.len() as u64;
        assert_eq!(
            decode_up_to(lines.as_bytes(), 30, length).unwrap().entries.len(),
            2
        );
        let error = decode_up_to(lines.as_bytes(), 30, length - 1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
    }

    #[test]
    fn the_stored_form_does_not_change() {
        let line = r#"{"start":0,"end":9,"digest":"0707070707070707070707070707070707070707070707070707070707070707","flags":["\\Seen","Важно"],"date":1,"offset":180}"#;
        assert_eq!(entry(0, 9).to_line(), format!("{line}\n"));
        let bare = r#"{"digest":"0707070707070707070707070707070707070707070707070707070707070707","end":9,"later":[1],"start":0}"#;
        assert_eq!(
            Entry::from_line(format!("{bare}\n").as_bytes()),
            Some(Entry::new(0..9, [7; 32]))
        );
        assert_eq!(Entry::from_line(bare.as_bytes()), None);
    }
}
