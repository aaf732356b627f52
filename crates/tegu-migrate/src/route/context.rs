//! What a route works with.

use super::{Originals, Tally};
use crate::{
    Account, Entity, Event, Limits, Policy, Result, Verify,
    event::EventSender,
    gate::Gate,
    journal::{ContainerKey, Journal, Kind, Lease, LogName, Names, Record, Records},
    ledger,
    message::Spool,
    plan::Depth,
    report::{ContainerReport, Deletion, WorkItem},
    sources::AddressLookup,
};
use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tegu_dav::resolve::{Lookup as _, Table};

/// Who is behind a directory address, for a source to ask.
fn asking(addresses: &Arc<Table>) -> AddressLookup {
    let addresses = addresses.clone();
    Arc::new(move |name| addresses.smtp(name))
}

/// What [`Route::plan`](super::Route::plan) works with.
#[derive(Debug)]
pub struct PlanContext<'a> {
    pub(crate) account: &'a Account,
    pub(crate) policy: &'a Policy,
    pub(crate) limits: &'a Limits,
    pub(crate) journal: Option<Arc<dyn Journal>>,
    pub(crate) addresses: Arc<Table>,
    pub(crate) depth: Depth,
    pub(crate) deletions: bool,
    pub(crate) verify: Verify,
}

impl PlanContext<'_> {
    pub(crate) fn lookup(&self) -> AddressLookup {
        asking(&self.addresses)
    }

    /// Whose things are planned.
    #[must_use]
    pub fn account(&self) -> &Account {
        self.account
    }

    /// What is excluded and which losses are accepted, for this account and kind of thing.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        self.policy
    }

    /// What earlier runs remember, or `None` if there was none.
    #[must_use]
    pub fn journal(&self) -> Option<&dyn Journal> {
        self.journal.as_deref()
    }

    /// The names under which a run knows these containers of the source.
    pub(crate) async fn names(&self, entity: Entity, listed: &[(Option<&str>, &str)]) -> Result<Vec<String>> {
        let mut names = Names::default();
        if let Some(journal) = self.journal() {
            let key = ledger::job_key(entity, self.account.id.clone());
            names = Names::read(journal, &key).await?;
        }
        Ok(names.settle(listed))
    }

    /// How closely to look.
    #[must_use]
    pub fn depth(&self) -> Depth {
        self.depth
    }
}

/// What [`Route::prove`](super::Route::prove) works with.
#[derive(Debug)]
pub struct ProveContext<'a> {
    pub(crate) account: &'a Account,
    pub(crate) journal: &'a Arc<dyn Journal>,
}

impl ProveContext<'_> {
    /// Whose things are proved.
    #[must_use]
    pub fn account(&self) -> &Account {
        self.account
    }

    /// What earlier runs remember.
    #[must_use]
    pub fn journal(&self) -> &dyn Journal {
        self.journal.as_ref()
    }
}

/// What [`Route::run`](super::Route::run) works with: the account, the policy, the journal, and where states are reported.
#[derive(Debug)]
pub struct RunContext<'a> {
    pub(crate) entity: Entity,
    pub(crate) account: &'a Account,
    pub(crate) policy: &'a Policy,
    pub(crate) limits: &'a Limits,
    pub(crate) journal: &'a Arc<dyn Journal>,
    pub(crate) gate: &'a Arc<Gate>,
    pub(crate) originals: &'a Originals,
    /// The job's directory.
    pub(crate) out: &'a Path,
    pub(crate) addresses: Arc<Table>,
    pub(crate) deletions: bool,
    pub(crate) verify: Verify,
    pub(crate) events: &'a EventSender,
    pub(crate) tally: Mutex<Tally>,
}

impl<'a> RunContext<'a> {
    pub(crate) fn lookup(&self) -> AddressLookup {
        asking(&self.addresses)
    }

    /// Whose things move.
    #[must_use]
    pub fn account(&self) -> &Account {
        self.account
    }

