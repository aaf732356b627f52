//! One spelling for parameters that mean the same.

use super::Format;
use super::kind;
use super::uri;
use crate::content::Content;

/// The parameters of a property in one order, without those that say what their absence says.
pub(super) fn normal(name: &str, content: &Content<'_>, format: Format) -> String {
    let mut out: Vec<String> = Vec::new();
    let (_, types) = kind::of(name, format);
    for param in &content.params {
        let own = if param.name.is_empty() {
            "TYPE".to_owned()
        } else {
            param.name.to_ascii_uppercase()
        };
        if matches!(
            own.as_str(),
            "SCHEDULE-AGENT" | "SCHEDULE-STATUS" | "SCHEDULE-FORCE-SEND"
        ) {
            continue;
        }
        for value in param.values() {
            let value = decode(value);
            // Some writers put a list of types into one pair of quotes.
            let several = own == "TYPE" && value.contains(',');
            let words: Vec<&str> = if several {
                value.split(',').collect()
            } else {
                vec![&value]
            };
            for word in words {
                let value = one(&own, word.trim());
                if is_default(name, &own, &value, types, format) {
                    continue;
                }
                out.push(match (own.as_str(), value.as_str()) {
                    // Version 3.0 of vCard, and 4.0.
                    ("TYPE", "pref") => ";PREF=1".to_owned(),
                    _ => format!(";{own}={value}"),
                });
            }
        }
    }
    out.sort();
    out.dedup();
    out.concat()
}

/// RFC 6868.
fn decode(value: &str) -> String {
    if !value.contains('^') {
        return value.to_owned();
    }
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        let meant = match (c, chars.peek()) {
            ('^', Some('n')) => '\n',
            ('^', Some('\'')) => '"',
            ('^', Some('^')) => '^',
            _ => {
                out.push(c);
                continue;
            }
        };
        out.push(meant);
        chars.next();
    }
    out
}

/// Values are compared without case where the RFCs list the words, and as they are where people write them.
fn one(name: &str, value: &str) -> String {
    match name {
        "CUTYPE" | "ENCODING" | "FBTYPE" | "FMTTYPE" | "LANGUAGE" | "MEDIATYPE" | "PARTSTAT" | "RANGE"
        | "RELATED" | "RELTYPE" | "ROLE" | "RSVP" | "TYPE" | "VALUE" | "CHARSET" | "DISPLAY" | "FEATURE" => {
            let value = value.to_ascii_lowercase();
            match (name, value.as_str()) {
                ("ENCODING", "base64") => "b".to_owned(),
                ("VALUE", "url") => "uri".to_owned(),
                _ => value,
            }
        }
        "ALTREP" | "DIR" | "DELEGATED-FROM" | "DELEGATED-TO" | "MEMBER" | "SENT-BY" => uri::normal(value),
        "EMAIL" => uri::address_of(value),
        _ => value.to_owned(),
    }
}

/// Whether a parameter says what its absence says too.
fn is_default(property: &str, name: &str, value: &str, types: &[&str], format: Format) -> bool {
    match (name, value) {
        ("VALUE", value) => types.contains(&value),
        ("ENCODING", "8bit") => true,
        _ if format == Format::Calendar => matches!(
            (name, value),
            ("CUTYPE", "individual")
                | ("FBTYPE", "busy")
                | ("PARTSTAT", "needs-action")
                | ("RELATED", "start")
                | ("RELTYPE", "parent")
                | ("ROLE", "req-participant")
                | ("RSVP", "false")
        ),
        // RFC 2426 sections 3.3.1 and 3.3.2, RFC 6350 section 6.4.1.
        ("TYPE", "voice") => property == "TEL",
        ("TYPE", "internet") => property == "EMAIL",
        _ => false,
    }
}
