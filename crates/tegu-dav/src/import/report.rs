//! What became of each item.

use crate::client::Kind;
use crate::error::one_line;
use crate::{Finding, Item, ItemKind};

pub use tegu_outcome::State;

/// What became of one item.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// Its UID.
    pub uid: String,
    /// What it is.
    pub kind: ItemKind,
    /// What a person recognises it by.
    pub summary: String,
    /// How it ended.
    pub state: State,
    /// How many components, cards or rows of the source it accounts for; 0 for what the source no longer has.
    pub components: usize,
    /// Where it stands on the server.
    pub href: Option<String>,
    /// What was repaired, what would be lost, what the server did.
    pub findings: Vec<Finding>,
    /// Why it failed.
    pub error: Option<String>,
    /// The bytes for a person, where one has to decide.
    pub original: Option<Vec<u8>>,
}

impl Outcome {
    pub(super) fn new(item: Item, state: State) -> Self {
        Self {
            uid: item.uid,
            kind: item.kind,
            summary: item.summary,
            state,
            components: item.components,
            href: None,
            findings: item.findings,
            error: None,
            original: matches!(state, State::Manual | State::Failed).then_some(item.original),
        }
    }

    /// The codes of the findings that decide about its state, else of all.
    pub fn codes(&self) -> impl Iterator<Item = &'static str> {
        self.findings.iter().map(Finding::code)
    }
}

/// What a run did.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// One for each item, in the order of the items; then those that the source no longer has.
    pub outcomes: Vec<Outcome>,
    /// How many items the source had.
    pub items: usize,
    /// Whether the collection was filled by one request.
    pub bulk: bool,
    /// How many resources were deleted on the server.
    pub deleted: usize,
}

impl Report {
    /// How many items ended so.
    #[must_use]
    pub fn count(&self, state: State) -> usize {
        self.outcomes
            .iter()
            .filter(|outcome| outcome.state == state)
            .count()
    }

    /// Whether every item of the source has an end: the sum that must add up.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.outcomes
            .iter()
            .filter(|outcome| outcome.components > 0)
            .count()
            == self.items
    }

    /// What a person has to decide.
    pub fn manual(&self) -> impl Iterator<Item = &Outcome> {
        self.outcomes
            .iter()
            .filter(|outcome| outcome.state == State::Manual)
    }
}

/// The finding for what a server gives back that is not what it was sent.
pub(super) fn altered(differences: &[crate::prove::Difference]) -> Vec<Finding> {
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

/// Compares what was sent with what stands there.
pub(super) fn compare(kind: Kind, sent: &[u8], got: &[u8]) -> Result<(), Vec<crate::prove::Difference>> {
    match kind {
        Kind::Calendars => crate::prove::calendar(sent, got),
        Kind::Contacts => crate::prove::contact(sent, got),
    }
}
