//! Messages in an mbox file (mboxrd).

use super::buffered::Room;
use crate::mail::base64::{LineEnd, Sink};
use std::io::{self, Write};

/// The most octets of a line that are held back until its end is seen.
const LINE: usize = 1 << 16;

/// Writes one message: lines end in LF, and lines that begin with `From `, also behind `>`, get a `>`.
pub(crate) struct Quoting<'a, O> {
    out: &'a mut O,
    line: Vec<u8>,
    /// The beginning of the line is written already.
    within: bool,
    /// The file cannot be written.
    failed: bool,
}

impl<'a, O: Room> Quoting<'a, O> {
    pub(crate) fn new(out: &'a mut O) -> Self {
        Self {
            out,
            line: Vec::new(),
            within: false,
            failed: false,
        }
    }

    /// Whether the file could not be written.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed
    }

    /// Ends the message: with a line end, and an empty line.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        if !self.line.is_empty() || self.within {
            let line = std::mem::take(&mut self.line);
            self.put(&line)?;
            self.out.write_all(b"\n")?;
        }
        self.out.write_all(b"\n")
    }

    fn put(&mut self, line: &[u8]) -> io::Result<()> {
        let quoted = line
            .iter()
            .position(|octet| *octet != b'>')
            .and_then(|at| line.get(at..));
        if !self.within && quoted.is_some_and(|rest| rest.starts_with(b"From ")) {
            self.out.write_all(b">")?;
        }
        self.out.write_all(line)
    }

    fn ended(&mut self, line: &[u8]) -> io::Result<()> {
        self.put(line.strip_suffix(b"\r").unwrap_or(line))?;
        self.within = false;
        self.out.write_all(b"\n")
    }
}

impl<O: Room> Write for Quoting<'_, O> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        for piece in data.split_inclusive(|octet| *octet == b'\n') {
            match piece.strip_suffix(b"\n") {
                Some(line) if self.line.is_empty() => self.ended(line)?,
                Some(line) => {
                    let mut whole = std::mem::take(&mut self.line);
                    whole.extend_from_slice(line);
                    self.ended(&whole)?;
                    whole.clear();
                    self.line = whole;
                }
                None => {
                    self.line.extend_from_slice(piece);
                    // The last octet may be half of a line end.
                    if self.line.len() > LINE {
                        let last = self.line.split_off(self.line.len() - 1);
                        let line = std::mem::replace(&mut self.line, last);
                        self.put(&line)?;
                        self.within = true;
                    }
                }
            }
        }
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl<O: Room> Sink for Quoting<'_, O> {
    fn put(&mut self, data: &[u8]) -> io::Result<()> {
        let written = self.write_all(data);
        self.failed |= written.is_err();
        written
    }

    /// No line of base64 begins with `From `, and none has to be taken apart. Such lines follow a line that has ended.
    fn room(&mut self, size: usize) -> io::Result<&mut [u8]> {
        let room = self.out.room(size);
        self.failed |= room.is_err();
        room
    }

    fn taken(&mut self, size: usize) -> io::Result<()> {
        self.out.taken(size);
        Ok(())
    }

    fn line_end(&self) -> LineEnd {
        LineEnd::Lf
    }
}

#[cfg(test)]
mod tests {
    use super::{super::buffered::Octets, *};

    fn quote(pieces: &[&[u8]]) -> Vec<u8> {
        let mut out = Octets::default();
        let mut quoting = Quoting::new(&mut out);
        for piece in pieces {
            quoting.write_all(piece).unwrap();
        }
        quoting.finish().unwrap();
        out.as_slice().to_vec()
    }

    #[test]
    fn every_cut_gives_the_same() {
        let message = b"Subject: s\r\n\r\nFrom me\r\n>From you\r\n>> From\r\nlone \r stays\r\nend";
        let expected = b"Subject: s\n\n>From me\n>>From you\n>> From\nlone \r stays\nend\n\n";
        for cut in 0..message.len() {
            let (one, other) = message.split_at(cut);
            assert_eq!(quote(&[one, other]), expected);
        }
        let long = [b"x".repeat(200_000), b"\r\ny".to_vec()].concat();
        let pieces: Vec<&[u8]> = long.chunks(999).collect();
        assert_eq!(
            quote(&pieces),
            [b"x".repeat(200_000), b"\ny\n\n".to_vec()].concat()
        );
    }
}
