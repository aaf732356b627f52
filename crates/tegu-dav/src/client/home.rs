//! Where the user's collections are, and whether that is what the caller's URL means.

use super::Client;
use super::collection::Kind;
use super::principal::{Start, who};
use crate::error::{Error, ErrorKind, Result};
use tegu_net::BoxFuture;

/// What the client's URL is.
enum Found {
    /// The home, or a way to it.
    Home(String),
    /// A collection, or a place for one in the home.
    Within,
}

impl Client {
    /// Returns the path below which the user's collections of a kind are. It is found by the client's URL, the user's principal, or
    /// the well-known URL (RFC 6764, section 5); otherwise it is the client's URL itself, if that is a collection.
    ///
    /// A URL that names a home names that one, whoever signs in. A URL that leads to a home is no collection, or lies above the home or
    /// the user's principal.
    ///
    /// # Errors
    ///
    /// Kind [`NotFound`](ErrorKind::NotFound) if nothing leads to such a path, and [`Config`](ErrorKind::Config) if the URL names
    /// something else than the home that was found: a calendar, a place in it, another user's home that cannot be used.
    pub async fn home(&self, kind: Kind) -> Result<String> {
        match self.find_home(kind).await? {
            Found::Home(home) => Ok(home),
            Found::Within => {
                let what = kind.resource_type();
                let why = format_args!("the URL names one {what}, not the home that it lies in").to_string();
                Err(Error::config(why).doing("look for a home at", self.url_of(&self.start.path)))
            }
        }
    }

    /// Returns the path of the collection that the client's URL names: one that is [there](Self::here), or a place in the user's home
    /// where nothing is yet. Returns `None` if the URL names no collection, but leads to the user's home.
    ///
    /// # Errors
    ///
    /// As [`home`](Self::home).
    pub async fn place(&self, kind: Kind) -> Result<Option<String>> {
        Ok(match self.find_home(kind).await? {
            Found::Home(_) => None,
            Found::Within => Some(self.start.path.clone()),
        })
    }

    fn find_home<'a>(&'a self, kind: Kind) -> BoxFuture<'a, Result<Found>> {
        Box::pin(async move {
            if self.start.is_of(kind) {
                return Ok(Found::Within);
            }
            let here = &self.start.path;
            let Some((found, principal)) = self.own_home(kind).await? else {
                if self.start.is_collection {
                    return Ok(Found::Home(here.clone()));
                }
                let trouble = self.start.trouble.as_deref();
                let trouble = trouble.unwrap_or("nothing there leads to a home set");
                return Err(Error::new(ErrorKind::NotFound, trouble).doing(
                    format_args!("look for {} at", kind.resource_type()),
                    self.url_of(&self.path),
                ));
            };
            if self.start.leads_to(&found, principal.as_deref()) {
                return Ok(Found::Home(found));
            }
            let within = here.strip_prefix(&found).map(|rest| rest.trim_end_matches('/'));
            if within.is_some_and(|name| !name.contains('/')) {
                return Ok(Found::Within);
            }
            if self.start.trouble.is_none() && self.is_home(here, kind).await? {
                return Ok(Found::Home(here.clone()));
            }
            let why = format_args!("the home of the user who signs in is {found}; name that, or the server")
                .to_string();
            let error = match &self.start.trouble {
                Some(trouble) => Error::config(format_args!("{trouble}, and {why}")),
                None => Error::config(format_args!("it is no home, and {why}")),
            };
            Err(error.doing("look for a home at", self.url_of(here)))
        })
    }

    /// Returns the home set of the user who signs in, and the principal, if they are known.
    async fn own_home(&self, kind: Kind) -> Result<Option<(String, Option<String>)>> {
        if let Some(home) = self.home_of(&self.start, kind).await? {
            return Ok(Some((home, self.start.principal.clone())));
        }
        match who(&self.http, kind.well_known()).await {
            Ok(start) => {
                let home = self.home_of(&start, kind).await?;
                Ok(home.map(|home| (home, start.principal)))
            }
            Err(error)
                if error.is_retryable()
                    || matches!(error.kind(), ErrorKind::Authentication | ErrorKind::Tls) =>
            {
                Err(error)
            }
            Err(error) => {
                tracing::debug!(%error, "no well-known address");
                Ok(None)
            }
        }
    }

    async fn home_of(&self, start: &Start, kind: Kind) -> Result<Option<String>> {
        if let Some(home) = start.home(kind) {
            return Ok(Some(home.to_owned()));
        }
        let Some(principal) = &start.principal else {
            return Ok(None);
        };
        match who(&self.http, principal).await {
            Ok(found) => Ok(found.home(kind).map(str::to_owned)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Refused) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether a path that does not lead to the user's own home is a home itself: it belongs to somebody else, or holds collections
    /// of this kind.
    async fn is_home(&self, path: &str, kind: Kind) -> Result<bool> {
        if !self.start.is_collection {
            return Ok(false);
        }
        let others = |owner: &String| self.start.principal.as_ref() != Some(owner);
        if self.start.owner.as_ref().is_some_and(others) {
            return Ok(true);
        }
        let held = self.collections_at(kind, path, "1").await?;
        Ok(held.iter().any(|collection| collection.href != path))
    }
}

impl Start {
    /// Returns whether the path that was asked, or the one to which it was redirected, is a way to this home: the home itself, the
    /// server, something that is no collection, a folder above the home or above the user's principal, or a principal.
    fn leads_to(&self, home: &str, principal: Option<&str>) -> bool {
        let names_its_own = self.is_principal && !self.homes.is_empty();
        // What is no collection is neither a home nor in one.
        let is_entry = self.trouble.is_none() && !self.is_collection;
        names_its_own
            || is_entry
            || self.is_announced
            || [&self.asked, &self.path].into_iter().any(|path| {
                let above = |below: &str| below.starts_with(path);
                path.starts_with("/.well-known/") || above(home) || principal.is_some_and(above)
            })
    }
}
