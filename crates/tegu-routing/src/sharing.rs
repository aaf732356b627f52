//! Who should move together: people who open each other's mailboxes and calendars, or act for each other.

use crate::{Finding, Grant, Recipient, RecipientKind};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// People who share, and therefore should move in one wave.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharingGroup {
    /// Primary addresses.
    pub members: Vec<String>,
    /// What ties them together. Owners and guests are given by their primary addresses.
    pub grants: Vec<Grant>,
}

/// The groups of an organisation, and what was noticed.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Sharing {
    /// Groups of two or more, the largest first.
    pub groups: Vec<SharingGroup>,
    /// `COEX-HUB`: an account with rights on so many mailboxes that it ties nobody together, such as that of a backup program.
    pub findings: Vec<Finding>,
}

/// Finds groups of people who hold rights on each other's mailboxes. Grants whose owner or guest is not a mailbox among
/// `recipients` do not count, nor do those of a guest with rights on more than `hub` mailboxes.
///
/// ```
/// use tegu_routing::{Grant, Recipient, sharing};
///
/// let people = ["anna@x", "boris@x", "vera@x"].map(Recipient::mailbox);
/// let grants = [Grant::new("anna@x", "boris@x", "has-delegate")];
/// let sharing = sharing::groups(&grants, &people, 50);
/// assert_eq!(sharing.groups[0].members, ["anna@x", "boris@x"]);
/// ```
#[must_use]
pub fn groups(grants: &[Grant], recipients: &[Recipient], hub: usize) -> Sharing {
    let mailboxes = recipients
        .iter()
        .filter(|recipient| recipient.kind == RecipientKind::Mailbox);
    let mut known: HashMap<String, &str> = HashMap::new();
    for recipient in mailboxes {
        for address in recipient.addresses() {
            known.insert(address.to_lowercase(), &recipient.mail);
        }
    }
    let primary = |address: &str| known.get(&address.to_lowercase()).copied();
    let grants = grants.iter().filter_map(|grant| {
        let (owner, guest) = (primary(&grant.owner)?, primary(&grant.guest)?);
        (owner != guest).then(|| Grant::new(owner, guest, &grant.right))
    });
    let grants: BTreeSet<Grant> = grants.collect();
    let mut owners: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for grant in &grants {
        owners.entry(&grant.guest).or_default().insert(&grant.owner);
    }
    let hubs: BTreeMap<&str, usize> = owners
        .into_iter()
        .filter(|(_, owners)| owners.len() > hub)
        .map(|(guest, owners)| (guest, owners.len()))
        .collect();
    let mut sharing = Sharing {
        findings: hubs
            .iter()
            .map(|(guest, number)| hub_finding(guest, *number))
            .collect(),
        ..Sharing::default()
    };
    let mut sets = Sets::default();
    let counting: Vec<&Grant> = grants
        .iter()
        .filter(|grant| !hubs.contains_key(grant.guest.as_str()))
        .collect();
    for grant in &counting {
        sets.join(&grant.owner, &grant.guest);
    }
    let mut members: BTreeMap<usize, SharingGroup> = BTreeMap::new();
    let names: Vec<(String, usize)> = sets.numbers.clone().into_iter().collect();
    for (name, number) in names {
        let group = members.entry(sets.root(number)).or_insert_with(|| SharingGroup {
            members: Vec::new(),
            grants: Vec::new(),
        });
        group.members.push(name);
    }
    for grant in counting {
        let root = sets
            .numbers
            .get(&grant.owner)
            .copied()
            .map(|number| sets.root(number));
        if let Some(group) = root.and_then(|root| members.get_mut(&root)) {
            group.grants.push(grant.clone());
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

/// Returns a finding `COEX-GROUP-SPLIT` for each group whose members move in different waves. `waves` holds the wave of each
/// account, as [`Assignment::by_account`](crate::Assignment::by_account) returns it.
#[must_use]
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

fn hub_finding(guest: &str, mailboxes: usize) -> Finding {
    let message = format!(
        "{guest} has rights on {mailboxes} mailboxes and counts as a service, which ties nobody together"
    );
    Finding::info("COEX-HUB", message)
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

    fn people(number: usize) -> Vec<Recipient> {
        (0..number)
            .map(|n| Recipient::mailbox(format!("p{n}@x")))
            .collect()
    }

    fn opens(owner: usize, guest: usize) -> Grant {
        Grant::new(format!("P{owner}@x"), format!("p{guest}@x"), "may-open")
    }

    #[test]
    fn who_shares_is_one_group_and_a_service_is_none() {
        let mut grants = vec![opens(0, 1), opens(2, 1), opens(3, 4), opens(4, 4)];
        grants.extend((0..9).map(|owner| opens(owner, 9)));
        grants.push(Grant::new("p5@x", "CORP\\unknown", "may-open"));
        let sharing = groups(&grants, &people(10), 5);
        let members: Vec<_> = sharing
            .groups
            .iter()
            .map(|group| group.members.join(" "))
            .collect();
        assert_eq!(members, ["p0@x p1@x p2@x", "p3@x p4@x"]);
        assert_eq!(sharing.groups[0].grants.len(), 2);
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
        let grants: Vec<Grant> = (0..9_999).map(|n| opens(n, n + 1)).collect();
        let sharing = groups(&grants, &people(10_000), 50);
        assert_eq!(sharing.groups.len(), 1);
        assert_eq!(sharing.groups[0].members.len(), 10_000);
    }
}
