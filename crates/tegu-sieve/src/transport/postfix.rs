//! Maps of Postfix. A map looks at one thing and does one thing, so that only rules of that shape become lines.

use super::read::{Clause, Deed, TransportRule};
use super::{Notes, between_slashes, is_plain, quoted};
use crate::rule::{Recipient, is_address};
use std::collections::BTreeMap;

/// The maps, with what uses them.
const MAPS: [(&str, &str); 4] = [
    (
        "postfix-header-checks",
        "# header_checks = regexp:/etc/postfix/postfix-header-checks (header_checks(5))\n",
    ),
    (
        "postfix-recipient-access",
        "# smtpd_recipient_restrictions = check_recipient_access texthash:/etc/postfix/postfix-recipient-access, ... (access(5))\n",
    ),
    (
        "postfix-sender-access",
        "# smtpd_sender_restrictions = check_sender_access texthash:/etc/postfix/postfix-sender-access, ... (access(5))\n",
    ),
    (
        "postfix-tls-policy",
        "# smtp_tls_policy_maps = texthash:/etc/postfix/postfix-tls-policy\n",
    ),
];

pub(super) fn add(rule: &TransportRule, files: &mut BTreeMap<&'static str, String>) -> Notes {
    for (name, head) in MAPS {
        files.entry(name).or_insert_with(|| head.to_owned());
    }
    let mut notes = Notes::of(rule);
    let lines = shape(rule, &mut notes).map(|(clause, deed)| lines(clause, deed, &mut notes));
    let (name, lines) = lines.flatten().unwrap_or(("postfix-header-checks", Vec::new()));
    let text = if notes.manual {
        notes.comment(rule)
    } else {
        format!("# {}\n{}\n", super::one_line(&rule.name), lines.join("\n"))
    };
    files.entry(name).or_default().push_str(&text);
    notes
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

fn lines(clause: &Clause, deed: &Deed, notes: &mut Notes) -> Option<(&'static str, Vec<String>)> {
    if let (Clause::RecipientDomain(domains), Deed::RequireTls) = (clause, deed) {
        let lines = keys(domains, notes)
            .into_iter()
            .flat_map(|domain| [format!("{domain} encrypt"), format!(".{domain} encrypt")]);
        return Some(("postfix-tls-policy", lines.collect()));
    }
    let (name, keys): (_, Vec<String>) = match clause {
        Clause::From(people) => ("postfix-sender-access", addresses(people, notes)),
        Clause::SenderDomain(domains) => ("postfix-sender-access", keys(domains, notes)),
        Clause::SentTo(people) => ("postfix-recipient-access", addresses(people, notes)),
        Clause::RecipientDomain(domains) => ("postfix-recipient-access", keys(domains, notes)),
        Clause::SubjectWords(all) => ("postfix-header-checks", words("Subject", all, notes)),
        Clause::HeaderWords(name, all) => ("postfix-header-checks", words(name, all, notes)),
        Clause::SubjectPatterns(all) => ("postfix-header-checks", patterns("Subject", all, notes)),
        Clause::HeaderPatterns(name, all) => ("postfix-header-checks", patterns(name, all, notes)),
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
        "postfix-sender-access" => notes.lossy(
            "SIEVE-TRANSPORT-ENVELOPE",
            "the map looks at the sender of the envelope, Exchange at that of the header",
        ),
        "postfix-recipient-access" if matches!(deed, Deed::Reject(_)) => notes.lossy(
            "SIEVE-TRANSPORT-EACH",
            "the recipient is refused, and the message goes to the others",
        ),
        _ => {}
    }
    let action = action(deed, notes)?;
    Some((
        name,
        keys.into_iter().map(|key| format!("{key} {action}")).collect(),
    ))
}

fn no_equal(what: &str, notes: &mut Notes) -> Option<(&'static str, Vec<String>)> {
    notes.no_equal(what);
    None
}

/// The right side of a line (access(5), header_checks(5)).
fn action(deed: &Deed, notes: &mut Notes) -> Option<String> {
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
    if all
        .iter()
        .any(|address| !address.is_ascii() || address.starts_with('#') || !is_address(address))
    {
        notes.manual("SIEVE-TRANSPORT-TEXT", "an address cannot stand in a map");
    }
    all
}

/// Domains as keys; a domain is found for all below it too, as `parent_domain_matches_subdomains` has it by default.
fn keys(domains: &[String], notes: &mut Notes) -> Vec<String> {
    let label =
        |label: &str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if !domains.iter().all(|domain| domain.split('.').all(label)) {
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
        format!("/^{}: {any}{pattern}/", quoted(header))
    };
    all.iter().map(expression).collect()
}

fn raw(notes: &mut Notes) {
    notes.lossy(
        "SIEVE-TRANSPORT-RAW",
        "a header that travels encoded is not looked into",
    );
}
