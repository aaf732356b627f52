//! One folder: what has moved already, what is to move, and what is left for a person.

use super::{
    super::{Tally, Worker},
    batches,
    candidate::Candidate,
    record,
    stock::Stock,
};
use crate::{
    Account, Digest, Entity, ErrorKind, Event, Finding, Result, State,
    journal::{ContainerKey, Record},
    ledger,
    message::{Content, Listed},
    source::{MailFolder, MailReader, Read, SourceCapabilities},
    target::{MailWriter, TargetCapabilities, TargetFolder},
};
use std::collections::HashMap;

/// Moves one folder.
pub(super) struct Pump<'a> {
    pub(super) worker: &'a Worker<'a>,
    pub(super) account: &'a Account,
    pub(super) scope: ContainerKey,
    pub(super) folder: &'a MailFolder,
    source: SourceCapabilities,
    target: TargetCapabilities,
    /// How often each content was seen, where the source's identities are not the same in every run.
    seen: HashMap<Digest, u64>,
    tally: &'a mut Tally,
}

impl<'a> Pump<'a> {
    pub(super) fn new(
        worker: &'a Worker<'a>,
        account: &'a Account,
        folder: &'a MailFolder,
        (source, target): (SourceCapabilities, TargetCapabilities),
        tally: &'a mut Tally,
    ) -> Self {
        Self {
            worker,
            account,
            scope: ledger::container(Entity::Mail, account.id.clone(), folder.path.clone()),
            folder,
            source,
            target,
            seen: HashMap::new(),
            tally,
        }
    }

    /// Lists the folder, and counts what it holds.
    pub(super) async fn list(&mut self, reader: &mut dyn MailReader) -> Result<Vec<Listed>> {
        let listed = reader.list(self.folder).await?;
        self.tally.container(
            Entity::Mail,
            &self.scope,
            &self.folder.display(),
            listed.len() as u64,
        );
        self.tally.counted();
        self.worker.events.send(Event::ContainerStarted {
            entity: Entity::Mail,
            account: self.account.mail.clone(),
            container: self.folder.display(),
            items: listed.len() as u64,
        });
        Ok(listed)
    }

    /// Accounts for a folder that holds no mail.
    pub(super) async fn not_mail(&mut self, reader: &mut dyn MailReader, listed: &[Listed]) -> Result<()> {
        if !self.worker.policy.takes_folder(&self.folder.path) {
            return self.leave_out(listed).await;
        }
        let known = self.worker.records.open(&self.scope).await?.records;
        let (kept, fresh): (Vec<_>, Vec<_>) = listed.iter().cloned().partition(|message| {
            known
                .get(&message.id)
                .is_some_and(|record| record.state == State::Manual)
        });
        for message in kept {
            if let Some(record) = known.get(&message.id) {
                self.stands(&message.id, record);
            }
        }
        let why = "the folder holds no mail; its items move as calendar or contacts";
        self.keep_all(reader, &fresh, &[Finding::lossy("MAIL-FOLDER-NOT-MAIL", why)])
            .await
    }

    pub(super) async fn folder(
        &mut self,
        reader: &mut dyn MailReader,
        writer: &mut dyn MailWriter,
        listed: &[Listed],
    ) -> Result<()> {
        if !self.worker.policy.takes_folder(&self.folder.path) {
            return self.leave_out(listed).await;
        }
        let listed = &self.selected(listed).await?;
        if !self.folder.holds_mail {
            return self.not_mail(reader, listed).await;
        }
        let target = match writer.prepare(self.folder).await {
            Ok(mut target) => {
                target.capabilities = self.target.and(&target.capabilities);
                target
            }
            Err(error) if error.kind() == ErrorKind::Target && !error.is_retryable() => {
                let why = format!("the target does not take the folder: {error}");
                return self
                    .keep_all(reader, listed, &[Finding::lossy("MAIL-FOLDER-REFUSED", why)])
                    .await;
            }
            Err(error) => return Err(error),
        };
        if !target.capabilities.reads_back {
            let why =
                "the target does not give back what it holds, so nothing would prove that a message arrived";
            return self
                .keep_all(reader, listed, &[Finding::lossy("MAIL-NO-PROOF", why)])
                .await;
        }
        if self.worker.policy.stops(&target.findings) {
            return self.keep_all(reader, listed, &target.findings).await;
        }
        self.move_all(reader, writer, &target, listed).await
    }

