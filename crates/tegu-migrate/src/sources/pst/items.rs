//! Calendars and contacts out of PST files.

use super::Files;
use crate::{
    Account, BoxFuture, Error, ErrorKind, Result,
    digest::Digester,
    sources::{Collection, Document, Format, ItemSource, ItemSourceCapabilities},
};
use bytes::Bytes;
use std::{collections::HashMap, path::PathBuf};
use tegu_pst::{Converted, Kind, Pst, Severity};

/// Calendars with tasks, notes and journal entries, or contacts, in PST and OST files.
///
/// Each folder with such items is a collection, each item a document. An item that would lose something cannot be read: the error
/// names the codes, and a person looks at it.
#[derive(Debug)]
pub struct PstItems {
    files: Files,
    kinds: &'static [Kind],
    format: Format,
}

impl PstItems {
    /// Appointments, tasks, notes and journal entries. `template` is a path with `{mail}`, `{alias}` or `{domain}` in it, below `base`; its last part may hold
    /// one `*`.
    pub fn calendars(template: impl Into<String>, base: impl Into<PathBuf>) -> Self {
        Self {
            files: Files::new(&template.into(), &base.into()),
            kinds: &[Kind::Appointment, Kind::Task, Kind::Note, Kind::Journal],
            format: Format::Calendar,
        }
    }

    /// Contacts and private lists.
    pub fn contacts(template: impl Into<String>, base: impl Into<PathBuf>) -> Self {
        Self {
            kinds: &[Kind::Contact, Kind::List],
            format: Format::Card,
            ..Self::calendars(template, base)
        }
    }

    /// The code page of strings whose item does not tell it, as in ANSI files.
    ///
    /// # Errors
    ///
    /// [`Config`](crate::ErrorKind::Config) if no such code page is known.
    pub fn code_page(mut self, number: u32) -> Result<Self> {
        self.files = self.files.code_page(number)?;
        Ok(self)
    }

    /// The collections of all files. An item that an earlier file has in the folder of the same name is the same item.
    fn find(&self, account: &Account) -> Result<Vec<Collection>> {
        let mut collections: Vec<Collection> = Vec::new();
        let mut before: HashMap<(String, String), u64> = HashMap::new();
        for pst in &self.files.open(account)? {
            let mut seen: HashMap<(String, String), u64> = HashMap::new();
            for folder in pst.folders().map_err(super::at_source)?.folders {
                let name = folder.path.join("/");
                let mut documents = Vec::new();
                for nid in pst.contents(&folder).items {
                    let Some(converted) = self.convert(pst, nid) else {
                        continue;
                    };
                    let content = content(&converted);
                    let id = format!("{}:{nid:x}:{content}", hex(pst.record_key()));
                    let key = (name.clone(), content);
                    let number = seen.entry(key.clone()).or_default();
                    *number += 1;
                    if before.get(&key).is_none_or(|known| *number > *known) {
                        documents.push(Document::new(id, self.format));
                    }
                }
                if documents.is_empty() {
                    continue;
                }
                match collections.iter_mut().find(|known| known.name == name) {
                    Some(known) => known.documents.extend(documents),
                    None => collections.push(Collection::new(name, documents)),
                }
            }
            for (key, count) in seen {
                let known = before.entry(key).or_default();
                *known = count.max(*known);
            }
        }
        Ok(collections)
    }

    /// An item of a kind that belongs here. What cannot be opened is listed with the mail of the file.
    fn convert(&self, pst: &Pst, nid: u32) -> Option<Converted> {
        let item = pst.message(nid).ok()?;
        self.kinds.contains(&item.kind()).then(|| item.convert())?
    }

    fn document(&self, account: &Account, id: &str) -> Result<Bytes> {
        let wrong = || Error::new(ErrorKind::NotFound, format!("there is no item {id}")).at_source();
        let mut parts = id.split(':');
        let (Some(key), Some(nid), Some(wanted)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(wrong());
        };
        let nid = u32::from_str_radix(nid, 16).map_err(|_| wrong())?;
        let files = self.files.open(account)?;
        let converted = files
            .iter()
            .filter(|pst| hex(pst.record_key()) == key)
            .filter_map(|pst| self.convert(pst, nid))
            .find(|converted| content(converted) == wanted)
            .ok_or_else(wrong)?;
        let losses: Vec<String> = converted
            .findings
            .iter()
            .filter(|finding| finding.severity == Severity::Lossy)
            .map(ToString::to_string)
            .collect();
        if !losses.is_empty() {
            return Err(Error::new(ErrorKind::Lossy, losses.join("; ")).at_source());
        }
        Ok(match self.format {
            Format::Calendar => converted.calendar(),
            _ => converted.component,
        }
        .into())
    }
}

/// What an item says, without what it has of its file: two copies of one item are the same.
fn content(converted: &Converted) -> String {
    let mut digester = Digester::default();
    let lines = converted.component.split_inclusive("\r\n");
    for line in lines.filter(|line| !line.starts_with("UID:") && !line.starts_with("DTSTAMP:")) {
        digester.update(line.as_bytes());
    }
    digester.finish().short()
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

impl ItemSource for PstItems {
    fn describe(&self) -> String {
        self.files.describe()
    }

    fn place(&self, account: &Account) -> Option<String> {
        self.files.place(account)
    }

    fn capabilities(&self) -> ItemSourceCapabilities {
        ItemSourceCapabilities::everything()
    }

    fn collections<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Vec<Collection>>> {
        Box::pin(async move { self.find(account) })
    }

    fn read<'a>(
        &'a self,
        account: &'a Account,
        _: &'a Collection,
        document: &'a Document,
    ) -> BoxFuture<'a, Result<Bytes>> {
        Box::pin(async move { self.document(account, &document.id) })
    }
}
