//! Limits on the size of calendars and address books.

use super::Weight;
use crate::{Finding, Item};

/// Limits that a calendar, an event or an address book should keep. What exceeds one is reported, and
/// nothing else happens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Budget {
    /// Bytes of a whole calendar. Default 32 MiB: some servers and clients exchange all of it each time.
    pub calendar: u64,
    /// Bytes of one event with its exceptions. Default 1 MiB.
    pub event: u64,
    /// Bytes of an address book. Default 16 MiB.
    pub book: u64,
    /// Cards of an address book. Default 5,000, which telephones still show without delay.
    pub cards: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            calendar: 32 << 20,
            event: 1 << 20,
            book: 16 << 20,
            cards: 5_000,
        }
    }
}

impl Budget {
    /// Sets the bytes of a calendar.
    #[must_use]
    pub fn calendar(mut self, bytes: u64) -> Self {
        self.calendar = bytes;
        self
    }

    /// Sets the bytes of an event.
    #[must_use]
    pub fn event(mut self, bytes: u64) -> Self {
        self.event = bytes;
        self
    }

    /// Sets the bytes of an address book.
    #[must_use]
    pub fn book(mut self, bytes: u64) -> Self {
        self.book = bytes;
        self
    }

    /// Sets the cards of an address book.
    #[must_use]
    pub fn cards(mut self, cards: usize) -> Self {
        self.cards = cards;
        self
    }

    /// Returns a finding for each limit that a file exceeds.
    #[must_use]
    pub fn findings(&self, weight: &Weight) -> Vec<Finding> {
        let mut out = Vec::new();
        let mut add = |what: String, bytes: u64, budget: u64| {
            if bytes > budget {
                out.push(Finding::BudgetExceeded { what, bytes, budget });
            }
        };
        if weight.contacts {
            add("the address book in bytes".into(), weight.total, self.book);
            add(
                "the address book in cards".into(),
                weight.resources as u64,
                self.cards as u64,
            );
        } else {
            add("the calendar".into(), weight.total, self.calendar);
            for large in &weight.largest {
                add(
                    format!("{} ({})", large.summary, large.uid),
                    large.bytes,
                    self.event,
                );
            }
        }
        out
    }
}

/// Divides items into books that each keep the budget, in the order of the items. An item that exceeds the budget by itself
/// gets a book of its own.
#[must_use]
pub fn parts(items: Vec<Item>, budget: &Budget) -> Vec<Vec<Item>> {
    let mut out: Vec<Vec<Item>> = Vec::new();
    let mut bytes = 0;
    for item in items {
        let size = item.body.as_ref().map_or(0, Vec::len) as u64;
        match out.last_mut() {
            Some(part) if part.len() < budget.cards && bytes + size <= budget.book => {
                bytes += size;
                part.push(item);
            }
            _ => {
                bytes = size;
                out.push(vec![item]);
            }
        }
    }
    out
}
