//! What a run would do.

use tegu_outcome::{Counts, Finding as Reason, State};

use super::outcome::{Deletion, Outcome};
use crate::{Finding, ItemKind};

/// What a run would do, by the same decisions that the run takes. A run can still end otherwise: a server may refuse or change
/// what it is sent, which no plan can know.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Plan {
    /// The URL of the collection.
    pub url: String,
    /// Whether the collection exists; the run creates it otherwise.
    pub exists: bool,
    /// How many items the source holds, and how they would end.
    pub counts: Counts,
    /// All items, in the order of the source.
    pub items: Vec<Planned>,
    /// Items that earlier runs brought and the source no longer has.
    pub gone: Vec<Deletion>,
}

/// What would become of one item.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Planned {
    /// Its UID.
    pub uid: String,
    /// What it is.
    pub kind: ItemKind,
    /// Title or name, by which a person recognises it.
    pub summary: String,
    /// The document of the source that holds it.
    pub document: String,
    /// How it would end: `Moved` if it would be sent.
    pub state: State,
    /// Whether it would take the place of what an earlier run put there.
    pub replaces: bool,
    /// Its size on the source.
    pub octets: u64,
    /// The path on the server that it has or would get.
    pub href: Option<String>,
    /// What was repaired, what would be lost, what is in the way.
    pub findings: Vec<Finding>,
    /// Why the caller's filter excludes it.
    pub excluded: Option<Reason>,
}

impl Planned {
    pub(super) fn new(outcome: Outcome, replaces: bool) -> Self {
        Self {
            uid: outcome.uid,
            kind: outcome.kind,
            summary: outcome.summary,
            document: outcome.document,
            state: outcome.state,
            replaces,
            octets: outcome.octets,
            href: outcome.href,
            findings: outcome.findings,
            excluded: outcome.excluded,
        }
    }
}
