//! The files of one folder.

use super::{Family, mbox::Quoting};
use crate::{Converted, Error, Finding, Mail, Result, Verdict, calendar::HEAD, time};
use serde_json::json;
use std::{
    collections::{BTreeMap, HashMap},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};
use tegu_outcome::file;
use tempfile::NamedTempFile;

/// Octets that are written to a file at once.
const BUFFER: usize = 1 << 18;

/// A file that has no name until it is complete.
struct Output {
    file: BufWriter<NamedTempFile>,
    path: PathBuf,
    name: String,
    end: &'static str,
}

/// The files of a folder. Each is made when something is to be written into it.
pub(crate) struct Outputs<'a> {
    root: &'a Path,
    name: String,
    files: BTreeMap<String, Output>,
    zones: HashMap<(Family, String), String>,
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
    pub(crate) fn new(root: &'a Path, nid: u32, path: &[String]) -> Self {
        Self {
            root,
            name: file_name(nid, path),
            files: BTreeMap::new(),
            zones: HashMap::new(),
        }
    }

    /// The directory of an item that a person has to look at.
    pub(crate) fn manual(&self, nid: u32) -> PathBuf {
        self.root.join("manual").join(format!("{nid:x}"))
    }

    fn open(&mut self, directory: &str, name: &str, begin: &str, end: &'static str) -> Result<&mut Output> {
        let shown = format!("{directory}/{name}");
        let path = self.root.join(directory).join(name);
        match self.files.entry(shown) {
            std::collections::btree_map::Entry::Occupied(entry) => Ok(entry.into_mut()),
            std::collections::btree_map::Entry::Vacant(entry) => {
                let fail = |error| Error::io("create", path.display(), error);
                let parent = file::directory(&path);
                file::create_dir(parent).map_err(fail)?;
                let mut file = BufWriter::with_capacity(BUFFER, file::temporary(parent).map_err(fail)?);
                file.write_all(begin.as_bytes()).map_err(fail)?;
                let name = entry.key().clone();
                Ok(entry.insert(Output {
                    file,
                    path,
                    name,
                    end,
                }))
            }
        }
    }

    /// Writes a message.
    pub(crate) fn mail(
        &mut self,
        nid: u32,
        mail: &Mail<'_>,
        verdict: Verdict,
        findings: &[Finding],
    ) -> Result<()> {
        let name = self.name.clone();
        let output = self.open("mail", &format!("{name}.mbox"), "", "")?;
        let sender = mail
            .sender()
            .filter(|sender| !sender.contains(char::is_whitespace))
            .unwrap_or("MAILER-DAEMON");
        let date = time::civil(mail.received().unwrap_or_default());
        let date = date
            .map(|date| date.strftime("%a %b %e %H:%M:%S %Y").to_string())
            .unwrap_or_default();
        let fail = |error| Error::io("write", "an mbox file", error);
        writeln!(output.file, "From {sender} {date}").map_err(fail)?;
        let mut quoting = Quoting::new(&mut output.file);
        mail.write(&mut quoting)?;
        quoting.finish().map_err(fail)?;
        let state = mail.state();
        let line = json!({
            "nid": nid,
            "verdict": verdict,
            "seen": state.seen,
            "answered": state.answered,
            "forwarded": state.forwarded,
            "flagged": state.flagged,
            "draft": state.draft,
            "categories": state.categories,
            "received": mail.received(),
            "findings": findings,
        });
        let index = self.open("mail", &format!("{name}.jsonl"), "", "")?;
        writeln!(index.file, "{line}").map_err(|error| Error::io("write", "an index", error))
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
        let mut names = Vec::new();
        for (_, mut output) in self.files {
            let fail = |error| Error::io("write", output.path.display(), error);
            output.file.write_all(output.end.as_bytes()).map_err(fail)?;
            let file = output
                .file
                .into_inner()
                .map_err(|error| fail(error.into_error()))?;
            file::persist(file, &output.path).map_err(fail)?;
            names.push(output.name);
        }
        Ok(names)
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
