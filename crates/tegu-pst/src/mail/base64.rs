//! Files as base64 (RFC 2045 section 6.8). What is written is read again at once, and compared.

use crate::{Error, ErrorKind, Result};
use base64_simd::{AsOut, STANDARD};
use std::io;

/// Characters of a line, and the octets that they stand for.
const LINE: usize = 76;
const LINE_OCTETS: usize = LINE / 4 * 3;
/// Lines that are encoded together: small enough for the processor's first cache.
const GROUP: usize = 64 * LINE_OCTETS;

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
    Lf,
    Crlf,
}

impl LineEnd {
    fn octets(self) -> &'static [u8] {
        match self {
            Self::Lf => b"\n",
            Self::Crlf => b"\r\n",
        }
    }
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
#[derive(Debug, Default)]
pub(crate) struct Encoder {
    /// Octets that do not fill a line yet.
    rest: Vec<u8>,
    encoded: Vec<u8>,
    lines: Vec<u8>,
    read: Vec<u8>,
}

impl Encoder {
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
        for group in whole.chunks(GROUP) {
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

    fn group(&mut self, out: &mut dyn Sink, data: &[u8]) -> Result<()> {
        self.encoded.resize(STANDARD.encoded_length(data.len()), 0);
        let _ = STANDARD.encode(data, self.encoded.as_out());
        let end = out.line_end().octets();
        self.lines.clear();
        for line in self.encoded.chunks(LINE) {
            match line.first_chunk::<LINE>() {
                // The length is known to the compiler: most lines are copied in three moves.
                Some(line) => self.lines.extend_from_slice(line),
                None => self.lines.extend_from_slice(line),
            }
            self.lines.extend_from_slice(end);
        }
        if !self.is_read_as(data, end) {
            return Err(Error::new(
                ErrorKind::Internal,
                "base64 that was just written is read as something else",
            ));
        }
        out.lines(&self.lines)
            .map_err(|error| Error::io("write", "a message", error))
    }

    /// Reads the lines again.
    fn is_read_as(&mut self, data: &[u8], end: &[u8]) -> bool {
        self.encoded.clear();
        for line in self.lines.chunks(LINE + end.len()) {
            match (line.strip_suffix(end), line.first_chunk::<LINE>()) {
                (Some(characters), Some(line)) if characters.len() == LINE => {
                    self.encoded.extend_from_slice(line);
                }
                (Some(characters), _) => self.encoded.extend_from_slice(characters),
                (None, _) => return false,
            }
        }
        self.read
            .resize(STANDARD.estimated_decoded_length(self.encoded.len()), 0);
        match STANDARD.decode(&self.encoded, self.read.as_out()) {
            Ok(read) => *read == *data,
            Err(_) => false,
        }
    }
}

/// Octets as lines that end in CRLF.
pub(crate) fn encode(data: &[u8]) -> Result<Vec<u8>> {
    let mut lines = Vec::with_capacity(data.len() / LINE_OCTETS * (LINE + 2) + LINE + 2);
    let mut out = Plain(&mut lines);
    let mut encoder = Encoder::default();
    encoder.piece(&mut out, data)?;
    encoder.finish(&mut out)?;
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, engine::general_purpose};

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
                let mut encoder = Encoder::default();
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
        let mut encoder = Encoder {
            lines: b"AAAA\r\n".to_vec(),
            ..Encoder::default()
        };
        assert!(encoder.is_read_as(&[0, 0, 0], b"\r\n"));
        assert!(!encoder.is_read_as(&[0, 0, 1], b"\r\n"));
        encoder.lines = b"AA*A\r\n".to_vec();
        assert!(!encoder.is_read_as(&[0, 0, 0], b"\r\n"));
        encoder.lines = b"AAAA".to_vec();
        assert!(!encoder.is_read_as(&[0, 0, 0], b"\r\n"));
    }
}
