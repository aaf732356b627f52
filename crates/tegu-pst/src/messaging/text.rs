//! Strings, and whether they could be read without loss.

use crate::{codepage, ltp::Value};
use encoding_rs::Encoding;

/// A string of a message.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Text {
    /// The characters. What could not be read is U+FFFD.
    pub text: String,
    /// Whether every octet could be read for certain.
    pub sound: bool,
    /// It is not sound because nobody says in which code page it is.
    pub(crate) page_unknown: bool,
    /// The code page in which it looks most like text, where nobody says it.
    pub(crate) guess: Option<u32>,
}

/// The code page in which octets look most like text: UTF-8 if they are; windows-1251 if most of those above 127 are its letters, in
/// words; otherwise windows-1252. It is told and never used.
fn guess(data: &[u8]) -> u32 {
    if std::str::from_utf8(data).is_ok() {
        return 65_001;
    }
    let high = data.iter().filter(|octet| **octet > 0x7f).count();
    let neighbours = data
        .windows(2)
        .filter(|pair| pair.iter().all(|octet| *octet >= 0xc0))
        .count();
    // Of Cyrillic words almost each letter has a neighbour; of Western ones few accents have.
    if neighbours * 2 > high { 1251 } else { 1252 }
}

impl Text {
    /// Reads a string, or the number that stands in its place.
    pub(crate) fn of(value: &Value, page: Option<&'static Encoding>) -> Option<Self> {
        match value {
            Value::Utf16(data) => Some(Self::read(true, data, page)),
            Value::String8(data) => Some(Self::read(false, data, page)),
            _ => None,
        }
    }

    /// Reads the octets of a string: of UTF-16 if it is wide.
    pub(crate) fn read(wide: bool, data: &[u8], page: Option<&'static Encoding>) -> Self {
        let mut guessed = None;
        let ((mut text, sound), page_unknown) = match (wide, page) {
            (true, _) => (crate::ltp::utf16(data), false),
            (false, Some(page)) => (codepage::decode(page, data), false),
            (false, None) if data.is_ascii() => (codepage::ascii(data), false),
            (false, None) => {
                guessed = Some(guess(data));
                (codepage::ascii(data), true)
            }
        };
        // No writer is known that keeps a terminator, but it would not belong to the text.
        let length = text.trim_end_matches('\0').len();
        text.truncate(length);
        Self {
            text,
            sound,
            page_unknown,
            guess: guessed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses() {
        for (page, text) in [
            (encoding_rs::WINDOWS_1251, "Отчёт за квартал"),
            (encoding_rs::WINDOWS_1251, "RE: план"),
            (encoding_rs::WINDOWS_1252, "Grüße aus Köln"),
            (encoding_rs::WINDOWS_1252, "déjà vu"),
            (encoding_rs::UTF_8, "Отчёт"),
        ] {
            let data = page.encode(text).0;
            let text = Text::of(&Value::String8(data.to_vec()), None).unwrap();
            let found = text.guess.and_then(codepage::encoding);
            assert_eq!(found, Some(page), "{text:?}");
        }
    }
}
