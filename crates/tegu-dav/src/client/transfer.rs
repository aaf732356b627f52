//! Resources: list, upload, replace, delete, read back.

use std::collections::HashMap;

use bytes::Bytes;
use tegu_outcome::percent_decode_lenient;
use tokio::task::JoinSet;
use tracing::Instrument as _;

use super::Client;
use super::collection::{Collection, Kind};
use super::http::{self, Request, XML};
use super::origin::Segment;
use super::said;
use crate::error::{Error, ErrorKind, Result, one_line};
use crate::xml::{self, DAV};

/// One resource of a collection, as listed.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Resource {
    /// Its path on the server, percent-encoded.
    pub href: String,
    /// Its entity tag, with quotes, if the server gave one.
    pub etag: Option<String>,
}

impl Resource {
    /// Returns how many octets it takes in a list.
    pub(super) fn octets(&self) -> usize {
        self.href.len() + self.etag.as_ref().map_or(0, String::len)
    }
}

/// One resource with its content.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Fetched {
    /// Its path on the server, percent-encoded.
    pub href: String,
    /// Its entity tag, with quotes, if the server gave one.
    pub etag: Option<String>,
    /// The content as the server gives it back.
    pub body: Bytes,
}

/// How an upload ended. [`Created`](Self::Created) and [`Overwritten`](Self::Overwritten) mean that the server has a resource; only
/// reading it back proves which.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PutOutcome {
    /// 201: the resource was created.
    Created {
        /// Its path on the server.
        href: String,
        /// Its entity tag, if the server gave one.
        etag: Option<String>,
    },
    /// The server already has a resource of this name; nothing was changed. It may be ours: if a connection broke, an earlier
    /// request may have arrived.
    Exists {
        /// Its path on the server.
        href: String,
    },
    /// 200 or 204. After [`put_new`](Client::put_new) the server ignored the condition, and an older resource of this name may be
    /// lost; list the collections of such a server before writing. After [`replace`](Client::replace) it is success.
    Overwritten {
        /// Its path on the server.
        href: String,
        /// Its entity tag, if the server gave one.
        etag: Option<String>,
    },
    /// The server refuses the content or the path.
    Refused {
        /// The HTTP status, which may be 207.
        status: u16,
        /// What the server said, in one line.
        message: String,
    },
    /// The resource is larger than the server accepts.
    TooLarge,
    /// Another resource of the collection has the same UID.
    UidConflict {
        /// That resource, if the server names it.
        href: Option<String>,
    },
}

/// Resources in one multiget.
const BATCH: usize = 200;
/// Requests at the same time to a server that has no multiget.
const AT_ONCE: usize = 4;

const LIST: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?><propfind xmlns=\"DAV:\"><prop><resourcetype/><getetag/></prop></propfind>";

impl Client {
    /// Lists the resources of a collection.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] if the collection is gone; those of the connection.
    pub async fn list(&self, collection: &Collection) -> Result<Vec<Resource>> {
        let (base, responses) = self
            .http
            .propfind(&collection.href, "1", LIST, "no such collection")
            .await?;
        let mut out: Vec<Resource> = Vec::new();
        let mut octets = 0;
        for response in responses {
            let folder = response
                .prop(DAV, "resourcetype")
                .is_some_and(|types| types.has(DAV, "collection"));
            let Some(href) = self.http.origin.resolve(&base, &response.href) else {
                continue;
            };
            // What does not lie in the collection is not the collection's.
            if !folder && href.len() > collection.href.len() && href.starts_with(&collection.href) {
                let etag = response.etag();
                let resource = Resource { href, etag };
                octets += resource.octets();
                if octets > self.http.options.max_listing {
                    return Err(self.too_long(collection));
                }
                out.push(resource);
            }
        }
        Ok(out)
    }

