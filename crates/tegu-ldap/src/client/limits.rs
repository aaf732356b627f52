//! The limits of a search.

use std::time::Duration;

use crate::Result;
use crate::error::over_limit;

/// The limits of a search: size and time.
///
/// # The budget of a connection
///
/// A connection holds one message and one page at a time: at most [`page_octets`](Self::page_octets) of names and values, and the message
/// that is being read, which the [guard](crate::guard) bounds. A search also remembers eight octets for each of its
/// [`entries`](Self::entries). What the caller keeps of all pages is bounded by [`octets`](Self::octets).
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct SearchLimits {
    /// Entries asked for in one page. Default 1,000, the most that Active Directory gives.
    pub page_entries: u32,
    /// Entries in all. Default 2,000,000.
    pub entries: usize,
    /// Pages in all. Default 100,000.
    pub pages: usize,
    /// Octets of one page: names and values, those that are fetched in ranges included. Default 128 MiB. Larger pages are an error
    /// that says to ask for fewer entries.
    pub page_octets: usize,
    /// Octets in all. Default 8 GiB.
    pub octets: usize,
    /// Pages in a row without a new entry. Default 50.
    ///
    /// Servers may send empty pages, and some give every page the same cookie, so neither is a sign of a
    /// search without an end; pages without anything new are.
    pub barren_pages: usize,
    /// Values of one attribute that are fetched if a server returns them in ranges. Default 1,000,000.
    pub values: usize,
    /// Time until the next message. Default one minute.
    pub answer: Duration,
    /// Time for the whole search. Default one hour.
    pub total: Duration,
}

impl Default for SearchLimits {
    fn default() -> Self {
        Self {
            page_entries: 1_000,
            entries: 2_000_000,
            pages: 100_000,
            page_octets: 128 << 20,
            octets: 8 << 30,
            barren_pages: 50,
            values: 1_000_000,
            answer: Duration::from_secs(60),
            total: Duration::from_secs(3600),
        }
    }
}

/// What a page may still take.
#[derive(Debug)]
pub(super) struct Budget {
    page: usize,
    all: usize,
    taken: usize,
}

impl Budget {
    pub(super) fn new(page: usize, all: usize) -> Self {
        Self { page, all, taken: 0 }
    }

    pub(super) fn taken(&self) -> usize {
        self.taken
    }

    /// Takes octets, or says which limit is reached.
    pub(super) fn take(&mut self, octets: usize) -> Result<()> {
        self.taken = self.taken.saturating_add(octets);
        if self.taken > self.all {
            return Err(over_limit("more octets than the limit for the whole search"));
        }
        if self.taken > self.page {
            return Err(over_limit(format!(
                "more than {} octets in one page: ask for fewer entries at a time",
                self.page
            )));
        }
        Ok(())
    }
}
