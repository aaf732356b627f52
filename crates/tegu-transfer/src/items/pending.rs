use crate::{Digest, State, journal::Record};
use tegu_store::items::Item;

/// An item whose state is not known yet, or not any more.
pub(super) struct PendingItem {
    pub(super) id: String,
    pub(super) item: Item,
    pub(super) digest: Digest,
    pub(super) attempts: u32,
    /// An earlier run put a version of it there, or was about to.
    pub(super) ours: bool,
    /// What the target gave back of the version that was proved last.
    pub(super) proof: Option<Digest>,
    /// What it is called there, where that is known.
    pub(super) place: Option<String>,
    /// Other items of the source stand for the same resource.
    pub(super) shared: bool,
}

impl PendingItem {
    /// What it is called on the target.
    pub(super) fn name(&self) -> &str {
        self.place.as_deref().unwrap_or(&self.item.name)
    }

    pub(super) fn record(&self, state: State) -> Record {
        let mut record = Record::new(state);
        record.digest = Some(self.digest);
        record.proof = self.proof;
        record.place = self.place.clone().filter(|place| *place != self.item.name);
        record.bytes = self.item.original.len() as u64;
        record.findings.clone_from(&self.item.findings);
        record.attempts = self.attempts;
        record
    }
}
