//! Reports in a directory.

use crate::{AccountReport, Error, REPORT_VERSION, Report, Result, State, file::write_whole, page, worklist};
use serde::Deserialize;
use std::{
    io::{self, Write},
    path::Path,
};

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
        let json = match std::fs::read(&path) {
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
        page::write(self, &mut out)
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
        write_whole(&directory.join("report.json"), |file| self.write_json(file))?;
        write_whole(&directory.join("report.html"), |file| self.write_page(file))?;
        write_whole(&directory.join("worklist.csv"), |file| self.write_worklist(file))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ContainerReport, Entity, Problem};
    use jiff::Timestamp;
    use serde_json::{Value, json};

    fn report(accounts: Vec<AccountReport>) -> Report {
        Report::builder("job", Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH)
            .accounts(accounts)
            .build()
    }

    fn anna() -> AccountReport {
        let mut inbox = ContainerReport::new(Entity::Mail, "INBOX");
        inbox.counts.expect(2);
        inbox.counts.add_many(State::Moved, 2);
        let mut anna = AccountReport::new("anna@example.test", "Anna");
        anna.containers.push(inbox);
        anna
    }

    fn boris() -> AccountReport {
        let mut boris = AccountReport::new("boris@example.test", "Boris");
        boris.problems.push(Problem::new(Entity::Mail, "refused"));
        boris.uncounted.push(Entity::Mail);
        boris
    }

    #[test]
    fn what_is_not_counted_does_not_balance() {
        let whole = report(vec![anna()]);
        assert!(whole.balances() && whole.is_complete());
        let part = report(vec![anna(), boris()]);
        assert!(!part.balances() && !part.is_complete());
        let mail = part.entity(Entity::Mail).unwrap();
        assert_eq!((mail.counts.source, mail.uncounted), (2, 1));
        assert!(mail.counts.balances() && !mail.balances());
        assert!(part.entity(Entity::Calendars).unwrap().balances());
        let summary = part.summary();
        assert_eq!(
            (summary.balances, summary.complete, summary.uncounted),
            (false, false, 1)
        );
    }

    #[test]
    fn a_report_is_read_as_it_was_written() {
        let scratch = tempfile::tempdir().unwrap();
        let job = scratch.path().join("job");
        assert!(Report::read_from(&job).unwrap().is_none());
        let written = report(vec![anna(), boris()]);
        written.write_to(&job).unwrap();
        let read = Report::read_from(&job).unwrap().unwrap();
        let json = |report: &Report| serde_json::to_value(report).unwrap();
        assert_eq!(json(&read), json(&written));
        let names = std::fs::read_dir(&job).unwrap();
        let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["report.html", "report.json", "worklist.csv"]);
    }

    #[cfg(unix)]
    #[test]
    fn files_are_private() {
        use std::os::unix::fs::PermissionsExt;

        let scratch = tempfile::tempdir().unwrap();
        let job = scratch.path().join("job");
        report(vec![anna()]).write_to(&job).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&job), 0o700);
        for name in ["report.html", "report.json", "worklist.csv"] {
            assert_eq!(mode(&job.join(name)), 0o600, "{name}");
        }
    }

    #[test]
    fn version_2_is_read() {
        let mut old = serde_json::to_value(report(vec![anna(), boris()])).unwrap();
        old["version"] = json!(2);
        for account in old["accounts"].as_array_mut().unwrap() {
            account.as_object_mut().unwrap().remove("uncounted");
        }
        for row in old["entities"].as_array_mut().unwrap() {
            row.as_object_mut().unwrap().remove("uncounted");
        }
        let read = Report::from_json(old.to_string().as_bytes()).unwrap();
        assert!(!read.balances());
        assert_eq!(
            read.uncounted()
                .map(|(account, entity)| (account.account.as_str(), entity))
                .collect::<Vec<_>>(),
            [("boris@example.test", Entity::Mail)]
        );
    }

    #[test]
    fn sums_that_do_not_follow_from_the_accounts_are_not_believed() {
        let mut forged = serde_json::to_value(report(vec![boris()])).unwrap();
        forged["entities"] = json!([]);
        let read = Report::from_json(forged.to_string().as_bytes()).unwrap();
        assert!(!read.entity(Entity::Mail).unwrap().balances());
        let refused = |change: &dyn Fn(&mut Value)| {
            let mut json = serde_json::to_value(report(vec![anna()])).unwrap();
            change(&mut json);
            Report::from_json(json.to_string().as_bytes())
                .unwrap_err()
                .to_string()
        };
        assert!(refused(&|json| json["version"] = json!(4)).contains("version 4"));
        let large = refused(&|json| json["accounts"][0]["containers"][0]["moved"] = json!(u64::MAX));
        assert!(large.contains("more items"), "{large}");
    }
}
