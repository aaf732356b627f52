//! What a target tells for a plan.

use crate::Finding;

/// What stands on a mail target before anything moves.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct MailSurvey {
    /// One for each folder that was asked for, in the same order; empty if the target cannot tell.
    pub folders: Vec<FolderSurvey>,
    /// Size of the largest message that it takes, in octets.
    pub max_size: Option<u64>,
    /// How much the account may hold.
    pub room: Option<Room>,
}

/// What stands where a folder's messages go.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct FolderSurvey {
    /// The target folder's name.
    pub target: Option<String>,
    /// Messages that it holds now.
    pub messages: Option<u64>,
    /// Whether a run would make it.
    pub creates: bool,
    /// What was noticed about the folder itself; a lossy finding keeps all its messages from moving.
    pub findings: Vec<Finding>,
}

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
