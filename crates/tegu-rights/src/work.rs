//! The grants of one mailbox, translated.

mod judge;

use crate::{
    Access, Delegation, Folder, FolderKind, Grant, Grantee, People, Permissions, Privileges, Rights,
    people::Whom,
};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use tegu_outcome::{Finding, State};

/// What an item is about.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ItemKind {
    /// Mail folders.
    Folders,
    /// A calendar.
    Calendars,
    /// An address book.
    AddressBooks,
    /// Acting for the owner: as his delegate, and sending as him or on his behalf.
    Delegates,
}

/// What an identifier gets on a folder.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Part {
    /// The folder; `None` means every mail folder.
    pub folder: Option<Folder>,
    /// Who gets it, as the target calls it.
    pub identifier: String,
    /// The rights on mail folders; none on a calendar or an address book.
    pub rights: Rights,
    /// The privileges on a calendar or an address book; none on mail folders.
    pub privileges: Privileges,
}

/// A grant, and what it comes to.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Item {
    /// What it is about.
    pub kind: ItemKind,
    /// Its identity within the mailbox: what is granted to whom, with a number if that stands there twice.
    pub id: String,
    /// What a person recognises it by.
    pub label: String,
    /// What the source said of it, as JSON.
    pub original: String,
    /// What it gives on the target. Empty if [`ends`](Self::ends) is set.
    pub parts: Vec<Part>,
    /// Primary addresses of those who may send as the owner by it, and are on the target.
    pub senders: Vec<String>,
    /// The delegate whom it is about: his primary address, or what the source calls him if the directory does not know him, and what makes him one.
    pub delegate: Option<(String, Delegation)>,
    /// What is lost or in the way, and what is worth knowing.
    pub findings: Vec<Finding>,
    /// How it ends whatever the target says: [`Manual`](State::Manual) or [`Excluded`](State::Excluded).
    pub ends: Option<State>,
}

/// All grants of a mailbox.
///
/// Entries that grant nothing, those of the owner and those that deny something are no items: they bound what others get.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Work {
    /// One for each grant, in the order of the grants.
    pub items: Vec<Item>,
}

/// What decides about grants besides what they say.
#[derive(Clone, Copy)]
pub struct Translator<'a> {
    people: &'a People,
    owner: &'a str,
    everybody: Option<&'a str>,
    group: Option<&'a str>,
    offered: &'a [Privileges],
    accepts: &'a (dyn Fn(&Finding) -> bool + Sync),
}

impl fmt::Debug for Translator<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Translator")
            .field("owner", &self.owner)
            .field("everybody", &self.everybody)
            .field("group", &self.group)
            .field("offered", &self.offered)
            .finish_non_exhaustive()
    }
}

impl<'a> Translator<'a> {
    /// Translates grants on the mailbox of `owner`, given by one of his names. No loss is accepted.
    #[must_use]
    pub fn new(people: &'a People, owner: &'a str) -> Self {
        Self {
            people,
            owner,
            everybody: None,
            group: None,
            offered: &[],
            accepts: &|_| false,
        }
    }

    /// Gives what everybody has to this identifier, such as `anyone`. Without a call it is for a person: on a server of several organisations
    /// `anyone` is more than everybody in this one.
    #[must_use]
    pub fn everybody(mut self, identifier: Option<&'a str>) -> Self {
        self.everybody = identifier;
        self
    }

    /// The target knows the groups, by this identifier, in which `{name}` is the group's short name: `group:{name}`.
    #[must_use]
    pub fn group(mut self, template: Option<&'a str>) -> Self {
        self.group = template;
        self
    }

    /// The sets of privileges on calendars and address books that the target can give apart from each other. Without a call, or if there are none,
    /// what is granted on those is for a person.
    #[must_use]
    pub fn offered(mut self, offered: &'a [Privileges]) -> Self {
        self.offered = offered;
        self
    }

    /// Sets which losses are accepted.
    #[must_use]
    pub fn accepting(mut self, accepts: &'a (dyn Fn(&Finding) -> bool + Sync)) -> Self {
        self.accepts = accepts;
        self
    }
}

