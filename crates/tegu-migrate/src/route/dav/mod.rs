//! Calendars and contacts to a CalDAV or CardDAV server: [`tegu_dav::import`] moves them, and the journal keeps its ledger.

mod homes;
mod outcome;
mod prove;
mod slim;

pub use self::slim::Slim;

use self::homes::Homes;
use super::{PlanContext, Proof, ProveContext, Route, RouteOptions, RoutePlan, RunContext, gate::JobGate};
use crate::{
    Account, BoxFuture, DavServer, Entity, Finding, Policy, Result, digest,
    journal::{ContainerKey, JobKey, Journal, RECORDS},
    ledger::DavLedger,
    net::Throttle,
    plan::ContainerPlan,
    server::home,
    sources::{AddressLookup, Collection, CollectionKind, ItemReader, ItemSource},
};
use std::{path::Path, sync::Arc};
use tegu_dav::{
    client::{Client, Kind},
    import::{self, Candidate, Import, Slimmed},
    store::Documents,
};
use tegu_transfer::{
    KnownDocuments, Readings, check_source,
    job::{job_key, row_entity},
};

/// Moves calendars or contacts from any [`ItemSource`] to a CalDAV or CardDAV server.
///
/// Each collection of the source goes to one collection in the user's home. Items that change on the source are replaced in later
/// passes, as long as nobody has changed them on the server.
#[derive(Debug)]
pub struct DavRoute {
    kind: Kind,
    source: Box<dyn ItemSource>,
    server: DavServer,
    slim: Slim,
    homes: Homes,
}

impl DavRoute {
    /// Makes a route for calendars.
    pub fn calendars(source: impl Into<Box<dyn ItemSource>>, server: DavServer) -> Self {
        Self::new(Kind::Calendars, source, server)
    }

    /// Makes a route for contacts.
    pub fn contacts(source: impl Into<Box<dyn ItemSource>>, server: DavServer) -> Self {
        Self::new(Kind::Contacts, source, server)
    }

    fn new(kind: Kind, source: impl Into<Box<dyn ItemSource>>, server: DavServer) -> Self {
        Self {
            kind,
            source: source.into(),
            server,
            slim: Slim::default(),
            homes: Homes::default(),
        }
    }

    /// Makes calendars smaller before they are uploaded. Address books are not changed.
    #[must_use]
    pub fn slim(mut self, slim: Slim) -> Self {
        self.slim = slim;
        self
    }

