//! Calendars and contacts, between every pair of a source and a target: convert, put, prove, remember.

mod claims;
mod documents;
mod gone;
mod identity;
mod lost;
mod mover;
mod pending;
mod plan;
mod prove;
mod reprove;
mod unchanged;

pub use self::documents::{KnownDocuments, Readings};

use self::{
    claims::Claims,
    lost::Lost,
    mover::{Mover, Place},
};
use crate::{
    Account, BoxFuture, Entity, Error, Finding, PlanContext, Proof, ProveContext, Result, Route, RoutePlan,
    RunContext,
    job::row_entity,
    journal::{ContainerRecords, Record},
    net::Throttle,
    route::folder_span,
    sources::ItemSource,
    targets::{ItemCapabilities, ItemTarget, ItemWriter},
};
use std::sync::Arc;
use tegu_store::items::ItemParser;
use tracing::Instrument as _;

/// Moves calendars or contacts from any [`ItemSource`] to any [`ItemTarget`].
///
/// The parser `P` says what documents hold and when two items mean the same: `tegu_dav::store::Parser` for iCalendar and vCard.
#[derive(Debug)]
pub struct ItemRoute<P> {
    entity: Entity,
    source: Box<dyn ItemSource>,
    target: Box<dyn ItemTarget>,
    parser: P,
}

impl<P: ItemParser + Default> ItemRoute<P> {
    /// Makes a route for calendars.
    pub fn calendars(source: impl Into<Box<dyn ItemSource>>, target: impl Into<Box<dyn ItemTarget>>) -> Self {
        Self::new(Entity::Calendars, source, target)
    }

    /// Makes a route for contacts.
    pub fn contacts(source: impl Into<Box<dyn ItemSource>>, target: impl Into<Box<dyn ItemTarget>>) -> Self {
        Self::new(Entity::Contacts, source, target)
    }

    fn new(
        entity: Entity,
        source: impl Into<Box<dyn ItemSource>>,
        target: impl Into<Box<dyn ItemTarget>>,
    ) -> Self {
        Self {
            entity,
            source: source.into(),
            target: target.into(),
            parser: P::default(),
        }
    }
}

impl<P: ItemParser> Route for ItemRoute<P> {
    fn entity(&self) -> Entity {
        self.entity
    }

    fn describe(&self) -> String {
        format!("{} -> {}", self.source.describe(), self.target.describe())
    }

    fn places(&self, account: &Account) -> [Option<String>; 2] {
        [self.source.place(account), self.target.place(account)]
    }

    fn one_source<'a>(
        &'a self,
        accounts: &'a [&'a Account],
    ) -> BoxFuture<'a, Result<Option<(String, String, String)>>> {
        self.source.one_place(accounts)
    }

    fn throttles(&self) -> Vec<Arc<Throttle>> {
        let ends = [self.source.throttle(), self.target.throttle()];
        ends.into_iter().flatten().collect()
    }

    fn check<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            check_source(self.source.as_ref(), account).await?;
            self.target.open(account).await.map_err(Error::at_target)?;
            Ok(())
        })
    }

    fn plan<'a>(&'a self, context: &'a PlanContext<'a>) -> BoxFuture<'a, Result<RoutePlan>> {
        Box::pin(plan::plan(self, context))
    }

    fn run<'a>(&'a self, context: &'a RunContext<'a>) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.run_all(context))
    }

    fn prove<'a>(&'a self, context: &'a ProveContext<'a>) -> BoxFuture<'a, Result<Proof>> {
        Box::pin(reprove::prove(self.entity, self.target.as_ref(), context))
    }
}

/// Finds out whether an account's calendars or address books can be read.
///
/// # Errors
///
/// Those of the source, which are blamed on it.
pub async fn check_source(source: &dyn ItemSource, account: &Account) -> Result<()> {
    let opened = source.open(account).await;
    let mut reader = opened.map_err(Error::at_source)?;
    reader.check().await.map_err(Error::at_source)
}

