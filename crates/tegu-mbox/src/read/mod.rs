//! Reading mbox files.
//!
//! [`Slice`] reads from memory (or a mapping) without copying. [`Stream`] reads from a [`Read`](std::io::Read) and
//! holds at most one message. Both share one scanner and return the same messages for the same bytes. [`Index`] gives
//! random access, and [`open`] reads compressed files.
//!
//! # Separators
//!
//! With [`Options::strict`], every line that starts with `From ` is a separator. Use it for files that this crate
//! wrote, in which no line of text starts so. Without it, text such as “From now on” must not split a message, so
//! a `From ` line is a separator only if
//!
//! - it ends with a date, and the next line is a header (or `>From `); or
//! - it ends with a date, follows a blank line, and is followed by a blank line or the end: an empty message; or
//! - it is bare (`From ` alone, as old Thunderbird wrote it), between a blank line and a header.
//!
//! A `Content-Length` is used only if it ends exactly at a separator or the end of the file.
//! [`Message::findings`] reports what remains ambiguous.

mod buffer;
mod index;
mod message;
mod options;
mod pieces;
mod scan;
mod slice;
mod sniff;
mod source;
mod stream;

pub use self::index::Index;
pub use self::message::{Message, OwnedMessage, Summary};
pub use self::options::Options;
pub(crate) use self::scan::{HEAD_LIMIT, stated_end};
pub use self::slice::Slice;
pub use self::sniff::looks_like_mbox;
pub use self::source::{decompressed, open};
pub use self::stream::{Stream, count};
pub use crate::quote::unquote;
