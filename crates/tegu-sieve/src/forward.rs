//! Forwarding over a whole organisation: chains and circles are found before anything is written.
//!
//! A mailbox forwards by a setting of the directory (`ForwardingAddress`, `ForwardingSmtpAddress`) or by rules that redirect. Either way mail
//! goes from one address to another, so that all of them are judged together, whichever server holds the mailbox.
//!
//! ```
//! use tegu_sieve::forward::{Forward, Mailbox, Organisation};
//!
//! let organisation = Organisation::new(vec![
//!     Mailbox::new("anna@corp.example").forward(Forward::setting("boris@corp.example").keep(true)),
//!     Mailbox::new("boris@corp.example").forward(Forward::setting("ANNA@corp.example")),
//!     Mailbox::new("carl@corp.example").forward(Forward::setting("carl@home.example").keep(true)),
//! ]);
//! let judged = organisation.judge();
//! assert_eq!(judged[0].findings[0].code, "SIEVE-FORWARD-CIRCLE");
//! assert!(judged[2].is_exact());
//! assert_eq!(organisation.virtual_alias(&judged), "carl@corp.example carl@corp.example, carl@home.example\n");
//! ```

use crate::read::ForwardingExport;
use crate::rule::{Action, Rule, is_address};
use crate::script::{Command, Script};
use std::collections::{BTreeMap, BTreeSet};
use tegu_outcome::{Finding, Severity, csv_row};

/// A way by which mail leaves a mailbox.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Forward {
    /// Where it goes.
    pub to: String,
    /// Whether a copy stays.
    pub keep: bool,
    /// The rule that forwards, or `None` for a setting of the mailbox, which forwards everything.
    pub rule: Option<String>,
}

impl Forward {
    /// A setting of the mailbox, which forwards all mail and keeps no copy.
    pub fn setting(to: impl Into<String>) -> Self {
        Self {
            to: to.into(),
            keep: false,
            rule: None,
        }
    }

    /// A rule that redirects or forwards. A copy stays.
    pub fn rule(name: impl Into<String>, to: impl Into<String>) -> Self {
        Self {
            to: to.into(),
            keep: true,
            rule: Some(name.into()),
        }
    }

    /// Says whether a copy stays.
    #[must_use]
    pub fn keep(mut self, keep: bool) -> Self {
        self.keep = keep;
        self
    }
}

/// A mailbox with all its addresses.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Mailbox {
    /// The primary address.
    pub address: String,
    /// All other addresses.
    pub aliases: Vec<String>,
    /// How mail leaves it.
    pub forwards: Vec<Forward>,
    /// A setting that names an object which no mailbox of the organisation is.
    pub unknown: Option<String>,
}

impl Mailbox {
    /// Makes a mailbox that forwards nothing.
    pub fn new(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            ..Self::default()
        }
    }

    /// Adds another address.
    #[must_use]
    pub fn alias(mut self, address: impl Into<String>) -> Self {
        self.aliases.push(address.into());
        self
    }

    /// Adds a way by which mail leaves it.
    #[must_use]
    pub fn forward(mut self, forward: Forward) -> Self {
        self.forwards.push(forward);
        self
    }

    /// Adds what the rules of the mailbox send on.
    #[must_use]
    pub fn rules(mut self, rules: &[Rule]) -> Self {
        for rule in rules.iter().filter(|rule| rule.runs()) {
            for action in &rule.actions {
                if let Action::RedirectTo(people)
                | Action::ForwardTo(people)
                | Action::ForwardAsAttachmentTo(people) = action
                {
                    let known = people.iter().filter_map(|one| one.addresses.first());
                    self.forwards
                        .extend(known.map(|to| Forward::rule(&rule.name, to)));
                }
            }
        }
        self
    }
}

/// What becomes of the settings of one mailbox.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Judged {
    /// The primary address of the mailbox.
    pub address: String,
    /// `SIEVE-FORWARD-CIRCLE` and `SIEVE-FORWARD-UNKNOWN` are for a person; `SIEVE-FORWARD-CHAIN` and `SIEVE-FORWARD-OUTSIDE` are worth
    /// knowing.
    pub findings: Vec<Finding>,
    /// The finding about each forwarding of the mailbox, in their order; `None` where there is nothing to say.
    pub forwards: Vec<Option<Finding>>,
}

impl Judged {
    /// Whether the settings can be carried out as they are.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.findings
            .iter()
            .all(|finding| finding.severity == Severity::Info)
    }
}

/// All mailboxes, on whichever server.
#[derive(Clone, Debug, Default)]
pub struct Organisation {
    mailboxes: Vec<Mailbox>,
    /// From an address in lower case to its mailbox.
    index: BTreeMap<String, usize>,
    domains: BTreeSet<String>,
}

impl Organisation {
    /// Takes all mailboxes. If two have one address, the first has it.
    #[must_use]
    pub fn new(mailboxes: Vec<Mailbox>) -> Self {
        let mut organisation = Self {
            mailboxes,
            ..Self::default()
        };
        for (at, mailbox) in organisation.mailboxes.iter().enumerate() {
            for address in std::iter::once(&mailbox.address).chain(&mailbox.aliases) {
                let address = address.to_ascii_lowercase();
                organisation
                    .domains
                    .extend(address.rsplit_once('@').map(|(_, domain)| domain.to_owned()));
                organisation.index.entry(address).or_insert(at);
            }
        }
        organisation
    }

