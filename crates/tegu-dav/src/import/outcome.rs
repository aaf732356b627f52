//! How each item ended, and the sums.

use std::collections::BTreeMap;
use std::sync::Arc;

pub use tegu_outcome::State;
use tegu_outcome::{Counts, Finding as Reason};

use crate::client::Kind;
use crate::error::{Error, one_line};
use crate::ledger::{Evidence, Known, Told, digest};
use crate::prove::Difference;
use crate::{Finding, Item, ItemKind};

/// How one item ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// Its UID.
    pub uid: String,
    /// What it is.
    pub kind: ItemKind,
    /// Title or name, by which a person recognises it.
    pub summary: String,
    /// The document of the source that holds it.
    pub document: String,
    /// How it ended.
    pub state: State,
    /// Whether this upload put it on the server, in this run or an earlier one.
    pub ours: bool,
    /// How many components, cards or rows of the source it accounts for. 1 for an item that was not read again.
    pub components: usize,
    /// Its size on the source.
    pub octets: u64,
    /// Its path on the server, if it is there.
    pub href: Option<String>,
    /// How often it was sent without ending on the server.
    pub attempts: u32,
    /// What was repaired, what would be lost, what the server did.
    pub findings: Vec<Finding>,
    /// Why the caller's filter excluded it.
    pub excluded: Option<Reason>,
    /// Why it failed.
    pub error: Option<Arc<Error>>,
    /// The original for a person, if the item is `Manual` or `Failed`.
    pub original: Option<Vec<u8>>,
    /// The [digest](crate::ledger::digest) of the original that an earlier run handed out, if the item is `Manual` and was not read
    /// again.
    pub kept: Option<String>,
}

impl Outcome {
    /// An item that has not ended yet.
    pub(super) fn new(item: &mut Item, document: &str) -> Self {
        Self {
            uid: item.uid.clone(),
            kind: item.kind,
            summary: std::mem::take(&mut item.summary),
            document: document.to_owned(),
            state: State::Failed,
            ours: false,
            components: item.components,
            octets: item.original.len() as u64,
            href: None,
            attempts: 0,
            findings: std::mem::take(&mut item.findings),
            excluded: None,
            error: None,
            original: Some(std::mem::take(&mut item.original)),
            kept: None,
        }
    }

    /// An item that was not read again.
    pub(super) fn again(uid: &str, document: &str, known: &Known, told: &Told) -> Self {
        let of_source = |finding: &Reason| Finding::Source {
            finding: finding.clone(),
        };
        Self {
            uid: uid.to_owned(),
            kind: told.kind,
            summary: told.summary.clone(),
            document: document.to_owned(),
            state: State::Failed,
            ours: false,
            components: 1,
            octets: known.octets,
            href: known.href.clone(),
            attempts: known.attempts,
            findings: told.findings.iter().map(of_source).collect(),
            excluded: told.excluded.clone(),
            error: None,
            original: None,
            kept: told.original.clone(),
        }
    }

    /// What is to be told again if the item is not read again.
    pub(super) fn told(&self) -> Told {
        let original = self.original.as_deref().map(digest);
        Told {
            kind: self.kind,
            summary: self.summary.clone(),
            findings: self.findings.iter().map(Reason::from).collect(),
            excluded: self.excluded.clone(),
            original: original.or_else(|| self.kept.clone()),
        }
    }

    pub(super) fn unread(document: &str, error: Error) -> Self {
        let finding = Finding::Unread {
            reason: one_line(&error.to_string()),
        };
        let mut item = Item::remainder(document.as_bytes(), finding);
        item.original = Vec::new();
        let mut outcome = Self::new(&mut item, document);
        outcome.error = Some(Arc::new(error));
        outcome.original = None;
        outcome
    }

    /// Returns all findings in the form that reports share, with the reason of the caller's filter.
    pub fn reasons(&self) -> impl Iterator<Item = Reason> {
        self.findings
            .iter()
            .map(Reason::from)
            .chain(self.excluded.clone())
    }

