//! One mailbox, and questions about it.

use super::{
    Ews, Listing,
    http::{Call, Cookies},
    reader::Items,
};
use crate::{
    Error, ErrorKind, Folder, FolderRef, Inventory, Limits, Problem, Request, Result,
    inventory::Place,
    request::{FolderShape, Header},
    response::{self, Answer, Reaction},
    xml::Raw,
};
use std::{sync::Arc, time::Duration};
use tegu_message::Spool;
use tegu_net::BoxFuture;
use tracing::Instrument as _;

/// How the account comes to a mailbox.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Access {
    Own,
    Impersonate,
    Delegate,
}

/// A mailbox of a server. Clones are the same mailbox.
#[derive(Clone)]
pub struct Mailbox {
    pub(super) ews: Ews,
    address: Arc<str>,
    access: Access,
    cookies: Arc<Cookies>,
    route: Option<Route>,
}

/// Where requests about public folders go.
#[derive(Clone, Debug)]
struct Route {
    anchor: Arc<str>,
    mailbox: Arc<str>,
}

/// How long to wait for a busy server that does not say how long.
const BUSY: Duration = Duration::from_secs(5);
/// The longest wait before a busy server is asked again, whatever it says. Exchange asks for five minutes at most.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// How long to wait for a busy server.
pub(super) fn pause(asked: Option<Duration>) -> Duration {
    asked.unwrap_or(BUSY).min(LONGEST)
}

impl Mailbox {
    pub(super) fn new(ews: &Ews, address: String, access: Access) -> Self {
        Self {
            ews: ews.clone(),
            address: address.into(),
            access,
            cookies: Arc::default(),
            route: None,
        }
    }

    /// The same mailbox, whose requests go to public folders: the values of the headers `X-AnchorMailbox` and `X-PublicFolderMailbox`.
    pub(super) fn routed(&self, anchor: &str, mailbox: &str) -> Self {
        let (anchor, mailbox) = (anchor.into(), mailbox.into());
        Self {
            cookies: Arc::default(),
            route: Some(Route { anchor, mailbox }),
            ..self.clone()
        }
    }

    /// Returns the SMTP address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Returns the version that requests ask for.
    #[must_use]
    pub fn version(&self) -> crate::Version {
        self.ews.version()
    }

    /// Returns a folder that every mailbox has, by its name: `inbox`, `calendar`, `archivemsgfolderroot`.
    #[must_use]
    pub fn folder(&self, name: &str) -> FolderRef {
        let folder = FolderRef::distinguished(name);
        match self.access {
            Access::Delegate => folder.of(&*self.address),
            Access::Own | Access::Impersonate => folder,
        }
    }

    /// Sends a request and reads its answer with one of the functions of [`response`].
    ///
    /// A server that is busy is waited for as long as it takes, one that refuses the version is asked with an older one, and failures that
    /// pass are tried again as often as [`Options::backoff`](super::Options::backoff) says.
    ///
    /// # Errors
    ///
    /// Those of [`response::read`], with the [`Problem`] as the source where the server has one; kind
    /// [`Unsupported`](ErrorKind::Unsupported) if the server is too old for the operation.
    pub async fn ask<T>(
        &self,
        request: &Request,
        read: impl Fn(&Raw, &Limits) -> Result<Answer<T>>,
    ) -> Result<Answer<T>> {
        let (verb, mailbox) = (request.operation(), &*self.address);
        let span = tracing::debug_span!("command", verb, mailbox);
        self.ask_until(request, read).instrument(span).await
    }

