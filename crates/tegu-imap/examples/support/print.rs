//! What goes to the terminal. Names, texts and errors may come from a server: nothing in them may be obeyed.

use serde_json::Value;
use tegu_outcome::{is_hidden, printable};

/// Prints one line of text.
pub(crate) fn line(text: &str) {
    println!("{}", printable(text));
}

/// Prints one line about the course of events.
pub(crate) fn note(text: &str) {
    eprintln!("{}", printable(text));
}

/// Prints JSON. Characters that a terminal obeys are escaped, so that the values stay what they are.
pub(crate) fn json(value: &Value) {
    let mut text = String::new();
    for c in value.to_string().chars() {
        if is_hidden(c) {
            // No character outside of a string is hidden, and none of these takes two units.
            text.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            text.push(c);
        }
    }
    println!("{text}");
}
