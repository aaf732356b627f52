//! The files of an exported mailbox.
//!
//! Mail grows in mbox files with sidecars. `mail.jsonl` says which items of the server are in them: a line is written after its message
//! is on the disk, with the message's place in its folder. Messages that no line names were written just before a crash; they are known by
//! their digests when they are read again. All other files are written as a whole.

use super::kinds::Family;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
};
use tegu_ews::{Converted, Item, convert::CALENDAR_HEAD, inventory::Place, settings::Settings};
use tegu_mbox::{
    ErrorKind,
    sidecar::{Archive, ArrivalDate},
    tree::FileNames,
};
use tegu_migrate::message::Body;
use tegu_migrate::{Error, Result};
use tegu_outcome::{State, file};

/// What is known of a folder from an earlier run.
#[derive(Default)]
pub(super) struct Known {
    /// Items that need not be read again.
    pub(super) ids: HashSet<String>,
    /// How they ended.
    pub(super) states: Vec<(Family, State)>,
}

/// Items of a folder, and where in its mbox file they are.
type Places = HashMap<String, u64>;

pub(super) struct Output {
    to: PathBuf,
    names: FileNames,
    book: HashMap<String, Places>,
    log: File,
    folder: String,
    path: Vec<String>,
    archive: Option<Archive>,
    /// Digests of messages that no line names, and where they are.
    unnamed: HashMap<[u8; 32], Vec<u64>>,
    pending: Vec<(String, u64)>,
    sheets: BTreeMap<Family, FileNames>,
}

fn failed(what: &str, path: &Path, error: std::io::Error) -> Error {
    Error::io(what, path.display(), error)
}

impl Output {
    /// Opens a directory that an earlier run of the same mailbox may have begun.
    pub(super) fn open(to: &Path, mailbox: &str) -> Result<Self> {
        file::create_dir(to).map_err(|error| failed("create", to, error))?;
        let path = to.join("mail.jsonl");
        let mut options = OpenOptions::new();
        options.create(true).read(true).append(true);
        let log = file::open_private(&path, &mut options).map_err(|error| failed("open", &path, error))?;
        let mut book: HashMap<String, Places> = HashMap::new();
        let (mut whole, mut first) = (0_u64, true);
        let mut reader = BufReader::new(&log);
        loop {
            let mut line = Vec::new();
            let read = reader
                .read_until(b'\n', &mut line)
                .map_err(|error| failed("read", &path, error))?;
            // A line that a crash cut has no end.
            if read == 0 || line.last() != Some(&b'\n') {
                break;
            }
            let value: Value = serde_json::from_slice(&line)
                .map_err(|error| Error::new(ErrorKind::Journal, format!("{}: {error}", path.display())))?;
            whole += read as u64;
            if std::mem::take(&mut first) {
                if value["mailbox"].as_str() != Some(mailbox) {
                    return Err(Error::config(format!(
                        "{} holds the export of another mailbox",
                        to.display()
                    )));
                }
                continue;
            }
            let entry = book
                .entry(value["folder"].as_str().unwrap_or_default().to_owned())
                .or_default();
            for item in value["items"].as_array().into_iter().flatten() {
                if let (Some(id), Some(place)) = (item[0].as_str(), item[1].as_u64()) {
                    entry.insert(id.to_owned(), place);
                }
            }
        }
        log.set_len(whole).map_err(|error| failed("mend", &path, error))?;
        let mut output = Self {
            names: FileNames::below(to.join("mail")),
            to: to.to_owned(),
            book,
            log,
            folder: String::new(),
            path: Vec::new(),
            archive: None,
            unnamed: HashMap::new(),
            pending: Vec::new(),
            sheets: BTreeMap::new(),
        };
        if whole == 0 {
            output.line(&json!({"version": 1, "mailbox": mailbox}))?;
        }
        Ok(output)
    }

    fn line(&mut self, line: &Value) -> Result<()> {
        let path = self.to.join("mail.jsonl");
        self.log
            .write_all(format!("{line}\n").as_bytes())
            .and_then(|()| self.log.sync_data())
            .map_err(|error| failed("write", &path, error))
    }

    /// Begins a folder.
    pub(super) fn begin(&mut self, place: &Place) -> Result<Known> {
        self.folder.clone_from(&place.folder.id);
        self.path.clone_from(&place.path);
        self.archive = None;
        self.unnamed.clear();
        let known = self.book.get(&self.folder);
        let ids: HashSet<String> = known.into_iter().flat_map(Places::keys).cloned().collect();
        Ok(Known {
            states: ids.iter().map(|_| (Family::Mail, State::Moved)).collect(),
            ids,
        })
    }

