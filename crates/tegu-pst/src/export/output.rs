//! The files of one folder.

use super::{
    Family,
    batch::{Batch, Told, Written},
    buffered::{Buffered, Room},
    keep::Keeper,
};
use crate::{Converted, Error, Result, calendar::HEAD, mail::base64::Encoder};
use std::{
    collections::{BTreeMap, HashMap},
    io::Write,
    path::{Path, PathBuf},
};
use tegu_outcome::file;
use tempfile::NamedTempFile;

/// A file that has no name until it is complete.
struct Output {
    file: Buffered<NamedTempFile>,
    path: PathBuf,
    name: String,
    end: &'static str,
    /// How much of it was handed to the disk before its end.
    begun: u64,
}

/// Octets after which a file is brought to the disk.
const BEGUN: u64 = 32 << 20;

/// The files of a folder. Each is made when something is to be written into it.
pub(crate) struct Outputs<'a> {
    root: &'a Path,
    keeper: &'a Keeper<'a>,
    name: String,
    files: BTreeMap<String, Output>,
    zones: HashMap<(Family, String), String>,
    /// What was opened for mail: messages, and the lines about them.
    mail: Option<(Output, Output)>,
    encoder: Encoder,
}

/// A name of a file for a folder: its node, and as much of its path as every file system takes.
fn file_name(nid: u32, path: &[String]) -> String {
    let mut name = format!("{nid:x}");
    let mut shown = String::new();
    for character in path.join(".").chars() {
        if shown.len() > 100 {
            break;
        }
        let unfit = character.is_control() || "/\\:*?\"<>|".contains(character);
        shown.push(if unfit { '_' } else { character });
    }
    let shown = shown.trim_matches([' ', '.']);
    if !shown.is_empty() {
        name.push(' ');
        name.push_str(shown);
    }
    name
}

/// An item as a file of its own.
pub(crate) fn alone(family: Family, item: &Converted) -> String {
    if family == Family::Contacts {
        return item.component.clone();
    }
    item.calendar()
}

impl<'a> Outputs<'a> {
    pub(crate) fn new(root: &'a Path, nid: u32, path: &[String], keeper: &'a Keeper<'a>) -> Self {
        Self {
            root,
            keeper,
            name: file_name(nid, path),
            files: BTreeMap::new(),
            zones: HashMap::new(),
            mail: None,
            encoder: Encoder::default(),
        }
    }

    /// The directory of an item that a person has to look at.
    pub(crate) fn manual(&self, nid: u32) -> PathBuf {
        self.root.join("manual").join(format!("{nid:x}"))
    }

    fn open(&mut self, directory: &str, name: &str, begin: &str, end: &'static str) -> Result<&mut Output> {
        match self.files.entry(format!("{directory}/{name}")) {
            std::collections::btree_map::Entry::Occupied(entry) => Ok(entry.into_mut()),
            std::collections::btree_map::Entry::Vacant(entry) => {
                let output = Output::create(self.root, entry.key(), begin, end)?;
                Ok(entry.insert(output))
            }
        }
    }

    /// The files for mail: messages, and the lines about them.
    fn mail_files(&mut self) -> Result<&mut (Output, Output)> {
        let create = |extension| {
            let name = format!("mail/{}.{extension}", self.name);
            Output::create(self.root, &name, "", "")
        };
        Ok(match &mut self.mail {
            Some(files) => files,
            none => none.insert((create("mbox")?, create("jsonl")?)),
        })
    }

    /// Writes a message, or nothing of it.
    pub(super) fn mail(&mut self, told: Told<'_, '_>) -> Result<Written> {
        let mut encoder = std::mem::take(&mut self.encoder);
        let (messages, index) = self.mail_files()?;
        let written = told.write(&mut messages.file, &mut index.file, &mut encoder);
        self.encoder = encoder;
        self.begun();
        written
    }

