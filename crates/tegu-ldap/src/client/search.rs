//! Paged search (RFC 2696).

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use tegu_net::BoxFuture;

use tokio::time::Instant;
use tracing::Instrument as _;

use super::channel::{Channel, PendingSearch};
use super::connection::Answer;
use super::limits::{Budget, SearchLimits};
use super::request::{Scope, Search};
use super::{outcome, range};
use crate::entry::{AttributeName, Entry, Known};
use crate::error::over_limit;
use crate::filter::Filter;
use crate::{Error, ErrorKind, Result};

/// The attributes to request. It is impossible to request all attributes or a password attribute.
///
/// ```
/// use tegu_ldap::client::AttributeSet;
/// use tegu_ldap::entry::AttributeName;
///
/// let names = AttributeSet::exchange().attribute(AttributeName::new("extensionAttribute1")?);
/// assert!(names.names().iter().any(|n| n.as_str() == "proxyAddresses"));
/// assert!(AttributeName::new("*").is_err());
/// # Ok::<(), tegu_ldap::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct AttributeSet(Vec<AttributeName>);

impl AttributeSet {
    /// Everything that [`Directory`](crate::Directory) understands, except for photos, which are large.
    #[must_use]
    pub fn exchange() -> Self {
        Self(Known::to_read().map(Into::into).collect())
    }

    /// Makes a set of these attributes.
    #[must_use]
    pub fn new(names: impl IntoIterator<Item = AttributeName>) -> Self {
        let mut out = Self(Vec::new());
        for name in names {
            out = out.attribute(name);
        }
        out
    }

    /// Adds an attribute.
    #[must_use]
    pub fn attribute(mut self, name: AttributeName) -> Self {
        if !self.0.contains(&name) {
            self.0.push(name);
        }
        self
    }

    /// Adds photos (`thumbnailPhoto`, `jpegPhoto`): up to 100 KB for each person.
    #[must_use]
    pub fn photos(self) -> Self {
        self.attribute(Known::ThumbnailPhoto.into())
            .attribute(Known::JpegPhoto.into())
    }

    /// Returns the names.
    #[must_use]
    pub fn names(&self) -> &[AttributeName] {
        &self.0
    }
}

/// How far a search is.
#[derive(Debug)]
enum Progress {
    /// The next page is asked for with this cookie.
    Next(Vec<u8>),
    /// The next page is on its way: the server works on it while the one before is used.
    PendingSearch(PendingSearch),
    /// A page is being read. Found in this state, a search was interrupted by an error or by a dropped future.
    Reading,
    /// The last page has come.
    Done,
}

/// A running search, which returns entries page by page.
#[derive(Debug)]
pub struct Pages<'a> {
    channel: &'a mut Channel,
    search: Target,
    limits: SearchLimits,
    deadline: Instant,
    progress: Progress,
    /// Hashes of the names that have come.
    seen: HashSet<u64>,
    hasher: RandomState,
    entries: usize,
    octets: usize,
    pages: usize,
    barren: usize,
    references: u64,
}

/// What is searched for.
#[derive(Debug)]
struct Target {
    /// What is searched, for errors: the base and the server.
    subject: String,
    base: String,
    filter: Filter,
    attributes: Vec<AttributeName>,
    page: i32,
}

impl Target {
    fn fault(&self, e: Error) -> Error {
        e.doing("search", &self.subject)
    }

    fn too_much(&self, what: impl std::fmt::Display) -> Error {
        self.fault(over_limit(what))
    }

    async fn ask(&self, channel: &mut Channel, cookie: &[u8]) -> Result<PendingSearch> {
        let names: Vec<&str> = self.attributes.iter().map(AttributeName::as_str).collect();
        let search = Search {
            base: &self.base,
            scope: Scope::Subtree,
            filter: &self.filter,
            attributes: &names,
            page: Some((self.page, cookie)),
        };
        channel.search(&search).await.map_err(|e| self.fault(e))
    }
}

impl<'a> Pages<'a> {
    pub(super) fn new(
        channel: &'a mut Channel,
        base: &str,
        filter: Filter,
        attributes: &AttributeSet,
        limits: &SearchLimits,
    ) -> Self {
        let mut attributes = attributes.names().to_vec();
        if attributes.is_empty() {
            // A list of none would ask for all (RFC 4511 section 4.5.1.8).
            attributes.push(Known::ObjectClass.into());
        }
        Self {
            search: Target {
                subject: format!("`{base}` on {}", channel.server()),
                base: base.to_owned(),
                filter,
                attributes,
                page: i32::try_from(limits.page_entries.max(1)).unwrap_or(i32::MAX),
            },
            channel,
            limits: limits.clone(),
            deadline: Instant::now() + limits.total,
            progress: Progress::Next(Vec::new()),
            seen: HashSet::new(),
            hasher: RandomState::new(),
            entries: 0,
            octets: 0,
            pages: 0,
            barren: 0,
            references: 0,
        }
    }

