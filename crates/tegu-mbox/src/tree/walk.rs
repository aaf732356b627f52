//! Finding the folders of a tree.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::name::decode_component;
use crate::read::looks_like_mbox;
use crate::{Error, ErrorKind, Finding, Result};

/// How large a tree may be.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Directories within directories. Default: 64.
    pub depth: usize,
    /// Files and directories in all. Default: one million.
    pub entries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 64,
            entries: 1_000_000,
        }
    }
}

/// What [`walk`] found, each list in the order of paths.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Tree {
    /// Mail folders.
    pub folders: Vec<Folder>,
    /// Everything that is none: to be accounted for, since it may hold what someone misses.
    pub others: Vec<Other>,
}

/// A mail folder.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Folder {
    /// Its place in the hierarchy, from the top, names decoded; never empty.
    pub path: Vec<String>,
    /// The file that holds it.
    pub file: PathBuf,
    /// The file's size in bytes.
    pub size: u64,
    /// What is doubtful about the name.
    pub findings: Vec<Finding>,
}

/// A file that is no mail folder.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Other {
    /// Where it is.
    pub file: PathBuf,
    /// What it seems to be.
    pub kind: OtherKind,
}

/// What a file that is no mail folder seems to be.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum OtherKind {
    /// An index or state file of a mail program, without content of its own, such as Thunderbird's `.msf`.
    Index,
    /// A file of readpst for a folder of calendars, contacts, journals or tasks.
    ItemsNotMail,
    /// A symbolic link, a pipe or a device; it was not opened.
    Special,
    /// Any other file.
    Unknown,
}

/// Finds every mail folder below the directory `root`. Links are not followed, nothing is changed.
///
/// # Errors
///
/// [`Io`](ErrorKind::Io) when a directory or file cannot be read, [`TooLarge`](ErrorKind::TooLarge) when a limit is
/// reached; nothing is left out in silence.
///
/// # Example
///
/// ```
/// use tegu_mbox::tree::{Limits, file_path, walk};
///
/// # let dir = tempfile::tempdir().unwrap();
/// # let root = dir.path();
/// std::fs::write(file_path(root, &["A/B".to_owned()]), "").unwrap();
/// let tree = walk(root, &Limits::default())?;
/// assert_eq!(tree.folders[0].path, ["A/B"]);
/// # Ok::<(), tegu_mbox::Error>(())
/// ```
pub fn walk(root: &Path, limits: &Limits) -> Result<Tree> {
    let mut walk = Walk {
        limits,
        entries: 0,
        tree: Tree::default(),
    };
    walk.directory(root, &Place::default(), 0)?;
    let mut tree = walk.tree;
    tree.folders
        .sort_by(|a, b| (&a.path, &a.file).cmp(&(&b.path, &b.file)));
    tree.others.sort_by(|a, b| a.file.cmp(&b.file));
    mark_collisions(&mut tree.folders);
    Ok(tree)
}

/// A place in the hierarchy of folders.
#[derive(Clone, Debug, Default)]
struct Place {
    path: Vec<String>,
    not_utf8: bool,
}

impl Place {
    fn child(&self, name: &OsStr, ending: &str) -> Self {
        let text = name.to_string_lossy();
        let stem = text.strip_suffix(ending).unwrap_or(&text);
        let mut child = self.clone();
        child.not_utf8 |= name.to_str().is_none();
        child.path.push(decode_component(stem));
        child
    }
}

struct Walk<'a> {
    limits: &'a Limits,
    entries: usize,
    tree: Tree,
}

