//! Reports in a directory.

use crate::{AccountReport, Error, REPORT_VERSION, Report, Result, State, page, worklist};
use serde::Deserialize;
use std::{
    io::{self, Write},
    path::Path,
};
use tegu_outcome::file;

/// A row that counts more items than this was not written by a run, and its sums could not be reckoned with.
const MAX_ITEMS: u64 = 1 << 40;

/// The oldest version that is read.
const OLDEST: u32 = 2;

impl Report {
    /// Reads the `report.json` of a job's directory. Returns `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) for a file that is no report, or of another version, and
    /// [`ErrorKind::Io`](crate::ErrorKind::Io).
    pub fn read_from(directory: &Path) -> Result<Option<Self>> {
        let path = directory.join("report.json");
        let json = match file::read(&path) {
            Ok(json) => json,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("read", path.display(), error)),
        };
        let report = Self::from_json(&json).map_err(|error| error.doing("read", path.display()))?;
        Ok(Some(report))
    }

    /// Reads the form of `report.json`: of this version, and of version 2.
    ///
    /// Version 2 did not say what was uncounted. A kind of thing that has a problem and no folder counts as uncounted.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) for what is no report, or of another version.
    ///
    /// ```
    /// assert!(tegu_report::Report::from_json(br#"{"version": 1}"#).is_err());
    /// ```
    pub fn from_json(json: &[u8]) -> Result<Self> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let read = |error: serde_json::Error| Error::config(error.to_string());
        let Version { version } = serde_json::from_slice(json).map_err(read)?;
        if !(OLDEST..=REPORT_VERSION).contains(&version) {
            return Err(Error::config(format!(
                "is of version {version}; this program reads versions {OLDEST} to {REPORT_VERSION}"
            )));
        }
        let mut report: Self = serde_json::from_slice(json).map_err(read)?;
        if report.counts_too_much() {
            return Err(Error::config("counts more items than there can be"));
        }
        if version == OLDEST {
            report.accounts.iter_mut().for_each(find_uncounted);
            report.version = REPORT_VERSION;
        }
        // What a report says of kinds of things is no more than what it says of accounts.
        report.sum_up();
        Ok(report)
    }

    fn counts_too_much(&self) -> bool {
        let large = |number: u64| number > MAX_ITEMS;
        let entities = self.entities.iter().map(|row| (&row.counts, row.moved_now));
        let containers = self.containers().map(|row| (&row.counts, row.moved_now));
        entities.chain(containers).any(|(counts, now)| {
            large(counts.source) || large(now) || State::ALL.iter().any(|state| large(counts.get(*state)))
        })
    }

    /// Writes the form of `report.json`, which [`from_json`](Self::from_json) reads.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write_json(&self, out: impl Write) -> io::Result<()> {
        Ok(serde_json::to_writer_pretty(out, self)?)
    }

    /// Writes the page for people: one HTML file that needs no other.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write_page(&self, mut out: impl Write) -> io::Result<()> {
        page::write(self, None, &mut out)
    }

    /// Writes the same page for a run that is at work. It asks for `data.json` beside it once a second, which
    /// [`write_live_data`](Self::write_live_data) writes, and shows `live` above the sums.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write_live_page(&self, live: &str, mut out: impl Write) -> io::Result<()> {
        page::write(self, Some(live), &mut out)
    }

    /// Writes what a [live page](Self::write_live_page) asks for.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write_live_data(&self, live: &str, mut out: impl Write) -> io::Result<()> {
        page::write_data(self, live, &mut out)
    }

    /// Writes what is left for people as CSV (RFC 4180), with a byte order mark and without formulas.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write_worklist(&self, mut out: impl Write) -> io::Result<()> {
        worklist::write(self, &mut out)
    }

    /// Writes `report.json`, `report.html` and `worklist.csv` into a directory, which is made if need be. Each is written whole or not
    /// at all, and only its owner can read it. None of them is held in memory.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) names the file that could not be written.
    pub fn write_to(&self, directory: &Path) -> Result<()> {
        file::write(&directory.join("report.json"), |file| self.write_json(file))?;
        file::write(&directory.join("report.html"), |file| self.write_page(file))?;
        file::write(&directory.join("worklist.csv"), |file| self.write_worklist(file))
    }
}

/// What version 2 did not say.
fn find_uncounted(account: &mut AccountReport) {
    for problem in &account.problems {
        let counted = account.containers.iter().any(|row| row.entity == problem.entity);
        if !counted && !account.uncounted.contains(&problem.entity) {
            account.uncounted.push(problem.entity);
        }
    }
}