    /// Returns how many references to other servers were received. They are not followed.
    #[must_use]
    pub fn references(&self) -> u64 {
        self.references
    }

    /// Returns the entries of the next page, or `None` at the end. A page may be empty.
    ///
    /// Values that the server returns in ranges (`member;range=0-1499`) are all fetched and stored under the
    /// plain name.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`] when the server refuses the search, [`ErrorKind::Protocol`] for unsound messages,
    /// [`ErrorKind::Limit`] and [`ErrorKind::Timeout`] when a limit is reached, [`ErrorKind::Connect`] when
    /// the connection breaks. After an error, and after a future of this method was dropped before it was ready, every
    /// further call is an error: a search that was cut off never looks like one that came to its end.
    pub async fn next(&mut self) -> Result<Option<Vec<Entry>>> {
        let peer = self.channel.server();
        let span = tracing::debug_span!("command", verb = "SEARCH", peer, base = self.search.base);
        let next = async {
            let page = self.next_page().await?;
            tracing::trace!(entries = page.as_ref().map_or(0, Vec::len), "answered");
            Ok(page)
        };
        next.instrument(span).await
    }

    async fn next_page(&mut self) -> Result<Option<Vec<Entry>>> {
        let asked = match std::mem::replace(&mut self.progress, Progress::Reading) {
            Progress::Next(cookie) => self.search.ask(self.channel, &cookie).await?,
            Progress::PendingSearch(asked) => asked,
            Progress::Done => {
                self.progress = Progress::Done;
                return Ok(None);
            }
            Progress::Reading => {
                let what = "the search was cut off before";
                return Err(self.search.fault(Error::new(ErrorKind::Connect, what)));
            }
        };
        if self.pages >= self.limits.pages {
            return Err(self
                .search
                .too_much(format!("more than {} pages", self.limits.pages)));
        }
        self.pages += 1;
        let mut budget = Budget::new(
            self.limits.page_octets,
            self.limits.octets.saturating_sub(self.octets),
        );
        let (mut entries, cookie) = self.page(asked, &mut budget).await?;
        self.entries += entries.len();
        if self.entries > self.limits.entries {
            return Err(self
                .search
                .too_much(format!("more than {} entries", self.limits.entries)));
        }
        for entry in entries.iter_mut().filter(|e| range::is_partial(e)) {
            let completed =
                range::complete(self.channel, entry, &self.limits, self.deadline, &mut budget).await;
            completed.map_err(|e| self.search.fault(e))?;
        }
        self.octets = self.octets.saturating_add(budget.taken());
        let before = self.seen.len();
        self.seen
            .extend(entries.iter().map(|e| self.hasher.hash_one(e.dn().as_str())));
        self.barren = if self.seen.len() > before {
            0
        } else {
            self.barren + 1
        };
        if cookie.is_empty() {
            self.progress = Progress::Done;
            return Ok(Some(entries));
        }
        if self.barren > self.limits.barren_pages {
            let pages = self.limits.barren_pages;
            return Err(self.search.too_much(format!(
                "{pages} pages in a row brought nothing new, and there are more"
            )));
        }
        let asked = self.search.ask(self.channel, &cookie).await?;
        self.progress = Progress::PendingSearch(asked);
        Ok(Some(entries))
    }

    /// Returns the entries of a page, and the cookie of the next one.
    fn page<'s>(
        &'s mut self,
        mut asked: PendingSearch,
        budget: &'s mut Budget,
    ) -> BoxFuture<'s, Result<(Vec<Entry>, Vec<u8>)>> {
        Box::pin(async move {
            let mut out = Vec::new();
            let most = usize::try_from(self.search.page).unwrap_or(usize::MAX);
            loop {
                let until = self.deadline.min(Instant::now() + self.limits.answer);
                match self.channel.answer(&mut asked, until).await {
                    Ok(Answer::Entry(_)) if out.len() >= most => {
                        let what = "the server sent more entries in a page than were asked for";
                        return Err(self.search.fault(Error::new(ErrorKind::Protocol, what)));
                    }
                    Ok(Answer::Entry(entry)) => {
                        budget.take(entry.octets()).map_err(|e| self.search.fault(e))?;
                        out.push(entry);
                    }
                    Ok(Answer::Reference) => {
                        self.references += 1;
                        if self.references > 100_000 {
                            return Err(self
                                .search
                                .too_much("more than 100,000 references to other servers"));
                        }
                    }
                    Ok(Answer::Done { outcome, next_page }) => {
                        outcome::check(&outcome).map_err(|e| self.search.fault(e))?;
                        return Ok((out, next_page));
                    }
                    Err(error) if error.kind() == ErrorKind::Timeout => {
                        let limit = if Instant::now() >= self.deadline {
                            self.limits.total
                        } else {
                            self.limits.answer
                        };
                        let what = format!("no end within {limit:?}");
                        return Err(self.search.fault(Error::new(ErrorKind::Timeout, what)));
                    }
                    Err(error) => return Err(self.search.fault(error)),
                }
            }
        })
    }
}
