//! The five ends that a message can come to.

use std::fmt;

/// What became of a message. Every message of the source ends in exactly one of these.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum State {
    /// It was copied and stands on the target.
    Moved,
    /// It stood on the target already.
    Present,
    /// An automatic copy would lose something: a person must act.
    Manual,
    /// It could not be copied; a later run may.
    Failed,
    /// The caller's own selection leaves it out.
    Excluded,
}

impl State {
    /// All of them, in the order of a report.
    pub const ALL: [Self; 5] = [
        Self::Moved,
        Self::Present,
        Self::Manual,
        Self::Failed,
        Self::Excluded,
    ];

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Moved => "moved",
            Self::Present => "present",
            Self::Manual => "manual",
            Self::Failed => "failed",
            Self::Excluded => "excluded",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
