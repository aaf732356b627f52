//! Clauses as symbols of `multimap`.

use super::super::read::{Clause, Scope};
use super::super::{Notes, between_slashes, is_plain, quoted};
use super::{escaped, literal};
use crate::rule::{Recipient, is_address};
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What a symbol looks at: the lines of its block, and the entries of its map.
struct Symbol {
    settings: Vec<String>,
    entries: Vec<String>,
    /// Whether the clause holds if the map does not match.
    negated: bool,
}

impl Symbol {
    fn new(settings: &[&str], entries: Vec<String>) -> Self {
        Self {
            settings: settings.iter().map(|line| (*line).to_owned()).collect(),
            entries,
            negated: false,
        }
    }
}

/// The symbols of a rule.
pub(super) struct Blocks<'a> {
    rule: usize,
    symbols: usize,
    domains: &'a [String],
    /// As they stand in the file.
    pub(super) text: String,
}

impl<'a> Blocks<'a> {
    pub(super) fn new(rule: usize, domains: &'a [String]) -> Self {
        Self {
            rule,
            symbols: 0,
            domains,
            text: String::new(),
        }
    }

    /// Adds clauses. Returns what holds where each does.
    pub(super) fn add(&mut self, clauses: &[Clause], notes: &mut Notes) -> Vec<String> {
        let mut all = Vec::new();
        for clause in clauses {
            let Some(symbol) = symbol(clause, self.domains, notes) else {
                continue;
            };
            for entry in &symbol.entries {
                literal(entry, notes);
            }
            self.symbols += 1;
            let name = format!("TEGU_RULE_{}_{}", self.rule, self.symbols);
            let _ = writeln!(self.text, "{name} {{");
            for line in &symbol.settings {
                let _ = writeln!(self.text, "  {line};");
            }
            let _ = writeln!(self.text, "  map = [");
            for entry in &symbol.entries {
                let _ = writeln!(self.text, "    \"{}\",", escaped(entry));
            }
            let _ = writeln!(self.text, "  ];\n}}");
            all.push(if symbol.negated { super::not(&name) } else { name });
        }
        all
    }
}

fn addresses(people: &[Recipient], notes: &mut Notes) -> Vec<String> {
    for person in people.iter().filter(|one| one.addresses.is_empty()) {
        notes.manual("SIEVE-ADDRESS", format!("no address is known of {person}"));
    }
    let all = people
        .iter()
        .flat_map(|one| one.addresses.iter().map(|address| address.to_lowercase()));
    all.filter(|address| is_address(address)).collect()
}

/// One of the texts, whatever its letter case.
fn whole(texts: impl IntoIterator<Item = String>) -> Vec<String> {
    texts
        .into_iter()
        .map(|text| format!("/^{}$/iu", quoted(&text)))
        .collect()
}

/// Domains and all below them, as regular expressions over a domain.
fn below(domains: &[String]) -> Vec<String> {
    domains
        .iter()
        .map(|domain| format!("/(^|\\.){}$/i", quoted(domain)))
        .collect()
}

/// Every other domain.
fn beyond(domains: &[String]) -> Vec<String> {
    let domains: Vec<String> = domains.iter().map(|domain| quoted(domain)).collect();
    vec![format!("/^(?!(.*\\.)?({})$)/i", domains.join("|"))]
}

/// The networks that make up a range of addresses, as `192.0.2.7-192.0.2.20`.
fn networks(range: &str) -> Option<Vec<String>> {
    let (first, last) = match range.split_once('-') {
        None => {
            let (address, prefix) = range.split_once('/').unwrap_or((range, "0"));
            let (_, width) = number(address)?;
            return (prefix.parse::<u32>().ok()? <= width).then(|| vec![range.to_owned()]);
        }
        Some((first, last)) => (number(first.trim())?, number(last.trim())?),
    };
    let ((mut at, width), (end, other)) = (first, last);
    if width != other || at > end {
        return None;
    }
    let mut out = Vec::new();
    loop {
        // The largest network that begins here and does not go beyond the end.
        let mut bits = at.trailing_zeros().min(width);
        while bits > 0 && (at | (u128::MAX >> (128 - bits))) > end {
            bits -= 1;
        }
        let last = if bits == 0 {
            at
        } else {
            at | (u128::MAX >> (128 - bits))
        };
        out.push(format!("{}/{}", address(at, width)?, width - bits));
        if last >= end {
            return Some(out);
        }
        at = last + 1;
    }
}

