//! Files as base64 (RFC 2045 section 6.8). What is written is read again at once, and compared.

use crate::{Error, ErrorKind, Result};
use base64_simd::{AsOut, STANDARD};
use std::io;

/// Characters of a line, and the octets that they stand for.
const LINE: usize = 76;
const LINE_OCTETS: usize = LINE / 4 * 3;
/// Lines that are encoded together: small enough for the processor's first cache.
const LINES: usize = 64;

/// Where a message is written to.
pub(crate) trait Sink {
    /// Takes octets as they are. Lines end in CRLF.
    fn put(&mut self, data: &[u8]) -> io::Result<()>;

    /// Room for whole lines of base64, which end in [`line_end`](Self::line_end): `size` octets. They are written once they are
    /// [`taken`](Self::taken).
    fn room(&mut self, size: usize) -> io::Result<&mut [u8]>;

    /// Writes the first `size` octets of the room.
    fn taken(&mut self, size: usize) -> io::Result<()>;

    /// How lines of base64 have to end.
    fn line_end(&self) -> LineEnd;
}

/// How lines end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum LineEnd {
    /// As mbox files have it.
    #[cfg_attr(
        not(any(test, feature = "export")),
        expect(dead_code, reason = "only exports end lines so")
    )]
    Lf,
    Crlf,
}

/// Writes as mail is sent: lines end in CRLF.
pub(crate) struct Plain<'a> {
    out: &'a mut dyn io::Write,
    lines: Vec<u8>,
}

impl<'a> Plain<'a> {
    pub(crate) fn new(out: &'a mut dyn io::Write) -> Self {
        Self {
            out,
            lines: Vec::new(),
        }
    }
}

impl Sink for Plain<'_> {
    fn put(&mut self, data: &[u8]) -> io::Result<()> {
        self.out.write_all(data)
    }

    fn room(&mut self, size: usize) -> io::Result<&mut [u8]> {
        if self.lines.len() < size {
            self.lines.resize(size, 0);
        }
        Ok(self.lines.get_mut(..size).unwrap_or_default())
    }

    fn taken(&mut self, size: usize) -> io::Result<()> {
        self.out.write_all(self.lines.get(..size).unwrap_or_default())
    }

    fn line_end(&self) -> LineEnd {
        LineEnd::Crlf
    }
}

/// Encodes files piece by piece, one after the other.
#[derive(Debug)]
pub(crate) struct Encoder {
    /// Octets that do not fill a line yet.
    rest: Vec<u8>,
    /// Characters without line ends, and what lines are read as.
    characters: Vec<u8>,
    read: Vec<u8>,
}

impl Default for Encoder {
    fn default() -> Self {
        Self {
            rest: Vec::with_capacity(LINE_OCTETS),
            characters: vec![0; LINES * LINE],
            read: vec![0; LINES * LINE_OCTETS],
        }
    }
}

impl Encoder {
    /// Begins a file, whatever became of the one before.
    pub(crate) fn begin(&mut self) {
        self.rest.clear();
    }

    /// Takes the next octets of the file.
    pub(crate) fn piece(&mut self, out: &mut dyn Sink, mut piece: &[u8]) -> Result<()> {
        if !self.rest.is_empty() {
            let missing = LINE_OCTETS.saturating_sub(self.rest.len()).min(piece.len());
            let (head, tail) = piece.split_at_checked(missing).unwrap_or((piece, &[]));
            self.rest.extend_from_slice(head);
            piece = tail;
            if self.rest.len() < LINE_OCTETS {
                return Ok(());
            }
            self.rest(out)?;
        }
        let whole = piece.len() / LINE_OCTETS * LINE_OCTETS;
        let (whole, end) = piece.split_at_checked(whole).unwrap_or((piece, &[]));
        for group in whole.chunks(LINES * LINE_OCTETS) {
            self.group(out, group)?;
        }
        self.rest.extend_from_slice(end);
        Ok(())
    }

    /// Writes what is left.
    pub(crate) fn finish(&mut self, out: &mut dyn Sink) -> Result<()> {
        if self.rest.is_empty() {
            return Ok(());
        }
        self.rest(out)
    }

    fn rest(&mut self, out: &mut dyn Sink) -> Result<()> {
        let rest = std::mem::take(&mut self.rest);
        let written = self.group(out, &rest);
        self.rest = rest;
        self.rest.clear();
        written
    }

    /// Writes at most as many octets as there is room for.
    fn group(&mut self, out: &mut dyn Sink, data: &[u8]) -> Result<()> {
        let failed = |error| Error::io("write", "a message", error);
        let end = out.line_end();
        let characters: &[u8] = STANDARD.encode(data, self.characters.as_out());
        let ends = characters.len().div_ceil(LINE) * end.octets().len();
        let length = characters.len() + ends;
        let lines = out.room(length).map_err(failed)?;
        match end {
            LineEnd::Lf => wrap::<{ LINE + 1 }>(characters, lines, end.octets()),
            LineEnd::Crlf => wrap::<{ LINE + 2 }>(characters, lines, end.octets()),
        }
        if !is_read_as(data, lines, end, characters, &mut self.read) {
            return Err(Error::new(
                ErrorKind::Internal,
                "base64 that was just written is read as something else",
            ));
        }
        out.taken(length).map_err(failed)
    }
}