    /// Takes what `Get-Mailbox` says of all mailboxes. `ForwardingAddress` names a mailbox by any of its names; if both settings are there,
    /// it wins.
    #[must_use]
    pub fn from_export(export: &[ForwardingExport]) -> Self {
        let mut names: BTreeMap<String, Option<&str>> = BTreeMap::new();
        for mailbox in export {
            for name in mailbox
                .names
                .iter()
                .chain(&mailbox.aliases)
                .chain([&mailbox.address])
            {
                // A name that two have names nobody.
                names
                    .entry(name.to_lowercase())
                    .and_modify(|known| *known = known.filter(|known| *known == mailbox.address))
                    .or_insert(Some(&mailbox.address));
            }
        }
        let mailboxes = export.iter().map(|one| {
            let mut mailbox = Mailbox::new(&one.address);
            mailbox.aliases.clone_from(&one.aliases);
            let target = match (&one.object, &one.smtp) {
                (Some(object), _) => match names.get(&object.to_lowercase()).copied().flatten() {
                    Some(address) => Some(address.to_owned()),
                    None => {
                        mailbox.unknown = Some(object.clone());
                        None
                    }
                },
                (None, smtp) => smtp.clone(),
            };
            mailbox
                .forwards
                .extend(target.map(|to| Forward::setting(to).keep(one.keeps)));
            mailbox
        });
        Self::new(mailboxes.collect())
    }

    /// Returns the mailboxes, such as to add their rules.
    #[must_use]
    pub fn into_mailboxes(self) -> Vec<Mailbox> {
        self.mailboxes
    }

    fn find(&self, address: &str) -> Option<usize> {
        self.index.get(&address.to_ascii_lowercase()).copied()
    }

    /// The mailboxes that mail of this one is forwarded to.
    fn next(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let forwards = self
            .mailboxes
            .get(at)
            .map(|mailbox| mailbox.forwards.as_slice())
            .unwrap_or_default();
        forwards.iter().filter_map(|forward| self.find(&forward.to))
    }

    /// The place of the mailbox that has this address, in the order in which they were given.
    #[must_use]
    pub fn position(&self, address: &str) -> Option<usize> {
        self.find(address)
    }

    /// Judges every mailbox, in order.
    #[must_use]
    pub fn judge(&self) -> Vec<Judged> {
        let circles = self.circles();
        let judge = |(at, mailbox): (usize, &Mailbox)| {
            let unknown = mailbox.unknown.as_ref().map(|object| {
                Finding::lossy(
                    "SIEVE-FORWARD-UNKNOWN",
                    format!("it forwards to {object}, which is no mailbox that is known"),
                )
            });
            let forwards: Vec<Option<Finding>> = mailbox
                .forwards
                .iter()
                .map(|forward| self.judge_one(at, forward, &circles))
                .collect();
            Judged {
                address: mailbox.address.clone(),
                findings: unknown
                    .into_iter()
                    .chain(forwards.iter().flatten().cloned())
                    .collect(),
                forwards,
            }
        };
        self.mailboxes.iter().enumerate().map(judge).collect()
    }

    fn judge_one(&self, at: usize, forward: &Forward, circles: &[Option<usize>]) -> Option<Finding> {
        let by = forward
            .rule
            .as_ref()
            .map_or(String::new(), |rule| format!(" by the rule \"{rule}\""));
        let to = &forward.to;
        if !is_address(to) || !to.is_ascii() {
            let why = format!("it forwards{by} to {to}, which is no address");
            return Some(Finding::lossy("SIEVE-FORWARD-UNKNOWN", why));
        }
        let Some(next) = self.find(to) else {
            return Some(self.judge_outside(&by, to));
        };
        let circle = circles.get(at).copied().flatten();
        if circle.is_some() && circles.get(next).copied().flatten() == circle {
            let why = format!("mail that it forwards{by} to {to} comes back to it");
            return Some(Finding::lossy("SIEVE-FORWARD-CIRCLE", why));
        }
        let further = self.mailboxes.get(next).map(|one| one.forwards.iter());
        let further: Vec<&str> = further.into_iter().flatten().map(|one| one.to.as_str()).collect();
        (!further.is_empty()).then(|| {
            let why = format!("{to} forwards too, to {}", further.join(", "));
            Finding::info("SIEVE-FORWARD-CHAIN", why)
        })
    }

    fn judge_outside(&self, by: &str, to: &str) -> Finding {
        let domain = to.rsplit_once('@').map(|(_, domain)| domain.to_ascii_lowercase());
        if domain.is_some_and(|domain| self.domains.contains(&domain)) {
            let why = format!("it forwards{by} to {to}, which nobody has");
            return Finding::lossy("SIEVE-FORWARD-UNKNOWN", why);
        }
        let why =
            format!("it forwards{by} outside, to {to}: a sender's DMARC policy may have it refused there");
        Finding::info("SIEVE-FORWARD-OUTSIDE", why)
    }

