//! A new collection, filled by one request.

use super::bulk;
use super::pass::{Pass, Upload};
use crate::Result;
use crate::client::Collection;
use crate::ledger::Entry;

impl Pass<'_> {
    /// Fills the collection by one request, if the server is one that takes that and if a probe shows that nothing is lost by it.
    /// Returns what is still to be sent.
    ///
    /// Such servers name members by UID. Only plain UIDs go this way, since odd names cannot be reached on all servers.
    pub(super) async fn fill(&mut self, collection: &Collection, batch: Vec<Upload>) -> Result<Vec<Upload>> {
        let client = &self.import.client;
        let fits = |task: &Upload| bulk::is_plain(&task.outcome.uid) && task.replaces.is_none();
        let candidates = || batch.iter().enumerate().filter(|(_, task)| fits(task));
        let bodies = candidates().map(|(at, task)| (at, &*task.body));
        let (file, taken, _) = bulk::together(collection.kind, bodies);
        if taken.len() < bulk::LEAST || !client.takes_collections(collection).await? {
            return Ok(batch);
        }
        let display_name = collection.display_name.clone().unwrap_or_default();
        self.write(&[Entry::Filling { display_name }]).await?;
        let probe = taken.first().and_then(|at| batch.get(*at));
        let passed = match probe {
            Some(probe) => {
                client
                    .probe_fill(collection, &probe.outcome.uid, probe.body.clone())
                    .await?
            }
            None => false,
        };
        // The list as late as can be: what somebody else put there must not be replaced.
        let filled = passed && client.list(collection).await?.is_empty();
        if filled {
            match client.put_collection(collection, file).await {
                Ok(true) => {}
                Ok(false) => tracing::debug!("the server does not take a whole collection"),
                Err(error) => tracing::debug!(%error, "the whole collection did not go through"),
            }
            client.give_back_properties(collection).await?;
        }
        self.write(&[Entry::Filled]).await?;
        if !filled {
            return Ok(batch);
        }
        // Whatever the server answered: what counts is what it has now.
        let listed = client.list(collection).await?;
        let hrefs: Vec<String> = listed.iter().map(|resource| resource.href.clone()).collect();
        let mut found = client.by_uid(collection, &hrefs).await?;
        for resource in listed {
            self.survey.listed.insert(resource.href, resource.etag);
        }
        let mut left = Vec::new();
        for task in batch {
            match found.remove(&task.outcome.uid) {
                Some(standing) => {
                    self.report.bulk = true;
                    self.prove(collection, task, standing).await?;
                }
                None => left.push(task),
            }
        }
        Ok(left)
    }
}
