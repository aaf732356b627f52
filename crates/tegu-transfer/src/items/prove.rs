//! What the target made of an item.

use super::{identity, mover::Mover, pending::PendingItem};
use crate::{Finding, Result, State, digest, journal::Record, label};

impl Mover<'_> {
    /// Compares an item with what the target gives back.
    pub(super) fn prove(
        &self,
        mut task: PendingItem,
        body: &[u8],
        sent: bool,
        found: Option<&[u8]>,
    ) -> Result<(String, Record)> {
        let finding = match found.map(|found| self.parser.compare(self.kind, body, found)) {
            Some(Ok(())) => {
                // A run that was killed may have replaced it, and could not say so.
                let moved = sent || task.ours;
                let mut record = task.record(if moved { State::Moved } else { State::Present });
                record.proof = found.map(digest::of);
                return Ok((task.id, record));
            }
            None if task.proof.is_some() => {
                let mut record = task.record(State::Excluded);
                record.findings.push(Finding::info(
                    identity::DELETED_BY_OWNER,
                    "the item was deleted on the target after it had got there, and is not brought back",
                ));
                return Ok((task.id, record));
            }
            None => Finding::lossy(
                "DAV-TARGET-MISSING",
                "the target said that it holds the item, but does not give it back",
            ),
            Some(Err(difference)) if sent => {
                let message = format!("the target gives the item back with another meaning: {difference}");
                let finding = Finding::lossy("DAV-TARGET-ALTERED", message);
                if self.policy.accepts(&finding) {
                    task.item.findings.push(finding);
                    let mut record = task.record(State::Moved);
                    record.proof = found.map(digest::of);
                    return Ok((task.id, record));
                }
                finding
            }
            Some(Err(difference)) if task.proof.is_some() && !task.shared => Finding::lossy(
                "DAV-TARGET-CHANGED",
                format!("the item has changed on both sides since it got to the target: {difference}"),
            ),
            Some(Err(difference)) => Finding::lossy(
                "DAV-TARGET-DIFFERS",
                format!("another item of the same name stands on the target: {difference}"),
            ),
        };
        task.item.findings.push(finding);
        self.keep(task, found.filter(|_| sent))
    }

    /// The target will not take an item.
    pub(super) fn refused(&self, mut task: PendingItem, text: &str) -> Result<(String, Record)> {
        let message = format!("the target refused the item: {text}");
        task.item
            .findings
            .push(Finding::lossy("DAV-TARGET-REFUSED", message));
        self.keep(task, None)
    }

    /// Keeps the original for a person. `stored` is what the target made of it, where it took it.
    pub(super) fn keep(&self, task: PendingItem, stored: Option<&[u8]>) -> Result<(String, Record)> {
        let mut record = task.record(State::Manual);
        let kept = self
            .context
            .originals()
            .keep(task.digest, task.item.extension, &task.item.original)?;
        record.original = Some(kept);
        record.label = label::printable(&task.item.label);
        record.on_target = stored.is_some();
        record.proof = stored.map(digest::of).or(record.proof);
        Ok((task.id, record))
    }
}
