//! Reads the sheets again, and follows every address to the server that delivers it.

use crate::{
    Finding, Forwarding, Recipient, RecipientKind, Server, Servers, Sheets, Stages,
    sheets::{domains, is_plain, server},
};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};

/// A message that was passed on this often loops.
const MAX_HOPS: usize = 16;

/// Where every address leads, from either server.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Proof {
    /// The server that delivers each address.
    pub destinations: BTreeMap<String, Server>,
    /// How many walks were made: each address from each server, and for each domain one address that nobody has.
    pub walks: u64,
    /// Where the proof fails: lossy findings with these codes.
    ///
    /// - `COEX-ADDRESS-TWICE`: two recipients have the same address.
    /// - `COEX-ADDRESS-UNSAFE`: an address cannot stand in a routing sheet.
    /// - `COEX-DOMAIN-TAKEN`: TEGU's own domain is one of the organisation's.
    /// - `COEX-FORWARDING-WINS`: a forwarding in the directory takes precedence over the one to TEGU.
    /// - `COEX-FORWARD-LOOP`: people forward to each other in a circle.
    /// - `COEX-WRONG-END`: a walk ends at the server that does not hold the mailbox.
    /// - `COEX-LOOP`: a walk does not end.
    /// - `COEX-LOST`: a walk ends in a refusal, although somebody has the address.
    /// - `COEX-UNKNOWN-TAKEN`: an address that nobody has is not refused.
    pub findings: Vec<Finding>,
}

impl Proof {
    /// Returns whether every address leads to exactly one server, and nothing loops.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.findings.is_empty()
    }
}

/// How a walk ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Outcome {
    Delivered(Server),
    Refused,
    Loop,
}

/// What the sheets say, read from their text.
struct Tables<'a> {
    servers: &'a Servers,
    /// Transports by address or domain, as Postfix looks them up.
    transport: HashMap<&'a str, &'a str>,
    aliases: HashMap<&'a str, &'a str>,
    /// What the sheets make Exchange forward, by the mailbox's primary address.
    forwards: HashMap<String, String>,
    /// Forwardings of the directory, which take precedence.
    directory: HashMap<String, String>,
    /// Who has an address.
    owners: HashMap<String, &'a Recipient>,
}