impl Walk<'_> {
    fn directory(&mut self, directory: &Path, place: &Place, depth: usize) -> Result<()> {
        let too_large = |limit: &str| {
            Error::new(
                ErrorKind::TooLarge,
                format!("walk {}", directory.display()),
                format!("limit {limit} reached"),
            )
        };
        if depth > self.limits.depth {
            return Err(too_large("depth"));
        }
        let fail = |error| Error::at("list", directory, error);
        let mut entries = Vec::new();
        for entry in fs::read_dir(directory).map_err(fail)? {
            self.entries += 1;
            if self.entries > self.limits.entries {
                return Err(too_large("entries"));
            }
            let entry = entry.map_err(fail)?;
            entries.push((entry.file_name(), entry.file_type().map_err(fail)?));
        }
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        for (name, kind) in &entries {
            let path = directory.join(name);
            if kind.is_dir() {
                let text = name.to_string_lossy();
                let ending = [".sbd", ".mbox"]
                    .into_iter()
                    .find(|ending| text.ends_with(ending))
                    .unwrap_or("");
                self.directory(&path, &place.child(name, ending), depth + 1)?;
            } else if kind.is_file() {
                let beside = |ending: &str| {
                    let mut other = name.clone();
                    other.push(ending);
                    entries.binary_search_by(|entry| entry.0.cmp(&other)).is_ok()
                };
                let indexed = beside(".msf") || beside(".sbd");
                self.file(path, name, place, indexed)?;
            } else {
                self.tree.others.push(Other {
                    file: path,
                    kind: OtherKind::Special,
                });
            }
        }
        Ok(())
    }

    fn file(&mut self, file: PathBuf, name: &OsStr, place: &Place, indexed: bool) -> Result<()> {
        let mut start = Vec::new();
        let fail = |error| Error::at("read", &file, error);
        let opened = File::open(&file).map_err(fail)?;
        let size = opened.metadata().map_err(fail)?.len();
        opened.take(8192).read_to_end(&mut start).map_err(fail)?;
        let text = name.to_string_lossy();
        // A file that calls itself one is one: if it cannot be read, the reader says why.
        let named = text.ends_with(".mbox") || text == "mbox";
        let is_folder = named || (indexed && size == 0) || looks_like_mbox(&start);
        if !is_folder {
            let kind = other_kind(&text, size);
            self.tree.others.push(Other { file, kind });
            return Ok(());
        }
        // In the layouts that call every file `mbox`, the directory has the folder's name.
        let own = if text == "mbox" && !place.path.is_empty() {
            place.clone()
        } else {
            place.child(name, ".mbox")
        };
        let findings = if own.not_utf8 {
            vec![Finding::NameNotUtf8]
        } else {
            Vec::new()
        };
        self.tree.folders.push(Folder {
            path: own.path,
            file,
            size,
            findings,
        });
        Ok(())
    }
}

fn other_kind(name: &str, size: u64) -> OtherKind {
    const READPST: [&str; 5] = ["appointment", "calendar", "contacts", "journal", "tasks"];
    const STATE: [&str; 5] = [
        "table_of_contents",
        ".DS_Store",
        "filterlog.html",
        "msgFilterRules.dat",
        "dovecot-uidlist",
    ];
    if name.ends_with(".msf") || name.starts_with("dovecot.index") || STATE.contains(&name) {
        OtherKind::Index
    } else if size > 0 && READPST.contains(&name) {
        OtherKind::ItemsNotMail
    } else {
        OtherKind::Unknown
    }
}

