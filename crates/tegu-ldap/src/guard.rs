//! Checks what an LDAP server sends before anything else reads it (RFC 4511, X.690).
//!
//! The LDAP library behind this crate's client takes a server at its word: a nest of sequences overflows its stack,
//! a message without a number makes it panic, an announced length of two gigabytes makes it wait and store. So no
//! byte reaches it that has not passed here. The guard finds the end of each message, refuses one that is too long
//! or has too many parts, and walks the shapes that LDAP has; they are five levels deep at most, so the walk needs
//! no recursion and no limit on depth: what is deeper has the wrong shape.
//!
//! ```
//! use tegu_ldap::guard::{Framer, GuardLimits, Reply};
//!
//! let mut framer = Framer::new(GuardLimits::default());
//! // The end of a search: message 2, success.
//! framer.push(&[0x30, 0x0c, 2, 1, 2, 0x65, 7, 0x0a, 1, 0, 4, 0, 4, 0]);
//! let frame = framer.next_reply()?.expect("one whole message");
//! assert_eq!((frame.message_id(), frame.reply()), (2, Reply::Done));
//!
//! framer.push(&[0x30, 0x00]);
//! assert!(framer.next_reply().is_err());
//! # Ok::<(), tegu_ldap::Error>(())
//! ```

use crate::error::{Error, ErrorKind, Result};

/// How large a message may be.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct GuardLimits {
    /// Bytes in one message. Default 16 MiB: a group of 100,000 members is about 10 MB.
    pub frame_bytes: usize,
    /// Elements in one message: each costs far more memory than the two bytes that it takes on the wire.
    /// Default 500,000.
    pub elements: usize,
}

impl Default for GuardLimits {
    fn default() -> Self {
        Self {
            frame_bytes: 16 << 20,
            elements: 500_000,
        }
    }
}

/// What kind of message a server sent.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Reply {
    /// The answer to a bind.
    Bind,
    /// One entry of a search.
    Entry,
    /// The end of a search, or of a page of it.
    Done,
    /// A search goes on at another server.
    Reference,
    /// The answer to an extended request; with message number 0, a notice (RFC 4511 section 4.4).
    Extended,
}

/// One whole message that has the right shape.
#[derive(Debug)]
pub struct Frame<'a> {
    bytes: &'a [u8],
    message_id: i32,
    reply: Reply,
    result_code: Option<u32>,
}

impl Frame<'_> {
    /// The message as it came.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.bytes
    }

    /// The number of the request that it answers.
    #[must_use]
    pub fn message_id(&self) -> i32 {
        self.message_id
    }

    /// What kind of message it is.
    #[must_use]
    pub fn reply(&self) -> Reply {
        self.reply
    }

    /// The result code (RFC 4511 section 4.1.9) of those messages that carry one.
    #[must_use]
    pub fn result_code(&self) -> Option<u32> {
        self.result_code
    }
}

/// Cuts a stream of bytes into checked messages.
#[derive(Debug)]
pub struct Framer {
    limits: GuardLimits,
    buffer: Vec<u8>,
    /// Where the next message begins in the buffer.
    start: usize,
}

impl Framer {
    /// A framer with nothing in it.
    #[must_use]
    pub fn new(limits: GuardLimits) -> Self {
        Self {
            limits,
            buffer: Vec::new(),
            start: 0,
        }
    }

    /// Takes in bytes as they come. Call [`next_reply`](Self::next_reply) until it has no more before pushing again:
    /// then no more is held than one message of the greatest length and what was pushed.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Whether bytes are left that belong to no message yet taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buffer.len() == self.start
    }

    /// The next message, or `None` when more bytes are needed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Protocol`] for a message of the wrong shape, [`ErrorKind::Limit`] for one that is too large. The
    /// stream is of no use after that.
    pub fn next_reply(&mut self) -> Result<Option<Frame<'_>>> {
        let Some((bytes, mut message)) = self.next_message()? else {
            return Ok(None);
        };
        let body = message.take(message.tag()?)?;
        let reply = match body.tag {
            0x61 => Reply::Bind,
            0x64 => Reply::Entry,
            0x65 => Reply::Done,
            0x73 => Reply::Reference,
            0x78 => Reply::Extended,
            other => return Err(unsound(format!("a message of the unexpected type {other:#04x}"))),
        };
        let mut inside = message.inside(body.content);
        let result_code = match reply {
            Reply::Entry => entry(&mut inside).map(|()| None)?,
            Reply::Reference => texts(&mut inside).map(|()| None)?,
            _ => result(&mut inside, reply).map(Some)?,
        };
        message.elements = inside.elements;
        controls(&mut message, reply)?;
        Ok(Some(Frame {
            bytes,
            message_id: message.id,
            reply,
            result_code,
        }))
    }

    /// The next message of our own side: its bytes, its number and the tag of its operation.
    #[cfg(feature = "client")]
    pub(crate) fn next_request(&mut self) -> Result<Option<(&[u8], i32, u8)>> {
        let Some((bytes, message)) = self.next_message()? else {
            return Ok(None);
        };
        Ok(Some((bytes, message.id, message.tag()?)))
    }

    /// The next message, and what follows its number.
    fn next_message(&mut self) -> Result<Option<(&[u8], Parts<'_>)>> {
        let waiting = self.buffer.get(self.start..).unwrap_or_default();
        let &[tag, ref rest @ ..] = waiting else {
            return Ok(None);
        };
        if tag != 0x30 {
            return Err(unsound("something that is no LDAP message"));
        }
        let Some((header, length)) = length(rest)? else {
            return Ok(None);
        };
        let total = length.saturating_add(header).saturating_add(1);
        if total > self.limits.frame_bytes {
            return Err(Error::limit(format!(
                "the server announced a message of {total} bytes; the limit is {}",
                self.limits.frame_bytes
            )));
        }
        let Some(bytes) = waiting.get(..total) else {
            return Ok(None);
        };
        let content = bytes.get(1 + header..).unwrap_or_default();
        self.start += total;
        let mut message = Parts {
            rest: content,
            elements: self.limits.elements,
            id: 0,
        };
        message.id = integer(message.take(0x02)?.content)?;
        Ok(Some((bytes, message)))
    }
}

