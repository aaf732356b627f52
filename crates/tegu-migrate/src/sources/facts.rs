//! What the directory says about things that no item stands for: who forwards to whom, who may open what.

use crate::{
    Entity,
    report::{Fact, Relation},
};
use tegu_ldap::{
    Directory,
    account::{AccountKind, GroupKind, Recipient, Right},
    lookup::Index,
};

/// What a directory says about the entities that are not counted item by item.
pub(crate) fn of(directory: &Directory) -> Vec<Fact> {
    let index = Index::of(directory);
    let name = |text: &str| {
        let found = index.lookup(text).one();
        found.map_or_else(|| text.to_owned(), shown)
    };
    let mut facts = Vec::new();
    for account in directory.accounts() {
        let who = account
            .address()
            .map_or_else(|| account.dn().as_str().to_owned(), |a| a.as_str().to_owned());
        let mut say = |entity, relation, whom: String| facts.push(Fact::new(entity, &who, relation, whom));
        match account.aliases().len() {
            0 => {}
            number => say(Entity::Aliases, Relation::HasAliases, number.to_string()),
        }
        if let Some(to) = account.forward_to() {
            let relation = if account.keeps_forwarded() {
                Relation::ForwardsAndKeeps
            } else {
                Relation::ForwardsTo
            };
            say(Entity::Forwarding, relation, name(to));
        }
        for delegate in account.delegates() {
            say(Entity::Delegates, Relation::HasDelegate, name(delegate.as_str()));
        }
        for sender in account.send_on_behalf() {
            say(
                Entity::Delegates,
                Relation::MaySendOnBehalf,
                name(sender.as_str()),
            );
        }
        match account.kind() {
            AccountKind::Shared => say(Entity::SharedMailboxes, Relation::IsSharedMailbox, String::new()),
            AccountKind::Room | AccountKind::Equipment => {
                say(Entity::Rooms, Relation::IsBooked, String::new());
            }
            _ => {}
        }
        if account.has_archive() {
            say(Entity::PstArchives, Relation::HasArchive, String::new());
        }
    }
    for group in directory.groups() {
        if let (GroupKind::Dynamic, Some(filter)) = (group.kind(), group.filter()) {
            let who = group
                .address()
                .map_or_else(|| group.dn().as_str().to_owned(), |a| a.as_str().to_owned());
            facts.push(Fact::new(Entity::Groups, who, Relation::HasFilter, filter));
        }
    }
    for grant in directory.grants().iter().filter(|grant| grant.is_explicit()) {
        let (mailbox, trustee) = grant.resolve(&index);
        let who = mailbox.one().map_or_else(|| grant.mailbox().to_owned(), shown);
        let whom = trustee.one().map_or_else(|| grant.trustee().to_owned(), shown);
        let (entity, relation, whom) = match grant.right() {
            Right::FullAccess => (Entity::SharedFolders, Relation::MayOpen, whom),
            Right::Read => (Entity::SharedFolders, Relation::MayRead, whom),
            Right::SendAs => (Entity::Delegates, Relation::MaySendAs, whom),
            Right::SendOnBehalf => (Entity::Delegates, Relation::MaySendOnBehalf, whom),
            Right::Other(right) => (
                Entity::SharedFolders,
                Relation::HasRight,
                format!("{whom}: {right}"),
            ),
            _ => (Entity::SharedFolders, Relation::HasRight, whom),
        };
        facts.push(Fact::new(entity, who, relation, whom));
    }
    facts.sort();
    facts.dedup();
    facts
}

fn shown(who: Recipient<'_>) -> String {
    who.address().map_or_else(
        || who.dn().as_str().to_owned(),
        |address| address.as_str().to_owned(),
    )
}
