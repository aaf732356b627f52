//! The job's own directory.

use crate::{Error, ErrorKind, Result, journal::Journal};
use serde::{Deserialize, Serialize};
use std::{fs, io, path::Path, sync::Arc};
use tegu_outcome::file;

const MARKER: &str = "job.json";
const JOURNAL: &str = "journal.redb";
const VERSION: u32 = 1;

/// What says whose directory it is.
#[derive(Debug, Deserialize, Eq, PartialEq, Serialize)]
struct Marker {
    version: u32,
    job: String,
    routes: Vec<String>,
}

/// Takes an empty or new directory, or comes back to this job's own.
pub(crate) fn claim(path: &Path, job: &str, routes: &[String]) -> Result<()> {
    let marker = Marker {
        version: VERSION,
        job: job.to_owned(),
        routes: routes.to_vec(),
    };
    let marker_path = path.join(MARKER);
    match fs::read(&marker_path) {
        Ok(found) => match serde_json::from_slice::<Marker>(&found) {
            Ok(found) if found == marker => {}
            Ok(found) => {
                let differs = found.routes.iter().find(|route| !routes.contains(route));
                let why = differs.map_or_else(|| format!("job {:?}", found.job), Clone::clone);
                return Err(foreign(path, &format!("belongs to another job ({why})")));
            }
            Err(error) => {
                return Err(foreign(
                    path,
                    &format!("holds a {MARKER} that cannot be read ({error})"),
                ));
            }
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if !is_free(path)? {
                return Err(foreign(path, "is not empty and no job's own"));
            }
            file::create_dir(path).map_err(|error| Error::io("create", path.display(), error))?;
            let content = serde_json::to_vec_pretty(&marker)
                .map_err(|error| Error::new(ErrorKind::Io, format!("writing {MARKER}: {error}")))?;
            file::write(&marker_path, |file| file.write_all(&content))?;
        }
        Err(error) => {
            return Err(Error::io("read", marker_path.display(), error));
        }
    }
    Ok(())
}

/// Whether an earlier run left a journal.
pub(super) fn has_journal(job: &Path) -> bool {
    job.join(JOURNAL).exists()
}

/// The journal that lies in the job's directory.
#[cfg(feature = "redb")]
pub(super) fn open_journal(job: &Path) -> Result<Arc<dyn Journal>> {
    Ok(Arc::new(crate::journal::RedbJournal::open(job.join(JOURNAL))?))
}

/// Without an embedded journal the caller has to bring one.
#[cfg(not(feature = "redb"))]
pub(super) fn open_journal(_: &Path) -> Result<Arc<dyn Journal>> {
    Err(Error::config(
        "built without the feature `redb`: give the migration a journal",
    ))
}

/// Nothing lies there, or only what a run that was killed at its very start left.
fn is_free(path: &Path) -> Result<bool> {
    let failed = |error| Error::io("read", path.display(), error);
    match fs::read_dir(path) {
        Ok(mut entries) => entries.try_fold(true, |free, entry| {
            let name = entry.map_err(failed)?.file_name();
            Ok(free && file::is_temporary(&name.to_string_lossy()))
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(failed(error)),
    }
}

fn foreign(path: &Path, why: &str) -> Error {
    let message = format!("the job directory {} {why}; name an empty one", path.display());
    Error::new(ErrorKind::Config, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_new_directory_is_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("a/job");
        claim(&path, "example", &[]).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn a_directory_belongs_to_one_job() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("job");
        let routes = ["mail: a -> b".to_owned()];
        claim(&path, "first", &routes).unwrap();
        claim(&path, "first", &routes).unwrap();
        let error = claim(&path, "first", &["mail: a -> c".to_owned()]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("mail: a -> b"), "{error}");
    }

    #[test]
    fn what_lies_there_is_left_alone() {
        let scratch = tempfile::tempdir().unwrap();
        fs::write(scratch.path().join("diary.txt"), "x").unwrap();
        let error = claim(scratch.path(), "first", &[]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_run_killed_at_its_start_can_start_again() {
        let scratch = tempfile::tempdir().unwrap();
        fs::write(scratch.path().join(".tegu-AbC123.part"), "{").unwrap();
        claim(scratch.path(), "first", &[]).unwrap();
    }
}
