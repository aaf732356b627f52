//! Answers of a server as XML: large texts taken out on the way in ([`Splitter`]), the rest as a small tree ([`Document`]).

mod base64;
mod document;
mod split;
pub(crate) mod write;

pub use document::{Document, Element};
pub use split::{Raw, Splitter};

use crate::{Error, ErrorKind};

fn limit(name: &str) -> Error {
    Error::new(
        ErrorKind::Limit,
        format_args!("the answer exceeds the limit `{name}`"),
    )
    .doing("read", "an answer")
}

fn broken(why: &str) -> Error {
    Error::new(ErrorKind::Malformed, why).doing("read", "an answer")
}

/// Returns whether XML 1.0 allows the character (section 2.2).
fn is_allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}