    /// Asks until there is an answer, or no hope of one.
    async fn ask_until<T>(
        &self,
        request: &Request,
        read: impl Fn(&Raw, &Limits) -> Result<Answer<T>>,
    ) -> Result<Answer<T>> {
        let doing = |error: Error| error.doing(request.operation(), &*self.address);
        let shared = &self.ews.shared;
        let mut failed = 0;
        loop {
            let version = self.ews.version();
            if version < request.since() {
                let why = format!(
                    "the server is too old: it takes {version}, and this needs {}",
                    request.since()
                );
                return Err(doing(Error::new(ErrorKind::Unsupported, why)));
            }
            let slot = shared.tuning.slot().await;
            let result = match self.exchange(request, version).await {
                Ok(raw) => read(&raw, &shared.options.limits),
                Err(error) => Err(error),
            };
            // A busy server also says so in the place of a single part.
            let result = match result {
                Ok(answer) => {
                    self.ews.met(answer.server.clone());
                    match only_busy(&answer) {
                        Some(problem) => Err(problem.into()),
                        None => Ok(answer),
                    }
                }
                Err(error) => Err(error),
            };
            let error = match result {
                Ok(answer) => {
                    tracing::trace!("answered");
                    return Ok(answer);
                }
                Err(error) => error,
            };
            tracing::debug!(%error, "no answer yet");
            let problem = error.find_source::<Problem>();
            if let Some(older) = problem.and_then(|problem| version.after_refusal(problem)) {
                self.ews.step_down(version, older);
                continue;
            }
            match problem.map(Problem::reaction) {
                Some(Reaction::FewerConnections) => {
                    shared.tuning.fewer_connections(slot);
                    shared
                        .tuning
                        .wait(
                            shared
                                .options
                                .backoff
                                .delay(1, error.retry_after())
                                .unwrap_or(BUSY),
                        )
                        .await;
                }
                Some(Reaction::Wait) => {
                    drop(slot);
                    shared.tuning.wait(pause(error.retry_after())).await;
                }
                // The caller asks for less.
                Some(Reaction::SmallerBatch | Reaction::SmallerPage) => return Err(doing(error)),
                _ if error.kind() == ErrorKind::Throttled => {
                    drop(slot);
                    shared.tuning.wait(pause(error.retry_after())).await;
                }
                _ => {
                    drop(slot);
                    failed += 1;
                    let delay = shared.options.backoff.delay(failed, error.retry_after());
                    match delay.filter(|_| error.is_retryable()) {
                        Some(delay) => tokio::time::sleep(delay).await,
                        None => return Err(doing(error)),
                    }
                }
            }
        }
    }

    async fn exchange(&self, request: &Request, version: crate::Version) -> Result<Raw> {
        let impersonate = (self.access == Access::Impersonate).then_some(&*self.address);
        let shared = &self.ews.shared;
        // What is held in memory is counted for each request.
        let spool = Spool::new(&shared.scratch);
        let call = Call {
            body: request
                .to_xml(Header::new(version).impersonate(impersonate))
                .into(),
            anchor: Some(self.route.as_ref().map_or(&self.address, |route| &route.anchor)),
            public_folders: self.route.as_ref().map(|route| &*route.mailbox),
            cookies: &self.cookies,
            spool: &spool,
            limits: &shared.options.limits,
        };
        shared.http.call(&call).await
    }

    /// Lists the folders of the mailbox.
    ///
    /// # Errors
    ///
    /// As [`ask`](Self::ask).
    pub async fn inventory(&self) -> Result<Inventory> {
        self.inventory_of("msgfolderroot").await
    }

    /// Lists the folders of the archive mailbox. `None` if there is none, or the server is older than archives (Exchange 2010 SP1).
    ///
    /// # Errors
    ///
    /// As [`ask`](Self::ask), also if the archive is on another server that does not answer.
    pub async fn archive(&self) -> Result<Option<Inventory>> {
        match self.inventory_of("archivemsgfolderroot").await {
            Err(error) if Problem::reaction_to(&error) == Some(Reaction::Gone) => Ok(None),
            Err(_) if self.ews.version() < crate::Version::Exchange2010Sp1 => Ok(None),
            found => found.map(Some),
        }
    }

    /// Lists the folders of the mailbox, and below a folder of this name, if one is given, those of its archive mailbox.
    ///
    /// # Errors
    ///
    /// As [`ask`](Self::ask).
    pub async fn inventory_with(&self, archive: Option<&str>) -> Result<Inventory> {
        let mut inventory = self.inventory().await?;
        if let Some(name) = archive
            && let Some(archive) = self.archive().await?
        {
            inventory.add_archive(name, archive);
        }
        Ok(inventory)
    }

    /// Lists what was deleted and can still be recovered, if the server tells. It is for counting: nobody expects it to move.
    ///
    /// # Errors
    ///
    /// As [`ask`](Self::ask).
    pub async fn recoverable(&self) -> Result<Option<Inventory>> {
        match self.inventory_of("recoverableitemsroot").await {
            Err(error)
                if matches!(
                    Problem::reaction_to(&error),
                    Some(Reaction::Gone | Reaction::Permanent)
                ) =>
            {
                Ok(None)
            }
            found => found.map(Some),
        }
    }