    /// What is excluded and which losses are accepted, for this account and kind of thing.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        self.policy
    }

    /// The job's journal.
    #[must_use]
    pub fn journal(&self) -> &Arc<dyn Journal> {
        self.journal
    }

    /// The lease on the job, which every write to the journal names.
    #[must_use]
    pub fn lease(&self) -> &Arc<Lease> {
        &self.gate.lease
    }

    /// Whether deletions on the source are carried over.
    #[must_use]
    pub fn deletions(&self) -> bool {
        self.deletions
    }

    /// Returns when the next step may begin. Call it before each item or batch.
    ///
    /// # Errors
    ///
    /// Kinds `Cancelled` and `LeaseLost`: nothing more may be sent.
    pub async fn ready(&self) -> Result<()> {
        self.gate.ready().await
    }

    /// Returns when this much may be sent, as the servers' limits allow. Call it before anything is sent.
    ///
    /// # Errors
    ///
    /// As [`ready`](Self::ready).
    pub async fn charge(&self, items: u32, octets: u64) -> Result<()> {
        self.gate.charge(items, octets).await
    }

    /// The records of items that the job keeps in the journal.
    #[must_use]
    pub fn records(&self) -> Records<'_> {
        Records::new(self.journal.as_ref(), &self.gate.lease)
    }

    /// Names a container of this account for records and reports.
    #[must_use]
    pub fn scope(&self, container: Vec<String>) -> ContainerKey {
        ledger::container(self.entity, self.account.id.clone(), container)
    }

    /// The names under which this job knows these containers of the source: what they were called when they were first met.
    pub(crate) async fn names(&self, listed: &[(Option<&str>, &str)]) -> Result<Vec<String>> {
        let mut names = Names::read(self.journal.as_ref(), self.lease().key()).await?;
        let settled = names.settle(listed);
        names.write(self.journal.as_ref(), self.lease()).await?;
        Ok(settled)
    }

    /// Says that the source was listed and has this many containers or documents whose items are yet to be counted. A job that ends
    /// before all of them are [counted](Self::counted) reports the account as uncounted.
    pub fn will_count(&self, parts: usize) {
        self.tally().will_count(parts);
    }

    /// Says that all items of one container or document were counted.
    pub fn counted(&self) {
        self.tally().counted();
    }

    /// Reports a container and how many items the source lists in it.
    pub fn container(&self, scope: &ContainerKey, name: &str, items: u64) {
        self.tally().container(self.entity, scope, name, items);
        self.send(Event::ContainerStarted {
            entity: self.entity,
            account: self.account.mail.clone(),
            container: name.to_owned(),
            items,
        });
    }

    /// Writes the states that items ended in to the journal, and reports them.
    ///
    /// # Errors
    ///
    /// Those of the journal.
    pub async fn settle(&self, scope: &ContainerKey, records: &[(String, Record)]) -> Result<()> {
        if records.is_empty() {
            return Ok(());
        }
        self.records().commit(scope, records).await?;
        for (id, record) in records {
            self.tally().item(scope, id, record, true);
            self.announce(scope, id, record);
        }
        Ok(())
    }

    /// Reports an item whose state an earlier run wrote to the journal.
    pub fn unchanged(&self, scope: &ContainerKey, id: &str, record: &Record) {
        self.tally().item(scope, id, record, false);
        self.announce(scope, id, record);
    }

    pub(crate) fn announce(&self, scope: &ContainerKey, id: &str, record: &Record) {
        self.send(Event::ItemFinished {
            entity: self.entity,
            account: self.account.mail.clone(),
            container: scope.display(),
            item: super::label::printable(&id.replace('\0', "/")),
            state: record.state,
            codes: record
                .findings
                .iter()
                .map(|finding| finding.code.clone().into_owned())
                .collect(),
            bytes: record.bytes,
        });
    }

    pub(crate) fn send(&self, event: Event) {
        self.events.send(event);
    }

    pub(crate) fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn folder(&self, scope: ContainerKey, row: ContainerReport, work: Vec<WorkItem>) {
        self.tally().folder(scope, row, work);
    }

    pub(crate) fn deleted(&self, scope: &ContainerKey, deletion: Deletion) {
        self.tally().deleted(scope, deletion);
    }

    /// Where large messages go while they travel.
    pub(crate) fn spool(&self) -> Spool {
        Spool::new(self.out)
    }

    /// Adds a line of JSON to one of the job's notes.
    pub(crate) async fn note(&self, kind: Kind, note: &serde_json::Value) -> Result<()> {
        let line = format!("{note}\n");
        let log = LogName::new(kind, "");
        self.journal.append(self.lease(), &log, line.as_bytes()).await
    }
}
