//! The text of an answer, cut while it arrives: large base64 texts go into bodies, the rest is kept.

use super::{base64, broken, limit};
use crate::{Error, Limits, Result};
use std::sync::Arc;
use tegu_message::{Body, BodyWriter, Spool};

/// Elements whose text is base64 of any size.
const LARGE: [&[u8]; 2] = [b"MimeContent", b"Content"];

/// An answer: XML in which large texts are replaced by their numbers, and the octets that they stood for.
#[derive(Clone, Debug)]
pub struct Raw {
    pub(crate) text: Vec<u8>,
    pub(crate) bodies: Vec<Result<Body, Arc<str>>>,
}

/// Takes an answer as it arrives and keeps it in bounded memory, however large the messages and attachments in it are.
#[derive(Debug)]
pub struct Splitter<'s> {
    spool: &'s Spool,
    limits: Limits,
    text: Vec<u8>,
    bodies: Vec<Result<Body, Arc<str>>>,
    state: State<'s>,
}

#[derive(Debug)]
enum State<'s> {
    Text,
    /// From the `<` at this place of the text on.
    Tag {
        start: usize,
        quote: Option<u8>,
    },
    Large(Box<Large<'s>>),
}

#[derive(Debug)]
struct Large<'s> {
    decoder: base64::Decoder,
    body: BodyWriter<'s>,
    broken: Option<Arc<str>>,
}

/// Why a piece of a large text could not be kept.
enum Failure {
    Text(&'static str),
    Ours(Error),
}

impl From<base64::Invalid> for Failure {
    fn from(_: base64::Invalid) -> Self {
        Self::Text("it is no base64")
    }
}

impl<'s> Splitter<'s> {
    /// Begins an answer. Large contents go where `spool` keeps them.
    pub fn new(spool: &'s Spool, limits: &Limits) -> Self {
        Self {
            spool,
            limits: *limits,
            text: Vec::new(),
            bodies: Vec::new(),
            state: State::Text,
        }
    }

    /// Takes the next octets.
    ///
    /// # Errors
    ///
    /// Kind [`Limit`](crate::ErrorKind::Limit) if the answer is too large, [`Io`](crate::ErrorKind::Io) if the spool cannot be
    /// written. A large text that is damaged is no error here: only its item is.
    pub fn push(&mut self, mut piece: &[u8]) -> Result<()> {
        while !piece.is_empty() {
            match &mut self.state {
                State::Text => {
                    let at = memchr::memchr(b'<', piece);
                    let (run, rest) = piece.split_at(at.unwrap_or(piece.len()));
                    self.keep(run)?;
                    if at.is_some() {
                        self.state = State::Tag {
                            start: self.text.len(),
                            quote: None,
                        };
                    }
                    piece = rest;
                }
                State::Tag { start, quote } => {
                    let (start, mut quote) = (*start, *quote);
                    let at = match quote {
                        Some(quote) => memchr::memchr(quote, piece),
                        None => memchr::memchr3(b'>', b'"', b'\'', piece),
                    };
                    let (run, rest) = piece.split_at(at.map_or(piece.len(), |at| at + 1));
                    self.keep(run)?;
                    piece = rest;
                    let tag = self.text.get(start..).unwrap_or_default();
                    let kind = Kind::of(tag);
                    if tag.len() > self.limits.tag && kind != Kind::Data {
                        return Err(limit("tag"));
                    }
                    let closed =
                        at.is_some() && tag.last() == Some(&b'>') && quote.is_none() && kind.ends(tag);
                    if closed {
                        self.state = if kind == Kind::Start && LARGE.contains(&local_name(tag)) {
                            if self.bodies.len() >= self.limits.contents {
                                return Err(limit("contents"));
                            }
                            State::Large(Box::new(Large {
                                decoder: base64::Decoder::default(),
                                body: self.spool.begin(),
                                broken: None,
                            }))
                        } else {
                            State::Text
                        };
                        continue;
                    }
                    if let (Some(_), Some(last), Kind::Start) = (at, tag.last(), kind) {
                        quote = match quote {
                            Some(_) => None,
                            None => Some(*last).filter(|octet| matches!(octet, b'"' | b'\'')),
                        };
                    }
                    self.state = State::Tag { start, quote };
                }
                State::Large(large) => {
                    let at = memchr::memchr(b'<', piece);
                    let (run, rest) = piece.split_at(at.unwrap_or(piece.len()));
                    large.push(run, self.limits.content)?;
                    piece = rest;
                    if at.is_some() {
                        self.end_large()?;
                    }
                }
            }
        }
        Ok(())
    }

