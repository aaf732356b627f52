//! Header fields: encoded words (RFC 2047), parameters (RFC 2231), folding (RFC 5322 section 2.2.3).

use base64::{Engine, engine::general_purpose::STANDARD};

const LINE: usize = 76;

/// Writes `name: value`, folded at its spaces. `value` is ASCII.
pub(crate) fn field(out: &mut Vec<u8>, name: &str, value: &str) {
    let mut line = out.len();
    out.extend_from_slice(name.as_bytes());
    out.push(b':');
    // A line of white space alone would not survive.
    let mut blank = false;
    for (index, word) in value.split(' ').enumerate() {
        if index > 0 && !word.is_empty() && out.len() - line + 1 + word.len() > LINE && !blank {
            out.extend_from_slice(b"\r\n");
            line = out.len();
            blank = true;
        }
        out.push(b' ');
        out.extend_from_slice(word.as_bytes());
        blank &= word.trim().is_empty();
    }
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
    let mut out = String::with_capacity(text.len() * 2 + 16);
    let mut rest = text;
    loop {
        let mut length = rest.len().min(42);
        while !rest.is_char_boundary(length) {
            length -= 1;
        }
        let (word, after) = rest.split_at(length);
        out.push_str("=?utf-8?B?");
        STANDARD.encode_string(word, &mut out);
        out.push_str("?=");
        if after.is_empty() {
            return out;
        }
        out.push(' ');
        rest = after;
    }
}

/// Writes a parameter, with the line end before it.
pub(crate) fn parameter(out: &mut Vec<u8>, name: &str, value: &str) {
    let plain = value
        .bytes()
        .all(|octet| (0x20..0x7f).contains(&octet) && !b"\\\"".contains(&octet));
    let mut put = |pieces: &[&str]| {
        pieces
            .iter()
            .for_each(|piece| out.extend_from_slice(piece.as_bytes()));
    };
    if plain && value.len() <= 60 {
        put(&[";\r\n ", name, "=\"", value, "\""]);
        return;
    }
    let mut pieces = vec![String::new()];
    let mut code = String::new();
    for character in value.chars() {
        code.clear();
        let mut octets = [0; 4];
        for octet in character.encode_utf8(&mut octets).bytes() {
            if octet.is_ascii_alphanumeric() || b"-._~".contains(&octet) {
                code.push(char::from(octet));
            } else {
                const DIGITS: [char; 16] = [
                    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
                ];
                code.push('%');
                code.extend([octet >> 4, octet & 15].map(|digit| DIGITS[usize::from(digit)]));
            }
        }
        // Readers decode each piece by itself: no character lies in two.
        match pieces.last_mut() {
            Some(last) if last.len() + code.len() <= 50 => last.push_str(&code),
            _ => pieces.push(code.clone()),
        }
    }
    if let [single] = pieces.as_slice() {
        put(&[";\r\n ", name, "*=utf-8''", single]);
        return;
    }
    for (index, piece) in pieces.iter().enumerate() {
        let charset = if index == 0 { "utf-8''" } else { "" };
        put(&[";\r\n ", name, "*", &index.to_string(), "*=", charset, piece]);
    }
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
