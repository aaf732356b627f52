//! The items of a folder, or what changed in it.

use super::{Mailbox, mailbox::is_too_large};
use crate::{
    Error, ErrorKind, Finding, Folder, FolderRef, ItemId, Problem, Request, Result,
    response::{self, Answer, Change, ItemRef, Reaction},
};
use std::collections::HashSet;

/// Lists a folder piece by piece: by `SyncFolderItems`, whose state a later run goes on from, and page by page where the server knows no
/// states for the folder (public folders).
#[derive(Debug)]
pub struct Listing {
    mailbox: Mailbox,
    folder: FolderRef,
    name: String,
    state: Option<String>,
    whole: bool,
    details: bool,
    way: Way,
    seen: HashSet<ItemId>,
    /// Octets of what was seen.
    held: usize,
    ended: bool,
    /// Pages in a row without anything new.
    idle: u32,
    findings: Vec<Finding>,
}

#[derive(Debug, Eq, PartialEq)]
enum Way {
    Sync,
    Pages { offset: u32 },
}

/// Pages without anything new before a list that does not end is given up.
const EMPTY_PAGES: u32 = 3;
/// Answers without anything new before changes that do not end are given up: a server may pass over many that an account may not see.
const EMPTY_ANSWERS: u32 = 100;

impl Listing {
    pub(super) fn new(mailbox: &Mailbox, folder: &Folder, state: Option<String>) -> Self {
        Self {
            mailbox: mailbox.clone(),
            folder: FolderRef::Id(folder.id.clone()),
            name: folder.name.clone(),
            whole: state.is_none(),
            state,
            details: false,
            way: Way::Sync,
            seen: HashSet::new(),
            held: 0,
            ended: false,
            idle: 0,
            findings: Vec::new(),
        }
    }

    /// Also lists whether items were read, and their sizes.
    #[must_use]
    pub fn details(mut self) -> Self {
        self.details = true;
        self
    }

