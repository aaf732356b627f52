//! Rspamd: each clause is a symbol of `multimap`, a rule is an expression over them, and `force_actions` does what it says.

use super::read::{Clause, Deed, Scope, TransportRule};
use super::{Notes, is_plain, one_line, quoted};
use crate::rule::{Recipient, is_address};
use std::collections::BTreeMap;
use std::fmt::Write as _;

const MULTIMAP: &str = "rspamd-multimap.conf";
const ACTIONS: &str = "rspamd-force_actions.conf";

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

pub(super) fn add(
    number: usize,
    rule: &TransportRule,
    domains: &[String],
    files: &mut BTreeMap<&'static str, String>,
) -> Notes {
    let head = "# local.d/multimap.conf: the maps are in the folder of this file\n".to_owned();
    files.entry(MULTIMAP).or_insert(head);
    let head = "# local.d/force_actions.conf\nrules {\n}\n".to_owned();
    files.entry(ACTIONS).or_insert(head);
    let mut notes = Notes::of(rule);
    let mut blocks = String::new();
    let mut at = 0;
    let mut terms = |clauses: &[Clause], notes: &mut Notes| -> Vec<String> {
        let mut all = Vec::new();
        for clause in clauses {
            if matches!(clause, Clause::SentToScope(Scope::Inside | Scope::Outside)) {
                notes.lossy(
                    "SIEVE-TRANSPORT-SCOPE",
                    "inside and outside are known by the recipient's domain",
                );
            }
            let Some(symbol) = symbol(clause, domains, notes) else {
                continue;
            };
            at += 1;
            let name = format!("TEGU_RULE_{number}_{at}");
            let _ = writeln!(blocks, "{name} {{");
            for line in &symbol.settings {
                let _ = writeln!(blocks, "  {line};");
            }
            let _ = writeln!(blocks, "  map = [");
            for entry in &symbol.entries {
                let _ = writeln!(blocks, "    \"{}\",", escaped(entry));
            }
            let _ = writeln!(blocks, "  ];\n}}");
            all.push(if symbol.negated { format!("!{name}") } else { name });
        }
        all
    };
    let mut expression = terms(&rule.conditions, &mut notes);
    let exceptions = terms(&rule.exceptions, &mut notes);
    expression.extend(exceptions.iter().map(|name| match name.strip_prefix('!') {
        Some(name) => name.to_owned(),
        None => format!("!{name}"),
    }));
    if expression.is_empty() {
        notes.no_equal("a rule for every message");
    }
    let settings = action(rule, &mut notes);
    if notes.manual {
        files.entry(ACTIONS).or_default().push_str(&notes.comment(rule));
        return notes;
    }
    let name = one_line(&rule.name);
    let _ = write!(files.entry(MULTIMAP).or_default(), "# {name}\n{blocks}");
    let block = format!(
        "  # {name}\n  TEGU_RULE_{number} {{\n    expression = \"{}\";\n{settings}  }}\n}}\n",
        expression.join(" & ")
    );
    let actions = files.entry(ACTIONS).or_default();
    // Into the block of rules, which ends with the first brace at the beginning of a line.
    if let Some(end) = actions.find("\n}\n") {
        actions.replace_range(end + 1..end + 3, &block);
    }
    notes
}

/// A text between quotation marks.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
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

/// Domains and all below them, as regular expressions over a domain.
fn below(domains: &[String]) -> Vec<String> {
    domains
        .iter()
        .map(|domain| format!("/(^|\\.){}$/i", quoted(domain)))
        .collect()
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
        .map(|pattern| format!("/{}/iu", pattern.replace('/', "\\/")))
        .collect()
}

/// Regular expressions over a header.
fn of_header(name: &str, entries: Vec<String>) -> Symbol {
    let header = format!("header = \"{}\"", escaped(name));
    Symbol::new(&["type = \"header\"", &header, "regexp = true"], entries)
}

