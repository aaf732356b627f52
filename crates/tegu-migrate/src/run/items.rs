//! Calendars and contacts: convert, put, prove, remember.

use super::{Tally, Worker, label};
use crate::{
    Account, Digest, Entity, Error, ErrorKind, Event, Finding, Result, State,
    convert::{self, Item},
    journal::{Record, Scope},
    source::{Collection, Document, ItemSource},
    target::{ItemTarget, ItemWriter, Put},
};
use std::collections::HashMap;

/// Items that the journal learns of at once: what a crash makes the next run compare again.
const BATCH_ITEMS: usize = 100;

/// Moves one account's calendars or contacts.
pub(super) async fn run(
    worker: &Worker<'_>,
    entity: Entity,
    account: &Account,
    source: &dyn ItemSource,
    target: &dyn ItemTarget,
    tally: &mut Tally,
) -> Result<()> {
    let collections = source.collections(account).await?;
    if collections.is_empty() {
        return Ok(());
    }
    let mut writer = target.open(account).await?;
    let mut first_error = None;
    for collection in collections {
        let scope = Scope::new(entity, account.id.clone(), vec![collection.name.clone()]);
        let known = worker
            .journal
            .records(&scope)
            .await?
            .into_iter()
            .collect::<HashMap<_, _>>();
        tally.container(&scope, &collection.name, 0);
        let name = writer.prepare(&collection.name).await;
        // A collection that cannot be made does not keep the others from moving, and its items are counted.
        let name = match name {
            Err(error) if error.kind() == ErrorKind::Target && !error.is_retryable() => {
                let message = format!("the target does not take the collection: {error}");
                first_error.get_or_insert(error);
                Err(Finding::lossy("DAV-COLLECTION-REFUSED", message))
            }
            name => Ok(name?),
        };
        let mut mover = Mover {
            worker,
            account,
            entity,
            scope,
            collection: &collection,
            name,
            known,
            tally,
        };
        for document in &collection.documents {
            worker.check_cancelled()?;
            match source.read(account, &collection, document).await {
                Ok(body) => mover.document(writer.as_mut(), document, &body).await?,
                Err(error) if error.kind() == ErrorKind::Source && !error.is_retryable() => {
                    mover.unread(document, &error).await?;
                }
                Err(error) => return Err(error),
            }
        }
    }
    first_error.map_or(Ok(()), Err)
}

struct Mover<'a> {
    worker: &'a Worker<'a>,
    account: &'a Account,
    entity: Entity,
    scope: Scope,
    collection: &'a Collection,
    /// The collection on the target, or why there is none.
    name: Result<String, Finding>,
    known: HashMap<String, Record>,
    tally: &'a mut Tally,
}

