//! Rspamd: each clause is a symbol of `multimap`, a rule is an expression over them, and `force_actions` does what it says.
//!
//! Exchange runs its rules one after the other, and Rspamd takes the first action that is forced. So each expression also says which other rules
//! must not match, and no two of them hold for the same message.

mod symbols;

use super::read::{Deed, TransportRule};
use super::{Notes, is_plain, one_line};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use symbols::Blocks;

const MULTIMAP: &str = "rspamd-multimap.conf";
const RULES: &str = "rspamd-force_actions.conf";
const ACTIONS: &str = "rspamd-actions.conf";

/// Octets of one expression. Each rule may have to name all others.
const EXPRESSION: usize = 16 << 10;

/// What is not put aside for a new subject: what other rules force, and what Rspamd thinks of spam.
const HONORED: &str = r#""reject", "discard", "quarantine", "soft reject", "greylist", "add header""#;

/// What is forced.
#[derive(Debug, Eq, PartialEq)]
enum Action {
    Reject(String),
    Discard,
    Quarantine,
    Subject(String),
}

/// A rule by itself.
struct Ready {
    notes: Notes,
    blocks: String,
    /// Holds if its conditions do and none of its exceptions.
    matches: String,
    action: Option<Action>,
    stops: bool,
}

impl Ready {
    fn new(number: usize, rule: &TransportRule, domains: &[String]) -> Self {
        let mut notes = Notes::of(rule);
        let mut blocks = Blocks::new(number, domains);
        let mut terms: Vec<String> = blocks.add(&rule.conditions, &mut notes);
        let exceptions = blocks.add(&rule.exceptions, &mut notes);
        terms.extend(exceptions.iter().map(|name| not(name)));
        if terms.is_empty() {
            notes.no_equal("a rule for every message");
        }
        Self {
            action: action(rule, &mut notes),
            stops: rule.actions.contains(&Deed::Stop),
            matches: terms.join(" & "),
            blocks: blocks.text,
            notes,
        }
    }

    fn rewrites(&self) -> bool {
        matches!(self.action, Some(Action::Subject(_)))
    }

    /// Whether nothing is left to decide of a message that it matches.
    fn decides(&self) -> bool {
        self.action.is_some() && !self.rewrites()
    }
}

/// What holds if the expression does not.
fn not(expression: &str) -> String {
    match expression.strip_prefix('!') {
        _ if expression.contains(' ') => format!("!({expression})"),
        Some(name) => name.to_owned(),
        None => format!("!{expression}"),
    }
}

/// Adds the files, and tells how near each rule comes. The rules are in their order.
pub(super) fn propose(
    rules: &[&TransportRule],
    domains: &[String],
    files: &mut BTreeMap<&'static str, String>,
) -> Vec<Notes> {
    let mut all: Vec<Ready> = rules
        .iter()
        .enumerate()
        .map(|(at, rule)| Ready::new(at + 1, rule, domains))
        .collect();
    let expressions = expressions(&mut all);
    let mut maps = "# local.d/multimap.conf\n".to_owned();
    let mut forced = "# local.d/force_actions.conf\nrules {\n".to_owned();
    let mut by_hand = String::new();
    let mut actions = String::new();
    for (at, (one, rule)) in all.iter().zip(rules).enumerate() {
        if one.notes.manual {
            by_hand.push_str(&one.notes.comment(rule));
            continue;
        }
        let name = one_line(&rule.name);
        let _ = write!(maps, "# {name}\n{}", one.blocks);
        let settings = match &one.action {
            None => continue,
            Some(Action::Reject(reason)) => {
                format!("action = \"reject\";\n    message = \"{}\";", escaped(reason))
            }
            Some(Action::Subject(text)) => {
                let text = escaped(&text.replace('%', "%%"));
                format!(
                    "action = \"rewrite subject\";\n    subject = \"{text}%s\";\n    honor_action = [{HONORED}];"
                )
            }
            // These two are known to Rspamd only where its configuration names them.
            Some(Action::Discard) => named("discard", &mut actions),
            Some(Action::Quarantine) => named("quarantine", &mut actions),
        };
        let expression = expressions.get(at).map_or("", String::as_str);
        let _ = write!(
            forced,
            "  # {name}\n  TEGU_RULE_{} {{\n    expression = \"{expression}\";\n    {settings}\n  }}\n",
            at + 1
        );
    }
    files.insert(MULTIMAP, maps);
    files.insert(RULES, format!("{forced}}}\n{by_hand}"));
    if !actions.is_empty() {
        files.insert(ACTIONS, format!("# local.d/actions.conf\n{actions}"));
    }
    all.into_iter().map(|one| one.notes).collect()
}

/// An action without a score of its own.
fn named(name: &str, actions: &mut String) -> String {
    let block = format!("{name} {{\n  flags = [\"no_threshold\"];\n}}\n");
    if !actions.contains(&block) {
        actions.push_str(&block);
    }
    format!("action = \"{name}\";")
}

