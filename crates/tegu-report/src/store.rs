//! Reports in a directory.

use crate::{Error, REPORT_VERSION, Report, Result, State, file::write_whole, page, worklist};
use serde::Deserialize;
use std::path::Path;

/// A row that counts more items than this was not written by a run, and its sums could not be reckoned with.
const MAX_ITEMS: u64 = 1 << 40;

impl Report {
    /// Reads the `report.json` of a job's directory. `None`: there is none.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) for a file that is no report, or of another version, and
    /// [`ErrorKind::Io`](crate::ErrorKind::Io).
    pub fn read_from(directory: &Path) -> Result<Option<Self>> {
        let path = directory.join("report.json");
        let json = match std::fs::read(&path) {
            Ok(json) => json,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("read", path.display(), error)),
        };
        let named = |why: String| Error::config(format!("{}: {why}", path.display()));
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let read = |error: serde_json::Error| named(error.to_string());
        let Version { version } = serde_json::from_slice(&json).map_err(read)?;
        if version != REPORT_VERSION {
            return Err(named(format!(
                "is of version {version}; this program reads version {REPORT_VERSION}"
            )));
        }
        let report: Self = serde_json::from_slice(&json).map_err(read)?;
        let entities = report.entities.iter().map(|row| (&row.counts, row.moved_now));
        let mut counts = entities.chain(report.containers().map(|row| (&row.counts, row.moved_now)));
        let large = |number: u64| number > MAX_ITEMS;
        let beyond = counts.any(|(counts, now)| {
            large(counts.source) || large(now) || State::ALL.iter().any(|state| large(counts.get(*state)))
        });
        drop(counts);
        if beyond {
            return Err(named("counts more items than there can be".into()));
        }
        Ok(Some(report))
    }

    /// Writes `report.json`, `report.html` and `worklist.csv`, each whole or not at all. None of them is held in memory.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) names the file that could not be written.
    pub fn write_to(&self, directory: &Path) -> Result<()> {
        write_whole(&directory.join("report.json"), |file| {
            Ok(serde_json::to_writer_pretty(file, self)?)
        })?;
        write_whole(&directory.join("report.html"), |file| page::write(self, file))?;
        write_whole(&directory.join("worklist.csv"), |file| {
            worklist::write(self, file)
        })
    }
}
