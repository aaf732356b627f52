//! Finds names that lead nowhere, and names that lead in circles: members of groups, forwarding, and targets of contacts.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher as _;

use super::circles::{Edges, circles};
use super::issue::Issue;
use super::names::Names;
use super::options::CheckOptions;
use super::report::Report;
use crate::account::{Account, AccountKind, Common, Group, Recipient};
use crate::address::{ProxyAddress, SmtpAddress};
use crate::dn::Dn;
use crate::exchange::Directory;

/// Who is behind a name. Of names only hashes are kept: there may be millions.
pub(super) struct References<'a> {
    hasher: RandomState,
    /// The number of the recipient that has a name.
    by_dn: HashMap<u64, u32>,
    /// Names of entries that are no recipients, such as computers.
    others: HashSet<u64>,
    /// The recipients that have an address to which somebody forwards or which somebody targets.
    by_address: HashMap<String, (u32, Recipient<'a>)>,
    /// The numbers of recipients whose mail comes back to them, each with its circle.
    circles: HashMap<u32, usize>,
    names: Vec<Names>,
    /// The groups that contain themselves, each with its circle of groups.
    groups: HashMap<u32, usize>,
}

/// Where a recipient's mail goes on to.
enum Onward {
    Dn(Dn),
    Address(SmtpAddress),
}

impl Onward {
    /// Returns where an account forwards to.
    fn of_forward(account: &Account) -> Option<Self> {
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

    fn of(recipient: Recipient<'_>) -> Option<Self> {
        match recipient {
            Recipient::Account(account) if account.kind().has_mailbox() => Self::of_forward(account),
            Recipient::Account(account) => target(account.kind(), &account.common)
                .cloned()
                .map(Self::Address),
            Recipient::Contact(contact) => contact.addresses().target().cloned().map(Self::Address),
            Recipient::Group(_) => None,
        }
    }
}

/// Returns where mail to a person with a mailbox elsewhere goes. A mailbox in the cloud has a target that is its own.
fn target(kind: AccountKind, common: &Common) -> Option<&SmtpAddress> {
    common
        .addresses
        .target()
        .filter(|_| kind == AccountKind::MailUser)
}

fn numbered(directory: &Directory) -> impl Iterator<Item = (u32, Recipient<'_>)> {
    (0_u32..).zip(directory.recipients())
}

impl<'a> References<'a> {
    pub(super) fn of(directory: &'a Directory) -> Self {
        let hasher = RandomState::new();
        let hash = |dn: &Dn| hasher.hash_one(dn.key());
        let by_dn = numbered(directory).map(|(at, r)| (hash(r.dn()), at)).collect();
        let set_aside = directory.set_aside().iter().map(|s| s.dn());
        let others = directory.ignored().iter().chain(set_aside).map(hash).collect();
        let mut out = Self {
            by_dn,
            others,
            by_address: by_address(directory),
            circles: HashMap::new(),
            names: Vec::new(),
            groups: HashMap::new(),
            hasher,
        };
        out.find_circles(directory);
        out
    }

    fn hash(&self, dn: &Dn) -> u64 {
        self.hasher.hash_one(dn.key())
    }

    fn number(&self, dn: &Dn) -> Option<u32> {
        self.by_dn.get(&self.hash(dn)).copied()
    }

    fn knows(&self, dn: &Dn) -> bool {
        let hash = self.hash(dn);
        self.by_dn.contains_key(&hash) || self.others.contains(&hash)
    }

    /// Follows memberships alone, and then all ways that mail takes.
    fn find_circles(&mut self, directory: &'a Directory) {
        let (mut groups, mut all) = (Edges::default(), Edges::default());
        let first = u32::try_from(directory.accounts().len()).unwrap_or(u32::MAX);
        let last = first.saturating_add(u32::try_from(directory.groups().len()).unwrap_or(u32::MAX));
        let mut onward = false;
        for recipient in directory.recipients() {
            if let Recipient::Group(group) = recipient {
                let members = || group.members().iter().filter_map(|dn| self.number(dn));
                groups.node(members().filter(|at| (first..last).contains(at)));
                all.node(members());
                continue;
            }
            groups.node(None);
            let to = match Onward::of(recipient) {
                Some(Onward::Dn(dn)) => self.number(&dn),
                Some(Onward::Address(address)) => self.by_address.get(address.key()).map(|(at, _)| *at),
                None => None,
            };
            onward |= to.is_some();
            all.node(to);
        }
        let recipients: Vec<Recipient<'_>> = directory.recipients().collect();
        for circle in circles(&groups) {
            self.names.push(names(&circle, &recipients));
            let at = self.names.len() - 1;
            self.groups.extend(numbers(&circle).map(|number| (number, at)));
        }
        for circle in onward.then(|| circles(&all)).into_iter().flatten() {
            self.names.push(names(&circle, &recipients));
            let at = self.names.len() - 1;
            self.circles.extend(numbers(&circle).map(|number| (number, at)));
        }
    }