    fn keep(&mut self, octets: &[u8]) -> Result<()> {
        if self.text.len() + octets.len() > self.limits.answer {
            return Err(limit("answer"));
        }
        self.text.extend_from_slice(octets);
        Ok(())
    }

    fn end_large(&mut self) -> Result<()> {
        let next = State::Tag {
            start: self.text.len(),
            quote: None,
        };
        if let State::Large(large) = std::mem::replace(&mut self.state, next) {
            let number = self.bodies.len().to_string();
            self.bodies.push(large.finish()?);
            self.keep(number.as_bytes())?;
            self.state = State::Tag {
                start: self.text.len(),
                quote: None,
            };
        }
        Ok(())
    }

    /// Ends the answer.
    ///
    /// # Errors
    ///
    /// Kind [`Malformed`](crate::ErrorKind::Malformed), retryable, if it ends within a tag or a large text.
    pub fn finish(self) -> Result<Raw> {
        match self.state {
            State::Text => Ok(Raw {
                text: self.text,
                bodies: self.bodies,
            }),
            _ => Err(broken("it ends too early").retryable(true)),
        }
    }
}

impl Large<'_> {
    fn push(&mut self, run: &[u8], most: u64) -> Result<()> {
        if self.broken.is_some() {
            return Ok(());
        }
        let body = &mut self.body;
        let pushed = self.decoder.push(run, |octets| {
            if body.len() + octets.len() as u64 > most {
                return Err(Failure::Text("it exceeds the limit `content`"));
            }
            body.push(octets).map_err(Failure::Ours)
        });
        match pushed {
            Ok(()) => Ok(()),
            Err(Failure::Text(why)) => {
                self.broken = Some(why.into());
                Ok(())
            }
            Err(Failure::Ours(error)) => Err(error),
        }
    }

    fn finish(self) -> Result<Result<Body, Arc<str>>> {
        if let Some(why) = self.broken {
            return Ok(Err(why));
        }
        if !self.decoder.is_complete() {
            return Ok(Err("its base64 is cut off".into()));
        }
        self.body.finish().map(Ok)
    }
}

/// What begins with `<`.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Kind {
    Start,
    Other,
    /// A comment, which may hold `>`.
    Comment,
    /// CDATA, which may hold `>` and be long.
    Data,
}

impl Kind {
    fn of(tag: &[u8]) -> Self {
        match tag {
            [b'<', b'!', b'-', b'-', ..] => Self::Comment,
            [b'<', b'!', b'[', ..] => Self::Data,
            [b'<', b'!' | b'?' | b'/', ..] | [b'<'] | [] => Self::Other,
            [.., b'/', b'>'] => Self::Other,
            _ => Self::Start,
        }
    }

    fn ends(self, tag: &[u8]) -> bool {
        match self {
            Self::Start | Self::Other => true,
            Self::Comment => tag.len() > 6 && tag.ends_with(b"-->"),
            Self::Data => tag.ends_with(b"]]>"),
        }
    }
}

fn local_name(tag: &[u8]) -> &[u8] {
    let name = tag.get(1..).unwrap_or_default();
    let end = name
        .iter()
        .position(|octet| matches!(octet, b' ' | b'\t' | b'\r' | b'\n' | b'>' | b'/'));
    let name = name.get(..end.unwrap_or(name.len())).unwrap_or_default();
    let colon = memchr::memchr(b':', name).map_or(0, |at| at + 1);
    name.get(colon..).unwrap_or_default()
}

#[cfg(test)]
mod tests;