impl<P: ItemParser> ItemRoute<P> {
    /// Moves one account's calendars or contacts.
    async fn run_all(&self, context: &RunContext<'_>) -> Result<()> {
        let (parser, source, target) = (&self.parser, self.source.as_ref(), self.target.as_ref());
        let (journal, options) = (context.journal().as_ref(), context.options());
        let decides = (options, &*self.describe());
        let documents = KnownDocuments::read(journal, context.lease().key(), decides).await?;
        let (mut reader, collections) = documents.list(source, context.account(), options).await?;
        let count = collections.iter().map(|collection| collection.documents.len());
        context.will_count(count.sum());
        // A source that has nothing at all is one that something is wrong with, and nothing is deleted for it.
        if collections.is_empty() {
            return Ok(());
        }
        let collections = context.called(collections).await?;
        let mut writer = target.open(context.account()).await?;
        let mut first_error = None;
        let all = collections.iter().flat_map(|collection| &collection.documents);
        let listed = all.map(|document| document.id.as_str()).collect();
        for collection in &collections {
            let moved = async {
                let scope = context.scope(vec![collection.name.clone()]);
                let opened = context.records().open(&scope).await?;
                context.collection(&scope, &collection.name, collection.kind);
                let place =
                    match place(writer.as_mut(), &collection.name, &opened, target.capabilities()).await {
                        // A collection that cannot be made does not keep the others from moving, and its items are counted.
                        Err(error) if error.concerns_one_object() => {
                            let message = format!("the target does not take the collection: {error}");
                            first_error.get_or_insert(error);
                            Place::Refused(Finding::lossy("DAV-COLLECTION-REFUSED", message))
                        }
                        place => place?,
                    };
                if let Place::Open(prepared) = &place
                    && opened.target.as_ref() != Some(&prepared.name)
                {
                    context.records().target(&scope, &prepared.name).await?;
                }
                let lost = match &place {
                    Place::Open(prepared) if target.capabilities().exclusive => {
                        Lost::look(writer.as_mut(), &prepared.name, &opened.records).await?
                    }
                    _ => Lost::default(),
                };
                let claims = Claims::of(&listed, &opened.records);
                let place = (place, target.capabilities());
                let entity = row_entity(context.entity(), collection.kind);
                let mut mover = Mover::new(context, parser, scope, opened, place)
                    .within(context.options().policy_of(entity))
                    .claiming(claims)
                    .lacking(lost);
                for document in &collection.documents {
                    context.ready().await?;
                    if mover.pass_over(document) {
                        continue;
                    }
                    match reader.read(collection, document).await {
                        Ok(read) => mover.document(writer.as_mut(), document, read).await?,
                        Err(error) if error.concerns_one_object() => mover.unread(document, &error).await?,
                        Err(error) => return Err(error.at_source()),
                    }
                }
                mover.flush(writer.as_mut()).await?;
                mover
                    .carry_deletions(writer.as_mut(), source.capabilities())
                    .await?;
                documents.remember(context, collection, &mover.readings).await
            };
            moved.instrument(folder_span(&collection.name)).await?;
        }
        gone::collections(context, parser, &collections, (source, target), writer.as_mut()).await?;
        first_error.map_or(Ok(()), Err)
    }
}

/// Where a collection goes: to where it went in an earlier run, unless its owner deleted it there.
async fn place(
    writer: &mut dyn ItemWriter,
    name: &str,
    opened: &ContainerRecords,
    can: ItemCapabilities,
) -> Result<Place> {
    let arrived = opened
        .records
        .values()
        .any(|record: &Record| record.proof.is_some());
    if let Some(target) = opened.target.as_ref().filter(|_| arrived && !can.exclusive)
        && !writer.reopen(target).await?
    {
        return Ok(Place::Deleted);
    }
    Ok(Place::Open(writer.prepare(name).await?))
}
