//! Quotas.

/// How much an account may hold, in octets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Room {
    /// What it holds now.
    pub used: u64,
    /// What it may hold.
    pub limit: u64,
}

impl Room {
    /// So much is used of so much.
    pub fn new(used: u64, limit: u64) -> Self {
        Self { used, limit }
    }
}
