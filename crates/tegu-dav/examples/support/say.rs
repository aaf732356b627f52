//! Everything that is printed. Files and servers are foreign: what they say reaches the terminal without control characters.

use std::fmt::Display;

use serde_json::Value;
use tegu_outcome::{is_hidden, printable};

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

/// Prints JSON. Control characters, which stand in strings only, are escaped.
pub(crate) fn json(value: &Value) {
    let mut out = String::new();
    for c in value.to_string().chars() {
        if is_hidden(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    println!("{out}");
}