    /// The items of one collection. Without `out` nothing is written.
    fn items<'a>(
        &'a self,
        account: &'a Account,
        reader: &'a mut dyn ItemReader,
        collection: &'a Collection,
        addresses: &'a AddressLookup,
        out: Option<&Path>,
    ) -> Result<Box<dyn import::Source + 'a>> {
        let source = (reader, self.source.capabilities().complete);
        let documents = Documents::new(self.kind, source, collection, addresses);
        if self.slim == Slim::default() || self.kind == Kind::Contacts {
            return Ok(Box::new(documents));
        }
        let step = self.slim.step(account, &collection.name, out)?;
        Ok(Box::new(Slimmed::new(documents, step)))
    }

    /// The import of one collection, as plan and run make it: what decides is the same.
    fn import(&self, client: &Client, collection: &str, policy: &Policy) -> Import {
        let import = Import::named(
            client.clone(),
            self.kind,
            segment(self.kind, collection),
            collection,
        );
        let import = import.keep_originals(false).accepted_if({
            let policy = policy.clone();
            move |finding| policy.accepts(finding)
        });
        if policy.exclude.is_empty() && policy.takes_folder(&[collection.to_owned()]) {
            return import;
        }
        let (policy, path) = (policy.clone(), [collection.to_owned()]);
        import.filter(move |candidate: &Candidate<'_>| policy.excludes(&path, None, Some(candidate.octets)))
    }

    async fn plan_all(&self, context: &PlanContext<'_>) -> Result<RoutePlan> {
        let mut planned = RoutePlan::default();
        let documents = match context.journal() {
            Some(journal) => {
                let key = job_key(self.entity(), context.account().id.clone());
                self.documents(journal, &key, context.options()).await?
            }
            None => KnownDocuments::default(),
        };
        let source = self.source.as_ref();
        let (mut reader, collections) = documents
            .list(source, context.account(), context.options())
            .await?;
        if collections.is_empty() {
            return Ok(planned);
        }
        let collections = context.called(self.entity(), collections).await?;
        let client = self.server.connect(context.account()).await?;
        for collection in &collections {
            let entity = row_entity(self.entity(), collection.kind);
            let policy = context.options().policy_of(entity);
            let mut import = self
                .import(&client, &collection.name, policy)
                .deletions(context.options().deletions);
            if let Some(journal) = context.shared_journal() {
                let ledger = DavLedger::read_only(journal, self.entity(), context.account());
                import = import.ledger(Arc::new(ledger));
            }
            let source = reader.as_mut();
            let mut items = self.items(
                context.account(),
                source,
                collection,
                &context.options().addresses,
                None,
            )?;
            let plan = import.plan_from(items.as_mut()).await?;
            let mut row = ContainerPlan::new(entity, &collection.name);
            row.target = Some(plan.url);
            row.creates = !plan.exists;
            for item in plan.items {
                let findings = item.findings.iter().map(Into::into).chain(item.excluded);
                let findings = findings.collect::<Vec<Finding>>();
                let id = format!("{}\0{}", item.document, item.uid);
                row.item(&id, item.state, item.octets, &findings);
            }
            planned.containers.push(row);
        }
        Ok(planned)
    }

    async fn run_all(&self, context: &RunContext<'_>) -> Result<()> {
        let (journal, options) = (context.journal().as_ref(), context.options());
        let documents = self.documents(journal, context.lease().key(), options).await?;
        let (mut reader, collections) = documents
            .list(self.source.as_ref(), context.account(), options)
            .await?;
        let count = collections.iter().map(|collection| collection.documents.len());
        context.will_count(count.sum());
        // A source that has nothing at all is one that something is wrong with, and nothing is deleted for it.
        if collections.is_empty() {
            return Ok(());
        }
        let collections = context.called(collections).await?;
        let client = self.server.connect(context.account()).await?;
        // Where there is none, the import says why.
        if let Ok(home) = home(&client, self.kind).await {
            self.homes.take(home, &context.account().mail)?;
        }
        let ledger = Arc::new(DavLedger::of(context.gate()));
        for collection in &collections {
            let readings = self
                .collection(context, &client, reader.as_mut(), collection, &ledger)
                .await?;
            documents.remember(context, collection, &readings).await?;
        }
        self.gone_collections(context, &client, &collections, &ledger)
            .await
    }

    async fn collection(
        &self,
        context: &RunContext<'_>,
        client: &Client,
        reader: &mut dyn ItemReader,
        collection: &Collection,
        ledger: &Arc<DavLedger>,
    ) -> Result<Readings> {
        let entity = row_entity(self.entity(), collection.kind);
        let import = self
            .import(client, &collection.name, context.options().policy_of(entity))
            .deletions(context.deletions())
            .ledger(ledger.clone())
            .gate(Arc::new(JobGate(context.gate().clone())))
            .kept({
                let originals = context.originals().clone();
                move |digest, kind| outcome::kept(&originals, digest, kind).is_some()
            });
        let scope = context.scope(vec![collection.name.clone()]);
        context.collection(&scope, &collection.name, collection.kind);
        let out = Some(context.out());
        let mut items = self.items(
            context.account(),
            reader,
            collection,
            &context.options().addresses,
            out,
        )?;
        let (report, readings) = outcome::run(context, &scope, import, items.as_mut()).await?;
        let known = context.records().open(&scope).await?.target;
        if known.as_deref() != Some(report.url.as_str()) {
            context.records().target(&scope, &report.url).await?;
        }
        Ok(readings)
    }

    /// What the journal knows of a job's documents.
    async fn documents(
        &self,
        journal: &dyn Journal,
        job: &JobKey,
        options: &RouteOptions,
    ) -> Result<KnownDocuments> {
        let route = format!("{} {:?}", self.describe(), self.slim);
        KnownDocuments::read(journal, job, (options, &route)).await
    }

    /// Collections that the source had, and lists no more.
    async fn gone_collections(
        &self,
        context: &RunContext<'_>,
        client: &Client,
        listed: &[Collection],
        ledger: &Arc<DavLedger>,
    ) -> Result<()> {
        let key = context.lease().key().clone();
        for log in context.journal().logs(&key).await? {
            let scope = ContainerKey::of_log(&key, &log);
            let name = scope.display();
            if log.kind != RECORDS || listed.iter().any(|one| one.name == name) {
                continue;
            }
            if context.records().open(&scope).await?.target.is_none() {
                continue;
            }
            let import = Import::named(client.clone(), self.kind, segment(self.kind, &name), &name)
                .create(false)
                .deletions(context.deletions())
                .ledger(ledger.clone())
                .gate(Arc::new(JobGate(context.gate().clone())));
            context.collection(&scope, &name, CollectionKind::Items);
            let mut nothing = Nothing {
                complete: self.source.capabilities().complete,
            };
            outcome::run(context, &scope, import, &mut nothing).await?;
        }
        Ok(())
    }
}

