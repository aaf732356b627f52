//! Where programs put the folders of a tree.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::assign::{FileNames, spread};
use super::name::{encode_component, file_path};
use super::utf7;
use crate::Finding;

/// How a tree keeps its folders.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Layout {
    /// `A/B.mbox`: this crate's own, and what most export programs write.
    #[default]
    Plain,
    /// `A/B/mbox`: `readpst -r`.
    Readpst,
    /// `A.sbd/B`, with an empty file `A` where the folder holds nothing itself: Thunderbird.
    Thunderbird,
    /// `Takeout/Mail/A%2FB.mbox`: Google Takeout, whose labels have no directories.
    Takeout,
    /// `A/B`, names in modified UTF-7 (RFC 3501, section 5.1.3): Dovecot's `mbox:` with `LAYOUT=fs`. A folder cannot
    /// hold messages and folders both.
    Dovecot,
}

/// A folder and the file that it goes to.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Placed {
    /// The folder's path, as it was given.
    pub path: Vec<String>,
    /// Its file, below the root.
    pub file: PathBuf,
    /// A [`FolderCollision`](Finding::FolderCollision) if another folder goes to the same file, or to one whose name
    /// differs in letter case only, or needs the file's place for a directory.
    pub findings: Vec<Finding>,
}

/// Where a whole tree goes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Placement {
    /// The folders, in the order in which they were given.
    pub folders: Vec<Placed>,
    /// Files that the layout wants to be there, empty, besides those of the folders.
    pub empty: Vec<PathBuf>,
}