/// A grant, and who is meant.
struct Entry<'a> {
    grant: &'a Grant,
    who: Who<'a>,
    gives: Gives,
    lost: Permissions,
}

/// What a grant comes to on the target: rights on mail folders, or privileges on a collection.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Gives {
    rights: Rights,
    privileges: Privileges,
}

impl Gives {
    fn is_empty(self) -> bool {
        self.rights.is_empty() && self.privileges.is_empty()
    }

    /// What of it `other` does not give.
    fn without(self, other: Self) -> Self {
        Self {
            rights: self.rights.without(other.rights),
            privileges: self.privileges.without(other.privileges),
        }
    }
}

impl From<Rights> for Gives {
    fn from(rights: Rights) -> Self {
        Self {
            rights,
            ..Self::default()
        }
    }
}

/// Who is meant by a grant.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Who<'a> {
    Owner,
    Everybody,
    Anonymous,
    Account(usize, &'a str),
    Later(usize),
    Group(usize),
    Nobody,
    Gone,
}

impl<'a> Entry<'a> {
    fn new(translator: &Translator<'a>, grant: &'a Grant) -> Self {
        let people = translator.people;
        let owner = people.find(translator.owner);
        let who = match &grant.to {
            Grantee::Everybody => Who::Everybody,
            Grantee::Anonymous => Who::Anonymous,
            Grantee::Gone(_) => Who::Gone,
            Grantee::Named(names) => match people.whom(names) {
                Whom::Account(at, _) | Whom::Later(at) if Some(at) == owner => Who::Owner,
                Whom::Account(at, identifier) => Who::Account(at, identifier),
                Whom::Later(at) => Who::Later(at),
                Whom::Group(at) => Who::Group(at),
                Whom::Nobody => Who::Nobody,
            },
        };
        let (gives, lost) = match &grant.access {
            Access::Folder(folder, permissions) if is_collection(folder.kind) => {
                let (privileges, lost) = permissions.privileges(folder.kind, translator.offered);
                let rights = Rights::NONE;
                (Gives { rights, privileges }, lost)
            }
            Access::Folder(_, permissions) => {
                let (rights, lost) = permissions.rights();
                (Gives::from(rights), lost)
            }
            Access::List(_, rights) => (Gives::from(*rights), Permissions::default()),
            Access::FullAccess => (Rights::of(crate::FULL_ACCESS).into(), Permissions::default()),
            Access::SendAs
            | Access::SendOnBehalf
            | Access::Delegate(_)
            | Access::UnknownDelegate(_)
            | Access::Unknown(..) => Default::default(),
        };
        Self {
            grant,
            who,
            gives,
            lost,
        }
    }

    /// Whether it stands for itself, and does not only bound what others get.
    fn is_item(&self) -> bool {
        let says_nothing = match &self.grant.access {
            Access::Folder(..) | Access::List(..) => self.gives.is_empty() && self.lost.is_empty(),
            // What is left of him are permissions on folders.
            Access::Delegate(delegation) => !delegation.on_behalf && !delegation.gets_meetings(),
            _ => false,
        };
        !self.grant.denied && !says_nothing && self.who != Who::Owner
    }

    /// The delegate, and what makes him one.
    fn delegate(&self, people: &People) -> Option<(String, Delegation)> {
        let delegation = delegation_of(&self.grant.access)?;
        let mail = match self.who {
            Who::Account(at, _) | Who::Later(at) | Who::Group(at) => people.mail(at).to_owned(),
            _ => self.grant.to.to_string(),
        };
        Some((mail, delegation))
    }
}

/// What an access says of a delegate. Whoever may send on behalf of the owner is one in Exchange's directory.
fn delegation_of(access: &Access) -> Option<Delegation> {
    match access {
        Access::Delegate(delegation) => Some(delegation.clone()),
        Access::SendOnBehalf => Some(Delegation {
            on_behalf: true,
            ..Delegation::default()
        }),
        _ => None,
    }
}

