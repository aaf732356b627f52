//! Maps of Postfix. A map looks at one thing and does one thing, so that only rules of that shape become lines.

use super::read::{Clause, Deed, TransportRule};
use super::{Notes, between_slashes, is_plain, quoted};
use crate::rule::{Recipient, is_address};
use std::collections::{BTreeMap, HashSet};

const HEADERS: &str = "postfix-header-checks";
const RECIPIENTS: &str = "postfix-recipient-access";
const SENDERS: &str = "postfix-sender-access";
const TLS: &str = "postfix-tls-policy";

/// Octets of a domain (RFC 1035, section 2.3.4).
const DOMAIN: usize = 253;

/// The maps, with what uses them.
const MAPS: [(&str, &str); 4] = [
    (
        HEADERS,
        "# header_checks = regexp:/etc/postfix/postfix-header-checks (header_checks(5))\n",
    ),
    (
        RECIPIENTS,
        "# smtpd_recipient_restrictions = check_recipient_access texthash:/etc/postfix/postfix-recipient-access, ... (access(5))\n",
    ),
    (
        SENDERS,
        "# smtpd_sender_restrictions = check_sender_access texthash:/etc/postfix/postfix-sender-access, ... (access(5))\n",
    ),
    (
        TLS,
        "# smtp_tls_policy_maps = texthash:/etc/postfix/postfix-tls-policy\n",
    ),
];

