//! Finds names that lead nowhere, and names that lead in circles: members of groups, and forwarding.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher as _;

use super::finding::{Issue, Names};
use super::options::CheckOptions;
use super::report::Report;
use crate::account::{Account, Contact, Group};
use crate::address::{ProxyAddress, SmtpAddress};
use crate::dn::Dn;
use crate::exchange::Directory;

/// Who is behind a name. Of names only hashes are kept: there may be millions.
pub(super) struct References<'a> {
    hasher: RandomState,
    /// The number of the recipient that has a name.
    by_dn: HashMap<u64, usize>,
    /// Names of entries that are no recipients, such as computers.
    others: HashSet<u64>,
    /// The accounts that have an address to which somebody forwards or which a contact targets.
    by_address: HashMap<String, &'a Account>,
    groups_in_cycles: HashMap<u64, Names>,
    forwarding_in_loops: HashMap<u64, Names>,
}

impl<'a> References<'a> {
    pub(super) fn of(directory: &'a Directory) -> Self {
        let hasher = RandomState::new();
        let hash = |dn: &Dn| hasher.hash_one(dn.fresh_key());
        let by_dn = directory.recipients().enumerate();
        let by_dn: HashMap<u64, usize> = by_dn.map(|(at, r)| (hash(r.dn()), at)).collect();
        let set_aside = directory.set_aside().iter().map(|s| s.dn());
        let others = directory.ignored().iter().chain(set_aside).map(hash).collect();
        let mut out = Self {
            by_dn,
            others,
            by_address: by_address(directory),
            groups_in_cycles: HashMap::new(),
            forwarding_in_loops: HashMap::new(),
            hasher,
        };
        out.groups_in_cycles = out.cycles(directory);
        out.forwarding_in_loops = out.loops(directory);
        out
    }

    fn hash(&self, dn: &Dn) -> u64 {
        self.hasher.hash_one(dn.fresh_key())
    }

    fn knows(&self, dn: &Dn) -> bool {
        let hash = self.hash(dn);
        self.by_dn.contains_key(&hash) || self.others.contains(&hash)
    }

    /// The groups on a circle of memberships, each with its circle.
    fn cycles(&self, directory: &'a Directory) -> HashMap<u64, Names> {
        let groups = directory.groups();
        let first = directory.accounts().len();
        let group_at = |dn: &Dn| {
            let at = self.by_dn.get(&self.hash(dn))?.checked_sub(first)?;
            (at < groups.len()).then_some(at)
        };
        let inner: Vec<Vec<usize>> = groups
            .iter()
            .map(|group| group.members().iter().filter_map(group_at).collect())
            .collect();
        let mut out = HashMap::new();
        for circle in circles(&inner) {
            self.note(
                circle.iter().filter_map(|&at| groups.get(at)).map(Group::dn),
                &mut out,
            );
        }
        out
    }

    /// Notes a circle under each of its names.
    fn note(&self, circle: impl Iterator<Item = &'a Dn> + Clone, out: &mut HashMap<u64, Names>) {
        let names = Names::of(circle.clone());
        for dn in circle {
            out.insert(self.hash(dn), names.clone());
        }
    }

    /// The accounts whose forwarded mail comes back, each with its loop.
    fn loops(&self, directory: &'a Directory) -> HashMap<u64, Names> {
        let accounts = directory.accounts();
        let at_of: HashMap<u64, usize> = accounts
            .iter()
            .enumerate()
            .filter(|(_, account)| account.forward_to().is_some())
            .map(|(at, account)| (self.hash(account.dn()), at))
            .collect();
        let next: Vec<Vec<usize>> = accounts
            .iter()
            .map(|account| {
                let hash = match Forward::of(account) {
                    Some(Forward::Dn(dn)) => Some(self.hash(&dn)),
                    Some(Forward::Address(address)) => {
                        self.by_address.get(address.key()).map(|a| self.hash(a.dn()))
                    }
                    _ => None,
                };
                hash.and_then(|hash| at_of.get(&hash).copied())
                    .into_iter()
                    .collect()
            })
            .collect();
        let mut out = HashMap::new();
        for circle in circles(&next) {
            self.note(
                circle.iter().filter_map(|&at| accounts.get(at)).map(Account::dn),
                &mut out,
            );
        }
        out
    }

    pub(super) fn account(&self, account: &Account, options: &CheckOptions, report: &mut Report<'_>) {
        let Some(to) = account.forward_to() else { return };
        if let Some(names) = self.forwarding_in_loops.get(&self.hash(account.dn())) {
            return report.push(Issue::ForwardLoop {
                accounts: names.clone(),
            });
        }
        let is_known = match Forward::of(account) {
            Some(Forward::Dn(dn)) => self.knows(&dn),
            // An address of our own that nobody has.
            Some(Forward::Address(address)) => {
                options.accepts_any()
                    || !options.accepts(&address)
                    || self.by_address.contains_key(address.key())
            }
            None => true,
        };
        if !is_known {
            report.push(Issue::ForwardUnknown { to: to.into() });
        }
    }