/// An address as a number, and its width in bits.
fn number(address: &str) -> Option<(u128, u32)> {
    match address.parse().ok()? {
        IpAddr::V4(address) => Some((u32::from(address).into(), 32)),
        IpAddr::V6(address) => Some((address.into(), 128)),
    }
}

fn address(number: u128, width: u32) -> Option<IpAddr> {
    match width {
        32 => Some(Ipv4Addr::from(u32::try_from(number).ok()?).into()),
        _ => Some(Ipv6Addr::from(number).into()),
    }
}

fn words(all: &[String]) -> Vec<String> {
    let edge = r"[\p{L}\p{N}_]";
    all.iter()
        .map(|word| format!("/(?<!{edge}){}(?!{edge})/iu", quoted(word)))
        .collect()
}

fn patterns(all: &[String], notes: &mut Notes) -> Vec<String> {
    notes.pattern();
    all.iter()
        .map(|pattern| format!("/{}/iu", between_slashes(pattern)))
        .collect()
}

/// Regular expressions over a header.
fn of_header(name: &str, entries: Vec<String>, notes: &mut Notes) -> Symbol {
    literal(name, notes);
    let header = format!("header = \"{}\"", escaped(name));
    Symbol::new(&["type = \"header\"", &header, "regexp = true"], entries)
}

/// The names of attached files: not what their octets look like, and not what is in an archive.
fn of_file(more: &[&str], entries: Vec<String>) -> Symbol {
    let mut settings = vec![
        "type = \"filename\"",
        "skip_detected = true",
        "skip_archives = true",
        "regexp = true",
    ];
    settings.extend(more);
    Symbol::new(&settings, entries)
}

fn inside(domains: &[String], whose: &str, notes: &mut Notes) {
    notes.lossy(
        "SIEVE-TRANSPORT-SCOPE",
        format!("inside and outside are known by the {whose}'s domain"),
    );
    if domains.is_empty() {
        notes.no_equal("a scope: no domain of the organisation is known");
    }
}

