//! What goes to the terminal. Names, texts and errors may come from a server: nothing in them may be obeyed.

use serde_json::Value;
use tegu_outcome::{printable, printable_json};

/// Prints one line of text.
pub(crate) fn line(text: &str) {
    println!("{}", printable(text));
}

/// Prints one line about the course of events.
pub(crate) fn note(text: &str) {
    eprintln!("{}", printable(text));
}

/// Prints JSON.
pub(crate) fn json(value: &Value) {
    println!("{}", printable_json(&value.to_string()));
}
