//! The protocol without a socket.
//!
//! ```
//! use tegu_sieve::managesieve::wire::{Capabilities, Decoder, Status};
//!
//! let mut decoder = Decoder::default();
//! decoder.push(b"\"SIEVE\" \"fileinto vacation\"\r\n\"SASL\" {5+}\r\nPLAIN\r\nOK \"ready\"\r\n");
//! let response = decoder.next_response()?.expect("it is whole");
//! assert_eq!(response.status, Status::Ok);
//! let capabilities = Capabilities::of(&response);
//! assert!(capabilities.extensions.contains("vacation") && capabilities.mechanisms.contains("PLAIN"));
//! # Ok::<(), tegu_sieve::Error>(())
//! ```

use crate::translate::{FolderNames, Server};
use std::collections::BTreeSet;
use tegu_outcome::{Error, ErrorKind, Result};

/// What a server may send.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Octets of one response. Default 8 MiB.
    pub octets: usize,
    /// Lines of one response. Default 10,000.
    pub lines: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            octets: 8 << 20,
            lines: 10_000,
        }
    }
}

/// How a response ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Status {
    /// The command succeeded.
    Ok,
    /// The command failed.
    No,
    /// The server closes the connection.
    Bye,
}

/// A token of a line.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Token {
    /// A word: `ACTIVE`.
    Atom(String),
    /// A quoted string or a literal.
    Text(String),
}

/// A whole response: lines of data, then how the command ended.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Response {
    /// The lines before the last.
    pub lines: Vec<Vec<Token>>,
    /// How the command ended.
    pub status: Status,
    /// The response code without parentheses, in upper case: `QUOTA/MAXSIZE`, `WARNINGS`.
    pub code: Option<String>,
    /// What the server says to a person. May have several lines.
    pub text: String,
}

impl Response {
    /// Returns the response if it is OK.
    ///
    /// # Errors
    ///
    /// The kind follows from the response code; the message is the server's own.
    pub fn ok(self) -> Result<Self> {
        if self.status == Status::Ok {
            return Ok(self);
        }
        let code = self.code.as_deref().unwrap_or_default();
        let kind = match code {
            "AUTH-TOO-WEAK" | "ENCRYPT-NEEDED" | "TRANSITION-NEEDED" => ErrorKind::Authentication,
            "NONEXISTENT" => ErrorKind::NotFound,
            "TRYLATER" => ErrorKind::Throttled,
            _ if code.starts_with("QUOTA") => ErrorKind::Limit,
            _ if self.status == Status::Bye => ErrorKind::Connect,
            _ => ErrorKind::Refused,
        };
        let shown = if code.is_empty() {
            self.text
        } else {
            format!("({code}) {}", self.text)
        };
        let shown = if shown.trim().is_empty() {
            "the server says no, and not why".to_owned()
        } else {
            shown
        };
        Err(Error::new(kind, shown))
    }
}

/// Octets of a word or a quoted string; RFC 5804 allows a quoted string of 1,024. Anything longer has to be a literal.
const SHORT: usize = 64 << 10;
/// Tokens of one line.
const TOKENS: usize = 1_000;

/// Puts responses together from octets as they arrive.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: Vec<u8>,
    /// Everything before this is in `tokens`.
    at: usize,
    /// With fewer octets in the buffer than this, looking again is of no use.
    wait: usize,
    tokens: Vec<Part>,
    lines: Vec<Vec<Token>>,
    /// Octets of the response so far that are no longer in the buffer.
    taken: usize,
    limits: Limits,
}

impl Decoder {
    /// A decoder with limits of its own.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Adds octets.
    pub fn push(&mut self, octets: &[u8]) {
        self.buffer.extend_from_slice(octets);
    }

