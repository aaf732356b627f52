//! What is asked of a server about lists, and whom it means.

use super::{Access, Acl, is_name};
use crate::client::http::{Request, XML};
use crate::client::origin::{Origin, Segment, canonical};
use crate::client::principal::directory;
use crate::client::{Client, said};
use crate::error::{ErrorKind, Result};
use crate::xml::{self, DAV};

const WHICH: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?><propfind xmlns=\"DAV:\"><prop><owner/><acl/><acl-restrictions/>\
     <supported-privilege-set/></prop></propfind>";

impl Client {
    /// Reads the access control list of a collection, and which privileges the server knows for it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] if the collection is gone; [`ErrorKind::Limit`] for a list that no server has; those of the connection.
    pub async fn access(&self, href: &str) -> Result<Access> {
        let (_, responses) = self.http.propfind(href, "0", WHICH, "no such collection").await?;
        responses.first().map_or_else(
            || Ok(Access::default()),
            |response| Access::read(response, Some(&self.http.origin)),
        )
    }

    /// Replaces what a server does not keep by itself of a collection's list. The list has to be read just before: RFC 3744 has no condition that
    /// would find a change in between.
    ///
    /// What counts is what the list says afterwards: there are servers that carry a change out and answer with an error.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`] with what the list lacks, in the server's word (RFC 3744, section 8.1.1) or its sentence;
    /// [`ErrorKind::NotFound`] if the collection is gone; those of the connection.
    pub async fn set_acl(&self, href: &str, acl: &Acl) -> Result<()> {
        let request = Request::new("ACL", href).body(XML, acl.write());
        if acl.strange > 0 {
            let why = "the list holds what this client does not understand and would lose";
            return Err(self.http.error(ErrorKind::Refused, &request, why));
        }
        let answer = self.http.send(&request).await?;
        let status = answer.status.as_u16();
        match status {
            200..=299 => Ok(()),
            404 | 410 => Err(self
                .http
                .error(ErrorKind::NotFound, &request, "no such collection")),
            _ => {
                let why = condition(&answer.body).unwrap_or_else(|| said::meaning(status, &answer.body));
                Err(self.http.error(
                    ErrorKind::Refused,
                    &request,
                    format_args!("{status} {why}").to_string(),
                ))
            }
        }
    }

    /// The path of the principal who signed in, with a slash at its end, if the server says who that is.
    #[must_use]
    pub fn principal(&self) -> Option<&str> {
        self.start.principal.as_deref()
    }

    /// Whether what belongs to this principal is the user's: that of whoever signed in, or of the owner of the place that the client's URL names.
    pub(crate) fn is_own(&self, owner: &str) -> bool {
        let mut known = [&self.start.principal, &self.start.owner]
            .into_iter()
            .flatten()
            .peekable();
        known.peek().is_none() || known.any(|own| own == owner)
    }

    /// The path of the principal with this name beside that of the user who signed in, if servers name people so: the last part of the user's own
    /// path has to be `own`, the name by which he signed in.
    #[must_use]
    pub fn principal_beside(&self, own: &str, name: &str) -> Option<String> {
        beside(self.principal()?, own, name)
    }

    /// The path that a reference leads to, with a slash at its end; `None` if it leads to another server.
    #[must_use]
    pub fn path_at(&self, reference: &str) -> Option<String> {
        path_at(&self.http.origin, reference)
    }
}

pub(super) fn path_at(origin: &Origin, reference: &str) -> Option<String> {
    origin.resolve("/", reference).map(directory)
}

pub(super) fn beside(principal: &str, own: &str, name: &str) -> Option<String> {
    let segment = |name: &str| Segment::new(name).to_string();
    let (parent, last) = principal.trim_end_matches('/').rsplit_once('/')?;
    let is_own = last == segment(own);
    (is_own && !name.is_empty()).then(|| canonical(&format!("{parent}/{}/", segment(name))))
}

/// The condition that a request did not meet, as an answer names it (RFC 4918, section 16).
pub(super) fn condition(body: &[u8]) -> Option<String> {
    let error = xml::parse(body, &xml::Limits::default()).ok()?;
    let condition = error.children.first().filter(|_| error.is(DAV, "error"))?;
    let meaning = match condition.name.as_str() {
        "recognized-principal" => "the server does not know this person or group",
        "allowed-principal" => "the server gives this person or group no rights",
        "need-privileges" => "whoever signed in may not change the list",
        "no-abstract" | "not-supported-privilege" => "the server does not give this privilege alone",
        "limited-number-of-aces" => "the list is full",
        _ => "the server does not take such a list",
    };
    is_name(&condition.name).then(|| format!("{meaning} ({})", condition.name))
}
