//! Reading: where messages begin and end, and what stands in them.
//!
//! [`Slice`] walks bytes that are in memory or mapped, and copies nothing; [`Stream`] walks a
//! [`Read`](std::io::Read) and holds one message at a time, or pieces of it. Both decide by the same code, and give the
//! same messages for the same bytes. An [`Index`] makes the n-th message reachable without another search, and
//! [`open`] reads compressed files.
//!
//! # What separates two messages
//!
//! With [`Options::strict`], every line that starts with `From `: right for files that this crate wrote, where no
//! text line can. Otherwise prose such as “From now on” must not cut a message in two, so that a line `From …` is a
//! separator only if
//!
//! - a date ends it, and a header (or `>From `) follows in the next line; or
//! - a date ends it, a blank line stands before it, and a blank line or nothing follows: an empty message; or
//! - it is bare (`From ` and nothing more, as old Thunderbird wrote it), after a blank line and before a header.
//!
//! A `Content-Length` is believed only if it ends exactly where a separator or the end of the file is. Whatever
//! remains doubtful is told by [`Message::findings`].

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
pub use self::source::open;
pub use self::stream::{Stream, count};
pub use crate::quote::unquote;