    /// Whether nothing is left that was not part of a response.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty() && self.lines.is_empty()
    }

    /// Whether lines of a response have arrived, and not yet how it ends: such as the challenge of a SASL mechanism.
    #[must_use]
    pub fn has_line(&self) -> bool {
        !self.lines.is_empty()
    }

    /// Takes the first line of a response whose end has not arrived: the challenge of a SASL mechanism.
    pub fn take_challenge(&mut self) -> Option<String> {
        if self.lines.is_empty() {
            return None;
        }
        match self.lines.remove(0).into_iter().next() {
            Some(Token::Atom(text) | Token::Text(text)) => Some(text),
            None => Some(String::new()),
        }
    }

    /// Returns the next response, or `None` if more octets are needed.
    ///
    /// # Errors
    ///
    /// Kinds [`Protocol`](ErrorKind::Protocol) and [`Limit`](ErrorKind::Limit). The connection is of no use then.
    pub fn next_response(&mut self) -> Result<Option<Response>> {
        while self.buffer.len() >= self.wait {
            match Part::read(self.buffer.get(self.at..).unwrap_or_default(), self.limits.octets)? {
                Found::More(octets) => self.wait = self.at.saturating_add(octets),
                Found::Space => self.at += 1,
                Found::Part(part, octets) => {
                    self.at += octets;
                    self.tokens.push(part);
                }
                Found::End(octets) => {
                    self.at += octets;
                    self.buffer.drain(..self.at);
                    self.taken += std::mem::take(&mut self.at);
                    self.wait = 0;
                    let tokens = std::mem::take(&mut self.tokens);
                    if let Some((status, code, text)) = status(&tokens)? {
                        self.taken = 0;
                        return Ok(Some(Response {
                            lines: std::mem::take(&mut self.lines),
                            status,
                            code,
                            text,
                        }));
                    }
                    self.lines
                        .push(tokens.into_iter().filter_map(Part::token).collect());
                }
            }
            let limits = &self.limits;
            let pending = self.taken
                + if self.buffer.len() < self.wait {
                    self.buffer.len()
                } else {
                    self.at
                };
            if pending > limits.octets || self.lines.len() > limits.lines || self.tokens.len() > TOKENS {
                return Err(Error::new(
                    ErrorKind::Limit,
                    "a response is larger than the limits allow",
                ));
            }
        }
        Ok(None)
    }
}

#[derive(Debug)]
enum Part {
    Token(Token),
    Open,
    Close,
}

enum Found {
    Part(Part, usize),
    Space,
    End(usize),
    /// Nothing is whole before there are so many octets.
    More(usize),
}

fn wrong(why: &str) -> Error {
    Error::new(ErrorKind::Protocol, why)
}

impl Part {
    fn token(self) -> Option<Token> {
        match self {
            Self::Token(token) => Some(token),
            Self::Open | Self::Close => None,
        }
    }

    fn text(octets: &[u8], length: usize) -> Found {
        Found::Part(
            Self::Token(Token::Text(String::from_utf8_lossy(octets).into_owned())),
            length,
        )
    }

    /// Reads one token from the front.
    fn read(buffer: &[u8], limit: usize) -> Result<Found> {
        let Some(first) = buffer.first() else {
            return Ok(Found::More(1));
        };
        let more = |what| {
            if buffer.len() > SHORT {
                Err(Error::new(ErrorKind::Limit, what))
            } else {
                Ok(Found::More(buffer.len() + 1))
            }
        };
        match first {
            b' ' => Ok(Found::Space),
            b'\n' => Ok(Found::End(1)),
            b'\r' => match buffer.get(1) {
                None => Ok(Found::More(2)),
                Some(b'\n') => Ok(Found::End(2)),
                Some(_) => Err(wrong("a CR stands alone")),
            },
            b'(' => Ok(Found::Part(Self::Open, 1)),
            b')' => Ok(Found::Part(Self::Close, 1)),
            b'"' => match quoted(buffer) {
                Some((text, length)) => Ok(Self::text(&text, length)),
                None => more("a quoted string is too long"),
            },
            b'{' => {
                let Some((start, length)) = literal(buffer)? else {
                    return Ok(Found::More(buffer.len() + 1));
                };
                if length > limit {
                    return Err(Error::new(
                        ErrorKind::Limit,
                        format!("a literal has {length} octets"),
                    ));
                }
                match buffer.get(start..start + length) {
                    Some(octets) => Ok(Self::text(octets, start + length)),
                    None => Ok(Found::More(start + length)),
                }
            }
            _ => match buffer.iter().position(|byte| b" \r\n()\"{".contains(byte)) {
                Some(length) => {
                    let word = String::from_utf8_lossy(buffer.get(..length).unwrap_or_default()).into_owned();
                    Ok(Found::Part(Self::Token(Token::Atom(word)), length))
                }
                None => more("a word is too long"),
            },
        }
    }
}

