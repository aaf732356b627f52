//! What a mailbox holds, by folder.

use crate::{Finding, Folder, Kind};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

/// A folder that is read, with its path and its kind.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Place {
    /// The folder.
    pub folder: Folder,
    /// The names from the top of the mailbox down to the folder. A name may hold `/`.
    pub path: Vec<String>,
    /// What kind of items it is for.
    pub kind: Kind,
}

/// Why a folder is not read.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum LeftOut {
    /// It shows items that lie in other folders.
    Search,
    /// Clients do not show it: settings and copies that programs keep.
    Hidden,
    /// The server or a program fills it from elsewhere: suggested contacts, the global list, contacts of Skype.
    System,
    /// It holds what was deleted for good; it is counted.
    Recoverable,
}

impl LeftOut {
    /// Returns the name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Hidden => "hidden",
            Self::System => "system",
            Self::Recoverable => "recoverable",
        }
    }
}

/// What a mailbox holds.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Inventory {
    /// Folders to read, the upper ones first.
    pub folders: Vec<Place>,
    /// Folders that are not read, and why.
    pub left_out: Vec<(Place, LeftOut)>,
    /// What was noticed.
    pub findings: Vec<Finding>,
}

/// Classes of folders that programs fill, in lower case.
const SYSTEM_CLASSES: [&str; 11] = [
    "ipf.contact.galcontacts",
    "ipf.contact.recipientcache",
    "ipf.contact.moc.quickcontacts",
    "ipf.contact.moc.imcontactlist",
    "ipf.contact.organizationalcontacts",
    "ipf.contact.peoplecentricconversationbuddies",
    "ipf.configuration",
    "ipf.shortcutfolder",
    "ipf.files",
    "ipf.note.outlookhomepage",
    "ipf.storeitem",
];

/// Names that the server gives in every language.
const SYSTEM_NAMES: [&str; 12] = [
    "PersonMetadata",
    "Conversation Action Settings",
    "Quick Step Settings",
    "GAL Contacts",
    "Recipient Cache",
    "Skype for Business Contacts",
    "Lync Contacts",
    "Companies",
    "Organizational Contacts",
    "PeopleCentricConversation Buddies",
    "ExternalContacts",
    "Yammer Root",
];

/// Levels of folders. Exchange allows 300.
const MOST_LEVELS: usize = 500;
/// Memory that the paths of all folders may take, in octets.
const PATHS: usize = 64 << 20;

impl Inventory {
    /// Adds what an archive mailbox holds, below a folder of this name. Where the mailbox has such a folder at its top, the name gets a number.
    pub fn add_archive(&mut self, name: &str, archive: Self) {
        let mine = self
            .folders
            .iter()
            .chain(self.left_out.iter().map(|(place, _)| place));
        let taken: HashSet<&str> = mine
            .filter_map(|place| place.path.first().map(String::as_str))
            .collect();
        let numbered = (2..).map(|number| format!("{name} ({number})"));
        let top = std::iter::once(name.to_owned())
            .chain(numbered)
            .find(|top| !taken.contains(top.as_str()))
            .unwrap_or_default();
        let below = |mut place: Place| {
            place.path.insert(0, top.clone());
            place
        };
        self.folders.extend(archive.folders.into_iter().map(below));
        let left_out = archive.left_out.into_iter();
        self.left_out
            .extend(left_out.map(|(place, why)| (below(place), why)));
        self.findings.extend(archive.findings);
    }

