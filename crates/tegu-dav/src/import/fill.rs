//! A collection filled by one request, and resources by UID.

use std::collections::HashMap;

use super::bulk;
use crate::Result;
use crate::client::{Client, Collection, Fetched};

impl Client {
    /// Whether the server is one that takes a whole collection by one request, as far as can be told.
    ///
    /// # Errors
    ///
    /// Those of the connection.
    pub async fn can_fill(&self, collection: &Collection) -> Result<bool> {
        self.takes_collections(collection).await
    }

    /// Fills a collection that the caller made just now by one request, where the server takes that. Says which of the resources
    /// went with it, none where it was not tried. Whether they arrived, and under which names, is for the caller to
    /// [look at](Self::by_uid): some servers name them otherwise, and an error does not say that nothing arrived.
    ///
    /// Such a request replaces all that stands in the collection, so nothing is sent unless it is empty.
    ///
    /// # Errors
    ///
    /// Those of the connection.
    pub async fn fill(&self, collection: &Collection, resources: &[&[u8]]) -> Result<Vec<usize>> {
        if resources.len() < bulk::LEAST || !self.takes_collections(collection).await? {
            return Ok(Vec::new());
        }
        let (file, taken, _) = bulk::together(collection.kind, resources.iter().copied().enumerate());
        // The list as late as can be: what somebody else put there must not be replaced.
        if taken.len() < bulk::LEAST || !self.list(collection).await?.is_empty() {
            return Ok(Vec::new());
        }
        match self.put_collection(collection, file).await {
            Ok(true) => {}
            Ok(false) => tracing::debug!("the server does not take a whole collection"),
            Err(error) => tracing::debug!(%error, "the whole collection did not go through"),
        }
        Ok(taken)
    }

    /// Reads resources, and says which stands for which UID.
    ///
    /// # Errors
    ///
    /// As for [`get_many`](Self::get_many).
    pub async fn by_uid(
        &self,
        collection: &Collection,
        hrefs: &[String],
    ) -> Result<HashMap<String, Fetched>> {
        let mut found = HashMap::with_capacity(hrefs.len());
        for fetched in self.get_many(collection, hrefs).await? {
            for uid in uids(&fetched.body) {
                found.insert(uid, fetched.clone());
            }
        }
        Ok(found)
    }
}

/// Returns the UIDs that a resource holds; almost always one.
pub(super) fn uids(body: &[u8]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let Ok(lines) = crate::line::read(body, &crate::Limits::default()) else {
        return out;
    };
    for line in &lines.lines {
        let uid = crate::content::Content::parse(&line.text).filter(|content| content.is("UID"));
        if let Some(uid) = uid.map(|content| content.value.trim().to_owned())
            && !out.contains(&uid)
        {
            out.push(uid);
        }
    }
    out
}
