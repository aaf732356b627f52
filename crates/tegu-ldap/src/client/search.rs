//! Paged search (RFC 2696).

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use ldap3::controls::{PagedResults, RawControl};
use ldap3::{LdapResult, Scope};
use tokio::time::{Instant, timeout_at};

use super::decode;
use super::link::{self, Link};
use crate::entry::{AttributeName, Entry};
use crate::error::{Error, ErrorKind, Result};
use crate::{exchange, guard};

/// The filter for everything that the model knows: people, groups, contacts, public folders with an address.
pub const RECIPIENTS: &str = "(|(objectClass=person)(objectClass=user)(objectClass=inetOrgPerson)\
    (objectClass=contact)(objectClass=group)(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)\
    (objectClass=publicFolder)(objectClass=msExchDynamicDistributionList))";

const PAGING: &str = "1.2.840.113556.1.4.319";

/// The attributes to ask for. There is no way to ask for all of them, and none to name a password attribute.
#[derive(Clone, Debug)]
pub struct AttributeSet(Vec<AttributeName>);

impl AttributeSet {
    /// Everything that [`Directory`](crate::Directory) understands.
    #[must_use]
    pub fn exchange() -> Self {
        Self(exchange::names_to_read())
    }

    /// The attributes named.
    #[must_use]
    pub fn new(names: impl IntoIterator<Item = AttributeName>) -> Self {
        Self(names.into_iter().collect())
    }

    /// One attribute more.
    #[must_use]
    pub fn with(mut self, name: AttributeName) -> Self {
        if !self.0.contains(&name) {
            self.0.push(name);
        }
        self
    }

    /// The names.
    #[must_use]
    pub fn names(&self) -> &[AttributeName] {
        &self.0
    }
}

/// How much a search may bring and how long it may take.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct SearchLimits {
    /// Entries asked for in one page. Default 500; Active Directory gives at most 1,000.
    pub page_entries: u32,
    /// Entries in all. Default 2,000,000.
    pub entries: usize,
    /// Pages in all. Default 100,000.
    pub pages: usize,
    /// Pages in a row that bring nothing new. Default 50.
    ///
    /// Servers may send empty pages, and some give every page the same cookie, so neither is a sign of a
    /// search without an end; pages without anything new are.
    pub barren_pages: usize,
    /// Time until the next message. Default one minute.
    pub answer: Duration,
    /// Time for the whole search. Default one hour.
    pub total: Duration,
}

impl Default for SearchLimits {
    fn default() -> Self {
        Self {
            page_entries: 500,
            entries: 2_000_000,
            pages: 100_000,
            barren_pages: 50,
            answer: Duration::from_secs(60),
            total: Duration::from_secs(3600),
        }
    }
}

/// How far a search is.
#[derive(Debug)]
enum Progress {
    /// The next page is asked for with this cookie.
    Next(Vec<u8>),
    /// A page is being read. What finds this state was cut off: by an error, or by a future that was dropped.
    Reading,
    /// The last page has come.
    Done,
}

/// A search under way: pages of entries, fetched as they are asked for.
#[derive(Debug)]
pub struct Pages<'a> {
    link: &'a mut Link,
    doing: String,
    base: String,
    filter: String,
    attributes: Vec<String>,
    limits: SearchLimits,
    deadline: Instant,
    progress: Progress,
    /// Hashes of the names that have come.
    seen: HashSet<u64>,
    hasher: RandomState,
    entries: usize,
    pages: usize,
    barren: usize,
    references: u64,
}

impl<'a> Pages<'a> {
    pub(super) fn new(
        link: &'a mut Link,
        server: &str,
        base: &str,
        filter: &str,
        attributes: &AttributeSet,
        limits: &SearchLimits,
    ) -> Self {
        Self {
            link,
            doing: format!("searching `{base}` on {server}"),
            base: base.to_owned(),
            filter: filter.to_owned(),
            attributes: attributes.names().iter().map(|n| n.as_str().to_owned()).collect(),
            limits: limits.clone(),
            deadline: Instant::now() + limits.total,
            progress: Progress::Next(Vec::new()),
            seen: HashSet::new(),
            hasher: RandomState::new(),
            entries: 0,
            pages: 0,
            barren: 0,
            references: 0,
        }
    }

    /// How many references to other servers came. They are not followed.
    #[must_use]
    pub fn references(&self) -> u64 {
        self.references
    }

