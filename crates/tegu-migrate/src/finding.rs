//! What would be lost, in the facade's own words: a code, a severity, a sentence.

use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt};

/// Whether a finding stands in the way of an automatic transfer.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Severity {
    /// Worth knowing; nothing is lost.
    Info,
    /// An automatic transfer would lose or change something.
    Lossy,
}

/// One thing noticed about one item.
///
/// The leaf crates have finding types of their own; this is what they become in the journal and in reports.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// Stable code such as `MAIL-NUL`; [`Policy::accept`](crate::Policy::accept) names it.
    pub code: Cow<'static, str>,
    /// Whether the item can still move by itself.
    pub severity: Severity,
    /// One sentence for the operator.
    pub message: String,
}

impl Finding {
    /// A finding that stands in the way of an automatic transfer.
    pub fn lossy(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            severity: Severity::Lossy,
            message: message.into(),
        }
    }

    /// A finding that only informs.
    pub fn info(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            severity: Severity::Info,
            message: message.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}
