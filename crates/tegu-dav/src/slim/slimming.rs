//! Slimming as a step between reading and uploading.

use super::archive::Archive;
use super::attach::{Store, externalise};
use crate::{Item, Result};

/// Archives old events and moves attachments out of the rest. Apply it to the items of each document before they are uploaded.
///
/// Archived items carry [`Finding::Archived`](crate::Finding::Archived); an import excludes them. Lossy items are left alone, so
/// that a person sees the original.
///
/// ```no_run
/// use tegu_dav::slim::{Archive, Directory, Slimming};
/// use tegu_dav::{Limits, split};
///
/// let mut slimming = Slimming::new()
///     .archive(Archive::open("anna.archive.ics", 1_577_836_800)?)
///     .attachments(Directory::create("attachments")?.base("https://files.example.org/anna"));
/// let mut items = split::calendar(&std::fs::read("calendar.ics").unwrap(), &Limits::default())?.items;
/// slimming.apply(&mut items)?;
/// slimming.finish()?;
/// # Ok::<(), tegu_dav::Error>(())
/// ```
#[derive(Default)]
pub struct Slimming {
    archive: Option<Archive>,
    store: Option<Box<dyn Store + Send + Sync>>,
    smaller: usize,
}

impl Slimming {
    /// Slimming that does nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets where old events go.
    #[must_use]
    pub fn archive(mut self, archive: Archive) -> Self {
        self.archive = Some(archive);
        self
    }

    /// Sets where attachments go.
    #[must_use]
    pub fn attachments(mut self, store: impl Store + Send + Sync + 'static) -> Self {
        self.store = Some(Box::new(store));
        self
    }

    /// Slims items in place.
    ///
    /// # Errors
    ///
    /// Those of the store. Items before the one that failed are slimmed.
    pub fn apply(&mut self, items: &mut [Item]) -> Result<()> {
        for item in items.iter_mut().filter(|item| !item.is_lossy()) {
            if self.archive.as_mut().is_some_and(|archive| archive.take(item)) {
                continue;
            }
            if let Some(store) = &mut self.store {
                self.smaller += externalise(item, store.as_mut())?;
            }
        }
        Ok(())
    }

    /// Returns how many octets attachments took in the items so far.
    #[must_use]
    pub fn smaller(&self) -> usize {
        self.smaller
    }

    /// Writes the archive. Call this before the upload: what is excluded from it must be safe by then.
    ///
    /// # Errors
    ///
    /// Kind [`Io`](crate::ErrorKind::Io) if the archive cannot be written.
    pub fn finish(&self) -> Result<()> {
        self.archive.as_ref().map_or(Ok(()), Archive::save)
    }
}
