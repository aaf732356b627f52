//! How a command ended.

use std::path::Path;
use std::process::ExitCode;

use tegu_mbox::{ErrorKind, Finding, Severity};

pub(crate) type Failure = Box<dyn std::error::Error>;

/// Where every message of the source ended.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) done: u64,
    pub(crate) manual: u64,
    pub(crate) failed: u64,
}

impl Outcome {
    pub(crate) fn exit_code(self) -> ExitCode {
        match self {
            Self { failed: 1.., .. } => ExitCode::from(4),
            Self { manual: 1.., .. } => ExitCode::from(3),
            Self { .. } => ExitCode::SUCCESS,
        }
    }

    /// A message that was read, with what is doubtful about it.
    pub(crate) fn message(&mut self, file: &Path, offset: u64, findings: &[Finding]) {
        let lossy = findings
            .iter()
            .filter(|finding| finding.severity() == Severity::Lossy);
        let mut doubtful = false;
        for finding in lossy {
            eprintln!("manual: {}: message at byte {offset}: {finding}", file.display());
            doubtful = true;
        }
        *if doubtful {
            &mut self.manual
        } else {
            &mut self.done
        } += 1;
    }

    /// A message that goes no further.
    pub(crate) fn left(&mut self, file: &Path, error: &tegu_mbox::Error) {
        if error.kind() == ErrorKind::Lossy {
            eprintln!("manual: {}: {error}", file.display());
            self.manual += 1;
        } else {
            eprintln!("failed: {}: {error}", file.display());
            self.failed += 1;
        }
    }

    pub(crate) fn say(&self) {
        println!(
            "source {} done {} manual {} failed {}",
            self.done + self.manual + self.failed,
            self.done,
            self.manual,
            self.failed
        );
    }
}
