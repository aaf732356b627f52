//! Doing what was planned.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::Import;
use super::bulk;
use super::plan::{Action, Plan, Survey, uids};
use super::report::{Outcome, Report, State, compare};
use super::verify::Sent;
use crate::client::PutOutcome;
use crate::error::one_line;
use crate::ledger::{Entry, Known, digest};
use crate::{Finding, Item, ItemKind, Result};

/// Resources that are on their way before they are read back: what a crash leaves unproved.
const ROUND: usize = 1_000;

/// An item that has to be sent.
struct Job {
    at: usize,
    uid: String,
    name: String,
    body: Vec<u8>,
    source: Option<String>,
    /// Where it stands and its entity tag, if it takes the place of something.
    replaces: Option<(String, String)>,
}

impl Import {
    pub(super) async fn apply(
        &self,
        items: Vec<(Item, Option<String>)>,
        plan: Plan,
        survey: &Survey,
    ) -> Result<Report> {
        let mut report = Report {
            items: items.len(),
            ..Report::default()
        };
        let mut outcomes: Vec<Option<Outcome>> = Vec::with_capacity(items.len());
        let mut jobs: Vec<Job> = Vec::new();
        let mut entries = Vec::new();
        for (at, ((mut item, source), action)) in items.into_iter().zip(plan.actions).enumerate() {
            let body = item.body.take();
            let mut job = |replaces, body: Option<Vec<u8>>, item: &Item| {
                jobs.push(Job {
                    at,
                    uid: item.uid.clone(),
                    name: item.resource_name.clone(),
                    body: body.unwrap_or_default(),
                    source: source.clone(),
                    replaces,
                });
            };
            let outcome = match action {
                Action::Put => {
                    job(None, body, &item);
                    Outcome::new(item, State::Failed)
                }
                Action::Replace { href, etag } => {
                    job(Some((href, etag)), body, &item);
                    Outcome::new(item, State::Failed)
                }
                Action::Present { href } => {
                    let known = survey.record.known.get(&item.uid);
                    let etag = survey.listed.get(&href).cloned().flatten();
                    if known.is_none() || known.is_some_and(|known| known.source != source) {
                        entries.push(Entry::Stands {
                            uid: item.uid.clone(),
                            known: Known {
                                etag: known.map_or(etag, |known| known.etag.clone()),
                                digest: digest(&body.unwrap_or_default()),
                                href: href.clone(),
                                source,
                            },
                        });
                    }
                    let mut outcome = Outcome::new(item, State::Present);
                    outcome.href = Some(href);
                    outcome
                }
                Action::Manual(findings) => {
                    let mut outcome = Outcome::new(item, State::Manual);
                    outcome.findings.extend(findings);
                    outcome
                }
                Action::Excluded(finding) => {
                    let mut outcome = Outcome::new(item, State::Excluded);
                    outcome.findings.push(finding);
                    outcome
                }
            };
            outcomes.push(Some(outcome));
        }
        if !entries.is_empty() {
            self.ledger.write(&self.key(), &entries).await?;
        }
        if self.fresh && survey.listed.is_empty() && !survey.record.made {
            self.ledger.write(&self.key(), &[Entry::Made]).await?;
        }
        let ours = self.fresh || survey.record.made;
        if ours && self.bulk && survey.listed.is_empty() && jobs.len() >= bulk::LEAST {
            jobs = self.fill(jobs, &mut outcomes, &mut report).await?;
        }
        let mut jobs = jobs.into_iter();
        loop {
            let round: Vec<Job> = jobs.by_ref().take(ROUND).collect();
            if round.is_empty() {
                break;
            }
            let (sent, again) = self.send(round, &mut outcomes).await?;
            self.verify(sent, &mut outcomes).await?;
            // What a broken connection left open is tried once more: it may have arrived.
            let (sent, _) = self.send(again, &mut outcomes).await?;
            self.verify(sent, &mut outcomes).await?;
        }
        report.outcomes = outcomes.into_iter().flatten().collect();
        self.gone(plan.gone, survey, &mut report).await?;
        Ok(report)
    }

