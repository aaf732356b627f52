//! Content lines (RFC 5545 section 3.1, RFC 6350 section 3.2) without loss.
//!
//! Lines are unfolded on *bytes*, before any decoding, because old writers fold in the middle of a
//! character. Every line keeps its raw bytes, so that what needs no change is sent as it stood.

use std::borrow::{Borrow as _, Cow};
use std::fmt;

use crate::error::{Error, ErrorKind, Result};
use crate::text;
use crate::{Finding, Limits};

/// One physical line: its number, counted from 1, its bytes without the line end, and whether it
/// ended with CR LF.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Physical<'a> {
    pub(crate) number: usize,
    pub(crate) start: usize,
    pub(crate) bytes: &'a [u8],
    pub(crate) crlf: bool,
}

/// Cuts at LF, or at CR where the file knows no LF. CRs before the LF belong to the line end.
pub(crate) fn physical(source: &[u8]) -> impl Iterator<Item = Physical<'_>> {
    physical_ended(source, line_end(source))
}

/// The byte that ends lines: LF, or CR where the file knows no LF.
pub(crate) fn line_end(source: &[u8]) -> u8 {
    if memchr::memchr(b'\n', source).is_some() {
        b'\n'
    } else {
        b'\r'
    }
}

/// Cuts at this byte.
pub(crate) fn physical_ended(source: &[u8], end: u8) -> impl Iterator<Item = Physical<'_>> {
    let mut start = 0;
    let mut number = 0;
    std::iter::from_fn(move || {
        let rest = source.get(start..).filter(|rest| !rest.is_empty())?;
        let length = memchr::memchr(end, rest).unwrap_or(rest.len());
        let mut bytes = rest.get(..length).unwrap_or(rest);
        let mut returns = 0;
        while end == b'\n' && bytes.last() == Some(&b'\r') {
            bytes = bytes.get(..bytes.len() - 1).unwrap_or_default();
            returns += 1;
        }
        number += 1;
        let line = Physical {
            number,
            start,
            bytes,
            crlf: returns == 1 && length < rest.len(),
        };
        start += length + 1;
        Some(line)
    })
}

/// One content line as it stood.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Line<'a> {
    /// The first physical line's number, counted from 1.
    pub number: usize,
    /// Where it starts in the source.
    pub start: usize,
    /// The source's bytes, folds included, without the last line end.
    pub raw: &'a [u8],
    /// Unfolded and decoded.
    pub text: Cow<'a, str>,
    /// Whether `raw` already is what a strict writer writes.
    pub strict: bool,
    undecodable: bool,
}

/// What a file's bytes are as content lines.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Lines<'a> {
    /// In order, blank ones left out.
    pub lines: Vec<Line<'a>>,
    /// Findings on the decoding.
    pub findings: Vec<Finding>,
    /// Numbers of blank physical lines.
    pub blank: Vec<usize>,
}

/// A content line before it is known in which code page it is: text, or bytes.
struct Raw<'a, T: Piece + ?Sized> {
    number: usize,
    start: usize,
    raw: &'a [u8],
    content: Cow<'a, T>,
    strict: bool,
}

/// What lines are cut out of and put together from.
trait Piece: ToOwned {
    fn piece(&self, from: usize, to: usize) -> &Self;
    fn append(whole: &mut Self::Owned, more: &Self);
    fn length(&self) -> usize;
    /// Whether it begins inside of a character.
    fn is_torn(&self) -> bool;
}

impl Piece for str {
    fn piece(&self, from: usize, to: usize) -> &Self {
        self.get(from..to).unwrap_or_default()
    }

    fn append(whole: &mut String, more: &Self) {
        whole.push_str(more);
    }

    fn length(&self) -> usize {
        self.len()
    }

    fn is_torn(&self) -> bool {
        false
    }
}

impl Piece for [u8] {
    fn piece(&self, from: usize, to: usize) -> &Self {
        self.get(from..to).unwrap_or_default()
    }

    fn append(whole: &mut Vec<u8>, more: &Self) {
        whole.extend_from_slice(more);
    }

    fn length(&self) -> usize {
        self.len()
    }

    fn is_torn(&self) -> bool {
        self.first().is_some_and(|byte| (0x80..0xc0).contains(byte))
    }
}