fn symbol(clause: &Clause, domains: &[String], notes: &mut Notes) -> Option<Symbol> {
    let sender = |notes: &mut Notes| {
        notes.lossy(
            "SIEVE-TRANSPORT-ENVELOPE",
            "the map looks at the sender of the envelope, Exchange at that of the header",
        );
    };
    let of_domain = |kind: &str, entries: Vec<String>| {
        let kind = format!("type = \"{kind}\"");
        Symbol::new(&[&kind, "filter = \"email:domain\"", "regexp = true"], entries)
    };
    let of_address = |kind: &str, entries: Vec<String>| {
        let kind = format!("type = \"{kind}\"");
        Symbol::new(&[&kind, "filter = \"email\"", "regexp = true"], entries)
    };
    let texts: &[String] = match clause {
        Clause::SubjectWords(all) | Clause::SubjectPatterns(all) => all,
        Clause::HeaderWords(_, all) | Clause::HeaderPatterns(_, all) => all,
        Clause::SenderDomain(all) | Clause::RecipientDomain(all) => all,
        Clause::Extensions(all) | Clause::FilePatterns(all) | Clause::SenderIp(all) => all,
        Clause::SenderWords(all) | Clause::SenderPatterns(all) => all,
        Clause::RecipientWords(all) | Clause::RecipientPatterns(all) => all,
        _ => &[],
    };
    // The rule's own texts: in its entry an empty one is an expression that matches anything, and a control character is escaped. What a plain text may
    // mean in the file is looked at in the entry.
    for text in texts.iter().filter(|text| !is_plain(text)) {
        literal(text, notes);
    }
    Some(match clause {
        Clause::From(people) => {
            sender(notes);
            of_address("from", whole(addresses(people, notes)))
        }
        Clause::SenderDomain(all) => {
            sender(notes);
            of_domain("from", below(all))
        }
        Clause::SentTo(people) => of_address("rcpt", whole(addresses(people, notes))),
        Clause::RecipientDomain(all) => of_domain("rcpt", below(all)),
        Clause::FromScope(scope) => {
            sender(notes);
            inside(domains, "sender", notes);
            let mut symbol = of_domain("from", below(domains));
            symbol.negated = *scope == Scope::Outside;
            symbol
        }
        Clause::SentToScope(scope) => {
            inside(domains, "recipient", notes);
            of_domain(
                "rcpt",
                match scope {
                    Scope::Inside => below(domains),
                    Scope::Outside => beyond(domains),
                },
            )
        }
        Clause::SubjectWords(all) => of_header("Subject", words(all), notes),
        Clause::HeaderWords(name, all) => of_header(name, words(all), notes),
        Clause::SubjectPatterns(all) => of_header("Subject", patterns(all, notes), notes),
        Clause::HeaderPatterns(name, all) => of_header(name, patterns(all, notes), notes),
        Clause::SenderWords(all) => {
            sender(notes);
            of_address("from", words(all))
        }
        Clause::SenderPatterns(all) => {
            sender(notes);
            of_address("from", patterns(all, notes))
        }
        Clause::RecipientWords(all) => of_address("rcpt", words(all)),
        Clause::RecipientPatterns(all) => of_address("rcpt", patterns(all, notes)),
        Clause::FilePatterns(all) => of_file(&[], patterns(all, notes)),
        Clause::NamedIn(..) => return none("AnyOfToCcHeader", notes),
        Clause::Extensions(all) => of_file(&["filter = \"extension\""], whole(all.iter().cloned())),
        Clause::SenderIp(all) => {
            let networks: Option<Vec<Vec<String>>> = all.iter().map(|range| networks(range)).collect();
            if networks.is_none() {
                notes.no_equal("a range of SenderIpRanges");
            }
            Symbol::new(&["type = \"ip\""], networks.unwrap_or_default().concat())
        }
        Clause::SizeOver(_) => return none("MessageSizeOver", notes),
        Clause::Other(name) => return none(name, notes),
    })
}

fn none(what: &str, notes: &mut Notes) -> Option<Symbol> {
    notes.no_equal(what);
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::networks;

    #[test]
    fn ranges_become_networks() {
        for (range, expected) in [
            ("192.0.2.1", "192.0.2.1"),
            ("192.0.2.0/24", "192.0.2.0/24"),
            (
                "198.51.100.7-198.51.100.20",
                "198.51.100.7/32 198.51.100.8/29 198.51.100.16/30 198.51.100.20/32",
            ),
            ("0.0.0.0-255.255.255.255", "0.0.0.0/0"),
            ("255.255.255.254 - 255.255.255.255", "255.255.255.254/31"),
            ("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/0"),
            ("2001:db8::1-2001:db8::2", "2001:db8::1/128 2001:db8::2/128"),
        ] {
            assert_eq!(networks(range).unwrap().join(" "), expected, "{range}");
        }
        for range in [
            "",
            "x",
            "192.0.2.0/33",
            "192.0.2.9-192.0.2.1",
            "192.0.2.1-2001:db8::1",
            "192.0.2.0/-1",
        ] {
            assert_eq!(networks(range), None, "{range}");
        }
        // The worst range: no more networks than two for each bit.
        let worst = networks("::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe").unwrap();
        assert_eq!(worst.len(), 254);
    }
}
