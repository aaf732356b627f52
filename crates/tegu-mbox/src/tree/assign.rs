//! Which folder has which file.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use tegu_outcome::file::SourceDir;

use super::distinct::{exact, fold, plain};
use super::name::encode_component;
use crate::{Error, Result};

/// Gives each folder of a tree a file of its own: different names have different files, also on file systems that ignore letter
/// case or Unicode normalisation.
///
/// A folder goes where [`file_path`](super::file_path) puts it. If that place belongs to another folder, or a file system could
/// take the two for one, everything in the name that could be folded is escaped, and the name ends in `%=`. Which of two such
/// folders gets the shorter name depends on which came first, so what stands in the directories is looked at once, and kept.
/// [`walk`](super::walk) decodes both forms.
///
/// ```
/// use tegu_mbox::tree::FileNames;
///
/// # let dir = tempfile::tempdir().unwrap();
/// # let root = dir.path();
/// let mut names = FileNames::below(root);
/// assert_eq!(names.folder(&["Inbox".to_owned()])?, root.join("Inbox.mbox"));
/// assert_eq!(names.folder(&["INBOX".to_owned()])?, root.join("%49%4E%42%4F%58%=.mbox"));
/// assert_eq!(names.folder(&["Inbox".to_owned()])?, root.join("Inbox.mbox"));
/// # Ok::<(), tegu_mbox::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct FileNames {
    root: PathBuf,
    reads: bool,
    /// For each directory, the names in it, without endings, by what they fold to.
    directories: BTreeMap<PathBuf, BTreeMap<String, Vec<String>>>,
}

impl FileNames {
    /// Names files below `root`, beside those that are there.
    pub fn below(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            reads: true,
            directories: BTreeMap::new(),
        }
    }

    /// Names files below `root` as if it were empty.
    pub(super) fn planned(root: impl Into<PathBuf>) -> Self {
        Self {
            reads: false,
            ..Self::below(root)
        }
    }

    /// Returns the mbox file of the folder `path`. The same path always gets the same file. Nothing is created.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io) if a directory on the way cannot be read.
    pub fn folder(&mut self, path: &[String]) -> Result<PathBuf> {
        self.place(path, "", ".mbox", spread)
    }

    /// Returns where `path` is kept below the root: all parts but the last are directories. As [`folder`](Self::folder), but without
    /// an ending, and a long part is [cut](super::encode_component) instead of spread over several directories.
    ///
    /// # Errors
    ///
    /// As [`folder`](Self::folder).
    pub fn file(&mut self, path: &[String]) -> Result<PathBuf> {
        self.place(path, "", "", cut)
    }

    /// As [`folder`](Self::folder), with an ending for each directory and one for the file.
    pub(super) fn place(
        &mut self,
        path: &[String],
        directory: &str,
        file: &str,
        forms: Forms,
    ) -> Result<PathBuf> {
        let nameless = [String::new()];
        let mut parts = Vec::new();
        let mut at = self.root.clone();
        for name in if path.is_empty() { &nameless } else { path } {
            // The part before is a directory, since this one follows.
            at.extend(parts.pop().map(|part: String| part + directory));
            let (plain, exact) = forms(name);
            parts = if !self.is_there(&at, directory, &exact)? && self.is_free(&at, directory, &plain)? {
                plain
            } else {
                exact
            };
            let last = parts.pop();
            for part in parts.drain(..) {
                self.take(&at, &part)?;
                at.push(part + directory);
            }
            if let Some(last) = last {
                self.take(&at, &last)?;
                parts.push(last);
            }
        }
        at.extend(parts.pop().map(|part| part + file));
        Ok(at)
    }

    fn take(&mut self, directory: &Path, part: &str) -> Result<()> {
        let names = self.directory(directory)?.entry(fold(part)).or_default();
        if !names.iter().any(|name| name == part) {
            names.push(part.to_owned());
        }
        Ok(())
    }

    fn is_there(&mut self, directory: &Path, ending: &str, parts: &[String]) -> Result<bool> {
        let mut at = directory.to_owned();
        for part in parts {
            if !self
                .directory(&at)?
                .get(&fold(part))
                .is_some_and(|names| names.contains(part))
            {
                return Ok(false);
            }
            at.push(format!("{part}{ending}"));
        }
        Ok(true)
    }

    /// Whether no other name could be taken for one of these.
    fn is_free(&mut self, directory: &Path, ending: &str, parts: &[String]) -> Result<bool> {
        let mut at = directory.to_owned();
        for part in parts {
            match self.directory(&at)?.get(&fold(part)) {
                // Two that meet were written by an earlier version, or by another program; each keeps its own.
                Some(names) if !names.contains(part) => return Ok(false),
                _ => at.push(format!("{part}{ending}")),
            }
        }
        Ok(true)
    }

    fn directory(&mut self, path: &Path) -> Result<&mut BTreeMap<String, Vec<String>>> {
        if !self.directories.contains_key(path) {
            let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
            if self.reads {
                for file in listed(path)? {
                    let name = stem(&file);
                    names.entry(fold(name)).or_default().push(name.to_owned());
                }
            }
            self.directories.insert(path.to_owned(), names);
        }
        Ok(self.directories.entry(path.to_owned()).or_default())
    }
}

/// A file's name without the endings that a folder's files have. Names of folders have their own endings escaped.
fn stem(file: &str) -> &str {
    [".mbox.jsonl", ".mbox", ".sbd"]
        .iter()
        .find_map(|ending| file.strip_suffix(ending))
        .unwrap_or(file)
}

/// The usual components for a name, and those that no file system takes for another name's.
pub(super) type Forms = fn(&str) -> (Vec<String>, Vec<String>);

/// A long name takes several components.
pub(super) fn spread(name: &str) -> (Vec<String>, Vec<String>) {
    (plain(name), exact(name))
}