    /// For each mailbox the number of the circle that it is in: the strongly connected components with an edge inside.
    fn circles(&self) -> Vec<Option<usize>> {
        let count = self.mailboxes.len();
        // Kosaraju's algorithm, without recursion: a chain may be as long as the organisation is large.
        let mut order = Vec::with_capacity(count);
        let mut seen = vec![false; count];
        for start in 0..count {
            let mut stack = vec![(start, self.next(start).collect::<Vec<_>>())];
            if std::mem::replace(&mut seen[start], true) {
                continue;
            }
            while let Some((at, rest)) = stack.last_mut() {
                match rest.pop() {
                    Some(next) if !std::mem::replace(&mut seen[next], true) => {
                        stack.push((next, self.next(next).collect()));
                    }
                    Some(_) => {}
                    None => {
                        order.push(*at);
                        stack.pop();
                    }
                }
            }
        }
        let mut back: Vec<Vec<usize>> = vec![Vec::new(); count];
        for at in 0..count {
            for next in self.next(at) {
                back[next].push(at);
            }
        }
        let mut component: Vec<Option<usize>> = vec![None; count];
        for start in order.into_iter().rev() {
            let mut stack = vec![start];
            while let Some(at) = stack.pop() {
                if component[at].is_none() {
                    component[at] = Some(start);
                    stack.extend(&back[at]);
                }
            }
        }
        let mut sizes: BTreeMap<Option<usize>, usize> = BTreeMap::new();
        for one in &component {
            *sizes.entry(*one).or_default() += 1;
        }
        let inside = |at: usize| {
            sizes.get(&component[at]).is_some_and(|size| *size > 1) || self.next(at).any(|next| next == at)
        };
        (0..count)
            .map(|at| component[at].filter(|_| inside(at)))
            .collect()
    }

    /// Returns the settings that can be carried out as a map for Postfix (`virtual(5)`): every address of a mailbox, and where its mail goes.
    /// Rules are not in it.
    #[must_use]
    pub fn virtual_alias(&self, judged: &[Judged]) -> String {
        let mut out = String::new();
        for (mailbox, _) in self.exact(judged) {
            let mut targets: Vec<&str> = Vec::new();
            let settings: Vec<&Forward> = mailbox
                .forwards
                .iter()
                .filter(|forward| forward.rule.is_none())
                .collect();
            if settings.is_empty() {
                continue;
            }
            if settings.iter().any(|forward| forward.keep) {
                targets.push(&mailbox.address);
            }
            targets.extend(settings.iter().map(|forward| forward.to.as_str()));
            for address in std::iter::once(&mailbox.address)
                .chain(&mailbox.aliases)
                .filter(|address| is_address(address) && address.is_ascii())
            {
                out.push_str(&format!("{address} {}\n", targets.join(", ")));
            }
        }
        out
    }

    /// Returns the settings of a mailbox as a script, for servers whose aliases nobody can edit. `None` if it has none, or if they are for
    /// a person.
    #[must_use]
    pub fn script(&self, judged: &[Judged], address: &str) -> Option<Script> {
        let (mailbox, _) = self
            .exact(judged)
            .find(|(mailbox, _)| mailbox.address.eq_ignore_ascii_case(address))?;
        let settings = mailbox.forwards.iter().filter(|forward| forward.rule.is_none());
        let commands: Vec<Command> = settings
            .map(|forward| {
                if forward.keep {
                    Command::redirect_copy(&forward.to)
                } else {
                    Command::redirect(&forward.to)
                }
            })
            .collect();
        (!commands.is_empty()).then(|| Script::new(commands))
    }

    /// Returns everything as a table for a spreadsheet: mailbox, target, copy, rule, findings.
    #[must_use]
    pub fn table(&self, judged: &[Judged]) -> String {
        let mut out = format!(
            "\u{feff}{}",
            csv_row(&["mailbox", "forwards to", "keeps a copy", "by rule", "findings"])
        );
        for (mailbox, judged) in self.mailboxes.iter().zip(judged) {
            let findings: Vec<String> = judged.findings.iter().map(ToString::to_string).collect();
            let findings = findings.join("; ");
            for forward in &mailbox.forwards {
                let keep = if forward.keep { "yes" } else { "no" };
                out.push_str(&csv_row(&[
                    &mailbox.address,
                    &forward.to,
                    keep,
                    forward.rule.as_deref().unwrap_or_default(),
                    &findings,
                ]));
            }
            if let Some(object) = &mailbox.unknown {
                out.push_str(&csv_row(&[&mailbox.address, object, "", "", &findings]));
            }
        }
        out
    }

    fn exact<'o>(&'o self, judged: &'o [Judged]) -> impl Iterator<Item = (&'o Mailbox, &'o Judged)> {
        self.mailboxes
            .iter()
            .zip(judged)
            .filter(|(_, judged)| judged.is_exact())
    }
}

#[cfg(test)]
mod tests;
