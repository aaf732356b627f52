//! What a job remembers, so that it can be killed at any instant and started again.
//!
//! Two rules make a run repeatable. Before anything is appended to a mail folder, an [`Intent`] says what is about to be
//! appended and where the folder ended; after it, [`Journal::commit`] replaces the intent by one [`Record`] for each item. A run
//! that finds an intent was killed in between: it looks at the target behind the mark, and so knows which items arrived.
//! Calendars and contacts need no intent, because their resource names follow from their UIDs.

mod memory;
#[cfg(feature = "redb")]
mod redb;

pub use self::memory::MemoryJournal;
#[cfg(feature = "redb")]
pub use self::redb::RedbJournal;

use crate::{BoxFuture, Digest, Entity, Finding, Result, State};
use serde::{Deserialize, Serialize};
use std::fmt::Debug;

/// A folder, calendar or address book of one account: what a journal groups its records by.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub struct Scope {
    /// What kind of items.
    pub entity: Entity,
    /// [`Account::id`](crate::Account::id).
    pub account: String,
    /// The container's path on the source.
    pub container: Vec<String>,
}

impl Scope {
    /// Names a container.
    pub fn new(entity: Entity, account: impl Into<String>, container: Vec<String>) -> Self {
        Self {
            entity,
            account: account.into(),
            container,
        }
    }
}

/// What is remembered of one item.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Record {
    /// How it ended.
    #[serde(rename = "s")]
    pub state: State,
    /// Digest of its content on the source.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// Size in octets.
    #[serde(rename = "z", default)]
    pub bytes: u64,
    /// What a person recognises it by, where a person has to deal with it.
    #[serde(rename = "l", default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// Why it is not simply moved.
    #[serde(rename = "f", default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// Where the original was kept for a person, relative to the job directory.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
    /// How often it has been tried.
    #[serde(rename = "a", default)]
    pub attempts: u32,
    /// It stands on the target, but not as it should; putting it there again would double it.
    #[serde(rename = "t", default, skip_serializing_if = "std::ops::Not::not")]
    pub on_target: bool,
}

impl Record {
    /// A record with nothing but a state.
    pub fn new(state: State) -> Self {
        Self {
            state,
            digest: None,
            bytes: 0,
            label: String::new(),
            findings: Vec::new(),
            original: None,
            attempts: 1,
            on_target: false,
        }
    }

    /// Whether a later run must leave the item alone.
    pub fn stands_on_target(&self) -> bool {
        self.on_target || matches!(self.state, State::Moved | State::Present)
    }
}

/// What is about to be appended to a mail folder.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Intent {
    /// Where the target folder ended, in the target's own terms.
    pub mark: String,
    /// The items, by identity on the source and digest.
    pub items: Vec<(String, Digest)>,
}

impl Intent {
    /// Says what will be appended behind `mark`.
    pub fn new(mark: impl Into<String>, items: Vec<(String, Digest)>) -> Self {
        Self {
            mark: mark.into(),
            items,
        }
    }
}

/// Durable memory of one job.
///
/// Each method is atomic, and what it wrote is durable when it returns.
pub trait Journal: Debug + Send + Sync {
    /// All records of a container, in any order.
    fn records<'a>(&'a self, scope: &'a Scope) -> BoxFuture<'a, Result<Vec<(String, Record)>>>;

    /// The intent that an earlier run left open.
    fn intent<'a>(&'a self, scope: &'a Scope) -> BoxFuture<'a, Result<Option<Intent>>>;

    /// Opens an intent, in place of one that may stand there.
    fn begin<'a>(&'a self, scope: &'a Scope, intent: &'a Intent) -> BoxFuture<'a, Result<()>>;

    /// Writes records, new or in place of older ones, and closes the container's intent.
    fn commit<'a>(&'a self, scope: &'a Scope, records: &'a [(String, Record)]) -> BoxFuture<'a, Result<()>>;
}

#[cfg(test)]
pub(crate) mod conformance {
    //! What every journal must do.

    use super::*;

    pub(crate) async fn check(journal: &dyn Journal) {
        let scope = Scope::new(Entity::Mail, "a", vec!["Входящие".into(), "x".into()]);
        let near = Scope::new(Entity::Mail, "a", vec!["Входящие".into()]);
        let other = Scope::new(Entity::Mail, "ab", vec!["Входящие".into(), "x".into()]);
        assert!(journal.records(&scope).await.unwrap().is_empty());
        assert!(journal.intent(&scope).await.unwrap().is_none());

        let intent = Intent::new("7", vec![("1:1".into(), Digest::of(b"m"))]);
        journal.begin(&scope, &intent).await.unwrap();
        assert_eq!(journal.intent(&scope).await.unwrap(), Some(intent));
        assert!(journal.intent(&near).await.unwrap().is_none());

        let mut failed = Record::new(State::Failed);
        failed.findings.push(Finding::lossy("MAIL-REFUSED", "full"));
        journal
            .commit(&scope, &[("1:1".into(), failed.clone()), ("1:2".into(), failed)])
            .await
            .unwrap();
        assert!(
            journal.intent(&scope).await.unwrap().is_none(),
            "a commit closes the intent"
        );

        let mut moved = Record::new(State::Moved);
        moved.digest = Some(Digest::of(b"m"));
        journal
            .commit(&scope, &[("1:1".into(), moved.clone())])
            .await
            .unwrap();
        let mut records = journal.records(&scope).await.unwrap();
        records.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(records.len(), 2);
        assert_eq!(records[0], ("1:1".into(), moved), "the newer record stands");
        assert_eq!(records[1].1.state, State::Failed);
        assert!(journal.records(&near).await.unwrap().is_empty());
        assert!(journal.records(&other).await.unwrap().is_empty());
    }
}
