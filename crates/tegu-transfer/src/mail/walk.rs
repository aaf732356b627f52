//! One folder: what earlier runs settled, what is to move, and what is left for a person.

use super::{
    batches,
    candidate::{Candidate, carry_replaced},
    effects::Effects,
    fit::{WAITS, forecast, lost_between, no_proof, over_quota},
    stored::StoredMessages,
};
use crate::{
    Account, Digest, Finding, Result, State,
    journal::{ContainerKey, Doubts, Listing, Record},
    message::{Content, InternalDate, Listed},
    route::{attempts, record},
    sources::{MailFolder, MailReader, Read, SourceCapabilities},
    targets::{MailWriter, Stored, TargetCapabilities, TargetFolder},
};
use std::collections::{HashMap, HashSet};

/// A folder that has ended, and in which copies may still arrive.
pub(super) struct Doubtful {
    pub(super) folder: MailFolder,
    pub(super) target: TargetFolder,
}

/// Takes one folder from its listing to the state of its last message.
pub(super) struct FolderWalk<'w, 'a> {
    pub(super) effects: &'w mut Effects<'a>,
    pub(super) scope: ContainerKey,
    pub(super) folder: &'w MailFolder,
    pub(super) source: SourceCapabilities,
    target: TargetCapabilities,
    /// What the source lists, before anything is left out.
    all: HashSet<String>,
    /// What is to be remembered of the listing once everything in it has a state.
    pub(super) listing: Option<Listing>,
    /// How often each content was seen, where the source's identities are not the same in every run.
    seen: HashMap<Digest, u64>,
    /// What was sent with no known end.
    pub(super) doubts: Doubts,
    /// Places of copies that are too many.
    pub(super) surplus: HashSet<String>,
    /// What the target lost.
    pub(super) lost: HashSet<String>,
    /// The target had no room for a message of this folder.
    pub(super) is_full: bool,
}

impl<'w, 'a> FolderWalk<'w, 'a> {
    pub(super) fn new(
        effects: &'w mut Effects<'a>,
        account: &'w Account,
        folder: &'w MailFolder,
        (source, target): (SourceCapabilities, TargetCapabilities),
    ) -> Self {
        Self {
            scope: effects.scope(account, folder),
            effects,
            folder,
            source,
            target,
            all: HashSet::new(),
            listing: None,
            seen: HashMap::new(),
            doubts: Doubts::default(),
            surplus: HashSet::new(),
            lost: HashSet::new(),
            is_full: false,
        }
    }

