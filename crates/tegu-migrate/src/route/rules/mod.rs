//! Inbox rules, automatic replies and forwarding, as one Sieve script for each mailbox: [`tegu_sieve::store`] decides and carries out,
//! and the journal keeps how each item ended.

mod plan;
mod prove;
mod run;
mod survey;
mod work;

use self::survey::Surveyed;
use super::{PlanContext, Proof, ProveContext, Route, RoutePlan, RunContext};
use crate::{Account, BoxFuture, Entity, Error, Result, SieveServer, net::Throttle};
use std::sync::{Arc, PoisonError, RwLock};
use tegu_sieve::{
    managesieve::{Activation, ScriptName},
    store::{ForwardingBy, ItemKind, SettingsSource},
    translate::Server,
};
use tegu_transfer::Organisation;

/// The kinds of items, and what each is called in reports.
const KINDS: [(ItemKind, Entity); 3] = [
    (ItemKind::Rule, Entity::InboxRules),
    (ItemKind::Reply, Entity::OutOfOffice),
    (ItemKind::Forwarding, Entity::Forwarding),
];
/// The log that knows the script as a whole, beside those of its items.
const SCRIPT: &str = "script";
/// Where scripts and sheets lie in the job's directory.
const FOLDER: &str = "rules";

/// Where scripts go.
#[derive(Debug)]
#[non_exhaustive]
pub enum ScriptTarget {
    /// Onto a server, by ManageSieve.
    Server(Box<SieveServer>),
    /// Into `rules/` of the job's directory, for a server that offers this.
    Files(Server),
}

/// What is decided about all scripts alike.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RulesOptions {
    /// The script's name on the server.
    pub script: ScriptName,
    /// Whether it is switched on, unless another one of the owner's runs. Default: no.
    pub activation: Activation,
    /// How forwarding settings are carried out. Default: by a sheet.
    pub forwarding: ForwardingBy,
    /// The folder of deleted messages on the target, for servers that do not tell. Default `Trash`.
    pub trash: String,
    /// The character between the levels of a folder's name, where the job moves no mail that tells. Default `/`.
    pub delimiter: char,
    /// The domains whose senders are colleagues. Default: those of the mailbox.
    pub domains: Vec<String>,
}

impl RulesOptions {
    /// Stores scripts under this name.
    #[must_use]
    pub fn new(script: ScriptName) -> Self {
        Self {
            script,
            activation: Activation::Leave,
            forwarding: ForwardingBy::Sheet,
            trash: "Trash".to_owned(),
            delimiter: '/',
            domains: Vec::new(),
        }
    }
}

/// Moves inbox rules, the automatic reply and forwarding of an account. All of them are in one script, since a server runs one.
///
/// Clones are the same route.
#[derive(Clone, Debug)]
pub struct RulesRoute {
    source: Arc<dyn SettingsSource>,
    target: Arc<ScriptTarget>,
    options: Arc<RulesOptions>,
    surveyed: Arc<RwLock<Arc<Surveyed>>>,
}

impl RulesRoute {
    /// Makes a route.
    pub fn new(
        source: impl Into<Box<dyn SettingsSource>>,
        target: ScriptTarget,
        options: RulesOptions,
    ) -> Self {
        Self {
            source: Arc::from(source.into()),
            target: Arc::new(target),
            options: Arc::new(options),
            surveyed: Arc::default(),
        }
    }

    fn server(&self) -> Option<&SieveServer> {
        match &*self.target {
            ScriptTarget::Server(server) => Some(server.as_ref()),
            ScriptTarget::Files(_) => None,
        }
    }

    fn surveyed(&self) -> Arc<Surveyed> {
        let known = self.surveyed.read();
        known.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Route for RulesRoute {
    fn entity(&self) -> Entity {
        Entity::InboxRules
    }

    fn describe(&self) -> String {
        let target = self
            .server()
            .map_or_else(|| "files".to_owned(), SieveServer::describe);
        format!(
            "{} -> {target} script {}",
            self.source.describe(),
            self.options.script
        )
    }

    fn settings(&self) -> String {
        format!("{:?}", self.options)
    }

    fn places(&self, account: &Account) -> [Option<String>; 2] {
        let target = self.server().and_then(|server| server.place(account));
        [self.source.place(account), target]
    }

    fn throttles(&self) -> Vec<Arc<Throttle>> {
        let target = self.server().and_then(SieveServer::throttle);
        self.source.throttle().into_iter().chain(target).collect()
    }

    fn survey<'a>(&'a self, organisation: &'a Organisation<'a>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async {
            self.read_all(organisation).await;
            Ok(())
        })
    }

    fn sheets(&self) -> Vec<(String, Vec<u8>)> {
        self.all_sheets()
    }

    fn check<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.source.read(account).await?;
            if let Some(server) = self.server() {
                server.connect(account).await.map_err(Error::at_target)?;
            }
            Ok(())
        })
    }

    fn plan<'a>(&'a self, context: &'a PlanContext<'a>) -> BoxFuture<'a, Result<RoutePlan>> {
        Box::pin(self.look(context))
    }

    fn run<'a>(&'a self, context: &'a RunContext<'a>) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.carry(context))
    }

    fn prove<'a>(&'a self, context: &'a ProveContext<'a>) -> BoxFuture<'a, Result<Proof>> {
        Box::pin(self.reprove(context))
    }
}