/// The grants, with all that makes somebody a delegate in one of them: sources say it in several places, such as on each calendar.
fn one_for_each_delegate<'a>(people: &People, grants: &'a [Grant]) -> Vec<Cow<'a, Grant>> {
    #[derive(Eq, Hash, PartialEq)]
    enum Key {
        Known(usize),
        Unknown(String),
    }
    let key = |grant: &Grant| {
        let Grantee::Named(names) = &grant.to else {
            return Key::Unknown(grant.to.to_string());
        };
        match people.whom(names) {
            Whom::Account(at, _) | Whom::Later(at) | Whom::Group(at) => Key::Known(at),
            Whom::Nobody => Key::Unknown(names.join("\t").to_lowercase()),
        }
    };
    let mut met: HashMap<Key, usize> = HashMap::new();
    let mut all: Vec<Cow<'a, Grant>> = Vec::with_capacity(grants.len());
    for grant in grants {
        let delegation = delegation_of(&grant.access).filter(|_| !grant.denied);
        let first = delegation.map(|delegation| (delegation, *met.entry(key(grant)).or_insert(all.len())));
        match first.and_then(|(delegation, at)| Some((delegation, all.get_mut(at)?))) {
            Some((delegation, first)) => {
                if let Some(mut sum) = delegation_of(&first.access) {
                    sum.add(&delegation);
                    if first.access != grant.access {
                        first.to_mut().access = Access::Delegate(sum);
                    }
                }
            }
            None => all.push(Cow::Borrowed(grant)),
        }
    }
    all
}

impl Work {
    /// Translates all grants of a mailbox. They have to be given together, since what one gives may be bounded by another.
    #[must_use]
    pub fn new(translator: &Translator<'_>, grants: &[Grant]) -> Self {
        let grants = one_for_each_delegate(translator.people, grants);
        let entries: Vec<Entry<'_>> = grants.iter().map(|grant| Entry::new(translator, grant)).collect();
        let mut lists: HashMap<Option<&Folder>, Vec<&Entry<'_>>> = HashMap::new();
        for entry in &entries {
            lists.entry(entry.grant.access.folder()).or_default().push(entry);
        }
        let mut names: HashMap<String, usize> = HashMap::new();
        let mut items = Vec::new();
        for entry in entries.iter().filter(|entry| entry.is_item()) {
            let folder = entry.grant.access.folder();
            let list = lists.get(&folder).map(Vec::as_slice).unwrap_or_default();
            let judged = translator.judge(entry, list);
            let what = match (folder, &entry.grant.access) {
                (Some(folder), _) => folder.to_string(),
                // His name stays while what he may do changes.
                (None, Access::Delegate(_)) => "delegate".to_owned(),
                (None, access) => access.to_string(),
            };
            let id = format!("{what}: {}", entry.grant.to);
            let met = names.entry(id.clone()).or_default();
            *met += 1;
            items.push(Item {
                kind: kind(&entry.grant.access),
                id: if *met > 1 { format!("{id} ({met})") } else { id },
                label: format!("{} to {}", entry.grant.access, entry.grant.to),
                // Plain data: serialising it does not fail.
                original: serde_json::to_string_pretty(entry.grant).unwrap_or_default(),
                parts: judged.parts,
                senders: judged.senders,
                delegate: entry.delegate(translator.people),
                findings: judged.findings,
                ends: judged.ends,
            });
        }
        Self { items }
    }
}

/// Whether a folder of this kind is a collection of a CalDAV or CardDAV server.
fn is_collection(kind: FolderKind) -> bool {
    matches!(kind, FolderKind::Calendar | FolderKind::Contacts)
}

fn kind(access: &Access) -> ItemKind {
    match (access, access.folder().map(|folder| folder.kind)) {
        (Access::SendAs | Access::SendOnBehalf | Access::Delegate(_) | Access::UnknownDelegate(_), _) => {
            ItemKind::Delegates
        }
        (_, Some(FolderKind::Calendar)) => ItemKind::Calendars,
        (_, Some(FolderKind::Contacts)) => ItemKind::AddressBooks,
        _ => ItemKind::Folders,
    }
}

#[cfg(test)]
mod tests;
