//! The state of one walk, and the ledger's part in it.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use tegu_outcome::State;

use super::builder::Import;
use super::hooks::Event;
use super::outcome::{Outcome, Report};
use super::place::{Place, Survey};
use super::plan::{Plan, Planned};
use crate::Result;
use crate::client::Fetched;
use crate::ledger::{Ending, Entry, Known};

/// Items that are sent, read back, and noted in the ledger at once. A killed run has to look for these.
pub(super) const BATCH_ITEMS: usize = 500;

/// An item that has to be sent.
#[derive(Debug)]
pub(super) struct Upload {
    /// Its key in the ledger.
    pub(super) key: String,
    pub(super) outcome: Outcome,
    pub(super) name: String,
    pub(super) body: Bytes,
    pub(super) digest: String,
    /// The path and entity tag of what it replaces.
    pub(super) replaces: Option<(String, String)>,
    /// An earlier run was about to send the same. It may have arrived by now.
    pub(super) intended: bool,
}

/// What this walk has met of a UID.
#[derive(Debug)]
pub(super) enum Seen {
    Absent,
    /// A plan expects this there.
    Expected(Fetched),
    /// A run has this there.
    At(String),
}

/// What the server has of an item.
#[derive(Debug)]
pub(super) struct There {
    pub(super) standing: Fetched,
    /// Whether this upload put it there.
    pub(super) ours: bool,
}

pub(super) struct Pass<'a> {
    pub(super) import: &'a Import,
    pub(super) survey: Survey,
    /// The items of a plan; `None` in a run.
    pub(super) plan: Option<Vec<Planned>>,
    pub(super) report: Report,
    pub(super) batch: Vec<Upload>,
    /// The UIDs in the batch.
    pub(super) pending: HashSet<String>,
    pub(super) octets: usize,
    /// Nothing has been sent yet, and the collection may be filled by one request.
    pub(super) first: bool,
    pub(super) seen: HashMap<String, Seen>,
    /// What earlier items of the document's UIDs left on the server, by path.
    pub(super) twins: HashMap<String, Option<Fetched>>,
    pub(super) copies: HashMap<String, usize>,
    /// Keys of the ledger that this walk has met.
    pub(super) met: HashSet<String>,
    pub(super) unread: HashSet<String>,
    /// The keys of what earlier runs knew, by document; made when first needed.
    pub(super) by_document: Option<HashMap<String, Vec<String>>>,
    ended: Vec<(String, Outcome, Known)>,
}

impl<'a> Pass<'a> {
    pub(super) async fn open(import: &'a Import, plan: bool) -> Result<Self> {
        let mut survey = Survey::take(import, plan).await?;
        let fresh = matches!(survey.place, Place::Open { fresh: true, .. }) && survey.listed.is_empty();
        if fresh && !plan && !survey.record.created {
            import.ledger.write(&survey.key, &[Entry::Created]).await?;
        }
        if let Some(name) = survey.record.filling.clone().filter(|_| !plan)
            && let Place::Open { collection, .. } = &mut survey.place
        {
            // A run was killed while it filled the collection.
            collection.display_name = Some(name).filter(|name| !name.is_empty());
            import.client.give_back_properties(collection).await?;
            import.ledger.write(&survey.key, &[Entry::Filled]).await?;
            survey.record.apply(&Entry::Filled);
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
            twins: HashMap::new(),
            copies: HashMap::new(),
            met: HashSet::new(),
            unread: HashSet::new(),
            by_document: None,
            ended: Vec::new(),
        })
    }

    pub(super) fn known(&self, key: &str) -> Option<&Known> {
        self.survey.record.items.get(key)
    }

    /// Remembers how the first item of a UID ended.
    fn see(&mut self, outcome: &Outcome) {
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

    /// Ends an item: `digest` is that of what was or would have been sent, `there` what the server has of it. The ledger learns of
    /// it with the next [`commit`](Self::commit).
    pub(super) async fn end(
        &mut self,
        key: String,
        mut outcome: Outcome,
        ending: Ending,
        digest: &str,
        there: Option<There>,
    ) -> Result<()> {
        outcome.state = ending.state();
        if !matches!(ending, Ending::Manual | Ending::Failed) {
            outcome.original = None;
        }
        self.see(&outcome);
        if self.plan.is_some() {
            self.planned(outcome, false);
            return Ok(());
        }
        let known = self.known_after(&key, &outcome, ending, digest, there);
        self.ended.push((key, outcome, known));
        if self.ended.len() >= BATCH_ITEMS {
            self.commit().await?;
        }
        Ok(())
    }

    /// What the ledger is to know of an item that has ended.
    fn known_after(
        &self,
        key: &str,
        outcome: &Outcome,
        ending: Ending,
        digest: &str,
        there: Option<There>,
    ) -> Known {
        let mut known = self.known(key).cloned().unwrap_or_default();
        let there = there.filter(|_| key == outcome.uid);
        let ours = there.as_ref().is_some_and(|there| there.ours);
        let ending = match ending {
            // That it is still there does not change how it came there.
            Ending::Present(evidence) if ours || known.state() == State::Moved => Ending::Moved(evidence),
            ending => ending,
        };
        known.octets = outcome.octets;
        known.codes = outcome.codes();
        known.attempts = outcome.attempts;
        known.document = Some(outcome.document.clone()).filter(|document| !document.is_empty());
        known.told = Some(outcome.told());
        if outcome.state != State::Failed {
            known.intent = None;
        }
        match there {
            Some(There { standing, ours }) => {
                known.end_at(ending, &standing.body);
                digest.clone_into(&mut known.digest);
                known.href = Some(standing.href);
                known.etag = standing.etag;
                known.ours = ours;
            }
            None => {
                known.end(ending);
                if known.href.is_none() {
                    digest.clone_into(&mut known.digest);
                }
            }
        }
        known
    }

    pub(super) fn planned(&mut self, outcome: Outcome, replaces: bool) {
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
