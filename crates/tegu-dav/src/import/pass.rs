//! One walk over a source: a plan or a run.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use tegu_outcome::State;

use super::builder::Import;
use super::decide::{Action, Decision, Standing, Twin, View, decide};
use super::hooks::{Candidate, Event};
use super::outcome::{Outcome, Report};
use super::place::{Place, Survey};
use super::plan::{Plan, Planned};
use super::source::{Document, Source};
use crate::ledger::{Entry, Known, copy_key, digest};
use crate::{Error, Finding, Item, Result};

/// Items that are sent, read back, and noted in the ledger at once. A killed run has to look for these.
pub(super) const BATCH_ITEMS: usize = 500;
/// Their octets.
const BATCH_OCTETS: usize = 4 << 20;
/// Octets of the first batch to a new collection, which may be sent by one request.
const FIRST_OCTETS: usize = 32 << 20;

/// An item that has to be sent.
#[derive(Debug)]
pub(super) struct Task {
    /// Its key in the ledger.
    pub(super) key: String,
    pub(super) outcome: Outcome,
    pub(super) name: String,
    pub(super) body: Bytes,
    pub(super) digest: String,
    /// The path and entity tag of what it replaces.
    pub(super) replaces: Option<(String, String)>,
}

/// What this walk has met of a UID.
#[derive(Debug)]
enum Seen {
    Absent,
    /// A plan expects this there.
    Expected(Standing),
    /// A run has this there.
    At(String),
}

/// What is known of a resource after it was read or sent.
#[derive(Debug)]
pub(super) struct Proof {
    pub(super) digest: String,
    pub(super) standing: Standing,
    pub(super) ours: bool,
}

pub(super) struct Pass<'a> {
    pub(super) import: &'a Import,
    pub(super) survey: Survey,
    /// The items of a plan; `None` in a run.
    pub(super) plan: Option<Vec<Planned>>,
    pub(super) report: Report,
    batch: Vec<Task>,
    /// The UIDs in the batch.
    pending: HashSet<String>,
    octets: usize,
    /// Nothing has been sent yet, and the collection may be filled by one request.
    pub(super) first: bool,
    seen: HashMap<String, Seen>,
    copies: HashMap<String, usize>,
    /// Keys of the ledger that this walk has met.
    pub(super) met: HashSet<String>,
    pub(super) unread: HashSet<String>,
    ended: Vec<(String, Outcome, Known)>,
}

impl<'a> Pass<'a> {
    pub(super) async fn open(import: &'a Import, plan: bool) -> Result<Self> {
        let survey = Survey::take(import, plan).await?;
        let fresh = matches!(survey.place, Place::Open { fresh: true, .. }) && survey.listed.is_empty();
        if fresh && !plan && !survey.record.created {
            import.ledger.write(&survey.key, &[Entry::Created]).await?;
        }
        Ok(Self {
            import,
            survey,
            plan: plan.then(Vec::new),
            report: Report::default(),
            batch: Vec::new(),
            pending: HashSet::new(),
            octets: 0,
            first: fresh && import.bulk,
            seen: HashMap::new(),
            copies: HashMap::new(),
            met: HashSet::new(),
            unread: HashSet::new(),
            ended: Vec::new(),
        })
    }

