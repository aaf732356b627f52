//! Reads the sheets again, and follows every address to its end.

use super::{
    End, Recipient, RecipientKind, Roll, Servers, Sheets,
    sheets::{domains, end, is_plain},
};
use crate::{Entity, Fact, Finding, Relation};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};

/// A message that was handed on this often goes in a circle.
const MAX_HOPS: usize = 16;

/// What following every address from either side came to.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Proof {
    /// The end of each address.
    pub ends: BTreeMap<String, End>,
    /// Walks that were done: each address from each side, and one address that nobody has for each domain.
    pub walks: u64,
    /// Where the proof fails; lossy findings, each with its code:
    ///
    /// - `COEX-ADDRESS-TWICE`: two recipients have one address.
    /// - `COEX-ADDRESS-UNSAFE`: the address cannot stand in a routing sheet.
    /// - `COEX-DOMAIN-TAKEN`: TEGU's own domain is one of the organisation's.
    /// - `COEX-FORWARDING-WINS`: a forwarding that the directory sets goes before the way to TEGU.
    /// - `COEX-FORWARD-LOOP`: people forward to each other in a circle.
    /// - `COEX-WRONG-END`: a walk ends at the server that is not the recipient's.
    /// - `COEX-LOOP`: a walk does not end.
    /// - `COEX-LOST`: a walk ends in a refusal, though somebody has the address.
    /// - `COEX-UNKNOWN-TAKEN`: an address that nobody has is not refused.
    pub findings: Vec<Finding>,
}

impl Proof {
    /// Whether each recipient has exactly one end, and no loop exists.
    pub fn holds(&self) -> bool {
        self.findings.is_empty()
    }
}

/// How a walk ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Outcome {
    Delivered(End),
    Refused,
    Loop,
}

/// What the sheets say, read from their text.
struct Tables<'a> {
    servers: &'a Servers,
    /// Address or domain to transport, as Postfix looks them up.
    transport: HashMap<&'a str, &'a str>,
    aliases: HashMap<&'a str, &'a str>,
    /// What Exchange hands on, by the mailbox's primary address.
    forwards: HashMap<String, String>,
    /// Forwardings of the directory, which go before those.
    directory: HashMap<String, String>,
    /// Primary address of whoever has an address.
    owners: HashMap<String, &'a Recipient>,
}

/// Follows every address of every recipient from both servers, by the text of the sheets and by the forwardings among `facts`.
pub fn prove(
    servers: &Servers,
    sheets: &Sheets,
    recipients: &[Recipient],
    roll: &Roll,
    facts: &[Fact],
) -> Proof {
    let mut proof = Proof::default();
    let mut say = |code: &'static str, message: String| proof.findings.push(Finding::lossy(code, message));
    let mut owners: HashMap<String, &Recipient> = HashMap::new();
    for recipient in recipients {
        for address in recipient.addresses() {
            if !is_plain(address) {
                say(
                    "COEX-ADDRESS-UNSAFE",
                    format!("{address:?} cannot stand in a routing sheet"),
                );
            } else if let Some(other) = owners.insert(address.to_lowercase(), recipient)
                && other.mail != recipient.mail
            {
                let message = format!("{address} belongs to {} and to {}", other.mail, recipient.mail);
                say("COEX-ADDRESS-TWICE", message);
            }
        }
    }
    let own = domains(recipients);
    if own.contains(&servers.tegu_domain) {
        let message = format!("{} is one of the organisation's domains", servers.tegu_domain);
        say("COEX-DOMAIN-TAKEN", message);
    }
    let directory = forwardings(facts);
    for circle in circles(&directory) {
        say(
            "COEX-FORWARD-LOOP",
            format!("mail goes in a circle: {}", circle.join(" -> ")),
        );
    }
    let tables = Tables {
        servers,
        transport: pairs(&sheets.transport).collect(),
        aliases: pairs(&sheets.virtual_alias).collect(),
        forwards: sheets.exchange.lines().filter_map(forward).collect(),
        directory,
        owners,
    };
    let mut addresses: Vec<(&String, &&Recipient)> = tables.owners.iter().collect();
    addresses.sort_by_key(|(address, _)| *address);
    for (address, recipient) in addresses {
        let wanted = end(recipient, roll);
        for entry in [End::Exchange, End::Tegu] {
            proof.walks += 1;
            let outcome = tables.walk(entry, address);
            let owner = recipient.mail.to_lowercase();
            let forwarded = recipient.kind == RecipientKind::Mailbox && tables.directory.contains_key(&owner);
            let code = match outcome {
                Outcome::Delivered(end) if end == wanted => {
                    proof.ends.insert(address.clone(), end);
                    continue;
                }
                // Where its owner wants it: the forwarding is his.
                Outcome::Delivered(_) if forwarded && wanted == End::Exchange => {
                    proof.ends.insert(address.clone(), End::Exchange);
                    continue;
                }
                Outcome::Delivered(_) if forwarded => "COEX-FORWARDING-WINS",
                Outcome::Delivered(_) => "COEX-WRONG-END",
                Outcome::Refused => "COEX-LOST",
                Outcome::Loop => "COEX-LOOP",
            };
            let message =
                format!("mail for {address} that comes in at {entry}: {outcome:?}, but its end is {wanted}");
            proof.findings.push(Finding::lossy(code, message));
        }
    }
    for domain in &own {
        let nobody = unused(domain, &tables.owners);
        for entry in [End::Exchange, End::Tegu] {
            proof.walks += 1;
            match tables.walk(entry, &nobody) {
                Outcome::Refused => {}
                Outcome::Loop => proof.findings.push(Finding::lossy(
                    "COEX-LOOP",
                    format!("mail for an address of {domain} that nobody has goes in a circle"),
                )),
                Outcome::Delivered(end) => proof.findings.push(Finding::lossy(
                    "COEX-UNKNOWN-TAKEN",
                    format!("{end} takes mail for an address of {domain} that nobody has"),
                )),
            }
        }
    }
    proof
}

