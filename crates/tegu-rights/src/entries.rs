//! The grants of a mailbox as entries of access control lists, on mail folders or on collections.

use crate::store::TargetFolder;
use crate::{AccessSet, Folder, FolderKind, Part, Privileges, Rights, Work};
use std::collections::{BTreeMap, HashMap};
use tegu_message::FolderRole;
use tegu_outcome::Finding;

/// An entry of a list: the folder as the target calls it, and the identifier.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub struct EntryKey {
    /// The folder.
    pub folder: String,
    /// Who has the rights.
    pub identifier: String,
}

impl EntryKey {
    /// The entry of an identifier on a folder.
    pub fn new(folder: impl Into<String>, identifier: impl Into<String>) -> Self {
        Self {
            folder: folder.into(),
            identifier: identifier.into(),
        }
    }

    /// Reads what [`Display`](std::fmt::Display) writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (folder, identifier) = text.split_once('\t')?;
        Some(Self::new(folder, identifier))
    }
}

impl std::fmt::Display for EntryKey {
    /// One line; a tab separates the two, which the names of folders and people do not hold.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\t{}", self.folder, self.identifier)
    }
}

/// Where the folders of the source are on the target.
#[derive(Clone, Debug, Default)]
pub struct Folders {
    /// From the path on the source.
    places: HashMap<Vec<String>, String>,
    /// The same without letter case, and with one name for the Inbox; `None` for what two paths have in common.
    similar: HashMap<Vec<String>, Option<String>>,
    all: Vec<String>,
}

impl Folders {
    /// The folders that the target holds. `moved` says what the mail route called each path of the source; without it a folder is where
    /// one has the same path.
    #[must_use]
    pub fn new(target: Vec<TargetFolder>, moved: Vec<(Vec<String>, String)>) -> Self {
        let mut folders = Self {
            all: target.iter().map(|folder| folder.name.clone()).collect(),
            ..Self::default()
        };
        let same = moved.is_empty();
        let own = target.into_iter().map(|folder| (folder.path, folder.name));
        for (path, name) in moved.into_iter().chain(own.filter(|_| same)) {
            if !folders.all.contains(&name) {
                continue;
            }
            let known = folders
                .similar
                .entry(similar(&path))
                .or_insert_with(|| Some(name.clone()));
            if known.as_ref() != Some(&name) {
                *known = None;
            }
            folders.places.insert(path, name);
        }
        folders
    }

    fn find(&self, path: &[String]) -> Option<&String> {
        let exact = self.places.get(path);
        exact.or_else(|| self.similar.get(&similar(path))?.as_ref())
    }
}

/// Exchange names the Inbox in the owner's language, and IMAP calls it INBOX (RFC 3501, section 5.1).
fn similar(path: &[String]) -> Vec<String> {
    let mut path: Vec<String> = path.iter().map(|level| level.to_lowercase()).collect();
    if let Some(first) = path.first_mut()
        && FolderRole::of_name(first) == Some(FolderRole::Inbox)
    {
        "inbox".clone_into(first);
    }
    path
}

/// What the lists of a mailbox have to hold: [`Rights`] on its folders, or [`Privileges`] on its calendars or address books.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Entries<R = Rights> {
    /// What each entry gives: all that its items give together.
    pub wanted: BTreeMap<EntryKey, R>,
    /// The entries of each item of the work, in the order of its items; the finding `RIGHTS-FOLDER-MISSING` for one that has none.
    pub items: Vec<Result<Vec<EntryKey>, Finding>>,
}

impl Work {
    /// The entries that the items come to on these mail folders.
    #[must_use]
    pub fn entries(&self, folders: &Folders) -> Entries {
        self.entries_of(
            |part| part.rights,
            |part| match &part.folder {
                None => folders.all.iter().collect(),
                Some(folder) => folders.find(&folder.path).into_iter().collect(),
            },
        )
    }

