//! Commands as values. No argument can change the meaning of a command.

use std::fmt;

use bytes::{BufMut, Bytes, BytesMut};

use super::date::InternalDate;
use super::flags::Flags;
use super::uid::UidSet;
#[cfg(doc)]
use crate::ErrorKind;
use crate::{Error, Result};

/// How a literal may be sent (RFC 7888).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum LiteralMode {
    /// The server must be asked before each literal.
    Synchronising,
    /// Up to 4096 octets are sent without asking (`LITERAL-`).
    SmallNonSynchronising,
    /// All are sent without asking (`LITERAL+`).
    NonSynchronising,
}

impl LiteralMode {
    /// Returns whether a literal of this many octets is sent without asking.
    pub fn skips_wait(self, octets: u64) -> bool {
        match self {
            Self::Synchronising => false,
            Self::SmallNonSynchronising => octets <= 4096,
            Self::NonSynchronising => true,
        }
    }
}

/// What to do next to send a command.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// Send these bytes.
    Send(Bytes),
    /// Wait for a continuation request; a tagged answer in its place ends the command.
    Wait,
}

/// A command without its tag.
///
/// `Debug` shows only the verb, since arguments may be secret.
///
/// ```
/// use tegu_imap::wire::{Command, LiteralMode, Step};
///
/// let command = Command::new("LOGIN").string(b"a\"b")?.string("пароль".as_bytes())?;
/// let steps = command.steps("A1", LiteralMode::Synchronising);
/// assert_eq!(steps[0], Step::Send("A1 LOGIN \"a\\\"b\" {12}\r\n".into()));
/// assert_eq!(steps[1], Step::Wait);
/// # Ok::<_, tegu_imap::Error>(())
/// ```
#[derive(Clone)]
pub struct Command {
    verb: &'static str,
    /// Literals, each with the text before it.
    literals: Vec<(BytesMut, Bytes)>,
    /// The text after the last literal.
    text: BytesMut,
}

impl Command {
    /// A command of one or more fixed words.
    pub fn new(verb: &'static str) -> Self {
        Self {
            verb,
            literals: Vec::new(),
            text: verb.into(),
        }
    }

