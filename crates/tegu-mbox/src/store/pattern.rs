//! Several files of one account.

use super::{PathTemplate, path_component};
use crate::{Error, ErrorKind, Result};
use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};
use tegu_outcome::file::EntryKind;
use tegu_store::Account;

/// A [`PathTemplate`] whose last part may hold one `*`, for any text: an account's file, or all its files whose names fit, in any letter
/// case.
#[derive(Clone, Debug)]
pub struct PathPattern {
    /// The file, or the directory of files whose names fit the pattern.
    template: PathTemplate,
    /// What stands before and behind the `*` in the last part of the path, in which parts of an account may stand.
    pattern: Option<(String, String)>,
}

impl PathPattern {
    /// A path with `{mail}`, `{alias}` or `{domain}` in it, below `base`.
    #[must_use]
    pub fn new(template: &str, base: &Path) -> Self {
        let (directory, name) = match template.rsplit_once('/') {
            Some(("", name)) => ("/", name),
            Some(parts) => parts,
            None => ("", template),
        };
        let pattern = name.split_once('*');
        let place = if pattern.is_some() { directory } else { template };
        Self {
            template: PathTemplate::new(place, base),
            pattern: pattern.map(|(start, end)| (start.to_owned(), end.to_owned())),
        }
    }

    /// The pattern as a path, for people.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.whole(self.template.path().to_owned(), str::to_owned)
    }

    /// The account's paths, for people and to compare.
    #[must_use]
    pub fn place(&self, account: &Account) -> PathBuf {
        self.whole(self.template.place(account), |part| path_component(part, account))
    }

    /// A path with the pattern at its end, if there is one.
    fn whole(&self, path: PathBuf, part: impl Fn(&str) -> String) -> PathBuf {
        match &self.pattern {
            Some((start, end)) => path.join(format!("{}*{}", part(start), part(end))),
            None => path,
        }
    }

    /// Opens the files of an account, in the order of their names; none if there is no such file or directory. Nothing that the template
    /// does not name in full is reached by a link.
    ///
    /// # Errors
    ///
    /// Kind [`Malformed`](ErrorKind::Malformed), with the source to blame, for what cannot be opened: nobody knows what it would hold.
    pub fn open(&self, account: &Account) -> Result<Vec<(PathBuf, File)>> {
        let Some((start, end)) = &self.pattern else {
            let path = self.template.place(account);
            return match self.template.open(account) {
                Ok(file) => Ok(vec![(path, file)]),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
                Err(error) => Err(unreadable("open", &path, error)),
            };
        };
        let part = |part: &str| path_component(part, account).to_lowercase();
        let (start, end) = (part(start), part(end));
        let (directory, below) = self.template.fill(account);
        let entries = match directory.entries(&below) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(unreadable("list", &self.template.place(account), error)),
        };
        let mut files = Vec::new();
        for (name, kind) in entries {
            let lower = name.to_string_lossy().to_lowercase();
            let fits =
                lower.len() >= start.len() + end.len() && lower.starts_with(&start) && lower.ends_with(&end);
            if fits && kind != EntryKind::Directory {
                let below = below.join(name);
                let path = directory.path().join(&below);
                let file = directory.open(&below);
                let file = file.map_err(|error| unreadable("open", &path, error))?;
                files.push((path, file));
            }
        }
        Ok(files)
    }
}

/// A file that cannot be read is its account's trouble, and not this machine's.
fn unreadable(operation: &str, path: &Path, error: io::Error) -> Error {
    let message = Error::io(operation, path.display(), error).to_string();
    Error::new(ErrorKind::Malformed, message).at_source()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, os::unix::fs::symlink};

    #[test]
    fn files_whose_names_fit_are_opened_in_their_order() {
        let scratch = tempfile::tempdir().unwrap();
        let home = scratch.path().join("pst/anna");
        fs::create_dir_all(home.join("c.pst")).unwrap();
        for name in ["b.PST", "a.pst", "a.txt", ".pst"] {
            fs::write(home.join(name), name).unwrap();
        }
        let names = |template: &str| {
            let files = PathPattern::new(template, scratch.path()).open(&Account::new("anna@x.test"));
            let files = files.map_err(|error| (error.kind(), error.to_string()))?;
            let name = |(path, _): (PathBuf, File)| path.file_name().unwrap().to_owned();
            Ok(files.into_iter().map(name).collect::<Vec<_>>())
        };
        assert_eq!(names("pst/{alias}/*.pst").unwrap(), [".pst", "a.pst", "b.PST"]);
        assert_eq!(names("pst/{alias}/a.pst").unwrap(), ["a.pst"]);
        assert_eq!(names("pst/{alias}/{alias}*").unwrap(), [""; 0]);
        assert_eq!(names("pst/nobody/*").unwrap(), [""; 0]);
        symlink(home.join("a.pst"), home.join("d.pst")).unwrap();
        let (kind, text): (ErrorKind, String) = names("pst/{alias}/*.pst").unwrap_err();
        assert!(kind == ErrorKind::Malformed && text.contains("d.pst"), "{text}");
    }
}