/// The maps while rules are added.
#[derive(Debug, Default)]
pub(super) struct Maps {
    /// Keys that have a line, by map.
    lines: HashSet<(&'static str, String)>,
    /// Domains above the keys of lines that leave something to decide.
    above: HashSet<(&'static str, String)>,
    /// Headers that such lines look at.
    headers: HashSet<String>,
}

impl Maps {
    pub(super) fn add(&mut self, rule: &TransportRule, files: &mut BTreeMap<&'static str, String>) -> Notes {
        for (name, head) in MAPS {
            files.entry(name).or_insert_with(|| head.to_owned());
        }
        let mut notes = Notes::of(rule);
        let lines = shape(rule, &mut notes).and_then(|(clause, deed)| {
            let decides = matches!(deed, Deed::Reject(_) | Deed::Delete);
            let (name, keys) = keys(clause, deed, &mut notes)?;
            let action = action(name, deed, &mut notes)?;
            let header = header(clause);
            match header {
                Some(header) => self.look_at_header(header, decides, &mut notes),
                None => self.look_at_keys(name, &keys, decides, &mut notes),
            }
            // A key has one line. Where all lines of a map say the same, it may have been there before.
            let mut new = |key: &String| header.is_some() || self.lines.insert((name, key.clone()));
            let lines = keys.iter().filter(|key| !notes.manual && new(key));
            Some((
                name,
                lines.map(|key| format!("{key} {action}")).collect::<Vec<_>>(),
            ))
        });
        let (name, lines) = lines.unwrap_or((HEADERS, Vec::new()));
        let text = if notes.manual {
            notes.comment(rule)
        } else {
            format!("# {}\n{}\n", super::one_line(&rule.name), lines.join("\n"))
        };
        files.entry(name).or_default().push_str(&text);
        notes
    }

    /// The first expression that matches a header decides what becomes of it.
    fn look_at_header(&mut self, header: &str, decides: bool, notes: &mut Notes) {
        let header = header.to_lowercase();
        if self.headers.contains(&header) {
            only_one(notes);
        }
        if !decides && !notes.manual {
            self.headers.insert(header);
        }
    }

    /// The key that is closest to an address decides, wherever it stands.
    fn look_at_keys(&mut self, name: &'static str, keys: &[String], decides: bool, notes: &mut Notes) {
        if name == TLS {
            return;
        }
        let closer = |key: &String| {
            let above = ancestors(key).map(str::to_owned);
            let mut all = std::iter::once(key.clone()).chain(above);
            all.any(|key| self.lines.contains(&(name, key)))
        };
        if let Some(key) = keys.iter().find(|key| closer(key)) {
            notes.manual(
                "SIEVE-TRANSPORT-SHAPE",
                format!("an earlier rule has a line that concerns {key}, and one line alone counts"),
            );
        } else if keys.iter().any(|key| self.above.contains(&(name, key.clone()))) {
            only_one(notes);
        }
        if !decides && !notes.manual {
            let above = keys.iter().flat_map(|key| ancestors(key));
            self.above.extend(above.map(|domain| (name, domain.to_owned())));
        }
    }
}

fn only_one(notes: &mut Notes) {
    notes.lossy(
        "SIEVE-TRANSPORT-LINE",
        "a line of an earlier rule may match too, and then this one does not count",
    );
}

/// The domains above a key, which is an address or a domain.
fn ancestors(key: &str) -> impl Iterator<Item = &str> {
    key.match_indices(['@', '.'])
        .filter_map(move |(at, mark)| match key.split_once('@') {
            Some((local, _)) if at < local.len() => None,
            _ => key.get(at + mark.len()..),
        })
}

/// The one thing that the rule looks at, and the one that it does.
fn shape<'r>(rule: &'r TransportRule, notes: &mut Notes) -> Option<(&'r Clause, &'r Deed)> {
    let deeds: Vec<&Deed> = rule.actions.iter().filter(|deed| **deed != Deed::Stop).collect();
    if deeds.len() != rule.actions.len() {
        notes.lossy(
            "SIEVE-TRANSPORT-STOP",
            "lines of other maps still count; within a map the first one does",
        );
    }
    match (&rule.conditions[..], &deeds[..]) {
        ([clause], [deed]) if rule.exceptions.is_empty() => Some((clause, deed)),
        _ => {
            notes.manual(
                "SIEVE-TRANSPORT-SHAPE",
                "a map looks at one thing and does one thing, without exceptions",
            );
            None
        }
    }
}

/// The header that an expression looks at.
fn header(clause: &Clause) -> Option<&str> {
    match clause {
        Clause::SubjectWords(_) | Clause::SubjectPatterns(_) => Some("Subject"),
        Clause::HeaderWords(name, _) | Clause::HeaderPatterns(name, _) => Some(name),
        _ => None,
    }
}

/// The map, and the left sides of its lines.
fn keys(clause: &Clause, deed: &Deed, notes: &mut Notes) -> Option<(&'static str, Vec<String>)> {
    if let (Clause::RecipientDomain(all), Deed::RequireTls) = (clause, deed) {
        let keys = domains(all, notes).into_iter();
        return Some((TLS, keys.flat_map(|key| [format!(".{key}"), key]).collect()));
    }
    let (name, keys): (_, Vec<String>) = match clause {
        Clause::From(people) => (SENDERS, addresses(people, notes)),
        Clause::SenderDomain(all) => (SENDERS, domains(all, notes)),
        Clause::SentTo(people) => (RECIPIENTS, addresses(people, notes)),
        Clause::RecipientDomain(all) => (RECIPIENTS, domains(all, notes)),
        Clause::SubjectWords(all) => (HEADERS, words("Subject", all, notes)),
        Clause::HeaderWords(name, all) => (HEADERS, words(name, all, notes)),
        Clause::SubjectPatterns(all) => (HEADERS, patterns("Subject", all, notes)),
        Clause::HeaderPatterns(name, all) => (HEADERS, patterns(name, all, notes)),
        Clause::FromScope(_) => return no_equal("FromScope", notes),
        Clause::SentToScope(_) => return no_equal("SentToScope", notes),
        Clause::NamedIn(..) => return no_equal("AnyOfToCcHeader", notes),
        Clause::SenderWords(_) => return no_equal("FromAddressContainsWords", notes),
        Clause::SenderPatterns(_) => return no_equal("FromAddressMatchesPatterns", notes),
        Clause::RecipientWords(_) => return no_equal("RecipientAddressContainsWords", notes),
        Clause::RecipientPatterns(_) => return no_equal("RecipientAddressMatchesPatterns", notes),
        Clause::FilePatterns(_) => return no_equal("AttachmentNameMatchesPatterns", notes),
        Clause::Extensions(_) => return no_equal("AttachmentExtensionMatchesWords", notes),
        Clause::SenderIp(_) => return no_equal("SenderIpRanges", notes),
        Clause::SizeOver(_) => return no_equal("MessageSizeOver", notes),
        Clause::Other(name) => return no_equal(name, notes),
    };
    match name {
        SENDERS => notes.lossy(
            "SIEVE-TRANSPORT-ENVELOPE",
            "the map looks at the sender of the envelope, Exchange at that of the header",
        ),
        RECIPIENTS if matches!(deed, Deed::Reject(_)) => notes.lossy(
            "SIEVE-TRANSPORT-EACH",
            "the recipient is refused, and the message goes to the others",
        ),
        _ => {}
    }
    Some((name, keys))
}

fn no_equal(what: &str, notes: &mut Notes) -> Option<(&'static str, Vec<String>)> {
    notes.no_equal(what);
    None
}

/// The right side of a line (access(5), header_checks(5), TLS policy of postconf(5)).
fn action(name: &str, deed: &Deed, notes: &mut Notes) -> Option<String> {
    let one = |people: &[Recipient], notes: &mut Notes| match &addresses(people, notes)[..] {
        [address] => Some(address.clone()),
        _ => {
            notes.manual(
                "SIEVE-TRANSPORT-SHAPE",
                "a line names one address: make a list of them",
            );
            None
        }
    };
    match deed {
        Deed::Reject(reason) if is_plain(reason) => Some(format!("REJECT {reason}")),
        Deed::SetHeader(name, value) if is_header(name) && is_plain(value) => {
            notes.lossy(
                "SIEVE-TRANSPORT-HEADER",
                "a header of that name that is there stays",
            );
            Some(format!("PREPEND {name}: {value}"))
        }
        Deed::Reject(_) | Deed::SetHeader(..) => {
            notes.manual(
                "SIEVE-TRANSPORT-TEXT",
                "a text is empty or holds control characters",
            );
            None
        }
        Deed::Delete => Some("DISCARD".to_owned()),
        Deed::Quarantine => {
            notes.lossy(
                "SIEVE-TRANSPORT-HOLD",
                "the message waits in the hold queue for the administrator",
            );
            Some("HOLD".to_owned())
        }
        Deed::Redirect(people) => Some(format!("REDIRECT {}", one(people, notes)?)),
        Deed::BlindCopy(people) => Some(format!("BCC {}", one(people, notes)?)),
        Deed::PrependSubject(_) => none("PrependSubject", notes),
        Deed::RemoveHeader(_) => none("RemoveHeader", notes),
        Deed::RequireTls if name == TLS => Some("encrypt".to_owned()),
        Deed::RequireTls => none("RouteMessageOutboundRequireTls for anything but domains", notes),
        Deed::Stop => none("StopRuleProcessing alone", notes),
        Deed::Other(name) => none(name, notes),
    }
}

fn none(what: &str, notes: &mut Notes) -> Option<String> {
    notes.no_equal(what);
    None
}

fn addresses(people: &[Recipient], notes: &mut Notes) -> Vec<String> {
    let all: Vec<String> = people
        .iter()
        .flat_map(|one| one.addresses.iter().map(|address| address.to_lowercase()))
        .collect();
    for person in people.iter().filter(|one| one.addresses.is_empty()) {
        notes.manual("SIEVE-ADDRESS", format!("no address is known of {person}"));
    }
    if all.iter().any(|address| {
        !address.is_ascii() || address.len() > 64 + DOMAIN || address.starts_with('#') || !is_address(address)
    }) {
        notes.manual("SIEVE-TRANSPORT-TEXT", "an address cannot stand in a map");
    }
    all
}

/// Domains as keys; a domain is found for all below it too, as `parent_domain_matches_subdomains` has it by default.
fn domains(domains: &[String], notes: &mut Notes) -> Vec<String> {
    let label =
        |label: &str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if !domains
        .iter()
        .all(|domain| domain.len() <= DOMAIN && domain.split('.').all(label))
    {
        notes.manual("SIEVE-TRANSPORT-TEXT", "a domain cannot stand in a map");
    }
    domains.iter().map(|domain| domain.to_lowercase()).collect()
}

fn is_header(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_graphic() && c != ':')
}

