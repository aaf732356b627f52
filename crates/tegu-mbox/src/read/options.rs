//! Options and limits of a reader.

use crate::variant::Variant;

/// How to read a file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The variant, if it is known. If `None`, `>From ` lines are read as mboxrd and reported as ambiguous, and a
    /// `Content-Length` is used where it can be verified.
    pub variant: Option<Variant>,
    /// Whether every line that starts with `From ` is a separator. For files that this crate wrote.
    pub strict: bool,
    /// Largest message in bytes, as stored in the file, with its `From_` line. A larger one is an error that names
    /// its offset; reading continues after it. Default: 256 MiB.
    pub max_message: u64,
    /// Most bytes that [`open`](super::open) decompresses. Default: 1 TiB.
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
    /// Options for a file that this crate wrote as `variant`: strict, with no ambiguity.
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