    /// The entries of the next page, or `None` at the end. A page may be empty.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`] when the server refuses the search, [`ErrorKind::Protocol`] for unsound messages,
    /// [`ErrorKind::Limit`] and [`ErrorKind::Timeout`] when a limit is reached, [`ErrorKind::Connection`] when
    /// the connection breaks. After an error, and after a future of this method was dropped before it was ready, every
    /// further call is an error: a search that was cut off never looks like one that came to its end.
    pub async fn next(&mut self) -> Result<Option<Vec<Entry>>> {
        let cookie = match std::mem::replace(&mut self.progress, Progress::Reading) {
            Progress::Next(cookie) => cookie,
            Progress::Done => {
                self.progress = Progress::Done;
                return Ok(None);
            }
            Progress::Reading => {
                let what = format!("{}: the search was cut off before", self.doing);
                return Err(Error::new(ErrorKind::Connection, what));
            }
        };
        if self.pages >= self.limits.pages {
            return Err(self.too_much(format!("more than {} pages", self.limits.pages)));
        }
        self.pages += 1;
        let (entries, result) = self.page(cookie).await?;
        link::outcome(&self.doing, &result)?;
        self.entries += entries.len();
        if self.entries > self.limits.entries {
            return Err(self.too_much(format!("more than {} entries", self.limits.entries)));
        }
        let before = self.seen.len();
        self.seen
            .extend(entries.iter().map(|e| self.hasher.hash_one(e.dn().key())));
        self.barren = if self.seen.len() > before {
            0
        } else {
            self.barren + 1
        };
        let paging = result
            .ctrls
            .iter()
            .find(|c| c.1.ctype == PAGING)
            .and_then(|c| c.1.val.as_deref());
        let cookie = paging.map(guard::paging_cookie).transpose()?.unwrap_or_default();
        if cookie.is_empty() {
            self.progress = Progress::Done;
            return Ok(Some(entries));
        }
        if self.barren > self.limits.barren_pages {
            let pages = self.limits.barren_pages;
            return Err(self.too_much(format!(
                "{pages} pages in a row brought nothing new, and there are more"
            )));
        }
        self.progress = Progress::Next(cookie);
        Ok(Some(entries))
    }

    fn too_much(&self, what: String) -> Error {
        Error::limit(format!("{}: {what}", self.doing))
    }

    async fn page(&mut self, cookie: Vec<u8>) -> Result<(Vec<Entry>, LdapResult)> {
        let size = i32::try_from(self.limits.page_entries.max(1)).unwrap_or(i32::MAX);
        let mut paging = RawControl::from(PagedResults { size, cookie });
        // A server that cannot give pages must say so instead of sending everything at once.
        paging.crit = true;
        let mut ldap = self.link.ldap();
        ldap.with_controls(vec![paging]);
        let search = ldap.streaming_search(&self.base, Scope::Subtree, &self.filter, self.attributes.clone());
        let until = self.until();
        let mut stream = match timeout_at(until, search).await {
            Err(_) => return Err(self.late()),
            Ok(stream) => stream.map_err(|e| self.link.explain(&self.doing, e))?,
        };
        let mut out = Vec::new();
        loop {
            let until = self.until();
            let item = match timeout_at(until, stream.next()).await {
                Err(_) => return Err(self.late()),
                Ok(item) => item.map_err(|e| self.link.explain(&self.doing, e))?,
            };
            let Some(item) = item else { break };
            self.link.release();
            if item.is_ref() {
                self.references += 1;
                continue;
            }
            out.push(decode::entry(item.0)?);
            if out.len() > usize::try_from(size).unwrap_or(usize::MAX) {
                let what = format!(
                    "{}: the server sent more entries in a page than were asked for",
                    self.doing
                );
                return Err(Error::new(ErrorKind::Protocol, what));
            }
        }
        Ok((out, stream.finish().await))
    }

    fn until(&self) -> Instant {
        self.deadline.min(Instant::now() + self.limits.answer)
    }

    fn late(&self) -> Error {
        let limit = if Instant::now() >= self.deadline {
            self.limits.total
        } else {
            self.limits.answer
        };
        self.link
            .fault()
            .unwrap_or_else(|| Error::new(ErrorKind::Timeout, format!("{}: no end in {limit:?}", self.doing)))
    }
}
