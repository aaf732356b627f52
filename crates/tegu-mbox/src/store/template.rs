//! Paths in which parts of an account stand.

use crate::tree::encode_component;
use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};
use tegu_outcome::file::{SourceDir, open_regular};
use tegu_store::Account;

/// One name in a path, in which `{mail}`, `{alias}` and `{domain}` stand for parts of an account: a part is written so that it adds no
/// level and no pattern.
#[must_use]
pub fn path_component(template: &str, account: &Account) -> String {
    account.fill(template, |filled, part| filled.push_str(&encode_component(part)))
}

/// Makes a path the same whatever the working directory is later.
pub(super) fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

/// A path to files from outside: a part is one name in it at most. Nothing below the last directory that the template names in full is
/// reached by a link.
#[derive(Clone, Debug)]
pub struct PathTemplate {
    whole: PathBuf,
    directory: SourceDir,
    /// The rest of the template; empty if it names no part of an account.
    below: String,
}

impl PathTemplate {
    /// A path with `{mail}`, `{alias}` or `{domain}` in it, below `base`.
    #[must_use]
    pub fn new(template: &str, base: &Path) -> Self {
        let base = absolute(base.to_owned());
        let end = template.find('{').map_or(template.len(), |part| {
            template
                .get(..part)
                .and_then(|fixed| fixed.rfind('/'))
                .map_or(0, |slash| slash + 1)
        });
        let (fixed, below) = template.split_at(end);
        Self {
            whole: base.join(template),
            directory: SourceDir::new(base.join(fixed)),
            below: below.to_owned(),
        }
    }

    /// The template as a path, for people.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.whole
    }

    /// The directory, and the account's path below it.
    #[must_use]
    pub fn fill(&self, account: &Account) -> (&SourceDir, PathBuf) {
        (&self.directory, path_component(&self.below, account).into())
    }

    /// Opens the account's file. Links are followed only to a file that the template names in full.
    ///
    /// # Errors
    ///
    /// As [`SourceDir::open`].
    pub fn open(&self, account: &Account) -> io::Result<File> {
        let (directory, below) = self.fill(account);
        if below.as_os_str().is_empty() {
            open_regular(directory.path())
        } else {
            directory.open(&below)
        }
    }

    /// The account's path, for people and to compare.
    #[must_use]
    pub fn place(&self, account: &Account) -> PathBuf {
        let (directory, below) = self.fill(account);
        if below.as_os_str().is_empty() {
            directory.path().to_owned()
        } else {
            directory.path().join(below)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::Component;

    #[test]
    fn the_directory_ends_where_the_account_begins() {
        let split = |template: &str| {
            let path = PathTemplate::new(template, Path::new("/base"));
            let (directory, below) = path.fill(&Account::new("anna@x.test"));
            (directory.path().to_owned(), below)
        };
        assert_eq!(split("mail/{alias}/x"), ("/base/mail/".into(), "anna/x".into()));
        assert_eq!(split("{alias}"), ("/base/".into(), "anna".into()));
        assert_eq!(split("a/b-{alias}.txt"), ("/base/a/".into(), "b-anna.txt".into()));
        assert_eq!(split("/run/secret"), ("/run/secret".into(), "".into()));
    }

    proptest! {
        /// Whatever a directory holds, it adds no level to a path.
        #[test]
        fn a_part_stays_in_its_place(alias in ".{0,20}", domain in ".{0,20}") {
            let mut account = Account::new(format!("{alias}@{domain}"));
            account.alias = alias;
            let template = PathTemplate::new("mail/{alias}/x-{mail}", Path::new("/base"));
            let (_, below) = template.fill(&account);
            let names = below.components().collect::<Vec<_>>();
            prop_assert!(names.len() <= 2 && names.iter().all(|name| matches!(name, Component::Normal(_))));
        }
    }
}
