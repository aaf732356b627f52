//! The items of a folder, read several batches ahead.

use super::{Listing, Mailbox};
use crate::{
    Converted, Error, ErrorKind, Finding, Item, Kind, Problem, Result,
    request::ItemShape,
    response::{Change, ItemRef},
};
use std::collections::{HashSet, VecDeque};
use tegu_message::Body;
use tokio::task::JoinHandle;
use tracing::Instrument as _;

/// An item that a list named, and what reading it gave.
#[derive(Debug)]
#[non_exhaustive]
pub struct Read {
    /// How the list named it.
    pub listed: ItemRef,
    /// The item, or why it could not be read.
    pub item: Result<Item, Problem>,
    /// The item as iCalendar or vCard, if that was asked for and it is no mail.
    pub converted: Option<Converted>,
    /// The octets of a message of which the server makes none, and what was noticed when they were made from its properties, if that
    /// was asked for.
    pub rebuilt: Option<(Body, Vec<Finding>)>,
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
    wanted: Option<Vec<Kind>>,
    known: HashSet<String>,
    convert: bool,
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
            wanted: None,
            known: HashSet::new(),
            convert: false,
            listed: VecDeque::new(),
            ahead: VecDeque::new(),
            ended: false,
        }
    }

    /// Reads items of these kinds only, as far as the list tells kinds apart: notes and journal entries are told from mail by their folder.
    #[must_use]
    pub fn only(mut self, kinds: &[Kind]) -> Self {
        self.wanted = Some(kinds.to_vec());
        self
    }

    /// Passes over items that an earlier run has read, by their identifiers.
    #[must_use]
    pub fn without(mut self, known: HashSet<String>) -> Self {
        self.known = known;
        self
    }

    /// Also converts items that are no mail, with all that belongs to them, and rebuilds mail that has no MIME content.
    #[must_use]
    pub fn converting(mut self) -> Self {
        self.convert = true;
        self
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
                        let (kind, wanted, known) = (self.kind, &self.wanted, &self.known);
                        self.listed.extend(items.filter(|item| {
                            !known.contains(&item.id.id)
                                && wanted
                                    .as_ref()
                                    .is_none_or(|wanted| wanted.contains(&asked_as(item, kind)))
                        }));
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
            self.ahead
                .push_back(fetch(self.mailbox.clone(), some, kind, self.convert));
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

fn fetch(mailbox: Mailbox, listed: Vec<ItemRef>, kind: Kind, convert: bool) -> Batch {
    let read = async move {
        let ids: Vec<_> = listed.iter().map(|item| item.id.clone()).collect();
        let shape = ItemShape::of(kind, mailbox.ews.version());
        let items = mailbox.get(&ids, &shape).await?;
        let mut all = Vec::with_capacity(items.len());
        for (listed, mut item) in listed.into_iter().zip(items) {
            let (mut converted, mut rebuilt) = (None, None);
            let is_mail = item
                .as_ref()
                .map_or(kind == Kind::Mail, |item| item.kind == Kind::Mail);
            if convert && is_mail {
                item = mailbox
                    .message(&listed.id, item)
                    .await?
                    .map(|(item, body, findings)| {
                        rebuilt = (!findings.is_empty()).then_some((body, findings));
                        item
                    });
            } else if convert && let Ok(item) = &item {
                converted = mailbox.convert(item.clone()).await?;
            }
            all.push(Read {
                listed,
                item,
                converted,
                rebuilt,
            });
        }
        Ok(all)
    };
    tokio::spawn(read.in_current_span())
}

/// The kind that an item is asked for as: its class is not known yet.
fn asked_as(item: &ItemRef, folder: Kind) -> Kind {
    match Kind::of("", &item.element) {
        // Notes and journal entries are listed as messages.
        Kind::Mail if matches!(folder, Kind::Note | Kind::Journal) => folder,
        kind => kind,
    }
}
