//! How a command ended.

use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
};
use tegu_mbox::{ErrorKind, Finding, Severity};

pub(super) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Places of one code that are told if not all are.
const FIRST: usize = 3;

/// Where every message of the source ended.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) done: u64,
    pub(super) manual: u64,
    pub(super) failed: u64,
    /// Whether each message is told of.
    all: bool,
    json: bool,
    /// What a person should look at, by file and code.
    doubts: BTreeMap<(PathBuf, &'static str), Doubts>,
    /// For a machine: each of them.
    listed: Vec<Value>,
}

#[derive(Debug, Default)]
struct Doubts {
    messages: u64,
    first: Vec<u64>,
    text: String,
}

impl Outcome {
    pub(super) fn new(all: bool, json: bool) -> Self {
        Self {
            all,
            json,
            ..Self::default()
        }
    }

    pub(super) fn exit_code(&self) -> ExitCode {
        match self {
            Self { failed: 1.., .. } => ExitCode::from(4),
            Self { manual: 1.., .. } => ExitCode::from(3),
            Self { .. } => ExitCode::SUCCESS,
        }
    }

    /// A message that was read, with what is doubtful about it.
    pub(super) fn message(&mut self, file: &Path, offset: u64, findings: &[Finding]) {
        let lossy = findings
            .iter()
            .filter(|finding| finding.severity() == Severity::Lossy);
        let mut doubtful = false;
        for finding in lossy {
            self.doubt(file, offset, finding.code(), &finding.to_string());
            doubtful = true;
        }
        *if doubtful {
            &mut self.manual
        } else {
            &mut self.done
        } += 1;
    }

    /// A message that goes no further, because of what it holds.
    pub(super) fn refused(&mut self, file: &Path, offset: u64, error: &tegu_mbox::Error) {
        match error.find_source::<Finding>() {
            Some(finding) => self.doubt(file, offset, finding.code(), &error.to_string()),
            None => self.say("manual", file, &format!("message at byte {offset}: {error}")),
        }
        self.manual += 1;
    }

    /// A message that goes no further, wherever it stands.
    pub(super) fn left(&mut self, file: &Path, error: &tegu_mbox::Error) {
        if error.kind() == ErrorKind::Lossy {
            self.say("manual", file, &error.to_string());
            self.manual += 1;
        } else {
            self.failure(file, &error.to_string());
            self.failed += 1;
        }
    }

    /// Says why something failed; counts nothing.
    pub(super) fn failure(&mut self, file: &Path, text: &str) {
        self.say("failed", file, text);
    }

    fn say(&mut self, state: &str, file: &Path, text: &str) {
        note!("{state}: {}: {text}", file.display());
        if self.json {
            self.listed
                .push(json!({ "state": state, "file": file.display().to_string(), "text": text }));
        }
    }

    fn doubt(&mut self, file: &Path, offset: u64, code: &'static str, text: &str) {
        if self.json {
            self.listed.push(json!({
                "state": "manual", "file": file.display().to_string(), "offset": offset, "code": code, "text": text,
            }));
        }
        if self.all {
            note!("manual: {}: message at byte {offset}: {text}", file.display());
            return;
        }
        let doubts = self.doubts.entry((file.to_owned(), code)).or_default();
        doubts.messages += 1;
        if doubts.first.len() < FIRST {
            doubts.first.push(offset);
        }
        if doubts.messages == 1 {
            doubts.text = text.to_owned();
        }
    }

    /// Tells what was not told yet, once for each code.
    pub(super) fn tell(&mut self) {
        for ((file, _), doubts) in std::mem::take(&mut self.doubts) {
            let places: Vec<String> = doubts.first.iter().map(u64::to_string).collect();
            let place = match doubts.messages {
                1 => format!("message at byte {}", places.concat()),
                more if more as usize <= FIRST => format!("{more} messages, at byte {}", places.join(", ")),
                more => format!(
                    "{more} messages, the first at byte {}; --all tells of each",
                    places.join(", ")
                ),
            };
            note!("manual: {}: {place}: {}", file.display(), doubts.text);
        }
    }

    pub(super) fn line(&self) -> String {
        format!(
            "source {} done {} manual {} failed {}",
            self.done + self.manual + self.failed,
            self.done,
            self.manual,
            self.failed
        )
    }

    pub(super) fn as_json(&self) -> Value {
        json!({
            "source": self.done + self.manual + self.failed,
            "done": self.done,
            "manual": self.manual,
            "failed": self.failed,
            "findings": self.listed,
        })
    }
}
