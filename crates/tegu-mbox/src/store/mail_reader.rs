use super::mail_file::{
    damaged, date_of, flags_of, labels, no_mail, of_name, open, options, sidecar_of, sidecar_says, unreadable,
};
use super::nature::Nature;
use crate::{
    Envelope, Error, ErrorKind, Result, pst,
    read::{Options, Stream},
    sidecar, tree,
};
use std::{
    collections::{BTreeMap, HashMap},
    io::{self, Read as _},
    path::{Path, PathBuf},
};
use tegu_message::{Body, Listed, Message, Spool, digest::Digester};
use tegu_outcome::{Finding, file::SourceDir};
use tegu_store::{
    BoxFuture,
    sources::{MailFolder, MailReader, Read},
};

/// So much of a converted message is looked into for what its converter lost.
const LOOKED_INTO: u64 = 64 << 20;

/// Where one message lies.
#[derive(Clone, Debug)]
enum Place {
    /// At an offset of an mbox file; a sidecar's flags and date, where there is one.
    Mbox {
        file: PathBuf,
        offset: u64,
        options: Options,
        entry: Option<Box<sidecar::Entry>>,
        name: Vec<Finding>,
    },
    /// In a file of its own.
    Eml(PathBuf, Vec<Finding>),
    /// A server's own pseudo-message, which nobody would move.
    Internal(Finding),
    /// Nowhere: the file is no mail.
    Other(PathBuf, tree::OtherKind),
}

/// Mail in a folder of mbox and .eml files, as a [`MailReader`].
///
/// Each mbox file is a folder; the .eml files of a directory are the messages of a folder of that name. A file that is neither
/// is accounted for as one item for a person. A bundle's sidecars tell flags and dates.
#[derive(Debug)]
pub struct MailFilesReader {
    directory: SourceDir,
    nature: Nature,
    folders: BTreeMap<Vec<String>, Vec<Entry>>,
    /// What the last listing of each folder found, by [`Listed::locator`].
    places: HashMap<Vec<String>, Vec<Place>>,
}

/// One file of a folder.
#[derive(Clone, Debug)]
struct Entry {
    path: PathBuf,
    kind: Kind,
    /// What is doubtful about the folder's name.
    name: Vec<Finding>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Mbox,
    Eml,
    Other(tree::OtherKind),
}

impl MailFilesReader {
    /// Reads the files of `below`, which is a path below `directory`; none if it is not there.
    ///
    /// # Errors
    ///
    /// Kind [`Malformed`](ErrorKind::Malformed) if a folder cannot be listed.
    pub fn new(directory: &SourceDir, below: &Path, nature: Nature) -> Result<Self> {
        let mut folders: BTreeMap<Vec<String>, Vec<Entry>> = BTreeMap::new();
        let missing = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
        if !directory.entries(below).as_ref().is_err_and(missing) {
            let found = tree::walk_in(directory, below, &tree::Limits::default()).map_err(|error| {
                Error::new(ErrorKind::Malformed, error.to_string())
                    .at_source()
                    .with_source(error)
            })?;
            let mut add = |folder: Vec<String>, path: PathBuf, kind: Kind, name: &[crate::Finding]| {
                let name = name.iter().map(of_name).collect();
                folders
                    .entry(folder)
                    .or_default()
                    .push(Entry { path, kind, name });
            };
            for folder in found.folders {
                add(folder.path, folder.file, Kind::Mbox, &folder.findings);
            }
            for single in found.messages {
                add(single.folder, single.file, Kind::Eml, &single.findings);
            }
            for other in found.others {
                if other.kind != tree::OtherKind::Index {
                    add(other.folder, other.file, Kind::Other(other.kind), &[]);
                }
            }
        }
        folders
            .values_mut()
            .for_each(|files| files.sort_by(|a, b| a.path.cmp(&b.path)));
        Ok(Self {
            directory: directory.clone(),
            nature,
            folders,
            places: HashMap::new(),
        })
    }

    fn list(&mut self, folder: &MailFolder) -> Result<Vec<Listed>> {
        let mut list = List::default();
        let missing = || Error::new(ErrorKind::NotFound, "there is no such folder");
        let entries = self
            .folders
            .get(&folder.path)
            .ok_or_else(|| missing().doing("list", folder.display()).at_source())?;
        for entry in entries {
            let size = match entry.kind {
                Kind::Other(tree::OtherKind::Special) => 0,
                _ => {
                    let file = open(&self.directory, &entry.path)?.metadata();
                    file.map_err(|error| unreadable(&entry.path, &error))?.len()
                }
            };
            let name = entry.path.file_name().unwrap_or_default().to_string_lossy();
            let place = match entry.kind {
                Kind::Mbox => {
                    list.mbox(&self.directory, entry, size, self.nature)?;
                    continue;
                }
                Kind::Eml => Place::Eml(entry.path.clone(), entry.name.clone()),
                Kind::Other(kind) => Place::Other(entry.path.clone(), kind),
            };
            list.add(format!("file:{name}"), size, place);
        }
        self.places.insert(folder.path.clone(), list.places);
        Ok(list.listed)
    }