/// A long name is cut; its digest keeps it apart from others.
fn cut(name: &str) -> (Vec<String>, Vec<String>) {
    let usual = vec![encode_component(name)];
    let exact = exact(name);
    let exact = if exact.len() == 1 { exact } else { usual.clone() };
    (usual, exact)
}

fn listed(directory: &Path) -> Result<Vec<String>> {
    let read = || -> io::Result<Vec<String>> {
        let entries = SourceDir::new(directory).entries(Path::new(""))?;
        let name = |(name, _): (OsString, _)| name.to_string_lossy().into_owned();
        Ok(entries.into_iter().map(name).collect())
    };
    match read() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        listed => listed.map_err(|error| Error::io("list", directory.display(), error)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::tree::{Limits, walk};
    use std::fs;

    const COLLIDING: [&str; 2] = ["4zpswdmbd2o7f", "srxil5gmf473p"];

    fn path(text: &str) -> Vec<String> {
        text.split('>').map(str::to_owned).collect()
    }

    fn write(file: &Path) {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "").unwrap();
    }

    /// Whether every common file system can hold a file of this name, and none gives it a meaning.
    fn is_portable(name: &str) -> bool {
        let stem = name.split('.').next().unwrap().trim_end().to_uppercase();
        let device = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].contains(&stem.as_str())
            || ["COM", "LPT"].iter().any(|word| {
                let number = stem.strip_prefix(word);
                number.is_some_and(|number| {
                    number.chars().count() == 1 && number.contains(|c: char| c.is_numeric())
                })
            });
        let bad = |c: char| c.is_control() || "/\\:*?\"<>|".contains(c);
        !device
            && !name.contains(bad)
            && !name.ends_with(['.', ' '])
            && !name.starts_with(['.', ' '])
            && name.len() <= 255
    }

    #[test]
    fn every_folder_keeps_its_file_over_runs_and_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let folders = [
            "Inbox",
            "INBOX",
            "inbox",
            "INBOX>a",
            "Inbox>a",
            "Inbox>A",
            "й",
            "и\u{306}",
            "COM¹",
            "com¹",
            "Com1",
            "a.mbox.jsonl>x",
            "a",
            "",
        ]
        .map(path)
        .into_iter()
        .chain([
            vec!["Ж".repeat(500)],
            vec!["ж".repeat(500)],
            vec!["Ж".repeat(500), "x".to_owned()],
        ])
        .collect::<Vec<_>>();
        let mut files = Vec::new();
        for folder in &folders {
            // A process that is killed after each folder.
            let file = FileNames::below(dir.path()).folder(folder).unwrap();
            write(&file);
            files.push(file);
        }
        let apart: BTreeSet<_> = files.iter().map(|file| fold(&file.to_string_lossy())).collect();
        assert_eq!(apart.len(), folders.len());
        let mut names = FileNames::below(dir.path());
        for (folder, file) in folders.iter().zip(&files).rev() {
            assert_eq!(names.folder(folder).unwrap(), *file);
        }
        let mut found: Vec<_> = walk(dir.path(), &Limits::default()).unwrap().folders;
        let mut expected = folders;
        expected.sort();
        found.sort_by(|a, b| a.path.cmp(&b.path));
        assert_eq!(
            found.iter().map(|folder| folder.path.clone()).collect::<Vec<_>>(),
            expected
        );
        assert!(found.iter().all(|folder| folder.findings.is_empty()));
    }

    #[test]
    fn names_that_met_under_the_old_digest_have_files_of_their_own() {
        // FNV-1a of 64 bits, which an earlier version used, gave these two one file.
        let [a, b] = COLLIDING.map(|end| vec![format!("{}{end}", "x".repeat(240))]);
        let names = &mut FileNames::below("out");
        assert_ne!(names.folder(&a).unwrap(), names.folder(&b).unwrap());
        assert_ne!(encode_component(&a[0]), encode_component(&b[0]));
    }

    #[test]
    fn files_of_an_earlier_version_are_found_again() {
        let dir = tempfile::tempdir().unwrap();
        for old in ["Inbox.mbox", "INBOX.mbox", "Projects/A%2FB.mbox"] {
            write(&dir.path().join(old));
        }
        let mut names = FileNames::below(dir.path());
        for (folder, file) in [
            ("INBOX", "INBOX.mbox"),
            ("Inbox", "Inbox.mbox"),
            ("Projects>A/B", "Projects/A%2FB.mbox"),
        ] {
            assert_eq!(names.folder(&path(folder)).unwrap(), dir.path().join(file));
        }
        assert_eq!(
            names.folder(&path("inbox")).unwrap(),
            dir.path().join("inbox%=.mbox")
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn different_folders_have_different_files(
            folders in proptest::collection::vec(proptest::collection::vec(
                "[aAàÀйЙ%=+. ]{0,4}|\\PC{0,6}|(a|A|\u{300}){200,300}|(COM|com|lpt|Con|NUL|aux)[¹1²0]?(\\.x| )?|INBOX|Inbox|inbox", 1..4), 1..12),
        ) {
            let mut names = FileNames::planned("out");
            let files: Vec<_> = folders.iter().map(|folder| names.folder(folder).unwrap()).collect();
            let folded: BTreeSet<_> = files.iter().map(|file| fold(&file.to_string_lossy())).collect();
            let distinct: BTreeSet<_> = folders.iter().collect();
            prop_assert_eq!(folded.len(), distinct.len());
            for (folder, file) in folders.iter().zip(&files) {
                prop_assert_eq!(&names.folder(folder).unwrap(), file);
                for part in file.iter().map(|part| part.to_str().unwrap()) {
                    prop_assert!(is_portable(part), "{}", part);
                }
            }
        }
    }
}
