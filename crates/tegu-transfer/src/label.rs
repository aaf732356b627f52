//! What a person recognises an item by.

use mail_parser::MessageParser;

/// Headers end long before this in any message that a person has to look at.
const HEADER_OCTETS: usize = 64 << 10;
const LABEL_CHARS: usize = 200;

/// Sender, date and subject of a message, by its header fields. Empty if there are none.
#[must_use]
pub fn of_message(body: &[u8]) -> String {
    let head = body.get(..HEADER_OCTETS).unwrap_or(body);
    let Some(parsed) = MessageParser::new().parse_headers(head) else {
        return String::new();
    };
    let from = parsed
        .from()
        .and_then(|from| from.first())
        .and_then(|from| from.address());
    let date = parsed
        .date()
        .filter(|date| date.is_valid())
        .map(mail_parser::DateTime::to_rfc3339);
    let parts = [from.map(str::to_owned), date, parsed.subject().map(str::to_owned)];
    printable(&parts.into_iter().flatten().collect::<Vec<_>>().join(" · "))
}

/// Leaves out what could break a report or a terminal, and what is too long for a line: 200 characters are kept.
#[must_use]
pub fn printable(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(LABEL_CHARS)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_names_sender_date_and_subject() {
        let message = b"From: Anna <anna@example.test>\r\nDate: Tue, 24 Nov 2026 10:00:00 +0300\r\n\
            Subject: =?utf-8?B?0J7RgtGH0ZHRgg==?= \x1b[31m\r\n\r\nbody";
        let label = of_message(message);
        assert!(
            label.starts_with("anna@example.test · 2026-11-24T10:00:00+03:00 · Отчёт"),
            "{label}"
        );
        assert!(!label.contains('\x1b'));
    }

    #[test]
    fn no_headers_give_no_label() {
        assert_eq!(of_message(b"\0\0\0"), "");
    }
}