impl Layout {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Plain,
        Self::Readpst,
        Self::Thunderbird,
        Self::Takeout,
        Self::Dovecot,
    ];

    /// The lower-case name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Readpst => "readpst",
            Self::Thunderbird => "thunderbird",
            Self::Takeout => "takeout",
            Self::Dovecot => "dovecot",
        }
    }

    /// The layout with this [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layout| layout.name() == name)
    }

    /// The file of the folder `path`, which is not empty, below `root`. No name leads out of it.
    ///
    /// ```
    /// use tegu_mbox::tree::Layout;
    ///
    /// let path = ["Projects".to_owned(), "Отчёты".to_owned()];
    /// let file = |layout: Layout| layout.file_path("out".as_ref(), &path).display().to_string();
    /// assert_eq!(file(Layout::Readpst), "out/Projects/Отчёты/mbox");
    /// assert_eq!(file(Layout::Thunderbird), "out/Projects.sbd/Отчёты");
    /// assert_eq!(file(Layout::Dovecot), "out/Projects/&BB4EQgRHBFEEQgRL-");
    /// ```
    pub fn file_path(self, root: &Path, path: &[String]) -> PathBuf {
        let encoded = |ending: &str| {
            let (last, parents) = match path.split_last() {
                Some((last, parents)) => (last.as_str(), parents),
                None => ("", path),
            };
            let mut file = root.to_owned();
            file.extend(
                parents
                    .iter()
                    .map(|part| format!("{}{ending}", encode_component(part))),
            );
            file.push(encode_component(last));
            file
        };
        match self {
            Self::Plain => file_path(root, path),
            Self::Readpst => encoded("").join("mbox"),
            Self::Thunderbird => encoded(".sbd"),
            Self::Takeout => {
                let label = encode_component(&path.join("/"));
                root.join("Takeout").join("Mail").join(format!("{label}.mbox"))
            }
            Self::Dovecot => {
                let mut file = root.to_owned();
                file.extend(path.iter().map(|part| encode_component(&utf7::encode(part))));
                file
            }
        }
    }

    fn distinct_path(self, names: &mut FileNames, root: &Path, path: &[String]) -> PathBuf {
        let placed = match self {
            Self::Plain => names.folder(path),
            Self::Readpst => names
                .place(path, "", "", spread)
                .map(|directory| directory.join("mbox")),
            Self::Thunderbird => names.place(path, ".sbd", "", spread),
            Self::Takeout => names.place(
                &["Takeout".to_owned(), "Mail".to_owned(), path.join("/")],
                "",
                ".mbox",
                spread,
            ),
            Self::Dovecot => return self.file_path(root, path),
        };
        // Nothing is read, so nothing can fail.
        placed.unwrap_or_else(|_| self.file_path(root, path))
    }

    /// Where all of `folders` go below `root`.
    ///
    /// Folders that a file system could take for one get names that it cannot, as [`FileNames`] says; [`walk`](super::walk) decodes
    /// them. Only Dovecot's own names are left as they are, and have a finding.
    ///
    /// ```
    /// use tegu_mbox::tree::Layout;
    ///
    /// let folders = [vec!["A".to_owned(), "B".to_owned()]];
    /// let placement = Layout::Thunderbird.place("out".as_ref(), &folders);
    /// assert_eq!(placement.folders[0].file, std::path::Path::new("out/A.sbd/B"));
    /// assert_eq!(placement.empty, [std::path::Path::new("out/A")]);
    /// ```
    pub fn place(self, root: &Path, folders: &[Vec<String>]) -> Placement {
        let mut names = FileNames::planned(root);
        let mut file = |path: &[String]| self.distinct_path(&mut names, root, path);
        let files: Vec<PathBuf> = folders.iter().map(|path| file(path)).collect();
        let key = |file: &Path| file.to_string_lossy().to_lowercase();
        let mut taken: BTreeMap<String, usize> = BTreeMap::new();
        let mut directories = BTreeSet::new();
        for file in &files {
            *taken.entry(key(file)).or_default() += 1;
            let parents = file.ancestors().skip(1).take_while(|&parent| parent != root);
            directories.extend(parents.map(key));
        }
        let placed = files.iter().zip(folders).map(|(file, path)| {
            let key = key(file);
            let collides = taken.get(&key).is_some_and(|&count| count > 1) || directories.contains(&key);
            let finding = Finding::FolderCollision {
                folder: path.join("/"),
            };
            Placed {
                path: path.clone(),
                file: file.clone(),
                findings: collides.then_some(finding).into_iter().collect(),
            }
        });
        let mut empty = BTreeSet::new();
        if self == Self::Thunderbird {
            for path in folders {
                let parents = (1..path.len()).filter_map(|depth| path.get(..depth));
                empty.extend(parents.map(&mut file));
            }
            files.iter().for_each(|file| {
                empty.remove(file);
            });
        }
        Placement {
            folders: placed.collect(),
            empty: empty.into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders(paths: &[&[&str]]) -> Vec<Vec<String>> {
        paths
            .iter()
            .map(|path| path.iter().map(|&part| part.to_owned()).collect())
            .collect()
    }

    fn collisions(layout: Layout, paths: &[&[&str]]) -> Vec<bool> {
        let placement = layout.place(Path::new("out"), &folders(paths));
        placement
            .folders
            .iter()
            .map(|placed| !placed.findings.is_empty())
            .collect()
    }

    #[test]
    fn names_go_both_ways() {
        for layout in Layout::ALL {
            assert_eq!(Layout::from_name(layout.name()), Some(layout));
        }
    }

    #[test]
    fn a_dovecot_folder_holds_messages_or_folders() {
        assert_eq!(
            collisions(Layout::Dovecot, &[&["A"], &["A", "B"], &["C"]]),
            [true, false, false]
        );
        assert_eq!(
            collisions(Layout::Thunderbird, &[&["A"], &["A", "B"]]),
            [false, false]
        );
    }

    #[test]
    fn letter_case_does_not_keep_folders_apart_for_dovecot() {
        assert_eq!(
            collisions(Layout::Dovecot, &[&["Inbox"], &["inbox"], &["Other"]]),
            [true, true, false]
        );
    }

    #[test]
    fn other_layouts_keep_folders_apart_in_another_way() {
        let paths = folders(&[
            &["Inbox"],
            &["inbox"],
            &["INBOX", "a"],
            &["inbox", "A"],
            &["Other"],
        ]);
        for layout in Layout::ALL
            .into_iter()
            .filter(|layout| *layout != Layout::Dovecot)
        {
            let placement = layout.place(Path::new("out"), &paths);
            let files: BTreeSet<_> = placement
                .folders
                .iter()
                .map(|placed| placed.file.to_string_lossy().to_lowercase())
                .chain(
                    placement
                        .empty
                        .iter()
                        .map(|file| file.to_string_lossy().to_lowercase()),
                )
                .collect();
            assert_eq!(files.len(), paths.len() + placement.empty.len(), "{layout:?}");
            assert!(placement.folders.iter().all(|placed| placed.findings.is_empty()));
        }
    }

    #[test]
    fn no_name_leads_out() {
        for layout in Layout::ALL {
            for path in [
                &["..", "..", "etc"][..],
                &["/etc/passwd"],
                &["", ""],
                &["a\0b"],
                &["con", "."],
            ] {
                let file = layout.file_path(Path::new("out"), &folders(&[path])[0]);
                assert!(file.starts_with("out"), "{file:?}");
                assert!(
                    file.components()
                        .all(|part| matches!(part, std::path::Component::Normal(_))),
                    "{file:?}"
                );
            }
        }
    }
}