    fn archive(&mut self) -> Result<&mut Archive> {
        if self.archive.is_none() {
            let path = self.names.folder(&self.path)?;
            if let Some(directory) = path.parent() {
                file::create_dir(directory).map_err(|error| failed("create", directory, error))?;
            }
            let archive = Archive::open(&path)?;
            let named: HashSet<u64> = self
                .book
                .get(&self.folder)
                .into_iter()
                .flat_map(Places::values)
                .copied()
                .collect();
            for (at, entry) in (0..).zip(archive.entries()) {
                if !named.contains(&at) {
                    self.unnamed.entry(entry.digest).or_default().push(at);
                }
            }
            self.archive = Some(archive);
        }
        self.archive
            .as_mut()
            .ok_or_else(|| Error::new(ErrorKind::Internal, "the folder is not open"))
    }

    /// Adds a message; what mbox cannot hold is a loss.
    pub(super) fn mail(&mut self, item: &Item, body: &Body) -> Result<Result<(), Vec<(String, String)>>> {
        let digest = *body.digest()?.as_bytes();
        self.archive()?;
        if let Some(at) = self.unnamed.get_mut(&digest).and_then(Vec::pop) {
            self.pending.push((item.id.id.clone(), at));
            return Ok(Ok(()));
        }
        let date = item
            .internal_date()
            .map(|date| ArrivalDate::new(date.unix_seconds, date.offset_minutes));
        let flags = item.flags();
        let archive = self.archive()?;
        let at = archive.entries().len() as u64;
        match archive.append(body.len(), &mut body.reader(), digest, flags.names(), date) {
            Ok(()) => {
                self.pending.push((item.id.id.clone(), at));
                Ok(Ok(()))
            }
            Err(error) if error.kind() == ErrorKind::Lossy => {
                Ok(Err(vec![("EWS-MBOX".to_owned(), error.to_string())]))
            }
            Err(error) => Err(error),
        }
    }

    /// Makes sure of what was added.
    pub(super) fn commit(&mut self) -> Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let Some(archive) = &mut self.archive else {
            return Ok(());
        };
        archive.commit()?;
        let items: Vec<Value> = self.pending.drain(..).map(|(id, at)| json!([id, at])).collect();
        let line = json!({"folder": self.folder, "items": items});
        self.line(&line)
    }

    /// Writes what is no mail of a folder.
    pub(super) fn finish(&mut self, sheet: Sheet) -> Result<()> {
        self.commit()?;
        for (family, (mut zones, text)) in sheet.families {
            let root = self.to.join(family.name());
            let names = self
                .sheets
                .entry(family)
                .or_insert_with(|| FileNames::below(root));
            let path = names.folder(&self.path)?.with_extension(family.extension());
            if let Some(directory) = path.parent() {
                file::create_dir(directory).map_err(|error| failed("create", directory, error))?;
            }
            let (head, end) = match family {
                Family::Contacts => ("", ""),
                _ => (CALENDAR_HEAD, "END:VCALENDAR\r\n"),
            };
            zones.sort();
            let parts = [head, &zones.concat(), &text, end].concat();
            file::write(&path, |out| out.write_all(parts.as_bytes()))?;
        }
        Ok(())
    }

    /// Keeps what is left for a person: why, and the best that can be made of it.
    pub(super) fn manual(
        &self,
        family: Family,
        id: &str,
        losses: &[(String, String)],
        best: Option<&[u8]>,
    ) -> Result<()> {
        let directory = self.to.join("manual").join(family.name());
        file::create_dir(&directory).map_err(|error| failed("create", &directory, error))?;
        let name = blake3::hash(id.as_bytes()).to_hex();
        let name = name.get(..32).unwrap_or_default();
        let findings: Vec<Value> = losses
            .iter()
            .map(|(code, why)| json!({"code": code, "message": why}))
            .collect();
        let text = json!({"id": id, "folder": self.path, "findings": findings}).to_string();
        file::write(&directory.join(format!("{name}.json")), |out| {
            out.write_all(text.as_bytes())
        })?;
        match best {
            Some(best) => {
                let path = directory.join(format!("{name}.{}", family.extension()));
                file::write(&path, |out| out.write_all(best))
            }
            None => Ok(()),
        }
    }

    pub(super) fn settings(&self, settings: &Settings) -> Result<()> {
        let text =
            serde_json::to_string_pretty(settings).map_err(|error| Error::new(ErrorKind::Internal, error))?;
        file::write(&self.to.join("settings.json"), |out| {
            out.write_all(text.as_bytes())
        })
    }
}

/// What is no mail of one folder: zones, each once, and components, by kind of thing.
pub(super) struct Sheet {
    families: BTreeMap<Family, (Vec<String>, String)>,
}

impl Sheet {
    pub(super) fn new() -> Self {
        Self {
            families: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, family: Family, converted: &Converted) {
        let (zones, text) = self.families.entry(family).or_default();
        for zone in &converted.zones {
            if !zones.contains(zone) {
                zones.push(zone.clone());
            }
        }
        text.push_str(&converted.component);
    }
}
