//! Rights: who may do what with whose folders.

mod decide;
mod delegates;
mod note;
mod plan;
mod prepare;
mod prove;
mod run;
mod senders;
mod sheet;
mod side;

use self::side::Side;
use crate::{
    Account, BoxFuture, Entity, Error, Organisation, PlanContext, Proof, ProveContext, Result, Route,
    RoutePlan, RunContext, Sheets, journal::Journal, net::Throttle,
};
use serde::Deserialize;
use std::{
    collections::HashMap,
    sync::{Arc, OnceLock, PoisonError, RwLock},
};
use tegu_rights::{
    AccessSet, FolderKind, ItemKind, People, Person, Privileges, Rights,
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

/// What items of a kind are reported as.
fn entity_of(kind: ItemKind) -> Entity {
    let known = KINDS.into_iter().find(|(one, _)| *one == kind);
    known.map_or(Entity::SharedFolders, |(_, entity)| entity)
}

/// What people are called in access control lists.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Identifiers {
    /// An account, with `{mail}`, `{alias}` and `{domain}`. Default: as it signs in to the target. On calendars and address books, the path of its
    /// principal if that does not end in it.
    #[serde(default)]
    pub account: Option<String>,
    /// A group, with its short name as `{name}`: `group:{name}`; on calendars and address books the path of its principal. Default: the target knows no groups; members get the rights if `RIGHTS-GROUP-MEMBERS` is
    /// accepted.
    #[serde(default)]
    pub group: Option<String>,
    /// Everybody, such as `anyone`; on calendars and address books `DAV:all` or `DAV:authenticated`. Default: what everybody has is for a person.
    #[serde(default)]
    pub everybody: Option<String>,
}

/// Asks what the route that moves folders, calendars or address books called an account's, given by its [identity](Account::id): paths on the source,
/// and names on the target. A calendar or an address book has a path of one level.
pub type MovedFolders =
    for<'a> fn(&'a dyn Journal, &'a str) -> BoxFuture<'a, Result<Vec<(Vec<String>, String)>>>;

/// What is known of all accounts together.
#[derive(Debug, Default)]
struct Surveyed {
    /// Everybody, as the lists of mail folders call them.
    people: People,
    /// The same for other lists.
    others: HashMap<FolderKind, People>,
    /// What the job moves.
    moving: Vec<Entity>,
    /// The identities of accounts that are on the target.
    there: Vec<String>,
    /// How each account that is on the target signs in there, by its address in lower case.
    logins: HashMap<String, String>,
    /// Who may send by which address, if the source knows.
    senders: OnceLock<Senders>,
}

impl Surveyed {
    /// Everybody, as the lists of this kind of folder call them.
    fn people(&self, kind: FolderKind) -> &People {
        self.others.get(&kind).unwrap_or(&self.people)
    }
}

/// Gives on the target's folders what the source grants: each grant is an item with a state, and the list is read back and compared.
///
/// Calendars and address books are left to a person unless their servers are [named](Self::calendars).
///
/// Clones are the same route.
#[derive(Clone, Debug)]
pub struct RightsRoute {
    source: Arc<dyn RightsSource>,
    mail: Side<Rights>,
    collections: Vec<Side<Privileges>>,
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
            mail: Side {
                kind: FolderKind::Mail,
                target: Arc::from(target.into()),
                moved,
                identifiers,
            },
            collections: Vec::new(),
            surveyed: Arc::default(),
        }
    }

    /// Gives rights on calendars too. Where the server has no lists, files say what its administrator has to let people do: the rights file of
    /// Radicale, and a table.
    #[must_use]
    pub fn calendars(
        self,
        target: impl Into<Box<dyn RightsTarget<Privileges>>>,
        moved: MovedFolders,
        identifiers: Identifiers,
    ) -> Self {
        self.side(FolderKind::Calendar, target.into(), moved, identifiers)
    }

    /// The same for address books.
    #[must_use]
    pub fn contacts(
        self,
        target: impl Into<Box<dyn RightsTarget<Privileges>>>,
        moved: MovedFolders,
        identifiers: Identifiers,
    ) -> Self {
        self.side(FolderKind::Contacts, target.into(), moved, identifiers)
    }

    fn side(
        mut self,
        kind: FolderKind,
        target: Box<dyn RightsTarget<Privileges>>,
        moved: MovedFolders,
        identifiers: Identifiers,
    ) -> Self {
        self.collections.retain(|side| side.kind != kind);
        self.collections.push(Side {
            kind,
            target: Arc::from(target),
            moved,
            identifiers,
        });
        self
    }

    /// The kinds of items that a side reports: its own, and with mail those that no other side has.
    fn kinds<R: AccessSet>(&self, side: &Side<R>) -> Vec<ItemKind> {
        if side.kind != FolderKind::Mail {
            return vec![side.items()];
        }
        let others: Vec<ItemKind> = self.collections.iter().map(Side::items).collect();
        let all = KINDS.into_iter().map(|(kind, _)| kind);
        all.filter(|kind| !others.contains(kind)).collect()
    }

    /// Learns who there is: what the directory knows, and which accounts move now or are on the target already. Nobody else gets a right.
    fn know(&self, organisation: &Organisation<'_>) {
        let mut known = Surveyed {
            people: organisation.people.cloned().unwrap_or_default(),
            moving: organisation.moving.to_vec(),
            ..Surveyed::default()
        };
        for account in organisation.there {
            known.there.push(account.id.clone());
            if known.people.address(&account.mail).is_none() {
                known
                    .people
                    .add(Person::account(&account.mail).names([&account.alias]));
            }
        }
        for side in &self.collections {
            let mut people = known.people.clone();
            side.call(organisation.there, &mut people);
            known.others.insert(side.kind, people);
        }
        for (mail, login) in self.mail.call(organisation.there, &mut known.people) {
            known.logins.insert(senders::key(&known.people, mail), login);
        }
        *self.surveyed.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(known);
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
        let others = self.collections.iter().map(|side| side.target.describe());
        let targets: Vec<String> = [self.mail.target.describe()].into_iter().chain(others).collect();
        format!("{} -> {}", self.source.describe(), targets.join(", "))
    }

    fn settings(&self) -> String {
        let others = self.collections.iter().map(Side::settings);
        let all: Vec<String> = [self.mail.settings()].into_iter().chain(others).collect();
        all.join("\n")
    }

    fn throttles(&self) -> Vec<Arc<Throttle>> {
        let others = self.collections.iter().map(|side| side.target.throttle());
        let all = [self.source.throttle(), self.mail.target.throttle()];
        all.into_iter().chain(others).flatten().collect()
    }

    fn survey<'a>(&'a self, organisation: &'a Organisation<'a>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async {
            self.know(organisation);
            self.read_senders(organisation).await;
            Ok(())
        })
    }

    fn sheets(&self) -> Sheets {
        let surveyed = self.surveyed();
        surveyed.senders.get().map_or_else(Vec::new, Senders::sheets)
    }

    fn closing_sheets<'a>(&'a self, journal: &'a dyn Journal) -> BoxFuture<'a, Result<Sheets>> {
        Box::pin(async {
            let mut sheets = self.shared(journal).await?;
            sheets.extend(self.delegates(journal).await?);
            Ok(sheets)
        })
    }

    fn check<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.grants(account).await?;
            self.mail.target.open(account).await.map_err(Error::at_target)?;
            for side in &self.collections {
                side.target.open(account).await.map_err(Error::at_target)?;
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
