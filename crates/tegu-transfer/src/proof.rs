//! What a proof by the journal and the target finds.

use crate::{Entity, Finding};
use serde::{Deserialize, Serialize};

/// What [`Route::prove`](super::Route::prove) found for one account.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Proof {
    /// Items that are on the target according to the journal.
    pub expected: u64,
    /// Of those, the items that are there as they were proved.
    pub proved: u64,
    /// Of those, the items that are there, but were never read, so that there is nothing to compare with.
    pub unproved: u64,
    /// The others.
    pub flaws: Vec<Flaw>,
}

impl Proof {
    /// Notes an item that is missing or changed.
    pub fn flaw(&mut self, place: (Entity, &str), container: &str, item: &str, finding: Finding) {
        let (entity, account) = place;
        self.flaws.push(Flaw {
            entity,
            account: account.to_owned(),
            container: container.to_owned(),
            item: item.replace('\0', "/"),
            finding,
        });
    }
}

/// An item that is not on the target as it should be.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Flaw {
    /// What it is.
    pub entity: Entity,
    /// Whose it is.
    pub account: String,
    /// The container on the source.
    pub container: String,
    /// The item's identity on the source.
    pub item: String,
    /// `VERIFY-MISSING`, `VERIFY-CHANGED` or `VERIFY-CONTAINER-GONE`, or a code of tegu-imap.
    pub finding: Finding,
}
