//! A collection filled by one request, on servers that split what they are given.

use std::collections::HashMap;

use bytes::Bytes;

use super::Client;
use super::collection::Collection;
use super::http::{Request, XML};
use super::transfer::{Fetched, PutOutcome};
use crate::error::{ErrorKind, Result};
use crate::xml;

impl Client {
    /// Returns whether the server is one that takes a whole collection in one `PUT`: Radicale, known by what it says of itself.
    ///
    /// # Errors
    ///
    /// Those of the connection.
    pub(crate) async fn takes_collections(&self, collection: &Collection) -> Result<bool> {
        let answer = self.http.send(&Request::new("OPTIONS", &collection.href)).await?;
        let said = answer.headers.get("dav").and_then(|value| value.to_str().ok());
        let mut words: Vec<&str> = said.unwrap_or_default().split(',').map(str::trim).collect();
        words.sort_unstable();
        Ok(words == ["1", "2", "3", "addressbook", "calendar-access", "extended-mkcol"])
    }

    /// Puts a whole collection at once, which replaces what it holds. Returns whether the server took it.
    ///
    /// # Errors
    ///
    /// Those of the connection.
    pub(crate) async fn put_collection(&self, collection: &Collection, body: Bytes) -> Result<bool> {
        let request = Request::new("PUT", &collection.href).body(collection.kind.content_type(), body);
        // How long it takes grows with what is in it.
        let answer = self.http.send_long(&request).await?;
        Ok(matches!(answer.status.as_u16(), 201 | 204))
    }

    /// Tries on an empty collection whether it can be filled by one request: a single resource that goes there this way must have a
    /// name by which it can be read, replaced and deleted, and the collection must keep its properties or take them back.
    ///
    /// The collection is as before when this returns, whatever the outcome.
    ///
    /// # Errors
    ///
    /// Those of the connection, and kind [`Refused`](ErrorKind::Refused) if the collection cannot be made as it was.
    pub(crate) async fn probe_fill(&self, collection: &Collection, uid: &str, body: Bytes) -> Result<bool> {
        if !self.list(collection).await?.is_empty() {
            return Ok(false);
        }
        let put = match self.put_collection(collection, body.clone()).await {
            // Nothing is lost by a repetition: only the probe can be there.
            Err(error) if error.is_retryable() => self.put_collection(collection, body.clone()).await,
            other => other,
        };
        if !put? {
            self.restore_properties(collection).await?;
            return Ok(false);
        }
        let usable = self.probe_member(collection, uid, body).await?;
        let named = self.restore_properties(collection).await.is_ok();
        if usable && named {
            return Ok(true);
        }
        tracing::warn!(url = %self.url_of(&collection.href), "the server does not handle well what arrives by one request");
        self.make_anew(collection).await?;
        Ok(false)
    }

    /// Reads, replaces and deletes the only member by its own name.
    async fn probe_member(&self, collection: &Collection, uid: &str, body: Bytes) -> Result<bool> {
        let listed = self.list(collection).await?;
        let [member] = &listed[..] else {
            return Ok(false);
        };
        let href = &member.href;
        let read = match self.get(href).await {
            Ok(Some(read)) => read,
            Ok(None) => return Ok(false),
            Err(error) if error.kind() == ErrorKind::Refused => return Ok(false),
            Err(error) => return Err(error),
        };
        let holds = uids(&read.body).iter().any(|held| held == uid);
        if !holds
            || !self
                .by_uid(collection, std::slice::from_ref(href))
                .await?
                .contains_key(uid)
        {
            return Ok(false);
        }
        let Some(etag) = read.etag else {
            return Ok(false);
        };
        let replaced = self.replace(collection, href, &etag, body).await?;
        if !matches!(
            replaced,
            PutOutcome::Created { .. } | PutOutcome::Overwritten { .. }
        ) {
            return Ok(false);
        }
        let now = self.get(href).await?.and_then(|read| read.etag);
        let Some(etag) = now else {
            return Ok(false);
        };
        match self.delete(href, &etag).await {
            Ok(deleted) => Ok(deleted && self.list(collection).await?.is_empty()),
            Err(error) if error.kind() == ErrorKind::Refused => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Gives a collection its display name and its components back, if the server has lost them.
    ///
    /// # Errors
    ///
    /// Kind [`Refused`](ErrorKind::Refused) if it does not take them.
    pub(crate) async fn restore_properties(&self, collection: &Collection) -> Result<()> {
        let sorted = |collection: &Collection| {
            let mut components = collection.components.clone();
            components.sort_unstable();
            components
        };
        let same = |found: Option<Collection>| {
            found.is_some_and(|found| {
                found.display_name == collection.display_name && sorted(&found) == sorted(collection)
            })
        };
        if same(self.collection_at(collection.kind, &collection.href).await?) {
            return Ok(());
        }
        let name = collection.display_name.as_deref().unwrap_or_default();
        let components: String = collection
            .components
            .iter()
            .filter(|name| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
            .map(|name| format!("<c:comp name=\"{name}\"/>"))
            .collect();
        let components = match components.as_str() {
            "" => String::new(),
            all => format!("<c:supported-calendar-component-set>{all}</c:supported-calendar-component-set>"),
        };
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><propertyupdate xmlns=\"DAV:\" xmlns:c=\"{}\"><set><prop><displayname>{}\
             </displayname>{components}</prop></set></propertyupdate>",
            collection.kind.namespace(),
            xml::escape(name)
        );
        let request = Request::new("PROPPATCH", &collection.href).body(XML, body);
        self.http.send(&request).await?;
        if same(self.collection_at(collection.kind, &collection.href).await?) {
            return Ok(());
        }
        let why = "it lost its name or its components, and does not take them back";
        Err(self.http.error(ErrorKind::Refused, &request, why))
    }

    /// As [`restore_properties`](Self::restore_properties), for a collection that holds its items: a probe has shown that the server
    /// takes its properties back, and if it does so no more, the items count for more.
    pub(crate) async fn give_back_properties(&self, collection: &Collection) -> Result<()> {
        match self.restore_properties(collection).await {
            Err(error) if !error.is_retryable() => {
                tracing::warn!(%error, "the collection has lost its name");
                Ok(())
            }
            other => other,
        }
    }

    /// Deletes a collection that holds nothing but a probe, and makes it again.
    async fn make_anew(&self, collection: &Collection) -> Result<()> {
        let request = Request::new("DELETE", &collection.href);
        if self.list(collection).await?.len() > 1 {
            let why = "somebody else puts resources into the new collection";
            return Err(self.http.error(ErrorKind::Refused, &request, why));
        }
        self.http.send(&request).await?;
        let name = collection.display_name.as_deref().unwrap_or_default();
        self.make_at(collection.kind, &collection.href, name).await?;
        Ok(())
    }

    /// Reads resources, and returns them by UID.
    ///
    /// # Errors
    ///
    /// As [`get_many`](Self::get_many).
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
pub(crate) fn uids(body: &[u8]) -> Vec<String> {
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
