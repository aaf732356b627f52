//! Messages from files: trees of mbox and .eml files, as converters and mail programs leave them, and bundles.

use super::{MailFolder, MailReader, MailSource, Read};
use crate::{
    Account, BoxFuture, Digest, Error, ErrorKind, Finding, Result,
    message::{Flags, InternalDate, Listed, Message},
    sidecar,
};
use std::{
    collections::{BTreeMap, HashMap},
    fs::{self, File},
    io::{BufReader, Seek, SeekFrom},
    path::{Path, PathBuf},
};
use tegu_mbox::{Envelope, Variant, date, read::Options, read::Stream, tree};

/// The largest .eml file that is read.
const MAX_EML: u64 = 256 << 20;

/// Mail that lies in files, in a folder for each account.
///
/// Each mbox file is a folder; the .eml files of a directory are the messages of a folder of that name. A file that is neither
/// is accounted for as one item for a person.
#[derive(Debug)]
pub struct MailFiles {
    template: String,
    base: PathBuf,
}

impl MailFiles {
    /// `template` is a path with `{mail}`, `{alias}` or `{domain}` in it, below `base`.
    pub fn new(template: impl Into<String>, base: impl Into<PathBuf>) -> Self {
        Self {
            template: template.into(),
            base: base.into(),
        }
    }
}

impl MailSource for MailFiles {
    fn describe(&self) -> String {
        format!("files {}", self.base.join(&self.template).display())
    }

    fn open<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Box<dyn MailReader>>> {
        Box::pin(async move {
            let root = self.base.join(account.fill_path(&self.template));
            let reader: Box<dyn MailReader> = Box::new(Reader::open(&root)?);
            Ok(reader)
        })
    }
}

/// Where one message lies.
#[derive(Clone, Debug)]
enum Place {
    /// At an offset of an mbox file; a sidecar's flags and date, where there is one.
    Mbox {
        file: PathBuf,
        offset: u64,
        line: Option<Box<sidecar::Line>>,
    },
    /// In a file of its own.
    Eml(PathBuf),
    /// In an mbox file, but larger than what is taken into memory.
    TooLarge(String),
    /// Nowhere: the file is no mail.
    Unknown(PathBuf),
}

#[derive(Debug)]
struct Reader {
    /// Files of each folder; the `bool` says whether it is an mbox file.
    folders: BTreeMap<Vec<String>, Vec<(PathBuf, Kind)>>,
    /// What the last listing of each folder found, by [`Listed::locator`].
    places: HashMap<Vec<String>, Vec<Place>>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Mbox,
    Eml,
    Unknown,
}

impl Reader {
    fn open(root: &Path) -> Result<Self> {
        let mut folders: BTreeMap<Vec<String>, Vec<(PathBuf, Kind)>> = BTreeMap::new();
        if root.exists() {
            let found = tree::walk(root, &tree::Limits::default())
                .map_err(|error| Error::new(ErrorKind::Source, error.to_string()).with_source(error))?;
            for folder in found.folders {
                folders
                    .entry(folder.path)
                    .or_default()
                    .push((folder.file, Kind::Mbox));
            }
            for tree::Other { file: path, kind, .. } in found.others {
                if kind == tree::OtherKind::Index || is_sidecar(&path) {
                    continue;
                }
                let eml = path
                    .extension()
                    .is_some_and(|extension| extension.eq_ignore_ascii_case("eml"));
                let kind = if eml { Kind::Eml } else { Kind::Unknown };
                let parent = path
                    .parent()
                    .and_then(|parent| parent.strip_prefix(root).ok())
                    .unwrap_or(Path::new(""));
                let name = parent
                    .iter()
                    .map(|part| tree::decode_component(&part.to_string_lossy()))
                    .collect();
                folders.entry(name).or_default().push((path, kind));
            }
        }
        folders
            .values_mut()
            .for_each(|files| files.sort_by(|a, b| a.0.cmp(&b.0)));
        Ok(Self {
            folders,
            places: HashMap::new(),
        })
    }

    fn list(&mut self, folder: &MailFolder) -> Result<Vec<Listed>> {
        let mut listed = Vec::new();
        let mut places = Vec::new();
        let mut seen: HashMap<String, u64> = HashMap::new();
        for (path, kind) in self.folders.get(&folder.path).into_iter().flatten() {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let mut add = |id: String, size: u64, place: Place| {
                listed.push(Listed::new(id, size, places.len() as u64));
                places.push(place);
            };
            if *kind != Kind::Mbox {
                let size = fs::metadata(path)
                    .map_err(|error| unreadable(path, &error))?
                    .len();
                let place = if *kind == Kind::Eml {
                    Place::Eml(path.clone())
                } else {
                    Place::Unknown(path.clone())
                };
                add(format!("file:{name}"), size, place);
                continue;
            }
            let length = fs::metadata(path)
                .map_err(|error| unreadable(path, &error))?
                .len();
            let lines = sidecar::read(path, length)?.lines;
            let own = !lines.is_empty();
            let mut lines = lines
                .into_iter()
                .map(|line| (line.start, line))
                .collect::<HashMap<_, _>>();
            let mut messages = Stream::new(BufReader::new(open(path)?), options(own));
            loop {
                let message = match messages.next_message() {
                    Ok(Some(message)) => message,
                    Ok(None) => break,
                    // One message that is too large does not keep the others from moving.
                    Err(error) if error.kind() == tegu_mbox::ErrorKind::TooLarge => {
                        add(format!("large:{error}"), 0, Place::TooLarge(error.to_string()));
                        continue;
                    }
                    Err(error) => return Err(damaged(path, error)),
                };
                // The n-th message with this content: the same in every run, wherever it lies in the file.
                let content = message.content();
                let digest = Digest::of_message(&content).short();
                let number = seen.entry(digest.clone()).or_default();
                *number += 1;
                let line = lines.remove(&message.offset()).map(Box::new);
                let place = Place::Mbox {
                    file: path.clone(),
                    offset: message.offset(),
                    line,
                };
                add(format!("{digest}#{number}"), content.len() as u64, place);
            }
        }
        self.places.insert(folder.path.clone(), places);
        Ok(listed)
    }

