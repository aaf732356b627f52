//! Messages: plan, append, prove, remember.

mod fit;
mod kept;
mod left_out;
mod stock;
mod transfer;

use self::{
    fit::{differences, obstacles},
    stock::Stock,
};
use super::{Tally, Worker};
use crate::{
    Account, Digest, Entity, ErrorKind, Event, Finding, Result, State,
    journal::{Intent, Record, Scope},
    message::{Listed, Message},
    source::{MailFolder, MailReader, MailSource, Read},
    target::{Appended, Carries, MailTarget, MailWriter, Mark, Stored, TargetFolder},
};
use std::collections::HashMap;

/// Messages that travel together: enough to hide a round trip, few enough to repeat after a crash.
const BATCH_MESSAGES: usize = 100;
/// Octets that travel together, by the source's own estimate.
const BATCH_BYTES: u64 = 8 << 20;

/// Moves one account's messages: from one IMAP server to another without a detour, else one by one.
pub(super) async fn run(
    worker: &Worker<'_>,
    account: &Account,
    source: &dyn MailSource,
    target: &dyn MailTarget,
    tally: &mut Tally,
) -> Result<()> {
    if let (Some(from), Some(to)) = (source.imap(), target.imap()) {
        return transfer::run(worker, account, source, (from, to), tally).await;
    }
    let mut reader = source.open(account).await?;
    let mut writer = target.open(account).await?;
    let folders = reader.folders().await?;
    let moving = folders
        .iter()
        .filter(|folder| folder.holds_mail && worker.policy.takes_folder(&folder.path));
    writer.arrange(&moving.cloned().collect::<Vec<_>>()).await?;
    let mut first_error = None;
    for folder in folders {
        worker.gate.ready().await?;
        let moved = async {
            let mut pump = Pump::new(worker, account, &folder, tally);
            let listed = pump.list(reader.as_mut()).await?;
            pump.folder(reader.as_mut(), writer.as_mut(), &listed).await
        };
        match moved.await {
            // One folder that cannot be read or written does not keep the others from moving.
            Err(error)
                if matches!(error.kind(), ErrorKind::Source | ErrorKind::Target) && !error.is_retryable() =>
            {
                first_error.get_or_insert(error.context(folder.display()));
            }
            moved => moved?,
        }
    }
    first_error.map_or(Ok(()), Err)
}

/// Moves one folder.
struct Pump<'a> {
    worker: &'a Worker<'a>,
    account: &'a Account,
    scope: Scope,
    folder: &'a MailFolder,
    tally: &'a mut Tally,
}

/// A message that was read and may be appended.
struct Candidate {
    id: String,
    digest: Digest,
    findings: Vec<Finding>,
    message: Message,
}

impl<'a> Pump<'a> {
    fn new(
        worker: &'a Worker<'a>,
        account: &'a Account,
        folder: &'a MailFolder,
        tally: &'a mut Tally,
    ) -> Self {
        Self {
            worker,
            account,
            scope: Scope::new(Entity::Mail, account.id.clone(), folder.path.clone()),
            folder,
            tally,
        }
    }

    /// Lists the folder, and counts what it holds.
    async fn list(&mut self, reader: &mut dyn MailReader) -> Result<Vec<Listed>> {
        let listed = reader.list(self.folder).await?;
        self.tally
            .container(&self.scope, &self.folder.display(), listed.len() as u64);
        self.worker.events.send(Event::ContainerStarted {
            entity: Entity::Mail,
            account: self.account.mail.clone(),
            container: self.folder.display(),
            items: listed.len() as u64,
        });
        Ok(listed)
    }

