//! The limits of a search.

use std::time::Duration;

/// The limits of a search: size and time.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct SearchLimits {
    /// Entries asked for in one page. Default 1,000, the most that Active Directory gives.
    pub page_entries: u32,
    /// Entries in all. Default 2,000,000.
    pub entries: usize,
    /// Pages in all. Default 100,000.
    pub pages: usize,
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
            barren_pages: 50,
            values: 1_000_000,
            answer: Duration::from_secs(60),
            total: Duration::from_secs(3600),
        }
    }
}
