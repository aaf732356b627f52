//! A collection of the source, handed to tegu-dav document by document.

use super::DavRoute;
use crate::{
    Account, BoxFuture, Error, Result, convert,
    error::concerns_one_object,
    sources::{Collection, ItemSource},
};
use std::{collections::HashSet, sync::Arc};
use tegu_dav::{
    import::{Document, Gone, Source},
    resolve::Table,
};

pub(super) struct Documents<'a> {
    source: &'a dyn ItemSource,
    entity: crate::Entity,
    account: &'a Account,
    collection: &'a Collection,
    addresses: &'a Arc<Table>,
    next: usize,
    listed: HashSet<&'a str>,
}

impl<'a> Documents<'a> {
    pub(super) fn new(
        route: &'a DavRoute,
        account: &'a Account,
        collection: &'a Collection,
        addresses: &'a Arc<Table>,
    ) -> Self {
        Self {
            source: route.source.as_ref(),
            entity: crate::route::Route::entity(route),
            account,
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
        let read = self.source.read(self.account, self.collection, document).await;
        Ok(Some(match read {
            Ok(body) => convert::document(self.entity, document, &body, self.addresses),
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
        if self.source.capabilities().complete {
            Gone::Unlisted
        } else {
            Gone::Unknown
        }
    }
}
