//! Where items come from.

use std::collections::VecDeque;

use crate::error::{Error, Result};
use crate::item::Item;
use crate::ledger::BoxFuture;

/// What items come from: files, a server, an archive. It hands them out document by document, so that they need not be in
/// memory at once.
///
/// Read documents with [`split`](crate::split), [`vcard`](crate::vcard) or [`csv`](crate::csv); the options of these modules
/// take a lookup for Exchange's directory addresses.
pub trait Source: Send + Sync {
    /// Returns the next document, or `None` after the last.
    ///
    /// # Errors
    ///
    /// An error ends the whole run. A document that cannot be read for a reason of its own is
    /// [`Document::unread`] instead.
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Document>>>;

    /// Returns the next document, if it is one that an earlier run with the same ledger has read as it is now. [`next`](Self::next) then
    /// reads it all the same, and [`pass_over`](Self::pass_over) does not. Default: no document is.
    fn unchanged(&mut self) -> Option<Unchanged> {
        None
    }

    /// Goes on behind a document that is [unchanged](Self::unchanged).
    fn pass_over(&mut self) {}

    /// Returns whether the source still has a document, as far as it knows. Asked about documents of earlier runs: two documents
    /// may hold one item, and what both hold is not replaced when one of them changes.
    fn holds(&self, _document: &str) -> bool {
        true
    }

    /// Returns what the source no longer has, asked after the last document.
    fn gone(&self) -> Gone;
}

/// A document that an earlier run has read as it is now.
#[derive(Clone, Debug, Eq, PartialEq)]
#[allow(clippy::exhaustive_structs, reason = "a document and its size")]
pub struct Unchanged {
    /// Its name on the source.
    pub id: String,
    /// How many items it held.
    pub items: u64,
}

/// What a source no longer has.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Gone {
    /// The documents were not all that the source holds, so nothing is known to be gone.
    Unknown,
    /// The documents were all that the source holds: what earlier runs brought and was not among them is gone.
    Unlisted,
    /// These documents are gone.
    Documents(Vec<String>),
}

/// One file or resource of the source, read.
#[derive(Debug)]
#[non_exhaustive]
pub struct Document {
    /// Its name on the source: a path or a URL. The ledger remembers it.
    pub id: String,
    /// Its items, or why it cannot be read.
    pub items: Result<Vec<Item>>,
}

impl Document {
    /// A document that was read.
    pub fn new(id: impl Into<String>, items: Vec<Item>) -> Self {
        Self {
            id: id.into(),
            items: Ok(items),
        }
    }

    /// A document that cannot be read this time. It counts as one failed item, and nothing of it is deleted.
    pub fn unread(id: impl Into<String>, error: Error) -> Self {
        Self {
            id: id.into(),
            items: Err(error),
        }
    }
}

/// Items in memory, as the only document of a source. They are all that the source holds, unless there are none: an empty source
/// is more likely broken than empty, so nothing is deleted for it.
#[derive(Debug)]
pub struct Items {
    documents: VecDeque<Document>,
    empty: bool,
}

impl Items {
    /// A source of these items.
    #[must_use]
    pub fn new(items: Vec<Item>) -> Self {
        Self {
            empty: items.is_empty(),
            documents: [Document::new("", items)].into(),
        }
    }
}

impl Source for Items {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Document>>> {
        Box::pin(async { Ok(self.documents.pop_front()) })
    }

    fn gone(&self) -> Gone {
        if self.empty { Gone::Unknown } else { Gone::Unlisted }
    }
}
