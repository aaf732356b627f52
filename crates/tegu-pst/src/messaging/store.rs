//! A file as a store of messages.

use super::{Message, Names, learnt::Learnt};
use crate::{
    Error, Finding, Limits, Result,
    bytes::damaged,
    ltp::{Properties, Value},
    ndb::{Header, Ndb, Node},
    source::ReadAt,
    tag::{self, nid},
};
use encoding_rs::Encoding;
use std::{
    collections::HashMap,
    fmt,
    fs::File,
    path::Path,
    sync::{Arc, OnceLock},
};

/// How a file is read.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Options {
    pub(crate) limits: Limits,
    pub(crate) code_page: Option<&'static Encoding>,
    pub(crate) lookup: Lookup,
    pub(crate) accept_unproved_layout: bool,
}

/// Who knows SMTP addresses beside the file.
#[derive(Clone, Default)]
pub(crate) struct Lookup(Option<Arc<Find>>);

type Find = dyn Fn(&str) -> Option<String> + Send + Sync;

impl Lookup {
    pub(crate) fn find(&self, name: &str) -> Option<String> {
        self.0.as_ref()?(name)
    }
}

impl fmt::Debug for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lookup").field(&self.0.is_some()).finish()
    }
}

impl Options {
    /// Bounds on what the file may ask for.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The code page of strings whose message does not tell it, as in ANSI files.
    #[must_use]
    pub fn code_page(mut self, page: &'static Encoding) -> Self {
        self.code_page = Some(page);
        self
    }

    /// SMTP addresses by Exchange's distinguished names (`legacyExchangeDN`, and proxy addresses of the type `X500`), as the
    /// directory has them. What the file itself says goes first. Replaces what [`lookup`](Self::lookup) was given.
    #[must_use]
    pub fn addresses(self, addresses: impl IntoIterator<Item = (String, String)>) -> Self {
        let addresses = addresses.into_iter();
        let addresses: HashMap<String, String> = addresses
            .map(|(name, address)| (name.to_lowercase(), address))
            .collect();
        self.lookup(move |name| addresses.get(&name.to_lowercase()).cloned())
    }

    /// As [`addresses`](Self::addresses), for somebody who knows them already: `find` gets a distinguished name in any letter case.
    #[must_use]
    pub fn lookup(mut self, find: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        self.lookup = Lookup(Some(Arc::new(find)));
        self
    }

    /// Reads OST files with pages of 4 KiB. Their layout is not published: what is read is told as unproved.
    #[must_use]
    pub fn accept_unproved_layout(mut self, accept: bool) -> Self {
        self.accept_unproved_layout = accept;
        self
    }
}

/// A PST or OST file, opened for reading.
pub struct Pst {
    pub(crate) ndb: Ndb,
    pub(crate) names: Names,
    pub(crate) options: Options,
    pub(crate) learnt: OnceLock<Learnt>,
    findings: Vec<Finding>,
    record_key: Vec<u8>,
    subtree: Option<u32>,
    deleted: Option<u32>,
}

impl fmt::Debug for Pst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pst")
            .field("ndb", &self.ndb)
            .finish_non_exhaustive()
    }
}

impl Pst {
    /// Opens what `source` holds.
    ///
    /// # Errors
    ///
    /// [`Malformed`](crate::ErrorKind::Malformed) if it is no PST or OST file; [`Unsupported`](crate::ErrorKind::Unsupported) if
    /// its layout or its encryption is unknown; [`Io`](crate::ErrorKind::Io).
    pub fn open(source: impl ReadAt + 'static, options: Options) -> Result<Self> {
        let mut findings = Vec::new();
        let mut ndb = Ndb::open(Box::new(source), options.limits, &mut findings)?;
        if ndb.header().format == crate::Format::Unicode4k {
            if !options.accept_unproved_layout {
                return Err(Error::new(
                    crate::ErrorKind::Unsupported,
                    "the file has pages of 4 KiB, whose layout is not published; accept it to read it as unproved",
                ));
            }
            findings.push(Finding::info(
                "PST-LAYOUT-UNPROVED",
                "the file has pages of 4 KiB, whose layout is not published",
            ));
        }
        let mut record_key = Vec::new();
        let (mut subtree, mut deleted) = (None, None);
        match store_properties(&mut ndb, &mut findings) {
            Ok(Some(store)) => {
                (record_key, subtree, deleted) = store;
            }
            Ok(None) => findings.push(Finding::lossy(
                "PST-STORE-MISSING",
                "the file has no properties of a store",
            )),
            Err(error) => findings.push(Finding::lossy("PST-STORE-UNREADABLE", error.to_string())),
        }
        let names = Names::open(&ndb).unwrap_or_else(|error| {
            findings.push(Finding::lossy("PST-NAMES-UNREADABLE", error.to_string()));
            Names::default()
        });
        if names.damage() > 0 {
            // An item that has such a property tells that it lost something.
            findings.push(Finding::info(
                "PST-NAMES-DAMAGED",
                format!("{} entries of the map of names make no sense", names.damage()),
            ));
        }
        Ok(Self {
            ndb,
            names,
            options,
            learnt: OnceLock::new(),
            findings,
            record_key,
            subtree,
            deleted,
        })
    }

