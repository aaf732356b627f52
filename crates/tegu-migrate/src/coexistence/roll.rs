//! The file that remembers where each account stands.

use super::Stage;
use crate::{Error, ErrorKind, Report, Result, file::write_atomically};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// The version of the roll's form.
pub const ROLL_VERSION: u32 = 1;

const FILE: &str = "waves.json";
/// The steps that are kept of an account; older ones go.
const MAX_STEPS: usize = 32;

/// Where each account stands, and how it came there. It lies as `waves.json` in the job's directory.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Roll {
    /// [`ROLL_VERSION`].
    pub version: u32,
    /// By primary address in lower case; an account that is not named is [planned](Stage::Planned).
    pub accounts: BTreeMap<String, Standing>,
}

/// Where one account stands.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Standing {
    /// The stage.
    pub stage: Stage,
    /// The last 32 steps, the latest at the end.
    pub steps: Vec<Step>,
}

/// A step from one stage to another.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Step {
    /// Where it led.
    pub to: Stage,
    /// When (RFC 3339, UTC).
    pub at: String,
}

impl Default for Roll {
    fn default() -> Self {
        Self {
            version: ROLL_VERSION,
            accounts: BTreeMap::new(),
        }
    }
}

impl Roll {
    /// Reads the roll of a job's directory; an empty one, if there is none.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] for a file that is no roll, is damaged, or of another version, and [`ErrorKind::Io`].
    pub fn read_from(directory: &Path) -> Result<Self> {
        let path = file(directory);
        let json = match fs::read(&path) {
            Ok(json) => json,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Error::io(format_args!("reading {}", path.display()), error)),
        };
        let roll: Self = serde_json::from_slice(&json)
            .map_err(|error| Error::config(format!("{}: {error}", path.display())))?;
        if roll.version == ROLL_VERSION {
            return Ok(roll);
        }
        let (found, known) = (roll.version, ROLL_VERSION);
        Err(Error::config(format!(
            "{}: is of version {found}; this program reads version {known}",
            path.display()
        )))
    }

    /// Writes the roll into a job's directory, whole or not at all.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`].
    pub fn write_to(&self, directory: &Path) -> Result<()> {
        let json = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::new(ErrorKind::Io, format!("writing {FILE}: {error}")))?;
        write_atomically(&file(directory), &json)
    }

    /// Where an account stands.
    pub fn stage(&self, mail: &str) -> Stage {
        let standing = self.accounts.get(&mail.to_lowercase());
        standing.map_or(Stage::Planned, |standing| standing.stage)
    }

    /// Takes accounts to a stage: all of them, or none. Those that are there already stay.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] names the first account that [may not](Stage::may_become) go there.
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

    /// Takes note of a run: accounts that were planned are being copied, and those that were finished are followed.
    pub fn note_run(&mut self, report: &Report) {
        for account in &report.accounts {
            let mail = account.account.to_lowercase();
            if self.stage(&mail) == Stage::Planned {
                self.step(mail.clone(), Stage::Copying);
            }
            if self.stage(&mail) == Stage::Copying && report.complete && account.problems.is_empty() {
                self.step(mail, Stage::Following);
            }
        }
    }

    fn step(&mut self, mail: String, to: Stage) {
        let standing = self.accounts.entry(mail).or_default();
        standing.stage = to;
        standing.steps.push(Step {
            to,
            at: format!("{:.0}", jiff::Timestamp::now()),
        });
        let excess = standing.steps.len().saturating_sub(MAX_STEPS);
        standing.steps.drain(..excess);
    }
}

fn file(directory: &Path) -> PathBuf {
    directory.join(FILE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_or_none() {
        let mut roll = Roll::default();
        roll.advance(["A@x", "b@x"], Stage::Copying).unwrap();
        roll.advance(["b@x"], Stage::Following).unwrap();
        let before = roll.clone();
        let error = roll.advance(["b@x", "a@x"], Stage::CutOver).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a@x is copying, which cannot become cut-over; it can become following or rolled-back"
        );
        assert_eq!(roll, before);
        roll.advance(["a@x", "b@x"], Stage::Following).unwrap();
        assert_eq!(roll.stage("a@X"), Stage::Following);
        assert_eq!(
            roll.accounts["b@x"].steps.len(),
            2,
            "who is there already takes no step"
        );
    }

    #[test]
    fn a_file_comes_back_and_a_foreign_one_is_refused() {
        let scratch = tempfile::tempdir().unwrap();
        let mut roll = Roll::read_from(scratch.path()).unwrap();
        assert_eq!(roll, Roll::default());
        roll.advance(["a@x"], Stage::Copying).unwrap();
        roll.write_to(scratch.path()).unwrap();
        assert_eq!(Roll::read_from(scratch.path()).unwrap(), roll);
        for (foreign, why) in [
            ("{}", "version"),
            ("{\"version\":9,\"accounts\":{}}", "version 9"),
            ("no", "waves.json"),
        ] {
            fs::write(scratch.path().join(FILE), foreign).unwrap();
            let error = Roll::read_from(scratch.path()).unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
        }
    }
}
