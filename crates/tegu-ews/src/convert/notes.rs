//! What was noticed about one item.

use crate::{Finding, Severity};

/// How many findings of one item are kept.
const KEPT: usize = 100;

#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) findings: Vec<Finding>,
}

impl Notes {
    pub(super) fn lossy(&mut self, code: &'static str, message: impl Into<String>) {
        self.add(Finding::lossy(code, message));
    }

    pub(super) fn info(&mut self, code: &'static str, message: impl Into<String>) {
        self.add(Finding::info(code, message));
    }

    fn add(&mut self, finding: Finding) {
        // The severity must not be lost with the text.
        let first_loss = finding.severity == Severity::Lossy
            && !self
                .findings
                .iter()
                .any(|known| known.severity == Severity::Lossy);
        if (self.findings.len() < KEPT || first_loss) && !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }
}
