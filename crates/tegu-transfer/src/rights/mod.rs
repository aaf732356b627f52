//! Rights: who may do what with whose folders.

mod decide;
mod plan;
mod prepare;
mod prove;
mod run;
mod senders;

use crate::{
    Account, BoxFuture, Entity, Error, Organisation, PlanContext, Proof, ProveContext, Result, Route,
    RoutePlan, RunContext, journal::Journal, net::Throttle,
};
use serde::Deserialize;
use std::{
    collections::HashMap,
    sync::{Arc, OnceLock, PoisonError, RwLock},
};
use tegu_rights::{
    ItemKind, People, Person,
    store::{RightsSource, RightsTarget},
};
use tegu_routing::Senders;

/// The kinds of items, and what each is called in reports.
const KINDS: [(ItemKind, Entity); 4] = [
    (ItemKind::Folders, Entity::SharedFolders),
    (ItemKind::Calendars, Entity::SharedCalendars),
    (ItemKind::AddressBooks, Entity::SharedAddressBooks),
    (ItemKind::Delegates, Entity::Delegates),
];
/// The log that knows the entries of lists, beside those of the items.
const LISTS: &str = "lists";

/// What people are called in access control lists.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Identifiers {
    /// An account, with `{mail}`, `{alias}` and `{domain}`. Default: as it signs in to the target.
    #[serde(default)]
    pub account: Option<String>,
    /// A group, with its short name as `{name}`: `group:{name}`. Default: the target knows no groups; members get the rights if `RIGHTS-GROUP-MEMBERS` is
    /// accepted.
    #[serde(default)]
    pub group: Option<String>,
    /// Everybody, such as `anyone`. Default: what everybody has is for a person.
    #[serde(default)]
    pub everybody: Option<String>,
}

/// Asks what the route of mail called an account's folders, given by its [identity](Account::id): paths on the source, and names on the target.
pub type MovedFolders =
    for<'a> fn(&'a dyn Journal, &'a str) -> BoxFuture<'a, Result<Vec<(Vec<String>, String)>>>;

/// What is known of all accounts together.
#[derive(Debug, Default)]
struct Surveyed {
    people: People,
    /// Whether the job moves mail, whose route says how folders are called.
    moves_mail: bool,
    /// How each account that is on the target signs in there, by its address in lower case.
    logins: HashMap<String, String>,
    /// Who may send by which address, if the source knows.
    senders: OnceLock<Senders>,
}

/// Gives on the target's folders what the source grants: each grant is an item with a state, and the list is read back and compared.
///
/// Clones are the same route.
#[derive(Clone, Debug)]
pub struct RightsRoute {
    source: Arc<dyn RightsSource>,
    target: Arc<dyn RightsTarget>,
    moved: MovedFolders,
    identifiers: Arc<Identifiers>,
    surveyed: Arc<RwLock<Arc<Surveyed>>>,
}

impl RightsRoute {
    /// Makes a route. It gives nothing before a [survey](Route::survey) has told who there is.
    pub fn new(
        source: impl Into<Box<dyn RightsSource>>,
        target: impl Into<Box<dyn RightsTarget>>,
        moved: MovedFolders,
        identifiers: Identifiers,
    ) -> Self {
        Self {
            source: Arc::from(source.into()),
            target: Arc::from(target.into()),
            moved,
            identifiers: Arc::new(identifiers),
            surveyed: Arc::default(),
        }
    }

    /// Learns who there is: what the directory knows, and which accounts move now or are on the target already. Nobody else gets a right.
    fn know(&self, organisation: &Organisation<'_>) {
        let mut people = organisation.people.cloned().unwrap_or_default();
        let mut logins = HashMap::new();
        for account in organisation.there {
            if people.address(&account.mail).is_none() {
                people.add(Person::account(&account.mail).names([&account.alias]));
            }
            let template = self.identifiers.account.as_ref();
            let filled = template.map(|template| account.fill(template, String::push_str));
            let login = self.target.identifier(account);
            if let Ok(login) = &login {
                logins.insert(senders::key(&people, &account.mail), login.clone());
            }
            match filled.map_or(login, Ok) {
                Ok(identifier) => people.moves(&account.mail, identifier),
                Err(error) => tracing::warn!(account = account.mail, %error, "others cannot share with it"),
            }
        }
        *self.surveyed.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Surveyed {
            people,
            moves_mail: organisation.moving.contains(&Entity::Mail),
            logins,
            senders: OnceLock::new(),
        });
    }

    fn surveyed(&self) -> Arc<Surveyed> {
        let known = self.surveyed.read();
        known.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Route for RightsRoute {
    fn entity(&self) -> Entity {
        Entity::SharedFolders
    }

    fn describe(&self) -> String {
        format!("{} -> {}", self.source.describe(), self.target.describe())
    }

    fn settings(&self) -> String {
        format!("{:?}", self.identifiers)
    }

    fn throttles(&self) -> Vec<Arc<Throttle>> {
        let target = self.target.throttle();
        self.source.throttle().into_iter().chain(target).collect()
    }

    fn survey<'a>(&'a self, organisation: &'a Organisation<'a>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async {
            self.know(organisation);
            self.read_senders(organisation).await;
            Ok(())
        })
    }

    fn sheets(&self) -> Vec<(String, Vec<u8>)> {
        let surveyed = self.surveyed();
        surveyed.senders.get().map_or_else(Vec::new, Senders::sheets)
    }

    fn check<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let surveyed = self.surveyed();
            let read = self.source.read(account, &surveyed.people);
            read.await.map_err(Error::at_source)?;
            self.target
                .open(account)
                .await
                .map_err(Error::at_target)
                .map(drop)
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