fn unsound(what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Protocol, format!("the server sent {what}"))
}

/// The length behind a tag: how many bytes it takes, and what it says. `None`: more bytes are needed.
fn length(bytes: &[u8]) -> Result<Option<(usize, usize)>> {
    let Some(&first) = bytes.first() else {
        return Ok(None);
    };
    let count = match first {
        0..=0x7f => return Ok(Some((1, usize::from(first)))),
        0x81..=0x84 => usize::from(first & 0x7f),
        _ => return Err(unsound("a length that LDAP does not allow")),
    };
    let Some(digits) = bytes.get(1..=count) else {
        return Ok(None);
    };
    let value = digits.iter().fold(0_u32, |sum, &b| (sum << 8) | u32::from(b));
    Ok(Some((1 + count, usize::try_from(value).unwrap_or(usize::MAX))))
}

fn integer(content: &[u8]) -> Result<i32> {
    match content {
        &[first, ref rest @ ..] if rest.len() < 4 && first < 0x80 => Ok(rest
            .iter()
            .fold(i32::from(first), |sum, &b| (sum << 8) | i32::from(b))),
        _ => Err(unsound("a number that is negative or too long")),
    }
}

/// The elements that are left of a constructed one.
struct Parts<'a> {
    rest: &'a [u8],
    /// How many more elements the message may have.
    elements: usize,
    id: i32,
}

struct Part<'a> {
    tag: u8,
    content: &'a [u8],
}

impl<'a> Parts<'a> {
    fn inside(&self, content: &'a [u8]) -> Self {
        Parts {
            rest: content,
            elements: self.elements,
            id: self.id,
        }
    }

    fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    fn tag(&self) -> Result<u8> {
        self.rest
            .first()
            .copied()
            .ok_or_else(|| unsound("a message that ends too early"))
    }

    fn is(&self, tag: u8) -> bool {
        self.rest.first() == Some(&tag)
    }

    /// The next element, which must have the tag.
    fn take(&mut self, tag: u8) -> Result<Part<'a>> {
        let found = self.tag()?;
        if found != tag {
            return Err(unsound(format!(
                "a message with the element {found:#04x} in the place of {tag:#04x}"
            )));
        }
        self.elements = self
            .elements
            .checked_sub(1)
            .ok_or_else(|| Error::limit("the server sent a message of too many elements"))?;
        let rest = self.rest.get(1..).unwrap_or_default();
        let too_short = || unsound("a message whose elements are longer than itself");
        let (header, length) = length(rest)?.ok_or_else(too_short)?;
        let end = header.checked_add(length).ok_or_else(too_short)?;
        let content = rest.get(header..end).ok_or_else(too_short)?;
        self.rest = rest.get(end..).unwrap_or_default();
        Ok(Part { tag: found, content })
    }

    fn text(&mut self, tag: u8) -> Result<()> {
        std::str::from_utf8(self.take(tag)?.content)
            .map(drop)
            .map_err(|_| unsound("text that is not UTF-8"))
    }

    fn end(&self) -> Result<()> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(unsound("a message with elements that LDAP does not know"))
        }
    }
}

