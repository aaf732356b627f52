//! A collection of the source, handed to tegu-dav document by document.

use super::DavRoute;
use crate::{
    BoxFuture, Error, Result, convert,
    error::concerns_one_object,
    sources::{Collection, ItemReader},
};
use std::{collections::HashSet, sync::Arc};
use tegu_dav::{
    import::{Document, Gone, Source},
    resolve::Table,
};

pub(super) struct Documents<'a> {
    reader: &'a mut dyn ItemReader,
    /// Whether the source lists all that it has.
    complete: bool,
    entity: crate::Entity,
    collection: &'a Collection,
    addresses: &'a Arc<Table>,
    next: usize,
    listed: HashSet<&'a str>,
}

impl<'a> Documents<'a> {
    pub(super) fn new(
        route: &DavRoute,
        reader: &'a mut dyn ItemReader,
        collection: &'a Collection,
        addresses: &'a Arc<Table>,
    ) -> Self {
        Self {
            reader,
            complete: route.source.capabilities().complete,
            entity: crate::route::Route::entity(route),
            collection,
            addresses,
            next: 0,
            listed: collection.documents.iter().map(|one| one.id.as_str()).collect(),
        }
    }

    async fn read(&mut self) -> Result<Option<Document>> {
        let Some(document) = self.collection.documents.get(self.next) else {
            return Ok(None);
        };
        self.next += 1;
        let read = self.reader.read(self.collection, document).await;
        Ok(Some(match read {
            Ok(read) => convert::document(self.entity, document, read, self.addresses),
            Err(error) if concerns_one_object(&error) => Document::unread(&document.id, error.at_source()),
            Err(error) => return Err(Error::at_source(error)),
        }))
    }
}

impl Source for Documents<'_> {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Document>>> {
        Box::pin(self.read())
    }

    fn holds(&self, document: &str) -> bool {
        self.listed.contains(document)
    }

    fn gone(&self) -> Gone {
        if self.complete {
            Gone::Unlisted
        } else {
            Gone::Unknown
        }
    }
}