/// When each rule acts: it matches, and no other rule is there that keeps it from acting.
fn expressions(all: &mut [Ready]) -> Vec<String> {
    let mut expressions: Vec<String> = Vec::with_capacity(all.len());
    // Rules before which nothing else acts, and those that rewrite the subject.
    let (mut ends, mut rewriting): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
    for at in 0..all.len() {
        let Some(one) = all.get(at) else { break };
        let mut expression = one.matches.clone();
        let (rewrites, ends_here) = (one.rewrites(), one.decides() || one.stops);
        if !one.notes.manual {
            let others = rewriting.iter().filter(|_| rewrites);
            for other in ends.iter().chain(others).filter_map(|other| all.get(*other)) {
                add(&mut expression, &other.matches);
                if expression.len() > EXPRESSION {
                    break;
                }
            }
        }
        let more_rewrite = rewrites && !rewriting.is_empty();
        let Some(one) = all.get_mut(at) else { break };
        if expression.len() > EXPRESSION {
            one.notes
                .manual("SIEVE-TRANSPORT-SHAPE", "too many rules are there before it");
        }
        if !one.notes.manual {
            if more_rewrite {
                one.notes.lossy(
                    "SIEVE-TRANSPORT-SUBJECT",
                    "a subject that an earlier rule has rewritten stays as that one leaves it",
                );
            }
            if ends_here {
                ends.push(at);
            } else if rewrites {
                rewriting.push(at);
            }
        }
        expressions.push(expression);
    }
    for at in rewriting {
        let later = ends.partition_point(|end| *end < at);
        let mut stops: Vec<&str> = Vec::new();
        let Some(expression) = expressions.get_mut(at) else {
            break;
        };
        for end in ends.iter().skip(later) {
            let Some(other) = all.get(*end) else { break };
            if other.decides() {
                let mut decides = other.matches.clone();
                stops.iter().for_each(|stop| add(&mut decides, stop));
                add(expression, &decides);
            } else {
                stops.push(&other.matches);
            }
            if expression.len() > EXPRESSION {
                break;
            }
        }
        if expression.len() > EXPRESSION
            && let Some(one) = all.get_mut(at)
        {
            one.notes
                .manual("SIEVE-TRANSPORT-SHAPE", "too many rules are there after it");
        }
    }
    expressions
}

fn add(expression: &mut String, other: &str) {
    expression.push_str(" & ");
    expression.push_str(&not(other));
}

/// A text between quotation marks.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// Whether a text may stand in a file: Rspamd puts values in the place of `$NAME` and `${name}`.
fn is_literal(text: &str) -> bool {
    let mut dollars = text.match_indices('$').map(|(at, _)| text.as_bytes().get(at + 1));
    is_plain(text) && !dollars.any(|next| next.is_some_and(|c| c.is_ascii_uppercase() || b"{$_".contains(c)))
}

fn literal(text: &str, notes: &mut Notes) {
    if !is_literal(text) {
        notes.manual(
            "SIEVE-TRANSPORT-TEXT",
            "a text is empty, or holds control characters or what stands for a variable",
        );
    }
}

/// What `force_actions` does: one action. None for a rule that only stops the others.
fn action(rule: &TransportRule, notes: &mut Notes) -> Option<Action> {
    let mut forced = None;
    for deed in &rule.actions {
        let action = match deed {
            Deed::Reject(reason) => {
                literal(reason, notes);
                Action::Reject(reason.clone())
            }
            Deed::Delete => Action::Discard,
            Deed::PrependSubject(text) => {
                literal(text, notes);
                notes.lossy(
                    "SIEVE-TRANSPORT-SUBJECT",
                    "a message that Rspamd itself refuses, delays or marks as spam keeps its subject",
                );
                Action::Subject(text.clone())
            }
            Deed::Quarantine => {
                notes.lossy(
                    "SIEVE-TRANSPORT-HOLD",
                    "what becomes of it is set in the mail server",
                );
                Action::Quarantine
            }
            Deed::Stop => continue,
            Deed::Redirect(_) => return missing("RedirectMessageTo", notes),
            Deed::BlindCopy(_) => return missing("BlindCopyTo", notes),
            Deed::SetHeader(..) => return missing("SetHeaderName", notes),
            Deed::RemoveHeader(_) => return missing("RemoveHeader", notes),
            Deed::RequireTls => return missing("RouteMessageOutboundRequireTls", notes),
            Deed::Other(name) => return missing(name, notes),
        };
        if forced.replace(action).is_some() {
            notes.manual("SIEVE-TRANSPORT-SHAPE", "a rule forces one action");
        }
    }
    forced
}

fn missing(what: &str, notes: &mut Notes) -> Option<Action> {
    notes.no_equal(what);
    None
}

#[cfg(test)]
mod tests;