/// Reads content lines.
///
/// ```
/// use tegu_dav::{Limits, line};
///
/// let read = line::read(b"SUMMARY:one \r\n two\r\n", &Limits::default())?;
/// assert_eq!(read.lines[0].text, "SUMMARY:one two");
/// # Ok::<(), tegu_dav::Error>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::Limit`] if the input, a line or the number of lines is larger than allowed.
pub fn read<'a>(source: &'a [u8], limits: &Limits) -> Result<Lines<'a>> {
    let mut out = Lines::default();
    // Mostly all of it is UTF-8, which is found out at once.
    if let Ok(text) = simdutf8::basic::from_utf8(source) {
        let (raws, blank) = unfold(source, text, 1, line_end(source), limits)?;
        out.blank = blank;
        out.lines = raws.into_iter().map(Line::from_text).collect();
        return Ok(out);
    }
    let (raws, blank) = unfold(source, source, 1, line_end(source), limits)?;
    out.blank = blank;
    let guess = guess_for(raws.iter().map(|raw| &*raw.content));
    let bad = |raw: &Raw<'_, [u8]>| std::str::from_utf8(&raw.content).is_err();
    let guessed = raws.iter().filter(|raw| bad(raw)).count();
    out.lines = raws.into_iter().map(|raw| Line::from_bytes(raw, guess)).collect();
    if let Some(guess) = guess.filter(|guess| guess.certain) {
        // Lossy findings name lines; they are made where a line is used (`undecodable`).
        out.findings.push(Finding::CharsetGuessed {
            charset: guess.encoding.name().into(),
            lines: guessed,
        });
    }
    Ok(out)
}

/// Reads a part of a file whose first line has this number, and whose line ends and code page are known.
pub(crate) fn read_part<'a>(
    source: &'a [u8],
    first: usize,
    end: u8,
    guess: Option<text::Guess>,
    limits: &Limits,
) -> Result<Vec<Line<'a>>> {
    if let Ok(text) = simdutf8::basic::from_utf8(source) {
        let (raws, _) = unfold(source, text, first, end, limits)?;
        return Ok(raws.into_iter().map(Line::from_text).collect());
    }
    let (raws, _) = unfold(source, source, first, end, limits)?;
    Ok(raws.into_iter().map(|raw| Line::from_bytes(raw, guess)).collect())
}

impl<'a> Line<'a> {
    fn from_text(raw: Raw<'a, str>) -> Self {
        Self {
            number: raw.number,
            start: raw.start,
            raw: raw.raw,
            text: raw.content,
            strict: raw.strict,
            undecodable: false,
        }
    }

    fn from_bytes(raw: Raw<'a, [u8]>, guess: Option<text::Guess>) -> Self {
        let certain = guess.is_some_and(|guess| guess.certain);
        let (text, bad) = match raw.content {
            Cow::Borrowed(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => (Cow::Borrowed(text), false),
                Err(_) => (Cow::Owned(decode(bytes, guess)), true),
            },
            Cow::Owned(bytes) => match String::from_utf8(bytes) {
                Ok(text) => (Cow::Owned(text), false),
                Err(error) => (Cow::Owned(decode(error.as_bytes(), guess)), true),
            },
        };
        Self {
            number: raw.number,
            start: raw.start,
            raw: raw.raw,
            text,
            strict: raw.strict && !bad,
            undecodable: bad && !certain,
        }
    }
}

/// The code page for those of the samples that are not UTF-8; `None` when all are.
pub(crate) fn guess_for<'s>(samples: impl Iterator<Item = &'s [u8]> + Clone) -> Option<text::Guess> {
    let mut bad = samples
        .filter(|bytes| std::str::from_utf8(bytes).is_err())
        .peekable();
    bad.peek()?;
    // A few hundred lines tell as much as a million.
    Some(text::guess(
        bad.take(500).map(|bytes| bytes.get(..4096).unwrap_or(bytes)),
    ))
}

fn decode(bytes: &[u8], guess: Option<text::Guess>) -> String {
    match guess {
        Some(guess) if guess.certain => guess.encoding.decode_without_bom_handling(bytes).0.into_owned(),
        // Marks the line as one that could not be decoded; see `undecodable`.
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

impl Line<'_> {
    /// Whether some of the line's bytes are text in no known code page.
    #[must_use]
    pub fn undecodable(&self) -> bool {
        self.undecodable
    }
}

/// Puts content lines together; `whole` is the source as what they are made of.
#[allow(clippy::type_complexity)] // two lists, used twice
fn unfold<'a, T: Piece + ?Sized>(
    source: &'a [u8],
    whole: &'a T,
    first: usize,
    line_end: u8,
    limits: &Limits,
) -> Result<(Vec<Raw<'a, T>>, Vec<usize>)> {
    if source.len() > limits.max_input {
        return Err(limit(format!("reading {} bytes", source.len()), "max_input"));
    }
    let mut raws: Vec<Raw<'a, T>> = Vec::with_capacity(source.len() / 60 + 4);
    let mut blank = Vec::new();
    for mut line in physical_ended(source, line_end) {
        line.number += first - 1;
        if line.bytes.is_empty() {
            blank.push(line.number);
            continue;
        }
        let end = line.start + line.bytes.len();
        let folded = matches!(line.bytes.first(), Some(b' ' | b'\t'));
        match raws.last_mut() {
            Some(previous) if folded => {
                previous.raw = source.get(previous.start..end).unwrap_or_default();
                let tail = whole.piece(line.start + 1, end);
                let content: &T = previous.content.borrow();
                if content.length() + tail.length() > limits.max_line {
                    return Err(limit(format!("reading line {}", previous.number), "max_line"));
                }
                // A fold inside of a character is for nobody but us to read, and a blank line inside of a
                // fold is left out.
                previous.strict &= blank.last() != Some(&(line.number - 1))
                    && line.crlf
                    && line.bytes.len() <= 75
                    && !tail.is_torn();
                T::append(previous.content.to_mut(), tail);
            }
            _ => {
                if line.bytes.len() > limits.max_line {
                    return Err(limit(format!("reading line {}", line.number), "max_line"));
                }
                if raws.len() >= limits.max_lines {
                    return Err(limit(format!("reading line {}", line.number), "max_lines"));
                }
                raws.push(Raw {
                    number: line.number,
                    start: line.start,
                    raw: line.bytes,
                    content: Cow::Borrowed(whole.piece(line.start, end)),
                    strict: line.crlf && line.bytes.len() <= 75,
                });
            }
        }
    }
    Ok((raws, blank))
}

