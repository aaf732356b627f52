//! From bytes to text: byte order marks, UTF-16, and code pages that nobody declared.

use std::borrow::Cow;

use encoding_rs::{Encoding, KOI8_R, UTF_16BE, UTF_16LE, WINDOWS_1251};

/// Takes off a byte order mark and turns UTF-16 into UTF-8; other bytes stay as they are.
///
/// UTF-16 without a mark is known by its first character, which is ASCII in every format here.
#[must_use]
pub fn strip_encoding(bytes: &[u8]) -> Cow<'_, [u8]> {
    let utf16 = |encoding: &'static Encoding, bytes| {
        let (text, _) = encoding.decode_without_bom_handling(bytes);
        Cow::Owned(text.into_owned().into_bytes())
    };
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => Cow::Borrowed(rest),
        [0xff, 0xfe, rest @ ..] => utf16(UTF_16LE, rest),
        [0xfe, 0xff, rest @ ..] => utf16(UTF_16BE, rest),
        [first, 0, _, 0, ..] if first.is_ascii_graphic() => utf16(UTF_16LE, bytes),
        [0, first, 0, _, ..] if first.is_ascii_graphic() => utf16(UTF_16BE, bytes),
        _ => Cow::Borrowed(bytes),
    }
}

/// The encoding that a `CHARSET` parameter names; `None` for unknown ones and for those, such as
/// UTF-7, that can hide other text.
#[must_use]
pub fn charset(label: &str) -> Option<&'static Encoding> {
    Encoding::for_label_no_replacement(label.trim().trim_matches('"').as_bytes())
}

/// A code page found for bytes that are not UTF-8.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Guess {
    /// The code page to read with.
    pub encoding: &'static Encoding,
    /// Whether the text is plausible in it and in no other.
    pub certain: bool,
}

/// Finds the code page of undeclared 8-bit text: windows-1251 or KOI8-R.
///
/// Certain only if every high byte becomes part of a plausible Russian word. The two code pages
/// hold the two cases of the alphabet in opposite places, so words written in the wrong one look
/// lIKE tHIS.
///
/// ```
/// let bytes = [0xc8, 0xe2, 0xe0, 0xed];
/// let guess = tegu_dav::text::guess([&bytes[..]]);
/// assert!(guess.certain);
/// assert_eq!(guess.encoding.decode(&bytes).0, "Иван");
/// ```
pub fn guess<'a>(samples: impl IntoIterator<Item = &'a [u8]>) -> Guess {
    let (mut cp1251, mut koi8) = (Score::default(), Score::default());
    for sample in samples {
        cp1251.add(&WINDOWS_1251.decode_without_bom_handling(sample).0);
        koi8.add(&KOI8_R.decode_without_bom_handling(sample).0);
    }
    if koi8.points() > cp1251.points() {
        Guess {
            encoding: KOI8_R,
            certain: koi8.clear_of(&cp1251),
        }
    } else {
        Guess {
            encoding: WINDOWS_1251,
            certain: cp1251.clear_of(&koi8),
        }
    }
}

#[derive(Default)]
struct Score {
    letters: i64,
    good: i64,
    bad: i64,
}

impl Score {
    fn add(&mut self, text: &str) {
        for word in text.split(|c: char| !c.is_alphanumeric() && c != '\u{fffd}') {
            let cyrillic = word.chars().filter(|&c| is_russian(c)).count() as i64;
            if cyrillic == 0 {
                self.bad += word.chars().filter(|c| !c.is_ascii()).count() as i64;
                continue;
            }
            self.letters += cyrillic;
            // A word of two alphabets is the mark of Latin text with accents read wrongly.
            self.bad += 3 * word
                .chars()
                .filter(|c| c.is_alphabetic() && !is_russian(*c))
                .count() as i64;
            let mut previous: Option<char> = None;
            for c in word.chars().filter(|&c| is_russian(c)) {
                match previous {
                    Some(p) if p.is_lowercase() && c.is_uppercase() => self.bad += 2,
                    Some(p) if p.is_uppercase() && c.is_uppercase() => {}
                    _ => {}
                }
                if c.is_lowercase() {
                    self.good += 1;
                }
                if "оеаинтсрвлОЕАИНТСРВЛ".contains(c) {
                    self.good += 1;
                }
                previous = Some(c);
            }
        }
        self.bad += text.chars().filter(|&c| is_box(c)).count() as i64;
    }

