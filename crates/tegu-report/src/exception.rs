//! What the operator accepted and left out, one by one.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An exception to the rule that everything moves and nothing is lost.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ExceptionReport {
    /// Whether a loss was accepted or something was left out.
    pub kind: ExceptionKind,
    /// The code of the loss, or of what was left out.
    pub code: String,
    /// The accounts and kinds of things it applies to, by patterns and names. Empty for all.
    pub scope: String,
    /// The operator's reason, or the rule in words. It also says so if accepting this code has no effect.
    pub reason: String,
    /// How many items it applied to. For `POLICY-ACCOUNT`, how many accounts.
    pub items: u64,
    /// Patterns of folders that match none of those that were found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmatched: Vec<Unmatched>,
}

/// A pattern of folders that matches none. `Display` says so in one line.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Unmatched {
    /// The pattern.
    pub pattern: String,
    /// The pattern that was probably meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest: Option<String>,
}

impl Unmatched {
    /// Names a pattern, and the one that was probably meant.
    pub fn new(pattern: impl Into<String>, nearest: Option<String>) -> Self {
        Self {
            pattern: pattern.into(),
            nearest,
        }
    }
}

impl fmt::Display for Unmatched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no folder matches {}", self.pattern)?;
        match &self.nearest {
            Some(nearest) => write!(f, ": did you mean {nearest}?"),
            None => Ok(()),
        }
    }
}

/// What an exception does.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ExceptionKind {
    /// A loss is accepted.
    Accept,
    /// Something is left out.
    Exclude,
}

impl ExceptionReport {
    /// Makes an exception for everybody and everything, which applied to no item.
    pub fn new(kind: ExceptionKind, code: impl Into<String>) -> Self {
        Self {
            kind,
            code: code.into(),
            scope: String::new(),
            reason: String::new(),
            items: 0,
            unmatched: Vec::new(),
        }
    }
}