    /// Sorts the folders below `root`, in whatever order they come. A folder whose way up does not end at `root`, or has more than 500
    /// levels, stands at the top, with a finding. So do all others once the paths take 64 MiB.
    #[must_use]
    pub fn of(root: &str, folders: Vec<Folder>) -> Self {
        let mut inventory = Self::default();
        // A folder that is listed twice, since it was renamed between two pages, is what was said of it first.
        let mut parents: HashMap<&str, (&str, Option<&str>)> = HashMap::new();
        let mut once = Vec::new();
        for folder in &folders {
            if let Entry::Vacant(vacant) = parents.entry(folder.id.as_str()) {
                vacant.insert((folder.name.as_str(), folder.parent.as_deref()));
                once.push(folder);
            }
        }
        let mut placed = Vec::new();
        let mut room = PATHS;
        for folder in once {
            let (path, complete) = path(&folder.id, root, &parents, room);
            room = room.saturating_sub(path.iter().map(|name| octets(name)).sum());
            if !complete {
                inventory.findings.push(Finding::info(
                    "EWS-FOLDER-ADRIFT",
                    format!(
                        "the folder {:?} hangs on a folder that the server does not list, or lies deeper than any folder can; it stands at the top",
                        folder.name
                    ),
                ));
            }
            if folder.replaced > 0 {
                inventory.findings.push(Finding::info(
                    "EWS-FOLDER-NAME",
                    format!(
                        "the name of the folder {:?} held characters that XML forbids; they were replaced",
                        folder.name
                    ),
                ));
            }
            placed.push(Place {
                kind: kind(folder),
                path,
                folder: folder.clone(),
            });
        }
        placed.sort_by(|a, b| a.path.cmp(&b.path));
        let hidden: HashSet<&str> = placed
            .iter()
            .filter(|place| place.folder.hidden)
            .map(|place| place.folder.id.as_str())
            .collect();
        let hidden: Vec<bool> = placed
            .iter()
            .map(|place| below(&place.folder.id, &hidden, &parents))
            .collect();
        for (place, hidden) in placed.into_iter().zip(hidden) {
            match left_out(&place.folder, hidden) {
                Some(why) => inventory.left_out.push((place, why)),
                None => inventory.folders.push(place),
            }
        }
        inventory
    }

    /// Returns how many items the folders hold that are read.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.folders
            .iter()
            .map(|place| u64::from(place.folder.total))
            .sum()
    }
}

fn octets(name: &str) -> usize {
    size_of::<String>() + name.len()
}

/// The names from below `root` to the folder, and whether the way up ended at `root` and fits into `room`.
fn path(
    id: &str,
    root: &str,
    parents: &HashMap<&str, (&str, Option<&str>)>,
    mut room: usize,
) -> (Vec<String>, bool) {
    let (mut path, mut at) = (Vec::new(), Some(id));
    let complete = loop {
        let Some(id) = at else { break false };
        if id == root && !path.is_empty() {
            break true;
        }
        let Some((name, parent)) = parents.get(id) else {
            break false;
        };
        if !path.is_empty() && (path.len() >= MOST_LEVELS || octets(name) > room) {
            break false;
        }
        room = room.saturating_sub(octets(name));
        path.push((*name).to_owned());
        at = *parent;
    };
    path.reverse();
    if !complete {
        path = path.pop().into_iter().collect();
    }
    (path, complete)
}

/// Whether the folder or one above it is among `some`.
fn below(id: &str, some: &HashSet<&str>, parents: &HashMap<&str, (&str, Option<&str>)>) -> bool {
    let mut at = Some(id);
    for _ in 0..=MOST_LEVELS {
        let Some(id) = at else { break };
        if some.contains(id) {
            return true;
        }
        at = parents.get(id).and_then(|(_, parent)| *parent);
    }
    false
}

fn left_out(folder: &Folder, hidden: bool) -> Option<LeftOut> {
    let class = folder.class.to_ascii_lowercase();
    if folder.element == "SearchFolder" {
        return Some(LeftOut::Search);
    }
    if folder
        .distinguished
        .as_deref()
        .is_some_and(|name| name.contains("recoverableitems"))
    {
        return Some(LeftOut::Recoverable);
    }
    if hidden {
        return Some(LeftOut::Hidden);
    }
    let system_class = SYSTEM_CLASSES.iter().any(|prefix| {
        class
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    });
    // A folder of mail that a person gave such a name is a person's: the names count for classes that programs use.
    let system_name =
        SYSTEM_NAMES.contains(&folder.name.as_str()) && !class.is_empty() && !class.starts_with("ipf.note");
    (system_class || system_name).then_some(LeftOut::System)
}

/// The kind of a folder by its class, whatever its name and language.
fn kind(folder: &Folder) -> Kind {
    let class = folder.class.to_ascii_lowercase();
    let kinds = [
        ("ipf.appointment", Kind::Event),
        ("ipf.contact", Kind::Contact),
        ("ipf.task", Kind::Task),
        ("ipf.stickynote", Kind::Note),
        ("ipf.journal", Kind::Journal),
        ("ipf.note", Kind::Mail),
        ("ipf.imap", Kind::Mail),
    ];
    let found = kinds.iter().find(|(prefix, _)| {
        class
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    });
    match (found, folder.element.as_str()) {
        (Some((_, kind)), _) => *kind,
        (None, "CalendarFolder") => Kind::Event,
        (None, "ContactsFolder") => Kind::Contact,
        (None, "TasksFolder") => Kind::Task,
        _ if class.is_empty() || class == "ipf" => Kind::Mail,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests;
