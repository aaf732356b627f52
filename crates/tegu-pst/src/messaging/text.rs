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
}

impl Text {
    /// Reads a string, or the number that stands in its place.
    pub(crate) fn of(value: &Value, page: Option<&'static Encoding>) -> Option<Self> {
        let ((mut text, sound), page_unknown) = match value {
            Value::Utf16(data) => (crate::ltp::utf16(data), false),
            Value::String8(data) => match page {
                Some(page) => (codepage::decode(page, data), false),
                None => (codepage::ascii(data), !data.is_ascii()),
            },
            _ => return None,
        };
        // No writer is known that keeps a terminator, but it would not belong to the text.
        let length = text.trim_end_matches('\0').len();
        text.truncate(length);
        Some(Self {
            text,
            sound,
            page_unknown,
        })
    }
}
