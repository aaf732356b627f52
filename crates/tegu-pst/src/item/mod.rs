//! What items of all kinds say: their subject, their text, the people in them, their categories.

mod body;
mod people;

pub(crate) use body::{Bodies, crlf, ends_in_crlf};
pub(crate) use people::{Person, recipient as person, reply_to, resolve, senders};

use crate::{Message, Value, messaging::Named, tag, verdict::Notes};

/// The subject of an item of any kind.
pub(crate) fn subject(message: &Message<'_>, notes: &mut Notes) -> String {
    without_prefix(&notes.text(message, tag::SUBJECT))
}

/// A subject begins with U+0001 and the length of its prefix where it was taken apart ([MS-PST] section 2.5.3.1.1.1).
fn without_prefix(text: &str) -> String {
    let mut characters = text.chars();
    let text = if characters.next() == Some('\u{1}') {
        characters.next();
        characters.as_str()
    } else {
        text
    };
    one_line(text.to_owned())
}

/// Text without line ends, which no field can hold.
pub(crate) fn one_line(text: String) -> String {
    if text.contains(['\r', '\n']) {
        text.split(['\r', '\n'])
            .filter(|line| !line.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    } else {
        text
    }
}

/// The categories of an item.
pub(crate) fn categories(message: &Message<'_>, notes: &mut Notes) -> Vec<String> {
    match notes.value(
        message
            .named_string(tag::set::PUBLIC_STRINGS, "Keywords", &[0x101f, 0x101e])
            .map(Some),
    ) {
        Some(Named::Value(Value::Multiple(values))) => {
            let texts = values
                .iter()
                .map(|value| notes.sound(message.decode(value), 0x9000));
            texts.filter(|text| !text.is_empty()).collect()
        }
        Some(Named::Foreign) => {
            notes.lossy(
                "PST-NAME-FOREIGN",
                "the property of categories has another type: the map of names is of another file",
            );
            Vec::new()
        }
        _ => Vec::new(),
    }
}
