//! Commands with their literals, as they pass.

use std::io::{self, BufRead, Write};

/// A line up to its literal, if it has one, without both.
struct Piece {
    line: Vec<u8>,
    literal: Option<Literal>,
}

struct Literal {
    octets: Vec<u8>,
    /// It came without waiting for leave.
    eager: bool,
}

pub(super) struct Command {
    pieces: Vec<Piece>,
}

impl Command {
    /// Reads one, giving leave to each literal that waits for it; `None` at the end of the connection.
    pub(super) fn read(input: &mut impl BufRead, mut client: impl Write) -> io::Result<Option<Self>> {
        let mut pieces = Vec::new();
        loop {
            let mut line = Vec::new();
            if input.read_until(b'\n', &mut line)? == 0 {
                return Ok(None);
            }
            let Some((start, length, eager)) = announced(&line) else {
                pieces.push(Piece { line, literal: None });
                return Ok(Some(Self { pieces }));
            };
            line.truncate(start);
            if !eager {
                client.write_all(b"+ go on\r\n")?;
            }
            let mut octets = vec![0; length];
            input.read_exact(&mut octets)?;
            let literal = Some(Literal { octets, eager });
            pieces.push(Piece { line, literal });
        }
    }

    /// Writes it with literals that do not wait.
    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        for piece in &self.pieces {
            out.write_all(&piece.line)?;
            if let Some(literal) = &piece.literal {
                write!(out, "{{{}+}}\r\n", literal.octets.len())?;
                out.write_all(&literal.octets)?;
            }
        }
        Ok(())
    }

    /// The command without its literals.
    pub(super) fn text(&self) -> String {
        let lines = self
            .pieces
            .iter()
            .map(|piece| String::from_utf8_lossy(&piece.line));
        lines.collect::<String>().trim_end().to_owned()
    }

    pub(super) fn tag(&self) -> &str {
        let line = self.pieces.first().map_or(&[][..], |piece| &piece.line);
        let tag = line.split(|octet| *octet == b' ').next().unwrap_or_default();
        std::str::from_utf8(tag).unwrap_or_default()
    }

    pub(super) fn is_append(&self) -> bool {
        let text = self.text();
        text.split(' ')
            .nth(1)
            .is_some_and(|word| word.eq_ignore_ascii_case("APPEND"))
    }

    /// The messages of an APPEND. A literal that is followed by more of the command before any other literal came may be the
    /// folder's name.
    pub(super) fn messages(&self) -> impl Iterator<Item = &[u8]> {
        self.pieces
            .iter()
            .skip(usize::from(self.is_named_by_literal()))
            .filter_map(|piece| piece.literal.as_ref().map(|literal| &*literal.octets))
    }

    /// The same, to be changed without changing their length.
    pub(super) fn messages_mut(&mut self) -> impl Iterator<Item = &mut [u8]> {
        let first = usize::from(self.is_named_by_literal());
        let pieces = self.pieces.iter_mut().skip(first);
        pieces.filter_map(|piece| piece.literal.as_mut().map(|literal| &mut *literal.octets))
    }

    fn is_named_by_literal(&self) -> bool {
        self.pieces.first().is_some_and(|piece| {
            let line = String::from_utf8_lossy(&piece.line);
            line.trim_end().split(' ').count() == 2
        })
    }

    pub(super) fn longest_eager_literal(&self) -> usize {
        let literals = self.pieces.iter().filter_map(|piece| piece.literal.as_ref());
        literals
            .filter(|literal| literal.eager)
            .map(|literal| literal.octets.len().max(1))
            .max()
            .unwrap_or(0)
    }
}

/// Where the announcement of a literal starts, the literal's length, and whether it comes without waiting.
fn announced(line: &[u8]) -> Option<(usize, usize, bool)> {
    let text = line.strip_suffix(b"\n")?;
    let text = text.strip_suffix(b"\r").unwrap_or(text).strip_suffix(b"}")?;
    let start = text.iter().rposition(|octet| *octet == b'{')?;
    let inner = std::str::from_utf8(&text[start + 1..]).ok()?;
    let digits = inner.trim_end_matches('+');
    Some((start, digits.parse().ok()?, digits.len() < inner.len()))
}
