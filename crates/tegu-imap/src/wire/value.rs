//! A tolerant tokenizer: atoms, strings, literals and lists of one response.

use std::borrow::Cow;
use std::ops::Range;

use super::frame::Frame;

/// One value of a response, borrowed from its frame.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value<'a> {
    /// An atom, number or flag, `NIL` among them.
    Atom(&'a [u8]),
    /// A quoted string without its escapes.
    Quoted(Cow<'a, [u8]>),
    /// A literal and where it lies in the frame.
    Literal(&'a [u8], Range<usize>),
    /// A literal that was too large to be kept, and its announced size.
    Skipped(u64),
    /// A literal that was handed out while it came, and its size.
    Streamed(u64),
    List(Vec<Self>),
}

impl<'a> Value<'a> {
    pub(super) fn is_nil(&self) -> bool {
        matches!(self, Value::Atom(atom) if atom.eq_ignore_ascii_case(b"NIL"))
    }

    /// The octets of an atom or string.
    pub(super) fn octets(&self) -> Option<&[u8]> {
        match self {
            Value::Atom(octets) | Value::Literal(octets, _) => Some(octets),
            Value::Quoted(octets) => Some(octets),
            Value::Skipped(_) | Value::Streamed(_) | Value::List(_) => None,
        }
    }

    /// The text of an atom or string; what is not UTF-8 shows as U+FFFD.
    pub(super) fn text(&self) -> Option<Cow<'_, str>> {
        self.octets().map(String::from_utf8_lossy)
    }

    /// The octets of an atom or string, or nothing for `NIL`.
    pub(super) fn nstring(&self) -> Option<Cow<'_, str>> {
        if self.is_nil() { None } else { self.text() }
    }

    pub(super) fn number<N: TryFrom<u64>>(&self) -> Option<N> {
        N::try_from(decimal(self.octets()?)?).ok()
    }

    pub(super) fn list(&self) -> Option<&[Self]> {
        match self {
            Value::List(values) => Some(values),
            _ => None,
        }
    }
}

/// Reads a number of decimal digits.
pub(super) fn decimal(octets: &[u8]) -> Option<u64> {
    let digits = octets.strip_prefix(b"+").unwrap_or(octets);
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, octet| {
        let digit = octet.wrapping_sub(b'0');
        (digit < 10).then_some(())?;
        number.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// What kept a response from being read; the whole response is then handed out as unknown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Malformed;

/// Walks over the values of a frame.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    frame: &'a Frame,
    at: usize,
    /// Index of the next literal.
    literal: usize,
    nesting: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(frame: &'a Frame, nesting: usize) -> Self {
        Self {
            frame,
            at: 0,
            literal: 0,
            nesting,
        }
    }

    fn peek(&self) -> Option<u8> {
        self.frame.bytes.get(self.at).copied()
    }

    fn slice(&self, range: Range<usize>) -> &'a [u8] {
        self.frame.bytes.get(range).unwrap_or_default()
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    /// Whether nothing but the line end is left.
    pub(super) fn at_end(&mut self) -> bool {
        self.skip_blanks();
        matches!(self.peek(), None | Some(b'\r' | b'\n'))
    }

    /// Takes this character if it comes next.
    pub(super) fn take(&mut self, byte: u8) -> bool {
        self.skip_blanks();
        let taken = self.peek() == Some(byte);
        self.at += usize::from(taken);
        taken
    }

    /// A word up to the next blank, whatever it holds.
    pub(super) fn word(&mut self) -> &'a [u8] {
        self.skip_blanks();
        let start = self.at;
        while !matches!(self.peek(), None | Some(b' ' | b'\r' | b'\n')) {
            self.at += 1;
        }
        self.slice(start..self.at)
    }

    /// The rest of the line, without its end.
    pub(super) fn rest(&mut self) -> &'a [u8] {
        let start = (self.at + usize::from(self.peek() == Some(b' '))).min(self.frame.bytes.len());
        self.at = self.frame.bytes.len();
        let rest = self.slice(start..self.at);
        let rest = rest.strip_suffix(b"\n").unwrap_or(rest);
        rest.strip_suffix(b"\r").unwrap_or(rest)
    }

    /// All values up to the end of the line.
    #[cfg(test)]
    pub(super) fn values(&mut self) -> Result<Vec<Value<'a>>, Malformed> {
        let mut values = Vec::new();
        while !self.at_end() {
            values.push(self.value()?);
        }
        Ok(values)
    }

    pub(super) fn value(&mut self) -> Result<Value<'a>, Malformed> {
        let depth = self.nesting;
        self.nested_value(depth)
    }

    fn nested_value(&mut self, depth: usize) -> Result<Value<'a>, Malformed> {
        self.skip_blanks();
        if let Some(literal) = self
            .frame
            .literals
            .get(self.literal)
            .filter(|next| next.announced_at == self.at)
        {
            self.literal += 1;
            let range = literal.start..literal.start + literal.kept;
            self.at = range.end;
            return Ok(if literal.streamed {
                Value::Streamed(literal.announced)
            } else if literal.kept as u64 == literal.announced {
                Value::Literal(self.slice(range.clone()), range)
            } else {
                Value::Skipped(literal.announced)
            });
        }
        match self.peek() {
            Some(b'(') => {
                let depth = depth.checked_sub(1).ok_or(Malformed)?;
                self.at += 1;
                let mut values = Vec::new();
                while !self.take(b')') {
                    if self.at_end() {
                        return Err(Malformed);
                    }
                    values.push(self.nested_value(depth)?);
                }
                Ok(Value::List(values))
            }
            Some(b'"') => self.quoted(),
            Some(b')' | b'\r' | b'\n') | None => Err(Malformed),
            Some(_) => Ok(Value::Atom(self.atom())),
        }
    }

    fn quoted(&mut self) -> Result<Value<'a>, Malformed> {
        self.at += 1;
        let start = self.at;
        let mut unescaped: Option<Vec<u8>> = None;
        loop {
            // Up to what means something; a string without escapes is borrowed whole.
            let rest = self.frame.bytes.get(self.at..).unwrap_or_default();
            let plain = rest
                .iter()
                .position(|byte| matches!(byte, b'"' | b'\\' | b'\r' | b'\n'));
            let plain = plain.ok_or(Malformed)?;
            if let Some(text) = &mut unescaped {
                text.extend_from_slice(rest.get(..plain).unwrap_or_default());
            }
            self.at += plain;
            match self.peek().ok_or(Malformed)? {
                b'"' => {
                    let plain = self.slice(start..self.at);
                    self.at += 1;
                    return Ok(Value::Quoted(unescaped.map_or(Cow::Borrowed(plain), Cow::Owned)));
                }
                b'\\' => {
                    let so_far = self.slice(start..self.at);
                    let text = unescaped.get_or_insert_with(|| so_far.to_vec());
                    let escaped = self.frame.bytes.get(self.at + 1).copied();
                    text.push(escaped.filter(|byte| !b"\r\n".contains(byte)).ok_or(Malformed)?);
                    self.at += 2;
                }
                _ => return Err(Malformed),
            }
        }
    }

    /// An atom; the section of a `BODY[...]` or `BINARY[...]` belongs to it, blanks and lists included.
    pub(super) fn atom(&mut self) -> &'a [u8] {
        self.skip_blanks();
        let start = self.at;
        let literal = self.frame.literals.get(self.literal);
        let stop = literal.map_or(self.frame.bytes.len(), |next| next.announced_at);
        loop {
            let rest = self.frame.bytes.get(self.at..stop).unwrap_or_default();
            let ends = |&byte: &u8| matches!(byte, b' ' | b'(' | b')' | b'\r' | b'\n' | b'"' | b'[');
            let plain = rest.iter().position(ends);
            self.at += plain.unwrap_or(rest.len());
            match rest.get(plain.unwrap_or(rest.len())) {
                Some(b'[') if is_section_item(self.slice(start..self.at)) => {
                    self.at += section_length(self.slice(self.at..stop));
                }
                Some(b'[') => self.at += 1,
                _ => break,
            }
        }
        self.slice(start..self.at)
    }
}

