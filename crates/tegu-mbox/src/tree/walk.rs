//! Finding the folders of a tree.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};

use tegu_outcome::file::{EntryKind, SourceDir};

use super::distinct::continued;
use super::layout::Layout;
use super::name::decode_component;
use super::utf7;
use crate::header::fields;
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
    /// How the tree seems to be laid out.
    pub layout: Layout,
    /// Mail folders.
    pub folders: Vec<Folder>,
    /// Messages that have a file each.
    pub messages: Vec<Single>,
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

/// A file that holds one message and no `From_` line: `.eml`, or a number as in MH folders and those of `readpst -M`.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Single {
    /// The folder that it lies in, names decoded; empty at the root.
    pub folder: Vec<String>,
    /// The file.
    pub file: PathBuf,
    /// The file's size in bytes.
    pub size: u64,
    /// What is doubtful about the folder's name.
    pub findings: Vec<Finding>,
}

/// A file that is no mail.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Other {
    /// The folder that it lies in, names decoded; empty at the root.
    pub folder: Vec<String>,
    /// Where it is.
    pub file: PathBuf,
    /// What it seems to be.
    pub kind: OtherKind,
}

/// What a file that is no mail seems to be.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum OtherKind {
    /// An index, lock or state file of a mail program, without content of its own, such as Thunderbird's `.msf`; or a
    /// [sidecar](super#sidecars).
    Index,
    /// Calendars, contacts, journals or tasks: readpst's files for such folders, and whatever begins as iCalendar or
    /// vCard does.
    ItemsNotMail,
    /// A symbolic link, a pipe or a device; it was not opened.
    Special,
    /// What a writer that was killed left of a file; the whole file, if there is one, has its own name.
    Unfinished,
    /// Any other file.
    Unknown,
}

/// Finds every mail folder below the directory `root`. Links are not followed, pipes are not opened, nothing is changed.
///
/// # Errors
///
/// [`Io`](ErrorKind::Io) when a directory or file cannot be read, [`Limit`](ErrorKind::Limit) when a limit is
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
    walk_in(&SourceDir::new(root), Path::new(""), limits)
}

/// Finds every mail folder below `start`, a path relative to `source`. As [`walk`].
///
/// # Errors
///
/// As [`walk`].
pub fn walk_in(source: &SourceDir, start: &Path, limits: &Limits) -> Result<Tree> {
    let mut walk = Walk {
        source,
        limits,
        entries: 0,
        signs: Signs::default(),
        tree: Tree::default(),
    };
    walk.directory(start, &Place::default(), 0)?;
    let mut tree = walk.tree;
    tree.layout = walk.signs.layout();
    tree.folders
        .sort_by(|a, b| (&a.path, &a.file).cmp(&(&b.path, &b.file)));
    tree.messages.sort_by(|a, b| a.file.cmp(&b.file));
    tree.others.sort_by(|a, b| a.file.cmp(&b.file));
    mark_collisions(&mut tree.folders);
    Ok(tree)
}

/// What a tree shows of its layout.
#[derive(Clone, Copy, Debug, Default)]
struct Signs {
    dovecot: bool,
    takeout: bool,
    thunderbird: bool,
    readpst: bool,
}

impl Signs {
    fn layout(self) -> Layout {
        if self.dovecot {
            Layout::Dovecot
        } else if self.takeout {
            Layout::Takeout
        } else if self.thunderbird {
            Layout::Thunderbird
        } else if self.readpst {
            Layout::Readpst
        } else {
            Layout::Plain
        }
    }
}

/// A place in the hierarchy of folders.
#[derive(Clone, Debug, Default)]
struct Place {
    path: Vec<String>,
    not_utf8: bool,
    /// Inside a directory where a mail server keeps its indexes.
    state: bool,
    /// The beginning of a long name that goes on in the next level.
    begun: String,
}

