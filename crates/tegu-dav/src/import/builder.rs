//! What to upload where, and how.

use std::sync::Arc;

use super::hooks::{Candidate, Event, Gate, Hooks};
use crate::client::{Client, Collection, Kind};
use crate::ledger::{Ledger, MemoryLedger};
use crate::{Finding, ItemKind};

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
/// let endpoint = Endpoint::new("https://mail.example.org:8809/caldav")?;
/// let client = Client::connect(&endpoint, &Credentials::password("anna", password)).await?;
/// let file = std::fs::read("calendar.ics").unwrap();
/// let items = split::calendar(&file, &Limits::default())?.items;
///
/// let import = Import::named(client, Kind::Calendars, "exchange", "Exchange")
///     .ledger(Arc::new(FileLedger::open("anna.ledger")?));
/// for item in import.plan(&items).await?.items {
///     println!("{}: {}", item.summary, item.state);
/// }
/// let report = import.run(items).await?;
/// for item in report.manual() {
///     println!("{} is left for a person: {}", item.summary, item.findings[0]);
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Import {
    pub(super) client: Client,
    pub(super) destination: Destination,
    pub(super) ledger: Arc<dyn Ledger>,
    pub(super) concurrency: usize,
    pub(super) bulk: bool,
    pub(super) fresh: bool,
    pub(super) create: bool,
    pub(super) deletions: bool,
    pub(super) retry_manual: bool,
    pub(super) keep_originals: bool,
    accepted: Vec<String>,
    pub(super) hooks: Hooks,
}

impl Destination {
    /// The span of what is logged about it.
    pub(super) fn span(&self) -> tracing::Span {
        let folder = match self {
            Self::Collection(collection) => &collection.href,
            Self::Named { display_name, .. } => display_name,
        };
        tracing::info_span!("folder", folder)
    }
}

/// Where items go.
#[derive(Clone, Debug)]
pub(super) enum Destination {
    Collection(Box<Collection>),
    Named {
        kind: Kind,
        /// In the user's home; `None` for the place that the client's URL names.
        name: Option<String>,
        display_name: String,
    },
}

/// Uploads at the same time, unless the caller says otherwise. Servers that lock a collection gain nothing from more.
const CONCURRENCY: usize = 4;

impl Import {
    /// An upload to an existing collection.
    #[must_use]
    pub fn new(client: Client, collection: Collection) -> Self {
        Self::to(client, Destination::Collection(Box::new(collection)))
    }

    /// An upload to the collection in the user's home whose path ends in `name`. [`run`](Self::run) creates it if it does not
    /// exist; but if an earlier run filled it and its owner deleted it since, it is not created again, and all items are
    /// `Excluded`. If the server refuses to create it, all items are `Manual`.
    ///
    /// `name` should not depend on what people may rename; they see `display_name`.
    #[must_use]
    pub fn named(
        client: Client,
        kind: Kind,
        name: impl Into<String>,
        display_name: impl Into<String>,
    ) -> Self {
        Self::to(
            client,
            Destination::Named {
                kind,
                name: Some(name.into()),
                display_name: display_name.into(),
            },
        )
    }

    /// As [`named`](Self::named), to the collection that the client's URL names; see [`Client::place`].
    #[must_use]
    pub fn here(client: Client, kind: Kind, display_name: impl Into<String>) -> Self {
        Self::to(
            client,
            Destination::Named {
                kind,
                name: None,
                display_name: display_name.into(),
            },
        )
    }

    fn to(client: Client, destination: Destination) -> Self {
        Self {
            client,
            destination,
            ledger: Arc::new(MemoryLedger::new()),
            concurrency: CONCURRENCY,
            bulk: true,
            fresh: false,
            create: true,
            deletions: false,
            retry_manual: false,
            keep_originals: true,
            accepted: Vec::new(),
            hooks: Hooks::default(),
        }
    }

    /// Remembers in this ledger. Without one, a later run knows only what it finds on the server.
    #[must_use]
    pub fn ledger(mut self, ledger: Arc<dyn Ledger>) -> Self {
        self.ledger = ledger;
        self
    }

