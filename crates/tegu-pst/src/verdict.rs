//! What can be said of an item after it was converted.

use crate::{Error, Finding, Message, Severity, messaging::Text};
use std::fmt;

/// What can be said of an item after it was converted. The lower one wins.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Verdict {
    /// Something would be lost or was guessed, or could not be read. The findings say what; a person decides.
    Manual,
    /// What was written was read again by another parser and holds what the file holds.
    Faithful,
    /// A kept signature proves that the octets are the original ones.
    Exact,
}

impl Verdict {
    /// The name in reports: `exact`, `faithful` or `manual`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Faithful => "faithful",
            Self::Exact => "exact",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What was noticed about one item.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    findings: Vec<Finding>,
}

/// How many findings of one item are kept. The last one says how many more there were.
const KEPT: usize = 100;

impl Notes {
    pub(crate) fn lossy(&mut self, code: &'static str, message: impl Into<String>) {
        self.add(Finding::lossy(code, message));
    }

    pub(crate) fn info(&mut self, code: &'static str, message: impl Into<String>) {
        self.add(Finding::info(code, message));
    }

    pub(crate) fn add(&mut self, finding: Finding) {
        // The severity must not be lost with the text.
        if self.findings.len() < KEPT || (finding.severity == Severity::Lossy && !self.is_lossy()) {
            self.findings.push(finding);
        }
    }

    pub(crate) fn is_lossy(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.severity == Severity::Lossy)
    }

    /// Takes over those findings of `other` that `wanted` picks.
    pub(crate) fn take(&mut self, other: Self, wanted: impl Fn(&Finding) -> bool) {
        other
            .findings
            .into_iter()
            .filter(wanted)
            .for_each(|finding| self.add(finding));
    }

    /// Takes over what was noticed about an item within this one.
    pub(crate) fn within(&mut self, place: &str, inner: Self) {
        for mut finding in inner.findings {
            finding.message = format!("{place}: {}", finding.message);
            self.add(finding);
        }
    }

    pub(crate) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }

    /// A value, if it can be read; a value that cannot is a loss.
    pub(crate) fn value<T: Default>(&mut self, value: Result<T, Error>) -> T {
        value.unwrap_or_else(|error| {
            self.lossy("PST-VALUE-UNREADABLE", error.to_string());
            T::default()
        })
    }

    /// A string property; empty if it is absent.
    pub(crate) fn text(&mut self, message: &Message<'_>, id: u16) -> String {
        let text = self.value(message.text(id));
        self.sound(text, id.into())
    }

    /// The characters of a string; characters that could not be read for certain are a loss.
    pub(crate) fn sound(&mut self, text: Option<Text>, id: u32) -> String {
        let Some(text) = text else {
            return String::new();
        };
        if !text.sound {
            if text.page_unknown {
                let guess = text
                    .guess
                    .map(|page| format!(" (it looks like {page})"))
                    .unwrap_or_default();
                self.lossy(
                    "PST-CODE-PAGE-UNKNOWN",
                    format!("the code page of property {id:#06x} is not known; name it for this file{guess}"),
                );
            } else {
                self.lossy(
                    "PST-TEXT-DAMAGED",
                    format!("property {id:#06x} holds characters that do not exist"),
                );
            }
        }
        text.text
    }
}
