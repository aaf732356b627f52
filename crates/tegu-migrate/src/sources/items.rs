//! Calendars and contacts from files: what Outlook, export scripts and converters leave.

use super::{Collection, Document, Format, ItemSource, ItemSourceCapabilities};
use crate::{Account, BoxFuture, Error, ErrorKind, Result, template::PathTemplate};
use bytes::Bytes;
use std::{
    ffi::OsStr,
    io::{self, Read as _},
    path::{Path, PathBuf},
};
use tegu_outcome::file::{EntryKind, SourceDir};

/// Folders deeper than this are not looked into.
const MAX_DEPTH: usize = 16;

/// Files of calendars or contacts, in a folder for each account.
///
/// A file that lies in the account's folder is a collection of its own, named after the file. A folder in it is one
/// collection, to which all files below it belong. Files of other kinds are accounted for, each as one item for a person; so are links,
/// pipes and devices, which are not opened.
#[derive(Debug)]
pub struct ItemFiles {
    template: PathTemplate,
    extensions: &'static [(&'static str, Format)],
}

impl ItemFiles {
    /// `.ics` files. `template` is a path with `{mail}`, `{alias}` or `{domain}` in it, below `base`.
    pub fn calendars(template: impl Into<String>, base: impl Into<PathBuf>) -> Self {
        Self {
            template: PathTemplate::new(&template.into(), &base.into()),
            extensions: &[("ics", Format::Calendar), ("ical", Format::Calendar)],
        }
    }

    /// `.vcf` files and Outlook's `.csv` tables.
    pub fn contacts(template: impl Into<String>, base: impl Into<PathBuf>) -> Self {
        Self {
            template: PathTemplate::new(&template.into(), &base.into()),
            extensions: &[
                ("vcf", Format::Card),
                ("vcard", Format::Card),
                ("csv", Format::ContactTable),
            ],
        }
    }

    fn document(&self, home: &Path, path: &Path, kind: EntryKind) -> Document {
        let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
        let mut known = self.extensions.iter();
        let known = known.find(|(known, _)| known.eq_ignore_ascii_case(extension));
        let format = match kind {
            EntryKind::File => known.map_or(Format::Unknown, |(_, format)| *format),
            _ => Format::Special,
        };
        let id = path.strip_prefix(home).unwrap_or(path);
        Document::new(id.to_string_lossy(), format)
    }

    fn find(&self, account: &Account) -> Result<Vec<Collection>> {
        let (directory, home) = self.template.fill(account);
        let entries = match directory.entries(&home) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(|error| unreadable(directory, &home, &error))?,
        };
        let mut collections = Vec::new();
        for (name, kind) in entries {
            let path = home.join(&name);
            if kind == EntryKind::Directory {
                let mut documents = Vec::new();
                self.gather(directory, (&home, &path), 1, &mut documents)?;
                if !documents.is_empty() {
                    collections.push(Collection::new(decoded(Some(&name)), documents));
                }
            } else {
                let document = self.document(&home, &path, kind);
                collections.push(Collection::new(decoded(path.file_stem()), vec![document]));
            }
        }
        Ok(merged(collections))
    }

    /// Finds everything in a folder of the account's home.
    fn gather(
        &self,
        directory: &SourceDir,
        (home, folder): (&Path, &Path),
        depth: usize,
        documents: &mut Vec<Document>,
    ) -> Result<()> {
        if depth > MAX_DEPTH {
            let message = format!("{} lies more than {MAX_DEPTH} folders deep", folder.display());
            return Err(Error::new(ErrorKind::Malformed, message).at_source());
        }
        let entries = directory.entries(folder);
        for (name, kind) in entries.map_err(|error| unreadable(directory, folder, &error))? {
            let path = folder.join(name);
            if kind == EntryKind::Directory {
                self.gather(directory, (home, &path), depth + 1, documents)?;
            } else {
                documents.push(self.document(home, &path, kind));
            }
        }
        Ok(())
    }
}

impl ItemSource for ItemFiles {
    fn describe(&self) -> String {
        format!("files {}", self.template.path().display())
    }

    fn place(&self, account: &Account) -> Option<String> {
        Some(self.template.place(account).display().to_string())
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
        Box::pin(async move {
            if document.format == Format::Special {
                return Ok(Bytes::new());
            }
            let (directory, home) = self.template.fill(account);
            let path = home.join(&document.id);
            let mut content = Vec::new();
            let read = directory
                .open(&path)
                .and_then(|mut file| file.read_to_end(&mut content));
            read.map_err(|error| unreadable(directory, &path, &error))?;
            Ok(content.into())
        })
    }
}

/// Two files whose names differ only in their extension make one collection.
fn merged(collections: Vec<Collection>) -> Vec<Collection> {
    let mut merged: Vec<Collection> = Vec::new();
    for collection in collections {
        match merged.iter_mut().find(|known| known.name == collection.name) {
            Some(known) => known.documents.extend(collection.documents),
            None => merged.push(collection),
        }
    }
    merged
}

fn unreadable(directory: &SourceDir, below: &Path, error: &io::Error) -> Error {
    let path = directory.path().join(below);
    let message = format!("reading {}: {error}", path.display());
    Error::new(ErrorKind::Malformed, message).at_source()
}

fn decoded(name: Option<&OsStr>) -> String {
    tegu_mbox::tree::decode_component(&name.unwrap_or_default().to_string_lossy())
}
