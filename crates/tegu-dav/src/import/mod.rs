//! Items to a collection on a server: planned, uploaded, read back and compared.
//!
//! Every item ends in exactly one [`State`], and the sums add up. A run may be killed at any instant and
//! started again with the same [ledger](crate::ledger): nothing arrives twice, and what was changed at
//! the source since is carried over unless it was changed on the server too.
//!
//! What stands on the server already is known by its UID, not by its name. Nothing on the server is
//! overwritten but what an earlier run put there and nobody has changed since; nothing is deleted unless
//! that was [asked for](Import::deletions).

mod apply;
mod bulk;
mod fill;
mod follow;
mod plan;
mod report;
mod verify;

use std::sync::Arc;

use crate::client::{Client, Collection};
use crate::ledger::{Ledger, MemoryLedger};
use crate::{Item, Result};

pub use follow::Follow;
pub use plan::{Action, Plan};
pub use report::{Outcome, Report, State};

/// An upload to one collection.
///
/// ```no_run
/// use std::sync::Arc;
/// use tegu_dav::client::{Client, Credentials, Endpoint, Kind};
/// use tegu_dav::import::Import;
/// use tegu_dav::ledger::FileLedger;
/// use tegu_dav::{Limits, split};
///
/// # async fn run(password: String) -> tegu_dav::Result<()> {
/// let limits = Limits::default();
/// let endpoint = Endpoint::new("https://mail.example.org:8809/caldav")?;
/// let client = Client::connect(&endpoint, &Credentials::password("anna", password)).await?;
/// let (calendar, fresh) = client.make_collection(Kind::Calendars, "exchange", "Exchange").await?;
/// let file = std::fs::read("calendar.ics").unwrap();
/// let report = Import::new(client, calendar)
///     .fresh(fresh)
///     .ledger(Arc::new(FileLedger::open("anna.ledger")?))
///     .run(split::calendar(&file, &limits)?.items)
///     .await?;
/// for item in report.manual() {
///     println!("{}: {}", item.summary, item.findings[0]);
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Import {
    client: Client,
    collection: Collection,
    ledger: Arc<dyn Ledger>,
    concurrency: usize,
    bulk: bool,
    fresh: bool,
    deletions: bool,
    accepted: Vec<String>,
}

/// Uploads under way at once, unless the caller says otherwise. Servers that lock a collection gain
/// nothing from more.
const CONCURRENCY: usize = 4;

impl Import {
    /// An upload to this collection, without a memory of earlier ones.
    #[must_use]
    pub fn new(client: Client, collection: Collection) -> Self {
        Self {
            client,
            collection,
            ledger: Arc::new(MemoryLedger::new()),
            concurrency: CONCURRENCY,
            bulk: true,
            fresh: false,
            deletions: false,
            accepted: Vec::new(),
        }
    }

    /// Remembers in this ledger.
    #[must_use]
    pub fn ledger(mut self, ledger: Arc<dyn Ledger>) -> Self {
        self.ledger = ledger;
        self
    }

    /// How many uploads may be under way at once, 1 to 64. Default 4.
    #[must_use]
    pub fn concurrency(mut self, concurrency: usize) -> Self {
        self.concurrency = concurrency.clamp(1, 64);
        self
    }

    /// Says that the collection was made by this run (see
    /// [`make_collection`](Client::make_collection)): only then, and only while it is empty, may it be
    /// filled by one request on servers that can.
    #[must_use]
    pub fn fresh(mut self, fresh: bool) -> Self {
        self.fresh = fresh;
        self
    }

    /// Whether a collection that was made just now may be filled by one request. On by default.
    #[must_use]
    pub fn bulk(mut self, bulk: bool) -> Self {
        self.bulk = bulk;
        self
    }

    /// Whether what is gone from the source is deleted on the server too: what an earlier run put there,
    /// and nobody has changed since. Off by default.
    #[must_use]
    pub fn deletions(mut self, deletions: bool) -> Self {
        self.deletions = deletions;
        self
    }

    /// Uploads items with lossy findings of this code in spite of them; their findings stay in the report.
    #[must_use]
    pub fn accepted(mut self, code: impl Into<String>) -> Self {
        self.accepted.push(code.into());
        self
    }

    /// Uploads what is missing, proves what is there. The items are all that the source has: what earlier
    /// runs brought from it and is not among them is gone.
    ///
    /// # Errors
    ///
    /// Those of the connection before anything was done, and of the ledger. What goes wrong with one
    /// item is its outcome.
    pub async fn run(&self, items: Vec<Item>) -> Result<Report> {
        let items = items.into_iter().map(|item| (item, None)).collect();
        self.carry(items, plan::Scope::Whole).await
    }

    /// What [`run`](Self::run) would do. Nothing is changed, on the server or in the ledger.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub async fn plan(&self, items: &[Item]) -> Result<Plan> {
        let items: Vec<(Item, Option<String>)> = items.iter().map(|item| (item.clone(), None)).collect();
        let survey = self.survey(&items).await?;
        Ok(self.decide(&items, &survey, plan::Scope::Whole))
    }

    async fn carry(&self, items: Vec<(Item, Option<String>)>, scope: plan::Scope) -> Result<Report> {
        let survey = self.survey(&items).await?;
        let plan = self.decide(&items, &survey, scope);
        let mut report = self.apply(items, plan, &survey).await?;
        self.ledger.sync().await?;
        report.outcomes.shrink_to_fit();
        Ok(report)
    }

    /// What the ledger knows the collection by.
    fn key(&self) -> String {
        self.client.url_of(&self.collection.href)
    }
}
