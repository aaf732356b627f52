//! FETCH responses (RFC 3501, section 7.4.2), read item by item: what is unknown costs nothing else.

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
    /// The server answered `NIL`: it has none to give.
    Nil,
    /// It exceeds [`Limits::literal`](super::Limits::literal) and was read past.
    TooLarge(u64),
    /// It was handed out [piece by piece](super::Decoder::next_piece) before this response ended; so many octets.
    Streamed(u64),
}

impl Body {
    /// The octets, where they are here.
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
    /// The sequence number. Never use it to tell messages apart: servers have got it wrong.
    pub sequence: u32,
    /// The UID, if it was said and is not zero.
    pub uid: Option<Uid>,
    /// The flags, if they were said.
    pub flags: Option<Flags>,
    /// INTERNALDATE, if it was said and can be read.
    pub internal_date: Option<InternalDate>,
    /// RFC822.SIZE, an estimate on some servers; absent where it is negative or no number.
    pub size: Option<u64>,
    /// The modification sequence (RFC 7162).
    pub mod_seq: Option<u64>,
    /// Bodies and parts.
    pub sections: Vec<Section>,
}

impl FetchItem {
    /// The whole message (`BODY[]`), if the response held it.
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
            match name.to_ascii_uppercase().as_slice() {
                b"UID" => item.uid = value.number().and_then(Uid::new),
                b"FLAGS" => item.flags = value.list().map(flags).transpose()?,
                b"INTERNALDATE" => {
                    item.internal_date = value.nstring().and_then(|date| InternalDate::parse(&date));
                }
                b"RFC822.SIZE" => item.size = value.number(),
                b"MODSEQ" => {
                    item.mod_seq = value
                        .list()
                        .and_then(<[Value<'_>]>::first)
                        .and_then(Value::number);
                }
                // BODY without a section is a body structure.
                upper
                    if upper.starts_with(b"BODY[") || upper == b"RFC822" || upper.starts_with(b"BINARY[") =>
                {
                    let body = body(value, frame)?;
                    item.sections.push(Section {
                        item: String::from_utf8_lossy(name).into_owned(),
                        body,
                    });
                }
                _ => {}
            }
        }
        Ok(item)
    }
}

/// A list of flags; what is no atom is left out.
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
