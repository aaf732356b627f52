//! Mail.

use super::at_source;
use crate::{Contents, Error, ErrorKind, Finding, Folder, Kind, Mail, Pst, Result, mail::State};
use std::collections::{BTreeMap, HashMap};
use tegu_message::{Flags, FolderRole, InternalDate, Listed, Message, Spool, digest::Digester};
use tegu_store::{
    BoxFuture,
    sources::{MailFolder, MailReader, Read},
};

/// Where one message lies.
#[derive(Clone, Debug)]
enum Place {
    /// A file, and a node of it.
    Item(usize, u32),
    /// What a person has to look at.
    Manual(Finding),
    /// An item that another route moves, or nobody.
    Other(Finding),
}

/// Mail of files that belong together, as a [`MailReader`].
///
/// Folders of one name in several files are one folder, and a message that several of them hold is one message. Items that are no
/// mail are excluded: [`PstItemReader`](super::PstItemReader) reads them. So is what its owner deleted for good, unless
/// [`recoverable`](Self::recoverable) says otherwise. A table that cannot be read, and each message that no folder
/// lists, is one item for a person.
#[derive(Debug)]
pub struct PstMailReader {
    files: Vec<Pst>,
    /// The folders of the files that make one folder.
    folders: BTreeMap<Vec<String>, Vec<(usize, Folder)>>,
    /// Messages that no folder lists, by file.
    orphans: Vec<(usize, u32)>,
    recoverable: bool,
    places: HashMap<Vec<String>, Vec<Place>>,
}

/// The folder under which messages without one are listed.
const ORPHANS: &str = "(no folder)";

impl PstMailReader {
    /// Reads mail of these files, in this order.
    ///
    /// # Errors
    ///
    /// An error of reading a file, if nobody knows what else it holds.
    pub fn new(files: Vec<Pst>) -> Result<Self> {
        let mut folders: BTreeMap<Vec<String>, Vec<(usize, Folder)>> = BTreeMap::new();
        let mut orphans = Vec::new();
        for (index, pst) in files.iter().enumerate() {
            let found = pst.folders().map_err(at_source)?;
            let listed: Vec<u32> = found
                .folders
                .iter()
                .flat_map(|folder| {
                    let Contents { items, hidden, .. } = pst.contents(folder);
                    items.into_iter().chain(hidden)
                })
                .collect();
            let mut damage = None;
            let lost = pst.orphans(&listed.into_iter().collect(), &mut |error| damage = Some(error));
            if let Some(error) = damage {
                // Nobody knows what else the file holds.
                return Err(at_source(error));
            }
            let lost = lost.into_iter().filter(|orphan| !orphan.hidden);
            orphans.extend(lost.map(|orphan| (index, orphan.nid)));
            for folder in found.folders {
                // The top of the mailbox and what lies above it hold nothing in most files.
                let empty = pst.contents(&folder).items.is_empty();
                let of_nobody = empty && (folder.path.is_empty() || !folder.visible);
                if !folder.search && !of_nobody {
                    folders.entry(path(&folder)).or_default().push((index, folder));
                }
            }
        }
        Ok(Self {
            files,
            folders,
            orphans,
            recoverable: false,
            places: HashMap::new(),
        })
    }

    /// Also what its owner deleted for good, which an export of Exchange holds as a folder (Recoverable Items).
    #[must_use]
    pub fn recoverable(mut self, wanted: bool) -> Self {
        self.recoverable = wanted;
        self
    }

    fn list(&mut self, folder: &MailFolder) -> Result<Vec<Listed>> {
        let mut list = List::default();
        if folder.path == [ORPHANS] && !self.orphans.is_empty() {
            for (file, nid) in &self.orphans {
                let finding = Finding::lossy(
                    "PST-ITEM-ORPHAN",
                    format!("no folder of the file lists item {nid:#x}"),
                );
                list.add(format!("orphan:{file}:{nid:x}"), Place::Manual(finding));
            }
        } else {
            let missing = || Error::new(ErrorKind::NotFound, "there is no such folder");
            let parts = self.folders.get(&folder.path);
            let parts = parts.ok_or_else(|| missing().doing("list", folder.display()).at_source())?;
            for (file, part) in parts {
                let deleted = part.role == Some(FolderRole::RecoverableItems) && !self.recoverable;
                list.part(&self.files, *file, part, deleted);
            }
        }
        self.places.insert(folder.path.clone(), list.places);
        Ok(list.listed)
    }