    /// The entries that the items come to on these calendars or address books. One is called by the whole path of its folder on the source, levels
    /// joined by slashes, since it has no levels itself.
    #[must_use]
    pub fn shares(&self, kind: FolderKind, collections: &Folders) -> Entries<Privileges> {
        self.entries_of(
            |part| part.privileges,
            |part| {
                let folder = part.folder.as_ref().filter(|folder| folder.kind == kind);
                let name = folder.map(|folder| [folder.path.join("/")]);
                name.and_then(|name| collections.find(&name))
                    .into_iter()
                    .collect()
            },
        )
    }

    fn entries_of<'a, R: AccessSet>(
        &self,
        gives: impl Fn(&Part) -> R,
        places: impl Fn(&Part) -> Vec<&'a String>,
    ) -> Entries<R> {
        let mut entries = Entries::default();
        for item in &self.items {
            let mut keys = Vec::new();
            let mut missing = None;
            for part in item.parts.iter().filter(|part| !gives(part).gives_nothing()) {
                let places = places(part);
                if places.is_empty() {
                    missing = Some(part.folder.as_ref().map_or_else(String::new, Folder::to_string));
                }
                for place in places {
                    let key = EntryKey::new(place, &part.identifier);
                    let wanted: &mut R = entries.wanted.entry(key.clone()).or_default();
                    *wanted = *wanted | gives(part);
                    keys.push(key);
                }
            }
            entries.items.push(match missing {
                None => Ok(keys),
                Some(folder) => Err(Finding::lossy(
                    "RIGHTS-FOLDER-MISSING",
                    format!("{folder} is not on the target"),
                )),
            });
        }
        entries
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Access, Grant, Grantee, People, Permissions, Person, Translator};

    #[test]
    fn rights_of_one_entry_add_up() {
        let mut people = People::default();
        people.add(Person::account("boris@x.example"));
        people.add(Person::group("team@x.example", "team").members(["boris@x.example"]));
        people.moves("boris@x.example", "boris");
        let to = Grantee::named;
        let folder = |path: &[&str], role: &str| {
            Access::Folder(
                Folder::mail(path.iter().copied()),
                Permissions::parse(role).unwrap(),
            )
        };
        let grants = [
            Grant::new(to("boris@x.example"), folder(&["Входящие", "A"], "Contributor")),
            Grant::new(to("boris@x.example"), Access::FullAccess),
            Grant::new(to("boris@x.example"), folder(&["gone"], "Reviewer")),
        ];
        let work = Work::new(
            &Translator::new(&people, "anna@x.example").accepting(&|_| true),
            &grants,
        );
        let names = ["INBOX", "INBOX/A"];
        let target = || {
            let folder =
                |name: &&str| TargetFolder::new(*name, name.split('/').map(ToOwned::to_owned).collect());
            names.iter().map(folder).collect()
        };
        for moved in [
            Vec::new(),
            vec![
                (vec!["INBOX".to_owned(), "a".to_owned()], "INBOX/A".to_owned()),
                (vec!["gone".to_owned()], "Gone".to_owned()),
            ],
        ] {
            let entries = work.entries(&Folders::new(target(), moved));
            let shown: Vec<String> = entries
                .wanted
                .iter()
                .map(|(key, rights)| format!("{key}={rights}"))
                .collect();
            assert_eq!(shown, ["INBOX\tboris=lrswikxte", "INBOX/A\tboris=lrswikxte"]);
            assert_eq!(
                entries.items[0].as_ref().unwrap(),
                &[EntryKey::new("INBOX/A", "boris")]
            );
            assert_eq!(entries.items[1].as_ref().unwrap().len(), 2);
            assert_eq!(
                entries.items[2].as_ref().unwrap_err().code,
                "RIGHTS-FOLDER-MISSING"
            );
        }
        let key = EntryKey::new("INBOX/A", "boris");
        assert_eq!(EntryKey::parse(&key.to_string()), Some(key));
    }
}