impl Mover<'_> {
    /// Accounts for every item of one file or resource.
    async fn document(
        &mut self,
        writer: &mut dyn ItemWriter,
        document: &Document,
        body: &[u8],
    ) -> Result<()> {
        let items = match convert::items(self.entity, document.format, body) {
            Ok(items) => items,
            Err(finding) => vec![Item::unreadable(&document.id, body, finding)],
        };
        self.tally.expect(&self.scope, items.len() as u64);
        self.tally.document(
            self.entity,
            &self.account.mail,
            &self.collection.name,
            &document.id,
            items.len() as u64,
        );
        self.worker.events.send(Event::ContainerStarted {
            entity: self.entity,
            account: self.account.mail.clone(),
            container: format!("{}/{}", self.collection.name, document.id),
            items: items.len() as u64,
        });
        let mut records = Vec::new();
        for (position, item) in items.into_iter().enumerate() {
            // The position keeps apart what a damaged file holds twice under one name.
            let id = format!("{}\0{}\0{position}", document.id, item.name);
            let digest = Digest::of(&item.original);
            let known = self.known.get(&id);
            let unchanged = known.filter(|known| known.stands_on_target() && known.digest == Some(digest));
            if let Some(record) = unchanged {
                self.tally.item(&self.scope, &id, record, false);
                self.announce(record);
                continue;
            }
            let attempts = known.map_or(0, |known| known.attempts);
            let mut record = self.item(writer, item, digest).await?;
            record.attempts = attempts + 1;
            records.push((id, record));
            if records.len() == BATCH_ITEMS {
                self.commit(&mut records).await?;
            }
        }
        self.commit(&mut records).await
    }

    /// Accounts for a document that could not be read this time.
    async fn unread(&mut self, document: &Document, error: &Error) -> Result<()> {
        self.tally.expect(&self.scope, 1);
        self.tally.document(
            self.entity,
            &self.account.mail,
            &self.collection.name,
            &document.id,
            1,
        );
        let mut record = Record::new(State::Failed);
        record.label = label::printable(&document.id);
        record
            .findings
            .push(Finding::lossy("DAV-UNREAD", error.to_string()));
        self.commit(&mut vec![(document.id.clone(), record)]).await
    }

    async fn commit(&mut self, records: &mut Vec<(String, Record)>) -> Result<()> {
        self.worker.journal.commit(&self.scope, records).await?;
        for (id, record) in records.drain(..) {
            self.tally.item(&self.scope, &id, &record, true);
            self.announce(&record);
        }
        Ok(())
    }

    async fn item(&self, writer: &mut dyn ItemWriter, mut item: Item, digest: Digest) -> Result<Record> {
        let collection = match &self.name {
            Ok(name) => name,
            Err(finding) => {
                item.findings.push(finding.clone());
                return self.keep(item, digest, false);
            }
        };
        let stopped = self.worker.policy.stops(&item.findings);
        let Some(body) = item.body.take().filter(|_| !stopped) else {
            return self.keep(item, digest, false);
        };
        let put = writer.put(collection, &item.name, &body).await?;
        if let Put::Refused { text } = put {
            item.findings.push(Finding::lossy(
                "DAV-REFUSED",
                format!("the target refused the item: {text}"),
            ));
            return self.keep(item, digest, false);
        }
        let created = put == Put::Created;
        let Some(found) = writer.get(collection, &item.name).await? else {
            item.findings.push(Finding::lossy(
                "DAV-NOT-FOUND",
                "the target said that it holds the item, but does not give it back",
            ));
            return self.keep(item, digest, false);
        };
        if let Err(difference) = convert::same_meaning(self.entity, &body, &found) {
            let (code, message) = if created {
                (
                    "DAV-CHANGED-BY-TARGET",
                    format!("the target gives the item back with another meaning: {difference}"),
                )
            } else {
                (
                    "DAV-CONFLICT",
                    format!("another item of the same name stands on the target: {difference}"),
                )
            };
            item.findings.push(Finding::lossy(code, message));
            return self.keep(item, digest, created);
        }
        let state = if created { State::Moved } else { State::Present };
        Ok(self.record(state, &item, digest))
    }

    fn record(&self, state: State, item: &Item, digest: Digest) -> Record {
        let mut record = Record::new(state);
        record.digest = Some(digest);
        record.bytes = item.original.len() as u64;
        record.findings.clone_from(&item.findings);
        record
    }

    fn keep(&self, item: Item, digest: Digest, on_target: bool) -> Result<Record> {
        let name = format!("{}.{}", digest.short(), item.extension);
        let mut record = self.record(State::Manual, &item, digest);
        record.original = Some(self.worker.originals.keep(
            self.entity,
            self.account,
            &name,
            &item.original,
        )?);
        record.label = label::printable(&item.label);
        record.on_target = on_target;
        Ok(record)
    }

    fn announce(&self, record: &Record) {
        self.worker.events.send(Event::ItemFinished {
            entity: self.entity,
            account: self.account.mail.clone(),
            state: record.state,
            bytes: record.bytes,
        });
    }
}