    fn read(&self, folder: &MailFolder, message: &Listed, spool: &Spool) -> Result<Read> {
        let places = self.places.get(&folder.path);
        let place = places.and_then(|places| places.get(usize::try_from(message.locator).ok()?));
        let (file, nid) = match place {
            Some(Place::Item(file, nid)) => (file, nid),
            Some(Place::Manual(finding)) => return Ok(Read::Manual(finding.clone())),
            Some(Place::Other(finding)) => return Ok(Read::Excluded(finding.clone())),
            None => {
                let message = format!("message {} was not listed", message.id);
                return Err(Error::new(ErrorKind::Malformed, message).at_source());
            }
        };
        let Some(pst) = self.files.get(*file) else {
            return Err(Error::new(ErrorKind::NotFound, "the file is gone").at_source());
        };
        let mail = match pst.message(*nid).and_then(|item| item.mail()) {
            Ok(mail) => mail,
            Err(error) => {
                return Ok(Read::Manual(Finding::lossy(
                    "PST-ITEM-UNREADABLE",
                    error.to_string(),
                )));
            }
        };
        let mut body = spool.begin();
        let written = mail.write_to(&mut body);
        // A disk that does not take it is told from a file that cannot be read.
        let body = body.finish()?;
        if let Err(error) = written {
            return Ok(Read::Manual(Finding::lossy(
                "PST-ATTACHMENT-UNREADABLE",
                error.to_string(),
            )));
        }
        let mut findings = mail.findings().to_vec();
        let flags = flags(mail.state(), &mut findings);
        Ok(Read::Message(Message::new(flags, date(&mail), body), findings))
    }
}

/// The path of a folder; the top itself has no name.
fn path(folder: &Folder) -> Vec<String> {
    if folder.path.is_empty() {
        vec!["(top)".to_owned()]
    } else {
        folder.path.clone()
    }
}

#[derive(Debug, Default)]
struct List {
    listed: Vec<Listed>,
    places: Vec<Place>,
    /// How often each content was seen in the file that is being listed, and in those before it.
    seen: HashMap<String, u64>,
    before: HashMap<String, u64>,
}

impl List {
    fn add(&mut self, id: String, place: Place) {
        self.listed.push(Listed::new(id, 0, self.places.len() as u64));
        self.places.push(place);
    }

    /// Adds what one file has of a folder; what was `deleted` for good is counted and left there.
    fn part(&mut self, files: &[Pst], file: usize, folder: &Folder, deleted: bool) {
        let Some(pst) = files.get(file) else {
            return;
        };
        let contents = pst.contents(folder);
        for (number, finding) in contents.findings.into_iter().enumerate() {
            self.add(
                format!("damage:{file}:{:x}:{number}", folder.nid),
                Place::Manual(finding),
            );
        }
        if deleted {
            for nid in contents.items {
                let finding = Finding::info("PST-RECOVERABLE", "its owner deleted it for good");
                self.add(format!("item:{file}:{nid:x}"), Place::Other(finding));
            }
            return;
        }
        self.seen.clear();
        for nid in contents.items {
            self.item(pst, file, nid);
        }
        for (digest, count) in self.seen.drain() {
            let known = self.before.entry(digest).or_default();
            *known = count.max(*known);
        }
    }