    /// Returns the codes that decided about the state: of the lossy findings, or of an exclusion.
    pub(super) fn codes(&self) -> Vec<String> {
        let mut codes: Vec<String> = match self.state {
            State::Moved | State::Present => Vec::new(),
            State::Excluded => self
                .reasons()
                .last()
                .into_iter()
                .map(|last| last.code.into())
                .collect(),
            _ => self
                .findings
                .iter()
                .filter(|finding| finding.is_lossy())
                .map(|finding| finding.code().to_owned())
                .collect(),
        };
        codes.dedup();
        codes
    }
}

/// What became of an item that an earlier run brought and the source no longer has.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Deletion {
    /// Its UID.
    pub uid: String,
    /// The document of the source that held it.
    pub document: String,
    /// Its path on the server.
    pub href: String,
    /// Whether it was deleted there, or will be.
    pub deleted: bool,
    /// Says what was done and why.
    pub finding: Finding,
    /// Why the deletion failed. A later run tries again.
    pub error: Option<Arc<Error>>,
}

/// What a run did.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// The URL of the collection.
    pub url: String,
    /// How many items the source held, and how they ended.
    pub counts: Counts,
    /// Each item that is not on the server as the source has it: `Manual`, `Failed` or `Excluded`, in the order in which they
    /// ended. [`Event::Finished`](super::Event::Finished) tells of all items.
    pub outcomes: Vec<Outcome>,
    /// How many findings there were of each code, in all items.
    pub codes: BTreeMap<String, u64>,
    /// Items that earlier runs brought and the source no longer has.
    pub gone: Vec<Deletion>,
    /// Whether the collection was filled by one request.
    pub bulk: bool,
}

impl Report {
    /// Returns how many items ended in `state`.
    #[must_use]
    pub fn count(&self, state: State) -> u64 {
        self.counts.get(state)
    }

    /// Returns whether the states add up to what the source held.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.counts.balances()
    }

    /// Returns how many resources were deleted on the server.
    #[must_use]
    pub fn deleted(&self) -> usize {
        self.gone.iter().filter(|gone| gone.deleted).count()
    }

    /// Returns the items that a person has to transfer.
    pub fn manual(&self) -> impl Iterator<Item = &Outcome> {
        self.outcomes
            .iter()
            .filter(|outcome| outcome.state == State::Manual)
    }

    pub(super) fn add(&mut self, outcome: Outcome) {
        self.counts.add(outcome.state);
        for finding in &outcome.findings {
            match self.codes.get_mut(finding.code()) {
                Some(count) => *count += 1,
                None => drop(self.codes.insert(finding.code().to_owned(), 1)),
            }
        }
        if !outcome.state.is_on_target() {
            self.outcomes.push(outcome);
        }
    }
}

/// The findings for a resource that the server returns with another meaning than it was sent with.
pub(super) fn altered(differences: &[Difference]) -> Vec<Finding> {
    let shown = |side: &Option<String>| side.as_deref().map_or("nothing".into(), one_line);
    differences
        .iter()
        .take(20)
        .map(|difference| Finding::TargetAltered {
            path: one_line(&difference.path),
            sent: shown(&difference.sent),
            got: shown(&difference.got),
        })
        .collect()
}

/// The finding for a resource under the same UID that is not the item.
pub(super) fn differs(uid: &str, differences: &[Difference]) -> Finding {
    Finding::TargetDiffers {
        uid: one_line(uid),
        difference: one_line(&differences.first().map_or(String::new(), ToString::to_string)),
    }
}

/// Compares what was sent with what the server returns.
pub(super) fn compare(kind: Kind, sent: &[u8], got: &[u8]) -> Result<Evidence, Vec<Difference>> {
    match kind {
        Kind::Calendars => Evidence::of_calendar(sent, got),
        Kind::Contacts => Evidence::of_contact(sent, got),
    }
}
