//! One collection: which items there are, and batches of those that are to be sent.

use super::{
    claims::Claims,
    documents::Readings,
    identity,
    lost::Lost,
    pending::PendingItem,
    unchanged::{ByDocument, settles},
};
use crate::{
    Digest, Error, Finding, Policy, Result, RunContext, State, digest,
    journal::{ContainerKey, ContainerRecords, Intent, Record},
    label,
    sources::{Document, ReadDocument},
    targets::{ItemCapabilities, ItemWriter, Prepared, Put, Replaced, Resource},
};
use std::collections::{HashMap, HashSet};
use tegu_store::items::{Item, ItemKind, ItemParser};

/// Items that are sent, read back, and told to the journal at once: what a crash makes the next run compare again.
const BATCH_ITEMS: usize = 500;
/// Octets of them.
const BATCH_BYTES: usize = 4 << 20;
/// Octets of the first batch into a collection that was made just now, which some targets take as one request.
const FIRST_BYTES: usize = 32 << 20;

/// Where the items of a collection go.
pub(super) enum Place {
    Open(Prepared),
    /// The target does not take the collection.
    Refused(Finding),
    /// Its owner deleted it on the target.
    Deleted,
}

pub(super) struct Mover<'a> {
    pub(super) context: &'a RunContext<'a>,
    pub(super) kind: ItemKind,
    pub(super) parser: &'a dyn ItemParser,
    pub(super) policy: &'a Policy,
    pub(super) scope: ContainerKey,
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) known: HashMap<String, Record>,
    /// What a run that was killed was about to send.
    intended: HashMap<String, Digest>,
    lost: Lost,
    claims: Claims,
    by_document: ByDocument,
    /// What came of each document.
    pub(super) readings: Readings,
    pub(super) can: ItemCapabilities,
    batch: Vec<PendingItem>,
    bytes: usize,
    /// Items that the source holds, and documents that could not be read.
    pub(super) seen: HashSet<String>,
    pub(super) unread: HashSet<String>,
}

impl<'a> Mover<'a> {
    pub(super) fn new(
        context: &'a RunContext<'a>,
        parser: &'a dyn ItemParser,
        scope: ContainerKey,
        opened: ContainerRecords,
        (place, can): (Place, ItemCapabilities),
    ) -> Self {
        let intended = opened.intent.map(|intent| intent.items).unwrap_or_default();
        Self {
            context,
            kind: identity::kind(context.entity()),
            parser,
            policy: context.policy(),
            name: scope.display(),
            scope,
            place,
            by_document: ByDocument::of(&opened.records),
            readings: Readings::default(),
            known: opened.records,
            intended: intended.into_iter().collect(),
            lost: Lost::default(),
            claims: Claims::default(),
            can,
            batch: Vec::new(),
            bytes: 0,
            seen: HashSet::new(),
            unread: HashSet::new(),
        }
    }

