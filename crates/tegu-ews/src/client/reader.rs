//! The items of a folder, read several batches ahead.

use super::{Listing, Mailbox};
use crate::{
    Error, ErrorKind, Item, Kind, Problem, Result,
    request::ItemShape,
    response::{Change, ItemRef},
};
use std::collections::VecDeque;
use tokio::task::JoinHandle;

/// An item that a list named, and what reading it gave.
#[derive(Debug)]
#[non_exhaustive]
pub struct Read {
    /// How the list named it.
    pub listed: ItemRef,
    /// The item, or why it could not be read.
    pub item: Result<Item, Problem>,
}

type Batch = JoinHandle<Result<Vec<Read>>>;

/// Reads the items of a folder in the order of its list.
///
/// Batches are read ahead over as many connections as the server allows. Dropping it ends that.
#[derive(Debug)]
pub struct Items {
    mailbox: Mailbox,
    listing: Listing,
    kind: Kind,
    listed: VecDeque<ItemRef>,
    ahead: VecDeque<Batch>,
    ended: bool,
}

impl Items {
    pub(super) fn new(mailbox: &Mailbox, listing: Listing, kind: Kind) -> Self {
        Self {
            mailbox: mailbox.clone(),
            listing,
            kind,
            listed: VecDeque::new(),
            ahead: VecDeque::new(),
            ended: false,
        }
    }

    /// Returns the list that the items come from, with its state and its findings.
    #[must_use]
    pub fn listing(&self) -> &Listing {
        &self.listing
    }

    /// Returns the next items, or `None` at the end. All items of a batch are of one kind.
    ///
    /// # Errors
    ///
    /// As [`Mailbox::ask`], for what concerns all items. What concerns one is in its place.
    pub async fn next(&mut self) -> Result<Option<Vec<Read>>> {
        let tuning = &self.mailbox.ews.shared.tuning;
        while self.ahead.len() < tuning.connections() {
            let (batch, enough) = (tuning.batch(), self.listed.len() >= tuning.batch());
            if !enough && !self.ended {
                match self.listing.next().await? {
                    Some(changes) => {
                        let items = changes.into_iter().filter_map(|change| match change {
                            Change::Create(item) | Change::Update(item) => Some(item),
                            _ => None,
                        });
                        self.listed.extend(items);
                    }
                    None => self.ended = true,
                }
                continue;
            }
            let Some(first) = self.listed.front() else { break };
            let kind = asked_as(first, self.kind);
            let mut some = Vec::new();
            while let Some(next) = self
                .listed
                .pop_front_if(|next| some.len() < batch && asked_as(next, self.kind) == kind)
            {
                some.push(next);
            }
            self.ahead.push_back(fetch(self.mailbox.clone(), some, kind));
        }
        let Some(batch) = self.ahead.pop_front() else {
            return Ok(None);
        };
        let batch = batch
            .await
            .map_err(|error| Error::new(ErrorKind::Internal, "a task ended early").with_source(error))??;
        Ok(Some(batch))
    }
}

impl Drop for Items {
    fn drop(&mut self) {
        self.ahead.iter().for_each(JoinHandle::abort);
    }
}

fn fetch(mailbox: Mailbox, listed: Vec<ItemRef>, kind: Kind) -> Batch {
    tokio::spawn(async move {
        let ids: Vec<_> = listed.iter().map(|item| item.id.clone()).collect();
        let shape = ItemShape::of(kind, mailbox.ews.version());
        let items = mailbox.get(&ids, &shape).await?;
        Ok(listed
            .into_iter()
            .zip(items)
            .map(|(listed, item)| Read { listed, item })
            .collect())
    })
}

/// The kind that an item is asked for as: its class is not known yet.
fn asked_as(item: &ItemRef, folder: Kind) -> Kind {
    match Kind::of("", &item.element) {
        // Notes and journal entries are listed as messages.
        Kind::Mail if matches!(folder, Kind::Note | Kind::Journal) => folder,
        kind => kind,
    }
}
