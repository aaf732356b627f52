//! Buffers into which lines can be written in place.

use std::io::{self, Seek, SeekFrom, Write};
use tempfile::NamedTempFile;

/// Octets that are written to a file at once.
const SIZE: usize = 1 << 18;

/// Something that is written to, with room to write in place.
pub(crate) trait Room: Write {
    /// Room for `size` octets. They are kept once they are [`taken`](Self::taken).
    fn room(&mut self, size: usize) -> io::Result<&mut [u8]>;

    /// Keeps the first `size` octets of the room.
    fn taken(&mut self, size: usize);

    /// How many octets were put in.
    fn position(&self) -> u64;

    /// Takes back what was put in from `position` on.
    fn back_to(&mut self, position: u64) -> io::Result<()>;
}

/// Octets in memory. What was once room is not cleared again.
#[derive(Debug, Default)]
pub(crate) struct Octets {
    data: Vec<u8>,
    filled: usize,
}

impl Octets {
    pub(crate) fn as_slice(&self) -> &[u8] {
        self.data.get(..self.filled).unwrap_or_default()
    }

    pub(crate) fn clear(&mut self) {
        self.filled = 0;
    }
}

impl Room for Octets {
    fn room(&mut self, size: usize) -> io::Result<&mut [u8]> {
        let end = self.filled + size;
        if end > self.data.len() {
            self.data.resize(end.next_multiple_of(1 << 16), 0);
        }
        Ok(self.data.get_mut(self.filled..end).unwrap_or_default())
    }

    fn taken(&mut self, size: usize) {
        self.filled = (self.filled + size).min(self.data.len());
    }

    fn position(&self) -> u64 {
        self.filled as u64
    }

    fn back_to(&mut self, position: u64) -> io::Result<()> {
        self.filled = self.filled.min(usize::try_from(position).unwrap_or(usize::MAX));
        Ok(())
    }
}

impl Write for Octets {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.room(data.len())?.copy_from_slice(data);
        self.taken(data.len());
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Collects octets, and writes many at once.
pub(crate) struct Buffered<W> {
    out: W,
    octets: Octets,
    /// Octets that were written.
    written: u64,
}

impl<W: Write> Buffered<W> {
    pub(crate) fn new(out: W) -> Self {
        Self {
            out,
            octets: Octets::default(),
            written: 0,
        }
    }

    /// Writes what was collected.
    fn empty(&mut self) -> io::Result<()> {
        let written = self.out.write_all(self.octets.as_slice());
        self.written += self.octets.position();
        self.octets.clear();
        written
    }

    /// What it is written to.
    pub(crate) fn get_ref(&self) -> &W {
        &self.out
    }

    /// Writes what was collected, and returns what it was written to.
    pub(crate) fn into_inner(mut self) -> io::Result<W> {
        self.empty()?;
        Ok(self.out)
    }
}

impl Room for Buffered<NamedTempFile> {
    fn room(&mut self, size: usize) -> io::Result<&mut [u8]> {
        if self.octets.filled + size > SIZE {
            self.empty()?;
        }
        self.octets.room(size)
    }

    fn taken(&mut self, size: usize) {
        self.octets.taken(size);
    }

    fn position(&self) -> u64 {
        self.written + self.octets.position()
    }

    fn back_to(&mut self, position: u64) -> io::Result<()> {
        if let Some(filled) = position.checked_sub(self.written) {
            return self.octets.back_to(filled);
        }
        self.octets.clear();
        self.written = position;
        let file = self.out.as_file_mut();
        file.set_len(position)?;
        file.seek(SeekFrom::Start(position)).map(drop)
    }
}

impl<W: Write> Write for Buffered<W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if self.octets.filled + data.len() > SIZE {
            self.empty()?;
            // Much at once is written as it is.
            self.out.write_all(data)?;
            self.written += data.len() as u64;
            return Ok(data.len());
        }
        self.octets.write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.empty()?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buffered() -> Buffered<NamedTempFile> {
        Buffered::new(NamedTempFile::new().unwrap())
    }

    fn written(buffered: Buffered<NamedTempFile>) -> Vec<u8> {
        std::fs::read(buffered.into_inner().unwrap().path()).unwrap()
    }

    fn kept_only(out: &mut impl Room) {
        for length in [10, SIZE - 5, 3 * SIZE, 0] {
            out.write_all(b"kept").unwrap();
            let start = out.position();
            for piece in vec![7; length].chunks(1000) {
                out.write_all(piece).unwrap();
            }
            out.back_to(start).unwrap();
            assert_eq!(out.position(), start);
        }
    }

    #[test]
    fn what_is_taken_back_is_not_there() {
        let mut file = buffered();
        kept_only(&mut file);
        assert_eq!(written(file), b"kept".repeat(4));
        let mut octets = Octets::default();
        kept_only(&mut octets);
        assert_eq!(octets.as_slice(), b"kept".repeat(4));
    }

    #[test]
    fn what_is_put_in_comes_out() {
        let mut file = buffered();
        let mut expected = Vec::new();
        for round in 0..60_u8 {
            let data = vec![round; usize::from(round) * 1_000];
            if round % 2 == 0 {
                file.write_all(&data).unwrap();
            } else {
                file.room(data.len()).unwrap().copy_from_slice(&data);
                file.taken(data.len());
            }
            expected.extend(data);
        }
        let long = vec![7; SIZE + 1];
        file.write_all(&long).unwrap();
        expected.extend(long);
        file.write_all(b"end").unwrap();
        expected.extend(b"end");
        assert!(written(file) == expected);
    }
}
