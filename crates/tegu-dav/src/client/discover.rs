//! Where the user's collections are, and making new ones.

use super::Client;
use super::collection::{Collection, Kind};
use super::http::{Request, XML};
use super::origin::Segment;
use super::principal::directory;
use super::said;
use crate::error::{ErrorKind, Result};
use crate::xml::{self, CALDAV, CARDDAV, DAV, Response};
use tegu_net::BoxFuture;

const WHICH: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?><propfind xmlns=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\" \
     xmlns:a=\"urn:ietf:params:xml:ns:carddav\"><prop><resourcetype/><displayname/><c:supported-calendar-component-set/>\
     <c:max-resource-size/><a:max-resource-size/></prop></propfind>";

impl Client {
    /// Lists the user's calendars or address books. If the client's URL is one itself, it is the only one.
    ///
    /// # Errors
    ///
    /// As [`home`](Self::home), and those of the listing.
    pub async fn collections(&self, kind: Kind) -> Result<Vec<Collection>> {
        if self.start.is_of(kind)
            && let Some(collection) = self.here(kind).await?
        {
            return Ok(vec![collection]);
        }
        let home = self.home(kind).await?;
        self.collections_at(kind, &home, "1").await
    }

    pub(super) fn collections_at<'a>(
        &'a self,
        kind: Kind,
        path: &'a str,
        depth: &'static str,
    ) -> BoxFuture<'a, Result<Vec<Collection>>> {
        Box::pin(async move {
            let (base, responses) = self.http.propfind(path, depth, WHICH, "no such address").await?;
            Ok(responses
                .iter()
                .filter_map(|response| self.collection(kind, &base, response))
                .collect())
        })
    }

    fn collection(&self, kind: Kind, base: &str, response: &Response) -> Option<Collection> {
        let types = response.prop(DAV, "resourcetype")?;
        if !types.has(kind.namespace(), kind.resource_type()) {
            return None;
        }
        let href = directory(self.http.origin.resolve(base, &response.href)?);
        let display_name = response
            .prop(DAV, "displayname")
            .map(|name| name.text.trim().to_owned());
        let components =
            response
                .prop(CALDAV, "supported-calendar-component-set")
                .map_or(Vec::new(), |set| {
                    set.children
                        .iter()
                        .filter_map(|comp| comp.attribute("name"))
                        .map(str::to_ascii_uppercase)
                        .collect()
                });
        let size = response.prop(kind.namespace(), "max-resource-size");
        Some(Collection {
            kind,
            href,
            display_name: display_name.filter(|name| !name.is_empty()),
            components,
            max_resource_size: size.and_then(|size| size.text.trim().parse().ok()),
        })
    }

    /// Returns the collection of this name in the user's home, and creates it if it does not exist.
    ///
    /// `name` is the last part of its path. A second run finds the collection by it, so it should not depend on what people may
    /// rename.
    ///
    /// # Errors
    ///
    /// Kind [`Refused`](ErrorKind::Refused) if the server does not create it, or if something else has the name.
    pub async fn ensure_collection(&self, kind: Kind, name: &str, display_name: &str) -> Result<Collection> {
        Ok(self.make_collection(kind, name, display_name).await?.0)
    }

    /// As [`ensure_collection`](Self::ensure_collection), and also returns whether it was created.
    ///
    /// # Errors
    ///
    /// As [`ensure_collection`](Self::ensure_collection).
    pub async fn make_collection(
        &self,
        kind: Kind,
        name: &str,
        display_name: &str,
    ) -> Result<(Collection, bool)> {
        let path = self.path_of(kind, name).await?;
        self.make_at(kind, &path, display_name).await
    }

    /// Returns the collection at a path, and whether it was created just now.
    pub(crate) fn make_at<'a>(
        &'a self,
        kind: Kind,
        path: &'a str,
        display_name: &'a str,
    ) -> BoxFuture<'a, Result<(Collection, bool)>> {
        Box::pin(async move {
            if let Some(found) = self.collection_at(kind, path).await? {
                return Ok((found, false));
            }
            let mut request = make(kind, path, display_name);
            let mut answer = self.http.send(&request).await?;
            if kind == Kind::Calendars && matches!(answer.status.as_u16(), 403 | 404 | 405 | 415 | 501) {
                // A server without MKCALENDAR may know the newer way.
                request = make_extended(kind, path, display_name);
                answer = self.http.send(&request).await?;
            }
            // Whatever the status says: what counts is whether it is there now.
            match self.collection_at(kind, path).await? {
                Some(found) => Ok((found, answer.status.as_u16() == 201)),
                None => {
                    let why = format!(
                        "{} {}",
                        answer.status.as_str(),
                        said::meaning(answer.status.as_u16(), &answer.body)
                    );
                    Err(self.http.error(ErrorKind::Refused, &request, why.trim()))
                }
            }
        })
    }

    /// The path of a collection of this name in the user's home.
    pub(crate) async fn path_of(&self, kind: Kind, name: &str) -> Result<String> {
        let home = self.home(kind).await?;
        Ok(Segment::new(name).below(&home) + "/")
    }

    /// Returns the collection at the client's own URL, if it is one of this kind.
    ///
    /// # Errors
    ///
    /// Those of the connection.
    pub async fn here(&self, kind: Kind) -> Result<Option<Collection>> {
        self.collection_at(kind, &self.path).await
    }

    /// Makes the last part of a collection's path from a name that people chose: the name itself if it is safe in all URLs,
    /// otherwise a digest of it.
    #[must_use]
    pub fn segment_for(&self, name: &str) -> String {
        let safe = name.len() <= 64
            && name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        if safe {
            return name.to_owned();
        }
        let hash = blake3::hash(name.as_bytes()).to_hex();
        format!("tegu-{}", hash.get(..16).unwrap_or_default())
    }

    /// Returns the collection at this path, if there is one of this kind.
    pub(crate) async fn collection_at(&self, kind: Kind, path: &str) -> Result<Option<Collection>> {
        match self.collections_at(kind, path, "0").await {
            Ok(found) => Ok(found.into_iter().next()),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Refused) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// `MKCALENDAR` (RFC 4791 section 5.3.1), or extended `MKCOL` for an address book.
fn make(kind: Kind, path: &str, display_name: &str) -> Request {
    if kind == Kind::Contacts {
        return make_extended(kind, path, display_name);
    }
    Request::new("MKCALENDAR", path).body(
        XML,
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><c:mkcalendar xmlns=\"DAV:\" xmlns:c=\"{CALDAV}\"><set><prop>\
             <displayname>{}</displayname>{COMPONENTS}</prop></set></c:mkcalendar>",
            xml::escape(display_name)
        ),
    )
}

const COMPONENTS: &str = "<c:supported-calendar-component-set><c:comp name=\"VEVENT\"/><c:comp name=\"VTODO\"/>\
     <c:comp name=\"VJOURNAL\"/></c:supported-calendar-component-set>";

/// Extended `MKCOL` (RFC 5689).
fn make_extended(kind: Kind, path: &str, display_name: &str) -> Request {
    let (namespace, more) = match kind {
        Kind::Calendars => (CALDAV, COMPONENTS),
        Kind::Contacts => (CARDDAV, ""),
    };
    Request::new("MKCOL", path).body(
        XML,
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><mkcol xmlns=\"DAV:\" xmlns:c=\"{namespace}\"><set><prop><resourcetype>\
             <collection/><c:{}/></resourcetype><displayname>{}</displayname>{more}</prop></set></mkcol>",
            kind.resource_type(),
            xml::escape(display_name)
        ),
    )
}
