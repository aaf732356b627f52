//! Header fields: encoded words (RFC 2047), parameters (RFC 2231), folding (RFC 5322 section 2.2.3).

use base64::{Engine, engine::general_purpose::STANDARD};

const LINE: usize = 76;

/// Writes `name: value`, folded at its spaces. `value` is ASCII.
pub(crate) fn field(out: &mut Vec<u8>, name: &str, value: &str) {
    let mut line = format!("{name}:");
    for (index, word) in value.split(' ').enumerate() {
        // A line of white space alone would not survive.
        if index > 0 && !word.is_empty() && line.len() + 1 + word.len() > LINE && !line.trim().is_empty() {
            out.extend_from_slice(line.as_bytes());
            out.extend_from_slice(b"\r\n");
            line.clear();
        }
        line.push(' ');
        line.push_str(word);
    }
    out.extend_from_slice(line.as_bytes());
    out.extend_from_slice(b"\r\n");
}

/// Text that a field without structure holds.
pub(crate) fn unstructured(text: &str) -> String {
    let plain = text.bytes().all(|octet| (0x20..0x7f).contains(&octet))
        && !text.contains("=?")
        && !text.contains("  ")
        && text.trim() == text
        && text.split(' ').all(|word| word.len() < 200);
    if plain { text.to_owned() } else { encoded(text) }
}

/// A name before an address.
pub(crate) fn phrase(text: &str) -> String {
    let atom = |octet: u8| octet.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~ ".contains(&octet);
    let printable = text.bytes().all(|octet| (0x20..0x7f).contains(&octet));
    if text.len() > 150 || !printable || text.contains("=?") || text.contains("  ") || text.trim() != text {
        encoded(text)
    } else if text.bytes().all(atom) && !text.is_empty() {
        text.to_owned()
    } else {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

/// Encoded words in UTF-8, with a space between them.
fn encoded(text: &str) -> String {
    let mut words = Vec::new();
    let mut piece = String::new();
    for character in text.chars() {
        if piece.len() + character.len_utf8() > 42 {
            words.push(std::mem::take(&mut piece));
        }
        piece.push(character);
    }
    words.push(piece);
    let words: Vec<String> = words
        .iter()
        .map(|word| format!("=?utf-8?B?{}?=", STANDARD.encode(word)))
        .collect();
    words.join(" ")
}

/// A parameter, with the space or the line before it.
pub(crate) fn parameter(name: &str, value: &str) -> String {
    let plain = value
        .bytes()
        .all(|octet| (0x20..0x7f).contains(&octet) && !b"\\\"".contains(&octet));
    if plain && value.len() <= 60 {
        return format!(";\r\n {name}=\"{value}\"");
    }
    let mut pieces = vec![String::new()];
    for character in value.chars() {
        let mut octets = [0; 4];
        let code: String = character
            .encode_utf8(&mut octets)
            .bytes()
            .map(|octet| {
                if octet.is_ascii_alphanumeric() || b"-._~".contains(&octet) {
                    char::from(octet).to_string()
                } else {
                    format!("%{octet:02X}")
                }
            })
            .collect();
        // Readers decode each piece by itself: no character lies in two.
        if let Some(last) = pieces.last_mut() {
            if last.len() + code.len() > 50 {
                pieces.push(code);
            } else {
                last.push_str(&code);
            }
        }
    }
    if let [single] = pieces.as_slice() {
        return format!(";\r\n {name}*=utf-8''{single}");
    }
    let part = |(index, piece): (usize, &String)| {
        let charset = if index == 0 { "utf-8''" } else { "" };
        format!(";\r\n {name}*{index}*={charset}{piece}")
    };
    pieces.iter().enumerate().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_fields_fold_and_come_back() {
        let subject = "Отчёт о переезде почтовой системы организации за первый квартал и план на второй";
        let mut out = Vec::new();
        field(&mut out, "Subject", &unstructured(subject));
        field(
            &mut out,
            "To",
            &format!("{} <a@example.org>", phrase("Иванов, Иван Иванович")),
        );
        let parsed = mail_parser::MessageParser::default().parse(&out).unwrap();
        assert_eq!(parsed.subject(), Some(subject));
        assert_eq!(
            parsed.to().unwrap().first().unwrap().name(),
            Some("Иванов, Иван Иванович")
        );
        assert!(out.split(|octet| *octet == b'\n').all(|line| line.len() <= 79));
    }

    #[test]
    fn names_are_quoted_only_where_they_must_be() {
        assert_eq!(phrase("Ivan Petrov"), "Ivan Petrov");
        assert_eq!(phrase("Petrov, Ivan"), "\"Petrov, Ivan\"");
        assert_eq!(phrase("a\"b"), "\"a\\\"b\"");
        assert_eq!(phrase(""), "\"\"");
    }
}
