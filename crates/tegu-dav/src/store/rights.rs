//! Access control lists of calendars and address books as a target of rights.

mod offer;

use self::offer::Offer;
use crate::client::acl::{Access, Ace, Acl, Principal};
use crate::client::{Client, Kind};
use crate::error::{Error, ErrorKind, Result};
use std::collections::{BTreeMap, HashMap};
use tegu_outcome::percent_decode;
use tegu_rights::store::{AccessLists, TargetFolder};
use tegu_rights::{Privilege, Privileges};
use tegu_store::BoxFuture;

/// What stands before a word of `DAV:` that is an identifier, such as `DAV:all`.
const WORD: &str = "DAV:";

/// The access control lists of one user's calendars or address books (RFC 3744).
///
/// A folder is called by its URL. Who has rights is called as he signs in, where servers name principals so: by the last part of their paths. Others
/// are called by the path of their principal, with a slash at both ends, and everybody by `DAV:all` or `DAV:authenticated`.
#[derive(Debug)]
pub struct DavLists {
    client: Client,
    kind: Kind,
    /// What the user is called himself.
    own: String,
    /// From URLs to paths.
    hrefs: HashMap<String, String>,
}

impl DavLists {
    /// The lists of the user who signed in by the name `own`.
    #[must_use]
    pub fn new(client: Client, kind: Kind, own: impl Into<String>) -> Self {
        Self {
            client,
            kind,
            own: own.into(),
            hrefs: HashMap::new(),
        }
    }

    async fn list(&mut self) -> Result<Vec<TargetFolder>> {
        let mut folders = Vec::new();
        for collection in self.client.collections(self.kind).await? {
            // Others share theirs with the user, and they are not his to share.
            let owner = self.client.access(&collection.href).await?.owner;
            if owner.is_some_and(|owner| !self.client.is_own(&owner)) {
                continue;
            }
            let url = self.client.url_of(&collection.href);
            let last = collection.href.trim_end_matches('/').rsplit('/').next();
            let name = collection.display_name.as_deref().or(last).unwrap_or_default();
            folders.push(TargetFolder::new(&*url, vec![name.to_owned()]));
            self.hrefs.insert(url, collection.href);
        }
        Ok(folders)
    }

