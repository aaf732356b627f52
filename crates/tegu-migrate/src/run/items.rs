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

/// Items that are read back, and that the journal learns of, at once: what a crash makes the next run compare again.
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
        let opened = worker.records.open(&scope).await?;
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
        if let Ok(name) = &name
            && opened.target.as_ref() != Some(name)
        {
            worker.records.target(&scope, name).await?;
        }
        let mut mover = Mover {
            worker,
            account,
            entity,
            scope,
            collection: &collection,
            name,
            known: opened.records,
            tally,
        };
        for document in &collection.documents {
            worker.gate.ready().await?;
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

/// An item that has no state yet.
struct Task {
    id: String,
    item: Item,
    digest: Digest,
    attempts: u32,
}

impl Task {
    fn record(&self, state: State) -> Record {
        let mut record = Record::new(state);
        record.digest = Some(self.digest);
        record.bytes = self.item.original.len() as u64;
        record.findings.clone_from(&self.item.findings);
        record.attempts = self.attempts;
        record
    }
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
        let mut batch = Vec::new();
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
            let path = std::slice::from_ref(&self.collection.name);
            let size = item.original.len() as u64;
            if let Some(why) = self.worker.policy.excludes(path, None, Some(size)) {
                let mut record = Record::new(State::Excluded);
                record.bytes = size;
                record.findings.push(why);
                self.commit(vec![(id, record)]).await?;
                continue;
            }
            let attempts = known.map_or(0, |known| known.attempts) + 1;
            batch.push(Task {
                id,
                item,
                digest,
                attempts,
            });
            if batch.len() == BATCH_ITEMS {
                self.batch(writer, std::mem::take(&mut batch)).await?;
            }
        }
        self.batch(writer, batch).await
    }

    /// Stores a batch, reads it back, and remembers what came of it.
    async fn batch(&mut self, writer: &mut dyn ItemWriter, batch: Vec<Task>) -> Result<()> {
        let mut records = Vec::with_capacity(batch.len());
        let mut placed = Vec::new();
        for mut task in batch {
            match self.place(writer, &mut task.item).await? {
                Some((body, created)) => placed.push((task, body, created)),
                None => records.push(self.keep(task, false)?),
            }
        }
        if let Ok(collection) = &self.name {
            let names = placed
                .iter()
                .map(|(task, ..)| task.item.name.as_str())
                .collect::<Vec<_>>();
            let found = if names.is_empty() {
                Vec::new()
            } else {
                writer.get(collection, &names).await?
            };
            let mut found = found.into_iter();
            for (task, body, created) in placed {
                records.push(self.prove(task, &body, created, found.next().flatten().as_deref())?);
            }
        }
        self.commit(records).await
    }

    /// Puts an item where nothing of its name stands. `None`: it cannot move by itself, and a finding says why.
    async fn place(&self, writer: &mut dyn ItemWriter, item: &mut Item) -> Result<Option<(Vec<u8>, bool)>> {
        let collection = match &self.name {
            Ok(name) => name,
            Err(finding) => {
                item.findings.push(finding.clone());
                return Ok(None);
            }
        };
        let stopped = self.worker.policy.stops(&item.findings);
        let Some(body) = item.body.take().filter(|_| !stopped) else {
            return Ok(None);
        };
        self.worker.gate.charge(1, body.len() as u64).await?;
        match writer.put(collection, &item.name, &body).await? {
            Put::Created => Ok(Some((body, true))),
            Put::Exists => Ok(Some((body, false))),
            Put::Refused { text } => {
                item.findings.push(Finding::lossy(
                    "DAV-REFUSED",
                    format!("the target refused the item: {text}"),
                ));
                Ok(None)
            }
        }
    }

    /// Compares an item with what the target gives back.
    fn prove(
        &self,
        mut task: Task,
        body: &[u8],
        created: bool,
        found: Option<&[u8]>,
    ) -> Result<(String, Record)> {
        let finding = match found.map(|found| convert::same_meaning(self.entity, body, found)) {
            Some(Ok(())) => {
                let state = if created { State::Moved } else { State::Present };
                let mut record = task.record(state);
                record.proof = found.map(Digest::of);
                return Ok((task.id, record));
            }
            None => Finding::lossy(
                "DAV-NOT-FOUND",
                "the target said that it holds the item, but does not give it back",
            ),
            Some(Err(difference)) if created => Finding::lossy(
                "DAV-CHANGED-BY-TARGET",
                format!("the target gives the item back with another meaning: {difference}"),
            ),
            Some(Err(difference)) => Finding::lossy(
                "DAV-CONFLICT",
                format!("another item of the same name stands on the target: {difference}"),
            ),
        };
        task.item.findings.push(finding);
        self.keep(task, created && found.is_some())
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
        self.commit(vec![(document.id.clone(), record)]).await
    }

    async fn commit(&mut self, records: Vec<(String, Record)>) -> Result<()> {
        self.worker.records.commit(&self.scope, &records).await?;
        for (id, record) in records {
            self.tally.item(&self.scope, &id, &record, true);
            self.announce(&record);
        }
        Ok(())
    }

    /// Keeps the original for a person.
    fn keep(&self, task: Task, on_target: bool) -> Result<(String, Record)> {
        let mut record = task.record(State::Manual);
        let name = format!("{}.{}", task.digest.short(), task.item.extension);
        let original = self
            .worker
            .originals
            .keep(self.entity, self.account, &name, &task.item.original)?;
        record.original = Some(original);
        record.label = label::printable(&task.item.label);
        record.on_target = on_target;
        Ok((task.id, record))
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
