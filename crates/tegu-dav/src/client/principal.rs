//! Who the user is: the first question to a server.

use super::collection::Kind;
use super::http::Http;
use crate::error::{ErrorKind, Result};
use crate::xml::DAV;

/// What the first question brought.
#[derive(Debug, Default)]
pub(super) struct Start {
    /// The path that was asked, with a slash at its end.
    pub(super) asked: String,
    /// The path that answered, after redirects.
    pub(super) path: String,
    pub(super) principal: Option<String>,
    /// Whom it belongs to (RFC 3744, section 5.1).
    pub(super) owner: Option<String>,
    pub(super) homes: Vec<(Kind, String)>,
    pub(super) is_collection: bool,
    pub(super) is_principal: bool,
    /// The domain names the URL as the way to its server (RFC 6764, section 4), so it says nothing of a home.
    pub(super) is_announced: bool,
    /// What it is itself: a calendar, an address book.
    kinds: Vec<Kind>,
    /// Why the question was not answered, for the error at the end of a search in vain.
    pub(super) trouble: Option<String>,
}

impl Start {
    /// Returns the home set that the answer names.
    pub(super) fn home(&self, kind: Kind) -> Option<&str> {
        let mut homes = self.homes.iter().filter(|(known, _)| *known == kind);
        homes.next().map(|(_, home)| home.as_str())
    }

    /// Returns whether it is a calendar or an address book itself.
    pub(super) fn is_of(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind)
    }
}

const WHO: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?><propfind xmlns=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\" \
     xmlns:a=\"urn:ietf:params:xml:ns:carddav\"><prop><current-user-principal/><owner/><resourcetype/><c:calendar-home-set/>\
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
                asked: directory(path.to_owned()),
                path: directory(path.to_owned()),
                trouble: Some(error.to_string()),
                ..Start::default()
            })
        }
        other => other,
    }
}

pub(super) async fn who(http: &Http, path: &str) -> Result<Start> {
    let (base, responses) = http.propfind(path, "0", WHO, "no such address").await?;
    let mut start = Start {
        asked: directory(path.to_owned()),
        path: directory(base.split('?').next().unwrap_or_default().to_owned()),
        ..Start::default()
    };
    for response in &responses {
        let reference = |namespace: &str, name: &str| {
            let href = response.prop(namespace, name)?.child(DAV, "href")?;
            http.origin.resolve(&base, &href.text).map(directory)
        };
        start.principal = start.principal.or(reference(DAV, "current-user-principal"));
        start.owner = start.owner.or(reference(DAV, "owner"));
        for kind in [Kind::Calendars, Kind::Contacts] {
            start
                .homes
                .extend(reference(kind.namespace(), kind.home()).map(|home| (kind, home)));
        }
        if let Some(types) = response.prop(DAV, "resourcetype") {
            start.is_collection |= types.has(DAV, "collection");
            start.is_principal |= types.has(DAV, "principal");
            let kinds = [Kind::Calendars, Kind::Contacts].into_iter();
            let own = kinds.filter(|kind| types.has(kind.namespace(), kind.resource_type()));
            start.kinds.extend(own);
        }
    }
    Ok(start)
}

pub(super) fn directory(path: String) -> String {
    if path.ends_with('/') { path } else { path + "/" }
}