    /// Returns the fixed words.
    pub fn verb(&self) -> &'static str {
        self.verb
    }

    fn literal(&mut self, octets: Bytes) {
        self.literals.push((std::mem::take(&mut self.text), octets));
    }

    /// Adds a fixed word, such as a list of items to fetch.
    #[must_use]
    pub fn word(mut self, word: &'static str) -> Self {
        self.text.put_slice(b" ");
        self.text.put_slice(word.as_bytes());
        self
    }

    /// Adds a parenthesised list of fixed words.
    #[must_use]
    pub fn list(mut self, words: &[&'static str]) -> Self {
        self.text.put_slice(b" (");
        self.text.put_slice(words.join(" ").as_bytes());
        self.text.put_slice(b")");
        self
    }

    /// Adds an atom from the caller, such as the name of an extension.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](ErrorKind::Config) if it is not an atom (RFC 3501, section 9).
    pub fn atom(mut self, word: &str) -> Result<Self> {
        let is_atom = |byte: u8| byte.is_ascii_graphic() && !b"(){%*\"\\]".contains(&byte);
        if word.is_empty() || !word.bytes().all(is_atom) {
            return Err(Error::config(format!("{word:?} is no atom")).doing("send", self.verb));
        }
        self.text.put_slice(b" ");
        self.text.put_slice(word.as_bytes());
        Ok(self)
    }

    /// Adds a secret word, such as a SASL response in base64.
    #[cfg(feature = "client")]
    pub(crate) fn secret_atom(mut self, word: &secrecy::SecretString) -> Self {
        use secrecy::ExposeSecret;
        self.text.put_slice(b" ");
        self.text.put_slice(word.expose_secret().as_bytes());
        self
    }

    /// Adds a set of UIDs.
    #[must_use]
    pub fn uids(mut self, uids: &UidSet) -> Self {
        let text = format!(" {uids}");
        self.text.put_slice(text.as_bytes());
        self
    }

    /// Adds `UID:*`, all messages from this one on.
    #[must_use]
    pub fn uids_from(mut self, first: super::Uid) -> Self {
        let text = format!(" {first}:*");
        self.text.put_slice(text.as_bytes());
        self
    }

    /// Asks for what has changed since a modification sequence and, with QRESYNC, what is gone (RFC 7162).
    #[must_use]
    pub fn changed_since(mut self, mod_seq: u64, vanished: bool) -> Self {
        let vanished = if vanished { " VANISHED" } else { "" };
        let text = format!(" (CHANGEDSINCE {mod_seq}{vanished})");
        self.text.put_slice(text.as_bytes());
        self
    }

    /// Adds a string: quoted if its octets allow that, otherwise as a literal.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](ErrorKind::Config) for NUL, which neither form can carry.
    pub fn string(mut self, octets: &[u8]) -> Result<Self> {
        if octets.contains(&0) {
            return Err(Error::config("an argument holds a NUL octet").doing("send", self.verb));
        }
        self.text.put_slice(b" ");
        // RFC 3501 has no upper bound for a quoted string, but servers have line limits.
        if octets.len() > 1000 || octets.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0x80..)) {
            self.literal(Bytes::copy_from_slice(octets));
            return Ok(self);
        }
        let text = &mut self.text;
        text.put_u8(b'"');
        for &byte in octets {
            if matches!(byte, b'"' | b'\\') {
                text.put_u8(b'\\');
            }
            text.put_u8(byte);
        }
        text.put_u8(b'"');
        Ok(self)
    }

    /// Adds a parenthesised list of flags.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](ErrorKind::Config) for a keyword that is not an atom; [`Flags::sendable`] finds those.
    pub fn flags(mut self, flags: &Flags) -> Result<Self> {
        let (good, bad) = flags.sendable();
        if let Some(keyword) = bad.first() {
            return Err(Error::config(format!("keyword {keyword:?} is no atom")).doing("send", self.verb));
        }
        let text = format!(" ({good})");
        self.text.put_slice(text.as_bytes());
        Ok(self)
    }

    /// Adds a date in quotes.
    #[must_use]
    pub fn date(mut self, date: InternalDate) -> Self {
        let text = format!(" \"{date}\"");
        self.text.put_slice(text.as_bytes());
        self
    }

    /// Adds a message as a literal, without copying it.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](ErrorKind::Config) for a NUL octet, which a plain literal cannot carry (RFC 3501,
    /// section 4.3.1).
    pub fn message(mut self, body: Bytes) -> Result<Self> {
        if memchr::memchr(0, &body).is_some() {
            return Err(Error::config("the message holds NUL octets").doing("send", self.verb));
        }
        self.text.put_slice(b" ");
        self.literal(body);
        Ok(self)
    }

    /// Returns whether the server must be asked before one of the literals. Then no other command can follow until it answers.
    pub fn waits(&self, literals: LiteralMode) -> bool {
        self.literals
            .iter()
            .any(|(_, octets)| !literals.skips_wait(octets.len() as u64))
    }

    /// Returns the octets to send and the points to wait at, in order. Literals are not copied.
    pub fn steps(self, tag: &str, literals: LiteralMode) -> Vec<Step> {
        let (mut steps, mut line) = self.encode(format!("{tag} ").as_bytes(), literals);
        line.put_slice(b"\r\n");
        steps.push(Step::Send(line.freeze()));
        steps
    }

    /// Like [`steps`](Self::steps), up to a last literal of this many octets, which the caller sends afterwards in any number of pieces. Another [`continuation`](Self::continuation) may follow it, then the line end.
    pub fn steps_before_literal(self, tag: &str, literals: LiteralMode, octets: u64) -> Vec<Step> {
        let start = if tag.is_empty() {
            String::new()
        } else {
            format!("{tag} ")
        };
        let (mut steps, mut line) = self.encode(start.as_bytes(), literals);
        line.put_u8(b' ');
        announce(&mut steps, &mut line, literals, octets);
        steps
    }

    /// Continues a command whose last literal has been sent: the next message of a `MULTIAPPEND` (RFC 3502).
    pub fn continuation() -> Self {
        Self {
            verb: "APPEND",
            literals: Vec::new(),
            text: BytesMut::new(),
        }
    }

    fn encode(self, start: &[u8], literals: LiteralMode) -> (Vec<Step>, BytesMut) {
        let mut steps = Vec::new();
        let mut line = BytesMut::from(start);
        for (text, octets) in self.literals {
            line.put_slice(&text);
            announce(&mut steps, &mut line, literals, octets.len() as u64);
            steps.push(Step::Send(octets));
        }
        line.put_slice(&self.text);
        (steps, line)
    }
}

