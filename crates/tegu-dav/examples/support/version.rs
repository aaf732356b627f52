//! The argument `--vcard-version`.

use tegu_dav::vcard::Version;

use crate::input::Cards;

pub(crate) fn parse(text: &str) -> Result<Cards, String> {
    let (version, all) = match text {
        "3" | "3.0" => (Version::V3, true),
        "4" | "4.0" => (Version::V4, false),
        _ => return Err("--vcard-version needs 3.0 or 4.0".into()),
    };
    Ok(Cards { version, all })
}