/// Reads lines again: they are these characters, and the characters stand for the data.
fn is_read_as(data: &[u8], lines: &[u8], end: LineEnd, characters: &[u8], read: &mut [u8]) -> bool {
    let same = match end {
        LineEnd::Lf => are_lines_of::<{ LINE + 1 }>(lines, characters, end.octets()),
        LineEnd::Crlf => are_lines_of::<{ LINE + 2 }>(lines, characters, end.octets()),
    };
    same && STANDARD
        .decode(characters, read.as_out())
        .is_ok_and(|read| *read == *data)
}

impl LineEnd {
    fn octets(self) -> &'static [u8] {
        match self {
            Self::Lf => b"\n",
            Self::Crlf => b"\r\n",
        }
    }
}

/// Copies characters into lines of `WIDTH` octets that end in `end`. `lines` has room for just these.
fn wrap<const WIDTH: usize>(characters: &[u8], lines: &mut [u8], end: &[u8]) {
    let (full, rest) = characters.as_chunks::<LINE>();
    let (places, last) = lines.as_chunks_mut::<WIDTH>();
    for (line, place) in full.iter().zip(places) {
        if let Some((text, tail)) = place.split_first_chunk_mut::<LINE>() {
            *text = *line;
            tail.copy_from_slice(end);
        }
    }
    if let Some((text, tail)) = last.split_at_mut_checked(rest.len())
        && tail.len() == end.len()
    {
        text.copy_from_slice(rest);
        tail.copy_from_slice(end);
    }
}

/// Whether lines of `WIDTH` octets that end in `end` hold these characters.
fn are_lines_of<const WIDTH: usize>(lines: &[u8], characters: &[u8], end: &[u8]) -> bool {
    let (full, last) = lines.as_chunks::<WIDTH>();
    let (pieces, rest) = characters.as_chunks::<LINE>();
    let mut same = full.len() == pieces.len();
    for (line, piece) in full.iter().zip(pieces) {
        let Some((text, tail)) = line.split_first_chunk::<LINE>() else {
            return false;
        };
        // Without an early end, so that many octets are compared at once.
        let (text, _) = text.as_chunks::<4>();
        let (piece, _) = piece.as_chunks::<4>();
        let different = text.iter().zip(piece).fold(0, |different, (one, other)| {
            different | (u32::from_ne_bytes(*one) ^ u32::from_ne_bytes(*other))
        });
        same &= (different == 0) & (tail == end);
    }
    same && match last.strip_suffix(end) {
        Some(text) => text == rest && !rest.is_empty(),
        None => last.is_empty() && rest.is_empty(),
    }
}

/// Octets as lines that end in CRLF.
pub(crate) fn encode(data: &[u8]) -> Result<Vec<u8>> {
    let mut lines = Vec::with_capacity(data.len() / LINE_OCTETS * (LINE + 2) + LINE + 2);
    let mut out = Plain::new(&mut lines);
    let mut encoder = Encoder::default();
    encoder.piece(&mut out, data)?;
    encoder.finish(&mut out)?;
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, engine::general_purpose};

    const GROUP: usize = LINES * LINE_OCTETS;

    /// Another encoder writes the same, whatever the pieces.
    #[test]
    fn every_length_and_every_cut() {
        let data: Vec<u8> = (0..2 * GROUP + 100)
            .map(|octet| (octet * 7 % 251) as u8)
            .collect();
        // One encoder for all: nothing of a file is left for the next.
        let mut encoder = Encoder::default();
        for length in (0..400).chain([GROUP - 1, GROUP, GROUP + 1, data.len()]) {
            let data = &data[..length];
            let expected: Vec<u8> = general_purpose::STANDARD
                .encode(data)
                .into_bytes()
                .chunks(LINE)
                .flat_map(|line| [line, b"\r\n"].concat())
                .collect();
            assert_eq!(encode(data).unwrap(), expected, "{length}");
            for size in [1, 2, 56, 57, 58, 8176] {
                let mut lines = Vec::new();
                for piece in data.chunks(size) {
                    encoder.piece(&mut Plain::new(&mut lines), piece).unwrap();
                }
                encoder.finish(&mut Plain::new(&mut lines)).unwrap();
                assert!(lines == expected, "{length} in pieces of {size}");
            }
        }
    }

    #[test]
    fn what_is_read_as_something_else_is_not_written() {
        let mut read = vec![0; LINE_OCTETS * 2];
        let mut reads = |lines: &[u8], characters: &[u8], data: &[u8]| {
            is_read_as(data, lines, LineEnd::Crlf, characters, &mut read)
        };
        assert!(reads(b"AAAA\r\n", b"AAAA", &[0, 0, 0]));
        assert!(reads(b"", b"", b""));
        assert!(!reads(b"AAAA\r\n", b"AAAA", &[0, 0, 1]));
        assert!(!reads(b"AA*A\r\n", b"AA*A", &[0, 0, 0]));
        assert!(!reads(b"AAAA\r\n", b"AAAB", &[0, 0, 1]));
        assert!(!reads(b"AAAA", b"AAAA", &[0, 0, 0]));
        assert!(!reads(b"\r\n", b"", b""));
        let (characters, data) = (b"A".repeat(LINE), [0; LINE_OCTETS]);
        let line = [characters.as_slice(), b"\r\n"].concat();
        assert!(reads(&line, &characters, &data));
        assert!(!reads(&line, b"", b""));
        let other_end = [characters.as_slice(), b"\n\r"].concat();
        assert!(!reads(&other_end, &characters, &data));
        let mut other = line.clone();
        other[LINE / 2] = b'B';
        assert!(!reads(&other, &characters, &data));
    }
}
