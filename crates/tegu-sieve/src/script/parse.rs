//! Reads scripts (RFC 5228, section 8): any, not just what the printer writes.

use super::{Argument, Call, Command, Script, Test};
use std::borrow::Cow;
use std::collections::BTreeSet;
use tegu_outcome::{Error, ErrorKind, Result};

/// What a script may hold.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Octets. Default 4 MiB.
    pub octets: usize,
    /// Blocks and tests within each other. Default 64.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            octets: 4 << 20,
            depth: 64,
        }
    }
}

/// Reads a script. What it requires is kept with the commands as a `require`; comments between commands are kept, others are not.
///
/// # Errors
///
/// Kind [`Malformed`](ErrorKind::Malformed) with the number of the line, and [`Limit`](ErrorKind::Limit).
pub fn parse(text: &str, limits: &Limits) -> Result<Script> {
    if text.len() > limits.octets {
        return Err(Error::new(
            ErrorKind::Limit,
            format!("the script has more than {} octets", limits.octets),
        ));
    }
    let mut reader = Reader {
        text,
        at: 0,
        depth: limits.depth,
    };
    let commands = reader.commands(0)?;
    reader.space();
    match reader.peek() {
        None => Ok(Script { commands }),
        Some(_) => Err(reader.wrong("a command was expected")),
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn wrong(&self, why: &str) -> Error {
        let before = self.text.get(..self.at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        Error::new(ErrorKind::Malformed, format!("line {line}: {why}"))
    }

    /// Skips white space and comments.
    fn space(&mut self) {
        while self.blank() || self.comment().is_some() {}
    }

    fn blank(&mut self) -> bool {
        let rest = self.rest();
        let skipped = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        self.at += skipped;
        skipped > 0
    }

    fn comment(&mut self) -> Option<String> {
        let rest = self.rest();
        if let Some(line) = rest.strip_prefix('#') {
            let line = line.split('\n').next().unwrap_or_default();
            self.at += 1 + line.len();
            let line = line.strip_suffix('\r').unwrap_or(line);
            return Some(line.strip_prefix(' ').unwrap_or(line).to_owned());
        }
        let text = rest.strip_prefix("/*")?.split_once("*/")?.0;
        self.at += text.len() + 4;
        Some(text.trim().to_owned())
    }

    fn eat(&mut self, wanted: char) -> bool {
        self.space();
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    fn name(&mut self) -> Option<Cow<'static, str>> {
        let rest = self.rest();
        let length = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        let name = rest
            .get(..length)
            .filter(|name| name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))?;
        self.at += length;
        Some(Cow::Owned(name.to_ascii_lowercase()))
    }

    fn commands(&mut self, depth: usize) -> Result<Vec<Command>> {
        if depth > self.depth {
            return Err(Error::new(
                ErrorKind::Limit,
                format!("blocks are nested more than {} deep", self.depth),
            ));
        }
        let mut all = Vec::new();
        loop {
            while self.blank() {}
            if let Some(comment) = self.comment() {
                all.push(Command::Comment(comment));
                continue;
            }
            let Some(name) = self.name() else { return Ok(all) };
            let arguments = self.arguments()?;
            self.space();
            let test = match self.peek() {
                Some(c) if c.is_ascii_alphabetic() => Some(self.test(depth)?),
                _ => None,
            };
            let block = if self.eat('{') {
                let block = self.commands(depth + 1)?;
                if !self.eat('}') {
                    return Err(self.wrong("a block does not end"));
                }
                Some(block)
            } else if self.eat(';') {
                None
            } else {
                return Err(self.wrong("`;` or `{` was expected"));
            };
            all.push(Command::Do(Call {
                name,
                arguments,
                test,
                block,
                needs: BTreeSet::new(),
            }));
        }
    }

    fn test(&mut self, depth: usize) -> Result<Test> {
        if depth > self.depth {
            return Err(Error::new(
                ErrorKind::Limit,
                format!("tests are nested more than {} deep", self.depth),
            ));
        }
        self.space();
        let Some(name) = self.name() else {
            return Err(self.wrong("a test was expected"));
        };
        let arguments = self.arguments()?;
        let mut tests = Vec::new();
        if self.eat('(') {
            loop {
                tests.push(self.test(depth + 1)?);
                if !self.eat(',') {
                    break;
                }
            }
            if !self.eat(')') {
                return Err(self.wrong("`)` was expected"));
            }
        } else if self.peek().is_some_and(|c| c.is_ascii_alphabetic()) {
            tests.push(self.test(depth + 1)?);
        }
        Ok(Test {
            name,
            arguments,
            tests,
            needs: BTreeSet::new(),
        })
    }

    fn arguments(&mut self) -> Result<Vec<Argument>> {
        let mut all = Vec::new();
        loop {
            self.space();
            match self.peek() {
                Some(':') => {
                    self.at += 1;
                    let Some(name) = self.name() else {
                        return Err(self.wrong("a tag has no name"));
                    };
                    all.push(Argument::Tag(name));
                }
                Some(c) if c.is_ascii_digit() => all.push(Argument::Number(self.number()?)),
                Some('"') => all.push(Argument::Text(self.quoted()?)),
                Some('t' | 'T')
                    if self
                        .rest()
                        .get(..5)
                        .is_some_and(|word| word.eq_ignore_ascii_case("text:")) =>
                {
                    all.push(Argument::Text(self.multi_line()?));
                }
                Some('[') => {
                    self.at += 1;
                    let mut texts = Vec::new();
                    while !self.eat(']') {
                        if !texts.is_empty() && !self.eat(',') {
                            return Err(self.wrong("`,` was expected"));
                        }
                        self.space();
                        texts.push(self.quoted()?);
                    }
                    all.push(Argument::List(texts));
                }
                _ => return Ok(all),
            }
        }
    }

    fn number(&mut self) -> Result<u64> {
        let rest = self.rest();
        let length = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let digits = rest.get(..length).unwrap_or_default();
        let shift = match rest.as_bytes().get(length).map(u8::to_ascii_uppercase) {
            Some(b'K') => 10,
            Some(b'M') => 20,
            Some(b'G') => 30,
            _ => 0,
        };
        let number = digits
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(1 << shift));
        let Some(number) = number else {
            return Err(self.wrong("the number is too large"));
        };
        self.at += length + usize::from(shift > 0);
        Ok(number)
    }

    fn quoted(&mut self) -> Result<String> {
        let Some(rest) = self.rest().strip_prefix('"') else {
            return Err(self.wrong("a string was expected"));
        };
        let mut out = String::new();
        let mut characters = rest.char_indices();
        while let Some((at, c)) = characters.next() {
            match c {
                '"' => {
                    self.at += at + 2;
                    return Ok(out.replace("\r\n", "\n"));
                }
                '\\' => out.extend(characters.next().map(|(_, c)| c)),
                c => out.push(c),
            }
        }
        Err(self.wrong("a string does not end"))
    }

    fn multi_line(&mut self) -> Result<String> {
        let start = self.at;
        self.at += 5;
        let mut out = String::new();
        let mut lines = self.rest().split_inclusive('\n');
        let first = lines.next().unwrap_or_default();
        let opening = first.trim_matches([' ', '\t', '\r', '\n']);
        if !first.ends_with('\n') || !(opening.is_empty() || opening.starts_with('#')) {
            return Err(self.wrong("the text must begin on a new line"));
        }
        self.at += first.len();
        for line in lines {
            self.at += line.len();
            let line = line.trim_end_matches(['\r', '\n']);
            if line == "." {
                return Ok(out);
            }
            out.push_str(if line.starts_with("..") {
                line.get(1..).unwrap_or_default()
            } else {
                line
            });
            out.push('\n');
        }
        self.at = start;
        Err(self.wrong("a text does not end"))
    }
}
