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

    /// Takes whole lines of base64, which end in [`line_end`](Self::line_end).
    fn lines(&mut self, lines: &[u8]) -> io::Result<()>;

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
pub(crate) struct Plain<'a>(pub(crate) &'a mut dyn io::Write);

impl Sink for Plain<'_> {
    fn put(&mut self, data: &[u8]) -> io::Result<()> {
        self.0.write_all(data)
    }

    fn lines(&mut self, lines: &[u8]) -> io::Result<()> {
        self.0.write_all(lines)
    }

    fn line_end(&self) -> LineEnd {
        LineEnd::Crlf
    }
}

/// Encodes a file piece by piece.
#[derive(Debug)]
pub(crate) struct Encoder {
    /// Octets that do not fill a line yet.
    rest: Vec<u8>,
    /// Characters without line ends, lines, and what these are read as.
    characters: Vec<u8>,
    lines: Vec<u8>,
    read: Vec<u8>,
}

impl Encoder {
    /// An encoder for a file of about `length` octets.
    pub(crate) fn new(length: usize) -> Self {
        let lines = (length / LINE_OCTETS + 1).min(LINES);
        Self {
            rest: Vec::new(),
            characters: vec![0; lines * LINE],
            lines: vec![0; lines * (LINE + 2)],
            read: vec![0; lines * LINE_OCTETS],
        }
    }

    /// Octets that are encoded together.
    fn group_length(&self) -> usize {
        self.read.len()
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
            let rest = std::mem::take(&mut self.rest);
            self.group(out, &rest)?;
            self.rest = rest;
            self.rest.clear();
        }
        let whole = piece.len() / LINE_OCTETS * LINE_OCTETS;
        let (whole, end) = piece.split_at_checked(whole).unwrap_or((piece, &[]));
        for group in whole.chunks(self.group_length()) {
            self.group(out, group)?;
        }
        self.rest.extend_from_slice(end);
        Ok(())
    }

    /// Writes what is left.
    pub(crate) fn finish(mut self, out: &mut dyn Sink) -> Result<()> {
        let rest = std::mem::take(&mut self.rest);
        self.group(out, &rest)
    }

    /// Writes at most as many octets as there is room for.
    fn group(&mut self, out: &mut dyn Sink, data: &[u8]) -> Result<()> {
        let characters = STANDARD.encode(data, self.characters.as_out());
        let length = match out.line_end() {
            LineEnd::Lf => wrap::<{ LINE + 1 }>(characters, &mut self.lines, b"\n"),
            LineEnd::Crlf => wrap::<{ LINE + 2 }>(characters, &mut self.lines, b"\r\n"),
        };
        if !self.is_read_as(data, length, out.line_end()) {
            return Err(Error::new(
                ErrorKind::Internal,
                "base64 that was just written is read as something else",
            ));
        }
        out.lines(self.lines.get(..length).unwrap_or_default())
            .map_err(|error| Error::io("write", "a message", error))
    }

    /// Reads the lines again.
    fn is_read_as(&mut self, data: &[u8], length: usize, end: LineEnd) -> bool {
        let lines = self.lines.get(..length).unwrap_or_default();
        let unwrapped = match end {
            LineEnd::Lf => unwrap::<{ LINE + 1 }>(lines, &mut self.characters, b"\n"),
            LineEnd::Crlf => unwrap::<{ LINE + 2 }>(lines, &mut self.characters, b"\r\n"),
        };
        let Some(characters) = unwrapped else {
            return false;
        };
        STANDARD
            .decode(characters, self.read.as_out())
            .is_ok_and(|read| *read == *data)
    }
}

/// Copies characters into lines of `WIDTH` octets that end in `end`, and returns how many octets that are.
fn wrap<const WIDTH: usize>(characters: &[u8], lines: &mut [u8], end: &[u8]) -> usize {
    let (full, rest) = characters.as_chunks::<LINE>();
    let count = full.len();
    let (places, _) = lines.as_chunks_mut::<WIDTH>();
    for (line, place) in full.iter().zip(places) {
        if let Some((text, tail)) = place.split_first_chunk_mut::<LINE>() {
            *text = *line;
            tail.copy_from_slice(end);
        }
    }
    let start = count * WIDTH;
    if rest.is_empty() {
        return start;
    }
    if let Some(place) = lines.get_mut(start..start + rest.len() + end.len()) {
        let (text, tail) = place.split_at_mut(rest.len());
        text.copy_from_slice(rest);
        tail.copy_from_slice(end);
    }
    start + rest.len() + end.len()
}

/// Takes lines apart again; `None` if one of them is no such line.
fn unwrap<'a, const WIDTH: usize>(lines: &[u8], characters: &'a mut [u8], end: &[u8]) -> Option<&'a [u8]> {
    let (full, rest) = lines.as_chunks::<WIDTH>();
    let (places, _) = characters.as_chunks_mut::<LINE>();
    let mut sound = true;
    for (line, place) in full.iter().zip(places) {
        let (text, tail) = line.split_first_chunk::<LINE>()?;
        *place = *text;
        sound &= tail == end;
    }
    let start = full.len() * LINE;
    let mut length = start;
    if !rest.is_empty() {
        let text = rest.strip_suffix(end)?;
        length += text.len();
        characters.get_mut(start..length)?.copy_from_slice(text);
    }
    if sound { characters.get(..length) } else { None }
}

/// Octets as lines that end in CRLF.
pub(crate) fn encode(data: &[u8]) -> Result<Vec<u8>> {
    let mut lines = Vec::with_capacity(data.len() / LINE_OCTETS * (LINE + 2) + LINE + 2);
    let mut out = Plain(&mut lines);
    let mut encoder = Encoder::new(data.len());
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
                let mut encoder = Encoder::new(size);
                for piece in data.chunks(size) {
                    encoder.piece(&mut Plain(&mut lines), piece).unwrap();
                }
                encoder.finish(&mut Plain(&mut lines)).unwrap();
                assert!(lines == expected, "{length} in pieces of {size}");
            }
        }
    }

    #[test]
    fn what_is_read_as_something_else_is_not_written() {
        let mut encoder = Encoder::new(LINE);
        let mut reads = |lines: &[u8], data: &[u8]| {
            encoder.lines[..lines.len()].copy_from_slice(lines);
            encoder.is_read_as(data, lines.len(), LineEnd::Crlf)
        };
        assert!(reads(b"AAAA\r\n", &[0, 0, 0]));
        assert!(!reads(b"AAAA\r\n", &[0, 0, 1]));
        assert!(!reads(b"AA*A\r\n", &[0, 0, 0]));
        assert!(!reads(b"AAAA", &[0, 0, 0]));
        let line = [b"A".repeat(LINE), b"\r\n".to_vec()].concat();
        assert!(reads(&line, &[0; LINE_OCTETS]));
        let other_end = [b"A".repeat(LINE), b"\n\r".to_vec()].concat();
        assert!(!reads(&other_end, &[0; LINE_OCTETS]));
    }
}
