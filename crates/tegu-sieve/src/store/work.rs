//! A mailbox as items, and the script that holds them.

use super::MailboxSettings;
use crate::forward::Judged;
use crate::rule::Rule;
use crate::translate::{Part, Translation, Translator, Verdict};
use serde::Serialize;
use std::collections::HashMap;
use tegu_outcome::{Finding, State};
use tegu_store::Account;

/// What an item is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ItemKind {
    /// An inbox rule.
    Rule,
    /// The automatic reply.
    Reply,
    /// A setting that forwards all mail.
    Forwarding,
}

/// How forwarding settings are carried out.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum ForwardingBy {
    /// By the administrator, from the sheet of the whole organisation.
    #[default]
    Sheet,
    /// By the script of each mailbox.
    Script,
}

/// A rule, the automatic reply, or a forwarding.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// Its identity within the mailbox and its kind: the rule's name, with a number if several have it.
    pub id: String,
    /// What it does, as a sentence.
    pub label: String,
    /// What the source said of it, as JSON.
    pub original: String,
    /// [`Moved`](State::Moved) for what the script holds, otherwise how it ends without any server.
    pub state: State,
    /// What is lost or in the way, and what is worth knowing.
    pub findings: Vec<Finding>,
}

/// The settings of a mailbox, translated.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Work {
    /// The items: forwarding settings, the automatic reply, then the rules in the order in which they run.
    pub items: Vec<Item>,
    /// The script, as it is uploaded.
    pub text: String,
    pub(super) translation: Translation,
}

impl Work {
    /// Translates. `judged` is what the whole organisation says of the mailbox's forwarding.
    #[must_use]
    pub fn new(
        translator: Translator,
        settings: &MailboxSettings,
        judged: Option<&Judged>,
        by: ForwardingBy,
    ) -> Self {
        let (forwards, warnings) = settings.judged(judged);
        let mut translator = translator;
        for (rule, finding) in warnings {
            translator = translator.warn(rule, finding);
        }
        let mut items = Vec::new();
        let mut sources: Vec<(ItemKind, String, String)> = Vec::new();
        for (at, forward) in settings.forwards.iter().enumerate() {
            let finding = forwards.get(at).cloned().flatten();
            let id = format!("to {}", forward.to);
            match by {
                ForwardingBy::Script => {
                    sources.push((ItemKind::Forwarding, id, forward.to_string()));
                    translator = translator.forward(forward.clone(), finding);
                }
                ForwardingBy::Sheet => {
                    let sheet = Finding::lossy(
                        "SIEVE-FORWARD-SHEET",
                        "the forwarding is set up by the administrator, from the sheet of the organisation",
                    );
                    items.push(Item {
                        kind: ItemKind::Forwarding,
                        id,
                        label: forward.to_string(),
                        original: forward.to_string(),
                        state: State::Manual,
                        findings: finding.into_iter().chain([sheet]).collect(),
                    });
                }
            }
        }
        let reply = settings.reply.as_ref().filter(|reply| reply.is_set());
        sources.extend(reply.map(|reply| (ItemKind::Reply, "automatic reply".to_owned(), json(reply))));
        let mut rules: Vec<&Rule> = settings.rules.iter().collect();
        rules.sort_by_key(|rule| rule.priority);
        sources.extend(
            rules
                .iter()
                .map(|rule| (ItemKind::Rule, rule.name.clone(), json(rule))),
        );

        let translation = translator.translate(&settings.rules, reply);
        let mut names: HashMap<(ItemKind, String), usize> = HashMap::new();
        for (part, (kind, id, original)) in translation.parts.iter().zip(sources) {
            let met = names.entry((kind, id.clone())).or_default();
            *met += 1;
            let id = if *met > 1 { format!("{id} ({met})") } else { id };
            items.push(item(part, (kind, id, original), &translation, &translator));
        }
        for (at, (kind, finding)) in settings.untold.iter().enumerate() {
            items.push(Item {
                kind: *kind,
                id: format!("not told ({})", at + 1),
                label: finding.message.clone(),
                original: finding.to_string(),
                state: State::Manual,
                findings: vec![finding.clone()],
            });
        }
        Self {
            items,
            text: translation.text(),
            translation,
        }
    }

    /// What the script is called as a file: the account's address, and what keeps it apart from others that would be called so.
    #[must_use]
    pub fn file_name(&self, account: &Account) -> String {
        let plain = account.mail.chars().map(|c| {
            if c.is_alphanumeric() || "@.-_".contains(c) {
                c
            } else {
                '_'
            }
        });
        let name: String = plain.take(60).collect();
        let unique = blake3::hash(account.id.as_bytes()).to_hex();
        format!("{name}-{}.sieve", unique.get(..12).unwrap_or_default())
    }

    /// Whether the script does anything.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.items.iter().any(|item| item.state == State::Moved)
    }
}

fn item(
    part: &Part,
    (kind, id, original): (ItemKind, String, String),
    translation: &Translation,
    translator: &Translator,
) -> Item {
    let mut findings = part.findings.clone();
    // What keeps the script off the server keeps each of its parts off.
    let too_large = part.verdict != Verdict::Manual && !translation.findings.is_empty();
    if too_large {
        findings.extend(translation.findings.iter().cloned());
    }
    let is_off = findings.iter().any(|finding| finding.code == "SIEVE-DISABLED");
    let state = match part.verdict {
        Verdict::Manual if is_off && translator.accepts("SIEVE-DISABLED") => State::Excluded,
        Verdict::Exact | Verdict::Lossy if !too_large => State::Moved,
        _ => State::Manual,
    };
    Item {
        kind,
        id,
        label: match kind {
            ItemKind::Rule => format!("{}: {}", part.name, part.explanation),
            _ => part.explanation.clone(),
        },
        original,
        state,
        findings,
    }
}

fn json(value: &impl Serialize) -> String {
    // Plain data: serialising it does not fail.
    serde_json::to_string_pretty(value).unwrap_or_default()
}