    /// Creates a resource: `PUT` with `If-None-Match: *` (RFC 4791, section 5.3.2).
    ///
    /// # Errors
    ///
    /// Those of the connection and the credentials. A refusal of the resource is an outcome, not an error.
    pub async fn put_new(
        &self,
        collection: &Collection,
        name: &str,
        body: impl Into<Bytes>,
    ) -> Result<PutOutcome> {
        let body = body.into();
        if collection
            .max_resource_size
            .is_some_and(|most| body.len() as u64 > most)
        {
            return Ok(PutOutcome::TooLarge);
        }
        let href = Segment::new(name).below(&collection.href);
        let request = Request::new("PUT", &href)
            .header("if-none-match", "*")
            .body(collection.kind.content_type(), body);
        let answer = self.http.send(&request).await?;
        Ok(self.outcome(&answer, href))
    }

    fn outcome(&self, answer: &http::Response, href: String) -> PutOutcome {
        let status = answer.status.as_u16();
        let said = xml::parse(&answer.body, &self.http.options.xml()).ok();
        let says = |name: &str| said.as_ref().and_then(|root| root.find(name));
        if let Some(conflict) = says("no-uid-conflict") {
            let other = conflict
                .child(DAV, "href")
                .and_then(|other| self.http.origin.resolve(&answer.path, &other.text));
            return PutOutcome::UidConflict { href: other };
        }
        // A condition on the content beats the status: some servers answer 412 to both.
        let condition = said
            .as_ref()
            .and_then(|root| root.find("error"))
            .and_then(|error| error.children.first());
        let refused = || {
            let words = condition.map_or_else(
                || said::meaning(status, &answer.body),
                |condition| {
                    format!(
                        "{} {}",
                        condition.name,
                        says("responsedescription").map_or("", |d| d.text.trim())
                    )
                },
            );
            PutOutcome::Refused {
                status,
                message: one_line(words.trim()),
            }
        };
        match status {
            201 => PutOutcome::Created {
                href,
                etag: answer.etag(),
            },
            200 | 204 => PutOutcome::Overwritten {
                href,
                etag: answer.etag(),
            },
            413 => PutOutcome::TooLarge,
            _ if says("max-resource-size").is_some() => PutOutcome::TooLarge,
            412 if condition.is_none() => PutOutcome::Exists { href },
            _ => refused(),
        }
    }

    /// Replaces a resource that still has this entity tag: `PUT` with `If-Match`. Returns [`PutOutcome::Exists`] if it has changed.
    ///
    /// # Errors
    ///
    /// As [`put_new`](Self::put_new).
    pub async fn replace(
        &self,
        collection: &Collection,
        href: &str,
        etag: &str,
        body: impl Into<Bytes>,
    ) -> Result<PutOutcome> {
        let request = Request::new("PUT", href)
            .header("if-match", etag.to_owned())
            .body(collection.kind.content_type(), body.into());
        let answer = self.http.send(&request).await?;
        if answer.status.as_u16() == 412 {
            return Ok(PutOutcome::Exists { href: href.into() });
        }
        Ok(self.outcome(&answer, href.to_owned()))
    }

    /// Deletes a resource that still has this entity tag. Returns `false` if it has changed. A resource that does not exist counts
    /// as deleted. No cancellation is sent to attendees (RFC 6638, section 8.1).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`] for any other answer; those of the connection.
    pub async fn delete(&self, href: &str, etag: &str) -> Result<bool> {
        let request = Request::new("DELETE", href)
            .header("if-match", etag.to_owned())
            .header("schedule-reply", "F");
        let answer = self.http.send(&request).await?;
        match answer.status.as_u16() {
            200 | 202 | 204 | 404 | 410 => Ok(true),
            412 => Ok(false),
            _ => Err(self
                .http
                .error(ErrorKind::Refused, &request, answer.status.as_str())),
        }
    }

    /// Reads one resource. Returns `None` if it does not exist.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`] for any status but 200 and 404; those of the connection.
    pub async fn get(&self, href: &str) -> Result<Option<Fetched>> {
        let request = Request::new("GET", href);
        let answer = self.http.send(&request).await?;
        match answer.status.as_u16() {
            200 => Ok(Some(Fetched {
                href: href.to_owned(),
                etag: answer.etag(),
                body: answer.body,
            })),
            404 | 410 => Ok(None),
            _ => Err(self
                .http
                .error(ErrorKind::Refused, &request, answer.status.as_str())),
        }
    }

