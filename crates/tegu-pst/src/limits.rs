//! Bounds on everything that a file can make large.

/// What a file may ask of its reader. Each method sets one bound; more is an error of kind
/// [`Limit`](crate::ErrorKind::Limit), or a finding where it concerns one item.
///
/// ```
/// let limits = tegu_pst::Limits::default().value(16 << 20).rows(100_000);
/// # let _ = limits;
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Limits {
    pub(crate) value: u64,
    pub(crate) item: u64,
    pub(crate) subnodes: usize,
    pub(crate) nesting: usize,
    pub(crate) parts: usize,
    pub(crate) rows: usize,
    pub(crate) folders: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            value: 64 << 20,
            item: 1 << 30,
            subnodes: 65_536,
            nesting: 32,
            parts: 10_000,
            rows: 4_000_000,
            folders: 100_000,
        }
    }
}

/// Levels of a B-tree of pages, and of a B-tree on a heap.
pub(crate) const TREE_LEVELS: u8 = 8;
/// Records of one property context: identifiers have 16 bits.
pub(crate) const RECORDS: usize = 65_536;

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident: $kind:ty,)*) => {
        impl Limits {
            $($(#[$doc])*
            #[must_use]
            pub fn $name(mut self, $name: $kind) -> Self {
                self.$name = $name;
                self
            })*
        }
    };
}

setters! {
    /// Octets of one value that is held in memory; 64 MiB. The data of attachments are streamed and know no such bound.
    value: u64,
    /// Octets of all that one message holds, attachments and embedded messages included; 1 GiB.
    item: u64,
    /// Sub-nodes of one node; 65,536.
    subnodes: usize,
    /// How deep sub-nodes, and thereby embedded messages, may nest; 32.
    nesting: usize,
    /// Attachments, recipients and embedded messages of one message, at all depths together; 10,000.
    parts: usize,
    /// Rows of one table; 4,000,000.
    rows: usize,
    /// Folders of one file; 100,000.
    folders: usize,
}