    /// Opens a file for reading. A link is followed; a pipe in the file's place is an error.
    ///
    /// # Errors
    ///
    /// See [`open`](Self::open).
    #[allow(clippy::disallowed_methods, reason = "a file that the caller named")]
    pub fn open_file(path: &Path, options: Options) -> Result<Self> {
        let failed = |error| Error::io("open", path.display(), error);
        // Opening a pipe would wait for its writer.
        if !std::fs::metadata(path).map_err(failed)?.is_file() {
            let error = std::io::Error::new(std::io::ErrorKind::InvalidInput, "it is no regular file");
            return Err(failed(error));
        }
        Self::from_file(File::open(path).map_err(failed)?, path, options)
    }

    /// Reads a file that is open, for callers who decide how files are reached. `path` is for messages alone.
    ///
    /// # Errors
    ///
    /// See [`open`](Self::open).
    pub fn from_file(file: File, path: &Path, options: Options) -> Result<Self> {
        #[cfg(any(unix, windows))]
        let source = file;
        #[cfg(not(any(unix, windows)))]
        let source = crate::Seekable::new(file);
        Self::open(source, options).map_err(|error| error.doing("open", path.display()))
    }

    /// What the header says.
    #[must_use]
    pub fn header(&self) -> &Header {
        self.ndb.header()
    }

    /// The node database below.
    #[must_use]
    pub fn ndb(&self) -> &Ndb {
        &self.ndb
    }

    /// The map of named properties.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// What was noticed about the file as a whole.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// What tells this store from others; empty if the file does not say it.
    #[must_use]
    pub fn record_key(&self) -> &[u8] {
        &self.record_key
    }

    pub(crate) fn subtree(&self) -> Option<u32> {
        self.subtree
    }

    pub(crate) fn deleted(&self) -> Option<u32> {
        self.deleted
    }

    pub(crate) fn node(&self, nid: u32) -> Result<Option<Node<'_>>> {
        self.ndb
            .find_node(nid)?
            .map(|entry| Node::open(&self.ndb, entry))
            .transpose()
    }

    /// The message `nid`.
    ///
    /// # Errors
    ///
    /// [`Malformed`](crate::ErrorKind::Malformed) if there is none, or if its properties cannot be read at all.
    pub fn message(&self, nid: u32) -> Result<Message<'_>> {
        let doing = |error: Error| error.doing("read", format_args!("item {nid:#x}"));
        let Some(node) = self.node(nid).map_err(doing)? else {
            return Err(doing(damaged("a folder lists it, but it is not in the file")));
        };
        Message::open(self, node).map_err(doing)
    }
}

type Store = (Vec<u8>, Option<u32>, Option<u32>);

fn store_properties(ndb: &mut Ndb, findings: &mut Vec<Finding>) -> Result<Option<Store>> {
    let Some(entry) = ndb.find_node(nid::STORE)? else {
        return Ok(None);
    };
    if ndb.detect_unnamed_crypt(entry.data)? {
        findings.push(Finding::lossy(
            "PST-CRYPT-UNNAMED",
            "the header says that blocks are plain, but they are permuted: a writer such as ExMerge left some of them plain",
        ));
    }
    let ost = ndb.header().content == crate::Content::Ost;
    let properties = Properties::open(Node::open(ndb, entry)?)?;
    if matches!(properties.get(tag::PASSWORD), Ok(Some(value)) if value.integer().is_some_and(|sum| sum != 0))
    {
        findings.push(Finding::info(
            "PST-PASSWORD",
            "Outlook asks for a password before it opens this file; the format does not lock anything with it",
        ));
    }
    let key = if ost { tag::OST_STORE_UID } else { tag::RECORD_KEY };
    let record_key = match properties.get(key) {
        Ok(Some(Value::Binary(key))) => key,
        _ => Vec::new(),
    };
    let folder = |id| match properties.get(id) {
        Ok(Some(Value::Binary(data))) => super::folder::own_folder(&data),
        _ => None,
    };
    Ok(Some((
        record_key,
        folder(tag::IPM_SUBTREE),
        folder(tag::IPM_DELETED),
    )))
}
