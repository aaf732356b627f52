//! One walk over a source: what becomes of each item.

use std::collections::HashMap;

use bytes::Bytes;
use tegu_outcome::State;

use super::decide::{Action, Decision, Twin, View, decide};
use super::hooks::{Candidate, Event};
use super::outcome::Outcome;
use super::pass::{BATCH_ITEMS, Pass, Seen, There, Upload};
use super::place::Place;
use super::source::{Document, Source};
use crate::client::Fetched;
use crate::ledger::{Ending, Entry, copy_key, digest};
use crate::{Error, Finding, Item, Result};

/// Octets of a batch.
const BATCH_OCTETS: usize = 4 << 20;
/// Octets of the first batch to a new collection, which may be sent by one request.
const FIRST_OCTETS: usize = 32 << 20;

impl Pass<'_> {
    pub(super) async fn walk(&mut self, source: &mut dyn Source) -> Result<()> {
        loop {
            if self.plan.is_none() {
                self.import.hooks.ready().await?;
            }
            if let Some(document) = source.unchanged()
                && let Some(items) = self.settled(&document)
            {
                source.pass_over();
                self.pass_over(&document, items).await?;
                continue;
            }
            let Some(document) = source.next().await.map_err(Error::at_source)? else {
                break;
            };
            let Document { id, items } = document;
            match items {
                Ok(items) => self.document(&id, items, source).await?,
                Err(error) => self.unread(id, error).await?,
            }
        }
        self.flush().await?;
        self.commit().await?;
        self.gone(source).await?;
        if self.plan.is_none() {
            self.import.ledger.sync().await?;
        }
        Ok(())
    }

    async fn document(&mut self, document: &str, items: Vec<Item>, source: &dyn Source) -> Result<()> {
        self.begin(document, items.len() as u64);
        let mut within: HashMap<String, usize> = HashMap::new();
        for item in &items {
            *within.entry(item.uid.clone()).or_default() += 1;
        }
        // It could not be read in an earlier run.
        let unread = copy_key(document, 0);
        if self.plan.is_none() && self.known(&unread).is_some() {
            self.write(&[Entry::Gone { uid: unread }]).await?;
        }
        let read = self.look(&items).await?;
        self.look_at_twins(&items).await?;
        for item in items {
            let several = within.get(&item.uid).is_some_and(|count| *count > 1);
            let shared = several || self.claimed(&item.uid, document, source);
            self.item(document, item, shared, &read).await?;
        }
        Ok(())
    }

    /// Says that a document holds so many items.
    pub(super) fn begin(&mut self, document: &str, items: u64) {
        self.report.counts.expect(items);
        if self.plan.is_none() {
            self.import.hooks.tell(&Event::Started { document, items });
        }
    }

    /// Reads what has to be compared for these items, by path.
    async fn look(&mut self, items: &[Item]) -> Result<HashMap<String, Fetched>> {
        let survey = &self.survey;
        let known = |item: &Item| survey.record.items.get(&item.uid);
        let mut hrefs = Vec::new();
        let mut unknown = false;
        for item in items {
            let Some(body) = &item.body else { continue };
            let Some((known, href)) = known(item).and_then(|known| Some((known, known.href.clone()?))) else {
                unknown = true;
                continue;
            };
            let same = known.digest == digest(body);
            let settled = same && known.state().is_on_target();
            let etag = survey.listed.get(&href).cloned().flatten();
            let untouched = !same && etag.is_some() && etag == known.etag;
            if survey.listed.contains_key(&href) && (known.intent.is_some() || !settled && !untouched) {
                hrefs.push(href);
            }
        }
        let mut read = HashMap::new();
        if unknown && !survey.listed.is_empty() {
            self.survey.read_others(self.import).await?;
            for item in items {
                let others = self.survey.others.as_ref();
                let Some(href) = others.and_then(|others| others.get(&item.uid)).cloned() else {
                    continue;
                };
                match self.survey.kept.remove(&href) {
                    Some(fetched) => drop(read.insert(href, fetched)),
                    None if read.contains_key(&href) => {}
                    None => hrefs.push(href),
                }
            }
        }
        read.extend(self.survey.read(self.import, &hrefs).await?);
        Ok(read)
    }

    /// Reads what earlier items of these UIDs left, all at once.
    async fn look_at_twins(&mut self, items: &[Item]) -> Result<()> {
        self.twins.clear();
        if items.iter().any(|item| self.pending.contains(&item.uid)) {
            self.flush().await?;
        }
        let met = items.iter().filter_map(|item| match self.seen.get(&item.uid) {
            Some(Seen::At(href)) => Some(href.clone()),
            _ => None,
        });
        let hrefs: Vec<String> = met.collect();
        let mut read = self.survey.read(self.import, &hrefs).await?;
        for href in hrefs {
            let fetched = read.remove(&href);
            self.twins.entry(href).or_insert(fetched);
        }
        Ok(())
    }

    /// Whether another document of the source stands for the same resource.
    fn claimed(&self, uid: &str, document: &str, source: &dyn Source) -> bool {
        let start = copy_key(uid, 0);
        let prefix = start.get(..=uid.len()).unwrap_or_default();
        let copies = self.survey.record.items.range(prefix.to_owned()..);
        let copies = copies
            .take_while(|(key, _)| key.starts_with(prefix))
            .map(|(_, known)| known);
        self.survey
            .record
            .items
            .get(uid)
            .into_iter()
            .chain(copies)
            .filter(|known| known.state().is_on_target())
            .filter_map(|known| known.document.as_deref())
            .any(|other| other != document && source.holds(other))
    }

    async fn item(
        &mut self,
        document: &str,
        mut item: Item,
        shared: bool,
        read: &HashMap<String, Fetched>,
    ) -> Result<()> {
        if self.pending.contains(&item.uid) {
            self.flush().await?;
        }
        let copy = *self
            .copies
            .entry(item.uid.clone())
            .and_modify(|count| *count += 1)
            .or_default();
        let key = if copy == 0 {
            item.uid.clone()
        } else {
            copy_key(&item.uid, copy)
        };
        self.met.insert(key.clone());
        let fetched = self.twin(&item.uid).await?;
        let decision = self.decide(document, &item, shared, read, fetched.as_ref());
        let body = item.body.take();
        let mut outcome = Outcome::new(&mut item, document);
        outcome.ours = decision.ours;
        outcome.findings.extend(decision.findings.iter().cloned());
        outcome.excluded.clone_from(&decision.excluded);
        outcome.attempts = self.known(&key).map_or(0, |known| known.attempts);
        let replaces = match decision.action {
            Action::End(ending) => {
                let known = self.known(&item.uid).and_then(|known| known.href.clone());
                let standing = decision.standing;
                outcome.href = standing.as_ref().map(|standing| standing.href.clone()).or(known);
                let digest = body.map_or(String::new(), |body| digest(&body));
                let there = standing.map(|standing| There {
                    standing,
                    ours: decision.ours,
                });
                return self.end(key, outcome, ending, &digest, there).await;
            }
            Action::Replace { href, etag } => Some((href, etag)),
            Action::Create => None,
        };
        let body = Bytes::from(body.unwrap_or_default());
        let digest = digest(&body);
        let intended = self.known(&key).and_then(|known| known.intent.as_ref()) == Some(&digest);
        self.enqueue(Upload {
            key,
            outcome,
            digest,
            body,
            name: item.resource_name,
            replaces,
            intended,
        })
        .await
    }

    fn decide(
        &self,
        document: &str,
        item: &Item,
        shared: bool,
        read: &HashMap<String, Fetched>,
        twin: Option<&Option<Fetched>>,
    ) -> Decision {
        let candidate = Candidate {
            item,
            document,
            octets: item.original.len() as u64,
        };
        let known = self.known(&item.uid);
        let href = known.and_then(|known| known.href.as_ref());
        let listed = href.and_then(|href| self.survey.listed.get(href));
        let missing = Finding::CollectionRefused {
            message: "it does not exist, and must not be created".into(),
        };
        let closed = match &self.survey.place {
            Place::Closed(ending, finding) => Some((ending.clone(), finding)),
            Place::Missing if self.plan.is_none() => Some((Ending::Manual, &missing)),
            _ => None,
        };
        let standing = match href {
            Some(href) => read.get(href),
            None => {
                let others = self.survey.others.as_ref();
                others
                    .and_then(|others| others.get(&item.uid))
                    .and_then(|href| read.get(href))
            }
        };
        let name = format!("{}{}", self.survey.path, item.resource_name);
        let view = View {
            kind: self.import.kind(),
            collection: self.survey.place.collection(),
            closed,
            excluded: self.import.hooks.excludes(&candidate),
            known,
            listed: listed.map(|etag| etag.as_deref()),
            standing,
            twin: match twin {
                None => Twin::None,
                Some(None) => Twin::Absent,
                Some(Some(standing)) => Twin::There(standing),
            },
            shared,
            name_taken: self.survey.listed.contains_key(&name),
            retry_manual: self.import.retry_manual,
        };
        decide(item, view, |finding| self.import.accepts(finding))
    }

    /// Returns what an earlier item of this UID left: `None` if there was none, `Some(None)` if it is not on the server.
    async fn twin(&mut self, uid: &str) -> Result<Option<Option<Fetched>>> {
        let href = match self.seen.get(uid) {
            None => return Ok(None),
            Some(Seen::Absent) => return Ok(Some(None)),
            Some(Seen::Expected(standing)) => return Ok(Some(Some(standing.clone()))),
            Some(Seen::At(href)) => href.clone(),
        };
        if let Some(known) = self.twins.get(&href) {
            return Ok(Some(known.clone()));
        }
        let hrefs = [href];
        let mut read = self.survey.read(self.import, &hrefs).await?;
        let [href] = hrefs;
        let fetched = read.remove(&href);
        self.twins.insert(href, fetched.clone());
        Ok(Some(fetched))
    }

    /// Sends an item, together with others. A plan only says that it would.
    async fn enqueue(&mut self, mut task: Upload) -> Result<()> {
        if self.plan.is_some() {
            let replaces = task.replaces.is_some();
            let href = match task.replaces {
                Some((href, _)) => href,
                None => format!("{}{}", self.survey.path, task.name),
            };
            let standing = Fetched {
                href: href.clone(),
                etag: None,
                body: task.body,
            };
            self.seen
                .insert(task.outcome.uid.clone(), Seen::Expected(standing));
            task.outcome.href = Some(href);
            task.outcome.ours = true;
            task.outcome.state = State::Moved;
            self.planned(task.outcome, replaces);
            return Ok(());
        }
        self.octets += task.body.len();
        self.pending.insert(task.outcome.uid.clone());
        self.batch.push(task);
        let full = if self.first {
            self.octets >= FIRST_OCTETS
        } else {
            self.batch.len() >= BATCH_ITEMS || self.octets >= BATCH_OCTETS
        };
        if full { self.flush().await } else { Ok(()) }
    }

    async fn flush(&mut self) -> Result<()> {
        self.octets = 0;
        self.pending.clear();
        let batch = std::mem::take(&mut self.batch);
        if batch.is_empty() {
            return Ok(());
        }
        self.upload(batch).await
    }

    async fn unread(&mut self, document: String, error: Error) -> Result<()> {
        self.report.counts.expect(1);
        let mut outcome = Outcome::unread(&document, error);
        let key = copy_key(&document, 0);
        outcome.attempts = self
            .known(&key)
            .map_or(0, |known| known.attempts)
            .saturating_add(1);
        self.met.insert(key.clone());
        self.unread.insert(document);
        self.end(key, outcome, Ending::Failed, "", None).await
    }
}
