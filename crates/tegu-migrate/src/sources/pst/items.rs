//! Calendars and contacts out of PST files.

use super::Files;
use crate::{
    Account, BoxFuture, Error, ErrorKind, Result,
    sources::{Collection, Document, Format, ItemSource, ItemSourceCapabilities},
};
use bytes::Bytes;
use std::path::PathBuf;
use tegu_pst::{Kind, Pst, Severity};

/// Calendars and tasks, or contacts, in PST and OST files.
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
    /// Appointments and tasks. `template` is a path with `{mail}`, `{alias}` or `{domain}` in it, below `base`; its last part may hold
    /// one `*`.
    pub fn calendars(template: impl Into<String>, base: impl Into<PathBuf>) -> Self {
        Self {
            files: Files::new(&template.into(), &base.into()),
            kinds: &[Kind::Appointment, Kind::Task],
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

    fn find(&self, account: &Account) -> Result<Vec<Collection>> {
        let mut collections: Vec<Collection> = Vec::new();
        for (file, pst) in self.files.open(account)?.iter().enumerate() {
            for folder in pst.folders().map_err(super::at_source)?.folders {
                let contents = pst.contents(&folder);
                let wanted = |nid: &u32| {
                    pst.message(*nid)
                        .is_ok_and(|item| self.kinds.contains(&item.kind()))
                };
                let documents: Vec<Document> = contents
                    .items
                    .into_iter()
                    .filter(wanted)
                    .map(|nid| Document::new(format!("{file}:{nid:x}"), self.format))
                    .collect();
                if documents.is_empty() {
                    continue;
                }
                let name = folder.path.join("/");
                match collections.iter_mut().find(|known| known.name == name) {
                    Some(known) => known.documents.extend(documents),
                    None => collections.push(Collection::new(name, documents)),
                }
            }
        }
        Ok(collections)
    }

    fn document(&self, account: &Account, id: &str) -> Result<Bytes> {
        let wrong = || Error::new(ErrorKind::NotFound, format!("there is no item {id}")).at_source();
        let (file, nid) = id.split_once(':').ok_or_else(wrong)?;
        let file: usize = file.parse().map_err(|_| wrong())?;
        let nid = u32::from_str_radix(nid, 16).map_err(|_| wrong())?;
        let files = self.files.open(account)?;
        let pst: &Pst = files.get(file).ok_or_else(wrong)?;
        let item = pst.message(nid).map_err(super::at_source)?;
        let converted = item.convert().ok_or_else(wrong)?;
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