/// How a command ended, if this line says so.
fn status(tokens: &[Part]) -> Result<Option<(Status, Option<String>, String)>> {
    let status = match tokens.first() {
        Some(Part::Token(Token::Atom(word))) if word.eq_ignore_ascii_case("OK") => Status::Ok,
        Some(Part::Token(Token::Atom(word))) if word.eq_ignore_ascii_case("NO") => Status::No,
        Some(Part::Token(Token::Atom(word))) if word.eq_ignore_ascii_case("BYE") => Status::Bye,
        Some(Part::Token(Token::Atom(_))) => {
            return Err(wrong("a line begins with a word that is none of OK, NO and BYE"));
        }
        _ => return Ok(None),
    };
    let mut code: Option<String> = None;
    let mut text = String::new();
    let mut depth = 0_usize;
    for part in tokens.iter().skip(1) {
        match part {
            Part::Open => depth += 1,
            Part::Close => {
                depth = depth
                    .checked_sub(1)
                    .ok_or_else(|| wrong("a parenthesis ends that does not begin"))?;
            }
            Part::Token(Token::Atom(word)) if depth > 0 && code.is_none() => {
                code = Some(word.to_ascii_uppercase());
            }
            Part::Token(Token::Text(said)) if depth == 0 => said.clone_into(&mut text),
            Part::Token(_) => {}
        }
    }
    Ok(Some((status, code, text)))
}

/// A quoted string at the front: the text, and how many octets it takes with its quotes.
fn quoted(buffer: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut out = Vec::new();
    let mut at = 1;
    loop {
        match buffer.get(at)? {
            b'"' => return Some((out, at + 1)),
            b'\\' => {
                out.push(*buffer.get(at + 1)?);
                at += 2;
            }
            byte => {
                out.push(*byte);
                at += 1;
            }
        }
    }
}

/// The head of a literal at the front: where its octets begin, and how many there are.
fn literal(buffer: &[u8]) -> Result<Option<(usize, usize)>> {
    let Some(end) = buffer.iter().take(24).position(|byte| *byte == b'}') else {
        return if buffer.len() >= 24 {
            Err(wrong("a literal has no length"))
        } else {
            Ok(None)
        };
    };
    let digits = buffer.get(1..end).unwrap_or_default();
    let digits = digits.strip_suffix(b"+").unwrap_or(digits);
    let length = std::str::from_utf8(digits)
        .ok()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse::<u32>().ok());
    let length = length
        .and_then(|length| usize::try_from(length).ok())
        .ok_or_else(|| wrong("a literal has no length"))?;
    match (buffer.get(end + 1), buffer.get(end + 2)) {
        (Some(b'\r'), Some(b'\n')) => Ok(Some((end + 3, length))),
        (Some(b'\r'), None) | (None, _) => Ok(None),
        _ => Err(wrong("the length of a literal does not end its line")),
    }
}
/// What a server offers.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Capabilities {
    /// What the server calls itself.
    pub implementation: String,
    /// The Sieve extensions.
    pub extensions: BTreeSet<String>,
    /// The mechanisms of SASL, in upper case.
    pub mechanisms: BTreeSet<String>,
    /// Whether STARTTLS is offered.
    pub start_tls: bool,
    /// How many `redirect`s a script may carry out.
    pub max_redirects: Option<usize>,
    /// The version, `1.0` for servers that have CHECKSCRIPT, RENAMESCRIPT and NOOP.
    pub version: Option<String>,
}