    /// Returns the folder if copies of what was sent may still arrive in it.
    pub(super) async fn walk(
        mut self,
        reader: &mut dyn MailReader,
        writer: &mut dyn MailWriter,
    ) -> Result<Option<Doubtful>> {
        let Some(listed) = self.begin(reader).await? else {
            return Ok(None);
        };
        let target = match self.effects.place(writer, self.folder).await {
            Ok(mut target) => {
                target.capabilities = self.target.and(&target.capabilities);
                target
            }
            Err(error) if error.concerns_one_object() => {
                let why = format!("the target does not take the folder: {error}");
                self.keep_all(reader, &listed, &[Finding::lossy("MAIL-FOLDER-REFUSED", why)])
                    .await?;
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        if !target.capabilities.reads_back {
            self.keep_all(reader, &listed, &[no_proof()]).await?;
            return Ok(None);
        }
        if self.effects.policy().stops(&target.findings) {
            self.keep_all(reader, &listed, &target.findings).await?;
            return Ok(None);
        }
        self.move_all(reader, writer, &target, &listed).await?;
        self.remember_listing().await?;
        let folder = self.folder.clone();
        Ok((!self.doubts.items.is_empty()).then_some(Doubtful { folder, target }))
    }

    /// Lists the folder and excludes what the operator does not want. `None` if nothing is left to decide: the whole folder is excluded,
    /// or holds no mail.
    async fn begin(&mut self, reader: &mut dyn MailReader) -> Result<Option<Vec<Listed>>> {
        let listed = self.list(reader).await?;
        self.effects
            .container(&self.scope, self.folder, listed.len() as u64);
        if self.effects.deletes() {
            self.all = listed.iter().map(|message| message.id.clone()).collect();
        }
        let listed = self.selected(&listed).await?;
        if !self.effects.policy().takes_folder(&self.folder.path) {
            return Ok(None);
        }
        if !self.folder.holds_mail {
            self.not_mail(reader, &listed).await?;
            return Ok(None);
        }
        Ok(Some(listed))
    }

    /// Accounts for a folder that holds no mail.
    async fn not_mail(&mut self, reader: &mut dyn MailReader, listed: &[Listed]) -> Result<()> {
        let known = self.effects.known(&self.scope).await?.records;
        let (kept, fresh): (Vec<_>, Vec<_>) = listed.iter().cloned().partition(|message| {
            known
                .get(&message.id)
                .is_some_and(|record| record.state == State::Manual)
        });
        for message in kept {
            if let Some(record) = known.get(&message.id) {
                self.effects.unchanged(&self.scope, &message.id, record);
            }
        }
        let why = "the folder holds no mail; its items move as calendar or contacts";
        self.keep_all(reader, &fresh, &[Finding::lossy("MAIL-FOLDER-NOT-MAIL", why)])
            .await
    }

    /// Excludes what the operator does not want, as far as it can be told before it is read.
    async fn selected(&mut self, listed: &[Listed]) -> Result<Vec<Listed>> {
        let (mut selected, mut records) = (Vec::with_capacity(listed.len()), Vec::new());
        for message in listed {
            let size = message.size_hint;
            match self.effects.policy().excludes(
                &self.folder.path,
                message.date.and_then(InternalDate::timestamp),
                Some(size),
            ) {
                Some(why) => {
                    records.push((message.id.clone(), record(State::Excluded, size, vec![why])));
                }
                None => selected.push(message.clone()),
            }
        }
        self.effects.settle(&self.scope, &records).await?;
        Ok(selected)
    }

    /// Keeps the originals of a whole folder for a person.
    async fn keep_all(
        &mut self,
        reader: &mut dyn MailReader,
        listed: &[Listed],
        why: &[Finding],
    ) -> Result<()> {
        if !self.effects.reads() {
            let manual = |message: &Listed| {
                let record = record(State::Manual, message.size_hint, why.to_vec());
                (message.id.clone(), record)
            };
            let settled = listed.iter().map(manual).collect::<Vec<_>>();
            return self.effects.settle(&self.scope, &settled).await;
        }
        for batch in batches(&listed.iter().collect::<Vec<_>>()) {
            self.effects.ready().await?;
            let read = reader.read(self.folder, &batch, &self.effects.spool()).await?;
            let mut settled = Vec::with_capacity(batch.len());
            for (message, read) in batch.into_iter().zip(read) {
                settled.push(match read {
                    Read::Message(read, _) => {
                        let content = read.body.content()?;
                        let id = self.identity(message.id, &content);
                        self.keep(Candidate::new(id, &content, why.to_vec(), read))?
                    }
                    Read::Excluded(finding) => (
                        message.id,
                        record(State::Excluded, message.size_hint, vec![finding]),
                    ),
                    Read::Manual(finding) | Read::Failed(finding) => {
                        let findings = [why, &[finding]].concat();
                        (message.id, record(State::Manual, message.size_hint, findings))
                    }
                });
            }
            self.effects.settle(&self.scope, &settled).await?;
        }
        Ok(())
    }

    async fn move_all(
        &mut self,
        reader: &mut dyn MailReader,
        writer: &mut dyn MailWriter,
        target: &TargetFolder,
        listed: &[Listed],
    ) -> Result<()> {
        let opened = self.effects.known(&self.scope).await?;
        if opened.target.as_ref() != Some(&target.name) {
            self.effects.called(&self.scope, &target.name).await?;
        }
        let (mut known, intent) = (opened.records, opened.intent);
        self.doubts = opened.doubts;
        let mut target = target.clone();
        if target.exists && (intent.is_some() || !self.doubts.items.is_empty()) {
            self.recover(reader, writer, &target, intent.as_ref(), &mut known, listed)
                .await?;
            target.messages = self.effects.count(writer, self.folder, target.messages).await?;
        }
        let target = &target;
        self.look_for_lost(writer, target, &mut known).await?;
        let others;
        let listed = if self.lost.is_empty() {
            listed
        } else {
            others = self.settle_lost(listed).await?;
            &others
        };
        let cleared = self.remove_replaced(writer, target, known.iter()).await?;
        known.extend(cleared);
        let all = std::mem::take(&mut self.all);
        self.carry_deletions(writer, target, &known, &all).await?;
        let (done, mut todo): (Vec<_>, Vec<_>) = listed.iter().partition(|message| {
            self.source.stable_ids && known.get(&message.id).is_some_and(Record::stands_on_target)
        });
        let mut changed = Vec::new();
        for message in done {
            match known.get(&message.id) {
                Some(record) if self.effects.reads() && Self::has_changed(message, record) => {
                    changed.push(message);
                }
                Some(record) => self.effects.unchanged(&self.scope, &message.id, record),
                None => {}
            }
        }
        let again = self.follow(reader, writer, target, &changed, &mut known).await?;
        todo.extend(&again);
        self.count_foreign(target, &known);
        if todo.is_empty() {
            self.name_lost();
            return Ok(());
        }
        if !self.effects.reads() {
            return self.forecast(target, &todo, &known).await;
        }
        let mut present = self.unclaimed(reader, writer, target, &mut known, listed).await?;
        let mut batches = batches(&todo).into_iter();
        let mut next = match batches.next() {
            Some(batch) => {
                let read = reader.read(self.folder, &batch, &self.effects.spool()).await?;
                Some((batch, read))
            }
            None => None,
        };
        while let Some((batch, read)) = next.take() {
            self.effects.ready().await?;
            let (ahead, folder, spool) = (batches.next(), self.folder, self.effects.spool());
            let (stored, read) = tokio::join!(
                self.batch(writer, target, batch, read, &known, &mut present),
                async {
                    match ahead {
                        Some(batch) => reader
                            .read(folder, &batch, &spool)
                            .await
                            .map(|read| Some((batch, read))),
                        None => Ok(None),
                    }
                }
            );
            stored?;
            next = read?;
            if self.is_full {
                let left = next.take().into_iter().flat_map(|(batch, _)| batch);
                self.wait_for_room(left.chain(batches.by_ref().flatten()), &known)
                    .await?;
            }
        }
        self.name_lost();
        Ok(())
    }

    /// Leaves messages for a run that finds room on the target.
    async fn wait_for_room(
        &mut self,
        left: impl Iterator<Item = Listed>,
        known: &HashMap<String, Record>,
    ) -> Result<()> {
        let mut settled = Vec::new();
        for message in left {
            // Identities that are made of content are known only when a message is read.
            if let Some(record) = known.get(&message.id).filter(|record| record.stands_on_target()) {
                self.effects.unchanged(&self.scope, &message.id, record);
                continue;
            }
            let mut waits = record(State::Failed, message.size_hint, vec![over_quota(WAITS)]);
            waits.attempts = attempts(known, &message.id);
            carry_replaced(known, &message.id, &mut waits);
            settled.push((message.id, waits));
        }
        self.effects.settle(&self.scope, &settled).await
    }

    /// Decides by what both sides list.
    async fn forecast(
        &mut self,
        target: &TargetFolder,
        todo: &[&Listed],
        known: &HashMap<String, Record>,
    ) -> Result<()> {
        let lost = lost_between(self.source, &target.capabilities);
        for message in todo {
            if let Some(known) = known.get(&message.id).filter(|known| known.stands_on_target()) {
                self.effects.unchanged(&self.scope, &message.id, known);
                continue;
            }
            let size = message.size_hint;
            let (state, findings) = forecast(self.effects.policy(), size, &lost, target);
            let settled = [(message.id.clone(), record(state, size, findings))];
            self.effects.settle(&self.scope, &settled).await?;
        }
        Ok(())
    }

    fn count_foreign(&mut self, target: &TargetFolder, known: &HashMap<String, Record>) {
        let ours = known.values().filter(|record| record.stands_on_target()).count() as u64;
        self.effects.foreign(target.messages.saturating_sub(ours));
    }

    /// What is in the target folder and was not put there by this job.
    async fn unclaimed(
        &mut self,
        reader: &mut dyn MailReader,
        writer: &mut dyn MailWriter,
        target: &TargetFolder,
        known: &mut HashMap<String, Record>,
        listed: &[Listed],
    ) -> Result<StoredMessages> {
        let ours = known
            .values()
            .filter(|record| record.stands_on_target() || record.replaces.is_some());
        if target.messages == ours.count() as u64 {
            return Ok(StoredMessages::default());
        }
        let stored = writer.stored(target, None).await?;
        // What has come late in between is no message of somebody else.
        self.look_again(reader, writer, target, known, Some(listed))
            .await?;
        let there: HashSet<&String> = stored.iter().filter_map(|stored| stored.place.as_ref()).collect();
        // Where the folder was made anew, places of old mean nothing.
        let (placed, others): (Vec<_>, Vec<_>) = known
            .values()
            .filter(|record| record.stands_on_target())
            .partition(|record| record.place.as_ref().is_some_and(|place| there.contains(place)));
        let mut places: HashSet<String> = placed.iter().filter_map(|record| record.place.clone()).collect();
        places.extend(known.values().filter_map(|record| record.replaces.clone()));
        let is_free = |stored: &Stored| {
            let place = stored.place.as_ref();
            !place.is_some_and(|place| places.contains(place) || self.surplus.contains(place))
        };
        let mut stored = StoredMessages::new(stored.into_iter().filter(is_free).collect());
        for digest in others
            .into_iter()
            .filter_map(|record| record.proof.or(record.digest))
        {
            stored.take(&digest);
        }
        Ok(stored)
    }

    /// What the journal knows a message by: the source's own identity, or, where that changes, its content.
    pub(super) fn identity(&mut self, id: String, content: &Content) -> String {
        if self.source.stable_ids {
            return id;
        }
        let number = self.seen.entry(content.digest).or_default();
        *number += 1;
        format!("{}#{number}", content.digest)
    }
}
