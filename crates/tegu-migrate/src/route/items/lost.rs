//! Items that the journal knows on the target, and that a target which is the job's alone lacks or holds otherwise.

use super::mover::{Mover, Place};
use crate::{Digest, Finding, Result, State, convert, digest, journal::Record, targets::ItemWriter};

const LOST: &str = "DAV-TARGET-LOST";
/// Resources that are read at once.
const BATCH: usize = 100;

impl Mover<'_> {
    /// Reads what stands there. What is missing is lost; what has changed is looked at like an item that is not known.
    pub(super) async fn look_for_lost(&mut self, writer: &mut dyn ItemWriter) -> Result<()> {
        let Place::Open(prepared) = &self.place else {
            return Ok(());
        };
        if !self.can.exclusive {
            return Ok(());
        }
        let mut ours: Vec<(String, String, Digest)> = self
            .known
            .iter()
            .filter(|(_, record)| record.stands_on_target())
            .filter_map(|(id, record)| {
                let name = convert::name_on_target(record, id).to_owned();
                Some((id.clone(), name, record.proof?))
            })
            .collect();
        ours.sort();
        for batch in ours.chunks(BATCH) {
            let names: Vec<&str> = batch.iter().map(|(_, name, _)| name.as_str()).collect();
            let found = writer.get(&prepared.name, &names).await?;
            for ((id, _, proof), found) in batch.iter().zip(found) {
                match found {
                    None => self.lost.insert(id.clone()),
                    Some(body) => digest::of(&body) != *proof && self.changed.insert(id.clone()),
                };
            }
        }
        Ok(())
    }
}

/// The state of an item that was lost: the next run copies it again.
pub(super) fn lost_record(known: Option<&Record>, bytes: u64) -> Record {
    let mut record = Record::new(State::Failed);
    record.bytes = bytes;
    record.place = known.and_then(|known| known.place.clone());
    let why = "the target holds the item no more, and nobody but this job works there; the next run copies it again";
    record.findings.push(Finding::lossy(LOST, why));
    record
}
