//! Checks what an LDAP server sends before anything else reads it (RFC 4511, X.690).
//!
//! LDAP libraries trust servers: nested sequences overflow their stack, a message without an ID makes them panic, an announced
//! length of two gigabytes makes them wait and allocate. The guard finds the end of each message, refuses messages that are too
//! long or have too many elements, and checks their structure. LDAP messages are at most five levels deep, so the check needs no
//! recursion, and a deeper message is malformed.
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

#[cfg(feature = "client")]
mod reply;
mod shape;

use crate::Result;
use crate::error::over_limit;

#[cfg(feature = "client")]
#[cfg(feature = "ldap3")]
pub(crate) use reply::paging_cookie;
#[cfg(feature = "client")]
pub(crate) use reply::{Outcome, PAGING};
use shape::{Parts, controls, entry, integer, length, result, texts, unsound};

/// The limits of one message.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct GuardLimits {
    /// Bytes in one message. Default 16 MiB: a group of 100,000 members is about 10 MB.
    pub frame_bytes: usize,
    /// Elements in one message. Each takes far more memory than its two bytes on the wire.
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

/// The kind of a message from a server.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Reply {
    /// The answer to a bind.
    Bind,
    /// One entry of a search.
    Entry,
    /// The end of a search, or of a page of it.
    Done,
    /// A reference to another server that continues the search (RFC 4511, section 4.5.3).
    Reference,
    /// The answer to an extended request; with message number 0, a notice (RFC 4511 section 4.4).
    Extended,
}

/// A complete, well-formed message.
#[derive(Debug)]
pub struct Frame<'a> {
    bytes: &'a [u8],
    message_id: i32,
    reply: Reply,
    result_code: Option<u32>,
    /// What stands inside the operation, and behind it.
    #[cfg_attr(
        not(feature = "client"),
        expect(dead_code, reason = "only the client looks into messages")
    )]
    content: &'a [u8],
    #[cfg_attr(
        not(feature = "client"),
        expect(dead_code, reason = "only the client looks into messages")
    )]
    controls: &'a [u8],
}

impl Frame<'_> {
    /// Returns the message as it was received.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.bytes
    }

    /// Returns the message ID of the request that it answers.
    #[must_use]
    pub fn message_id(&self) -> i32 {
        self.message_id
    }

    /// Returns what kind of message it is.
    #[must_use]
    pub fn reply(&self) -> Reply {
        self.reply
    }

    /// Returns the result code (RFC 4511, section 4.1.9), if the message has one.
    #[must_use]
    pub fn result_code(&self) -> Option<u32> {
        self.result_code
    }
}

/// Splits a stream of bytes into checked messages.
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

    /// Appends bytes. Call [`next_reply`](Self::next_reply) until it returns `None` before pushing again:
    /// then the buffer holds at most one message of the greatest length and what was pushed.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// As [`push`](Self::push), but what is read goes into the buffer directly.
    #[cfg(feature = "client")]
    pub(crate) fn buffer(&mut self) -> &mut Vec<u8> {
        self.push(&[]);
        // A large message leaves its room behind for the next one, a very large one does not.
        if self.buffer.is_empty() && self.buffer.capacity() > 1 << 20 {
            self.buffer = Vec::new();
        }
        self.buffer.reserve(64 << 10);
        &mut self.buffer
    }

    /// Returns the number of the next message, once all of it is there.
    #[cfg(feature = "client")]
    pub(crate) fn peek(&self) -> Result<Option<i32>> {
        let Some((bytes, header)) = self.whole()? else {
            return Ok(None);
        };
        let mut message = Parts {
            rest: bytes.get(header..).unwrap_or_default(),
            elements: 1,
            id: 0,
        };
        integer(message.take(0x02)?.content).map(Some)
    }

    /// Returns whether the buffer is empty: no part of a further message is waiting.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buffer.len() == self.start
    }

    /// Returns the next message, or `None` if more bytes are needed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Protocol`](crate::ErrorKind::Protocol) for a message of the wrong shape, [`ErrorKind::Limit`](crate::ErrorKind::Limit) for one that is too large. The
    /// stream is unusable after that.
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
        let behind = message.rest;
        controls(&mut message, reply)?;
        Ok(Some(Frame {
            bytes,
            message_id: message.id,
            reply,
            result_code,
            content: body.content,
            controls: behind,
        }))
    }

    /// Returns the bytes of the next message and how long its header is, once all of it is there.
    fn whole(&self) -> Result<Option<(&[u8], usize)>> {
        let waiting = self.buffer.get(self.start..).unwrap_or_default();
        let &[tag, ref rest @ ..] = waiting else {
            return Ok(None);
        };
        if tag != 0x30 {
            return Err(unsound("something other than an LDAP message"));
        }
        let Some((header, length)) = length(rest)? else {
            return Ok(None);
        };
        let total = length.saturating_add(header).saturating_add(1);
        if total > self.limits.frame_bytes {
            return Err(over_limit(format!(
                "the server announced a message of {total} bytes; the limit is {}",
                self.limits.frame_bytes
            )));
        }
        Ok(waiting.get(..total).map(|bytes| (bytes, 1 + header)))
    }

    /// Returns the next message, and what follows its number.
    fn next_message(&mut self) -> Result<Option<(&[u8], Parts<'_>)>> {
        let Some((bytes, header)) = self.whole()? else {
            return Ok(None);
        };
        let (start, total) = (self.start, bytes.len());
        self.start += total;
        let bytes = self.buffer.get(start..start + total).unwrap_or_default();
        let mut message = Parts {
            rest: bytes.get(header..).unwrap_or_default(),
            elements: self.limits.elements,
            id: 0,
        };
        message.id = integer(message.take(0x02)?.content)?;
        Ok(Some((bytes, message)))
    }
}

#[cfg(test)]
mod tests;
