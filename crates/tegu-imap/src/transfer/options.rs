//! How a transfer goes about it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::gate::Gates;
use crate::Backoff;
use crate::mailbox::{Mailbox, MailboxName};
use crate::plan::Selection;
use crate::snapshot::SnapshotEntry;

pub use tegu_message::Verify;

type Wanted = Arc<dyn Fn(&Mailbox) -> bool + Send + Sync>;
type LeftOut = Arc<dyn Fn(&MailboxName, &SnapshotEntry) -> bool + Send + Sync>;

/// Which folders are wanted; all, where nothing is said.
#[derive(Clone, Default)]
pub(super) struct Folders(pub(super) Option<Wanted>);

impl Folders {
    pub(super) fn wants(&self, mailbox: &Mailbox) -> bool {
        self.0.as_ref().is_none_or(|wanted| wanted(mailbox))
    }
}

/// Which messages are left out beyond the selection; none, where nothing is said.
#[derive(Clone, Default)]
pub(super) struct Exclusion(pub(super) Option<LeftOut>);

impl Exclusion {
    pub(super) fn leaves_out(&self, folder: &MailboxName, entry: &SnapshotEntry) -> bool {
        self.0.as_ref().is_some_and(|left_out| left_out(folder, entry))
    }
}

impl fmt::Debug for Exclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "some" } else { "none" })
    }
}

impl fmt::Debug for Folders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "some" } else { "all" })
    }
}

#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) connections: usize,
    pub(super) verify: Verify,
    pub(super) verify_one_in: u32,
    pub(super) accept: BTreeSet<String>,
    pub(super) selection: Selection,
    pub(super) exclusion: Exclusion,
    pub(super) folders: Folders,
    pub(super) keywords: BTreeMap<String, Option<String>>,
    pub(super) deletions: bool,
    pub(super) backoff: Backoff,
    /// How long the target must have been quiet before messages that may still be on their way are sent again.
    pub(super) quiet: Duration,
    /// How long a run waits at its end for copies of messages that it sent again.
    pub(super) lateness: Duration,
    /// How long later passes look for such copies.
    pub(super) doubt: Duration,
    pub(super) gate: Gates,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connections: 4,
            verify: Verify::default(),
            verify_one_in: 1,
            accept: BTreeSet::new(),
            selection: Selection::default(),
            exclusion: Exclusion::default(),
            folders: Folders::default(),
            keywords: BTreeMap::new(),
            deletions: false,
            backoff: Backoff::default(),
            quiet: Duration::from_secs(1),
            lateness: Duration::from_secs(30),
            doubt: Duration::from_secs(7 * 24 * 3600),
            gate: Gates::default(),
        }
    }
}
