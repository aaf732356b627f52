use super::{Intent, Journal, Record, Scope};
use crate::{BoxFuture, Result};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// A journal that forgets when it is dropped: for tests and for looking around.
#[derive(Debug, Default)]
pub struct MemoryJournal(Mutex<HashMap<Scope, Container>>);

#[derive(Debug, Default)]
struct Container {
    records: BTreeMap<String, Record>,
    intent: Option<Intent>,
}

impl MemoryJournal {
    /// An empty journal.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Scope, Container>> {
        // No method panics half-way through a change, so what a poisoned lock guards is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal for MemoryJournal {
    fn records<'a>(&'a self, scope: &'a Scope) -> BoxFuture<'a, Result<Vec<(String, Record)>>> {
        let records = self.lock().get(scope).map(|container| {
            container
                .records
                .iter()
                .map(|(id, record)| (id.clone(), record.clone()))
                .collect()
        });
        Box::pin(async move { Ok(records.unwrap_or_default()) })
    }

    fn intent<'a>(&'a self, scope: &'a Scope) -> BoxFuture<'a, Result<Option<Intent>>> {
        let intent = self
            .lock()
            .get(scope)
            .and_then(|container| container.intent.clone());
        Box::pin(async move { Ok(intent) })
    }

    fn begin<'a>(&'a self, scope: &'a Scope, intent: &'a Intent) -> BoxFuture<'a, Result<()>> {
        self.lock().entry(scope.clone()).or_default().intent = Some(intent.clone());
        Box::pin(async { Ok(()) })
    }

    fn commit<'a>(&'a self, scope: &'a Scope, records: &'a [(String, Record)]) -> BoxFuture<'a, Result<()>> {
        let mut containers = self.lock();
        let container = containers.entry(scope.clone()).or_default();
        container.records.extend(records.iter().cloned());
        container.intent = None;
        drop(containers);
        Box::pin(async { Ok(()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn conforms() {
        super::super::conformance::check(&MemoryJournal::new()).await;
    }
}