impl Place {
    fn child(&self, name: &OsStr, ending: &str, signs: Signs) -> Self {
        let text = name.to_string_lossy();
        let stem = text.strip_suffix(ending).unwrap_or(&text);
        let name_is_text = name.to_str().is_some();
        let part = continued(stem);
        let mut decoded = self.begun.clone() + &decode_component(part.unwrap_or(stem));
        if signs.dovecot {
            decoded = utf7::decode(&decoded).unwrap_or(decoded);
        }
        let mut child = self.clone();
        child.not_utf8 |= !name_is_text;
        child.state |= name == ".imap";
        child.begun.clear();
        if part.is_some() {
            child.begun = decoded;
        } else if signs.takeout {
            child.path.extend(decoded.split('/').map(str::to_owned));
        } else {
            child.path.push(decoded);
        }
        child
    }

    fn findings(&self) -> Vec<Finding> {
        self.not_utf8
            .then_some(Finding::NameNotUtf8)
            .into_iter()
            .collect()
    }
}

struct Walk<'a> {
    source: &'a SourceDir,
    limits: &'a Limits,
    entries: usize,
    signs: Signs,
    tree: Tree,
}

/// The name that Dovecot's `DIRNAME` setting is given in its documentation.
const DOVECOT_DIRNAME: &str = "mBoX-MeSsAgEs";

impl Walk<'_> {
    fn directory(&mut self, below: &Path, place: &Place, depth: usize) -> Result<()> {
        let directory = self.source.path().join(below);
        let too_large = |limit: &str| {
            Error::new(ErrorKind::Limit, format!("limit {limit} reached")).doing("walk", directory.display())
        };
        if depth > self.limits.depth {
            return Err(too_large("depth"));
        }
        let fail = |error| Error::io("list", directory.display(), error);
        let entries = self.source.entries(below).map_err(fail)?;
        self.entries += entries.len();
        if self.entries > self.limits.entries {
            return Err(too_large("entries"));
        }
        if depth == 0 {
            let has = |wanted: &str| entries.iter().any(|(name, _)| name == wanted);
            self.signs.dovecot = DOVECOT_STATE.into_iter().any(has);
            self.signs.takeout = has("Takeout") || has("archive_browser.html");
        }
        for (name, kind) in &entries {
            let path = below.join(name);
            if *kind == EntryKind::Directory {
                let text = name.to_string_lossy();
                let ending = [".sbd", ".mbox"]
                    .into_iter()
                    .find(|ending| text.ends_with(ending))
                    .unwrap_or("");
                self.signs.thunderbird |= ending == ".sbd";
                let inner = match (self.signs.takeout, depth, &*text) {
                    // `Takeout`, and the product's directory in it, whose name is in the user's language.
                    (true, 0, _) => place.clone(),
                    (true, 1, _) if directory.ends_with("Takeout") => place.clone(),
                    _ => place.child(name, ending, self.signs),
                };
                self.directory(&path, &inner, depth + 1)?;
            } else if *kind == EntryKind::File {
                let beside = |ending: &str| {
                    let mut other = name.clone();
                    other.push(ending);
                    entries.binary_search_by(|entry| entry.0.cmp(&other)).is_ok()
                };
                let text = name.to_string_lossy();
                let sidecar = text.strip_suffix(".jsonl").is_some_and(|mbox| {
                    entries
                        .binary_search_by(|entry| (*entry.0).cmp(mbox.as_ref()))
                        .is_ok()
                });
                let indexed = beside(".msf") || beside(".sbd");
                self.file(path, name, place, (indexed, sidecar))?;
            } else {
                self.tree.others.push(Other {
                    folder: place.path.clone(),
                    file: self.source.path().join(path),
                    kind: OtherKind::Special,
                });
            }
        }
        Ok(())
    }

    fn file(
        &mut self,
        below: PathBuf,
        name: &OsStr,
        place: &Place,
        (indexed, sidecar): (bool, bool),
    ) -> Result<()> {
        let mut start = Vec::new();
        let file = self.source.path().join(&below);
        let fail = |error| Error::io("read", file.display(), error);
        let opened = self.source.open(&below).map_err(fail)?;
        let size = opened.metadata().map_err(fail)?.len();
        opened.take(8192).read_to_end(&mut start).map_err(fail)?;
        let text = name.to_string_lossy();
        let is_mbox = looks_like_mbox(&start);
        // A file that calls itself an mbox is one: if it cannot be read, the reader says why.
        let named = text.ends_with(".mbox") || text == "mbox" || text == DOVECOT_DIRNAME;
        let state = place.state || sidecar || (is_state(&text) && !is_mbox && !named);
        let unfinished = tegu_outcome::file::is_temporary(&text);
        let is_folder = named || (indexed && size == 0) || is_mbox;
        self.signs.thunderbird |= text.ends_with(".msf");
        if !is_folder || state || unfinished {
            if !state && !unfinished && is_single(&text, &start) {
                self.tree.messages.push(Single {
                    folder: place.path.clone(),
                    file,
                    size,
                    findings: place.findings(),
                });
                return Ok(());
            }
            let kind = match (unfinished, state) {
                (true, _) => OtherKind::Unfinished,
                (_, true) => OtherKind::Index,
                _ if is_items(&text, &start) => OtherKind::ItemsNotMail,
                _ => OtherKind::Unknown,
            };
            self.tree.others.push(Other {
                folder: place.path.clone(),
                file,
                kind,
            });
            return Ok(());
        }
        // In the layouts that call every file `mbox`, the directory has the folder's name.
        let by_directory = (text == "mbox" || text == DOVECOT_DIRNAME) && !place.path.is_empty();
        self.signs.readpst |= by_directory && text == "mbox";
        let own = if by_directory {
            place.clone()
        } else {
            place.child(name, ".mbox", self.signs)
        };
        let findings = own.findings();
        self.tree.folders.push(Folder {
            path: own.path,
            file,
            size,
            findings,
        });
        Ok(())
    }
}

