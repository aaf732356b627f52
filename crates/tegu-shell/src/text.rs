//! The encodings that Windows tools write.

use super::malformed;
use encoding_rs::{UTF_16BE, UTF_16LE};
use tegu_outcome::{Error, Result};

/// The encoding of a text without a byte order mark. A mark always wins.
#[derive(Clone, Copy, Debug, Default)]
pub struct Encoding(Option<&'static encoding_rs::Encoding>);

impl Encoding {
    /// UTF-8, or UTF-16 if every other octet at the start is NUL.
    #[must_use]
    pub fn unicode() -> Self {
        Self(None)
    }

    /// A code page by its name (WHATWG label), such as `windows-1251`.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](tegu_outcome::ErrorKind::Config) for a name that is not known.
    pub fn named(label: &str) -> Result<Self> {
        encoding_rs::Encoding::for_label(label.as_bytes())
            .map(|encoding| Self(Some(encoding)))
            .ok_or_else(|| Error::config(format!("the encoding `{label}` is not known")))
    }
}

/// Decodes a text.
///
/// # Errors
///
/// Kind [`Malformed`](tegu_outcome::ErrorKind::Malformed) with the position of the first octet that the encoding does not allow, and a hint
/// to name the code page.
pub fn decode(octets: &[u8], encoding: Encoding) -> Result<String> {
    let (found, body) = match encoding_rs::Encoding::for_bom(octets) {
        Some((found, length)) => (found, octets.get(length..).unwrap_or_default()),
        None => (
            encoding.0.or_else(|| guess(octets)).unwrap_or(encoding_rs::UTF_8),
            octets,
        ),
    };
    if found == encoding_rs::UTF_8 {
        return match std::str::from_utf8(body) {
            Ok(text) => Ok(text.to_owned()),
            Err(error) => Err(malformed(format!(
                "octet {} is not UTF-8; name the code page, such as windows-1251",
                octets.len() - body.len() + error.valid_up_to()
            ))),
        };
    }
    if (found == UTF_16LE || found == UTF_16BE) && body.len() % 2 == 1 {
        return Err(malformed(
            "the export ends in the middle of a character of UTF-16",
        ));
    }
    found
        .decode_without_bom_handling_and_without_replacement(body)
        .map(std::borrow::Cow::into_owned)
        .ok_or_else(|| malformed(format!("the export is not in {}", found.name())))
}

/// UTF-16 without a mark: the first character of every format is ASCII.
fn guess(octets: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    match octets {
        [0, 1..=255, 0, 1..=255, ..] => Some(UTF_16BE),
        [1..=255, 0, 1..=255, 0, ..] => Some(UTF_16LE),
        _ => None,
    }
}