    fn points(&self) -> i64 {
        self.good - 2 * self.bad
    }

    fn clear_of(&self, other: &Self) -> bool {
        self.letters >= 3 && self.bad * 10 <= self.letters && self.points() > other.points()
    }
}

fn is_russian(c: char) -> bool {
    matches!(c, 'А'..='я' | 'ё' | 'Ё')
}

/// What the upper half of a code page becomes when it is read as the other one.
fn is_box(c: char) -> bool {
    matches!(c, '\u{2500}'..='\u{25ff}' | '\u{80}'..='\u{9f}' | '\u{fffd}')
}

/// Turns quoted-printable (RFC 2045 section 6.7) into bytes. A `=` that is no escape stays, and
/// `false` says so.
pub(crate) fn quoted_printable(text: &[u8]) -> (Vec<u8>, bool) {
    let (mut out, mut clean, mut rest) = (Vec::with_capacity(text.len()), true, text);
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        if first != b'=' {
            out.push(first);
            continue;
        }
        let digits = match tail {
            [a, b, ..] => hex(*a).zip(hex(*b)),
            _ => None,
        };
        match (digits, tail) {
            (Some((high, low)), [_, _, after @ ..]) => {
                out.push(high << 4 | low);
                rest = after;
            }
            _ => {
                out.push(first);
                clean = false;
            }
        }
    }
    (out, clean)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

/// One line of at most 120 characters, for reports.
pub(crate) fn summary(text: &str) -> String {
    let flat: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(120)
        .collect();
    flat.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether the text holds a character that neither a content line nor XML 1.0 can carry.
pub(crate) fn has_control(text: &str) -> bool {
    let bytes = text.as_bytes();
    // No short circuit, so that many bytes are looked at with one instruction.
    let control = bytes
        .iter()
        .fold(false, |found, &b| found | (b < 0x20 && b != b'\t') | (b == 0x7f));
    control || (memchr::memchr(0xef, bytes).is_some() && text.contains(['\u{fffe}', '\u{ffff}']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_utf16() {
        assert_eq!(&*strip_encoding(b"\xef\xbb\xbfBEGIN"), b"BEGIN");
        assert_eq!(&*strip_encoding(b"\xff\xfeB\0E\0"), b"BE");
        assert_eq!(&*strip_encoding(b"\xfe\xff\0B\0E"), b"BE");
        assert_eq!(&*strip_encoding(b"B\0E\0"), b"BE");
        assert_eq!(&*strip_encoding(b"BEGIN"), b"BEGIN");
    }

    #[test]
    fn code_pages_are_told_apart() {
        for (text, encoding) in [
            ("Совещание у директора", WINDOWS_1251),
            ("Совещание у директора", KOI8_R),
            ("ИВАНОВ Иван Петрович", WINDOWS_1251),
            ("Пётр", KOI8_R),
        ] {
            let bytes = encoding.encode(text).0.into_owned();
            let guess = guess([&bytes[..]]);
            assert!(guess.certain, "{text}");
            assert_eq!(guess.encoding, encoding, "{text}");
        }
    }

    #[test]
    fn latin_text_is_not_taken_for_russian() {
        for bytes in [&b"M\xfcller"[..], b"Gar\xe7on \xe0 la carte", b"\xff\xfe\xfd\x98"] {
            assert!(!guess([bytes]).certain);
        }
    }

    #[test]
    fn quoted_printable_decodes_and_reports() {
        assert_eq!(quoted_printable(b"=41=0D=0Ab"), (b"A\r\nb".to_vec(), true));
        assert_eq!(quoted_printable(b"1=2"), (b"1=2".to_vec(), false));
        assert_eq!(quoted_printable(b"x="), (b"x=".to_vec(), false));
    }
}