    pub(super) fn group(&self, group: &Group, report: &mut Report<'_>) {
        if let Some(names) = self.groups_in_cycles.get(&self.hash(group.dn())) {
            report.push(Issue::GroupCycle {
                groups: names.clone(),
            });
        }
        let unknown = Names::of(group.members().iter().filter(|dn| !self.knows(dn)));
        if unknown.total > 0 {
            report.push(Issue::MembersUnknown { members: unknown });
        }
    }

    pub(super) fn contact(&self, contact: &Contact, report: &mut Report<'_>) {
        let Some(target) = &contact.addresses().target else {
            return;
        };
        if let Some(account) = self.by_address.get(target.key()) {
            report.push(Issue::ContactLocal {
                address: target.clone(),
                account: account.dn().clone(),
            });
        }
    }
}

/// Where an account forwards to.
enum Forward {
    Dn(Dn),
    Address(SmtpAddress),
}

impl Forward {
    fn of(account: &Account) -> Option<Self> {
        let to = account.forward_to()?;
        let address = match ProxyAddress::parse(to) {
            Ok(ProxyAddress::Primary(address) | ProxyAddress::Alias(address)) => Some(address),
            _ => SmtpAddress::parse(to).ok(),
        };
        match address {
            Some(address) => Some(Self::Address(address)),
            None if to.contains('=') => Some(Self::Dn(Dn::new(to))),
            None => None,
        }
    }
}

/// Mailboxes by those of their addresses to which somebody forwards or which a contact targets.
fn by_address(directory: &Directory) -> HashMap<String, &Account> {
    let forwards = directory.accounts().iter().filter_map(|a| match Forward::of(a) {
        Some(Forward::Address(address)) => Some(address.key().to_owned()),
        _ => None,
    });
    let targets = directory
        .contacts()
        .iter()
        .filter_map(|c| c.addresses().target.as_ref());
    let wanted: HashSet<String> = forwards.chain(targets.map(|t| t.key().to_owned())).collect();
    let mut out = HashMap::new();
    if !wanted.is_empty() {
        for account in directory.accounts().iter().filter(|a| a.kind().has_mailbox()) {
            for address in account.addresses().all().filter(|a| wanted.contains(a.key())) {
                out.entry(address.key().to_owned()).or_insert(account);
            }
        }
    }
    out
}

/// The strongly connected components with more than one node, and the nodes that lead to themselves (Tarjan's algorithm, with a
/// stack of its own instead of recursion).
fn circles(next: &[Vec<usize>]) -> Vec<Vec<usize>> {
    const NEW: usize = usize::MAX;
    let mut order = vec![NEW; next.len()];
    let mut low = vec![0; next.len()];
    let mut open = vec![false; next.len()];
    let (mut count, mut stack, mut out) = (0, Vec::new(), Vec::new());
    for root in 0..next.len() {
        if order.get(root) != Some(&NEW) {
            continue;
        }
        let mut path = vec![(root, 0)];
        while let Some((node, at)) = path.last_mut() {
            let node = *node;
            let (Some(seen), Some(lowest), Some(is_open), Some(edges)) = (
                order.get_mut(node),
                low.get_mut(node),
                open.get_mut(node),
                next.get(node),
            ) else {
                break;
            };
            if *seen == NEW {
                (*seen, *lowest, *is_open) = (count, count, true);
                count += 1;
                stack.push(node);
            }
            if let Some(&to) = edges.get(*at) {
                *at += 1;
                match order.get(to) {
                    Some(&NEW) => path.push((to, 0)),
                    Some(&number) if open.get(to) == Some(&true) => {
                        if let Some(lowest) = low.get_mut(node) {
                            *lowest = number.min(*lowest);
                        }
                    }
                    _ => {}
                }
                continue;
            }
            let (number, lowest) = (*seen, *lowest);
            path.pop();
            if let Some(above) = path.last().and_then(|&(above, _)| low.get_mut(above)) {
                *above = lowest.min(*above);
            }
            if number == lowest {
                let from = stack.iter().rposition(|&n| n == node).unwrap_or(0);
                let circle = stack.split_off(from);
                for &n in &circle {
                    if let Some(is_open) = open.get_mut(n) {
                        *is_open = false;
                    }
                }
                if circle.len() > 1 || edges.contains(&node) {
                    out.push(circle);
                }
            }
        }
    }
    out
}