    pub(super) async fn walk(&mut self, source: &mut dyn Source) -> Result<()> {
        loop {
            if self.plan.is_none() {
                self.import.hooks.ready().await?;
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
        let count = items.len() as u64;
        self.report.counts.expect(count);
        if self.plan.is_none() {
            let event = Event::Started {
                document,
                items: count,
            };
            self.import.hooks.tell(&event);
        }
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
        for item in items {
            let several = within.get(&item.uid).is_some_and(|count| *count > 1);
            let shared = several || self.claimed(&item.uid, document, source);
            self.item(document, item, shared, &read).await?;
        }
        Ok(())
    }

    /// Reads what has to be compared for these items, by path.
    async fn look(&mut self, items: &[Item]) -> Result<HashMap<String, Standing>> {
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
            let settled = same && known.state.is_on_target();
            let etag = survey.listed.get(&href).cloned().flatten();
            let untouched = !same && etag.is_some() && etag == known.etag;
            if survey.listed.contains_key(&href) && (known.intent.is_some() || !settled && !untouched) {
                hrefs.push(href);
            }
        }
        if unknown && !survey.listed.is_empty() {
            self.survey.others(self.import).await?;
        }
        self.survey.read(self.import, &hrefs).await
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
            .filter(|known| known.state.is_on_target())
            .filter_map(|known| known.document.as_deref())
            .any(|other| other != document && source.holds(other))
    }

    async fn item(
        &mut self,
        document: &str,
        mut item: Item,
        shared: bool,
        read: &HashMap<String, Standing>,
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
        let mut outcome = Outcome::new(&mut item, document, decision.state);
        outcome.ours = decision.ours;
        outcome.findings.extend(decision.findings.iter().cloned());
        outcome.excluded.clone_from(&decision.excluded);
        outcome.attempts = self.known(&key).map_or(0, |known| known.attempts);
        match (decision.action, body) {
            (Action::Nothing, body) => {
                let known = self.known(&item.uid).and_then(|known| known.href.clone());
                let standing = decision.standing;
                outcome.href = standing.as_ref().map(|standing| standing.href.clone()).or(known);
                let digest = body.map_or(String::new(), |body| digest(&body));
                self.see(&outcome);
                let proof = standing.map(|standing| Proof {
                    digest: digest.clone(),
                    standing,
                    ours: outcome.ours,
                });
                let known = self.known_after(&key, &outcome, &digest, proof);
                self.end(key, outcome, known).await
            }
            (action, body) => {
                let replaces = match action {
                    Action::Replace { href, etag } => Some((href, etag)),
                    _ => None,
                };
                let body = Bytes::from(body.unwrap_or_default());
                let task = Task {
                    key,
                    outcome,
                    digest: digest(&body),
                    body,
                    name: item.resource_name,
                    replaces,
                };
                self.task(task).await
            }
        }
    }

    fn decide(
        &self,
        document: &str,
        item: &Item,
        shared: bool,
        read: &HashMap<String, Standing>,
        twin: Option<&Option<Standing>>,
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
            Place::Closed(state, finding) => Some((*state, finding)),
            Place::Missing if self.plan.is_none() => Some((State::Manual, &missing)),
            _ => None,
        };
        let standing = match href {
            Some(href) => read.get(href),
            None => self
                .survey
                .others
                .as_ref()
                .and_then(|others| others.get(&item.uid)),
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
    async fn twin(&self, uid: &str) -> Result<Option<Option<Standing>>> {
        Ok(match self.seen.get(uid) {
            None => None,
            Some(Seen::Absent) => Some(None),
            Some(Seen::Expected(standing)) => Some(Some(standing.clone())),
            Some(Seen::At(href)) => {
                let hrefs = [href.clone()];
                Some(self.survey.read(self.import, &hrefs).await?.remove(href))
            }
        })
    }

    /// Remembers how the first item of a UID ended.
    pub(super) fn see(&mut self, outcome: &Outcome) {
        if outcome.state == State::Excluded {
            return;
        }
        // What is there is compared with further items of this UID, even if this one is not on the server as it should be.
        let there = outcome
            .href
            .as_ref()
            .filter(|href| self.survey.listed.contains_key(*href));
        let seen = there.map_or(Seen::Absent, |href| Seen::At(href.clone()));
        self.seen.entry(outcome.uid.clone()).or_insert(seen);
    }

    /// Sends an item, together with others. A plan only says that it would.
    async fn task(&mut self, mut task: Task) -> Result<()> {
        if self.plan.is_some() {
            let replaces = task.replaces.is_some();
            let href = match task.replaces {
                Some((href, _)) => href,
                None => format!("{}{}", self.survey.path, task.name),
            };
            let standing = Standing {
                href: href.clone(),
                etag: None,
                body: task.body,
            };
            self.seen
                .insert(task.outcome.uid.clone(), Seen::Expected(standing));
            task.outcome.href = Some(href);
            task.outcome.ours = true;
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
        let known = self.known_after(&key, &outcome, "", None);
        self.unread.insert(document);
        self.end(key, outcome, known).await
    }

    pub(super) fn known(&self, key: &str) -> Option<&Known> {
        self.survey.record.items.get(key)
    }

    /// What the ledger is to know of an item that has ended.
    pub(super) fn known_after(
        &self,
        key: &str,
        outcome: &Outcome,
        digest: &str,
        proof: Option<Proof>,
    ) -> Known {
        let mut known = self.known(key).cloned().unwrap_or_default();
        // That it is still there does not change how it came there.
        if !(outcome.state == State::Present && known.state == State::Moved) {
            known.state = outcome.state;
        }
        known.octets = outcome.octets;
        known.codes = outcome.codes();
        known.attempts = outcome.attempts;
        known.document = Some(outcome.document.clone()).filter(|document| !document.is_empty());
        if outcome.state != State::Failed {
            known.intent = None;
        }
        match proof {
            Some(proof) if key == outcome.uid => {
                known.digest = proof.digest;
                known.proof = Some(crate::ledger::digest(&proof.standing.body));
                known.href = Some(proof.standing.href);
                known.etag = proof.standing.etag;
                known.ours = proof.ours;
                if proof.ours && outcome.state == State::Present {
                    known.state = State::Moved;
                }
            }
            _ if known.href.is_none() => digest.clone_into(&mut known.digest),
            _ => {}
        }
        known
    }

    pub(super) async fn end(&mut self, key: String, mut outcome: Outcome, known: Known) -> Result<()> {
        if !matches!(outcome.state, State::Manual | State::Failed) {
            outcome.original = None;
        }
        if self.plan.is_some() {
            self.planned(outcome, false);
            return Ok(());
        }
        self.ended.push((key, outcome, known));
        if self.ended.len() >= BATCH_ITEMS {
            self.commit().await?;
        }
        Ok(())
    }

    fn planned(&mut self, outcome: Outcome, replaces: bool) {
        self.report.counts.add(outcome.state);
        self.plan
            .get_or_insert_default()
            .push(Planned::new(outcome, replaces));
    }

    /// Writes what has ended into the ledger, and then says so.
    pub(super) async fn commit(&mut self) -> Result<()> {
        let mut entries = Vec::new();
        let mut outcomes = Vec::new();
        for (uid, outcome, known) in std::mem::take(&mut self.ended) {
            if self.known(&uid) != Some(&known) {
                entries.push(Entry::Item { uid, known });
            }
            outcomes.push(outcome);
        }
        self.write(&entries).await?;
        for mut outcome in outcomes {
            self.import.hooks.tell(&Event::Finished { outcome: &outcome });
            if !self.import.keep_originals {
                outcome.original = None;
            }
            self.report.add(outcome);
        }
        Ok(())
    }

    pub(super) async fn write(&mut self, entries: &[Entry]) -> Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        self.import.ledger.write(&self.survey.key, entries).await?;
        entries.iter().for_each(|entry| self.survey.record.apply(entry));
        Ok(())
    }

    pub(super) fn into_report(mut self) -> Report {
        self.report.url = self.survey.key;
        self.report
    }

    pub(super) fn into_plan(self) -> Plan {
        Plan {
            url: self.survey.key,
            exists: self.survey.place.collection().is_some(),
            counts: self.report.counts,
            items: self.plan.unwrap_or_default(),
            gone: self.report.gone,
        }
    }
}