    fn circle(&self, of: &HashMap<u32, usize>, dn: &Dn) -> Option<Names> {
        if of.is_empty() {
            return None;
        }
        self.names.get(*of.get(&self.number(dn)?)?).cloned()
    }

    /// Checks where an account's mail goes.
    pub(super) fn account(&self, account: &Account, options: &CheckOptions, report: &mut Report<'_>) {
        if !account.kind().has_mailbox() {
            let target = target(account.kind(), &account.common);
            return self.target(target, account.dn(), options, report);
        }
        let Some(to) = account.forward_to() else { return };
        if let Some(accounts) = self.circle(&self.circles, account.dn()) {
            return report.push(Issue::ForwardLoop { accounts });
        }
        let is_known = match Onward::of_forward(account) {
            Some(Onward::Dn(dn)) => self.knows(&dn),
            // An address of our own that nobody has.
            Some(Onward::Address(address)) => {
                options.accepts_any()
                    || !options.accepts(&address)
                    || self.by_address.contains_key(address.key())
            }
            // A name of another form, as exports of the shell have.
            None => true,
        };
        if !is_known {
            report.push(Issue::ForwardUnknown { to: to.into() });
        }
    }

    /// Checks the members of a group.
    pub(super) fn group(&self, group: &Group, report: &mut Report<'_>) {
        if let Some(groups) = self.circle(&self.groups, group.dn()) {
            report.push(Issue::GroupCycle { groups });
        }
        let unknown = Names::of(group.members().iter().filter(|dn| !self.knows(dn)));
        if unknown.total() > 0 {
            report.push(Issue::MembersUnknown { members: unknown });
        }
    }

    /// Checks where a contact's mail goes.
    pub(super) fn target(
        &self,
        target: Option<&SmtpAddress>,
        own: &Dn,
        options: &CheckOptions,
        report: &mut Report<'_>,
    ) {
        let Some(target) = target else { return };
        match self.by_address.get(target.key()) {
            Some((_, recipient)) if receives(*recipient) => report.push(Issue::ContactLocal {
                address: target.clone(),
                account: recipient.dn().clone(),
            }),
            // The next one's mail goes on, too.
            Some((_, recipient)) if recipient.dn() != own => {}
            _ if !options.accepts_any() && options.accepts(target) => {
                report.push(Issue::ContactUnknown {
                    address: target.clone(),
                });
            }
            _ => {}
        }
        if let Some(circle) = self.circle(&self.circles, own) {
            report.push(Issue::ForwardLoop { accounts: circle });
        }
    }
}

fn numbers(circle: &[usize]) -> impl Iterator<Item = u32> {
    circle.iter().filter_map(|&at| u32::try_from(at).ok())
}

fn names(circle: &[usize], recipients: &[Recipient<'_>]) -> Names {
    Names::of(circle.iter().filter_map(|&at| recipients.get(at)).map(|r| r.dn()))
}

/// Returns whether mail ends at a recipient, or is handed out by it.
fn receives(recipient: Recipient<'_>) -> bool {
    match recipient {
        Recipient::Account(account) => account.kind().has_mailbox(),
        Recipient::Group(_) => true,
        Recipient::Contact(_) => false,
    }
}

/// Recipients by those of their addresses to which somebody forwards or which somebody targets.
fn by_address(directory: &Directory) -> HashMap<String, (u32, Recipient<'_>)> {
    let wanted: HashSet<String> = directory
        .recipients()
        .filter_map(|recipient| match Onward::of(recipient) {
            Some(Onward::Address(address)) => Some(address.key().to_owned()),
            _ => None,
        })
        .collect();
    let mut out = HashMap::new();
    if wanted.is_empty() {
        return out;
    }
    // Of two that have one address, the one at which mail ends counts.
    for ends in [true, false] {
        for (number, recipient) in numbered(directory).filter(|(_, r)| receives(*r) == ends) {
            for address in recipient.addresses().all().filter(|a| wanted.contains(a.key())) {
                out.entry(address.key().to_owned()).or_insert((number, recipient));
            }
        }
    }
    out
}