    /// The operator does not want these.
    async fn leave_out(&mut self, listed: &[Listed]) -> Result<()> {
        let records = listed
            .iter()
            .filter_map(|message| self.excluded(message))
            .collect::<Vec<_>>();
        self.commit(&records).await
    }

    /// Leaves out what the operator does not want, as far as it can be told before it is read.
    async fn selected(&mut self, listed: &[Listed]) -> Result<Vec<Listed>> {
        let (mut selected, mut records) = (Vec::with_capacity(listed.len()), Vec::new());
        for message in listed {
            match self.excluded(message) {
                Some(record) => records.push(record),
                None => selected.push(message.clone()),
            }
        }
        if !records.is_empty() {
            self.commit(&records).await?;
        }
        Ok(selected)
    }

    fn excluded(&self, message: &Listed) -> Option<(String, Record)> {
        let why = self
            .worker
            .policy
            .excludes(&self.folder.path, message.date, Some(message.size_hint))?;
        let record = record(State::Excluded, message.size_hint, vec![why]);
        Some((message.id.clone(), record))
    }

    /// Keeps the originals of a whole folder for a person.
    async fn keep_all(
        &mut self,
        reader: &mut dyn MailReader,
        listed: &[Listed],
        why: &[Finding],
    ) -> Result<()> {
        for batch in batches(&listed.iter().collect::<Vec<_>>()) {
            self.worker.gate.ready().await?;
            let read = reader.read(self.folder, &batch, &self.worker.spool()).await?;
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
            self.commit(&settled).await?;
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
        let opened = self.worker.records.open(&self.scope).await?;
        if opened.target.as_ref() != Some(&target.name) {
            self.worker.records.target(&self.scope, &target.name).await?;
        }
        let mut known = opened.records;
        if let Some(intent) = opened.intent {
            for (id, record) in self
                .recover((reader, writer), target, &intent, &known, listed)
                .await?
            {
                known.insert(id, record);
            }
        }
        let (done, todo): (Vec<_>, Vec<_>) = listed.iter().partition(|message| {
            self.source.stable_ids && known.get(&message.id).is_some_and(Record::stands_on_target)
        });
        for message in done {
            if let Some(record) = known.get(&message.id) {
                self.stands(&message.id, record);
            }
        }
        if todo.is_empty() {
            return Ok(());
        }
        let mut present = self.unclaimed(writer, target, &known).await?;
        let mut batches = batches(&todo).into_iter();
        let mut next = match batches.next() {
            Some(batch) => {
                let read = reader.read(self.folder, &batch, &self.worker.spool()).await?;
                Some((batch, read))
            }
            None => None,
        };
        while let Some((batch, read)) = next.take() {
            self.worker.gate.ready().await?;
            let (ahead, folder, spool) = (batches.next(), self.folder, self.worker.spool());
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
        }
        Ok(())
    }

    /// What stands in the target folder and was not put there by this job.
    async fn unclaimed(
        &self,
        writer: &mut dyn MailWriter,
        target: &TargetFolder,
        known: &HashMap<String, Record>,
    ) -> Result<Stock> {
        let ours = known.values().filter(|record| record.stands_on_target());
        if target.messages == ours.clone().count() as u64 {
            return Ok(Stock::default());
        }
        let mut stored = Stock::new(writer.stored(target, None).await?);
        for digest in ours.filter_map(|record| record.proof.or(record.digest)) {
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

    /// Accounts for a message that an earlier run has settled.
    pub(super) fn stands(&mut self, id: &str, record: &Record) {
        self.tally.item(&self.scope, id, record, false);
        self.announce(record);
    }

    pub(super) async fn commit(&mut self, records: &[(String, Record)]) -> Result<()> {
        self.worker.records.commit(&self.scope, records).await?;
        for (id, record) in records {
            self.tally.item(&self.scope, id, record, true);
            self.announce(record);
        }
        Ok(())
    }

    fn announce(&self, record: &Record) {
        self.worker.events.send(Event::ItemFinished {
            entity: Entity::Mail,
            account: self.account.mail.clone(),
            state: record.state,
            bytes: record.bytes,
        });
    }
}
