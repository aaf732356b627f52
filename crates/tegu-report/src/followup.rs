//! What a run did after the items had moved.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tegu_outcome::Finding;

/// What became of the letters to owners.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LettersReport {
    /// Letters that were written into `letters/` of the job's directory.
    pub written: u64,
    /// Letters that this run put into a mailbox and read back.
    pub delivered: u64,
    /// Letters that were delivered earlier.
    pub present: u64,
    /// Accounts that are not finished, and so get no letter yet.
    pub unfinished: u64,
    /// Letters that could not be delivered; the next run tries again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<LetterFailure>,
}

/// A letter that could not be delivered.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LetterFailure {
    /// To whom.
    pub account: String,
    /// Why, in one line.
    pub error: String,
}

impl LetterFailure {
    /// Makes a failure.
    pub fn new(account: impl Into<String>, error: impl ToString) -> Self {
        Self {
            account: account.into(),
            error: error.to_string(),
        }
    }
}

/// Where accounts stand while two servers run, and whether mail gets to each of them.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CoexistenceReport {
    /// How many accounts are at each stage. Accounts that no run has begun are not counted.
    pub stages: BTreeMap<String, u64>,
    /// The folder of the routing sheets that this run wrote, relative to the job's directory. `None` if no servers are configured, or
    /// the sheets do not prove to be right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheets: Option<String>,
    /// Why the sheets were not written: what their proof found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}
