//! Calendars and contacts: convert, put, prove, remember.

mod claims;
mod gone;
mod mover;
mod prove;
mod task;

use self::{
    claims::Claims,
    mover::{Mover, Place},
};
use super::{Tally, Worker};
use crate::{
    Account, Entity, ErrorKind, Finding, Result,
    journal::{ContainerRecords, Record},
    ledger,
    source::ItemSource,
    target::{ItemTarget, ItemWriter},
};

/// Moves one account's calendars or contacts.
pub(super) async fn run(
    worker: &Worker<'_>,
    entity: Entity,
    account: &Account,
    source: &dyn ItemSource,
    target: &dyn ItemTarget,
    tally: &mut Tally,
) -> Result<()> {
    let collections = source.collections(account).await?;
    tally.will_count(
        collections
            .iter()
            .map(|collection| collection.documents.len())
            .sum(),
    );
    // A source that has nothing at all is one that something is wrong with, and nothing is deleted for it.
    if collections.is_empty() {
        return Ok(());
    }
    let mut writer = target.open(account).await?;
    let mut first_error = None;
    let documents = collections.iter().flat_map(|collection| &collection.documents);
    let listed = documents.map(|document| document.id.as_str()).collect();
    for collection in &collections {
        let scope = ledger::container(entity, account.id.clone(), vec![collection.name.clone()]);
        let opened = worker.records.open(&scope).await?;
        tally.container(entity, &scope, &collection.name, 0);
        let place = match place(writer.as_mut(), &collection.name, &opened).await {
            // A collection that cannot be made does not keep the others from moving, and its items are counted.
            Err(error) if error.kind() == ErrorKind::Target && !error.is_retryable() => {
                let message = format!("the target does not take the collection: {error}");
                first_error.get_or_insert(error);
                Place::Refused(Finding::lossy("DAV-COLLECTION-REFUSED", message))
            }
            place => place?,
        };
        if let Place::Open(prepared) = &place
            && opened.target.as_ref() != Some(&prepared.name)
        {
            worker.records.target(&scope, &prepared.name).await?;
        }
        let claims = Claims::of(&listed, &opened.records);
        let place = (place, target.capabilities());
        let mut mover = Mover::new(worker, (entity, account), scope, opened, place, tally).claiming(claims);
        for document in &collection.documents {
            worker.gate.ready().await?;
            match source.read(account, collection, document).await {
                Ok(body) => mover.document(writer.as_mut(), document, &body).await?,
                Err(error) if error.kind() == ErrorKind::Source && !error.is_retryable() => {
                    mover.unread(document, &error).await?;
                }
                Err(error) => return Err(error),
            }
        }
        mover.flush(writer.as_mut()).await?;
        mover
            .carry_deletions(writer.as_mut(), source.capabilities())
            .await?;
    }
    gone::collections(
        worker,
        (entity, account),
        &collections,
        (source, target),
        writer.as_mut(),
        tally,
    )
    .await?;
    first_error.map_or(Ok(()), Err)
}

/// Where a collection goes: to where it went in an earlier run, unless its owner deleted it there.
async fn place(writer: &mut dyn ItemWriter, name: &str, opened: &ContainerRecords) -> Result<Place> {
    let arrived = opened
        .records
        .values()
        .any(|record: &Record| record.proof.is_some());
    if let Some(target) = opened.target.as_ref().filter(|_| arrived)
        && !writer.reopen(target).await?
    {
        return Ok(Place::Deleted);
    }
    Ok(Place::Open(writer.prepare(name).await?))
}