    fn read(&self, folder: &MailFolder, message: &Listed) -> Result<Read> {
        let places = self.places.get(&folder.path);
        let place = places.and_then(|places| places.get(usize::try_from(message.locator).ok()?));
        match place {
            Some(Place::Mbox { file, offset, line }) => read_mbox(file, *offset, line.as_deref()),
            Some(Place::Eml(path)) => read_eml(path),
            Some(Place::TooLarge(why)) => Ok(Read::Manual(Finding::lossy("MAIL-TOO-LARGE", why.clone()))),
            Some(Place::Unknown(path)) => Ok(Read::Manual(Finding::lossy(
                "MAIL-FILE-UNKNOWN",
                format!("{} is neither an mbox file nor a message", path.display()),
            ))),
            None => Err(Error::new(
                ErrorKind::Source,
                format!("message {} was not listed", message.id),
            )),
        }
    }
}

impl MailReader for Reader {
    fn folders(&mut self) -> BoxFuture<'_, Result<Vec<MailFolder>>> {
        let folders = self.folders.keys().cloned().map(MailFolder::named).collect();
        Box::pin(async move { Ok(folders) })
    }

    fn list<'a>(&'a mut self, folder: &'a MailFolder) -> BoxFuture<'a, Result<Vec<Listed>>> {
        Box::pin(async move { self.list(folder) })
    }

    fn read<'a>(
        &'a mut self,
        folder: &'a MailFolder,
        messages: &'a [Listed],
    ) -> BoxFuture<'a, Result<Vec<Read>>> {
        Box::pin(async move {
            messages
                .iter()
                .map(|message| Self::read(self, folder, message))
                .collect()
        })
    }
}

fn read_mbox(path: &Path, offset: u64, line: Option<&sidecar::Line>) -> Result<Read> {
    let mut file = open(path)?;
    file.seek(SeekFrom::Start(offset))
        .map_err(|error| unreadable(path, &error))?;
    let mut messages = Stream::new(BufReader::new(file), options(line.is_some()));
    let Some(message) = messages.next_message().map_err(|error| damaged(path, error))? else {
        return Ok(Read::Failed(Finding::lossy(
            "MAIL-FILE-CHANGED",
            format!("{} changed while it was read", path.display()),
        )));
    };
    let body = message.content().into_owned();
    let (flags, date) = match line {
        Some(line) => (line.flags(), line.date()),
        None => (flags_of(&body), date_of(&message.envelope(), &body)),
    };
    Ok(Read::Message(Message::new(flags, date, body), Vec::new()))
}

fn read_eml(path: &Path) -> Result<Read> {
    let size = fs::metadata(path)
        .map_err(|error| unreadable(path, &error))?
        .len();
    if size > MAX_EML {
        let message = format!("{} has {size} octets; {MAX_EML} are read at most", path.display());
        return Ok(Read::Manual(Finding::lossy("MAIL-TOO-LARGE", message)));
    }
    let body = fs::read(path).map_err(|error| unreadable(path, &error))?;
    let date = date_of(&Envelope::default(), &body);
    Ok(Read::Message(
        Message::new(flags_of(&body), date, body),
        Vec::new(),
    ))
}

/// A bundle's files are known to be written strictly; of others nothing is assumed.
fn options(own: bool) -> Options {
    if own {
        Options::own(Variant::Mboxrd)
    } else {
        Options::default()
    }
}

/// What mail programs note in header lines; the lines themselves stay in the message.
fn flags_of(message: &[u8]) -> Flags {
    let found = tegu_mbox::Flags::from_headers(message);
    let mut flags = Flags::from_names(found.keywords.iter().map(String::as_str));
    flags.seen = found.seen;
    flags.answered = found.answered;
    flags.flagged = found.flagged;
    flags.deleted = found.deleted;
    flags.draft = found.draft;
    if found.forwarded {
        flags.keywords.insert("$Forwarded".into());
    }
    flags
}

fn date_of(envelope: &Envelope, message: &[u8]) -> Option<InternalDate> {
    date::internal_date(envelope, message).map(|date| InternalDate::new(date.seconds, 0))
}

fn is_sidecar(path: &Path) -> bool {
    let name = path.to_string_lossy();
    name.strip_suffix(".jsonl")
        .is_some_and(|mbox| Path::new(mbox).is_file())
}

fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Source, format!("reading {}: {error}", path.display()))
}

fn damaged(path: &Path, error: tegu_mbox::Error) -> Error {
    Error::new(ErrorKind::Source, format!("{}: {error}", path.display())).with_source(error)
}
