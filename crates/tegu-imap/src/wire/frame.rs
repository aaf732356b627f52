//! A response as the decoder hands it to the readers.

use bytes::Bytes;

/// One response as it came: all its octets, and where the literals in them lie.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) bytes: Bytes,
    pub(super) literals: Vec<Literal>,
}

/// A literal within a [`Frame`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Literal {
    /// Where `{` or `~{` stands.
    pub(super) announced_at: usize,
    /// Where the data begins.
    pub(super) start: usize,
    /// How much of it was kept: all or nothing.
    pub(super) kept: usize,
    /// What the server announced.
    pub(super) announced: u64,
    /// Whether its octets are handed out one by one instead.
    pub(super) streamed: bool,
}