    async fn offer(&mut self) -> Result<Vec<Privileges>> {
        if self.hrefs.is_empty() {
            self.list().await?;
        }
        // What a server can give is the same on all collections of one kind.
        let first = self.hrefs.values().min().cloned();
        let place = match first {
            Some(href) => href,
            None => self.client.home(self.kind).await?,
        };
        match self.client.access(&place).await {
            Ok(access) => Ok(Offer::of(&access.supported).units()),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Refused) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    fn href(&self, folder: &str) -> Result<String> {
        let known = self.hrefs.get(folder).cloned();
        let path = || self.client.path_at(folder);
        known.or_else(path).ok_or_else(|| {
            Error::new(ErrorKind::NotFound, "it is not on this server")
                .doing("look for the collection", folder)
        })
    }

    async fn access(&self, href: &str) -> Result<(Acl, Offer)> {
        let Access { acl, supported, .. } = self.client.access(href).await?;
        let doing = |error: Error| error.doing("read the access control list of", self.client.url_of(href));
        if supported.is_empty() {
            let why = "the server has no access control lists (RFC 3744)";
            return Err(doing(Error::new(ErrorKind::Unsupported, why)));
        }
        let acl = acl.ok_or_else(|| doing(Error::new(ErrorKind::Refused, "the server does not show it")))?;
        Ok((acl, Offer::of(&supported)))
    }

    /// What a principal is called. `None` for the owner himself.
    fn identifier(&self, principal: &Principal) -> Option<String> {
        match principal {
            Principal::Word(word) if word == "self" || word == "owner" => None,
            Principal::Word(word) => Some(format!("{WORD}{word}")),
            Principal::Property(property) if *property == owner() => None,
            // Whoever a property names may be anybody.
            Principal::Property(property) => Some(format!("{WORD}property/{}", property.name)),
            Principal::Href(href) => {
                // A reference to another server is kept as it is.
                let Some(path) = self.client.path_at(href) else {
                    return Some(href.clone());
                };
                if self.client.principal() == Some(path.as_str()) {
                    return None;
                }
                let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                let name = percent_decode(last).and_then(|name| String::from_utf8(name).ok());
                let name = name.filter(|name| {
                    self.client.principal_beside(&self.own, name).as_deref() == Some(path.as_str())
                });
                Some(name.unwrap_or(path))
            }
        }
    }

    /// The principal that an identifier means.
    fn principal(&self, identifier: &str) -> Result<Principal> {
        if let Some(word) = identifier.strip_prefix(WORD)
            && matches!(word, "all" | "authenticated" | "unauthenticated")
        {
            return Ok(Principal::Word(word.to_owned()));
        }
        let path = if identifier.starts_with('/') {
            self.client.path_at(identifier)
        } else {
            self.client.principal_beside(&self.own, identifier)
        };
        path.map(Principal::Href).ok_or_else(|| {
            let why = "the server does not name people by how they sign in; say in the configuration by which path it names them";
            Error::new(ErrorKind::Refused, why).doing("look for the principal of", identifier)
        })
    }

    async fn told(&self, folder: &str) -> Result<Vec<(String, Privileges)>> {
        let (acl, offer) = self.access(&self.href(folder)?).await?;
        Ok(self.all(&acl, &offer))
    }

    /// What each identifier has by all entries together.
    fn all(&self, acl: &Acl, offer: &Offer) -> Vec<(String, Privileges)> {
        let mut all: BTreeMap<String, Privileges> = BTreeMap::new();
        for ace in &acl.entries {
            let Some(identifier) = self.identifier(&ace.principal) else {
                continue;
            };
            let has = if ace.denied || ace.inverted {
                Privileges::of(&[Privilege::Other])
            } else {
                offer.meaning(&ace.privileges)
            };
            let known = all.entry(identifier).or_default();
            *known = *known | has;
        }
        all.into_iter().collect()
    }

    async fn give(&self, folder: &str, identifier: &str, wanted: Privileges) -> Result<()> {
        let href = self.href(folder)?;
        let (before, offer) = self.access(&href).await?;
        let principal = self.principal(identifier)?;
        let names = offer.names(wanted).ok_or_else(|| {
            let why = format!("the server cannot give {wanted} without more");
            Error::new(ErrorKind::Refused, why).doing("write the access control list of", folder)
        })?;
        // One principal may be given by how he signs in and by his path.
        let his = self.identifier(&principal);
        let is_ours = |ace: &Ace| ace.is_grant_to(|whom| self.identifier(whom) == his);
        let mut list = before.clone();
        list.entries.retain(|ace| !is_ours(ace));
        let others =
            |acl: &Acl| -> Vec<Ace> { acl.entries.iter().filter(|ace| !is_ours(ace)).cloned().collect() };
        if !names.is_empty() {
            list.entries.push(Ace::grant(principal, names));
        }
        let sent = self.client.set_acl(&href, &list).await;
        if let Err(error) = &sent
            && error.kind() != ErrorKind::Refused
        {
            return sent;
        }
        // Cyrus 3.6 carries a change out and says that it failed. Whatever a server says: what counts is the list.
        let (after, offer) = self.access(&href).await?;
        if others(&after) != others(&before) {
            self.client.set_acl(&href, &before).await.ok();
            let why = "other entries of the list changed with it; the list is written back as it was";
            return Err(Error::new(ErrorKind::Refused, why).doing("write the access control list of", folder));
        }
        let ours = after.entries.iter().filter(|ace| is_ours(ace));
        let given = ours.fold(Privileges::NONE, |all, ace| all | offer.meaning(&ace.privileges));
        if given == wanted { Ok(()) } else { sent }
    }
}

fn owner() -> crate::client::acl::PrivilegeName {
    crate::client::acl::PrivilegeName::new(WORD, "owner")
}

impl AccessLists<Privileges> for DavLists {
    fn folders(&mut self) -> BoxFuture<'_, Result<Vec<TargetFolder>>> {
        Box::pin(self.list())
    }

    fn offered(&mut self) -> BoxFuture<'_, Result<Vec<Privileges>>> {
        Box::pin(self.offer())
    }

    fn read<'a>(&'a mut self, folder: &'a str) -> BoxFuture<'a, Result<Vec<(String, Privileges)>>> {
        Box::pin(self.told(folder))
    }

    fn called(&self, identifier: &str) -> String {
        let principal = self.principal(identifier).ok();
        let known = principal.and_then(|principal| self.identifier(&principal));
        known.unwrap_or_else(|| identifier.to_owned())
    }

    fn set<'a>(
        &'a mut self,
        folder: &'a str,
        identifier: &'a str,
        privileges: Privileges,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.give(folder, identifier, privileges))
    }
}
