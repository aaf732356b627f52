//! What is only IMAP's about a connection.

use crate::wire::Limits;

/// Options of a [`Session`](super::Session) besides its endpoint and credentials.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SessionOptions {
    /// Whether to compress both directions (`COMPRESS=DEFLATE`, RFC 4978) if the server offers it. Off by default: it costs
    /// processor time on both sides and some 300 KiB for each connection, which pays only on a slow line.
    pub compress: bool,
    /// How much of what the server sends may be held in memory.
    pub limits: Limits,
}

impl SessionOptions {
    /// Makes the default options.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets whether to compress both directions if the server offers it.
    #[must_use]
    pub fn compress(mut self, compress: bool) -> Self {
        self.compress = compress;
        self
    }

    /// Sets how much of what the server sends may be held in memory.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}
