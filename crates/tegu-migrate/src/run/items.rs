//! Calendars and contacts: convert, put, prove, remember.

use super::{Tally, Worker, claims::Claims, label};
use crate::{
    Account, Digest, Entity, Error, ErrorKind, Event, Finding, Result, State,
    convert::{self, Item},
    journal::{Record, Scope},
    source::{Collection, Document, ItemSource},
    target::{ItemTarget, ItemWriter, Put, Replaced},
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
    let documents = collections.iter().flat_map(|collection| &collection.documents);
    let listed = documents.map(|document| document.id.as_str()).collect();
    for collection in &collections {
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
        let claims = Claims::of(&listed, &opened.records);
        let mut mover = Mover {
            worker,
            account,
            entity,
            scope,
            collection,
            name,
            known: opened.records,
            claims,
            tally,
        };
        for document in &collection.documents {
            worker.gate.ready().await?;
            match source.read(account, collection, document).await {
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
    claims: Claims,
    tally: &'a mut Tally,
}

/// An item whose state is not known yet, or not any more.
struct Task {
    id: String,
    item: Item,
    digest: Digest,
    attempts: u32,
    /// How an earlier version of it ended.
    earlier: Option<State>,
    /// What the target gave back of the version that was proved last.
    proof: Option<Digest>,
    /// Other items of the source stand for the same resource.
    shared: bool,
}

impl Task {
    fn record(&self, state: State) -> Record {
        let mut record = Record::new(state);
        record.digest = Some(self.digest);
        record.proof = self.proof;
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
        let ids = convert::identities(&document.id, &items);
        let present = ids.iter().cloned().collect();
        for (id, item) in ids.into_iter().zip(items) {
            let digest = Digest::of(&item.original);
            let known = self.known.get(&id);
            let settled = known.filter(|known| {
                known.deleted_by_owner() || known.stands_on_target() && known.digest == Some(digest)
            });
            if let Some(record) = settled {
                self.tally.item(&self.scope, &id, record, false);
                self.announce(record);
                continue;
            }
            let path = std::slice::from_ref(&self.collection.name);
            let size = item.original.len() as u64;
            if let Some(why) = self.worker.policy.excludes(path, None, Some(size)) {
                let mut record = Record::new(State::Excluded);
                record.bytes = size;
                record.proof = known.and_then(|known| known.proof);
                record.findings.push(why);
                self.commit(vec![(id, record)]).await?;
                continue;
            }
            batch.push(Task {
                item,
                digest,
                attempts: known.map_or(0, |known| known.attempts) + 1,
                earlier: known.map(|known| known.state),
                proof: known.and_then(|known| known.proof),
                shared: self.claims.shared(&id, &present),
                id,
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
            match self.place(writer, &mut task).await? {
                Some((body, sent)) => placed.push((task, body, sent)),
                None => records.push(self.keep(task, None)?),
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
            for (task, body, sent) in placed {
                records.push(self.prove(task, &body, sent, found.next().flatten().as_deref())?);
            }
        }
        self.commit(records).await
    }

    /// Puts an item where nothing of its name stands, or where what an earlier run put there still does. Returns what is to be
    /// found there, and whether it was sent just now. `None`: it cannot move by itself, and a finding says why.
    async fn place(&self, writer: &mut dyn ItemWriter, task: &mut Task) -> Result<Option<(Vec<u8>, bool)>> {
        let item = &mut task.item;
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
        if task.proof.is_some() && task.shared {
            return Ok(Some((body, false)));
        }
        self.worker.gate.charge(1, body.len() as u64).await?;
        let sent = match task.proof {
            None => match writer.put(collection, &item.name, &body).await? {
                Put::Created => Ok(true),
                Put::Exists => Ok(false),
                Put::Refused { text } => Err(text),
            },
            Some(was) => match writer.replace(collection, &item.name, was, &body).await? {
                Replaced::Stored => Ok(true),
                Replaced::Changed => Ok(false),
                Replaced::Refused { text } => Err(text),
            },
        };
        match sent {
            Ok(sent) => Ok(Some((body, sent))),
            Err(text) => {
                let message = format!("the target refused the item: {text}");
                item.findings.push(Finding::lossy("DAV-REFUSED", message));
                Ok(None)
            }
        }
    }

    /// Compares an item with what the target gives back.
    fn prove(
        &self,
        mut task: Task,
        body: &[u8],
        sent: bool,
        found: Option<&[u8]>,
    ) -> Result<(String, Record)> {
        let finding = match found.map(|found| convert::same_meaning(self.entity, body, found)) {
            Some(Ok(())) => {
                // A run that was killed may have replaced it, and could not say so.
                let moved = sent || task.earlier == Some(State::Moved);
                let mut record = task.record(if moved { State::Moved } else { State::Present });
                record.proof = found.map(Digest::of);
                return Ok((task.id, record));
            }
            None if task.proof.is_some() => {
                let mut record = task.record(State::Excluded);
                record.findings.push(Finding::info(
                    Record::DELETED_BY_OWNER,
                    "the item was deleted on the target after it had got there, and is not brought back",
                ));
                return Ok((task.id, record));
            }
            None => Finding::lossy(
                "DAV-NOT-FOUND",
                "the target said that it holds the item, but does not give it back",
            ),
            Some(Err(difference)) if sent => {
                let message = format!("the target gives the item back with another meaning: {difference}");
                let finding = Finding::lossy("DAV-CHANGED-BY-TARGET", message);
                if self.worker.policy.accepts(&finding) {
                    task.item.findings.push(finding);
                    let mut record = task.record(State::Moved);
                    record.proof = found.map(Digest::of);
                    return Ok((task.id, record));
                }
                finding
            }
            Some(Err(difference)) if task.proof.is_some() && !task.shared => Finding::lossy(
                "DAV-CONFLICT",
                format!("the item has changed on both sides since it got to the target: {difference}"),
            ),
            Some(Err(difference)) => Finding::lossy(
                "DAV-CONFLICT",
                format!("another item of the same name stands on the target: {difference}"),
            ),
        };
        task.item.findings.push(finding);
        self.keep(task, found.filter(|_| sent))
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
            self.claims.note(&id, &record);
            self.tally.item(&self.scope, &id, &record, true);
            self.announce(&record);
        }
        Ok(())
    }

    /// Keeps the original for a person. `stored` is what the target made of it, where it took it.
    fn keep(&self, task: Task, stored: Option<&[u8]>) -> Result<(String, Record)> {
        let mut record = task.record(State::Manual);
        let name = format!("{}.{}", task.digest.short(), task.item.extension);
        let original = self
            .worker
            .originals
            .keep(self.entity, self.account, &name, &task.item.original)?;
        record.original = Some(original);
        record.label = label::printable(&task.item.label);
        record.on_target = stored.is_some();
        record.proof = stored.map(Digest::of).or(record.proof);
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
