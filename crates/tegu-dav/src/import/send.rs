//! Sending a batch, and reading it back.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinSet};
use tracing::Instrument as _;

use super::decide::{Action, settle};
use super::hooks::Event;
use super::outcome::{compare, differs};
use super::pass::{BATCH_ITEMS, Pass, There, Upload};
use crate::client::{Collection, Fetched, PutOutcome};
use crate::error::{Error, ErrorKind, one_line};
use crate::ledger::{Ending, Entry};
use crate::{Finding, Result};

/// Resources that are read back by one request.
const READ: usize = 125;

impl Pass<'_> {
    /// Sends a batch: the intents, the resources, the proof. An item that a broken connection left open is sent once more.
    pub(super) async fn upload(&mut self, batch: Vec<Upload>) -> Result<()> {
        let Some(collection) = self.survey.place.collection().cloned() else {
            return Ok(());
        };
        let octets = batch.iter().map(|task| task.body.len() as u64).sum();
        self.import.hooks.ready().await?;
        self.import.hooks.charge(batch.len(), octets).await?;
        let intents: Vec<Entry> = batch.iter().map(|task| self.intent(task)).collect();
        self.write(&intents).await?;
        let mut batch = batch;
        if std::mem::take(&mut self.first) {
            batch = self.fill(&collection, batch).await?;
            self.commit().await?;
        }
        let mut batch = batch.into_iter();
        loop {
            let part: Vec<Upload> = batch.by_ref().take(BATCH_ITEMS).collect();
            if part.is_empty() {
                return Ok(());
            }
            self.import.hooks.ready().await?;
            let again = self.send(&collection, part).await?;
            if !again.is_empty() {
                for task in self.send(&collection, again).await? {
                    self.failed(task).await?;
                }
            }
            self.commit().await?;
        }
    }

    fn intent(&self, task: &Upload) -> Entry {
        let mut known = self.known(&task.key).cloned().unwrap_or_default();
        known.intent = Some(task.digest.clone());
        known.attempts = known.attempts.saturating_add(1);
        known.octets = task.outcome.octets;
        known.document = Some(task.outcome.document.clone()).filter(|document| !document.is_empty());
        Entry::Item {
            uid: task.key.clone(),
            known,
        }
    }

    /// Sends resources, several at a time, and reads them back. Returns those that a passing failure left open.
    async fn send(&mut self, collection: &Collection, batch: Vec<Upload>) -> Result<Vec<Upload>> {
        let room = Arc::new(Semaphore::new(self.import.concurrency));
        let mut running = JoinSet::new();
        for (at, task) in batch.into_iter().enumerate() {
            let (client, collection, room) =
                (self.import.client.clone(), collection.clone(), Arc::clone(&room));
            running.spawn(
                async move {
                    let _turn = room.acquire_owned().await;
                    let body = task.body.clone();
                    let answer = match &task.replaces {
                        None => client.put_new(&collection, &task.name, body).await,
                        Some((href, etag)) => client.replace(&collection, href, etag, body).await,
                    };
                    (at, task, answer)
                }
                .in_current_span(),
            );
        }
        let (mut sent, mut again, mut there) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(done) = running.join_next().await {
            let (at, mut task, answer) = done.map_err(cancelled)?;
            task.outcome.attempts = self.known(&task.key).map_or(1, |known| known.attempts);
            match answer {
                Err(error) => {
                    let error = error.at_target();
                    let retryable = error.is_retryable();
                    if retryable {
                        let uid = &task.outcome.uid;
                        self.import.hooks.tell(&Event::Retrying { uid, error: &error });
                    }
                    task.outcome.error = Some(Arc::new(error));
                    if retryable {
                        again.push((at, task));
                    } else {
                        self.failed(task).await?;
                    }
                }
                Ok(PutOutcome::Created { href, .. } | PutOutcome::Overwritten { href, .. }) => {
                    sent.push((at, task, href));
                }
                Ok(PutOutcome::Exists { href } | PutOutcome::UidConflict { href: Some(href) }) => {
                    there.push((at, task, href));
                }
                Ok(PutOutcome::UidConflict { href: None }) => {
                    let finding = Finding::TargetDiffers {
                        uid: one_line(&task.outcome.uid),
                        difference: "another resource has this UID".into(),
                    };
                    self.manual(task, finding).await?;
                }
                Ok(PutOutcome::TooLarge) => {
                    let bytes = task.body.len();
                    self.manual(task, Finding::TargetTooLarge { bytes }).await?;
                }
                Ok(PutOutcome::Refused { status, message }) if status >= 500 => {
                    let error = Error::new(ErrorKind::Refused, format!("{status} {message}"))
                        .doing("upload", &task.outcome.uid)
                        .retryable(true)
                        .at_target();
                    task.outcome.error = Some(Arc::new(error));
                    self.failed(task).await?;
                }
                Ok(PutOutcome::Refused { status, message }) => {
                    let message = format!("{status} {message}");
                    self.manual(task, Finding::TargetRefused { message }).await?;
                }
            }
        }
        sent.sort_by_key(|(at, ..)| *at);
        again.sort_by_key(|(at, _)| *at);
        there.sort_by_key(|(at, ..)| *at);
        self.read_back(collection, sent).await?;
        self.recognise(collection, there).await?;
        Ok(again.into_iter().map(|(_, task)| task).collect())
    }

    /// Reads resources in parts, several at a time. What cannot be read is missing, and the error says why.
    async fn read(
        &self,
        collection: &Collection,
        hrefs: &[String],
    ) -> Result<(HashMap<String, Fetched>, Option<Arc<Error>>)> {
        let mut found: HashMap<String, Fetched> = HashMap::with_capacity(hrefs.len());
        let mut trouble = None;
        let room = Arc::new(Semaphore::new(self.import.concurrency));
        let mut running = JoinSet::new();
        for part in hrefs.chunks(READ) {
            let (client, collection, room) =
                (self.import.client.clone(), collection.clone(), Arc::clone(&room));
            let part = part.to_vec();
            running.spawn(
                async move {
                    let _turn = room.acquire_owned().await;
                    client.get_many(&collection, &part).await
                }
                .in_current_span(),
            );
        }
        while let Some(done) = running.join_next().await {
            match done.map_err(cancelled)? {
                Ok(read) => found.extend(read.into_iter().map(|one| (one.href.clone(), one))),
                Err(error) => trouble = Some(Arc::new(error.at_target())),
            }
        }
        Ok((found, trouble))
    }

    async fn read_back(&mut self, collection: &Collection, sent: Vec<(usize, Upload, String)>) -> Result<()> {
        let hrefs: Vec<String> = sent.iter().map(|(.., href)| href.clone()).collect();
        let (mut found, trouble) = self.read(collection, &hrefs).await?;
        for (_, mut task, href) in sent {
            if let Some(standing) = found.remove(&href) {
                self.prove(collection, task, standing).await?;
                continue;
            }
            task.outcome.error = trouble.clone().or_else(|| {
                let why = "the server said that it took the resource, but does not have it";
                Some(Arc::new(
                    Error::new(ErrorKind::Protocol, why)
                        .doing("read back", &href)
                        .retryable(true),
                ))
            });
            self.failed(task).await?;
        }
        Ok(())
    }

    /// Compares what was sent with what the server has, and notes it.
    pub(super) async fn prove(
        &mut self,
        collection: &Collection,
        mut task: Upload,
        standing: Fetched,
    ) -> Result<()> {
        // What replaced something that was there before this upload is not this upload's to delete.
        let ours = match &task.replaces {
            Some(_) => self.known(&task.key).is_some_and(|known| known.ours),
            None => true,
        };
        self.survey
            .listed
            .insert(standing.href.clone(), standing.etag.clone());
        let ending = match compare(collection.kind, &task.body, &standing.body) {
            Ok(same) => Ending::Moved(same),
            Err(differences) => {
                let settled = settle(&differences, &standing, ours, |finding| {
                    self.import.accepts(finding)
                });
                task.outcome.findings.extend(settled.findings);
                match settled.action {
                    Action::End(ending) => ending,
                    _ => Ending::Manual,
                }
            }
        };
        self.there(task, ending, standing, ours).await
    }

    /// What turned out to be there already: an earlier try of ours, or somebody else's.
    async fn recognise(
        &mut self,
        collection: &Collection,
        there: Vec<(usize, Upload, String)>,
    ) -> Result<()> {
        let hrefs: Vec<String> = there.iter().map(|(.., href)| href.clone()).collect();
        let (mut found, trouble) = self.read(collection, &hrefs).await?;
        for (_, mut task, href) in there {
            let Some(standing) = found.remove(&href) else {
                task.outcome.error = trouble.clone().or_else(|| {
                    let gone = "it was there, and is gone again";
                    Some(Arc::new(
                        Error::new(ErrorKind::NotFound, gone)
                            .doing("read", &href)
                            .retryable(true),
                    ))
                });
                self.failed(task).await?;
                continue;
            };
            // A request of ours may have put it there since the survey: one whose answer was lost, or one of a run that was killed.
            let sent = task.intended || task.outcome.error.is_some();
            let known = self.known(&task.key).is_some_and(|known| known.ours);
            match compare(collection.kind, &task.body, &standing.body) {
                Ok(same) if sent => self.there(task, Ending::Moved(same), standing, true).await?,
                Ok(same) => self.there(task, Ending::Present(same), standing, known).await?,
                Err(_) if sent && task.replaces.is_none() => self.prove(collection, task, standing).await?,
                Err(_) if task.replaces.is_some() => {
                    let uid = one_line(&task.outcome.uid);
                    self.manual(task, Finding::TargetChanged { uid }).await?;
                }
                Err(differences) => {
                    let finding = differs(&task.outcome.uid, &differences);
                    self.manual(task, finding).await?;
                }
            }
        }
        Ok(())
    }

    async fn there(&mut self, mut task: Upload, ending: Ending, standing: Fetched, ours: bool) -> Result<()> {
        self.survey
            .listed
            .insert(standing.href.clone(), standing.etag.clone());
        task.outcome.href = Some(standing.href.clone());
        task.outcome.ours = ours;
        task.outcome.error = None;
        task.outcome.attempts = 0;
        let there = There { standing, ours };
        self.end(task.key, task.outcome, ending, &task.digest, Some(there))
            .await
    }

    async fn manual(&mut self, mut task: Upload, finding: Finding) -> Result<()> {
        task.outcome.error = None;
        task.outcome.findings.push(finding);
        self.end(task.key, task.outcome, Ending::Manual, &task.digest, None)
            .await
    }

    async fn failed(&mut self, task: Upload) -> Result<()> {
        self.end(task.key, task.outcome, Ending::Failed, &task.digest, None)
            .await
    }
}

fn cancelled(error: JoinError) -> Error {
    Error::new(ErrorKind::Cancelled, error.to_string())
}
