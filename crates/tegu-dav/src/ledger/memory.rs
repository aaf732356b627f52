//! A ledger that ends with the process.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::{BoxFuture, Entry, Ledger, Record};
use crate::error::Result;

/// A ledger in memory, for uploads that nobody resumes.
#[derive(Debug, Default)]
pub struct MemoryLedger {
    records: Mutex<HashMap<String, Record>>,
}

impl MemoryLedger {
    /// Makes an empty ledger.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Ledger for MemoryLedger {
    fn read<'a>(&'a self, collection: &'a str) -> BoxFuture<'a, Result<Record>> {
        Box::pin(async move {
            let records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(records.get(collection).cloned().unwrap_or_default())
        })
    }

    fn collections(&self) -> BoxFuture<'_, Result<Vec<String>>> {
        Box::pin(async move {
            let records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
            let mut names: Vec<String> = records.keys().cloned().collect();
            names.sort_unstable();
            Ok(names)
        })
    }

    fn write<'a>(&'a self, collection: &'a str, entries: &'a [Entry]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
            let record = records.entry(collection.to_owned()).or_default();
            entries.iter().for_each(|entry| record.apply(entry));
            Ok(())
        })
    }

    fn sync(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}