    /// Reads many resources by multiget (RFC 4791, section 7.9; RFC 6352, section 8.7) in batches, or one by one if the server has
    /// no multiget. A batch that is larger than [`max_response`](super::Options::max_response) is read in parts. Resources that
    /// do not exist are not in the result.
    ///
    /// # Errors
    ///
    /// Those of the connection, and of [`get`](Self::get).
    pub async fn get_many(&self, collection: &Collection, hrefs: &[String]) -> Result<Vec<Fetched>> {
        let mut out = Vec::with_capacity(hrefs.len());
        let mut batches: Vec<&[String]> = hrefs.chunks(BATCH).rev().collect();
        while let Some(batch) = batches.pop() {
            match self.multiget(collection, batch).await {
                Ok(Some(fetched)) => out.extend(fetched),
                Ok(None) => out.extend(self.get_each(batch).await?),
                Err(error) if error.kind() == ErrorKind::Limit && batch.len() > 1 => {
                    let (first, second) = batch.split_at(batch.len() / 2);
                    batches.extend([second, first]);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(out)
    }

    /// Reads resources by a request for each, several at a time.
    async fn get_each(&self, hrefs: &[String]) -> Result<Vec<Fetched>> {
        let mut found: Vec<Option<Fetched>> = vec![None; hrefs.len()];
        let mut waiting = hrefs.iter().cloned().enumerate();
        let mut running = JoinSet::new();
        loop {
            while running.len() < AT_ONCE
                && let Some((at, href)) = waiting.next()
            {
                let client = self.clone();
                running.spawn(async move { (at, client.get(&href).await) }.in_current_span());
            }
            let Some(done) = running.join_next().await else {
                return Ok(found.into_iter().flatten().collect());
            };
            let (at, read) = done.map_err(|error| Error::new(ErrorKind::Cancelled, error.to_string()))?;
            if let Some(place) = found.get_mut(at) {
                *place = read?;
            }
        }
    }

    async fn multiget(&self, collection: &Collection, hrefs: &[String]) -> Result<Option<Vec<Fetched>>> {
        let namespace = collection.kind.namespace();
        let (report, data) = match collection.kind {
            Kind::Calendars => ("calendar-multiget", "calendar-data"),
            Kind::Contacts => ("addressbook-multiget", "address-data"),
        };
        let mut body = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><x:{report} xmlns=\"DAV:\" xmlns:x=\"{namespace}\"><prop><getetag/><x:{data}/></prop>"
        );
        for href in hrefs {
            body.push_str(&format!("<href>{}</href>", xml::escape(href)));
        }
        body.push_str(&format!("</x:{report}>"));
        let request = Request::new("REPORT", &collection.href)
            .header("depth", "1")
            .body(XML, body);
        let answer = self.http.send(&request).await?;
        if answer.status.as_u16() != 207 {
            tracing::debug!(status = answer.status.as_u16(), "no multiget; reading one by one");
            return Ok(None);
        }
        let mut out = Vec::with_capacity(hrefs.len());
        let wanted: HashMap<Vec<u8>, &String> = hrefs
            .iter()
            .map(|href| (percent_decode_lenient(href), href))
            .collect();
        for response in xml::multistatus(&answer.body, &self.http.options.xml())? {
            let Some(href) = self.http.origin.resolve(&answer.path, &response.href) else {
                continue;
            };
            // Only what was asked for, under the name by which it was asked for.
            let Some(asked) = wanted.get(&percent_decode_lenient(&href)) else {
                continue;
            };
            if let Some(data) = response.prop(namespace, data) {
                let etag = response.etag();
                let body = Bytes::from(data.text.clone());
                out.push(Fetched {
                    href: (*asked).clone(),
                    etag,
                    body,
                });
            }
        }
        Ok(Some(out))
    }
}
