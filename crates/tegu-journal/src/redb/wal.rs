//! The write-ahead log: a file beside the database that holds what was written since the last checkpoint.
//!
//! A commit of the database flushes the disk, which takes as long as copying some twenty messages. So changes are appended here,
//! where they survive the death of the process at once, and go into the database many at a time.
//!
//! `docs/stored-form.md` describes the file to the octet.

use super::private;
use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

/// The name is older than this crate.
const MAGIC: &[u8] = b"tegu-migrate log 2\n";
const HEADER: usize = MAGIC.len() + 16;
const PREFIX: usize = 16;
/// Begins a change that says how far the file was flushed.
const FLUSHED: u8 = b'y';

#[derive(Debug)]
pub(super) struct Wal {
    pub(super) file: File,
    path: PathBuf,
    end: u64,
    /// Set if half a frame may be at the end. Nothing may follow it.
    broken: bool,
}

/// What an earlier process left.
#[derive(Debug)]
pub(super) struct Left {
    /// The identity and the number of checkpoints that the file began with.
    pub(super) stamp: (u64, u64),
    pub(super) changes: Vec<Vec<u8>>,
}

impl Wal {
    /// Opens the file or makes it, and reads it. `Err` says what is wrong with it.
    pub(super) fn open(path: &Path) -> Result<(Self, Option<Left>), String> {
        let text = |error: io::Error| error.to_string();
        let mut file = private::open(path).map_err(text)?;
        let mut content = Vec::new();
        file.read_to_end(&mut content).map_err(text)?;
        let (end, left) = scan(&content)?;
        if end < content.len() as u64 {
            tracing::warn!(path = %path.display(), octets = content.len() as u64 - end, "an unfinished write was cut off");
            file.set_len(end).map_err(text)?;
        }
        let wal = Self {
            file,
            path: path.to_owned(),
            end,
            broken: false,
        };
        Ok((wal, left))
    }

    /// Empties the file after a checkpoint.
    pub(super) fn reset(&mut self, stamp: (u64, u64)) -> io::Result<()> {
        let mut header = MAGIC.to_vec();
        header.extend_from_slice(&stamp.0.to_le_bytes());
        header.extend_from_slice(&stamp.1.to_le_bytes());
        self.broken = true;
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&header)?;
        self.file.sync_data()?;
        (self.end, self.broken) = (header.len() as u64, false);
        Ok(())
    }

    /// Appends a change.
    pub(super) fn append(&mut self, change: &[u8]) -> io::Result<()> {
        if self.broken {
            return Err(io::Error::other("an earlier write failed"));
        }
        let length = u32::try_from(change.len()).map_err(io::Error::other)?;
        let mut frame = Vec::with_capacity(PREFIX + change.len());
        frame.extend_from_slice(&length.to_le_bytes());
        frame.extend_from_slice(&(!length).to_le_bytes());
        frame.extend_from_slice(&checksum(change));
        frame.extend_from_slice(change);
        let written = self
            .file
            .seek(SeekFrom::Start(self.end))
            .and_then(|_| self.file.write_all(&frame));
        if let Err(error) = written {
            // Nothing may follow half a frame. If it cannot be cut off now, the next opening does it.
            self.broken = self.file.set_len(self.end).is_err();
            return Err(error);
        }
        self.end += frame.len() as u64;
        Ok(())
    }

    /// Notes that everything before the offset `end` is on the disk.
    pub(super) fn flushed(&mut self, end: u64) -> io::Result<()> {
        if end > self.end {
            return Ok(());
        }
        let mut change = vec![FLUSHED];
        change.extend_from_slice(&end.to_le_bytes());
        self.append(&change)
    }

    /// Returns the offset of the next change.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// Removes the file, once all of it is in the database.
    pub(super) fn remove(&self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

fn checksum(change: &[u8]) -> [u8; 8] {
    let mut sum = [0; 8];
    sum.iter_mut()
        .zip(blake3::hash(change).as_bytes())
        .for_each(|(to, from)| *to = *from);
    sum
}

/// Returns the changes, and the offset at which the whole ones end.
pub(super) fn scan(content: &[u8]) -> Result<(u64, Option<Left>), String> {
    if content.len() < HEADER {
        let begun = content.iter().all(|octet| *octet == 0)
            || MAGIC.starts_with(content)
            || content.starts_with(MAGIC);
        return if begun {
            Ok((0, None))
        } else {
            Err("it is not a journal's log".into())
        };
    }
    let number = |at: usize| content.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes);
    let (Some(identity), Some(checkpoints)) = (number(MAGIC.len()), number(MAGIC.len() + 8)) else {
        return Err("it is not a journal's log".into());
    };
    if !content.starts_with(MAGIC) {
        return Err("it is not a journal's log, or one of another version".into());
    }
    let mut changes = Vec::new();
    let mut at = HEADER;
    while let Some(rest) = content.get(at..).filter(|rest| !rest.is_empty()) {
        match frame(rest) {
            Frame::Whole(change) => {
                at += PREFIX + change.len();
                if change.first() != Some(&FLUSHED) {
                    changes.push(change.to_vec());
                }
            }
            Frame::Torn => break,
            Frame::Damaged if was_flushed(rest, at) => return Err(format!("it is damaged at octet {at}")),
            Frame::Damaged => break,
        }
    }
    let left = Left {
        stamp: (identity, checkpoints),
        changes,
    };
    Ok((at as u64, Some(left)))
}

