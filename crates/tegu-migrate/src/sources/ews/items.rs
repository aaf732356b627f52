//! Calendars and contacts out of Exchange.

use super::EwsServer;
use crate::{
    Account, BoxFuture, Error, ErrorKind, Result,
    net::Throttle,
    sources::{Collection, Document, Format, ItemSource, ItemSourceCapabilities},
};
use bytes::Bytes;
use std::{collections::HashMap, sync::Arc};
use tegu_ews::{Converted, ItemId, Kind, Mailbox, Severity, request::ItemShape, response::Change};
use tokio::sync::Mutex;

/// Items that are read by one request.
const AHEAD: usize = 50;

/// Calendars and tasks, or contacts, of mailboxes on Exchange.
///
/// Each folder of that class is a collection, each item a document. An item that would lose something cannot be read: the error names the
/// codes, and a person looks at it.
#[derive(Debug)]
pub struct EwsItems {
    server: EwsServer,
    kinds: &'static [Kind],
    format: Format,
    /// Items that were read ahead, by account and identifier. They are asked for soon, in the order of the listing.
    ahead: Mutex<HashMap<String, HashMap<String, Result<Bytes>>>>,
    /// What items are that are not of the first kind, by account and identifier.
    others: Mutex<HashMap<String, HashMap<String, Kind>>>,
}

impl EwsItems {
    /// Appointments and tasks on this server.
    pub fn calendars(server: EwsServer) -> Self {
        Self {
            server,
            kinds: &[Kind::Event, Kind::Task],
            format: Format::Calendar,
            ahead: Mutex::default(),
            others: Mutex::default(),
        }
    }

    /// Contacts and private lists on this server.
    pub fn contacts(server: EwsServer) -> Self {
        Self {
            kinds: &[Kind::Contact, Kind::List],
            format: Format::Card,
            ..Self::calendars(server)
        }
    }

    async fn find(&self, account: &Account) -> Result<Vec<Collection>> {
        self.ahead.lock().await.remove(&account.id);
        let mailbox = self.server.mailbox(account).await?;
        let mut collections = Vec::new();
        let mut others = HashMap::new();
        for place in mailbox.inventory().await?.folders {
            if !self.kinds.contains(&place.kind) {
                continue;
            }
            let mut documents = Vec::new();
            let mut listing = mailbox.listing(&place.folder);
            while let Some(changes) = listing.next().await? {
                for change in changes {
                    if let Change::Create(item) | Change::Update(item) = change {
                        // What belongs to no calendar and lies in one is for a person.
                        let kind = Kind::of("", &item.element);
                        let known = self.kinds.contains(&kind);
                        if known && self.kinds.first() != Some(&kind) {
                            others.insert(item.id.id.clone(), kind);
                        }
                        let format = if known { self.format } else { Format::Unknown };
                        documents.push(Document::new(item.id.id, format));
                    }
                }
            }
            if let Some(broken) = listing
                .findings()
                .iter()
                .find(|finding| finding.severity == Severity::Lossy)
            {
                return Err(Error::new(ErrorKind::Protocol, broken).doing("list", place.path.join("/")));
            }
            documents.sort();
            collections.push(Collection::new(place.path.join("/"), documents));
        }
        self.others.lock().await.insert(account.id.clone(), others);
        Ok(collections)
    }

    async fn fetch(&self, account: &Account, collection: &Collection, document: &Document) -> Result<Bytes> {
        let mut ahead = self.ahead.lock().await;
        let of_account = ahead.entry(account.id.clone()).or_default();
        if let Some(read) = of_account.remove(&document.id) {
            return read;
        }
        of_account.clear();
        drop(ahead);
        let next = collection
            .documents
            .iter()
            .skip_while(|one| one.id != document.id);
        let mut ids: Vec<ItemId> = next.take(AHEAD).map(|one| ItemId::new(&*one.id, None)).collect();
        if ids.is_empty() {
            ids.push(ItemId::new(&*document.id, None));
        }
        let first = self.kinds.first().copied().unwrap_or(Kind::Other);
        let kinds: Vec<Kind> = {
            let others = self.others.lock().await;
            let others = others.get(&account.id);
            let kind = |id: &ItemId| {
                others
                    .and_then(|others| others.get(&id.id))
                    .copied()
                    .unwrap_or(first)
            };
            ids.iter().map(kind).collect()
        };
        let wanted_kind = kinds.first().copied().unwrap_or(first);
        // One request asks for items of one kind.
        let ids: Vec<ItemId> = ids
            .into_iter()
            .zip(kinds)
            .filter(|(_, kind)| *kind == wanted_kind)
            .map(|(id, _)| id)
            .collect();
        let mailbox = self.server.mailbox(account).await?;
        let mut read = self.get(&mailbox, &ids, wanted_kind).await?;
        let wanted = read.remove(&document.id);
        self.ahead.lock().await.insert(account.id.clone(), read);
        wanted.unwrap_or_else(|| Err(gone(&document.id)))
    }

    async fn get(
        &self,
        mailbox: &Mailbox,
        ids: &[ItemId],
        kind: Kind,
    ) -> Result<HashMap<String, Result<Bytes>>> {
        let shape = ItemShape::of(kind, mailbox.version());
        let mut all = HashMap::new();
        for (id, item) in ids.iter().zip(mailbox.get(ids, &shape).await?) {
            let read = match item {
                Ok(item) => match mailbox.convert(item).await? {
                    Some(converted) => self.document(&converted),
                    None => Err(Error::new(ErrorKind::Unsupported, "an item of an unknown class")),
                },
                Err(problem) => Err(problem.into()),
            };
            all.insert(id.id.clone(), read);
        }
        Ok(all)
    }

    fn document(&self, converted: &Converted) -> Result<Bytes> {
        let lossy = converted
            .findings
            .iter()
            .filter(|finding| finding.severity == Severity::Lossy);
        let losses: Vec<String> = lossy.map(ToString::to_string).collect();
        if !losses.is_empty() {
            return Err(Error::new(ErrorKind::Lossy, losses.join("; ")));
        }
        Ok(match self.format {
            Format::Calendar => converted.calendar(),
            _ => converted.component.clone(),
        }
        .into())
    }
}

fn gone(id: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no item {id}"))
}

impl ItemSource for EwsItems {
    fn describe(&self) -> String {
        self.server.describe()
    }

    fn place(&self, account: &Account) -> Option<String> {
        Some(self.server.place(account))
    }

    fn capabilities(&self) -> ItemSourceCapabilities {
        ItemSourceCapabilities::everything()
    }

    fn throttle(&self) -> Option<Arc<Throttle>> {
        self.server.throttle()
    }

    fn collections<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Vec<Collection>>> {
        Box::pin(async move { self.find(account).await.map_err(Error::at_source) })
    }

    fn read<'a>(
        &'a self,
        account: &'a Account,
        collection: &'a Collection,
        document: &'a Document,
    ) -> BoxFuture<'a, Result<Bytes>> {
        Box::pin(async move {
            self.fetch(account, collection, document)
                .await
                .map_err(Error::at_source)
        })
    }
}