/// Whole words in a header, as regular expressions (regexp_table(5)).
fn words(header: &str, all: &[String], notes: &mut Notes) -> Vec<String> {
    if all.iter().any(|word| !word.is_ascii() || !is_plain(word)) || !is_header(header) {
        notes.manual(
            "SIEVE-TRANSPORT-RAW",
            "the map compares headers as they travel, where letters beyond ASCII are encoded",
        );
        return Vec::new();
    }
    raw(notes);
    let edge = "[^[:alnum:]_]";
    let expression = |word: &String| {
        let word = quoted(word);
        format!("/^{}:(.*{edge})?{word}({edge}.*)?$/", quoted(header))
    };
    all.iter().map(expression).collect()
}

fn patterns(header: &str, all: &[String], notes: &mut Notes) -> Vec<String> {
    notes.pattern();
    if all
        .iter()
        .any(|pattern| !pattern.is_ascii() || !is_plain(pattern))
        || !is_header(header)
    {
        notes.manual(
            "SIEVE-TRANSPORT-RAW",
            "the map compares headers as they travel, where letters beyond ASCII are encoded",
        );
        return Vec::new();
    }
    raw(notes);
    let expression = |pattern: &String| {
        let begins = pattern.strip_prefix('^');
        let any = if begins.is_some() { "" } else { ".*" };
        let pattern = between_slashes(begins.unwrap_or(pattern));
        format!("/^{}: {any}({pattern})/", quoted(header))
    };
    if all
        .iter()
        .any(|pattern| pattern.contains('|') && pattern.contains('^'))
    {
        notes.no_equal("a pattern with alternatives of which one begins the header");
    }
    all.iter().map(expression).collect()
}

fn raw(notes: &mut Notes) {
    notes.lossy(
        "SIEVE-TRANSPORT-RAW",
        "a header that travels encoded is not looked into",
    );
}
