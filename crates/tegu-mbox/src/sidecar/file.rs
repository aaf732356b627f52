//! A sidecar as a whole.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};

use tegu_outcome::file;

use super::entry::Entry;
use crate::write::replace;
use crate::{Error, Result};

/// The longest line that is read, in bytes. A longer one is damage.
pub const MAX_LINE: u64 = 1 << 20;

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
    let read = match File::open(&path) {
        Ok(file) => decode(BufReader::new(file), mbox_length),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Sidecar::default()),
        Err(error) => Err(error),
    };
    read.map_err(|error| Error::io("read", path.display(), error))
}

/// Reads a sidecar whose mbox file has `mbox_length` bytes.
///
/// # Errors
///
/// What `text` gives.
pub fn decode(mut text: impl BufRead, mbox_length: u64) -> io::Result<Sidecar> {
    let mut sidecar = Sidecar::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        text.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)?;
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
    let is_new = !path.exists();
    let write = || -> io::Result<()> {
        let mut sidecar = file::private(OpenOptions::new().create(true).append(true)).open(&path)?;
        sidecar.write_all(encode(entries).as_bytes())?;
        sidecar.sync_data()?;
        if is_new {
            file::sync_dir(file::directory(&path))?;
        }
        Ok(())
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
