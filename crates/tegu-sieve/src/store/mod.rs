//! What a mailbox does, as a part of a migration: rules, automatic replies and forwarding of one account, and their way onto a server.
//!
//! A [`SettingsSource`] says what a mailbox does. [`Work`] is its translation, with an item for each rule, the reply and each forwarding.
//! [`decide`] looks at the server and says how each item will end; that is a plan. [`carry_out`] does what was decided, and nothing else.
//!
//! All items of a mailbox are in one script, since a server runs one. It is stored as a whole or not at all.

mod apply;
mod exports;
mod survey;
mod work;

pub use apply::{Before, Decision, Ended, carry_out, decide, fetch, leave_as_file};
pub use exports::Exports;
pub use survey::Survey;
pub use work::{ForwardingBy, Item, ItemKind, Work};

use crate::forward::{Forward, Judged, Mailbox};
use crate::read::AutoReply;
use crate::rule::{Action, Condition, Recipient, Rule};
use std::fmt::Debug;
use std::sync::Arc;
use tegu_net::Throttle;
use tegu_outcome::{Finding, Result};
use tegu_store::{Account, BoxFuture, sources::AddressLookup};

/// Who says what mailboxes do.
pub trait SettingsSource: Debug + Send + Sync {
    /// What it is, without secrets; two jobs are the same only if their sources say the same.
    fn describe(&self) -> String;

    /// Where an account's settings are, as a text to compare. `None`, the default: only reading them tells.
    fn place(&self, _account: &Account) -> Option<String> {
        None
    }

    /// The limits of the server behind, where it has any.
    fn throttle(&self) -> Option<Arc<Throttle>> {
        None
    }

    /// Reads what the account's mailbox does. Nothing on the source may change by it.
    ///
    /// # Errors
    ///
    /// Whatever keeps the settings from being read as a whole: nothing of them is used then.
    fn read<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<MailboxSettings>>;
}

impl<T: SettingsSource + 'static> From<T> for Box<dyn SettingsSource> {
    fn from(source: T) -> Self {
        Box::new(source)
    }
}

/// What a mailbox does.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct MailboxSettings {
    /// The inbox rules, in whatever order.
    pub rules: Vec<Rule>,
    /// The automatic replies, if there are any.
    pub reply: Option<AutoReply>,
    /// Settings that forward all mail. Rules that redirect are not among them.
    pub forwards: Vec<Forward>,
    /// What the source does not tell, each as one item for a person.
    pub untold: Vec<(ItemKind, Finding)>,
}

impl MailboxSettings {
    /// Looks up the SMTP address of everybody whom a rule names by an X.500 address alone.
    pub fn resolve(&mut self, lookup: &AddressLookup) {
        let people = self.rules.iter_mut().flat_map(|rule| {
            let conditions = rule.conditions.iter_mut().chain(&mut rule.exceptions);
            let conditions = conditions.filter_map(|condition| match condition {
                Condition::From(people) | Condition::SentTo(people) => Some(people),
                _ => None,
            });
            let actions = rule.actions.iter_mut().filter_map(|action| match action {
                Action::RedirectTo(people)
                | Action::ForwardTo(people)
                | Action::ForwardAsAttachmentTo(people) => Some(people),
                _ => None,
            });
            conditions
                .chain(actions)
                .flatten()
                .collect::<Vec<&mut Recipient>>()
        });
        for person in people.filter(|person| person.addresses.is_empty()) {
            let found = person.legacy_dn.as_deref().and_then(|name| lookup(name));
            person.addresses.extend(found);
        }
    }

    /// Whether a rule files messages, so that it matters how folders are called.
    #[must_use]
    pub fn name_folders(&self) -> bool {
        let mut actions = self.rules.iter().flat_map(|rule| &rule.actions);
        actions.any(|action| matches!(action, Action::MoveToFolder(_) | Action::CopyToFolder(_)))
    }

    /// The mailbox as a part of the [organisation](crate::forward::Organisation). `aliases` are its further addresses.
    #[must_use]
    pub fn mailbox(&self, address: &str, aliases: &[String]) -> Mailbox {
        let mut mailbox = Mailbox::new(address);
        mailbox.aliases = aliases.to_vec();
        mailbox.forwards.clone_from(&self.forwards);
        mailbox.rules(&self.rules)
    }

    /// The findings about each forwarding setting, and those about rules by their names, from what the organisation says of a
    /// [mailbox](Self::mailbox).
    fn judged(&self, judged: Option<&Judged>) -> (Vec<Option<Finding>>, Vec<(String, Finding)>) {
        let all = judged.map_or(&[][..], |judged| &judged.forwards);
        let settings = self.forwards.len().min(all.len());
        let (settings, rules) = all.split_at(settings);
        // The same walk as `Mailbox::rules`, so that each redirect meets its finding.
        let mailbox = Self {
            rules: self.rules.clone(),
            ..Self::default()
        };
        let redirects = mailbox.mailbox("", &[]).forwards;
        let named = redirects.into_iter().zip(rules);
        let named = named.filter_map(|(redirect, finding)| Some((redirect.rule?, finding.clone()?)));
        (settings.to_vec(), named.collect())
    }
}
