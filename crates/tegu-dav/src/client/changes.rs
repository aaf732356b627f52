//! What has changed in a collection.

use super::Client;
use super::collection::Collection;
use super::http::{Request, XML};
use super::transfer::Resource;
use crate::error::{Error, ErrorKind, Result};
use crate::xml::{self, DAV};
use tegu_net::BoxFuture;

/// What has changed since a token.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Changes {
    /// Resources that are new or have changed; all resources if [`whole`](Self::whole) is set.
    pub changed: Vec<Resource>,
    /// Paths of resources that are gone. Empty if [`whole`](Self::whole) is set: what is not among the changed ones is gone then.
    pub removed: Vec<String>,
    /// What to request with next time: the server's sync token, or, where it knows none, its `getctag` in a form of ours. `None` if it
    /// has neither.
    pub token: Option<String>,
    /// Whether these are all resources of the collection: no token was given, the server has forgotten it, or it has no tokens.
    pub whole: bool,
}

impl Changes {
    /// Returns how many octets the lists take.
    fn octets(&self) -> usize {
        let changed: usize = self.changed.iter().map(Resource::octets).sum();
        changed + self.removed.iter().map(String::len).sum::<usize>()
    }
}

/// Answers that a server may cut one change list into.
const MOST_PARTS: usize = 1_000;

/// What a token begins with that holds a `getctag`. Sync tokens are URIs (RFC 6578 section 4), which hold no space.
const CTAG: &str = "ctag ";

impl Client {
    /// Returns what has changed since a token (RFC 6578). Without a token, and on servers without tokens, it lists the collection,
    /// unless its `getctag` is the same as last time.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list), and kind [`Protocol`](ErrorKind::Protocol) if the list has no end.
    pub async fn changes(&self, collection: &Collection, token: Option<&str>) -> Result<Changes> {
        let mut out = Changes {
            whole: token.is_none(),
            ..Changes::default()
        };
        let known = token.and_then(|token| token.strip_prefix(CTAG));
        if let Some(known) = known {
            let (_, now) = self.marks(collection).await?;
            if now.as_deref() == Some(known) {
                out.token = token.map(str::to_owned);
                return Ok(out);
            }
            out.whole = true;
        }
        let mut current = token.filter(|_| known.is_none()).map(str::to_owned);
        let mut octets = 0;
        for _ in 0..MOST_PARTS {
            let Some(part) = self.part(collection, current.as_deref()).await? else {
                // No such report, or a token that has been forgotten.
                if current.is_some() {
                    (current, octets) = (None, 0);
                    out = Changes {
                        whole: true,
                        ..Changes::default()
                    };
                    continue;
                }
                // Asked first: what changes while the listing is made is seen next time.
                let (_, now) = self.marks(collection).await?;
                out.token = now.map(|now| format!("{CTAG}{now}"));
                out.changed = self.list(collection).await?;
                out.whole = true;
                return Ok(out);
            };
            let nothing = part.changed.is_empty() && part.removed.is_empty();
            octets += part.octets();
            if octets > self.http.options.max_listing {
                return Err(self.too_long(collection));
            }
            out.changed.extend(part.changed);
            out.removed.extend(part.removed);
            let same = part.token == current;
            current = part.token;
            if part.whole || same {
                out.token = current;
                return Ok(out);
            }
            // Each part must bring something, so that the list has an end.
            if nothing {
                break;
            }
        }
        let request = Request::new("REPORT", &collection.href);
        Err(self
            .http
            .error(ErrorKind::Protocol, &request, "the list of changes has no end"))
    }

    /// The error for a list that is longer than the client's limit.
    pub(super) fn too_long(&self, collection: &Collection) -> Error {
        let why = "the list of the collection is larger than the limit `max_listing` allows";
        Error::new(ErrorKind::Limit, why).doing("list", self.url_of(&collection.href))
    }

    /// One answer; `whole` says that nothing was cut off. `None` where the server does not do it.
    fn part<'a>(
        &'a self,
        collection: &'a Collection,
        token: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Option<Changes>>> {
        Box::pin(async move {
            let body = format!(
                "<?xml version=\"1.0\" encoding=\"utf-8\"?><sync-collection xmlns=\"DAV:\"><sync-token>{}</sync-token>\
             <sync-level>1</sync-level><prop><getetag/></prop></sync-collection>",
                xml::escape(token.unwrap_or_default())
            );
            let request = Request::new("REPORT", &collection.href)
                .header("depth", "0")
                .body(XML, body);
            let answer = self.http.send(&request).await?;
            match answer.status.as_u16() {
                207 => {}
                404 | 410 => {
                    return Err(self
                        .http
                        .error(ErrorKind::NotFound, &request, "no such collection"));
                }
                status => {
                    tracing::debug!(status, "no list of changes");
                    return Ok(None);
                }
            }
            let (responses, token) = xml::answers(&answer.body, &self.http.options.xml())?;
            let mut out = Changes {
                token,
                whole: true,
                ..Changes::default()
            };
            if out.token.is_none() {
                return Ok(None);
            }
            for response in responses {
                let Some(href) = self.http.origin.resolve(&answer.path, &response.href) else {
                    continue;
                };
                if response.status == Some(507) {
                    out.whole = false;
                    continue;
                }
                if href.len() <= collection.href.len()
                    || !href.starts_with(&collection.href)
                    || href.ends_with('/')
                {
                    continue;
                }
                match response.status {
                    Some(404 | 410) => out.removed.push(href),
                    Some(status) if status / 100 != 2 => {}
                    _ => out.changed.push(Resource {
                        href,
                        etag: response.etag(),
                    }),
                }
            }
            Ok(Some(out))
        })
    }

    /// Returns a value that changes whenever the collection does: its sync token, or CalendarServer's `getctag`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] if the collection is gone; those of the connection.
    pub async fn state(&self, collection: &Collection) -> Result<Option<String>> {
        let (token, ctag) = self.marks(collection).await?;
        Ok(token.or(ctag))
    }

    /// The sync token and the `getctag`, each where the server has it.
    async fn marks(&self, collection: &Collection) -> Result<(Option<String>, Option<String>)> {
        const STATE: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?><propfind xmlns=\"DAV:\" xmlns:cs=\"http://calendarserver.org/ns/\">\
             <prop><sync-token/><cs:getctag/></prop></propfind>";
        let (_, responses) = self
            .http
            .propfind(&collection.href, "0", STATE, "no such collection")
            .await?;
        let mark = |space: &str, name: &str| {
            let mark = responses.iter().find_map(|response| response.prop(space, name))?;
            Some(mark.text.trim().to_owned()).filter(|mark| !mark.is_empty())
        };
        Ok((
            mark(DAV, "sync-token"),
            mark("http://calendarserver.org/ns/", "getctag"),
        ))
    }
}
