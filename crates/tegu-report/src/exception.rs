//! What the operator relaxed and left out, named one by one.

use serde::{Deserialize, Serialize};

/// An exception to the rule that everything moves and nothing is lost.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ExceptionReport {
    /// Whether a loss was accepted or something was left out.
    pub kind: ExceptionKind,
    /// The finding's code: of the loss, or of what was left out.
    pub code: String,
    /// Whom it is for: patterns of addresses, kinds of things. Empty for everybody and everything.
    pub scope: String,
    /// The operator's reason, or the rule in words; and that the acceptance has no effect, where nothing can be accepted.
    pub reason: String,
    /// How many items it met; accounts for `POLICY-ACCOUNT`.
    pub items: u64,
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
    /// An exception for everybody and everything that met no item.
    pub fn new(kind: ExceptionKind, code: impl Into<String>) -> Self {
        Self {
            kind,
            code: code.into(),
            scope: String::new(),
            reason: String::new(),
            items: 0,
        }
    }
}