/// Follows every address of every recipient from both servers, by the text of the sheets and by the forwardings of the directory.
///
/// Forwardings to an address that nobody here has leave the organisation; mail ends at Exchange, which sends it there.
#[must_use]
pub fn prove(
    servers: &Servers,
    sheets: &Sheets,
    recipients: &[Recipient],
    stages: &Stages,
    forwardings: &[Forwarding],
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
    let directory = by_address(forwardings);
    for circle in circles(&directory) {
        say(
            "COEX-FORWARD-LOOP",
            format!("mail loops: {}", circle.join(" -> ")),
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
        let wanted = server(recipient, stages);
        for entry in Server::ALL {
            proof.walks += 1;
            let outcome = tables.walk(entry, address);
            let owner = recipient.mail.to_lowercase();
            let forwarded = recipient.kind == RecipientKind::Mailbox && tables.directory.contains_key(&owner);
            let code = match outcome {
                Outcome::Delivered(server) if server == wanted => {
                    proof.destinations.insert(address.clone(), server);
                    continue;
                }
                // The owner set the forwarding, so this is where the owner wants it.
                Outcome::Delivered(_) if forwarded && wanted == Server::Exchange => {
                    proof.destinations.insert(address.clone(), Server::Exchange);
                    continue;
                }
                Outcome::Delivered(_) if forwarded => "COEX-FORWARDING-WINS",
                Outcome::Delivered(_) => "COEX-WRONG-END",
                Outcome::Refused => "COEX-LOST",
                Outcome::Loop => "COEX-LOOP",
            };
            let message = format!(
                "mail for {address} that arrives at {entry}: {outcome:?}, but {wanted} holds the mailbox"
            );
            proof.findings.push(Finding::lossy(code, message));
        }
    }
    for domain in &own {
        let nobody = unused(domain, &tables.owners);
        for entry in Server::ALL {
            proof.walks += 1;
            match tables.walk(entry, &nobody) {
                Outcome::Refused => {}
                Outcome::Loop => proof.findings.push(Finding::lossy(
                    "COEX-LOOP",
                    format!("mail for an address of {domain} that nobody has loops"),
                )),
                Outcome::Delivered(server) => proof.findings.push(Finding::lossy(
                    "COEX-UNKNOWN-TAKEN",
                    format!("{server} takes mail for an address of {domain} that nobody has"),
                )),
            }
        }
    }
    proof
}

impl Tables<'_> {
    /// Follows one message from server to server.
    fn walk(&self, entry: Server, address: &str) -> Outcome {
        let (mut at, mut address) = (entry, address.to_owned());
        for _ in 0..MAX_HOPS {
            let next = match at {
                Server::Exchange => self.at_exchange(&address),
                Server::Tegu => self.at_tegu(&address),
            };
            match next {
                Next::Ends(outcome) => return outcome,
                Next::To(server, then) => (at, address) = (server, then),
            }
        }
        Outcome::Loop
    }

    /// Exchange delivers what it knows, forwards what it is told to, and refuses the rest of its own domains.
    fn at_exchange(&self, address: &str) -> Next {
        if domain_of(address) == self.servers.tegu_domain {
            return Next::To(Server::Tegu, address.to_owned());
        }
        let Some(owner) = self.owners.get(address) else {
            return Next::Ends(Outcome::Refused);
        };
        let mail = owner.mail.to_lowercase();
        // ForwardingAddress takes precedence over ForwardingSmtpAddress.
        match self.directory.get(&mail).or_else(|| self.forwards.get(&mail)) {
            Some(to) if self.owners.contains_key(to) || domain_of(to) == self.servers.tegu_domain => {
                Next::To(Server::Exchange, to.clone())
            }
            // Either not forwarded, or forwarded to somebody outside, to whom Exchange sends it.
            Some(_) | None => Next::Ends(Outcome::Delivered(Server::Exchange)),
        }
    }

    /// The relay in front of TEGU rewrites by its alias map, then looks for the address, then for its domain.
    fn at_tegu(&self, address: &str) -> Next {
        let address = self.aliases.get(address).copied().unwrap_or(address);
        let by_address = self.transport.get(address);
        let Some(transport) = by_address.or_else(|| self.transport.get(domain_of(address))) else {
            return Next::Ends(Outcome::Refused);
        };
        match self.servers.server_of(transport) {
            Some(Server::Exchange) => Next::To(Server::Exchange, address.to_owned()),
            Some(Server::Tegu) if self.owners.contains_key(address) => {
                Next::Ends(Outcome::Delivered(Server::Tegu))
            }
            _ => Next::Ends(Outcome::Refused),
        }
    }
}

enum Next {
    Ends(Outcome),
    To(Server, String),
}

fn domain_of(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(_, domain)| domain)
}

/// Reads the lines of a table of Postfix.
fn pairs(table: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(' '))
}

/// Reads `Set-Mailbox -Identity 'a@x' -ForwardingSmtpAddress 'smtp:b@y' …`
fn forward(line: &str) -> Option<(String, String)> {
    let rest = line.strip_prefix("Set-Mailbox -Identity ")?;
    let (mailbox, rest) = unquoted(rest)?;
    let (to, _) = unquoted(rest.strip_prefix(" -ForwardingSmtpAddress ")?)?;
    Some((mailbox, to.strip_prefix("smtp:")?.to_owned()))
}

/// Splits off a text of PowerShell in single quotation marks.
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

fn by_address(forwardings: &[Forwarding]) -> HashMap<String, String> {
    forwardings
        .iter()
        .map(|forwarding| (forwarding.from.to_lowercase(), forwarding.to.to_lowercase()))
        .collect()
}

/// Returns each circle of people who forward to each other, once.
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

/// Makes an address that nobody has.
fn unused(domain: &str, owners: &HashMap<String, &Recipient>) -> String {
    let names = (0..).map(|number| format!("nobody-{number}@{domain}"));
    let mut free = names.filter(|name| !owners.contains_key(name));
    free.next().unwrap_or_default()
}

#[cfg(test)]
mod tests;