/// A path segment that every server takes; people see the display name. Calendars and address books may share a home.
fn segment(kind: Kind, collection: &str) -> String {
    let what = match kind {
        Kind::Contacts => "contacts",
        _ => "calendar",
    };
    format!("tegu-{what}-{}", digest::of(collection.as_bytes()).short())
}

/// A collection that the source no longer has.
struct Nothing {
    complete: bool,
}

impl import::Source for Nothing {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<import::Document>>> {
        Box::pin(async { Ok(None) })
    }

    fn holds(&self, _: &str) -> bool {
        false
    }

    fn gone(&self) -> import::Gone {
        if self.complete {
            import::Gone::Unlisted
        } else {
            import::Gone::Unknown
        }
    }
}

impl Route for DavRoute {
    fn entity(&self) -> Entity {
        match self.kind {
            Kind::Contacts => Entity::Contacts,
            _ => Entity::Calendars,
        }
    }

    fn describe(&self) -> String {
        format!("{} -> {}", self.source.describe(), self.server.describe())
    }

    fn places(&self, account: &Account) -> [Option<String>; 2] {
        [self.source.place(account), self.server.place(account)]
    }

    fn one_target<'a>(
        &'a self,
        accounts: &'a [&'a Account],
    ) -> BoxFuture<'a, Result<Option<(String, String, String)>>> {
        Box::pin(self.server.one_home(self.kind, accounts))
    }

    fn one_source<'a>(
        &'a self,
        accounts: &'a [&'a Account],
    ) -> BoxFuture<'a, Result<Option<(String, String, String)>>> {
        self.source.one_place(accounts)
    }

    fn throttles(&self) -> Vec<Arc<Throttle>> {
        let ends = [self.source.throttle(), self.server.throttle()];
        ends.into_iter().flatten().collect()
    }

    fn check<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            check_source(self.source.as_ref(), account).await?;
            self.server.connect(account).await?;
            Ok(())
        })
    }

    fn plan<'a>(&'a self, context: &'a PlanContext<'a>) -> BoxFuture<'a, Result<RoutePlan>> {
        Box::pin(self.plan_all(context))
    }

    fn run<'a>(&'a self, context: &'a RunContext<'a>) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.run_all(context))
    }

    fn prove<'a>(&'a self, context: &'a ProveContext<'a>) -> BoxFuture<'a, Result<Proof>> {
        Box::pin(prove::prove(self, context))
    }
}

impl DavRoute {
    /// The import that proves a collection, by the ledger's name for it.
    fn proving(&self, client: &Client, url: &str, journal: &Arc<dyn Journal>, account: &Account) -> Import {
        let place = url.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let ledger = DavLedger::read_only(journal.clone(), self.entity(), account);
        Import::named(client.clone(), self.kind, place, place)
            .create(false)
            .ledger(Arc::new(ledger))
    }
}
