//! Items that the journal knows on the target, and that a target which is the job's alone lacks or holds otherwise.

use super::identity;
use crate::{Digest, Finding, Result, State, digest, journal::Record, targets::ItemWriter};
use std::collections::{HashMap, HashSet};

const LOST: &str = "DAV-TARGET-LOST";
/// Resources that are read at once.
const BATCH: usize = 100;

/// What is not on the target as it was proved there.
#[derive(Default)]
pub(super) struct Lost {
    missing: HashSet<String>,
    changed: HashSet<String>,
}

impl Lost {
    /// Reads what stands in a collection.
    pub(super) async fn look(
        writer: &mut dyn ItemWriter,
        collection: &str,
        known: &HashMap<String, Record>,
    ) -> Result<Self> {
        let mut ours: Vec<(&String, &str, Digest)> = known
            .iter()
            .filter(|(_, record)| record.stands_on_target())
            .filter_map(|(id, record)| Some((id, identity::name_on_target(record, id), record.proof?)))
            .collect();
        ours.sort();
        let mut lost = Self::default();
        for batch in ours.chunks(BATCH) {
            let names: Vec<&str> = batch.iter().map(|(_, name, _)| *name).collect();
            let found = writer.get(collection, &names).await?;
            for ((id, _, proof), found) in batch.iter().zip(found) {
                match found {
                    None => lost.missing.insert((*id).clone()),
                    Some(body) => digest::of(&body) != *proof && lost.changed.insert((*id).clone()),
                };
            }
        }
        Ok(lost)
    }

    /// Whether the target holds the item as it was proved.
    pub(super) fn holds(&self, id: &str) -> bool {
        !self.missing.contains(id) && !self.changed.contains(id)
    }

    /// The state of an item that is missing: the next run copies it again.
    pub(super) fn record_of(&self, id: &str, known: Option<&Record>, bytes: u64) -> Option<Record> {
        if !self.missing.contains(id) {
            return None;
        }
        let mut record = Record::new(State::Failed);
        record.bytes = bytes;
        record.place = known.and_then(|known| known.place.clone());
        let why = "the target holds the item no more, and nobody but this job works there; the next run copies it again";
        record.findings.push(Finding::lossy(LOST, why));
        Some(record)
    }
}
