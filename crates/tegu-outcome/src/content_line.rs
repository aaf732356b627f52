//! Content lines of iCalendar and vCard (RFC 5545 section 3.1, RFC 6350 section 3.2), as converters write them.

/// Lines, folded at 75 octets and ended by CRLF.
///
/// ```
/// use tegu_outcome::content_line::Lines;
///
/// let mut lines = Lines::default();
/// lines.text("SUMMARY", "one; two");
/// assert_eq!(lines.finish(), "SUMMARY:one\\; two\r\n");
/// ```
#[derive(Debug, Default)]
pub struct Lines {
    out: String,
}

impl Lines {
    /// A line whose value stands as it is; line ends in it are left out.
    pub fn raw(&mut self, name: &str, value: &str) {
        let mut length = 0;
        for character in name.chars().chain([':']).chain(value.chars()) {
            if matches!(character, '\r' | '\n' | '\0') {
                continue;
            }
            if length + character.len_utf8() > 75 {
                self.out.push_str("\r\n ");
                length = 1;
            }
            self.out.push(character);
            length += character.len_utf8();
        }
        self.out.push_str("\r\n");
    }

    /// A line whose value is text; nothing is written for an empty one.
    pub fn text(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.raw(name, &escape(value));
        }
    }

    /// Lines that are written already.
    pub fn append(&mut self, lines: &str) {
        self.out.push_str(lines);
    }

    /// Returns all lines.
    #[must_use]
    pub fn finish(self) -> String {
        self.out
    }
}

/// Text, with what has a meaning escaped. Control characters other than the tab cannot stand in it.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\r' => {
                rest.next_if_eq(&'\n');
                out.push_str("\\n");
            }
            '\n' => out.push_str("\\n"),
            '\\' | ';' | ',' => {
                out.push('\\');
                out.push(character);
            }
            other if other.is_control() && other != '\t' => {}
            other => out.push(other),
        }
    }
    out
}

/// A value of a parameter. Quotes and control characters cannot stand in it.
#[must_use]
pub fn parameter(value: &str) -> String {
    let value: String = value
        .chars()
        .filter(|character| !character.is_control() && *character != '"')
        .collect();
    format!("\"{value}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_keeps_characters_whole() {
        let mut lines = Lines::default();
        lines.text("SUMMARY", &"ы".repeat(100));
        let out = lines.finish();
        assert!(out.split("\r\n").all(|line| line.len() <= 75));
        assert_eq!(
            out.replace("\r\n ", ""),
            format!("SUMMARY:{}\r\n", "ы".repeat(100))
        );
    }

    #[test]
    fn escapes() {
        assert_eq!(escape("a;b,c\\d\r\ne\u{1}"), "a\\;b\\,c\\\\d\\ne");
        assert_eq!(parameter("a\"b;c"), "\"ab;c\"");
    }
}