    /// Writes messages that are ready.
    pub(super) fn batch(&mut self, batch: &Batch<'_>) -> Result<()> {
        if batch.messages.as_slice().is_empty() {
            return Ok(());
        }
        let (messages, index) = self.mail_files()?;
        for (output, octets) in [(messages, &batch.messages), (index, &batch.index)] {
            output
                .file
                .write_all(octets.as_slice())
                .map_err(|error| Error::io("write", output.path.display(), error))?;
        }
        self.begun();
        Ok(())
    }

    /// Has what was written of a large file brought to the disk.
    fn begun(&mut self) {
        if let Some((messages, _)) = &mut self.mail
            && messages.file.position().saturating_sub(messages.begun) > BEGUN
        {
            messages.begun = messages.file.position();
            self.keeper.begun(messages.file.get_ref());
        }
    }

    /// Writes an item of iCalendar or vCard.
    pub(crate) fn component(&mut self, nid: u32, family: Family, item: &Converted) -> Result<()> {
        let mut name = format!("{}.{}", self.name, family.extension());
        // Two zones of one name that differ cannot stand in one calendar.
        let conflict = item.zones.iter().any(|zone| {
            self.zones
                .get(&(family, zone_name(zone)))
                .is_some_and(|known| known != zone)
        });
        if conflict {
            name = format!("{} {nid:x}.{}", self.name, family.extension());
        }
        let (begin, end) = match family {
            Family::Contacts => ("", ""),
            _ => (HEAD, "END:VCALENDAR\r\n"),
        };
        let mut text = String::new();
        for zone in &item.zones {
            if conflict
                || self
                    .zones
                    .insert((family, zone_name(zone)), zone.clone())
                    .is_none()
            {
                text.push_str(zone);
            }
        }
        text.push_str(&item.component);
        let output = self.open(family.name(), &name, begin, end)?;
        output
            .file
            .write_all(text.as_bytes())
            .map_err(|error| Error::io("write", output.path.display(), error))
    }

    /// Gives all files their names, and returns these.
    pub(crate) fn finish(self) -> Result<Vec<String>> {
        // Files of mail may have been opened for a message that was not written.
        let mail = self.mail.filter(|(messages, _)| messages.file.position() > 0);
        let mail = mail.into_iter().flat_map(|(messages, index)| [messages, index]);
        let mut names = Vec::new();
        for output in self.files.into_values().chain(mail) {
            names.push(output.finish(self.keeper)?);
        }
        names.sort();
        Ok(names)
    }
}

impl Output {
    /// Opens a file below `root`.
    fn create(root: &Path, name: &str, begin: &str, end: &'static str) -> Result<Self> {
        let path = root.join(name);
        let fail = |error| Error::io("create", path.display(), error);
        let parent = file::directory(&path);
        file::create_dir(parent).map_err(fail)?;
        let mut file = Buffered::new(file::temporary(parent).map_err(fail)?);
        file.write_all(begin.as_bytes()).map_err(fail)?;
        Ok(Self {
            file,
            path,
            name: name.to_owned(),
            end,
            begun: 0,
        })
    }

    /// Gives the file its name, and returns it.
    fn finish(mut self, keeper: &Keeper<'_>) -> Result<String> {
        let fail = |error| Error::io("write", self.path.display(), error);
        self.file.write_all(self.end.as_bytes()).map_err(fail)?;
        let file = self.file.into_inner().map_err(fail)?;
        keeper.complete(file, self.path.clone())?;
        Ok(self.name)
    }
}

/// The line TZID of a zone.
fn zone_name(zone: &str) -> String {
    zone.lines()
        .find(|line| line.starts_with("TZID:"))
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_every_file_system() {
        assert_eq!(
            file_name(0x8062, &["a/b".to_owned(), "Входящие ".to_owned()]),
            "8062 a_b.Входящие"
        );
        assert_eq!(file_name(0x122, &[]), "122");
        assert!(file_name(1, &["ы".repeat(500)]).len() < 120);
    }
}
