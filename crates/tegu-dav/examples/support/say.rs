//! Everything that is printed. Files and servers are foreign: what they say reaches the terminal without control characters.

use std::fmt::Display;

use serde_json::Value;
use tegu_outcome::{printable, printable_json};

/// Prints one line.
pub(crate) fn line(text: impl Display) {
    println!("{}", printable(&text.to_string()));
}

/// Prints why the program ends, and how it is to be called if the message says so.
pub(crate) fn error(program: &str, message: &str) {
    for (number, text) in message.lines().enumerate() {
        let text = printable(text);
        if number == 0 {
            eprintln!("{program}: {text}");
        } else {
            eprintln!("{text}");
        }
    }
}

/// Prints JSON.
pub(crate) fn json(value: &Value) {
    println!("{}", printable_json(&value.to_string()));
}
