//! vCard property lines as Outlook and old phones write them: quoted-printable soft breaks, base64
//! blocks without indentation, code pages named per property.

use std::borrow::Cow;

use crate::content::Content;
use crate::line::{self, Physical};
use crate::{Finding, Limits, Result, text};

/// One property line of a card, unfolded and put together, not yet decoded.
#[derive(Clone, Debug)]
pub(crate) struct CardLine<'a> {
    pub(crate) number: usize,
    start: usize,
    pub(crate) raw: &'a [u8],
    pub(crate) bytes: Cow<'a, [u8]>,
    /// `bytes` as text, where nothing was joined and it is known to be UTF-8.
    text: Option<&'a str>,
    /// Whether `raw` is what a strict writer writes.
    pub(crate) strict: bool,
    /// Whether a block or a soft line break was joined.
    pub(crate) joined: bool,
}

/// Whether the parameters of a line name one of these encodings. They are ASCII in every version that has declared code pages.
fn has_encoding(bytes: &[u8], encodings: &[&[u8]]) -> bool {
    let end = memchr::memchr(b':', bytes).unwrap_or(bytes.len());
    let head = bytes.get(..end.min(1000)).unwrap_or_default();
    head.split(|&b| b == b';').skip(1).any(|param| {
        let value = match param.split_at_checked(b"ENCODING=".len()) {
            Some((name, value)) if name.eq_ignore_ascii_case(b"ENCODING=") => value,
            _ => param,
        };
        encodings
            .iter()
            .any(|encoding| value.eq_ignore_ascii_case(encoding))
    })
}

/// The property lines of a file of cards, one after the other.
pub(crate) struct CardLines<'a, 'l, P> {
    source: &'a [u8],
    /// The same, if all of it is UTF-8, and no line has to be asked.
    whole: Option<&'a str>,
    physical: P,
    limits: &'l Limits,
    /// The line that may go on.
    current: Option<CardLine<'a>>,
    mode: Mode,
    after_blank: bool,
    given: usize,
    /// Blank lines so far.
    pub(crate) blank: usize,
}

/// Puts the physical lines of a file of cards together; `whole` is the file if all of it is UTF-8.
pub(crate) fn read<'a, 'l>(
    source: &'a [u8],
    whole: Option<&'a str>,
    limits: &'l Limits,
) -> Result<CardLines<'a, 'l, impl Iterator<Item = Physical<'a>>>> {
    if source.len() > limits.max_input {
        return Err(line::limit(format_args!("{} bytes", source.len()), "max_input"));
    }
    Ok(CardLines {
        source,
        physical: line::physical(source),
        limits,
        current: None,
        mode: Mode::Plain,
        after_blank: false,
        whole,
        given: 0,
        blank: 0,
    })
}

impl<'a, P: Iterator<Item = Physical<'a>>> CardLines<'a, '_, P> {
    /// Takes a physical line, and gives the property line that it ends.
    fn take(&mut self, line: Physical<'a>) -> Result<Option<CardLine<'a>>> {
        if line.bytes.len() > self.limits.max_line {
            return Err(line::limit(format_args!("line {}", line.number), "max_line"));
        }
        let text = match self.whole {
            Some(whole) => whole.get(line.start..line.start + line.bytes.len()),
            None => std::str::from_utf8(line.bytes).ok(),
        };
        let Some(last) = &mut self.current else {
            if line.bytes.is_empty() {
                self.blank += 1;
            } else {
                (self.current, self.mode) = start(line, text);
            }
            return Ok(None);
        };
        let is_blank = line.bytes.trim_ascii().is_empty();
        let joined = match self.mode {
            Mode::SoftBreak if !is_end(line.bytes) => Some((line.bytes, true)),
            Mode::Block if is_base64(line.bytes) => Some((line.bytes.trim_ascii(), true)),
            // Spaces alone are a fold too, of a text that ends in spaces; behind a block they are an empty line.
            mode if matches!(line.bytes.first(), Some(b' ' | b'\t'))
                && (!is_blank || (mode == Mode::Plain && line.bytes.len() > 1)) =>
            {
                Some((line.bytes.get(1..).unwrap_or_default(), self.mode == Mode::Block))
            }
            _ => None,
        };
        let empty = is_blank && joined.is_none();
        let mut ended = None;
        if let Some((bytes, repaired)) = joined {
            let soft = self.mode == Mode::SoftBreak;
            let whole = last.bytes.to_mut();
            if soft {
                whole.pop();
            }
            if whole.len() + bytes.len() > self.limits.max_line {
                return Err(line::limit(format_args!("line {}", last.number), "max_line"));
            }
            whole.extend_from_slice(bytes);
            let end = line.start + line.bytes.len();
            last.raw = self.source.get(last.start..end).unwrap_or_default();
            last.joined |= repaired && (soft || !matches!(line.bytes.first(), Some(b' ' | b'\t')));
            last.strict &=
                !repaired && line.crlf && line.bytes.len() <= 75 && !self.after_blank && text.is_some();
            last.text = None;
            if soft && whole.last() != Some(&b'=') {
                self.mode = Mode::Plain;
            }
        } else if empty {
            self.blank += 1;
            // The empty line after a block ends it; one before the block does not.
            if self.mode != Mode::Block || last.bytes.last() != Some(&b':') {
                self.mode = Mode::Plain;
            }
        } else {
            self.given += 1;
            if self.given >= self.limits.max_lines {
                return Err(line::limit(format_args!("line {}", line.number), "max_lines"));
            }
            ended = self.current.take();
            (self.current, self.mode) = start(line, text);
        }
        self.after_blank = empty;
        Ok(ended)
    }
}

impl<'a, P: Iterator<Item = Physical<'a>>> Iterator for CardLines<'a, '_, P> {
    type Item = Result<CardLine<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(line) = self.physical.next() {
            match self.take(line).transpose() {
                None => {}
                ended => return ended,
            }
        }
        self.current.take().map(Ok)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Plain,
    Block,
    SoftBreak,
}

fn start<'a>(line: Physical<'a>, text: Option<&'a str>) -> (Option<CardLine<'a>>, Mode) {
    let end = memchr::memchr2(b':', b';', line.bytes);
    let bare = end.is_none_or(|at| line.bytes.get(at) == Some(&b':'));
    let mode = if bare {
        Mode::Plain
    } else if line.bytes.last() == Some(&b'=') && has_encoding(line.bytes, &[b"QUOTED-PRINTABLE"]) {
        Mode::SoftBreak
    } else if has_encoding(line.bytes, &[b"BASE64", b"B"]) {
        Mode::Block
    } else {
        Mode::Plain
    };
    let line = CardLine {
        number: line.number,
        start: line.start,
        raw: line.bytes,
        bytes: Cow::Borrowed(line.bytes),
        text,
        strict: line.crlf && line.bytes.len() <= 75 && text.is_some(),
        joined: false,
    };
    (Some(line), mode)
}

