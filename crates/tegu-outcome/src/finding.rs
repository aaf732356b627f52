//! What an automatic transfer would lose.

use std::{borrow::Cow, fmt};

/// Whether a finding stands in the way of an automatic transfer.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum Severity {
    /// Worth knowing. Nothing is lost.
    Info,
    /// An automatic transfer would lose or change something, or cannot be shown not to.
    Lossy,
}

impl Severity {
    /// Returns the name in reports: `info` or `lossy`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Lossy => "lossy",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One thing noticed about one item: a stable code, a severity, and a sentence for the operator.
///
/// The leaf crates have enums of their own, whose variants hold the data. Each converts into this type, which is what journals and
/// reports keep.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub struct Finding {
    /// A stable code such as `MAIL-NUL`. Policies accept a loss by this code.
    pub code: Cow<'static, str>,
    /// Whether the item can still move automatically.
    pub severity: Severity,
    /// One sentence for the operator.
    pub message: String,
}

impl Finding {
    /// Makes a finding.
    pub fn new(code: impl Into<Cow<'static, str>>, severity: Severity, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            severity,
            message: message.into(),
        }
    }

    /// Makes a finding that stands in the way of an automatic transfer.
    pub fn lossy(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Lossy, message)
    }

    /// Makes a finding that only informs.
    pub fn info(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Info, message)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_are_ordered_by_weight() {
        assert!(Severity::Info < Severity::Lossy);
        let finding = Finding::info("DAV-TZ-GUESSED", "read as Europe/Berlin");
        assert_eq!(finding.to_string(), "DAV-TZ-GUESSED: read as Europe/Berlin");
    }

    #[cfg(feature = "serde")]
    #[test]
    fn stored_form() {
        let json = r#"{"code":"X-Y","severity":"lossy","message":"z"}"#;
        let finding = Finding::lossy("X-Y", "z");
        assert_eq!(serde_json::to_string(&finding).ok().as_deref(), Some(json));
        assert_eq!(serde_json::from_str::<Finding>(json).ok(), Some(finding));
    }
}
