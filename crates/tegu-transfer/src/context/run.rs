use super::{RouteOptions, listed, renamed};
use crate::{
    Account, AccountJob, Entity, Event, EventSender, Gate, Originals, Policy, Result, Route, Tally, Totals,
    job::{container_key, row_entity},
    journal::{ContainerKey, Journal, Kind, Lease, LogName, Names, Record, Records},
    label,
    message::Spool,
    report::{ContainerReport, Deletion, WorkItem},
    sources::{Collection, CollectionKind},
    totals::stops_the_run,
};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What [`Route::run`] works with: the account, the policy, the journal, and where states are reported.
#[derive(Debug)]
pub struct RunContext<'a> {
    job: &'a AccountJob,
    options: &'a RouteOptions,
    gate: Arc<Gate>,
    out: PathBuf,
    originals: Originals,
    events: Option<EventSender>,
    tally: Mutex<Tally>,
}

impl<'a> RunContext<'a> {
    /// Works on a job whose lease the gate holds. Originals of what is left to a person go into `out/worklist`; large messages lie in
    /// `out` while they travel, in files without a name.
    #[must_use]
    pub fn new(
        job: &'a AccountJob,
        options: &'a RouteOptions,
        gate: &Arc<Gate>,
        out: impl Into<PathBuf>,
    ) -> Self {
        let out = out.into();
        Self {
            job,
            options,
            gate: gate.clone(),
            originals: Originals::new(&out, "worklist"),
            out,
            events: None,
            tally: Mutex::new(Tally::new(&job.account.mail)),
        }
    }

    /// Keeps originals in another folder below `out`: a relative path with `/` between its levels.
    #[must_use]
    pub fn originals_in(mut self, folder: impl Into<String>) -> Self {
        self.originals = Originals::new(&self.out, folder);
        self
    }

    /// Tells what happens while it happens.
    #[must_use]
    pub fn events(mut self, events: EventSender) -> Self {
        self.events = Some(events);
        self
    }

    /// Runs a route to its end, and sums up. What has no state when the route fails counts as failed. Let [`Gate::keeping`] poll this, so
    /// that the lease does not run out.
    ///
    /// # Errors
    ///
    /// Those that [stop a whole run](stops_the_run). Every other error is in [`Totals::error`].
    ///
    /// # Cancel safety
    ///
    /// As [`Route::run`].
    pub async fn run(self, route: &dyn Route) -> Result<Totals> {
        let error = match route.run(&self).await {
            Err(error) if stops_the_run(&error) => return Err(error),
            moved => moved.err(),
        };
        let tally = self.tally.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(tally.finish(error))
    }

    /// What moves.
    #[must_use]
    pub fn entity(&self) -> Entity {
        self.job.entity
    }

