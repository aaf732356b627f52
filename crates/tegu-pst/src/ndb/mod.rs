//! The node database: header, B-trees, blocks, data trees and sub-nodes ([MS-PST] section 2.2).

mod block;
mod crypt;
mod data;
mod header;
mod page;
mod subnode;
mod window;

pub use crypt::Crypt;
pub use data::DataReader;
pub use header::{Content, Format, Header};

pub(crate) use crypt::is_sound;
pub(crate) use data::DataTree;
pub(crate) use page::NodeEntry;
pub(crate) use subnode::Node;

use crate::{Error, Finding, Limits, Result, bytes::damaged, source::ReadAt};
use header::PageRef;
use page::{Page, Recent, Tree};
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use window::Windows;

/// Pages that are kept in memory: 2 MiB of a file with pages of 512 octets.
const CACHED_PAGES: usize = 4096;

/// A file, by the lowest of its layers.
pub struct Ndb {
    source: Box<dyn ReadAt>,
    header: Header,
    length: u64,
    limits: Limits,
    pages: Mutex<HashMap<u64, Arc<Page>>>,
    recent: Mutex<Recent>,
    windows: Mutex<Windows>,
}

impl fmt::Debug for Ndb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ndb")
            .field("header", &self.header)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

impl Ndb {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// See [`Header::read`].
    pub fn open(source: Box<dyn ReadAt>, limits: Limits, findings: &mut Vec<Finding>) -> Result<Self> {
        let io = |error| Error::io("read", "the header", error);
        let length = source.size().map_err(io)?;
        let mut head = vec![0; length.min(header::LENGTH as u64) as usize];
        source.read_exact_at(&mut head, 0).map_err(io)?;
        let header = Header::read(&head, findings)?;
        if header.file_size > length {
            findings.push(Finding::lossy(
                "PST-FILE-SHORT",
                format!(
                    "the header says {} octets, the file has {length}",
                    header.file_size
                ),
            ));
        } else if header.file_size < length {
            findings.push(Finding::info(
                "PST-FILE-LONG",
                format!(
                    "the header says {} octets, the file has {length}",
                    header.file_size
                ),
            ));
        }
        Ok(Self {
            source,
            header,
            length,
            limits,
            pages: Mutex::default(),
            recent: Mutex::default(),
            windows: Mutex::default(),
        })
    }

    /// What the header says.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The length of the file in octets.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    fn set_crypt(&mut self, crypt: Crypt) {
        self.header.crypt = crypt;
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>> {
        let mut data = Vec::with_capacity(length);
        self.read_onto(offset, length, &mut data)?;
        Ok(data)
    }

    /// Appends octets of the file to `out`.
    fn read_onto(&self, offset: u64, length: usize, out: &mut Vec<u8>) -> Result<()> {
        if offset
            .checked_add(length as u64)
            .is_none_or(|end| end > self.length)
        {
            return Err(damaged(format_args!(
                "{length} octets at {offset} lie behind the end of the file"
            )));
        }
        locked(&self.windows)
            .read(&*self.source, self.length, offset, length, out)
            .map_err(|error| Error::io("read", format_args!("{length} octets at {offset}"), error))
    }

    fn cached_page(&self, tree: Tree, place: PageRef) -> Result<Arc<Page>> {
        // A page that is referred to in two ways is two pages to the cache: each is checked on its own.
        let key = place.ib << 1 | u64::from(tree == Tree::Nodes);
        if let Some(page) = locked(&self.pages).get(&key).filter(|page| page.is(place)) {
            return Ok(page.clone());
        }
        let data = self.read(place.ib, self.header.format.page_size())?;
        let page = Arc::new(Page::parse(data, self.header.format, tree, place)?);
        let mut pages = locked(&self.pages);
        if pages.len() >= CACHED_PAGES {
            pages.clear();
        }
        pages.insert(key, page.clone());
        Ok(page)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