pub(crate) fn limit(subject: impl fmt::Display, name: &str) -> Error {
    Error::new(
        ErrorKind::Limit,
        format_args!("larger than the limit `{name}` allows"),
    )
    .doing("read", subject)
}

/// Writes one content line: CR LF, folded at 75 octets between characters.
pub fn write(out: &mut Vec<u8>, text: &str) {
    let (mut rest, mut room) = (text, 75);
    while rest.len() > room {
        let mut cut = room;
        while !rest.is_char_boundary(cut) {
            cut -= 1;
        }
        let (head, tail) = rest.split_at(cut);
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(b"\r\n ");
        rest = tail;
        room = 74;
    }
    out.extend_from_slice(rest.as_bytes());
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn texts(source: &[u8]) -> Vec<String> {
        let lines = read(source, &Limits::default()).unwrap().lines;
        lines.into_iter().map(|line| line.text.into_owned()).collect()
    }

    #[test]
    fn line_ends_of_all_sorts() {
        for source in [
            &b"A:1\r\nB:2\r\n"[..],
            b"A:1\nB:2",
            b"A:1\rB:2\r",
            b"A:1\r\r\nB:2\r\r\n",
            b"A:1\r\n\r\nB:2",
        ] {
            assert_eq!(texts(source), ["A:1", "B:2"]);
        }
    }

    #[test]
    fn a_fold_inside_a_character_is_joined_before_decoding() {
        let source = "SUMMARY:Привет".as_bytes();
        let mut folded = source[..9].to_vec();
        folded.extend_from_slice(b"\r\n ");
        folded.extend_from_slice(&source[9..]);
        folded.extend_from_slice(b"\r\n");
        let lines = read(&folded, &Limits::default()).unwrap();
        assert_eq!(lines.lines[0].text, "SUMMARY:Привет");
        assert!(!lines.lines[0].strict);
        assert!(lines.findings.is_empty());
    }

    #[test]
    fn undeclared_windows_1251_is_named() {
        let mut source = b"SUMMARY:".to_vec();
        source.extend_from_slice(&encoding_rs::WINDOWS_1251.encode("Совещание").0);
        let lines = read(&source, &Limits::default()).unwrap();
        assert_eq!(lines.lines[0].text, "SUMMARY:Совещание");
        assert!(matches!(
            lines.findings[..],
            [Finding::CharsetGuessed { lines: 1, .. }]
        ));
    }

    #[test]
    fn bytes_of_no_code_page_are_marked() {
        let lines = read(b"SUMMARY:M\xfcller\r\n", &Limits::default()).unwrap();
        assert!(lines.lines[0].undecodable());
    }

    #[test]
    fn limits_hold() {
        let limits = Limits::default().max_line(10);
        assert_eq!(
            read(b"A:1\r\n 23456\r\n 7890", &limits).unwrap_err().kind(),
            ErrorKind::Limit
        );
        let limits = Limits::default().max_lines(1);
        assert_eq!(read(b"A:1\nB:2", &limits).unwrap_err().kind(), ErrorKind::Limit);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_folded_unfolds(text in "[A-Z][^\\x00-\\x1f\\x7f-\\x9f\u{fffd}]{0,400}") {
            let mut out = Vec::new();
            write(&mut out, &text);
            prop_assert!(physical(&out).all(|line| line.bytes.len() <= 75 && line.crlf && std::str::from_utf8(line.bytes).is_ok()));
            let lines = read(&out, &Limits::default()).unwrap();
            prop_assert_eq!(lines.lines.len(), 1);
            prop_assert_eq!(&*lines.lines[0].text, &*text);
            prop_assert!(lines.lines[0].strict);
        }

        #[test]
        fn no_bytes_make_it_panic(source in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&source, &Limits::default());
        }
    }
}
