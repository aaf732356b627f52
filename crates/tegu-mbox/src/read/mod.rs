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
mod pieces;
mod scan;
mod slice;
mod sniff;
mod source;
mod stream;

pub use self::index::Index;
pub use self::message::{Message, OwnedMessage, Summary};
pub(crate) use self::scan::{HEAD_LIMIT, stated_end};
pub use self::slice::Slice;
pub use self::sniff::looks_like_mbox;
pub use self::source::open;
pub use self::stream::{Stream, count};
pub use crate::quote::unquote;
use crate::variant::Variant;

/// How to read a file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The variant, if it is known. Without it, `>From ` lines are taken as mboxrd's and reported as ambiguous, and
    /// a `Content-Length` is used where it proves itself.
    pub variant: Option<Variant>,
    /// Whether every line that starts with `From ` separates: for files that this crate wrote.
    pub strict: bool,
    /// The longest message, in bytes as they stand in the file, its `From_` line included. A longer one is an error
    /// that names its offset; reading goes on behind it. Default: 256 MiB.
    pub max_message: u64,
    /// How many bytes [`open`] lets a compressed file grow to. Default: 1 TiB.
    pub max_decompressed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            variant: None,
            strict: false,
            max_message: 256 * 1024 * 1024,
            max_decompressed: 1 << 40,
        }
    }
}

impl Options {
    /// For a file that this crate wrote as `variant`: strict, and nothing left to guess.
    pub fn own(variant: Variant) -> Self {
        Self {
            variant: Some(variant),
            strict: true,
            ..Self::default()
        }
    }

    /// Sets [`variant`](Self::variant).
    #[must_use]
    pub fn variant(mut self, variant: Variant) -> Self {
        self.variant = Some(variant);
        self
    }

    /// Sets [`strict`](Self::strict).
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Sets [`max_message`](Self::max_message).
    #[must_use]
    pub fn max_message(mut self, bytes: u64) -> Self {
        self.max_message = bytes;
        self
    }

    /// Whether `Content-Length` has a say.
    pub(crate) fn reads_length(&self) -> bool {
        self.variant.map_or(!self.strict, Variant::has_length)
    }
}
