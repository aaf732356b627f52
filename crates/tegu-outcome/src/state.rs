//! The five states in which an item can end.

use std::fmt;

/// How the transfer of an item ended. Every item of a source ends in exactly one state.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
#[allow(
    clippy::exhaustive_enums,
    reason = "the five states are the contract; a sixth would be a breaking change"
)]
pub enum State {
    /// On the target, proved by a digest or by a comparison of meaning.
    Moved,
    /// On the target before this transfer began, proved the same way.
    Present,
    /// An automatic transfer would lose something, so a person has to transfer the item. The original is kept.
    Manual,
    /// The transfer failed; a retry may help.
    Failed,
    /// The operator's filter left the item out, or it is a system object that nobody would move.
    Excluded,
}

impl State {
    /// All states, in the order in which reports show them.
    pub const ALL: [Self; 5] = [
        Self::Moved,
        Self::Present,
        Self::Manual,
        Self::Failed,
        Self::Excluded,
    ];

    /// Returns the name in reports: `moved`, `present`, `manual`, `failed` or `excluded`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Moved => "moved",
            Self::Present => "present",
            Self::Manual => "manual",
            Self::Failed => "failed",
            Self::Excluded => "excluded",
        }
    }

    /// Returns whether the item is on the target: `Moved` or `Present`.
    #[must_use]
    pub fn is_on_target(self) -> bool {
        matches!(self, Self::Moved | Self::Present)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