fn is_end(bytes: &[u8]) -> bool {
    bytes.trim_ascii().eq_ignore_ascii_case(b"END:VCARD")
}

/// A property line always has a colon, which base64 has not.
fn is_base64(bytes: &[u8]) -> bool {
    let bytes = bytes.trim_ascii();
    !bytes.is_empty()
        && bytes
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='))
}

/// The text of a line before quoted-printable: by its `CHARSET`, as UTF-8, or as guessed.
pub(crate) fn decode<'a>(
    line: &'a CardLine<'_>,
    guess: Option<text::Guess>,
    findings: &mut Vec<Finding>,
) -> Cow<'a, str> {
    if let Some(text) = line.text {
        return Cow::Borrowed(text);
    }
    if let Ok(text) = std::str::from_utf8(&line.bytes) {
        return Cow::Borrowed(text);
    }
    let lossy = String::from_utf8_lossy(&line.bytes).into_owned();
    let declared = Content::parse(&lossy).and_then(|content| content.param("CHARSET").map(str::to_owned));
    let encoding = match &declared {
        Some(label) => text::charset(label).filter(|encoding| *encoding != encoding_rs::UTF_8),
        None => guess.filter(|guess| guess.certain).map(|guess| guess.encoding),
    };
    if let Some(encoding) = encoding {
        let (decoded, failed) = encoding.decode_without_bom_handling(&line.bytes);
        if !failed {
            return Cow::Owned(decoded.into_owned());
        }
    }
    findings.push(Finding::CharsetUnknown {
        charset: declared.unwrap_or_else(|| "UTF-8".into()),
        line: line.number,
    });
    Cow::Owned(lossy)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn lines(source: &str) -> Vec<String> {
        let limits = Limits::default();
        let lines = read(source.as_bytes(), Some(source), &limits).unwrap();
        lines
            .map(|line| String::from_utf8_lossy(&line.unwrap().bytes).into_owned())
            .collect()
    }

    #[test]
    fn soft_breaks_are_joined_but_never_over_the_end() {
        assert_eq!(
            lines("N;ENCODING=QUOTED-PRINTABLE:a=\r\nb=\r\n c\r\nX:1"),
            ["N;ENCODING=QUOTED-PRINTABLE:ab c", "X:1"]
        );
        assert_eq!(
            lines("N;QUOTED-PRINTABLE:a=\r\n\r\nEND:VCARD"),
            ["N;QUOTED-PRINTABLE:a", "END:VCARD"]
        );
        assert_eq!(
            lines("N;QUOTED-PRINTABLE:a=\r\nEND:VCARD"),
            ["N;QUOTED-PRINTABLE:a=", "END:VCARD"]
        );
    }

    #[test]
    fn bare_base64_is_joined_up_to_the_empty_line() {
        let expected = ["PHOTO;JPEG;BASE64:QUJDREVG", "X:1"];
        assert_eq!(lines("PHOTO;JPEG;BASE64:\r\nQUJD\r\nREVG\r\n\r\nX:1"), expected);
        assert_eq!(lines("PHOTO;JPEG;BASE64:\r\n QUJD\r\n REVG\r\n\r\nX:1"), expected);
        assert_eq!(lines("PHOTO;JPEG;BASE64:QUJD\nREVG\nX:1"), expected);
    }

    #[test]
    fn long_lines_are_refused_whole_and_in_pieces() {
        let limits = Limits::default().max_line(20);
        for source in [
            "NOTE:12345678901234567890",
            "N:1\nNOTE:12345678901234567890",
            "NOTE:1234567890\n 1234567890",
            "PHOTO;BASE64:\nQUJDQUJD",
            "NOTE;QUOTED-PRINTABLE:=\nabc",
        ] {
            let lines: Result<Vec<_>> = read(source.as_bytes(), Some(source), &limits).unwrap().collect();
            assert_eq!(lines.unwrap_err().kind(), crate::ErrorKind::Limit, "{source}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_bytes_make_it_panic(source in "[=:;a\\r\\n A-Z]{0,200}") {
            let limits = Limits::default();
            prop_assert!(read(source.as_bytes(), Some(&source), &limits).unwrap().all(|line| line.is_ok()));
        }
    }
}