    /// What is excluded and which losses are accepted in this collection.
    pub(super) fn within(mut self, policy: &'a Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Which items of the source stand for which resources.
    pub(super) fn claiming(mut self, claims: Claims) -> Self {
        self.claims = claims;
        self
    }

    /// What the target does not hold as it was proved there.
    pub(super) fn lacking(mut self, lost: Lost) -> Self {
        self.lost = lost;
        self
    }

    /// Accounts for every item of a document that has not changed, if what became of them is what would become of them now. Otherwise it
    /// has to be read.
    pub(super) fn pass_over(&mut self, document: &Document) -> bool {
        let Some(items) = document
            .unchanged
            .filter(|_| matches!(self.place, Place::Open(_)))
        else {
            return false;
        };
        let settles = |id: &str| {
            let record = self.known.get(id);
            record.is_some_and(|record| {
                let original = record.original.as_deref();
                settles(record, self.lost.holds(id))
                    && original.is_none_or(|path| self.context.originals().holds(path))
            })
        };
        let Some(ids) = self.by_document.settled(&document.id, items, settles) else {
            return false;
        };
        self.context.document(&self.scope, &document.id, items);
        self.readings.read(&*document.id, items);
        for id in ids {
            if let Some(record) = self.known.get(&id) {
                self.context.unchanged(&self.scope, &id, record);
            }
            self.seen.insert(id);
        }
        true
    }

    /// Accounts for every item of one file or resource.
    pub(super) async fn document(
        &mut self,
        writer: &mut dyn ItemWriter,
        document: &Document,
        read: ReadDocument,
    ) -> Result<()> {
        let addresses = &self.context.options().addresses;
        let items = self.parser.items(self.kind, document, read, addresses);
        self.context
            .document(&self.scope, &document.id, items.len() as u64);
        self.readings.read(&*document.id, items.len() as u64);
        let ids = identity::identities(&document.id, &items);
        let present = ids.iter().cloned().collect();
        self.seen.extend(ids.iter().cloned());
        for (id, item) in ids.into_iter().zip(items) {
            self.item(writer, id, item, &present).await?;
        }
        Ok(())
    }

    async fn item(
        &mut self,
        writer: &mut dyn ItemWriter,
        id: String,
        item: Item,
        present: &HashSet<String>,
    ) -> Result<()> {
        let digest = digest::of(&item.original);
        let known = self.known.get(&id);
        let deleted = matches!(self.place, Place::Deleted);
        let stands = self.lost.holds(&id);
        let settled = known.filter(|known| {
            identity::deleted_by_owner(known)
                || !deleted && stands && known.stands_on_target() && known.digest == Some(digest)
        });
        if let Some(record) = settled {
            self.context.unchanged(&self.scope, &id, record);
            return Ok(());
        }
        let path = std::slice::from_ref(&self.name);
        let size = item.original.len();
        let excluded = match self.policy.excludes(path, None, Some(size as u64)) {
            None if deleted => Some(Finding::info(
                identity::DELETED_BY_OWNER,
                "the collection was deleted on the target after it had got there, and is not brought back",
            )),
            why => why,
        };
        if let Some(why) = excluded {
            let mut record = Record::new(State::Excluded);
            record.bytes = size as u64;
            record.proof = known.and_then(|known| known.proof);
            record.place = known.and_then(|known| known.place.clone());
            record.findings.push(why);
            return self.commit(vec![(id, record)]).await;
        }
        if let Some(record) = self.lost.record_of(&id, known, size as u64) {
            return self.commit(vec![(id, record)]).await;
        }
        let task = PendingItem {
            digest,
            attempts: known.map_or(0, |known| known.attempts) + 1,
            ours: known.is_some_and(|known| known.state == State::Moved)
                || self.intended.get(&id) == Some(&digest),
            proof: known.and_then(|known| known.proof),
            place: known.and_then(|known| known.place.clone()),
            shared: self.claims.shared(&id, present),
            item,
            id,
        };
        let first = matches!(&self.place, Place::Open(prepared) if prepared.fresh);
        self.bytes += size;
        self.batch.push(task);
        let full = if first {
            self.bytes >= FIRST_BYTES
        } else {
            self.batch.len() >= BATCH_ITEMS || self.bytes >= BATCH_BYTES
        };
        if full {
            self.flush(writer).await?;
        }
        Ok(())
    }

    /// Stores a batch, reads it back, and remembers what came of it.
    pub(super) async fn flush(&mut self, writer: &mut dyn ItemWriter) -> Result<()> {
        self.bytes = 0;
        let mut records = Vec::new();
        let mut sending = Vec::new();
        for mut task in std::mem::take(&mut self.batch) {
            match self.sendable(&mut task) {
                Some(body) => sending.push((task, body, false)),
                None => records.push(self.keep(task, None)?),
            }
        }
        if let Place::Open(prepared) = &mut self.place
            && !sending.is_empty()
        {
            let collection = prepared.name.clone();
            prepared.fresh = false;
            self.context.ready().await?;
            for (task, text) in self.send(writer, &collection, &mut sending).await? {
                records.push(self.refused(task, &text)?);
            }
            let names = sending.iter().map(|(task, ..)| task.name()).collect::<Vec<_>>();
            let mut found = writer.get(&collection, &names).await?.into_iter();
            for (task, body, sent) in sending {
                records.push(self.prove(task, &body, sent, found.next().flatten().as_deref())?);
            }
        }
        if records.is_empty() {
            return Ok(());
        }
        self.commit(records).await
    }

    /// What is to be sent of an item. `None`: it cannot move by itself, and a finding says why.
    fn sendable(&self, task: &mut PendingItem) -> Option<Vec<u8>> {
        if let Place::Refused(finding) = &self.place {
            task.item.findings.push(finding.clone());
            return None;
        }
        let stopped = self.policy.stops(&task.item.findings);
        task.item.body.take().filter(|_| !stopped)
    }

    /// Puts items where nothing of their names stands, and in place of what an earlier run put there. Notes which were sent, and
    /// takes out those that the target refused.
    async fn send(
        &self,
        writer: &mut dyn ItemWriter,
        collection: &str,
        sending: &mut Vec<(PendingItem, Vec<u8>, bool)>,
    ) -> Result<Vec<(PendingItem, String)>> {
        // One resource that stands for several items is left as it is.
        let wanted = |task: &PendingItem| task.proof.is_none() || !task.shared;
        let outgoing = sending.iter().filter(|(task, ..)| wanted(task));
        let octets = outgoing.clone().map(|(_, body, _)| body.len() as u64).sum();
        let items: Vec<_> = outgoing
            .map(|(task, ..)| (task.id.clone(), task.digest))
            .collect();
        if items.is_empty() {
            return Ok(Vec::new());
        }
        let count = u32::try_from(items.len()).unwrap_or(u32::MAX);
        self.context.charge(count, octets).await?;
        self.context
            .records()
            .begin(&self.scope, &Intent::new("", items))
            .await?;
        let mut refusals = HashMap::new();
        let (mut places, mut resources) = (Vec::new(), Vec::new());
        for (at, (task, body, _)) in sending.iter().enumerate() {
            if task.proof.is_none() {
                places.push(at);
                resources.push(Resource::new(&task.item.name, &task.item.uid, body));
            }
        }
        let answers = if resources.is_empty() {
            Vec::new()
        } else {
            writer.put(collection, &resources).await?
        };
        for (at, answer) in places.into_iter().zip(answers) {
            let Some((task, _, sent)) = sending.get_mut(at) else {
                continue;
            };
            match answer {
                Put::Created(name) => (task.place, *sent) = (Some(name), true),
                Put::Exists(name) => task.place = Some(name),
                Put::Refused { text } => {
                    refusals.insert(task.id.clone(), text);
                }
            }
        }
        for (task, body, sent) in sending.iter_mut().filter(|(task, ..)| !task.shared) {
            let Some(was) = task.proof else { continue };
            if !self.can.replaces {
                let text = "it replaces nothing, and the item has changed on the source".to_owned();
                refusals.insert(task.id.clone(), text);
                continue;
            }
            match writer.replace(collection, task.name(), was, body).await? {
                Replaced::Stored => *sent = true,
                Replaced::Changed => {}
                Replaced::Refused { text } => {
                    refusals.insert(task.id.clone(), text);
                }
            }
        }
        let (mut refused, mut taken) = (Vec::new(), Vec::with_capacity(sending.len()));
        for (task, body, sent) in sending.drain(..) {
            match refusals.remove(&task.id) {
                Some(text) => refused.push((task, text)),
                None => taken.push((task, body, sent)),
            }
        }
        *sending = taken;
        Ok(refused)
    }

    /// Accounts for a document that could not be read this time.
    pub(super) async fn unread(&mut self, document: &Document, error: &Error) -> Result<()> {
        // It may hold any number of items, so it does not pass for counted.
        self.unread.insert(document.id.clone());
        self.readings.failed(&*document.id);
        self.context.unread(&self.scope, &document.id);
        let mut record = Record::new(State::Failed);
        record.label = label::printable(&document.id);
        record
            .findings
            .push(Finding::lossy("DAV-UNREAD", error.to_string()));
        self.commit(vec![(document.id.clone(), record)]).await
    }

    async fn commit(&mut self, records: Vec<(String, Record)>) -> Result<()> {
        self.context.settle(&self.scope, &records).await?;
        for (id, record) in records {
            if record.state == State::Failed {
                self.readings.failed(identity::parts(&id).0);
            }
            self.claims.note(&id, &record);
        }
        Ok(())
    }
}