    fn item(&mut self, pst: &Pst, file: usize, nid: u32) {
        let key = || format!("item:{file}:{nid:x}");
        let item = match pst.message(nid) {
            Ok(item) => item,
            Err(error) => {
                self.add(
                    key(),
                    Place::Manual(Finding::lossy("PST-ITEM-UNREADABLE", error.to_string())),
                );
                return;
            }
        };
        let kind = item.kind();
        if kind == Kind::Other {
            let finding = Finding::lossy(
                "PST-CLASS-UNKNOWN",
                format!("no other form is known for the class {:?}", item.class()),
            );
            self.add(key(), Place::Manual(finding));
            return;
        }
        if !kind.is_mail() {
            let finding = Finding::info("PST-NOT-MAIL", format!("a {} is not moved as mail", kind.name()));
            self.add(key(), Place::Other(finding));
            return;
        }
        let mut digester = Digester::default();
        // What others know of addresses may change from run to run, and the message is still the same.
        let read = item.alone(true).mail().and_then(|mail| {
            mail.write_to(&mut digester)?;
            Ok(date(&mail))
        });
        match read {
            Ok(date) => {
                // The n-th message with this content: the same in every run and in every file.
                let digest = digester.finish().short();
                let number = self.seen.entry(digest.clone()).or_default();
                *number += 1;
                if self.before.get(&digest).is_some_and(|before| *number <= *before) {
                    return;
                }
                let id = format!("{digest}#{number}");
                self.listed
                    .push(Listed::new(id, 0, self.places.len() as u64).dated(date));
                self.places.push(Place::Item(file, nid));
            }
            Err(error) => {
                self.add(
                    key(),
                    Place::Manual(Finding::lossy("PST-ITEM-UNREADABLE", error.to_string())),
                );
            }
        }
    }
}

fn date(mail: &Mail<'_>) -> Option<InternalDate> {
    mail.received().map(|seconds| InternalDate::new(seconds, 0))
}

/// Flags, and those categories that can be keywords (RFC 9051, atoms). Of others the message is the only place.
fn flags(state: &State, findings: &mut Vec<Finding>) -> Flags {
    let names = [
        (state.seen, "\\Seen"),
        (state.answered, "\\Answered"),
        (state.flagged, "\\Flagged"),
        (state.draft, "\\Draft"),
        (state.forwarded, "$Forwarded"),
    ];
    let mut names: Vec<&str> = names
        .into_iter()
        .filter(|(set, _)| *set)
        .map(|(_, name)| name)
        .collect();
    let atom = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|octet| octet.is_ascii_graphic() && !b"(){%*\"\\]".contains(&octet))
    };
    for category in &state.categories {
        if atom(category) {
            names.push(category);
        } else {
            findings.push(Finding::lossy(
                "PST-CATEGORY",
                format!("the category {category:?} cannot be a keyword"),
            ));
        }
    }
    Flags::from_names(names)
}

impl MailReader for PstMailReader {
    fn folders(&mut self) -> BoxFuture<'_, Result<Vec<MailFolder>>> {
        let mut folders = Vec::new();
        for (path, parts) in &self.folders {
            let mut folder = MailFolder::named(path.clone());
            // What a file says of a folder counts more than its name.
            let roles = || parts.iter().filter_map(|(_, part)| part.role);
            folder.role = roles().next().or(folder.role);
            folder.holds_mail = !roles().any(FolderRole::is_non_mail);
            folders.push(folder);
        }
        if !self.orphans.is_empty() {
            folders.push(MailFolder::named(vec![ORPHANS.to_owned()]));
        }
        Box::pin(async move { Ok(folders) })
    }

    fn list<'a>(&'a mut self, folder: &'a MailFolder) -> BoxFuture<'a, Result<Vec<Listed>>> {
        Box::pin(async move { self.list(folder) })
    }

    fn read<'a>(
        &'a mut self,
        folder: &'a MailFolder,
        messages: &'a [Listed],
        spool: &'a Spool,
    ) -> BoxFuture<'a, Result<Vec<Read>>> {
        Box::pin(async move {
            messages
                .iter()
                .map(|message| Self::read(self, folder, message, spool))
                .collect()
        })
    }
}