    /// Fills a collection that was made just now by one request; gives back what is still to be sent.
    async fn fill(
        &self,
        jobs: Vec<Job>,
        outcomes: &mut [Option<Outcome>],
        report: &mut Report,
    ) -> Result<Vec<Job>> {
        if !self.client.takes_collections(&self.collection).await? {
            return Ok(jobs);
        }
        let bodies = jobs.iter().map(|job| job.body.as_slice()).enumerate();
        let (file, taken, _) = bulk::together(self.collection.kind, bodies);
        if taken.len() < bulk::LEAST {
            return Ok(jobs);
        }
        // The list once more, as late as can be: what somebody else put there must not be replaced.
        if !self.client.list(&self.collection).await?.is_empty() {
            return Ok(jobs);
        }
        let entries: Vec<Entry> = taken.iter().filter_map(|&at| jobs.get(at)).map(intent).collect();
        self.ledger.write(&self.key(), &entries).await?;
        match self.client.put_collection(&self.collection, file).await {
            Ok(true) => report.bulk = true,
            Ok(false) => tracing::debug!("the server does not take a whole collection"),
            Err(error) => tracing::debug!(%error, "the whole collection did not go through"),
        }
        // Whatever was said: what counts is what is there now.
        let listed: Vec<String> = self
            .client
            .list(&self.collection)
            .await?
            .into_iter()
            .map(|resource| resource.href)
            .collect();
        let mut by_uid: HashMap<String, (String, Option<String>, Bytes)> = HashMap::new();
        for fetched in self.client.get_many(&self.collection, &listed).await? {
            for uid in uids(&fetched.body) {
                by_uid.insert(
                    uid,
                    (fetched.href.clone(), fetched.etag.clone(), fetched.body.clone()),
                );
            }
        }
        let mut left = Vec::new();
        let mut entries = Vec::new();
        for job in jobs {
            let Some((href, etag, body)) = by_uid.get(&job.uid) else {
                left.push(job);
                continue;
            };
            let Some(outcome) = outcomes.get_mut(job.at).and_then(Option::as_mut) else {
                continue;
            };
            moved(outcome, href);
            entries.push(Entry::Stands {
                uid: job.uid.clone(),
                known: Known {
                    href: href.clone(),
                    etag: etag.clone(),
                    digest: digest(&job.body),
                    source: job.source.clone(),
                },
            });
            if let Err(differences) = compare(self.collection.kind, &job.body, body) {
                outcome.state = State::Manual;
                outcome.original = Some(job.body);
                outcome.findings.extend(super::report::altered(&differences));
            }
        }
        self.ledger.write(&self.key(), &entries).await?;
        Ok(left)
    }

    /// Sends resources, several at once; gives back what was taken and has to be read back, and what a
    /// failure that may pass has left open.
    async fn send(&self, jobs: Vec<Job>, outcomes: &mut [Option<Outcome>]) -> Result<(Vec<Sent>, Vec<Job>)> {
        let entries: Vec<Entry> = jobs.iter().map(intent).collect();
        self.ledger.write(&self.key(), &entries).await?;
        let room = Arc::new(Semaphore::new(self.concurrency));
        let mut running = JoinSet::new();
        for job in jobs {
            let (client, collection, room) =
                (self.client.clone(), self.collection.clone(), Arc::clone(&room));
            running.spawn(async move {
                let _turn = room.acquire_owned().await;
                let body = Bytes::copy_from_slice(&job.body);
                let answer = match &job.replaces {
                    None => client.put_new(&collection, &job.name, body).await,
                    Some((href, etag)) => client.replace(&collection, href, etag, body).await,
                };
                (job, answer)
            });
        }
        let mut sent = Vec::new();
        let mut again = Vec::new();
        let mut there: Vec<(Job, String)> = Vec::new();
        while let Some(done) = running.join_next().await {
            let Ok((job, answer)) = done else { continue };
            let Some(outcome) = outcomes.get_mut(job.at).and_then(Option::as_mut) else {
                continue;
            };
            match answer {
                Err(error) => {
                    outcome.error = Some(error.to_string());
                    if error.is_retryable() {
                        again.push(job);
                    }
                }
                Ok(PutOutcome::Created { href, .. } | PutOutcome::Overwritten { href, .. }) => {
                    moved(outcome, &href);
                    sent.push(Sent {
                        at: job.at,
                        href,
                        body: job.body,
                        source: job.source,
                    });
                }
                Ok(PutOutcome::Exists { .. }) if job.replaces.is_some() => {
                    manual(
                        outcome,
                        job.body,
                        Finding::TargetChanged {
                            uid: one_line(&job.uid),
                        },
                    );
                }
                // An earlier try may have arrived though its answer did not.
                Ok(PutOutcome::Exists { href } | PutOutcome::UidConflict { href: Some(href) }) => {
                    there.push((job, href));
                }
                Ok(PutOutcome::UidConflict { href: None }) => {
                    let finding = Finding::TargetDiffers {
                        uid: one_line(&job.uid),
                        difference: "another resource has this UID".into(),
                    };
                    manual(outcome, job.body, finding);
                }
                Ok(PutOutcome::TooLarge) => {
                    let bytes = job.body.len();
                    manual(outcome, job.body, Finding::TargetTooLarge { bytes });
                }
                Ok(PutOutcome::Refused { status, message }) if status >= 500 => {
                    outcome.error = Some(format!("{status} {message}"));
                }
                Ok(PutOutcome::Refused { status, message }) => {
                    let message = format!("{status} {message}");
                    manual(outcome, job.body, Finding::TargetRefused { message });
                }
            }
        }
        self.recognise(there, outcomes).await?;
        sent.sort_by_key(|sent| sent.at);
        Ok((sent, again))
    }