    /// Sets how many uploads run at the same time, 1 to 64. Default 4.
    #[must_use]
    pub fn concurrency(mut self, concurrency: usize) -> Self {
        self.concurrency = concurrency.clamp(1, 64);
        self
    }

    /// Says that the caller has just created the collection (see [`Client::make_collection`]). Only then, and only while it is
    /// empty, may it be filled by one request.
    #[must_use]
    pub fn fresh(mut self, fresh: bool) -> Self {
        self.fresh = fresh;
        self
    }

    /// Sets whether a new collection may be filled by one request, on servers that can. Default `true`.
    #[must_use]
    pub fn bulk(mut self, bulk: bool) -> Self {
        self.bulk = bulk;
        self
    }

    /// Sets whether [`run`](Self::run) creates a [named](Self::named) collection. Default `true`. `false` is for collections that
    /// the source no longer has.
    #[must_use]
    pub fn create(mut self, create: bool) -> Self {
        self.create = create;
        self
    }

    /// Sets whether items that are gone from the source are deleted on the server. Default `false`.
    ///
    /// Only resources that this upload created are deleted, and only if nobody has changed them since.
    #[must_use]
    pub fn deletions(mut self, deletions: bool) -> Self {
        self.deletions = deletions;
        self
    }

    /// Sets whether items that the server refused in an earlier run are sent again although they have not changed. Default
    /// `false`: they stay `Manual`.
    #[must_use]
    pub fn retry_manual(mut self, retry: bool) -> Self {
        self.retry_manual = retry;
        self
    }

    /// Sets whether the report keeps the originals of items for a person. Default `true`. [`Event::Finished`] always has them.
    #[must_use]
    pub fn keep_originals(mut self, keep: bool) -> Self {
        self.keep_originals = keep;
        self
    }

    /// Uploads items in spite of lossy findings of this code. The findings stay in the report.
    #[must_use]
    pub fn accepted(mut self, code: impl Into<String>) -> Self {
        self.accepted.push(code.into());
        self
    }

    /// As [`accepted`](Self::accepted), by a function.
    #[must_use]
    pub fn accepted_if(
        mut self,
        accept: impl Fn(&tegu_outcome::Finding) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.hooks.accept = Some(Arc::new(accept));
        self
    }

    /// Asks a gate before each step.
    #[must_use]
    pub fn gate(mut self, gate: Arc<dyn Gate>) -> Self {
        self.hooks.gate = Some(gate);
        self
    }

    /// Excludes the items for which `filter` returns a reason. Such items are never sent, replaced or deleted.
    #[must_use]
    pub fn filter(
        mut self,
        filter: impl Fn(&Candidate<'_>) -> Option<tegu_outcome::Finding> + Send + Sync + 'static,
    ) -> Self {
        self.hooks.filter = Some(Arc::new(filter));
        self
    }

    /// Says whether the caller has kept the original of an item for a person, given its [digest](crate::ledger::digest). An item of
    /// which it has not is read again, though its document is [unchanged](super::Source::unchanged). Default: it has kept none.
    #[must_use]
    pub fn kept(mut self, kept: impl Fn(&str, ItemKind) -> bool + Send + Sync + 'static) -> Self {
        self.hooks.kept = Some(Arc::new(kept));
        self
    }

    /// Tells `observer` what happens. It is called on the task that runs the import, so it should not block for long.
    #[must_use]
    pub fn observer(mut self, observer: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        self.hooks.observer = Some(Arc::new(observer));
        self
    }

    pub(super) fn kind(&self) -> Kind {
        match &self.destination {
            Destination::Collection(collection) => collection.kind,
            Destination::Named { kind, .. } => *kind,
        }
    }

    /// Whether the operator accepts a finding.
    pub(super) fn accepts(&self, finding: &Finding) -> bool {
        self.accepted.iter().any(|code| code == finding.code())
            || self
                .hooks
                .accept
                .as_ref()
                .is_some_and(|accept| accept(&finding.into()))
    }
}
