//! What an mbox file cannot say about its messages, in a file beside it.
//!
//! An archive that keeps messages byte for byte cannot put flags into header lines. So `Inbox.mbox`, an
//! [mboxrd](crate::Variant::Mboxrd) file, has a sidecar `Inbox.mbox.jsonl` with the flags, the arrival date and a digest of each
//! message. [`Archive`] writes both files together.
//!
//! # Format
//!
//! UTF-8 text. For each message, in the order of the mbox file, one line: a JSON object (RFC 8259) without line feeds, and a line
//! feed (0x0A) behind it, behind the last line too.
//!
//! | key | value |
//! |---|---|
//! | `start` | where the message's `From_` line starts, in bytes from the start of the mbox file; the first is 0 |
//! | `end` | where the next message starts, or the file ends; greater than `start` |
//! | `digest` | 64 lower-case hexadecimal digits: BLAKE3 of the message, un-quoted, with each line ending in CRLF |
//! | `flags` | IMAP's names of flags and keywords (RFC 9051, section 2.3.2), sorted by their bytes; missing if there are none |
//! | `date` | when the message arrived, in seconds since 1970, UTC; missing if unknown |
//! | `offset` | the time zone of `date`, in minutes east of UTC; missing if 0 |
//!
//! ```json
//! {"start":0,"end":214,"digest":"5c8c…","flags":["Work","\\Seen"],"date":1704067200,"offset":180}
//! ```
//!
//! Writers put the keys into this order. Readers take any order, and ignore keys that they do not know.
//!
//! # After a crash
//!
//! The messages of a batch are written and synced, then their lines are written and synced. So the files may disagree at the end:
//!
//! - The mbox file is longer than the lines say: those messages were not confirmed, and are cut off.
//! - A line is cut short, is no such object, does not start where the one before it ends, or reaches past the end of the mbox file:
//!   it and all behind it do not count.
//!
//! What is left is what both files hold whole. [`Archive::open`] brings both back to that; [`read`] changes nothing.

mod archive;
mod entry;
mod file;

pub use self::archive::Archive;
pub use self::entry::{ArrivalDate, Entry};
pub use self::file::{MAX_LENGTH, MAX_LINE, Sidecar, decode, path_for, read};
