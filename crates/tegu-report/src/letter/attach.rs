//! Originals that go with a letter.

use crate::{Error, Result, WorkItem};
use std::{collections::BTreeSet, fs::File, io::Read as _, path::Path};
use tegu_outcome::file::SourceDir;

/// The most originals that are attached to one letter.
const MAX_FILES: usize = 50;

/// The files attached to a letter.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Attachments {
    /// The files.
    pub files: Vec<Attachment>,
    /// How many originals did not fit.
    pub left_out: usize,
}

/// A file that is attached to a letter.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// Its content.
    pub content: Vec<u8>,
}

impl Attachment {
    /// Makes an attachment from its name and content.
    pub fn new(name: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.into(),
            content: content.into(),
        }
    }
}

/// The originals of manual items, the small ones first, as far as they fit.
pub(super) fn originals(work: &[&WorkItem], job: &Path, most: u64) -> Result<Attachments> {
    let mut attached = Attachments::default();
    let paths: BTreeSet<&str> = work.iter().filter_map(|work| work.original.as_deref()).collect();
    let mut sized = Vec::with_capacity(paths.len());
    for path in paths {
        match inside(job, path).and_then(|file| file.metadata().ok()) {
            Some(metadata) => sized.push((metadata.len(), path)),
            None => attached.left_out += 1,
        }
    }
    sized.sort_unstable();
    let mut room = most;
    for (size, path) in sized {
        let file = inside(job, path).filter(|_| size <= room && attached.files.len() < MAX_FILES);
        let Some(file) = file else {
            attached.left_out += 1;
            continue;
        };
        room -= size;
        let mut content = Vec::new();
        let read = file.take(size).read_to_end(&mut content);
        read.map_err(|error| Error::io("read", job.join(path).display(), error))?;
        let name = Path::new(path)
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        attached.files.push(Attachment { name, content });
    }
    Ok(attached)
}

/// A report may have been changed by somebody: only files below the job's directory are originals.
fn inside(job: &Path, path: &str) -> Option<File> {
    let below = Path::new(path).strip_prefix("worklist").ok()?;
    SourceDir::new(job.join("worklist")).open(below).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn only_originals_of_the_job_are_found() {
        let scratch = tempfile::tempdir().unwrap();
        let job = scratch.path().join("job");
        fs::create_dir_all(job.join("worklist/mail")).unwrap();
        fs::write(job.join("worklist/mail/1.eml"), "x").unwrap();
        fs::write(job.join("journal.redb"), "x").unwrap();
        fs::write(scratch.path().join("secret"), "x").unwrap();
        std::os::unix::fs::symlink(scratch.path().join("secret"), job.join("worklist/link")).unwrap();
        assert!(inside(&job, "worklist/mail/1.eml").is_some());
        let secret = scratch.path().join("secret");
        for hostile in [
            "../secret",
            "worklist/../../secret",
            secret.to_str().unwrap(),
            "worklist/link",
            "journal.redb",
            "worklist",
            "",
        ] {
            assert!(inside(&job, hostile).is_none(), "{hostile}");
        }
        // What takes an original's place after it was written is not attached either.
        fs::remove_file(job.join("worklist/mail/1.eml")).unwrap();
        std::os::unix::fs::symlink(&secret, job.join("worklist/mail/1.eml")).unwrap();
        assert!(inside(&job, "worklist/mail/1.eml").is_none());
    }
}
