//! Who the user is: the first question to a server.

use super::collection::Kind;
use super::http::Http;
use crate::error::{ErrorKind, Result};
use crate::xml::DAV;

/// What the first question brought.
#[derive(Debug, Default)]
pub(super) struct Start {
    pub(super) principal: Option<String>,
    pub(super) homes: Vec<(Kind, String)>,
    pub(super) is_collection: bool,
    /// Why the question was not answered, for the error at the end of a search in vain.
    pub(super) trouble: Option<String>,
}

const WHO: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?><propfind xmlns=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\" \
     xmlns:a=\"urn:ietf:params:xml:ns:carddav\"><prop><current-user-principal/><resourcetype/><c:calendar-home-set/>\
     <a:addressbook-home-set/></prop></propfind>";

/// Asks the URL that the caller gave. That it knows nothing is no error: discovery goes on.
pub(super) async fn start(http: &Http, path: &str) -> Result<Start> {
    match who(http, path).await {
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::NotFound | ErrorKind::Refused | ErrorKind::Protocol
            ) =>
        {
            Ok(Start {
                trouble: Some(error.to_string()),
                ..Start::default()
            })
        }
        other => other,
    }
}

pub(super) async fn who(http: &Http, path: &str) -> Result<Start> {
    let (base, responses) = http.propfind(path, "0", WHO, "no such address").await?;
    let mut start = Start::default();
    for response in &responses {
        let reference = |namespace: &str, name: &str| {
            let href = response.prop(namespace, name)?.child(DAV, "href")?;
            http.origin.resolve(&base, &href.text).map(directory)
        };
        start.principal = start.principal.or(reference(DAV, "current-user-principal"));
        for kind in [Kind::Calendars, Kind::Contacts] {
            start
                .homes
                .extend(reference(kind.namespace(), kind.home()).map(|home| (kind, home)));
        }
        start.is_collection |= response
            .prop(DAV, "resourcetype")
            .is_some_and(|t| t.has(DAV, "collection"));
    }
    Ok(start)
}

pub(super) fn directory(path: String) -> String {
    if path.ends_with('/') { path } else { path + "/" }
}