    /// Whose things move.
    #[must_use]
    pub fn account(&self) -> &'a Account {
        &self.job.account
    }

    /// What is excluded and which losses are accepted, for this account and kind of thing.
    #[must_use]
    pub fn policy(&self) -> &'a Policy {
        &self.options.policy
    }

    /// What decides besides the two sides, for this account and kind of thing.
    #[must_use]
    pub fn options(&self) -> &'a RouteOptions {
        self.options
    }

    /// Whether deletions on the source are carried over.
    #[must_use]
    pub fn deletions(&self) -> bool {
        self.options.deletions
    }

    /// The job's journal.
    #[must_use]
    pub fn journal(&self) -> &Arc<dyn Journal> {
        self.gate.journal()
    }

    /// The lease on the job, which every write to the journal names.
    #[must_use]
    pub fn lease(&self) -> &Arc<Lease> {
        self.gate.lease()
    }

    /// What is asked before anything is sent, for a route that hands it on.
    #[must_use]
    pub fn gate(&self) -> &Arc<Gate> {
        &self.gate
    }

    /// The job's directory.
    #[must_use]
    pub fn out(&self) -> &Path {
        &self.out
    }

    /// Where the originals of what is left to a person are kept.
    #[must_use]
    pub fn originals(&self) -> &Originals {
        &self.originals
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
        Records::new(self.journal().as_ref(), self.lease())
    }

    /// Names a container of this account for records and reports.
    #[must_use]
    pub fn scope(&self, container: Vec<String>) -> ContainerKey {
        container_key(self.entity(), self.account().id.clone(), container)
    }

    /// The names under which this job knows these containers of the source, given by their identities, where they have any, and their
    /// present names: what they were called when they were first met.
    ///
    /// # Errors
    ///
    /// Those of the journal.
    pub async fn names(&self, listed: &[(Option<&str>, &str)]) -> Result<Vec<String>> {
        let mut names = Names::read(self.journal().as_ref(), self.lease().key()).await?;
        let settled = names.settle(listed);
        names.write(self.journal().as_ref(), self.lease()).await?;
        self.tally().renamed(listed, &settled);
        Ok(settled)
    }

    /// Collections under the [names](Self::names) by which this job knows them.
    ///
    /// # Errors
    ///
    /// Those of the journal.
    pub async fn called(&self, collections: Vec<Collection>) -> Result<Vec<Collection>> {
        let names = self.names(&listed(&collections)).await?;
        Ok(renamed(collections, names))
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
        self.tally().container(self.entity(), scope, name, items);
        self.started(scope, name.to_owned(), items);
    }

    /// Reports a container whose items are found by reading its [documents](Self::document). Those of tasks and of notes have rows of their
    /// own.
    pub fn collection(&self, scope: &ContainerKey, name: &str, kind: CollectionKind) {
        let entity = row_entity(self.entity(), kind);
        self.tally().container(entity, scope, name, 0);
    }

    /// Reports a document of a [collection](Self::collection), and how many items it holds. It is counted.
    pub fn document(&self, scope: &ContainerKey, document: &str, items: u64) {
        let collection = scope.display();
        {
            let mut tally = self.tally();
            tally.expect(scope, items);
            tally.counted();
            let entity = tally.entity(scope).unwrap_or(self.entity());
            tally.document(entity, &self.account().mail, &collection, document, items);
        }
        self.started(scope, format!("{collection}/{document}"), items);
    }

    /// Reports a document that could not be read. It is one item, which has to be [settled](Self::settle). Since it may hold any number
    /// of them, it does not pass for counted.
    pub fn unread(&self, scope: &ContainerKey, document: &str) {
        let mut tally = self.tally();
        tally.expect(scope, 1);
        let entity = tally.entity(scope).unwrap_or(self.entity());
        tally.document(entity, &self.account().mail, &scope.display(), document, 1);
    }

    /// Reports a container that was gone through by an engine with sums of its own, and what in it is left for a person or another
    /// run.
    pub fn folder(&self, scope: ContainerKey, row: ContainerReport, work: Vec<WorkItem>) {
        self.tally().folder(scope, row, work);
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
            self.ended(scope, id, record, true);
        }
        Ok(())
    }

    /// Reports an item whose state an earlier run wrote to the journal.
    pub fn unchanged(&self, scope: &ContainerKey, id: &str, record: &Record) {
        self.ended(scope, id, record, false);
    }

    /// Reports an item that ended in this run (`now`) or in an earlier one, and whose state is kept in a ledger of another form.
    pub fn ended(&self, scope: &ContainerKey, id: &str, record: &Record, now: bool) {
        self.tally().item(scope, id, record, now);
        self.send(Event::ItemFinished {
            entity: self.row(scope),
            account: self.account().mail.clone(),
            container: scope.display(),
            item: label::printable(&id.replace('\0', "/")),
            state: record.state,
            codes: record
                .findings
                .iter()
                .map(|finding| finding.code.clone().into_owned())
                .collect(),
            bytes: record.bytes,
        });
    }

    /// Reports an item that is on the source no more.
    pub fn deleted(&self, scope: &ContainerKey, deletion: Deletion) {
        self.tally().deleted(scope, deletion);
    }

    /// Reports something about a container that is about no item that counts, this many times.
    pub fn notice(&self, scope: &ContainerKey, code: &str, times: u64) {
        let mut tally = self.tally();
        (0..times).for_each(|_| tally.notice(scope, code));
    }

    /// Counts an item of `octets` that moved just now, for the speed, where a [folder](Self::folder) is reported as a whole.
    pub fn moved(&self, octets: u64) {
        self.tally().moved(octets);
    }

    /// Tells what happens while it happens.
    pub fn send(&self, event: Event) {
        if let Some(events) = &self.events {
            events.send(event);
        }
    }

    /// Where large messages go while they travel.
    #[must_use]
    pub fn spool(&self) -> Spool {
        Spool::new(&self.out)
    }

    /// Adds a line of JSON to one of the job's notes: a log without a name.
    ///
    /// # Errors
    ///
    /// Those of the journal.
    pub async fn note(&self, kind: Kind, note: &serde_json::Value) -> Result<()> {
        let line = format!("{note}\n");
        let log = LogName::new(kind, "");
        self.journal().append(self.lease(), &log, line.as_bytes()).await
    }

    /// The kind of thing that a container's items are reported as.
    fn row(&self, scope: &ContainerKey) -> Entity {
        self.tally().entity(scope).unwrap_or(self.entity())
    }

    fn started(&self, scope: &ContainerKey, container: String, items: u64) {
        self.send(Event::ContainerStarted {
            entity: self.row(scope),
            account: self.account().mail.clone(),
            container,
            items,
        });
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
