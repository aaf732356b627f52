use crate::{Error, ErrorKind, Result};
use std::{
    ffi::OsStr,
    io::{self, Read as _},
    path::{Path, PathBuf},
};
use tegu_outcome::file::{EntryKind, SourceDir};
use tegu_store::{
    BoxFuture,
    sources::{Collection, Document, Format, ItemReader, ReadDocument},
};

/// Folders deeper than this are not looked into.
const MAX_DEPTH: usize = 16;

/// Files of calendars or contacts in one folder, as an [`ItemReader`].
///
/// A file is a collection of its own, named after the file. A folder is one collection, to which all files below it belong. Files of other
/// kinds are accounted for, each as one item for a person; so are links, pipes and devices, which are not opened.
#[derive(Debug)]
pub struct ItemFilesReader {
    directory: SourceDir,
    home: PathBuf,
    extensions: &'static [(&'static str, Format)],
}

impl ItemFilesReader {
    /// Reads the calendars (`.ics`, `.ical`) in `home`, which is a path below `directory`.
    #[must_use]
    pub fn calendars(directory: SourceDir, home: PathBuf) -> Self {
        Self {
            directory,
            home,
            extensions: &[("ics", Format::Calendar), ("ical", Format::Calendar)],
        }
    }

    /// Reads the contacts (`.vcf`, `.vcard`, and `.csv` as Outlook writes it) in `home`, which is a path below `directory`.
    #[must_use]
    pub fn contacts(directory: SourceDir, home: PathBuf) -> Self {
        Self {
            directory,
            home,
            extensions: &[
                ("vcf", Format::Card),
                ("vcard", Format::Card),
                ("csv", Format::ContactTable),
            ],
        }
    }

    fn document(&self, path: &Path, kind: EntryKind) -> Document {
        let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
        let mut known = self.extensions.iter();
        let known = known.find(|(known, _)| known.eq_ignore_ascii_case(extension));
        let format = match kind {
            EntryKind::File => known.map_or(Format::Unknown, |(_, format)| *format),
            _ => Format::Special,
        };
        let id = path.strip_prefix(&self.home).unwrap_or(path);
        Document::new(id.to_string_lossy(), format)
    }

    fn find(&self) -> Result<Vec<Collection>> {
        let entries = match self.directory.entries(&self.home) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(|error| self.unreadable(&self.home, &error))?,
        };
        let mut collections = Vec::new();
        for (name, kind) in entries {
            let path = self.home.join(&name);
            if kind == EntryKind::Directory {
                let mut documents = Vec::new();
                self.gather(&path, 1, &mut documents)?;
                if !documents.is_empty() {
                    collections.push(Collection::new(decoded(Some(&name)), documents));
                }
            } else {
                let document = self.document(&path, kind);
                collections.push(Collection::new(decoded(path.file_stem()), vec![document]));
            }
        }
        Ok(merged(collections))
    }

    /// Finds everything in a folder of the home.
    fn gather(&self, folder: &Path, depth: usize, documents: &mut Vec<Document>) -> Result<()> {
        if depth > MAX_DEPTH {
            let message = format!("{} lies more than {MAX_DEPTH} folders deep", folder.display());
            return Err(Error::new(ErrorKind::Malformed, message).at_source());
        }
        let entries = self.directory.entries(folder);
        for (name, kind) in entries.map_err(|error| self.unreadable(folder, &error))? {
            let path = folder.join(name);
            if kind == EntryKind::Directory {
                self.gather(&path, depth + 1, documents)?;
            } else {
                documents.push(self.document(&path, kind));
            }
        }
        Ok(())
    }

    fn content(&self, document: &Document) -> Result<ReadDocument> {
        if document.format == Format::Special {
            return Ok(ReadDocument::new(""));
        }
        let path = self.home.join(&document.id);
        let mut content = Vec::new();
        let read = self
            .directory
            .open(&path)
            .and_then(|mut file| file.read_to_end(&mut content));
        read.map_err(|error| self.unreadable(&path, &error))?;
        Ok(ReadDocument::new(content))
    }

    fn unreadable(&self, below: &Path, error: &io::Error) -> Error {
        let path = self.directory.path().join(below);
        let message = format!("reading {}: {error}", path.display());
        Error::new(ErrorKind::Malformed, message).at_source()
    }
}

impl ItemReader for ItemFilesReader {
    fn collections(&mut self) -> BoxFuture<'_, Result<Vec<Collection>>> {
        Box::pin(async { self.find() })
    }

    fn read<'a>(
        &'a mut self,
        _: &'a Collection,
        document: &'a Document,
    ) -> BoxFuture<'a, Result<ReadDocument>> {
        Box::pin(async move { self.content(document) })
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

fn decoded(name: Option<&OsStr>) -> String {
    crate::tree::decode_component(&name.unwrap_or_default().to_string_lossy())
}