/// What Dovecot keeps at the root of a tree of its own.
const DOVECOT_STATE: [&str; 4] = [
    ".imap",
    ".subscriptions",
    "dovecot.mailbox.log",
    "dovecot-uidvalidity",
];

fn is_state(name: &str) -> bool {
    const STATE: [&str; 7] = [
        "table_of_contents",
        ".DS_Store",
        ".mh_sequences",
        "filterlog.html",
        "msgFilterRules.dat",
        "subscriptions",
        ".subscriptions",
    ];
    let ending = [".msf", ".lock"].iter().any(|ending| name.ends_with(ending));
    ending || name.starts_with("dovecot.") || name.starts_with("dovecot-") || STATE.contains(&name)
}

fn is_items(name: &str, start: &[u8]) -> bool {
    const READPST: [&str; 5] = ["appointment", "calendar", "contacts", "journal", "tasks"];
    let begins = |word: &[u8]| {
        start
            .trim_ascii_start()
            .get(..word.len())
            .is_some_and(|own| own.eq_ignore_ascii_case(word))
    };
    begins(b"BEGIN:VCALENDAR") || begins(b"BEGIN:VCARD") || (!start.is_empty() && READPST.contains(&name))
}

fn is_single(name: &str, start: &[u8]) -> bool {
    let eml = Path::new(name)
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("eml"));
    let number = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    eml || (number
        && fields(start).any(|field| {
            ["Date", "From", "Received", "Subject", "To"]
                .iter()
                .any(|known| field.is(known))
        }))
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

    use std::fs;

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
        assert_eq!(tree.messages.len(), 1);
        assert_eq!(kinds(&tree), []);
    }

    #[test]
    fn readpsts_numbered_files() {
        let (_dir, tree) = tree(&[
            ("Top/Inbox/1", "From: a@b\nSubject: s\n\nx\n"),
            ("Top/Inbox/2.eml", "Subject: s\n\nx\n"),
            ("Top/Inbox/3", "a note"),
            ("Top/Contacts/1", "BEGIN:VCARD\nVERSION:3.0\nEND:VCARD\n"),
            ("Top/Calendar/2.ics", "BEGIN:VCALENDAR\n"),
        ]);
        let singles: Vec<_> = tree
            .messages
            .iter()
            .map(|single| single.folder.join(" > "))
            .collect();
        assert_eq!(singles, ["Top > Inbox", "Top > Inbox"]);
        assert_eq!(
            kinds(&tree),
            [
                OtherKind::ItemsNotMail,
                OtherKind::ItemsNotMail,
                OtherKind::Unknown
            ]
        );
    }

    #[test]
    fn googles_takeout() {
        let (_dir, tree) = tree(&[
            ("Takeout/Почта/Входящие.mbox", MAIL),
            ("Takeout/Почта/Work%2FPlans.mbox", MAIL),
            ("Takeout/archive_browser.html", "<html>"),
        ]);
        assert_eq!(paths(&tree), ["Work > Plans", "Входящие"]);
        assert_eq!(
            (tree.layout, kinds(&tree)),
            (Layout::Takeout, vec![OtherKind::Unknown])
        );
    }

    #[test]
    fn dovecots() {
        let (_dir, tree) = tree(&[
            ("&BBIERQQ+BDQ-", MAIL),
            ("Projects/mBoX-MeSsAgEs", MAIL),
            ("Projects/R&-D", MAIL),
            (".imap/INBOX/dovecot.index.log", "x"),
            (".imap/INBOX/dovecot.index.cache", MAIL),
            (".subscriptions", "A\n"),
        ]);
        assert_eq!(paths(&tree), ["Projects", "Projects > R&D", "Вход"]);
        assert_eq!(
            (tree.layout, kinds(&tree)),
            (Layout::Dovecot, vec![OtherKind::Index; 3])
        );
    }

    #[test]
    fn what_a_killed_writer_and_a_lock_leave_is_no_folder() {
        let (_dir, tree) = tree(&[
            ("Inbox.mbox", MAIL),
            (".tegu-7-0.part", MAIL),
            ("Inbox.mbox.lock", "7\n"),
        ]);
        assert_eq!(paths(&tree), ["Inbox"]);
        assert_eq!(kinds(&tree), [OtherKind::Unfinished, OtherKind::Index]);
    }

    #[test]
    fn every_layout_comes_back() {
        let mut folders: Vec<Vec<String>> = [
            &["Inbox"][..],
            &["Projects", "Отчёты"],
            &["Projects", "R&D", "100% .."],
            &["..", "etc"],
            &["con", "a:b"],
        ]
        .iter()
        .map(|path| path.iter().map(|&part| part.to_owned()).collect())
        .collect();
        folders.sort();
        for layout in Layout::ALL {
            let dir = tempfile::tempdir().unwrap();
            let placement = layout.place(dir.path(), &folders);
            for placed in &placement.folders {
                assert_eq!(placed.findings, []);
                fs::create_dir_all(placed.file.parent().unwrap()).unwrap();
                fs::write(&placed.file, MAIL).unwrap();
            }
            for file in &placement.empty {
                fs::write(file, "").unwrap();
            }
            if layout == Layout::Dovecot {
                fs::write(dir.path().join(".subscriptions"), "").unwrap();
            }
            let tree = walk(dir.path(), &Limits::default()).unwrap();
            assert_eq!(tree.layout, layout);
            let full = tree.folders.iter().filter(|folder| folder.size > 0);
            assert_eq!(
                full.map(|folder| folder.path.clone()).collect::<Vec<_>>(),
                folders,
                "{layout:?}"
            );
        }
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
            assert_eq!(walk(dir.path(), &limits).unwrap_err().kind(), ErrorKind::Limit);
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
