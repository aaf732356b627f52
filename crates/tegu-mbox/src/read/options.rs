//! What a reader takes for granted, and its limits.

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
    /// How many bytes [`open`](super::open) lets a compressed file grow to. Default: 1 TiB.
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
