//! A ledger that ends with the process: for single runs and tests.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::{BoxFuture, Entry, Ledger, Record};
use crate::Result;
use crate::mailbox::MailboxName;

/// Remembers as long as it lives.
#[derive(Debug, Default)]
pub struct MemoryLedger {
    records: Mutex<HashMap<MailboxName, Record>>,
}

impl MemoryLedger {
    /// A ledger that knows nothing.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Ledger for MemoryLedger {
    fn read<'a>(&'a self, mailbox: &'a MailboxName) -> BoxFuture<'a, Result<Record>> {
        Box::pin(async move {
            let records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(records.get(mailbox).cloned().unwrap_or_default())
        })
    }

    fn mailboxes(&self) -> BoxFuture<'_, Result<Vec<MailboxName>>> {
        Box::pin(async move {
            let records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
            let mut names: Vec<MailboxName> = records.keys().cloned().collect();
            names.sort();
            Ok(names)
        })
    }

    fn write<'a>(&'a self, mailbox: &'a MailboxName, entries: &'a [Entry]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
            let record = records.entry(mailbox.clone()).or_default();
            entries.iter().for_each(|entry| record.apply(entry));
            Ok(())
        })
    }

    fn sync(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn conforms() {
        crate::ledger::conformance::check(&MemoryLedger::new()).await;
    }
}