fn symbol(clause: &Clause, domains: &[String], notes: &mut Notes) -> Option<Symbol> {
    let sender = |notes: &mut Notes| {
        notes.lossy(
            "SIEVE-TRANSPORT-ENVELOPE",
            "the map looks at the sender of the envelope, Exchange at that of the header",
        );
    };
    let of_domain = |kind: &str, all: &[String]| {
        let kind = format!("type = \"{kind}\"");
        Symbol::new(&[&kind, "filter = \"email:domain\"", "regexp = true"], below(all))
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
    if texts.iter().any(|text| !is_plain(text)) {
        notes.manual(
            "SIEVE-TRANSPORT-TEXT",
            "a text is empty or holds control characters",
        );
    }
    Some(match clause {
        Clause::From(people) => {
            sender(notes);
            Symbol::new(
                &["type = \"from\"", "filter = \"email\""],
                addresses(people, notes),
            )
        }
        Clause::SenderDomain(all) => {
            sender(notes);
            of_domain("from", all)
        }
        Clause::SentTo(people) => Symbol::new(
            &["type = \"rcpt\"", "filter = \"email\""],
            addresses(people, notes),
        ),
        Clause::RecipientDomain(all) => of_domain("rcpt", all),
        Clause::FromScope(scope) => {
            sender(notes);
            notes.lossy(
                "SIEVE-TRANSPORT-SCOPE",
                "inside and outside are known by the sender's domain",
            );
            let mut symbol = of_domain("from", domains);
            symbol.negated = *scope == Scope::Outside;
            symbol
        }
        Clause::SentToScope(scope) => {
            let mut symbol = of_domain("rcpt", domains);
            symbol.negated = *scope == Scope::Outside;
            symbol
        }
        Clause::SubjectWords(all) => of_header("Subject", words(all)),
        Clause::HeaderWords(name, all) => of_header(name, words(all)),
        Clause::SubjectPatterns(all) => of_header("Subject", patterns(all, notes)),
        Clause::HeaderPatterns(name, all) => of_header(name, patterns(all, notes)),
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
        Clause::FilePatterns(all) => {
            Symbol::new(&["type = \"filename\"", "regexp = true"], patterns(all, notes))
        }
        Clause::NamedIn(..) => return none("AnyOfToCcHeader", notes),
        Clause::Extensions(all) => Symbol::new(
            &["type = \"filename\"", "filter = \"extension\""],
            all.iter().map(|one| one.to_lowercase()).collect(),
        ),
        Clause::SenderIp(all) => Symbol::new(&["type = \"ip\""], all.clone()),
        Clause::SizeOver(_) => return none("MessageSizeOver", notes),
        Clause::Other(name) => return none(name, notes),
    })
}

fn none(what: &str, notes: &mut Notes) -> Option<Symbol> {
    notes.no_equal(what);
    None
}

/// What `force_actions` does: one action.
fn action(rule: &TransportRule, notes: &mut Notes) -> String {
    let mut out = String::new();
    for deed in &rule.actions {
        let line = match deed {
            Deed::Reject(reason) => format!(
                "    action = \"reject\";\n    message = \"{}\";\n",
                escaped(reason)
            ),
            Deed::Delete => "    action = \"discard\";\n".to_owned(),
            Deed::PrependSubject(text) => format!(
                "    action = \"rewrite subject\";\n    subject = \"{}%s\";\n",
                escaped(&text.replace('%', "%%"))
            ),
            Deed::Quarantine => {
                notes.lossy(
                    "SIEVE-TRANSPORT-HOLD",
                    "what becomes of it is set in the mail server",
                );
                "    action = \"quarantine\";\n".to_owned()
            }
            Deed::Stop => {
                notes.lossy(
                    "SIEVE-TRANSPORT-STOP",
                    "all rules are looked at, and the strictest action counts",
                );
                continue;
            }
            Deed::Redirect(_) => return missing("RedirectMessageTo", notes),
            Deed::BlindCopy(_) => return missing("BlindCopyTo", notes),
            Deed::SetHeader(..) => return missing("SetHeaderName", notes),
            Deed::RemoveHeader(_) => return missing("RemoveHeader", notes),
            Deed::RequireTls => return missing("RouteMessageOutboundRequireTls", notes),
            Deed::Other(name) => return missing(name, notes),
        };
        let text = match deed {
            Deed::Reject(text) | Deed::PrependSubject(text) => Some(text),
            _ => None,
        };
        if text.is_some_and(|text| !is_plain(text)) {
            notes.manual(
                "SIEVE-TRANSPORT-TEXT",
                "a text is empty or holds control characters",
            );
        }
        if !out.is_empty() {
            notes.manual("SIEVE-TRANSPORT-SHAPE", "a rule forces one action");
        }
        out.push_str(&line);
    }
    out
}

fn missing(what: &str, notes: &mut Notes) -> String {
    notes.no_equal(what);
    String::new()
}