    fn read(&self, folder: &MailFolder, message: &Listed, spool: &Spool) -> Result<Read> {
        let places = self.places.get(&folder.path);
        let place = places.and_then(|places| places.get(usize::try_from(message.locator).ok()?));
        match place {
            Some(Place::Mbox {
                file,
                offset,
                options,
                entry,
                name,
            }) => self.read_mbox((file, *offset), options, entry.as_deref(), name, spool),
            Some(Place::Eml(path, name)) => self.read_eml(path, name, spool),
            Some(Place::Internal(finding)) => Ok(Read::Excluded(finding.clone())),
            Some(Place::Other(path, kind)) => Ok(Read::Manual(no_mail(path, *kind))),
            None => Err(Error::new(
                ErrorKind::Malformed,
                format!("message {} was not listed", message.id),
            )
            .at_source()),
        }
    }

    fn read_mbox(
        &self,
        (path, offset): (&Path, u64),
        options: &Options,
        entry: Option<&sidecar::Entry>,
        name: &[Finding],
        spool: &Spool,
    ) -> Result<Read> {
        let mut messages = Stream::resume_at(open(&self.directory, path)?, offset, options.clone())
            .map_err(|error| damaged(path, error))?;
        let mut body = spool.begin();
        let read = messages.next_into(&mut body);
        // A disk that does not take it is told from a file that cannot be read.
        let body = body.finish()?;
        let message = match read {
            Ok(Some(message)) => message,
            Err(error) if error.kind() != ErrorKind::Malformed => {
                return Err(damaged(path, error));
            }
            Ok(None) | Err(_) => {
                return Ok(Read::Failed(Finding::lossy(
                    "MAIL-FILE-CHANGED",
                    format!("{} changed while it was read", path.display()),
                )));
            }
        };
        let mut findings = name.to_vec();
        findings.extend(message.findings.iter().map(Finding::from));
        findings.extend(self.conversion(&message.from_line, &body)?);
        let (flags, date) = match entry {
            Some(entry) => sidecar_says(entry),
            None => {
                findings.extend(labels(body.head()));
                (flags_of(body.head()), date_of(&message.envelope, body.head()))
            }
        };
        Ok(Read::Message(Message::new(flags, date, body), findings))
    }

    fn read_eml(&self, path: &Path, name: &[Finding], spool: &Spool) -> Result<Read> {
        let mut file = open(&self.directory, path)?;
        let mut body = spool.begin();
        let copied = io::copy(&mut file, &mut body);
        let body = body.finish()?;
        copied.map_err(|error| unreadable(path, &error))?;
        let mut findings = name.to_vec();
        findings.extend(self.conversion(b"", &body)?);
        findings.extend(labels(body.head()));
        let date = date_of(&Envelope::default(), body.head());
        let message = Message::new(flags_of(body.head()), date, body);
        Ok(Read::Message(message, findings))
    }

    /// Mail that a converter made is never exact; what it is known to have lost is told besides.
    fn conversion(&self, from_line: &[u8], body: &Body) -> Result<Vec<Finding>> {
        let by = match pst::converter(from_line, body.head()) {
            Some(converter) => converter.name(),
            None if self.nature.converted => "a converter",
            None => return Ok(Vec::new()),
        };
        let mut converted =
            format!("{by} made this message out of a PST: nothing proves that it is as it was");
        if body.len() > LOOKED_INTO {
            converted.push_str(", and only its beginning was searched for losses");
        }
        let mut read = Vec::new();
        let octets = match body.held() {
            Some(octets) => octets,
            None => {
                let mut reader = body.reader().take(LOOKED_INTO);
                reader
                    .read_to_end(&mut read)
                    .map_err(|error| Error::io("read", "a message that was kept on the disk", error))?;
                read.as_slice()
            }
        };
        let losses = pst::check(octets);
        let losses = losses.into_iter().map(Finding::from);
        Ok(std::iter::once(Finding::lossy("MAIL-CONVERTED", converted))
            .chain(losses)
            .collect())
    }
}

/// A listing in the making.
#[derive(Debug, Default)]
struct List {
    listed: Vec<Listed>,
    places: Vec<Place>,
    /// How often each content was seen.
    seen: HashMap<String, u64>,
}

impl List {
    fn add(&mut self, id: String, size: u64, place: Place) {
        self.listed.push(Listed::new(id, size, self.places.len() as u64));
        self.places.push(place);
    }

    fn mbox(&mut self, directory: &SourceDir, entry: &Entry, length: u64, nature: Nature) -> Result<()> {
        let path = &entry.path;
        let lines = sidecar_of(directory, path, length)?;
        let options = options(directory, path, !lines.is_empty(), length, nature)?;
        let mut lines = lines
            .into_iter()
            .map(|line| (line.start, line))
            .collect::<HashMap<_, _>>();
        let mut messages = Stream::new(open(directory, path)?, options.clone());
        loop {
            let mut digester = Digester::default();
            let read = messages.next_into(&mut digester);
            let Some(message) = read.map_err(|error| damaged(path, error))? else {
                return Ok(());
            };
            // The n-th message with this content: the same in every run, wherever it lies in the file.
            let digest = digester.finish().short();
            let number = self.seen.entry(digest.clone()).or_default();
            *number += 1;
            let id = format!("{digest}#{number}");
            let internal = message.offset < 4 && message.findings.contains(&crate::Finding::InternalData);
            let place = if internal {
                Place::Internal(crate::Finding::InternalData.into())
            } else {
                Place::Mbox {
                    file: path.clone(),
                    offset: message.offset,
                    options: options.clone(),
                    entry: lines.remove(&message.offset).map(Box::new),
                    name: entry.name.clone(),
                }
            };
            self.add(id, message.content_length, place);
        }
    }
}

impl MailReader for MailFilesReader {
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