impl Tables<'_> {
    /// Follows one message from server to server.
    fn walk(&self, entry: End, address: &str) -> Outcome {
        let (mut at, mut address) = (entry, address.to_owned());
        for _ in 0..MAX_HOPS {
            let next = match at {
                End::Exchange => self.at_exchange(&address),
                End::Tegu => self.at_tegu(&address),
            };
            match next {
                Next::Ends(outcome) => return outcome,
                Next::To(end, then) => (at, address) = (end, then),
            }
        }
        Outcome::Loop
    }

    /// Exchange delivers what it knows, hands on what it is told to, and refuses the rest of its own domains.
    fn at_exchange(&self, address: &str) -> Next {
        if domain_of(address) == self.servers.tegu_domain {
            return Next::To(End::Tegu, address.to_owned());
        }
        let Some(owner) = self.owners.get(address) else {
            return Next::Ends(Outcome::Refused);
        };
        let mail = owner.mail.to_lowercase();
        // ForwardingAddress goes before ForwardingSmtpAddress.
        match self.directory.get(&mail).or_else(|| self.forwards.get(&mail)) {
            Some(to) if self.owners.contains_key(to) || domain_of(to) == self.servers.tegu_domain => {
                Next::To(End::Exchange, to.clone())
            }
            // Forwarded to somebody outside: that is where it ends, and Exchange sends it there.
            Some(_) | None => Next::Ends(Outcome::Delivered(End::Exchange)),
        }
    }

    /// The relay in front of TEGU rewrites by its alias map, then looks for the address, then for its domain.
    fn at_tegu(&self, address: &str) -> Next {
        let address = self.aliases.get(address).copied().unwrap_or(address);
        let by_address = self.transport.get(address);
        let Some(transport) = by_address.or_else(|| self.transport.get(domain_of(address))) else {
            return Next::Ends(Outcome::Refused);
        };
        match self.servers.end_of(transport) {
            Some(End::Exchange) => Next::To(End::Exchange, address.to_owned()),
            Some(End::Tegu) if self.owners.contains_key(address) => Next::Ends(Outcome::Delivered(End::Tegu)),
            _ => Next::Ends(Outcome::Refused),
        }
    }
}

enum Next {
    Ends(Outcome),
    To(End, String),
}

fn domain_of(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(_, domain)| domain)
}

/// Lines of a table of Postfix.
fn pairs(table: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(' '))
}

/// `Set-Mailbox -Identity 'a@x' -ForwardingSmtpAddress 'smtp:b@y' …`
fn forward(line: &str) -> Option<(String, String)> {
    let rest = line.strip_prefix("Set-Mailbox -Identity ")?;
    let (mailbox, rest) = unquoted(rest)?;
    let (to, _) = unquoted(rest.strip_prefix(" -ForwardingSmtpAddress ")?)?;
    Some((mailbox, to.strip_prefix("smtp:")?.to_owned()))
}

/// A text of PowerShell in single quotation marks, and what follows it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('\'')?;
    let mut content = String::new();
    loop {
        let (before, after) = rest.split_once('\'')?;
        content.push_str(before);
        match after.strip_prefix('\'') {
            Some(more) => {
                content.push('\'');
                rest = more;
            }
            None => return Some((content, after)),
        }
    }
}

fn forwardings(facts: &[Fact]) -> HashMap<String, String> {
    let only = |fact: &&Fact| fact.entity == Entity::Forwarding && fact.relation == Relation::ForwardsTo;
    let facts = facts.iter().filter(only);
    facts
        .map(|fact| (fact.who.to_lowercase(), fact.whom.to_lowercase()))
        .collect()
}

/// People who forward to each other in a circle; each circle once.
fn circles(forwards: &HashMap<String, String>) -> Vec<Vec<String>> {
    let mut starts: Vec<&String> = forwards.keys().collect();
    starts.sort();
    let (mut done, mut circles) = (HashSet::new(), Vec::new());
    for start in starts {
        let mut way: Vec<&String> = Vec::new();
        let mut at = Some(start);
        while let Some(here) = at.filter(|here| !done.contains(*here)) {
            if let Some(first) = way.iter().position(|known| *known == here) {
                let circle = way.iter().skip(first).chain([&here]);
                circles.push(circle.map(|address| (*address).clone()).collect());
                break;
            }
            way.push(here);
            at = forwards.get(here);
        }
        done.extend(way.into_iter().cloned());
    }
    circles
}

/// An address that nobody has.
fn unused(domain: &str, owners: &HashMap<String, &Recipient>) -> String {
    let names = (0..).map(|number| format!("nobody-{number}@{domain}"));
    let mut free = names.filter(|name| !owners.contains_key(name));
    free.next().unwrap_or_default()
}

#[cfg(test)]
mod tests;
