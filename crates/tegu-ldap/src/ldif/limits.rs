//! How much a file may make the reader hold.

/// The limits of the reader.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes in one logical line, after unfolding, and in a file that `:<` names. Default 16 MiB.
    pub line_bytes: usize,
    /// Bytes in one record. Default 64 MiB.
    pub record_bytes: usize,
    /// Lines in one record. Default 1,000,000.
    pub record_lines: usize,
    /// Different attributes in one record. Default 1,000.
    pub record_attributes: usize,
    /// Records that [`read_entries`](super::read_entries) collects. Default 2,000,000.
    pub records: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line_bytes: 16 << 20,
            record_bytes: 64 << 20,
            record_lines: 1_000_000,
            record_attributes: 1_000,
            records: 2_000_000,
        }
    }
}
