//! FETCH responses (RFC 3501, section 7.4.2). They are read item by item, so that an unknown item does not affect the others.

use bytes::Bytes;

use super::date::InternalDate;
use super::flags::Flags;
use super::frame::Frame;
use super::uid::Uid;
use super::value::{Cursor, Malformed, Value};

/// The octets of a message or of a part of it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Body {
    /// All of it.
    Whole(Bytes),
    /// The server answered `NIL`.
    Nil,
    /// It exceeds [`Limits::literal`](super::Limits::literal) and was skipped.
    TooLarge(u64),
    /// It was returned [in pieces](super::Decoder::next_piece) before this response ended; its size in octets.
    Streamed(u64),
}

impl Body {
    /// Returns the octets, if they are in memory.
    pub fn bytes(&self) -> Option<&Bytes> {
        match self {
            Self::Whole(bytes) => Some(bytes),
            Self::Nil | Self::TooLarge(_) | Self::Streamed(_) => None,
        }
    }
}

/// The answer to one `BODY[...]`.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Section {
    /// The item's name as the server wrote it, `BODY[]` for a whole message.
    pub item: String,
    /// Its octets.
    pub body: Body,
}

/// What one FETCH response says about one message.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct FetchItem {
    /// The sequence number. Do not identify messages by it: some servers send wrong ones.
    pub sequence: u32,
    /// The UID, if the response contains one that is not zero.
    pub uid: Option<Uid>,
    /// The flags, if the response contains them.
    pub flags: Option<Flags>,
    /// INTERNALDATE, if the response contains one that can be read.
    pub internal_date: Option<InternalDate>,
    /// RFC822.SIZE, an estimate on some servers; `None` if it is negative or not a number.
    pub size: Option<u64>,
    /// The modification sequence (RFC 7162).
    pub mod_seq: Option<u64>,
    /// Bodies and parts.
    pub sections: Vec<Section>,
}

impl FetchItem {
    /// Returns the whole message (`BODY[]`), if the response contains it.
    pub fn body(&self) -> Option<&Body> {
        let whole = |item: &str| {
            ["BODY[]", "RFC822"]
                .iter()
                .any(|name| item.eq_ignore_ascii_case(name))
        };
        self.sections
            .iter()
            .find(|section| whole(&section.item))
            .map(|section| &section.body)
    }

    pub(super) fn read(sequence: u32, frame: &Frame, cursor: &mut Cursor<'_>) -> Result<Self, Malformed> {
        let mut item = Self {
            sequence,
            ..Self::default()
        };
        if !cursor.take(b'(') {
            return Err(Malformed);
        }
        while !cursor.take(b')') {
            if cursor.at_end() {
                return Err(Malformed);
            }
            let name = cursor.atom();
            if name.is_empty() {
                return Err(Malformed);
            }
            let value = cursor.value()?;
            let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
            let begins = |known: &[u8]| {
                name.get(..known.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(known))
            };
            if is(b"UID") {
                item.uid = value.number().and_then(Uid::new);
            } else if is(b"FLAGS") {
                item.flags = value.list().map(flags).transpose()?;
            } else if is(b"INTERNALDATE") {
                item.internal_date = value.nstring().and_then(|date| InternalDate::parse(&date));
            } else if is(b"RFC822.SIZE") {
                item.size = value.number();
            } else if is(b"MODSEQ") {
                item.mod_seq = value
                    .list()
                    .and_then(<[Value<'_>]>::first)
                    .and_then(Value::number);
            } else if begins(b"BODY[") || is(b"RFC822") || begins(b"BINARY[") {
                // BODY without a section is a body structure.
                let body = body(value, frame)?;
                item.sections.push(Section {
                    item: String::from_utf8_lossy(name).into_owned(),
                    body,
                });
            }
        }
        Ok(item)
    }
}

/// A list of flags; what is not an atom is left out.
pub(super) fn flags(values: &[Value<'_>]) -> Result<Flags, Malformed> {
    if values.len() > Flags::MOST {
        return Err(Malformed);
    }
    Ok(values.iter().filter_map(Value::text).collect())
}

fn body(value: Value<'_>, frame: &Frame) -> Result<Body, Malformed> {
    Ok(match value {
        // Shares the memory that the response was read into.
        Value::Literal(_, range) => Body::Whole(frame.bytes.slice(range)),
        Value::Quoted(text) => Body::Whole(Bytes::copy_from_slice(&text)),
        Value::Skipped(announced) => Body::TooLarge(announced),
        Value::Streamed(announced) => Body::Streamed(announced),
        nil if nil.is_nil() => Body::Nil,
        Value::Atom(_) | Value::List(_) => return Err(Malformed),
    })
}