/// `SearchResultEntry`: name, list of (type, set of values).
fn entry(parts: &mut Parts<'_>) -> Result<()> {
    parts.text(0x04)?;
    let list = parts.take(0x30)?;
    parts.end()?;
    let mut attributes = parts.inside(list.content);
    while !attributes.is_empty() {
        let attribute = attributes.take(0x30)?;
        let mut pair = attributes.inside(attribute.content);
        pair.text(0x04)?;
        let values = pair.take(0x31)?;
        pair.end()?;
        let mut values = pair.inside(values.content);
        while !values.is_empty() {
            values.take(0x04)?;
        }
        attributes.elements = values.elements;
    }
    parts.elements = attributes.elements;
    Ok(())
}

/// One or more texts.
fn texts(parts: &mut Parts<'_>) -> Result<()> {
    loop {
        parts.text(0x04)?;
        if parts.is_empty() {
            return Ok(());
        }
    }
}

/// `LDAPResult` and what some messages have behind it.
fn result(parts: &mut Parts<'_>, reply: Reply) -> Result<u32> {
    let code = integer(parts.take(0x0a)?.content)?;
    parts.text(0x04)?;
    parts.text(0x04)?;
    if parts.is(0xa3) {
        let referral = parts.take(0xa3)?;
        let mut inside = parts.inside(referral.content);
        texts(&mut inside)?;
        parts.elements = inside.elements;
    }
    if reply == Reply::Bind && parts.is(0x87) {
        parts.take(0x87)?;
    }
    if reply == Reply::Extended && parts.is(0x8a) {
        parts.text(0x8a)?;
    }
    if reply == Reply::Extended && parts.is(0x8b) {
        parts.take(0x8b)?;
    }
    parts.end()?;
    Ok(u32::try_from(code).unwrap_or(u32::MAX))
}

fn controls(message: &mut Parts<'_>, reply: Reply) -> Result<()> {
    // Active Directory puts the name of a notice behind the operation instead of inside it.
    if reply == Reply::Extended && message.is(0x8a) {
        message.text(0x8a)?;
        return message.end();
    }
    if message.is_empty() {
        return Ok(());
    }
    let list = message.take(0xa0)?;
    message.end()?;
    let mut list = message.inside(list.content);
    while !list.is_empty() {
        let control = list.take(0x30)?;
        let mut control = list.inside(control.content);
        control.text(0x04)?;
        if control.is(0x01) && control.take(0x01)?.content.len() != 1 {
            return Err(unsound("a control whose criticality is no truth value"));
        }
        if !control.is_empty() {
            control.take(0x04)?;
        }
        control.end()?;
        list.elements = control.elements;
    }
    Ok(())
}