fn mark_collisions(folders: &mut [Folder]) {
    let mut seen: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for folder in folders.iter() {
        *seen.entry(folder.path.clone()).or_default() += 1;
    }
    for folder in folders {
        if seen.get(&folder.path).is_some_and(|&count| count > 1) {
            folder.findings.push(Finding::FolderCollision {
                folder: folder.path.join("/"),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const MAIL: &str = "From a@b Mon Jan  1 00:00:00 2024\nSubject: s\n\nx\n\n";

    fn tree(files: &[(&str, &str)]) -> (tempfile::TempDir, Tree) {
        let dir = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let file = dir.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, content).unwrap();
        }
        let tree = walk(dir.path(), &Limits::default()).unwrap();
        (dir, tree)
    }

    fn paths(tree: &Tree) -> Vec<String> {
        tree.folders
            .iter()
            .map(|folder| folder.path.join(" > "))
            .collect()
    }

    fn kinds(tree: &Tree) -> Vec<OtherKind> {
        tree.others.iter().map(|other| other.kind).collect()
    }

    #[test]
    fn readpst() {
        let (_dir, tree) = tree(&[
            ("Top/Входящие/mbox", MAIL),
            ("Top/Входящие/Sub/mbox", MAIL),
            ("Top/Calendar/calendar", "BEGIN:VCALENDAR\n"),
        ]);
        assert_eq!(paths(&tree), ["Top > Входящие", "Top > Входящие > Sub"]);
        assert_eq!(kinds(&tree), [OtherKind::ItemsNotMail]);
    }

    #[test]
    fn thunderbird() {
        let (_dir, tree) = tree(&[
            ("Inbox", MAIL),
            ("Inbox.msf", "// <!-- <mdb:mork:z v=\"1.4\"/> -->"),
            ("Inbox.sbd/Work", MAIL),
            ("Inbox.sbd/Empty", ""),
            ("Inbox.sbd/Empty.msf", "x"),
            ("Archives.sbd/2024", MAIL),
            ("prefs.js", "x"),
        ]);
        assert_eq!(
            paths(&tree),
            ["Archives > 2024", "Inbox", "Inbox > Empty", "Inbox > Work"]
        );
        assert_eq!(
            kinds(&tree),
            [OtherKind::Index, OtherKind::Index, OtherKind::Unknown]
        );
    }

    #[test]
    fn plain_files_and_apples() {
        let (_dir, tree) = tree(&[
            ("a/b.mbox", MAIL),
            ("a/empty.mbox", ""),
            ("a/broken.mbox", "junk, but it calls itself an mbox"),
            ("Apple.mbox/mbox", MAIL),
            ("letter.eml", "Subject: s\n\nx\n"),
        ]);
        assert_eq!(paths(&tree), ["Apple", "a > b", "a > broken", "a > empty"]);
        assert_eq!(kinds(&tree), [OtherKind::Unknown]);
    }

    #[test]
    fn what_this_crate_writes_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let folders = [
            vec!["A"],
            vec!["A", "B"],
            vec!["A.mbox", "B"],
            vec!["..", "..", "etc"],
            vec!["mbox"],
            vec!["x", "mbox"],
            vec!["100%", "a/b", "CON", ""],
        ];
        let mut expected: Vec<Vec<String>> = folders
            .iter()
            .map(|path| path.iter().map(|&part| part.to_owned()).collect())
            .collect();
        for path in &expected {
            let file = super::super::file_path(dir.path(), path);
            assert!(file.starts_with(dir.path()));
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            assert!(!file.exists());
            fs::write(file, MAIL).unwrap();
        }
        let tree = walk(dir.path(), &Limits::default()).unwrap();
        expected.sort();
        assert_eq!(
            tree.folders
                .iter()
                .map(|folder| folder.path.clone())
                .collect::<Vec<_>>(),
            expected
        );
        assert!(tree.others.is_empty() && tree.folders.iter().all(|folder| folder.findings.is_empty()));
    }

    #[test]
    fn two_files_for_one_folder_are_told() {
        let (_dir, tree) = tree(&[("Inbox.mbox", MAIL), ("Inbox/mbox", MAIL)]);
        assert_eq!(paths(&tree), ["Inbox", "Inbox"]);
        assert!(tree.folders.iter().all(|folder| folder.findings.len() == 1));
    }

    #[test]
    fn limits_are_errors() {
        let (dir, _) = tree(&[("a/b/c/d.mbox", MAIL)]);
        for limits in [
            Limits {
                depth: 2,
                ..Limits::default()
            },
            Limits {
                entries: 3,
                ..Limits::default()
            },
        ] {
            assert_eq!(walk(dir.path(), &limits).unwrap_err().kind(), ErrorKind::TooLarge);
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed_and_odd_names_are_told() {
        use std::os::unix::ffi::OsStrExt as _;

        let dir = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(dir.path(), dir.path().join("loop")).unwrap();
        fs::write(dir.path().join(OsStr::from_bytes(b"\xcf\xee.mbox")), MAIL).unwrap();
        let tree = walk(dir.path(), &Limits::default()).unwrap();
        assert_eq!(kinds(&tree), [OtherKind::Special]);
        assert_eq!(tree.folders.first().unwrap().findings, [Finding::NameNotUtf8]);
    }
}