    /// Accounts for a folder that holds no mail.
    async fn not_mail(&mut self, reader: &mut dyn MailReader, listed: &[Listed]) -> Result<()> {
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
                self.tally.item(&self.scope, &message.id, record, false);
                self.announce(record);
            }
        }
        let why = "the folder holds no mail; its items move as calendar or contacts";
        self.keep_all(reader, &fresh, &[Finding::lossy("MAIL-FOLDER-NOT-MAIL", why)])
            .await
    }

    async fn folder(
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
            Ok(target) => target,
            Err(error) if error.kind() == ErrorKind::Target && !error.is_retryable() => {
                let why = format!("the target does not take the folder: {error}");
                return self
                    .keep_all(reader, listed, &[Finding::lossy("MAIL-FOLDER-REFUSED", why)])
                    .await;
            }
            Err(error) => return Err(error),
        };
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
            let read = reader.read(self.folder, &batch).await?;
            let mut settled = Vec::with_capacity(batch.len());
            for (message, read) in batch.into_iter().zip(read) {
                settled.push(match read {
                    Read::Message(content, _) => {
                        self.keep(Candidate::new(message.id, why.to_vec(), content))?
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
            for (id, record) in self.recover(writer, target, &intent, &known).await? {
                known.insert(id, record);
            }
        }
        let (done, todo): (Vec<_>, Vec<_>) = listed
            .iter()
            .partition(|message| known.get(&message.id).is_some_and(Record::stands_on_target));
        for message in done {
            if let Some(record) = known.get(&message.id) {
                self.tally.item(&self.scope, &message.id, record, false);
                self.announce(record);
            }
        }
        if todo.is_empty() {
            return Ok(());
        }
        let mut present = self.unclaimed(writer, target, &known).await?;
        let mut batches = batches(&todo).into_iter();
        let mut next = match batches.next() {
            Some(batch) => Some(reader.read(self.folder, &batch).await.map(|read| (batch, read))?),
            None => None,
        };
        while let Some((batch, read)) = next.take() {
            self.worker.gate.ready().await?;
            let (ahead, folder) = (batches.next(), self.folder);
            let (stored, read) = tokio::join!(
                self.batch(writer, target, batch, read, &known, &mut present),
                async {
                    match ahead {
                        Some(batch) => reader.read(folder, &batch).await.map(|read| Some((batch, read))),
                        None => Ok(None),
                    }
                }
            );
            stored?;
            next = read?;
        }
        Ok(())
    }

    /// Finds out which messages of an interrupted batch arrived.
    async fn recover(
        &mut self,
        writer: &mut dyn MailWriter,
        target: &TargetFolder,
        intent: &Intent,
        known: &HashMap<String, Record>,
    ) -> Result<Vec<(String, Record)>> {
        let mut found = Stock::new(
            writer
                .stored(target, Some(&Mark::new(intent.mark.clone())))
                .await?,
        );
        let mut records = Vec::new();
        for (place, (id, digest)) in intent.items.iter().enumerate() {
            if found.take(digest).is_some() {
                let mut record = Record::new(State::Moved);
                record.digest = Some(*digest);
                record.bytes = intent.sizes.get(place).copied().unwrap_or_default();
                record.attempts = attempts(known, id) + 1;
                records.push((id.clone(), record));
            }
        }
        self.worker.records.commit(&self.scope, &records).await?;
        Ok(records)
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

    async fn batch(
        &mut self,
        writer: &mut dyn MailWriter,
        target: &TargetFolder,
        batch: Vec<Listed>,
        read: Vec<Read>,
        known: &HashMap<String, Record>,
        present: &mut Stock,
    ) -> Result<()> {
        let mut settled = Vec::new();
        let mut candidates = Vec::new();
        let mut answers = read.into_iter();
        for message in batch {
            let answer = answers.next().unwrap_or_else(|| {
                Read::Failed(Finding::lossy("MAIL-UNREAD", "the source gave no answer for it"))
            });
            match answer {
                Read::Manual(finding) => settled.push((
                    message.id,
                    record(State::Manual, message.size_hint, vec![finding]),
                )),
                Read::Excluded(finding) => settled.push((
                    message.id,
                    record(State::Excluded, message.size_hint, vec![finding]),
                )),
                Read::Failed(finding) => settled.push((
                    message.id,
                    record(State::Failed, message.size_hint, vec![finding]),
                )),
                Read::Message(content, mut findings) => {
                    // A file tells a message's date only when it is read.
                    let (date, size) = (content.date, content.body.len() as u64);
                    if let Some(why) = self.worker.policy.excludes(&self.folder.path, date, Some(size)) {
                        settled.push((message.id, record(State::Excluded, size, vec![why])));
                        continue;
                    }
                    findings.extend(obstacles(&content, &target.carries));
                    findings.extend(writer.alters(&content));
                    let stops = self.worker.policy.stops(&findings);
                    let mut candidate = Candidate::new(message.id, findings, content);
                    if !stops {
                        candidate = candidate.into_accepted(&target.carries);
                    }
                    if present.take(&candidate.digest).is_some() {
                        settled.push(candidate.settle(State::Present));
                    } else if stops {
                        settled.push(self.keep(candidate)?);
                    } else {
                        candidates.push(candidate);
                    }
                }
            }
        }
        if !candidates.is_empty() {
            settled.extend(self.append(writer, target, candidates).await?);
        }
        for (id, record) in &mut settled {
            record.attempts = attempts(known, id) + 1;
        }
        self.commit(&settled).await
    }

    /// Appends what may be appended, and reads it back.
    async fn append(
        &mut self,
        writer: &mut dyn MailWriter,
        target: &TargetFolder,
        candidates: Vec<Candidate>,
    ) -> Result<Vec<(String, Record)>> {
        let mark = writer.mark(target).await?;
        let items = candidates
            .iter()
            .map(|candidate| (candidate.id.clone(), candidate.digest))
            .collect();
        let sizes = candidates
            .iter()
            .map(|candidate| candidate.message.body.len() as u64);
        let intent = Intent::new(mark.as_str(), items).sizes(sizes);
        self.worker.records.begin(&self.scope, &intent).await?;
        let messages = candidates
            .iter()
            .map(|candidate| candidate.message.clone())
            .collect::<Vec<_>>();
        let octets = messages.iter().map(|message| message.body.len() as u64).sum();
        let count = u32::try_from(messages.len()).unwrap_or(u32::MAX);
        self.worker.gate.charge(count, octets).await?;
        let mut answers = writer.append(target, &messages).await?.into_iter();
        let mut found = Stock::new(writer.stored(target, Some(&mark)).await?);
        let mut settled = Vec::with_capacity(candidates.len());
        let mut changed = Vec::new();
        for mut candidate in candidates {
            let answer = answers.next().unwrap_or(Appended::Refused {
                permanent: false,
                text: "the target gave no answer for it".into(),
            });
            let stored = found.take_best(&candidate.digest, &candidate.message);
            settled.push(match (stored, answer) {
                (Some(stored), _) => match differences(&candidate.message, &stored) {
                    None => candidate.settle(State::Moved),
                    Some(finding) => {
                        let accepted = self.worker.policy.accepts(&finding);
                        candidate.findings.push(finding);
                        if accepted {
                            candidate.settle(State::Moved)
                        } else {
                            self.keep_stored(candidate)?
                        }
                    }
                },
                (None, Appended::Stored) => {
                    changed.push(candidate);
                    continue;
                }
                (None, Appended::Refused { permanent, text }) => {
                    let message = format!("the target refused the message: {text}");
                    candidate.findings.push(Finding::lossy("MAIL-REFUSED", message));
                    if permanent {
                        self.keep(candidate)?
                    } else {
                        candidate.settle(State::Failed)
                    }
                }
            });
        }
        // What is left stands in the order in which it was sent; where more or fewer stand there, nobody knows which is which.
        let rest = found.rest();
        let mut rest = (rest.len() == changed.len())
            .then_some(rest)
            .into_iter()
            .flatten();
        for candidate in changed {
            settled.push(self.changed(candidate, rest.next())?);
        }
        Ok(settled)
    }

    /// A message that the target gives back otherwise than it was sent.
    fn changed(&self, mut candidate: Candidate, stored: Option<Stored>) -> Result<(String, Record)> {
        let finding = Finding::lossy(
            "MAIL-CHANGED-BY-TARGET",
            "the target said that it stored the message, but gives back other octets",
        );
        // Who accepted that this target changes such a message has accepted what shows here.
        let foreseen = candidate
            .findings
            .iter()
            .any(|finding| finding.code == "MAIL-ALTERED");
        let accepted = foreseen || self.worker.policy.accepts(&finding);
        if !foreseen {
            candidate.findings.push(finding);
        }
        let Some(stored) = stored.filter(|_| accepted) else {
            return self.keep_stored(candidate);
        };
        if let Some(finding) = differences(&candidate.message, &stored) {
            let accepted = self.worker.policy.accepts(&finding);
            candidate.findings.push(finding);
            if !accepted {
                return self.keep_stored(candidate);
            }
        }
        let (id, mut record) = candidate.settle(State::Moved);
        record.proof = Some(stored.digest);
        Ok((id, record))
    }

    /// Keeps the original for a person.
    fn keep(&self, candidate: Candidate) -> Result<(String, Record)> {
        let name = format!("{}.eml", candidate.digest.short());
        let original =
            self.worker
                .originals
                .keep(Entity::Mail, self.account, &name, &candidate.message.body)?;
        let label = super::label::of_message(&candidate.message.body);
        let (id, mut record) = candidate.settle(State::Manual);
        record.original = Some(original);
        record.label = label;
        Ok((id, record))
    }

    /// Keeps the original of a message that stands on the target, but otherwise than it should.
    fn keep_stored(&self, candidate: Candidate) -> Result<(String, Record)> {
        let (id, mut record) = self.keep(candidate)?;
        record.on_target = true;
        Ok((id, record))
    }

    async fn commit(&mut self, records: &[(String, Record)]) -> Result<()> {
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

impl Candidate {
    fn new(id: String, findings: Vec<Finding>, message: Message) -> Self {
        let digest = Digest::of_message(&message.body);
        Self {
            id,
            digest,
            findings,
            message,
        }
    }

    /// What is sent when all that the target cannot hold is accepted: no keywords that are lost. A target that cannot hold an
    /// unended last line ends it, so the message is known by what it then is.
    fn into_accepted(mut self, carries: &Carries) -> Self {
        self.message
            .flags
            .keywords
            .retain(|keyword| carries.keywords.hold(keyword));
        let body = &self.message.body;
        if !carries.unended_last_line && body.last().is_some_and(|byte| *byte != b'\n') {
            self.digest = Digest::of_message(&[body, &b"\r\n"[..]].concat());
        }
        self
    }

    fn settle(self, state: State) -> (String, Record) {
        let mut settled = record(state, self.message.body.len() as u64, self.findings);
        settled.digest = Some(self.digest);
        (self.id, settled)
    }
}

fn record(state: State, bytes: u64, findings: Vec<Finding>) -> Record {
    let mut record = Record::new(state);
    record.bytes = bytes;
    record.findings = findings;
    record
}

fn attempts(known: &HashMap<String, Record>, id: &str) -> u32 {
    known.get(id).map_or(0, |record| record.attempts)
}

fn batches(todo: &[&Listed]) -> Vec<Vec<Listed>> {
    let mut batches: Vec<Vec<Listed>> = Vec::new();
    let mut bytes = 0;
    for message in todo {
        let fits = bytes + message.size_hint <= BATCH_BYTES;
        match batches.last_mut() {
            Some(batch) if fits && batch.len() < BATCH_MESSAGES => batch.push((*message).clone()),
            _ => {
                batches.push(vec![(*message).clone()]);
                bytes = 0;
            }
        }
        bytes += message.size_hint;
    }
    batches
}