/// The cookie of a paged-results control (RFC 2696 section 2).
#[cfg(feature = "client")]
pub(crate) fn paging_cookie(value: &[u8]) -> Result<Vec<u8>> {
    let mut outer = Parts {
        rest: value,
        elements: 3,
        id: 0,
    };
    let pair = outer.take(0x30)?;
    outer.end()?;
    let mut pair = Parts {
        rest: pair.content,
        elements: 2,
        id: 0,
    };
    pair.take(0x02)?;
    let cookie = pair.take(0x04)?.content.to_vec();
    pair.end()?;
    Ok(cookie)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        let mut out = vec![tag];
        match u8::try_from(content.len()) {
            Ok(short) if short < 0x80 => out.push(short),
            _ => {
                out.push(0x84);
                out.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
            }
        }
        out.extend(content);
        out
    }

    fn message(parts: &[&[u8]]) -> Vec<u8> {
        tlv(0x30, &[&[2, 1, 2], &parts.concat()])
    }

    fn ann() -> Vec<u8> {
        let values = tlv(0x31, &[&tlv(4, &[b"\xff\xfe"]), &tlv(4, &[b"ann@example.org"])]);
        let list = tlv(0x30, &[&tlv(0x30, &[&tlv(4, &[b"mail"]), &values])]);
        tlv(0x64, &[&tlv(4, &[b"cn=ann"]), &list])
    }

    fn done() -> Vec<u8> {
        vec![0x65, 7, 0x0a, 1, 0, 4, 0, 4, 0]
    }

    fn check(bytes: &[u8]) -> Result<Option<Reply>> {
        let mut framer = Framer::new(GuardLimits::default());
        framer.push(bytes);
        Ok(framer.next_reply()?.map(|f| f.reply()))
    }

    #[test]
    fn sound_messages_pass_in_any_cut() {
        let cookie = tlv(0x30, &[&[2, 1, 0], &tlv(4, &[b"next"])]);
        let control = tlv(
            0xa0,
            &[&tlv(
                0x30,
                &[&tlv(4, &[b"1.2.840.113556.1.4.319"]), &tlv(4, &[&cookie])],
            )],
        );
        let reference = tlv(0x73, &[&tlv(4, &[b"ldap://x/"])]);
        let stream = [
            message(&[&ann()]),
            message(&[&reference]),
            message(&[&done(), &control]),
        ]
        .concat();
        for step in [1, 7, stream.len()] {
            let mut framer = Framer::new(GuardLimits::default());
            let mut seen = Vec::new();
            for chunk in stream.chunks(step) {
                framer.push(chunk);
                while let Some(frame) = framer.next_reply().unwrap() {
                    assert_eq!(frame.message_id(), 2);
                    seen.push(frame.reply());
                }
            }
            assert_eq!(seen, [Reply::Entry, Reply::Reference, Reply::Done]);
            assert!(framer.is_empty());
        }
        #[cfg(feature = "client")]
        assert_eq!(paging_cookie(&cookie).unwrap(), b"next");
    }

    #[test]
    fn a_nest_of_sequences_is_refused_and_not_followed() {
        let mut nest = vec![0x30, 0];
        for _ in 0..20_000 {
            nest = [
                vec![0x30, 0x84],
                u32::try_from(nest.len()).unwrap().to_be_bytes().to_vec(),
                nest,
            ]
            .concat();
        }
        assert_eq!(check(&nest).unwrap_err().kind(), ErrorKind::Protocol);
        let inside = message(&[&tlv(0x64, &[&tlv(4, &[b"cn=a"]), &nest])]);
        assert_eq!(check(&inside).unwrap_err().kind(), ErrorKind::Protocol);
    }

    #[test]
    fn what_an_ldap_library_could_stumble_over_is_refused() {
        let attribute = |name: &[u8]| tlv(0x30, &[&tlv(0x30, &[&tlv(4, &[name]), &tlv(0x31, &[])])]);
        let cases: Vec<(&str, Vec<u8>)> = vec![
            ("empty message", vec![0x30, 0]),
            ("no number", tlv(0x30, &[&tlv(4, &[b"zz"]), &done()])),
            ("number too long", tlv(0x30, &[&[2, 5, 1, 1, 1, 1, 1], &done()])),
            ("number only", tlv(0x30, &[&[2, 1, 2]])),
            ("unknown operation", message(&[&tlv(0x66, &[])])),
            ("high tag", message(&[&[0x7f, 0x81, 1, 0]])),
            (
                "name not UTF-8",
                message(&[&tlv(0x64, &[&tlv(4, &[b"cn=\xff"]), &attribute(b"cn")])]),
            ),
            (
                "attribute not UTF-8",
                message(&[&tlv(0x64, &[&tlv(4, &[b"cn=a"]), &attribute(b"c\xff")])]),
            ),
            (
                "entry without attributes",
                message(&[&tlv(0x64, &[&tlv(4, &[b"cn=a"])])]),
            ),
            ("result without text", message(&[&tlv(0x65, &[&[0x0a, 1, 0]])])),
            (
                "controls of the wrong kind",
                message(&[&done(), &tlv(0xa0, &[&tlv(4, &[b"zz"])])]),
            ),
            (
                "control with an odd value",
                message(&[&done(), &tlv(0xa0, &[&tlv(0x30, &[&tlv(4, &[b"1"]), &[2, 0]])])]),
            ),
            (
                "truth value of no bytes",
                message(&[&done(), &tlv(0xa0, &[&tlv(0x30, &[&tlv(4, &[b"1"]), &[1, 0]])])]),
            ),
            ("two bodies", message(&[&done(), &done()])),
            ("indefinite length", vec![0x30, 0x80, 0, 0]),
            ("length of lengths", [vec![0x30, 0xff], vec![0xff; 127]].concat()),
            ("inner length too long", message(&[&[0x65, 0x20, 0x0a, 1, 0]])),
        ];
        for (name, bytes) in cases {
            assert_eq!(
                check(&bytes).map_err(|e| e.kind()),
                Err(ErrorKind::Protocol),
                "{name}"
            );
        }
    }

    #[test]
    fn an_announced_length_is_refused_before_it_is_stored() {
        assert_eq!(
            check(&[0x30, 0x84, 0x7f, 0xff, 0xff, 0xff]).unwrap_err().kind(),
            ErrorKind::Limit
        );
    }

    #[test]
    fn many_small_elements_are_too_many() {
        let values = tlv(0x31, &[&[4, 0].repeat(600_000)]);
        let list = tlv(0x30, &[&tlv(0x30, &[&tlv(4, &[b"member"]), &values])]);
        let bomb = message(&[&tlv(0x64, &[&tlv(4, &[b"cn=a"]), &list])]);
        assert_eq!(check(&bomb).unwrap_err().kind(), ErrorKind::Limit);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_guard_panic(
            at in any::<prop::sample::Index>(),
            with in any::<u8>(),
            noise in prop::collection::vec(any::<u8>(), 0..60),
        ) {
            let mut bytes = message(&[&ann()]);
            let at = at.index(bytes.len());
            bytes[at] = with;
            let _ = check(&bytes);
            let _ = check(&noise);
        }
    }
}
