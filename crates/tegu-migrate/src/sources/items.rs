//! Calendars and contacts from files: what Outlook, export scripts and converters leave.

use super::{Collection, Document, Format, ItemSource, ItemSourceCapabilities};
use crate::{Account, BoxFuture, Error, ErrorKind, Result};
use bytes::Bytes;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Folders deeper than this are not looked into.
const MAX_DEPTH: usize = 16;

/// Files of calendars or contacts, in a folder for each account.
///
/// A file that lies in the account's folder is a collection of its own, named after the file. A folder in it is one
/// collection, to which all files below it belong. Files of other kinds are accounted for, each as one item for a person.
#[derive(Debug)]
pub struct ItemFiles {
    template: String,
    base: PathBuf,
    extensions: &'static [(&'static str, Format)],
}

impl ItemFiles {
    /// `.ics` files. `template` is a path with `{mail}`, `{alias}` or `{domain}` in it, below `base`.
    pub fn calendars(template: impl Into<String>, base: impl Into<PathBuf>) -> Self {
        Self {
            template: template.into(),
            base: base.into(),
            extensions: &[("ics", Format::Calendar), ("ical", Format::Calendar)],
        }
    }

    /// `.vcf` files and Outlook's `.csv` tables.
    pub fn contacts(template: impl Into<String>, base: impl Into<PathBuf>) -> Self {
        Self {
            template: template.into(),
            base: base.into(),
            extensions: &[
                ("vcf", Format::Card),
                ("vcard", Format::Card),
                ("csv", Format::ContactTable),
            ],
        }
    }

    fn root(&self, account: &Account) -> PathBuf {
        self.base.join(account.fill_path(&self.template))
    }

    fn format(&self, path: &Path) -> Format {
        let extension = path
            .extension()
            .and_then(|extension| extension.to_str())
            .unwrap_or_default();
        let known = self
            .extensions
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(extension));
        known.map_or(Format::Unknown, |(_, format)| *format)
    }

    fn find(&self, account: &Account) -> Result<Vec<Collection>> {
        let root = self.root(account);
        let mut collections = Vec::new();
        if !root.exists() {
            return Ok(collections);
        }
        for path in entries(&root)? {
            if path.is_dir() {
                let mut documents = Vec::new();
                self.gather(&root, &path, 1, &mut documents)?;
                if !documents.is_empty() {
                    collections.push(Collection::new(name(path.file_name()), documents));
                }
            } else {
                let document = Document::new(relative(&root, &path), self.format(&path));
                collections.push(Collection::new(name(path.file_stem()), vec![document]));
            }
        }
        Ok(merged(collections))
    }

    fn gather(
        &self,
        root: &Path,
        directory: &Path,
        depth: usize,
        documents: &mut Vec<Document>,
    ) -> Result<()> {
        if depth > MAX_DEPTH {
            let message = format!("{} lies more than {MAX_DEPTH} folders deep", directory.display());
            return Err(Error::new(ErrorKind::Malformed, message).at_source());
        }
        for path in entries(directory)? {
            if path.is_dir() {
                self.gather(root, &path, depth + 1, documents)?;
            } else {
                documents.push(Document::new(relative(root, &path), self.format(&path)));
            }
        }
        Ok(())
    }
}

impl ItemSource for ItemFiles {
    fn describe(&self) -> String {
        format!("files {}", self.base.join(&self.template).display())
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
            let path = self.root(account).join(&document.id);
            let content = fs::read(&path).map_err(|error| unreadable(&path, &error))?;
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

/// The entries of a folder, in an order that is the same everywhere.
fn entries(directory: &Path) -> Result<Vec<PathBuf>> {
    let read = || -> std::io::Result<Vec<PathBuf>> {
        fs::read_dir(directory)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect()
    };
    let mut entries = read().map_err(|error| unreadable(directory, &error))?;
    entries.sort();
    Ok(entries)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::new(
        ErrorKind::Malformed,
        format!("reading {}: {error}", path.display()),
    )
    .at_source()
}

fn relative(root: &Path, path: &Path) -> String {
    path.strip_prefix(root)
        .unwrap_or(path)
        .to_string_lossy()
        .into_owned()
}

fn name(part: Option<&std::ffi::OsStr>) -> String {
    let encoded = part.unwrap_or_default().to_string_lossy();
    tegu_mbox::tree::decode_component(&encoded)
}
