//! Content lines of iCalendar and vCard that are read again before they are given away.

use crate::verdict::Notes;
use tegu_outcome::content_line::{self, escape};

/// What a line should be read as.
#[derive(Debug)]
enum Wanted {
    Raw(String),
    Text(String),
    /// Texts between these characters.
    List(char, Vec<String>),
}

/// Lines, with what each of them should be read as.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    out: content_line::Lines,
    wanted: Vec<(String, Wanted)>,
}

impl Lines {
    /// A line whose value stands as it is.
    pub(crate) fn raw(&mut self, name: &str, value: &str) {
        self.out.raw(name, value);
        self.wanted.push((name.to_owned(), Wanted::Raw(value.to_owned())));
    }

    /// A line whose value is text; nothing is written for an empty one.
    pub(crate) fn text(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.out.text(name, value);
            self.wanted
                .push((name.to_owned(), Wanted::Text(value.to_owned())));
        }
    }

    /// A line whose value is several texts; nothing is written if all of them are empty.
    pub(crate) fn list(&mut self, name: &str, separator: char, texts: Vec<String>) {
        if texts.iter().any(|text| !text.is_empty()) {
            let escaped: Vec<String> = texts.iter().map(|text| escape(text)).collect();
            self.out.raw(name, &escaped.join(&separator.to_string()));
            self.wanted
                .push((name.to_owned(), Wanted::List(separator, texts)));
        }
    }

    /// Lines that belong together: the beginning or the end of a component, or a whole one.
    pub(crate) fn append(&mut self, lines: &str) {
        self.out.append(lines);
        for line in lines.lines() {
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            self.wanted.push((name.to_owned(), Wanted::Raw(value.to_owned())));
        }
    }

    /// Returns all lines. What is not read as it was meant is a loss.
    pub(crate) fn finish(self, notes: &mut Notes) -> String {
        let text = self.out.finish();
        let mut controls = false;
        if let Err(difference) = compare(&text, &self.wanted, &mut controls) {
            notes.lossy("PST-NOT-VERIFIED", difference);
        }
        if controls {
            notes.info(
                "PST-TEXT-CONTROL",
                "control characters, which neither iCalendar nor vCard can hold, were left out",
            );
        }
        text
    }
}

/// Reads lines again, and compares them with what they were made from: each is there, in its place, and nothing else is.
fn compare(text: &str, wanted: &[(String, Wanted)], controls: &mut bool) -> Result<(), String> {
    let read = unfold(text);
    if read.len() != wanted.len() {
        return Err(format!(
            "{} lines are read instead of {}",
            read.len(),
            wanted.len()
        ));
    }
    for (line, (name, value)) in read.iter().zip(wanted) {
        let (found, read) =
            split(line).ok_or_else(|| format!("a line without a colon is read for {name}"))?;
        if found != name {
            return Err(format!("the line {name} is read as {found}"));
        }
        let same = match value {
            Wanted::Raw(value) => read == value,
            Wanted::Text(value) => unescape(read, None).is_some_and(|read| read == [plain(value, controls)]),
            Wanted::List(separator, values) => {
                let values: Vec<String> = values.iter().map(|value| plain(value, controls)).collect();
                unescape(read, Some(*separator)).is_some_and(|read| read == values)
            }
        };
        if !same {
            return Err(format!("the value of {name} is read as another"));
        }
    }
    Ok(())
}

/// Logical lines: a line that begins with a space goes on with the one before (RFC 5545 section 3.1).
fn unfold(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.split_terminator("\r\n") {
        match (line.strip_prefix(' '), lines.last_mut()) {
            (Some(more), Some(last)) => last.push_str(more),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

/// The name with its parameters, and the value: they are parted by the first colon outside of quotes.
fn split(line: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let colon = line.find(|character| {
        quoted ^= character == '"';
        character == ':' && !quoted
    })?;
    Some((line.get(..colon)?, line.get(colon + 1..)?))
}

/// The texts of a value (RFC 5545 section 3.3.11); `None` if something in it should have been escaped, or should not.
fn unescape(value: &str, separator: Option<char>) -> Option<Vec<String>> {
    let mut texts = Vec::new();
    let mut text = String::new();
    let mut rest = value.chars();
    while let Some(character) = rest.next() {
        match character {
            '\\' => text.push(match rest.next()? {
                'n' | 'N' => '\n',
                other @ ('\\' | ';' | ',') => other,
                _ => return None,
            }),
            other if Some(other) == separator => texts.push(std::mem::take(&mut text)),
            ';' | ',' => return None,
            other => text.push(other),
        }
    }
    texts.push(text);
    Some(texts)
}

/// Text as a value can hold it: with one kind of line end, and without other control characters, which are told.
fn plain(text: &str, controls: &mut bool) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let kept = |character: &char| matches!(character, '\n' | '\t') || !character.is_control();
    *controls |= !text.chars().all(|character| kept(&character));
    text.chars().filter(kept).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> Lines {
        let mut lines = Lines::default();
        lines.append("BEGIN:VEVENT\r\n");
        lines.text("SUMMARY", "a; b, c\\n\r\nд: \"е\" ");
        lines.text("DESCRIPTION", &"ы\n".repeat(200));
        lines.raw("ATTENDEE;CN=\"a: b\"", "mailto:a@example.org");
        lines.list(
            "CATEGORIES",
            ',',
            vec!["a, b".to_owned(), String::new(), "c;d".to_owned()],
        );
        lines.append("END:VEVENT\r\n");
        lines
    }

    #[test]
    fn what_is_written_is_read() {
        let mut notes = Notes::default();
        written().finish(&mut notes);
        assert_eq!(notes.into_findings(), []);
        let mut notes = Notes::default();
        let mut lines = written();
        lines.text("X", "a\u{b}b");
        assert!(lines.finish(&mut notes).ends_with("X:ab\r\n"));
        let codes: Vec<_> = notes
            .into_findings()
            .into_iter()
            .map(|finding| finding.code)
            .collect();
        assert_eq!(codes, ["PST-TEXT-CONTROL"]);
    }

    #[test]
    fn every_change_is_noticed() {
        let lines = written();
        let (text, wanted) = (lines.out.finish(), lines.wanted);
        assert_eq!(compare(&text, &wanted, &mut false), Ok(()));
        let mut changes = 0;
        for (at, character) in text.char_indices() {
            let mut other = text.clone();
            other.remove(at);
            changes += 1;
            assert!(
                compare(&other, &wanted, &mut false).is_err(),
                "{at}: {character:?} is missing"
            );
        }
        assert!(changes > 500);
        assert!(compare(&format!("{text}X:y\r\n"), &wanted, &mut false).is_err());
    }

    #[test]
    fn a_line_end_in_a_raw_value_is_noticed() {
        let mut notes = Notes::default();
        let mut lines = Lines::default();
        lines.raw("URL", "http://example.org/\r\nX:y");
        lines.finish(&mut notes);
        assert!(notes.is_lossy());
    }
}
