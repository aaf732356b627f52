//! The file that remembers where each account stands.

use crate::{Error, ErrorKind, Result, Stage};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, io, path::Path};
use tegu_outcome::file;

/// The version of the form of `waves.json`.
pub const STAGES_VERSION: u32 = 1;

const FILE: &str = "waves.json";
/// How many steps of an account are kept; older ones are removed.
const MAX_STEPS: usize = 32;

/// The stage of each account, and how it got there. Kept as `waves.json` in the job's directory.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Stages {
    /// [`STAGES_VERSION`].
    pub version: u32,
    /// By primary address in lower case. An account without an entry is [planned](Stage::Planned).
    pub accounts: BTreeMap<String, AccountStage>,
}

/// The stage of one account.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AccountStage {
    /// The current stage.
    pub stage: Stage,
    /// The last 32 steps, the latest at the end.
    pub steps: Vec<Step>,
}

/// A transition from one stage to another.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Step {
    /// The new stage.
    pub to: Stage,
    /// When (RFC 3339, UTC).
    pub at: String,
}

impl Default for Stages {
    fn default() -> Self {
        Self {
            version: STAGES_VERSION,
            accounts: BTreeMap::new(),
        }
    }
}

impl Stages {
    /// Reads `waves.json` from a job's directory. Without a file all accounts are planned.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](ErrorKind::Config) for a file that is damaged or of another version, and [`Io`](ErrorKind::Io).
    pub fn read_from(directory: &Path) -> Result<Self> {
        let path = directory.join(FILE);
        let json = match file::read(&path) {
            Ok(json) => json,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Error::io("read", path.display(), error)),
        };
        let wrong = |why: String| Error::config(why).doing("read", path.display());
        let stages: Self = serde_json::from_slice(&json).map_err(|error| wrong(error.to_string()))?;
        if stages.version == STAGES_VERSION {
            return Ok(stages);
        }
        Err(wrong(format!(
            "the file has version {}; this program reads version {STAGES_VERSION}",
            stages.version
        )))
    }

    /// Writes `waves.json` into a job's directory, readable by its owner only, whole or not at all.
    ///
    /// # Errors
    ///
    /// Kind [`Io`](ErrorKind::Io).
    pub fn write_to(&self, directory: &Path) -> Result<()> {
        let json = serde_json::to_vec_pretty(self).map_err(|error| {
            Error::new(ErrorKind::Io, &error)
                .with_source(error)
                .doing("write", FILE)
        })?;
        file::write(&directory.join(FILE), |file| file.write_all(&json))
    }

    /// Returns the stage of an account.
    #[must_use]
    pub fn stage(&self, mail: &str) -> Stage {
        let account = self.accounts.get(&mail.to_lowercase());
        account.map_or(Stage::Planned, |account| account.stage)
    }

    /// Returns how many accounts are at each stage. Accounts without an entry are not counted.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<Stage, usize> {
        let mut counts = BTreeMap::new();
        for account in self.accounts.values() {
            *counts.entry(account.stage).or_default() += 1;
        }
        counts
    }

    /// Takes accounts to a stage: all of them, or none. Those that are there already stay.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](ErrorKind::Config) names the first account that [may not](Stage::may_become) go there.
    pub fn advance(&mut self, accounts: impl IntoIterator<Item = impl AsRef<str>>, to: Stage) -> Result<()> {
        let accounts = accounts.into_iter().map(|mail| mail.as_ref().to_lowercase());
        let mut moving: Vec<String> = accounts.filter(|mail| self.stage(mail) != to).collect();
        moving.sort();
        moving.dedup();
        for mail in &moving {
            let from = self.stage(mail);
            if !from.may_become(to) {
                let next = Stage::ALL.into_iter().filter(|next| from.may_become(*next));
                let next = next.map(Stage::name).collect::<Vec<_>>().join(" or ");
                let next = if next.is_empty() { "nothing" } else { &next };
                return Err(Error::config(format!(
                    "{mail} is {from}, which cannot become {to}; it can become {next}"
                )));
            }
        }
        for mail in moving {
            self.step(mail, to);
        }
        Ok(())
    }

    /// Records that a pass worked on an account. A planned account is being copied from now on; if everything of it was
    /// `copied`, later passes follow it.
    pub fn note_pass(&mut self, mail: &str, copied: bool) {
        let mail = mail.to_lowercase();
        if self.stage(&mail) == Stage::Planned {
            self.step(mail.clone(), Stage::Copying);
        }
        if copied && self.stage(&mail) == Stage::Copying {
            self.step(mail, Stage::Following);
        }
    }

    fn step(&mut self, mail: String, to: Stage) {
        let account = self.accounts.entry(mail).or_default();
        account.stage = to;
        account.steps.push(Step {
            to,
            at: format!("{:.0}", jiff::Timestamp::now()),
        });
        let excess = account.steps.len().saturating_sub(MAX_STEPS);
        account.steps.drain(..excess);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn all_or_none() {
        let mut stages = Stages::default();
        stages.advance(["A@x", "b@x"], Stage::Copying).unwrap();
        stages.advance(["b@x"], Stage::Following).unwrap();
        let before = stages.clone();
        let error = stages.advance(["b@x", "a@x"], Stage::CutOver).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a@x is copying, which cannot become cut-over; it can become following or rolled-back"
        );
        assert_eq!(stages, before);
        stages.advance(["a@x", "b@x"], Stage::Following).unwrap();
        assert_eq!(stages.stage("a@X"), Stage::Following);
        assert_eq!(
            stages.accounts["b@x"].steps.len(),
            2,
            "who is there already takes no step"
        );
    }

    #[test]
    fn a_pass_takes_accounts_on() {
        let mut stages = Stages::default();
        stages.note_pass("A@x", false);
        assert_eq!(stages.stage("a@x"), Stage::Copying);
        stages.note_pass("a@x", true);
        assert_eq!(stages.stage("a@x"), Stage::Following);
        stages.note_pass("b@x", true);
        assert_eq!(stages.counts(), BTreeMap::from([(Stage::Following, 2)]));
        stages.advance(["a@x"], Stage::CutOver).unwrap();
        stages.note_pass("a@x", true);
        assert_eq!(
            stages.stage("a@x"),
            Stage::CutOver,
            "the last pass changes nothing"
        );
    }

    #[test]
    fn a_file_comes_back_and_a_foreign_one_is_refused() {
        let scratch = tempfile::tempdir().unwrap();
        let mut stages = Stages::read_from(scratch.path()).unwrap();
        assert_eq!(stages, Stages::default());
        stages.advance(["a@x"], Stage::Copying).unwrap();
        stages.write_to(scratch.path()).unwrap();
        assert_eq!(Stages::read_from(scratch.path()).unwrap(), stages);
        for (foreign, why) in [
            ("{}", "version"),
            ("{\"version\":9,\"accounts\":{}}", "version 9"),
            ("no", "waves.json"),
        ] {
            fs::write(scratch.path().join(FILE), foreign).unwrap();
            let error = Stages::read_from(scratch.path()).unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
        }
    }
}
