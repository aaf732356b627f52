//! `%` and two hexadecimal digits, in keywords and file names.

/// Decodes every `%XX`; `None` if a `%` begins no such thing, or the bytes are no UTF-8.
pub(crate) fn percent_decode(text: &str) -> Option<String> {
    String::from_utf8(tegu_outcome::percent_decode(text)?).ok()
}