/// Ends the line so far in the announcement of a literal.
fn announce(steps: &mut Vec<Step>, line: &mut BytesMut, literals: LiteralMode, octets: u64) {
    let skips = literals.skips_wait(octets);
    let sign = if skips { "+" } else { "" };
    line.put_slice(format!("{{{octets}{sign}}}\r\n").as_bytes());
    steps.push(Step::Send(line.split().freeze()));
    if !skips {
        steps.push(Step::Wait);
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Command")
            .field("verb", &self.verb)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{Decoder, Response, Uid};
    use super::*;
    use proptest::prelude::*;

    fn sent(command: Command) -> Vec<u8> {
        let steps = command.steps("A1", LiteralMode::NonSynchronising);
        let bytes = steps.into_iter().map(|step| match step {
            Step::Send(bytes) => bytes,
            Step::Wait => panic!("nothing to wait for"),
        });
        bytes.flatten().collect()
    }

    #[test]
    fn commands_look_as_the_rfc_has_them() {
        let date = InternalDate::parse("17-Jul-1996 02:44:25 -0700").unwrap();
        let flags: Flags = ["\\Seen", "$Forwarded"].into_iter().collect();
        let append = Command::new("APPEND")
            .string(b"Sent")
            .unwrap()
            .flags(&flags)
            .unwrap()
            .date(date);
        assert_eq!(
            sent(append.message("x\r\n".into()).unwrap()),
            b"A1 APPEND \"Sent\" (\\Seen $Forwarded) \"17-Jul-1996 02:44:25 -0700\" {3+}\r\nx\r\n\r\n"
        );
        let uids: UidSet = [4, 5, 9].into_iter().filter_map(Uid::new).collect();
        assert_eq!(
            sent(Command::new("UID FETCH").uids(&uids).word("(UID)")),
            b"A1 UID FETCH 4:5,9 (UID)\r\n"
        );
    }

    #[test]
    fn what_cannot_travel_is_refused() {
        assert!(Command::new("CREATE").string(b"a\0b").is_err());
        assert!(Command::new("APPEND").message("a\0b".into()).is_err());
        assert!(
            Command::new("APPEND")
                .flags(&["x y"].into_iter().collect())
                .is_err()
        );
    }

    #[test]
    fn debug_hides_arguments() {
        let login = Command::new("LOGIN")
            .string(b"user")
            .unwrap()
            .string(b"hunter2")
            .unwrap();
        assert!(!format!("{login:?}").contains("hunter2"));
    }

    proptest! {
        /// Reads the command back as if it were a LIST response: the very octets come out, in one response.
        #[test]
        fn strings_cannot_break_out(octets in proptest::collection::vec(
            prop_oneof![1..=255_u8, proptest::sample::select(&b"\r\n\"\\{}() "[..])], 0..40)) {
            let command = Command::new("LIST () NIL").string(&octets).unwrap();
            let bytes = sent(command);
            let mut decoder = Decoder::default();
            decoder.push(b"* ");
            decoder.push(bytes.strip_prefix(b"A1 ").unwrap());
            let Some(Response::List(item)) = decoder.next_response().unwrap() else { panic!("{bytes:?}") };
            prop_assert_eq!(&item.name[..], &octets[..]);
            prop_assert_eq!(decoder.buffered(), 0);
        }
    }
}
