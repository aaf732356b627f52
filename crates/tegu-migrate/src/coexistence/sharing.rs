//! Who should move together: people who open each other's mailboxes and calendars, or act for each other.

use super::{Recipient, RecipientKind};
use crate::{Fact, Finding, Relation};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// People who share, and therefore should move in one wave.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharingGroup {
    /// Primary addresses.
    pub members: Vec<String>,
    /// Why: who lets whom do what.
    pub ties: Vec<Tie>,
}

/// A right that ties two people together.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
pub struct Tie {
    /// Whose mailbox it is.
    pub owner: String,
    /// Who has the right.
    pub guest: String,
    /// Which right.
    pub relation: Relation,
}

/// Groups of a directory, and what was noticed.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Sharing {
    /// Groups of two and more, the largest first.
    pub groups: Vec<SharingGroup>,
    /// `COEX-HUB`: somebody with rights on so many mailboxes that he ties nobody together, such as an account of a backup
    /// program.
    pub findings: Vec<Finding>,
}

/// Finds the groups by the permissions and delegates among a directory's [facts](crate::source::DirectoryData::facts). Whoever has rights on
/// more than `hub` mailboxes is left aside.
///
/// ```
/// use tegu_migrate::{Entity, Fact, Relation, coexistence::{Recipient, sharing}};
///
/// let people = ["anna@x", "boris@x", "vera@x"].map(Recipient::mailbox);
/// let facts = [Fact::new(Entity::Delegates, "anna@x", Relation::HasDelegate, "boris@x")];
/// let sharing = sharing::groups(&facts, &people, 50);
/// assert_eq!(sharing.groups[0].members, ["anna@x", "boris@x"]);
/// ```
pub fn groups(facts: &[Fact], recipients: &[Recipient], hub: usize) -> Sharing {
    let mailboxes = recipients
        .iter()
        .filter(|recipient| recipient.kind == RecipientKind::Mailbox);
    let mut known: HashMap<String, &str> = HashMap::new();
    for recipient in mailboxes {
        for address in recipient.addresses() {
            known.insert(address.to_lowercase(), &recipient.mail);
        }
    }
    let end = |text: &str| known.get(&text.to_lowercase()).copied();
    let ties = facts
        .iter()
        .filter(|fact| ties(fact.relation))
        .filter_map(|fact| {
            let (owner, guest) = (end(&fact.who)?, end(&fact.whom)?);
            (owner != guest).then(|| Tie {
                owner: owner.to_owned(),
                guest: guest.to_owned(),
                relation: fact.relation,
            })
        });
    let ties: BTreeSet<Tie> = ties.collect();
    let mut owners: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for tie in &ties {
        owners.entry(&tie.guest).or_default().insert(&tie.owner);
    }
    let hubs: BTreeMap<&str, usize> = owners
        .into_iter()
        .filter(|(_, owners)| owners.len() > hub)
        .map(|(guest, owners)| (guest, owners.len()))
        .collect();
    let mut sharing = Sharing {
        findings: hubs.iter().map(|(guest, number)| {
            let message = format!("{guest} has rights on {number} mailboxes, and is taken for a service that ties nobody together");
            Finding::info("COEX-HUB", message)
        }).collect(),
        ..Sharing::default()
    };
    let mut sets = Sets::default();
    let counting: Vec<&Tie> = ties
        .iter()
        .filter(|tie| !hubs.contains_key(tie.guest.as_str()))
        .collect();
    for tie in &counting {
        sets.join(&tie.owner, &tie.guest);
    }
    let mut members: BTreeMap<usize, SharingGroup> = BTreeMap::new();
    let names: Vec<(String, usize)> = sets.numbers.clone().into_iter().collect();
    for (name, number) in names {
        let group = members.entry(sets.root(number)).or_insert_with(|| SharingGroup {
            members: Vec::new(),
            ties: Vec::new(),
        });
        group.members.push(name);
    }
    for tie in counting {
        let root = sets
            .numbers
            .get(&tie.owner)
            .copied()
            .map(|number| sets.root(number));
        if let Some(group) = root.and_then(|root| members.get_mut(&root)) {
            group.ties.push(tie.clone());
        }
    }
    sharing.groups = members.into_values().collect();
    sharing.groups.sort_by(|a, b| {
        b.members
            .len()
            .cmp(&a.members.len())
            .then_with(|| a.members.cmp(&b.members))
    });
    sharing
}

