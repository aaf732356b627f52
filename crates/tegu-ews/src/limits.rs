//! Bounds on what a server can make large.

/// Bounds on one answer. What exceeds one ends in an error of kind [`Limit`](crate::ErrorKind::Limit) that names the field.
///
/// # The budget of a connection
///
/// A connection holds one answer at a time: its text ([`answer`](Self::answer)), the tree over it (about 100 octets for each of
/// [`elements`](Self::elements)), what is read out of it (not more than the text again), and 16 MiB of contents; larger contents lie in
/// unnamed files. By default that is 350 MiB at most from a server that means harm, and some 2 MiB for 50 messages from one that does not.
/// A listing also remembers identities: [`identities`](Self::identities).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// Octets of an answer without MIME and attachments. Default 64 MiB.
    pub answer: usize,
    /// Octets of one MIME content or attachment, decoded. Default 2 GiB.
    pub content: u64,
    /// MIME contents and attachments of one answer. Default 1,000.
    pub contents: usize,
    /// Elements of an answer. Default 2,000,000.
    pub elements: usize,
    /// Elements within elements. Default 64.
    pub depth: usize,
    /// Octets of one tag: its name and its attributes. Default 64 KiB.
    pub tag: usize,
    /// Attributes of one element. Default 32.
    pub attributes: usize,
    /// Octets of an element's name. Default 256.
    pub name: usize,
    /// Folders of one mailbox. Default 100,000.
    pub folders: usize,
    /// Octets of the identities that a listing of one folder remembers. Default 512 MiB, enough for two million items.
    pub identities: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            answer: 64 << 20,
            content: 2 << 30,
            contents: 1_000,
            elements: 2_000_000,
            depth: 64,
            tag: 64 << 10,
            attributes: 32,
            name: 256,
            folders: 100_000,
            identities: 512 << 20,
        }
    }
}
