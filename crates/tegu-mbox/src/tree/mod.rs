//! Folder trees of mbox files: those that other programs leave, and those of this crate.
//!
//! | layout | folder `A` / `B` is |
//! |---|---|
//! | this crate | `A/B.mbox`, names encoded by [`encode_component`] |
//! | readpst -r | `A/B/mbox` |
//! | Thunderbird | `A.sbd/B`, with an index `B.msf` |
//! | Apple Mail | `A.mbox/mbox` |
//! | plain files | `A/B.mbox`, or `A/B` with the content of an mbox |
//!
//! [`walk`] knows them all at once: what a file is, its own name and content say.

mod name;
mod walk;

pub(crate) use self::name::percent_decode;
pub use self::name::{MAX_COMPONENT, decode_component, encode_component, file_path};
pub use self::walk::{Folder, Limits, Other, OtherKind, Tree, walk};