/// Groups that waves would tear apart, as findings `COEX-GROUP-SPLIT`; `waves` says the wave of each account.
pub fn splits(groups: &[SharingGroup], waves: &BTreeMap<&str, &str>) -> Vec<Finding> {
    let split = groups.iter().filter_map(|group| {
        let mut of_wave: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for member in &group.members {
            let wave = waves.get(member.as_str()).copied().unwrap_or("no wave");
            of_wave.entry(wave).or_default().push(member);
        }
        (of_wave.len() > 1).then(|| {
            let parts = of_wave
                .iter()
                .map(|(wave, members)| format!("{wave}: {}", members.join(" ")));
            let message = format!(
                "these share, but move apart ({})",
                parts.collect::<Vec<_>>().join("; ")
            );
            Finding::lossy("COEX-GROUP-SPLIT", message)
        })
    });
    split.collect()
}

fn ties(relation: Relation) -> bool {
    matches!(
        relation,
        Relation::HasDelegate
            | Relation::MaySendOnBehalf
            | Relation::MaySendAs
            | Relation::MayOpen
            | Relation::MayRead
            | Relation::HasRight
    )
}

/// Sets that are joined (union-find).
#[derive(Debug, Default)]
struct Sets {
    numbers: BTreeMap<String, usize>,
    parents: Vec<usize>,
}

impl Sets {
    fn number(&mut self, name: &str) -> usize {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.parents.len();
        self.parents.push(number);
        self.numbers.insert(name.to_owned(), number);
        number
    }

    fn root(&mut self, mut at: usize) -> usize {
        while let Some(&parent) = self.parents.get(at).filter(|parent| **parent != at) {
            let above = self.parents.get(parent).copied().unwrap_or(parent);
            if let Some(slot) = self.parents.get_mut(at) {
                *slot = above;
            }
            at = above;
        }
        at
    }

    fn join(&mut self, one: &str, other: &str) {
        let (one, other) = (self.number(one), self.number(other));
        let (one, other) = (self.root(one), self.root(other));
        if let Some(slot) = self.parents.get_mut(one) {
            *slot = other;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Entity;

    fn people(number: usize) -> Vec<Recipient> {
        (0..number)
            .map(|n| Recipient::mailbox(format!("p{n}@x")))
            .collect()
    }

    fn opens(owner: usize, guest: usize) -> Fact {
        Fact::new(
            Entity::SharedFolders,
            format!("P{owner}@x"),
            Relation::MayOpen,
            format!("p{guest}@x"),
        )
    }

    #[test]
    fn who_shares_is_one_group_and_a_service_is_none() {
        let mut facts = vec![opens(0, 1), opens(2, 1), opens(3, 4), opens(4, 4)];
        facts.extend((0..9).map(|owner| opens(owner, 9)));
        facts.push(Fact::new(
            Entity::Forwarding,
            "p5@x",
            Relation::ForwardsTo,
            "p6@x",
        ));
        facts.push(Fact::new(
            Entity::SharedFolders,
            "p5@x",
            Relation::MayOpen,
            "CORP\\unknown",
        ));
        let sharing = groups(&facts, &people(10), 5);
        let members: Vec<_> = sharing
            .groups
            .iter()
            .map(|group| group.members.join(" "))
            .collect();
        assert_eq!(members, ["p0@x p1@x p2@x", "p3@x p4@x"]);
        assert_eq!(sharing.groups[0].ties.len(), 2);
        assert_eq!(sharing.findings[0].code, "COEX-HUB");
    }

    #[test]
    fn waves_that_tear_a_group_apart_are_told() {
        let sharing = groups(&[opens(0, 1), opens(2, 3)], &people(4), 50);
        let waves = BTreeMap::from([
            ("p0@x", "first"),
            ("p1@x", "second"),
            ("p2@x", "first"),
            ("p3@x", "first"),
        ]);
        let found = splits(&sharing.groups, &waves);
        assert_eq!(found.len(), 1);
        assert!(
            found[0].message.contains("first: p0@x; second: p1@x"),
            "{}",
            found[0].message
        );
    }

    #[test]
    fn a_long_chain_is_one_group() {
        let facts: Vec<Fact> = (0..9_999).map(|n| opens(n, n + 1)).collect();
        let sharing = groups(&facts, &people(10_000), 50);
        assert_eq!(sharing.groups.len(), 1);
        assert_eq!(sharing.groups[0].members.len(), 10_000);
    }
}
