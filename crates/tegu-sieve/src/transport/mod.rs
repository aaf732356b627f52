//! Transport rules: proposals for the administrator of the new server, which nothing here applies.
//!
//! A transport rule of Exchange concerns everybody's mail, also what only passes through. Three kinds of servers are asked what they could do
//! instead, and each answers for itself: [`Target::Sieve`] (a script that runs before those of the users), [`Target::Postfix`] (maps of its own) and
//! [`Target::Rspamd`]. For each target a rule is exact, lossy or manual, with its reasons. A manual rule stands in that target's files as a comment.
//!
//! # Codes
//!
//! | code | what is lost or in the way |
//! |---|---|
//! | `SIEVE-TRANSPORT-EACH` | the target decides for each recipient, Exchange for the message (lossy) |
//! | `SIEVE-TRANSPORT-ENVELOPE` | Exchange looks at the header's sender, the target at the envelope's (lossy) |
//! | `SIEVE-TRANSPORT-HEADER` | a header of that name that is there stays (lossy) |
//! | `SIEVE-TRANSPORT-HOLD` | held back on the server instead of lying in a quarantine mailbox (lossy) |
//! | `SIEVE-TRANSPORT-LINE` | one line of a map counts: an earlier rule's may match too (lossy) |
//! | `SIEVE-TRANSPORT-LOCAL` | a script sees only mail for mailboxes of its server (manual) |
//! | `SIEVE-TRANSPORT-OFF` | the rule is switched off, only tests, or has a date (manual) |
//! | `SIEVE-TRANSPORT-PART` | the target has no equal for a part (manual) |
//! | `SIEVE-TRANSPORT-PATTERN` | the pattern is a regular expression of .NET, whose syntax differs in places (lossy) |
//! | `SIEVE-TRANSPORT-RAW` | the target compares headers as they travel, and does not look into encoded ones (lossy; manual for letters beyond ASCII) |
//! | `SIEVE-TRANSPORT-SCOPE` | inside and outside are known by domains, not by who signed in (lossy) |
//! | `SIEVE-TRANSPORT-SHAPE` | a map of Postfix looks at one thing and does one thing; a rule of Rspamd forces one action (manual) |
//! | `SIEVE-TRANSPORT-SIZE` | the size is that of the message as it travels (lossy) |
//! | `SIEVE-TRANSPORT-STOP` | the other rules of the target still run (lossy) |
//! | `SIEVE-TRANSPORT-SUBJECT` | a subject is rewritten by the first of several rules only, and not where Rspamd has decided otherwise (lossy) |
//! | `SIEVE-TRANSPORT-TEXT` | a text cannot stand in the target's files (manual) |
//! | `SIEVE-TRANSPORT-WORDS` | a word is also found next to a letter beyond ASCII (lossy) |

mod postfix;
mod read;
mod rspamd;
mod sieve;

pub use read::{Clause, Deed, Scope, TransportRule, transport_rules};

use crate::fold::push_literal;
use crate::translate::Verdict;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use tegu_outcome::{Finding, csv_row};

/// What a proposal is for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Target {
    /// A Sieve script that a server runs for every mailbox, before the user's own.
    Sieve,
    /// Maps of Postfix: access(5), header_checks(5), smtp_tls_policy_maps.
    Postfix,
    /// Rspamd: `multimap` and `force_actions`.
    Rspamd,
}

impl Target {
    /// All targets.
    pub const ALL: [Self; 3] = [Self::Sieve, Self::Postfix, Self::Rspamd];
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sieve => "sieve",
            Self::Postfix => "postfix",
            Self::Rspamd => "rspamd",
        })
    }
}

/// What a target could do in the place of a rule.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Proposal {
    /// The rule's name.
    pub rule: String,
    /// For whom.
    pub target: Target,
    /// How near it comes.
    pub verdict: Verdict,
    /// What is lost or in the way.
    pub findings: Vec<Finding>,
}

/// The proposals for all rules.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Proposals {
    /// One for each rule and target, in the order of the rules.
    pub proposals: Vec<Proposal>,
    /// The files, by name.
    pub files: BTreeMap<&'static str, String>,
}

impl Proposals {
    /// The proposals as a table for a spreadsheet.
    #[must_use]
    pub fn table(&self) -> String {
        let head = ["rule", "target", "verdict", "findings"];
        let mut out = format!("\u{feff}{}", csv_row(&head));
        for one in &self.proposals {
            let findings: Vec<String> = one.findings.iter().map(ToString::to_string).collect();
            let (target, verdict) = (one.target.to_string(), verdict_name(one.verdict));
            out.push_str(&csv_row(&[&one.rule, &target, verdict, &findings.join("; ")]));
        }
        out
    }
}

fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Exact => "exact",
        Verdict::Lossy => "lossy",
        Verdict::Manual => "manual",
    }
}

/// Proposes what the targets could do. `domains` are the organisation's own.
///
/// ```
/// use tegu_sieve::{read::{Encoding, Limits}, transport, translate::Verdict};
///
/// let export = r#"[{"Name":"No spies","Priority":0,"State":"Enabled","Mode":"Enforce","SenderDomainIs":["spy.example"],"DeleteMessage":true}]"#;
/// let rules = transport::transport_rules(export.as_bytes(), Encoding::unicode(), &Limits::default())?;
/// let proposed = transport::propose(&rules, &["corp.example".to_owned()]);
/// assert!(proposed.files["postfix-sender-access"].ends_with("spy.example DISCARD\n"));
/// assert_eq!(proposed.proposals[2].verdict, Verdict::Lossy);
/// # Ok::<(), tegu_sieve::Error>(())
/// ```
#[must_use]
pub fn propose(rules: &[TransportRule], domains: &[String]) -> Proposals {
    let mut ordered: Vec<&TransportRule> = rules.iter().collect();
    ordered.sort_by_key(|rule| rule.priority);
    let mut proposals = Proposals::default();
    let mut script = sieve::Scripts::default();
    let mut maps = postfix::Maps::default();
    let rspamd = rspamd::propose(&ordered, domains, &mut proposals.files);
    for (rule, rspamd) in ordered.into_iter().zip(rspamd) {
        let sieve = script.add(rule, domains);
        let postfix = maps.add(rule, &mut proposals.files);
        for (target, notes) in Target::ALL.into_iter().zip([sieve, postfix, rspamd]) {
            proposals.proposals.push(Proposal {
                rule: rule.name.clone(),
                target,
                verdict: notes.verdict(),
                findings: notes.findings,
            });
        }
    }
    proposals.files.insert("before.sieve", script.text());
    proposals
}

/// What stands in the way of a rule on one target.
#[derive(Debug, Default)]
struct Notes {
    findings: Vec<Finding>,
    manual: bool,
}

impl Notes {
    fn of(rule: &TransportRule) -> Self {
        let mut notes = Self::default();
        for why in &rule.off {
            notes.manual("SIEVE-TRANSPORT-OFF", why);
        }
        for what in &rule.unknown {
            notes.manual("SIEVE-UNKNOWN", what);
        }
        if rule.actions.is_empty() {
            notes.manual("SIEVE-UNKNOWN", "the export shows no action");
        }
        notes
    }

    fn verdict(&self) -> Verdict {
        match (self.manual, self.findings.is_empty()) {
            (true, _) => Verdict::Manual,
            (false, false) => Verdict::Lossy,
            (false, true) => Verdict::Exact,
        }
    }

    fn manual(&mut self, code: &'static str, why: impl Into<String>) {
        self.manual = true;
        self.lossy(code, why);
    }

    fn lossy(&mut self, code: &'static str, why: impl Into<String>) {
        let finding = Finding::lossy(code, why.into());
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    /// What a target has no equal for.
    fn no_equal(&mut self, what: &str) {
        self.manual("SIEVE-TRANSPORT-PART", format!("there is no equal of {what}"));
    }

    fn pattern(&mut self) {
        self.lossy(
            "SIEVE-TRANSPORT-PATTERN",
            "the pattern is a regular expression of .NET: read it again for this target",
        );
    }

    /// The rule in the file of a target that a person takes over.
    fn comment(&self, rule: &TransportRule) -> String {
        let mut text = format!("# by hand: {}\n", one_line(&rule.name));
        for finding in &self.findings {
            text.push_str(&format!("#   {}\n", one_line(&finding.to_string())));
        }
        text
    }
}

fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// Whether a text may stand in a line of a file.
fn is_plain(text: &str) -> bool {
    !text.trim().is_empty() && !text.chars().any(char::is_control)
}

/// Literal text in a regular expression between slashes.
fn quoted(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            // What ends the expression.
            '/' => out.push_str("\\/"),
            _ => push_literal(&mut out, c),
        }
    }
    out
}

/// A regular expression as it stands between slashes: one ends it, unless a backslash stands before it.
fn between_slashes(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut after_backslash = false;
    for c in pattern.chars() {
        if c == '/' && !after_backslash {
            out.push('\\');
        }
        after_backslash = c == '\\' && !after_backslash;
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests;