    /// What turned out to be there already: ours, or somebody else's.
    async fn recognise(&self, there: Vec<(Job, String)>, outcomes: &mut [Option<Outcome>]) -> Result<()> {
        let mut entries = Vec::new();
        for (job, href) in there {
            let Some(outcome) = outcomes.get_mut(job.at).and_then(Option::as_mut) else {
                continue;
            };
            let fetched = match self.client.get(&href).await {
                Ok(Some(fetched)) => fetched,
                Ok(None) => {
                    outcome.error = Some("it was there, and is gone again".into());
                    continue;
                }
                Err(error) => {
                    outcome.error = Some(error.to_string());
                    continue;
                }
            };
            match compare(self.collection.kind, &job.body, &fetched.body) {
                Ok(()) => {
                    moved(outcome, &href);
                    outcome.state = State::Present;
                    entries.push(Entry::Stands {
                        uid: job.uid,
                        known: Known {
                            href,
                            etag: fetched.etag,
                            digest: digest(&job.body),
                            source: job.source,
                        },
                    });
                }
                Err(differences) => {
                    let finding = Finding::TargetDiffers {
                        uid: one_line(&job.uid),
                        difference: one_line(&differences.first().map_or(String::new(), ToString::to_string)),
                    };
                    manual(outcome, job.body, finding);
                }
            }
        }
        self.ledger.write(&self.key(), &entries).await
    }

    /// What the source no longer has.
    async fn gone(&self, gone: Vec<String>, survey: &Survey, report: &mut Report) -> Result<()> {
        let mut entries = Vec::new();
        for uid in gone {
            let Some(known) = survey.record.known.get(&uid) else {
                continue;
            };
            let mut outcome = Outcome {
                uid: uid.clone(),
                kind: ItemKind::Unknown,
                summary: String::new(),
                state: State::Excluded,
                components: 0,
                href: Some(known.href.clone()),
                findings: Vec::new(),
                error: None,
                original: None,
            };
            let now = survey.listed.get(&known.href);
            match now {
                // Both sides deleted it.
                None => {
                    entries.push(Entry::Gone { uid });
                    continue;
                }
                Some(_) if !self.deletions => {
                    outcome.findings.push(Finding::SourceGone { uid: one_line(&uid) });
                }
                Some(Some(etag)) if known.etag.as_ref() == Some(etag) => {
                    match self.client.delete(&known.href, etag).await {
                        Ok(true) => {
                            report.deleted += 1;
                            entries.push(Entry::Gone { uid });
                            continue;
                        }
                        Ok(false) => {
                            outcome.state = State::Manual;
                            outcome
                                .findings
                                .push(Finding::TargetChanged { uid: one_line(&uid) });
                        }
                        Err(error) => {
                            outcome.state = State::Failed;
                            outcome.error = Some(error.to_string());
                        }
                    }
                }
                Some(_) => {
                    outcome.state = State::Manual;
                    outcome
                        .findings
                        .push(Finding::TargetChanged { uid: one_line(&uid) });
                }
            }
            report.outcomes.push(outcome);
        }
        self.ledger.write(&self.key(), &entries).await
    }
}

fn intent(job: &Job) -> Entry {
    Entry::Intent {
        uid: job.uid.clone(),
        digest: digest(&job.body),
    }
}

fn moved(outcome: &mut Outcome, href: &str) {
    outcome.state = State::Moved;
    outcome.href = Some(href.to_owned());
    outcome.original = None;
    outcome.error = None;
}

fn manual(outcome: &mut Outcome, body: Vec<u8>, finding: Finding) {
    outcome.state = State::Manual;
    outcome.findings.push(finding);
    if outcome.original.is_none() {
        outcome.original = Some(body);
    }
}