/// Returns whether anything behind the damage at `at` says that the file was flushed beyond it.
fn was_flushed(rest: &[u8], at: usize) -> bool {
    (0..rest.len()).any(|offset| match rest.get(offset..).map(frame) {
        Some(Frame::Whole([FLUSHED, end @ ..])) => end
            .try_into()
            .is_ok_and(|end| u64::from_le_bytes(end) > at as u64),
        _ => false,
    })
}

enum Frame<'a> {
    Whole(&'a [u8]),
    /// Cut off: the last write of a process or a machine that died.
    Torn,
    Damaged,
}

fn frame(rest: &[u8]) -> Frame<'_> {
    let Some((prefix, behind)) = rest.split_at_checked(PREFIX) else {
        return Frame::Torn;
    };
    let number = |at: usize| {
        prefix
            .get(at..at + 4)
            .and_then(|four| four.try_into().ok())
            .map(u32::from_le_bytes)
    };
    let (Some(length), Some(complement)) = (number(0), number(4)) else {
        return Frame::Torn;
    };
    if length != !complement {
        return Frame::Damaged;
    }
    match behind.get(..length as usize) {
        None => Frame::Torn,
        Some(change) if prefix.get(8..) == Some(&checksum(change)[..]) => Frame::Whole(change),
        Some(change) if change.len() == behind.len() => Frame::Torn,
        Some(_) => Frame::Damaged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_crash_left_is_cut_off_and_damage_is_not() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("log");
        let (mut wal, left) = Wal::open(&path).unwrap();
        assert!(left.is_none());
        wal.reset((7, 1)).unwrap();
        wal.append(b"first").unwrap();
        wal.append(&[9; 300]).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for cut in 0..whole.len() {
            let found = scan(&whole[..cut]).unwrap();
            let ends = [HEADER, HEADER + PREFIX + 5];
            let expected = ends.iter().filter(|end| cut >= **end).max().copied().unwrap_or(0);
            assert_eq!(found.0, expected as u64, "{cut}");
        }
        let mut zeros = whole.clone();
        zeros.extend_from_slice(&[0; 5000]);
        assert_eq!(scan(&zeros).unwrap().1.unwrap().changes.len(), 2);

        // Before anything was flushed, damage is what the loss of power leaves; afterwards it is damage.
        let damage = |content: &[u8], at: usize| {
            let mut damaged = content.to_vec();
            damaged[at] ^= 1;
            scan(&damaged)
        };
        let lost = damage(&whole, HEADER + PREFIX).unwrap();
        assert_eq!((lost.0, lost.1.unwrap().changes.len()), (HEADER as u64, 0));
        wal.flushed(wal.end()).unwrap();
        wal.append(b"behind").unwrap();
        let flushed = std::fs::read(&path).unwrap();
        assert_eq!(scan(&flushed).unwrap().1.unwrap().changes.len(), 3);
        for at in HEADER..whole.len() {
            assert!(damage(&flushed, at).unwrap_err().contains("damaged at"), "{at}");
        }
        let behind = flushed.len() - 3;
        assert_eq!(damage(&flushed, behind).unwrap().1.unwrap().changes.len(), 2);
        for at in 0..MAGIC.len() {
            assert!(damage(&flushed, at).is_err());
        }
    }
}
