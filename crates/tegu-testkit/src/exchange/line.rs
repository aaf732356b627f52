//! Commands as they come in.

use std::io::{self, BufRead};

/// The longest line that is taken, octets.
pub(super) const MAX_LINE: usize = 10_240;

/// A command without its literals, and they.
#[derive(Debug, Default)]
pub(super) struct Command {
    pub(super) tag: String,
    /// In capitals; `UID` is part of it.
    pub(super) name: String,
    pub(super) arguments: Vec<String>,
    /// What an APPEND brings.
    pub(super) octets: Option<Vec<u8>>,
    /// The length that a literal had which was not let in.
    pub(super) refused_literal: bool,
    pub(super) too_long: bool,
}

impl Command {
    /// Reads one; `None` at the end of the connection. `go_on` is told of each literal that waits for leave: it sends a
    /// continuation and says true, or says false.
    pub(super) fn read(
        input: &mut impl BufRead,
        mut go_on: impl FnMut(u64) -> io::Result<bool>,
    ) -> io::Result<Option<Self>> {
        let mut this = Self::default();
        let mut words: Vec<String> = Vec::new();
        let mut last_literal = None;
        loop {
            let mut line = Vec::new();
            if input.read_until(b'\n', &mut line)? == 0 {
                return Ok(None);
            }
            this.too_long |= line.len() > MAX_LINE;
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches(['\r', '\n']);
            let literal = line
                .strip_suffix('}')
                .and_then(|line| line.rsplit_once('{'))
                .and_then(|(before, length)| {
                    let digits = length.trim_end_matches('+');
                    Some((before, digits.parse::<u64>().ok()?, digits.len() < length.len()))
                });
            let Some((before, length, eager)) = literal else {
                words.extend(tokens(line));
                break;
            };
            words.extend(tokens(before));
            if this.too_long || !(eager || go_on(length)?) {
                this.refused_literal = true;
                break;
            }
            let mut octets = vec![0; usize::try_from(length).map_err(io::Error::other)?];
            input.read_exact(&mut octets)?;
            words.push(String::from_utf8_lossy(&octets).into_owned());
            last_literal = Some(octets);
        }
        this.octets = last_literal;
        let mut words = words.into_iter();
        this.tag = words.next().unwrap_or_default();
        this.name = words.next().unwrap_or_default().to_ascii_uppercase();
        if this.name == "UID" {
            this.name = format!("UID {}", words.next().unwrap_or_default().to_ascii_uppercase());
        }
        this.arguments = words.collect();
        Ok(Some(this))
    }

    /// An argument; empty where there is none.
    pub(super) fn argument(&self, index: usize) -> &str {
        self.arguments.get(index).map_or("", String::as_str)
    }
}

/// Atoms, lists with their parentheses, and quoted strings without their quotes.
fn tokens(line: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut token = String::new();
    let (mut depth, mut quoted, mut some) = (0_u32, false, false);
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if quoted => token.extend(letters.next()),
            '"' if depth == 0 => {
                quoted = !quoted;
                some = true;
            }
            ' ' if depth == 0 && !quoted => {
                if some {
                    tokens.push(std::mem::take(&mut token));
                }
                some = false;
            }
            _ => {
                match letter {
                    '(' | '[' if !quoted => depth += 1,
                    ')' | ']' if !quoted => depth = depth.saturating_sub(1),
                    _ => {}
                }
                token.push(letter);
                some = true;
            }
        }
    }
    if some {
        tokens.push(token);
    }
    tokens
}

/// Ranges of a sequence set, with `*` as `last`. `None` where it is none.
pub(super) fn ranges(set: &str, last: u32) -> Option<Vec<(u32, u32)>> {
    let bound = |text: &str| {
        if text == "*" {
            Some(last)
        } else {
            text.parse().ok()
        }
    };
    set.split(',')
        .map(|range| {
            let (low, high) = range.split_once(':').unwrap_or((range, range));
            let (low, high) = (bound(low)?, bound(high)?);
            Some((low.min(high), low.max(high)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read() {
        let mut input = &b"a uid fetch 1:*,7 (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])\r\nb APPEND \"a \\\"b\" (\\Seen) {3+}\r\nx\r\n\r\n"[..];
        let first = Command::read(&mut input, |_| Ok(true)).unwrap().unwrap();
        assert_eq!((first.tag.as_str(), first.name.as_str()), ("a", "UID FETCH"));
        assert_eq!(
            first.arguments,
            ["1:*,7", "(UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])"]
        );
        let second = Command::read(&mut input, |_| Ok(true)).unwrap().unwrap();
        assert_eq!(second.argument(0), "a \"b");
        assert_eq!(second.octets.as_deref(), Some(&b"x\r\n"[..]));
        assert_eq!(ranges("1:*,7", 5), Some(vec![(1, 5), (7, 7)]));
    }
}
