//! Folder trees of mbox files: those that other programs leave, and those of this crate.
//!
//! | layout | folder `A` / `B` is |
//! |---|---|
//! | this crate, plain files | `A/B.mbox`, names encoded by [`encode_component`]; or `A/B` with the content of an mbox |
//! | readpst -r | `A/B/mbox` |
//! | readpst -M, -e; MH | `A/B/1`, `A/B/2.eml`: a message a file |
//! | Thunderbird | `A.sbd/B`, with an index `B.msf` |
//! | Apple Mail | `A.mbox/mbox` |
//! | Google Takeout | `Takeout/Mail/A-B.mbox`; the folders are [labels](crate::Flags::label_folders) of the messages |
//! | Dovecot | `A/B`, or `A/B/mBoX-MeSsAgEs`, in modified UTF-7, with indexes in `.imap` |
//!
//! [`walk`] knows them all at once: what a file is, its own name and content say. [`Layout`] is the other direction.
//!
//! # Sidecars
//!
//! `NAME.jsonl` beside an mbox file `NAME` holds what is known about its messages besides; the module `sidecar` of this crate
//! describes it.

mod assign;
mod distinct;
mod escape;
mod layout;
mod name;
mod utf7;
mod walk;

pub use self::assign::FileNames;
pub use self::escape::MAX_COMPONENT;
pub use self::layout::{Layout, Placed, Placement};
pub use self::name::{decode_component, encode_component, file_path};
pub use self::walk::{Folder, Limits, Other, OtherKind, Single, Tree, walk, walk_in};