impl Capabilities {
    /// Reads the response to CAPABILITY, or a greeting.
    #[must_use]
    pub fn of(response: &Response) -> Self {
        let mut out = Self::default();
        for line in &response.lines {
            let Some(Token::Text(name)) = line.first() else {
                continue;
            };
            let value = match line.get(1) {
                Some(Token::Text(value) | Token::Atom(value)) => value.as_str(),
                None => "",
            };
            match name.to_ascii_uppercase().as_str() {
                "IMPLEMENTATION" => value.clone_into(&mut out.implementation),
                "SIEVE" => out.extensions = value.split_whitespace().map(ToOwned::to_owned).collect(),
                "SASL" => out.mechanisms = value.split_whitespace().map(str::to_ascii_uppercase).collect(),
                "STARTTLS" => out.start_tls = true,
                "MAXREDIRECTS" => out.max_redirects = value.parse().ok(),
                "VERSION" => out.version = Some(value.to_owned()),
                _ => {}
            }
        }
        out
    }

    /// The server as a translation needs it. Of Cyrus nobody knows how it wants folder names that are not ASCII; see
    /// [`Server::folder_names`].
    #[must_use]
    pub fn server(&self) -> Server {
        let names: Vec<&str> = self.extensions.iter().map(String::as_str).collect();
        let mut server = Server::new(&names.join(" "));
        // Cyrus wants folder names in UTF-8 only if its administrator says so, and does not tell.
        if self.implementation.starts_with("Cyrus") {
            server = server.folder_names(FolderNames::Unknown);
        }
        match self.max_redirects {
            Some(limit) => server.max_redirects(limit),
            None => server,
        }
    }
}

/// A script as LISTSCRIPTS names it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Listed {
    /// The name.
    pub name: String,
    /// Whether it is the one that runs.
    pub active: bool,
}

/// Reads the response to LISTSCRIPTS.
#[must_use]
pub fn listed(response: &Response) -> Vec<Listed> {
    let line = |line: &Vec<Token>| match line.first()? {
        Token::Text(name) => Some(Listed {
            name: name.clone(),
            active: matches!(line.get(1), Some(Token::Atom(word)) if word.eq_ignore_ascii_case("ACTIVE")),
        }),
        Token::Atom(_) => None,
    };
    response.lines.iter().filter_map(line).collect()
}

/// A command with its strings, as octets. Strings travel as literals that need no answer, whatever they hold.
#[must_use]
pub fn command(name: &str, strings: &[&str]) -> Vec<u8> {
    let mut out = arguments(name, strings);
    out.extend_from_slice(b"\r\n");
    out
}

/// A command that ends in a number, such as HAVESPACE.
#[must_use]
pub fn command_with_number(name: &str, strings: &[&str], number: usize) -> Vec<u8> {
    let mut out = arguments(name, strings);
    out.extend_from_slice(format!(" {number}\r\n").as_bytes());
    out
}

fn arguments(name: &str, strings: &[&str]) -> Vec<u8> {
    let mut out = name.as_bytes().to_vec();
    for text in strings {
        let plain = text.len() <= 100
            && text
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
        if plain && !text.is_empty() {
            out.extend_from_slice(format!(" \"{text}\"").as_bytes());
        } else {
            out.extend_from_slice(format!(" {{{}+}}\r\n", text.len()).as_bytes());
            out.extend_from_slice(text.as_bytes());
        }
    }
    out
}

#[cfg(test)]
mod tests;