    fn inventory_of<'a>(&'a self, root: &'a str) -> BoxFuture<'a, Result<Inventory>> {
        Box::pin(async move {
            let root = self.folder(root);
            let shape = FolderShape::Facts;
            let request = Request::GetFolder {
                folders: vec![root.clone()],
                shape,
            };
            let top = self
                .ask(&request, response::folders)
                .await?
                .only()
                .map_err(|error| error.doing("open", &*self.address))?;
            let mut folders = self.folders_below(&root, true, FolderShape::Facts).await?;
            if self.ews.version() < crate::Version::Exchange2013 {
                self.name(&mut folders).await?;
            }
            Ok(Inventory::of(&top.id, folders))
        })
    }

    /// Folders below one: all of them if `deep`, else those directly below.
    ///
    /// # Errors
    ///
    /// As [`ask`](Self::ask), and [`Limit`](ErrorKind::Limit) if there are more than the limit `folders` before the last page.
    pub(super) async fn folders_below(
        &self,
        parent: &FolderRef,
        deep: bool,
        shape: FolderShape,
    ) -> Result<Vec<Folder>> {
        let shared = &self.ews.shared;
        let mut folders = Vec::new();
        loop {
            let most = shared.tuning.page();
            let request = Request::FindFolder {
                parent: parent.clone(),
                deep,
                offset: u32::try_from(folders.len()).unwrap_or(u32::MAX),
                most,
                shape,
            };
            let answer = self.ask(&request, response::found_folders).await;
            let page = match answer.and_then(Answer::only) {
                Ok(page) => page,
                Err(error) if is_too_large(&error) && shared.tuning.smaller_page(most) => continue,
                Err(error) => return Err(error),
            };
            let none = page.entries.is_empty();
            folders.extend(page.entries);
            if page.last || none {
                return Ok(folders);
            }
            if folders.len() > shared.options.limits.folders {
                let why = "there are more folders than the limit `folders`";
                return Err(Error::new(ErrorKind::Limit, why).doing("list the folders of", &*self.address));
            }
        }
    }

    /// Older servers do not say which folder is which: they are asked by name.
    async fn name(&self, folders: &mut [Folder]) -> Result<()> {
        const NAMES: [&str; 12] = [
            "inbox",
            "drafts",
            "sentitems",
            "deleteditems",
            "junkemail",
            "outbox",
            "calendar",
            "contacts",
            "tasks",
            "notes",
            "journal",
            "searchfolders",
        ];
        let request = Request::GetFolder {
            folders: NAMES.map(|name| self.folder(name)).to_vec(),
            shape: FolderShape::Facts,
        };
        let answer = self.ask(&request, response::folders).await?;
        for (part, name) in answer.parts.into_iter().zip(NAMES) {
            let Ok(known) = part else { continue };
            if let Some(folder) = folders.iter_mut().find(|folder| folder.id == known.id) {
                folder.distinguished = Some(name.to_owned());
            }
        }
        Ok(())
    }

    /// Lists the items of a folder from the beginning.
    #[must_use]
    pub fn listing(&self, folder: &Folder) -> Listing {
        Listing::new(self, folder, None)
    }

    /// Lists what changed in a folder since a [state](Listing::state).
    #[must_use]
    pub fn changes(&self, folder: &Folder, state: impl Into<String>) -> Listing {
        Listing::new(self, folder, Some(state.into()))
    }

    /// Reads all items of a folder.
    #[must_use]
    pub fn items(&self, place: &Place) -> Items {
        Items::new(self, self.listing(&place.folder), place.kind)
    }
}

impl std::fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mailbox")
            .field("address", &self.address)
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}

/// Whether the answer is nothing but one part that says that the server is busy.
fn only_busy<T>(answer: &Answer<T>) -> Option<Problem> {
    match &answer.parts[..] {
        [Err(problem)]
            if matches!(
                problem.reaction(),
                Reaction::Wait | Reaction::FewerConnections | Reaction::OlderVersion
            ) =>
        {
            Some(problem.clone())
        }
        _ => None,
    }
}

/// Whether a smaller page helps.
pub(super) fn is_too_large(error: &Error) -> bool {
    matches!(
        Problem::reaction_to(error),
        Some(Reaction::SmallerPage | Reaction::SmallerBatch)
    ) || error.kind() == ErrorKind::Timeout
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_asks_for_years_is_asked_again_after_minutes() {
        assert_eq!(pause(None), BUSY);
        assert_eq!(
            pause(Some(Duration::from_millis(297_749))),
            Duration::from_millis(297_749)
        );
        assert_eq!(pause(Some(Duration::from_millis(u64::MAX))), LONGEST);
    }
}