/// The octets of a section from its `[` to its `]`; one within quotes, in the name of a header field, does not end it
/// unless no other does.
fn section_length(line: &[u8]) -> usize {
    let end = line
        .iter()
        .position(|byte| b"\r\n".contains(byte))
        .unwrap_or(line.len());
    let mut quoted = false;
    let closes = |&byte: &u8| {
        quoted ^= byte == b'"';
        byte == b']' && !quoted
    };
    let line = line.get(..end).unwrap_or_default();
    let close = line.iter().position(closes);
    let close = close.or_else(|| line.iter().position(|&byte| byte == b']'));
    close.map_or(end, |close| close + 1)
}

fn is_section_item(atom: &[u8]) -> bool {
    ["BODY", "BINARY", "BINARY.SIZE"]
        .iter()
        .any(|name| atom.eq_ignore_ascii_case(name.as_bytes()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::decoder::{Decoder, Limits};
    use super::*;
    use proptest::prelude::*;

    fn frame(input: &[u8]) -> Frame {
        let mut decoder = Decoder::new(Limits {
            literal: 8,
            ..Limits::default()
        });
        decoder.push(input);
        decoder.next_frame().unwrap().unwrap()
    }

    #[test]
    fn escapes_literals_and_lists() {
        let frame = frame(b"a \"x\\\"\\\\y\"  (b  ~{2}\r\nq) BODY[HEADER.FIELDS (\"A B\" C)] \"\") {3+}\r\n{1} nil {9}\r\n123456789\r\n");
        let values = Cursor::new(&frame, 4).values().unwrap();
        assert_eq!(values[0], Value::Atom(b"a"));
        assert_eq!(values[1].octets().unwrap(), b"x\"\\y");
        let list = values[2].list().unwrap();
        assert_eq!(list[1].octets().unwrap(), b"q)");
        assert_eq!(list[2], Value::Atom(b"BODY[HEADER.FIELDS (\"A B\" C)]"));
        assert_eq!(list[3].octets().unwrap(), b"");
        assert_eq!(values[3].octets().unwrap(), b"{1}");
        assert!(values[4].is_nil());
        assert_eq!(values[5], Value::Skipped(9));
    }

    #[test]
    fn broken_values_are_errors() {
        for input in ["(a\r\n", "\"a\r\n", "\"a\\\r\n", "a)\r\n", "((((((a))))))\r\n"] {
            assert_eq!(
                Cursor::new(&frame(input.as_bytes()), 4).values(),
                Err(Malformed),
                "{input}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_safe(input in proptest::collection::vec(
            prop_oneof![any::<u8>(), proptest::sample::select(&b"(){}\"\\ []~19\r\n"[..])], 0..60)) {
            let mut decoder = Decoder::new(Limits { literal: 8, ..Limits::default() });
            decoder.push(&input);
            while let Ok(Some(frame)) = decoder.next_frame() {
                let _ = Cursor::new(&frame, 4).values();
            }
        }
    }
}
