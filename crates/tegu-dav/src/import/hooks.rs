//! What a caller can add to an import: a gate, a filter, an observer.

use std::fmt;
use std::sync::Arc;

use super::outcome::{Deletion, Outcome};
use crate::error::{Error, Result};
use crate::ledger::BoxFuture;
use crate::{Item, ItemKind};

/// Permission to go on: rate limits, cancellation, leases. An error of a gate ends the run and is returned as it is; what the
/// ledger holds by then lets a later run resume.
pub trait Gate: fmt::Debug + Send + Sync {
    /// Called before each document is read, and before each batch of writes and each deletion.
    fn ready(&self) -> BoxFuture<'_, Result<()>>;

    /// Called before a batch of `requests` that send `octets`. It may wait.
    fn charge(&self, requests: u32, octets: u64) -> BoxFuture<'_, Result<()>>;
}

/// What happens during a run, for a progress display and for reports of the caller's own.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A document was read.
    Started {
        /// Its name on the source.
        document: &'a str,
        /// How many items it holds.
        items: u64,
    },
    /// An item has ended, and the ledger knows.
    Finished {
        /// How.
        outcome: &'a Outcome,
    },
    /// An item is sent once more after a failure that may pass.
    Retrying {
        /// Its UID.
        uid: &'a str,
        /// The failure.
        error: &'a Error,
    },
    /// Something that the source no longer has was dealt with.
    Gone {
        /// How.
        deletion: &'a Deletion,
    },
}

/// An item in front of the caller's filter.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Candidate<'a> {
    /// The item; its body is present if one could be made.
    pub item: &'a Item,
    /// The document of the source that holds it.
    pub document: &'a str,
    /// Its size on the source.
    pub octets: u64,
}

impl Candidate<'_> {
    /// Returns when its last occurrence ends, in seconds since 1970, or `None` if it never ends or has no date.
    #[must_use]
    pub fn ended(&self) -> Option<i64> {
        crate::slim::ended(self.item)
    }
}

pub(super) type Filter = dyn Fn(&Candidate<'_>) -> Option<tegu_outcome::Finding> + Send + Sync;
pub(super) type Observer = dyn Fn(&Event<'_>) + Send + Sync;
pub(super) type Kept = dyn Fn(&str, ItemKind) -> bool + Send + Sync;
pub(super) type Accept = dyn Fn(&tegu_outcome::Finding) -> bool + Send + Sync;

#[derive(Clone, Default)]
pub(super) struct Hooks {
    pub(super) gate: Option<Arc<dyn Gate>>,
    pub(super) filter: Option<Arc<Filter>>,
    pub(super) observer: Option<Arc<Observer>>,
    pub(super) accept: Option<Arc<Accept>>,
    pub(super) kept: Option<Arc<Kept>>,
}

impl Hooks {
    pub(super) async fn ready(&self) -> Result<()> {
        match &self.gate {
            Some(gate) => gate.ready().await,
            None => Ok(()),
        }
    }

    pub(super) async fn charge(&self, requests: usize, octets: u64) -> Result<()> {
        match &self.gate {
            Some(gate) => {
                gate.charge(u32::try_from(requests).unwrap_or(u32::MAX), octets)
                    .await
            }
            None => Ok(()),
        }
    }

    pub(super) fn excludes(&self, candidate: &Candidate<'_>) -> Option<tegu_outcome::Finding> {
        self.filter.as_ref().and_then(|filter| filter(candidate))
    }

    /// Whether the caller has the original of this digest.
    pub(super) fn has_kept(&self, digest: &str, kind: ItemKind) -> bool {
        self.kept.as_ref().is_some_and(|kept| kept(digest, kind))
    }

    pub(super) fn tell(&self, event: &Event<'_>) {
        if let Some(observer) = &self.observer {
            observer(event);
        }
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks")
            .field("gate", &self.gate)
            .field("filter", &self.filter.is_some())
            .field("observer", &self.observer.is_some())
            .finish_non_exhaustive()
    }
}
