//! The job's own directory.

use crate::{Error, ErrorKind, Result, journal::Settings};
use serde::{Deserialize, Serialize};
use std::{io, path::Path};
use tegu_outcome::file::{self, SourceDir};

const MARKER: &str = "job.json";
const VERSION: u32 = 2;

/// What says whose directory it is.
#[derive(Debug, Deserialize, Serialize)]
struct Marker {
    version: u32,
    job: String,
    settings: Settings,
}

/// Takes an empty or new directory for a job, or comes back to the job's own. What it makes is private (mode 0700).
///
/// `identity` is what names the job's migration: source and target of each route, and the directory of accounts.
///
/// # Errors
///
/// Kind [`Config`](ErrorKind::Config) for a directory of another job or migration, one that is not empty, and one in which somebody
/// else could put links. The message says what to do.
pub fn claim_directory(path: &Path, job: &str, identity: &Settings) -> Result<()> {
    let mut settings = identity.clone();
    let marker_path = path.join(MARKER);
    match file::read(&marker_path) {
        Ok(found) => {
            check_own(path)?;
            let unreadable = |why: &dyn std::fmt::Display| {
                foreign(path, &format!("holds a {MARKER} that cannot be read ({why})"))
            };
            let found: Marker = serde_json::from_slice(&found).map_err(|error| unreadable(&error))?;
            if found.version != VERSION {
                return Err(unreadable(&format_args!("version {}", found.version)));
            }
            if let Some(other) = identity.other_migration(&found.settings) {
                return Err(started_with(
                    path,
                    &other.name,
                    other.journal.as_deref(),
                    other.here.as_deref(),
                ));
            }
            if found.job != job {
                return Err(started_with(path, "name", Some(&found.job), Some(job)));
            }
            settings.inherit(&found.settings);
            if settings == found.settings {
                return Ok(());
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if !is_free(path)? {
                return Err(foreign(path, "is not empty and no job's own"));
            }
            file::create_dir(path).map_err(|error| Error::io("create", path.display(), error))?;
            file::make_private(path).map_err(|error| Error::io("make private", path.display(), error))?;
        }
        Err(error) => return Err(Error::io("read", marker_path.display(), error)),
    }
    let marker = Marker {
        version: VERSION,
        job: job.to_owned(),
        settings,
    };
    let content = serde_json::to_vec_pretty(&marker)
        .map_err(|error| Error::new(ErrorKind::Io, format!("writing {MARKER}: {error}")))?;
    file::write(&marker_path, |file| file.write_all(&content))
}

/// Refuses a directory that somebody else may have prepared: links below it would lead what is written elsewhere.
#[cfg(unix)]
fn check_own(path: &Path) -> Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let failed = |error| Error::io("look at", path.display(), error);
    let directory = std::fs::metadata(path).map_err(failed)?;
    let ours = file::temporary(path).and_then(|file| file.as_file().metadata());
    let why = if directory.uid() != ours.map_err(failed)?.uid() {
        "belongs to another user, who could lead what is written there elsewhere: run as that user".to_owned()
    } else if directory.mode() & 0o022 != 0 {
        format!(
            "can be written by others, who could lead what is written there elsewhere: chmod 700 '{}'",
            path.display()
        )
    } else {
        return Ok(());
    };
    Err(Error::config(format_args!(
        "the job directory {} {why}",
        path.display()
    )))
}

#[cfg(not(unix))]
fn check_own(_: &Path) -> Result<()> {
    Ok(())
}

/// Nothing lies there, or only what a run that was killed at its very start left.
fn is_free(path: &Path) -> Result<bool> {
    let failed = |error| Error::io("read", path.display(), error);
    match SourceDir::new(path).entries(Path::new("")) {
        Ok(entries) => Ok(entries
            .iter()
            .all(|(name, _)| file::is_temporary(&name.to_string_lossy()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(failed(error)),
    }
}

/// Another migration lies there: one of these settings is not what it was.
fn started_with(path: &Path, name: &str, before: Option<&str>, now: Option<&str>) -> Error {
    let (before, now) = (before.unwrap_or("nothing"), now.unwrap_or("nothing"));
    Error::config(format_args!(
        "the job in {} was started with {name} {before}, this configuration says {now}: restore it or choose a new `out`",
        path.display()
    ))
}

fn foreign(path: &Path, why: &str) -> Error {
    let message = format!("the job directory {} {why}; name an empty one", path.display());
    Error::new(ErrorKind::Config, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[cfg(unix)]
    #[test]
    fn a_new_directory_is_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("a/job");
        claim_directory(&path, "example", &Settings::new()).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    /// Nobody else can plant links in it.
    #[cfg(unix)]
    #[test]
    fn an_empty_directory_becomes_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let scratch = tempfile::tempdir().unwrap();
        fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o777)).unwrap();
        claim_directory(scratch.path(), "example", &Settings::new()).unwrap();
        let mode = fs::metadata(scratch.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    /// Who can write there, or made it, can plant links that lead a run elsewhere.
    #[cfg(unix)]
    #[test]
    fn a_directory_that_others_can_prepare_is_refused() {
        use std::os::unix::fs::{PermissionsExt as _, chown};
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("job");
        claim_directory(&path, "first", &Settings::new()).unwrap();
        for (mode, fits) in [(0o777, false), (0o770, false), (0o755, true), (0o700, true)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let claimed = claim_directory(&path, "first", &Settings::new());
            assert_eq!(claimed.is_ok(), fits, "{mode:o}");
            if let Err(error) = claimed {
                assert_eq!(error.kind(), ErrorKind::Config);
                assert!(error.to_string().contains("chmod 700 '"), "{error}");
            }
        }
        // Only root can give a directory away, and read what is in it then.
        if chown(&path, Some(65_534), None).is_ok() {
            let error = claim_directory(&path, "first", &Settings::new()).unwrap_err();
            assert!(error.to_string().contains("belongs to another user"), "{error}");
        }
    }

    #[test]
    fn a_directory_belongs_to_one_job() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("job");
        let leads = |to: &str| Settings::new().identity("mail", to);
        claim_directory(&path, "first", &leads("a -> b")).unwrap();
        claim_directory(&path, "first", &leads("a -> b")).unwrap();
        // Contacts move later; where mail went is not forgotten.
        claim_directory(&path, "first", &Settings::new().identity("contacts", "d")).unwrap();
        for (job, settings, says) in [
            (
                "first",
                leads("a -> c"),
                "was started with mail a -> b, this configuration says a -> c: restore it or choose a new `out`",
            ),
            (
                "second",
                leads("a -> b"),
                "was started with name first, this configuration says second",
            ),
        ] {
            let error = claim_directory(&path, job, &settings).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.to_string().contains(says), "{error}");
        }
    }

    #[test]
    fn what_lies_there_is_left_alone() {
        let scratch = tempfile::tempdir().unwrap();
        fs::write(scratch.path().join("diary.txt"), "x").unwrap();
        let error = claim_directory(scratch.path(), "first", &Settings::new()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_run_killed_at_its_start_can_start_again() {
        let scratch = tempfile::tempdir().unwrap();
        fs::write(scratch.path().join(".tegu-AbC123.part"), "{").unwrap();
        claim_directory(scratch.path(), "first", &Settings::new()).unwrap();
    }
}