    /// Returns the state behind what was listed so far. A listing that begins with it lists what comes then. `None` where the server
    /// knows no states for the folder.
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref().filter(|_| self.way == Way::Sync)
    }

    /// Returns whether everything was listed that the folder holds: the listing began without a state, or with one that the server does
    /// not know any more.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// Returns what was noticed.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Returns the next changes, or `None` at the end. From the beginning all changes are new items.
    ///
    /// A state that the server does not know any more begins anew: the caller then gets every item again, each once.
    ///
    /// # Errors
    ///
    /// As [`Mailbox::ask`].
    pub async fn next(&mut self) -> Result<Option<Vec<Change>>> {
        while !self.ended {
            let changes = match self.way {
                Way::Sync => self.sync().await?,
                Way::Pages { offset } => self.page(offset).await?,
            };
            if let Some(changes) = changes.filter(|changes| !changes.is_empty()) {
                return Ok(Some(changes));
            }
        }
        Ok(None)
    }

    async fn sync(&mut self) -> Result<Option<Vec<Change>>> {
        let request = Request::SyncFolderItems {
            folder: self.folder.clone(),
            state: self.state.clone(),
            most: 512,
            details: self.details,
        };
        let answer = self
            .mailbox
            .ask(&request, response::changes)
            .await
            .and_then(Answer::only);
        let found = match answer {
            Ok(found) => found,
            Err(error) => {
                let reaction = Problem::reaction_to(&error);
                match reaction {
                    Some(Reaction::StartOver) if self.state.is_some() => {
                        (self.state, self.whole) = (None, true);
                        self.seen.clear();
                        self.held = 0;
                        self.note(Finding::info(
                            "EWS-SYNC-RESTARTED",
                            format!(
                                "the server forgot the state of {:?}; it was listed anew",
                                self.name
                            ),
                        ));
                        return Ok(None);
                    }
                    Some(Reaction::StartOver | Reaction::Permanent) if self.state.is_none() => {
                        self.way = Way::Pages { offset: 0 };
                        return Ok(None);
                    }
                    _ => return Err(error.context(format_args!("folder {:?}", self.name))),
                }
            }
        };
        let mut changes = Vec::new();
        for change in found.changes {
            let new = match &change {
                Change::Create(item) => self.remember(&item.id)?,
                _ => true,
            };
            if new {
                changes.push(change);
            }
        }
        self.idle = if changes.is_empty() { self.idle + 1 } else { 0 };
        // The same state again, or nothing again and again, and more to come: the server is in a loop.
        let same = self.state.as_deref() == Some(found.state.as_str());
        let stuck = !found.last && (same || self.idle >= EMPTY_ANSWERS);
        if stuck {
            self.note(Finding::lossy(
                "EWS-LIST-LOOP",
                format!(
                    "the server lists {:?} without end; what follows is unknown",
                    self.name
                ),
            ));
        }
        if found.unreadable > 0 {
            self.unreadable(found.unreadable);
        }
        self.ended = found.last || stuck;
        self.state = Some(found.state);
        Ok(Some(changes))
    }

    /// Whether this identity is new.
    fn remember(&mut self, id: &ItemId) -> Result<bool> {
        if !self.seen.insert(id.clone()) {
            return Ok(false);
        }
        self.held += size_of::<ItemId>() + id.octets();
        if self.held > self.mailbox.ews.shared.options.limits.identities {
            return Err(
                Error::new(ErrorKind::Limit, "the folder exceeds the limit `identities`")
                    .doing("list", &self.name),
            );
        }
        Ok(true)
    }

    async fn page(&mut self, offset: u32) -> Result<Option<Vec<Change>>> {
        let most = self.mailbox.ews.shared.tuning.page();
        let request = Request::FindItem {
            folder: self.folder.clone(),
            offset,
            most,
            details: self.details,
        };
        let page = match self
            .mailbox
            .ask(&request, response::found_items)
            .await
            .and_then(Answer::only)
        {
            Ok(page) => page,
            Err(error) if is_too_large(&error) && self.mailbox.ews.shared.tuning.smaller_page(most) => {
                return Ok(None);
            }
            Err(error) => return Err(error.context(format_args!("folder {:?}", self.name))),
        };
        if page.unreadable > 0 {
            self.unreadable(page.unreadable);
        }
        let count = u32::try_from(page.entries.len()).unwrap_or(u32::MAX);
        let after = offset.saturating_add(count);
        let mut new: Vec<ItemRef> = Vec::new();
        for item in page.entries {
            if self.remember(&item.id)? {
                new.push(item);
            }
        }
        let next = page.next.filter(|next| *next > offset).unwrap_or(after);
        let idle = new.is_empty() && !page.last;
        if !new.is_empty() {
            self.idle = 0;
        }
        if page.last {
            self.ended = true;
            self.compare(page.total);
        } else if next <= offset || idle && self.idle_pages() {
            self.ended = true;
            self.note(Finding::lossy(
                "EWS-LIST-LOOP",
                format!(
                    "the server lists {:?} without end; what follows is unknown",
                    self.name
                ),
            ));
        }
        self.way = Way::Pages { offset: next };
        Ok(Some(new.into_iter().map(Change::Create).collect()))
    }

    fn idle_pages(&mut self) -> bool {
        self.idle += 1;
        self.idle >= EMPTY_PAGES
    }

    fn compare(&mut self, total: Option<u32>) {
        if let Some(total) = total {
            let seen = self.seen.len();
            if seen != total as usize {
                self.note(Finding::info(
                    "EWS-LIST-MOVED",
                    format!(
                        "{:?} changed while it was listed: {seen} items were seen, and it holds {total} now",
                        self.name
                    ),
                ));
            }
        }
    }

    fn unreadable(&mut self, count: u32) {
        self.note(Finding::lossy(
            "EWS-LIST-UNREADABLE",
            format!("{count} entries of {:?} have no identity", self.name),
        ));
    }

    fn note(&mut self, finding: Finding) {
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }
}
