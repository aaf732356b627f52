//! Whom mail can be for.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use tegu_ldap::Directory;

/// Somebody or something that mail can be for.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Recipient {
    /// Primary address.
    pub mail: String,
    /// Further addresses of the organisation's own domains.
    pub aliases: Vec<String>,
    /// What it is.
    pub kind: RecipientKind,
}

/// What a [`Recipient`] is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum RecipientKind {
    /// Has a mailbox, which moves.
    Mailbox,
    /// Has members, wherever their mailboxes are. Exchange expands it as long as both servers run.
    Group,
}

impl Recipient {
    /// A mailbox without further addresses.
    pub fn mailbox(mail: impl Into<String>) -> Self {
        Self {
            mail: mail.into(),
            aliases: Vec::new(),
            kind: RecipientKind::Mailbox,
        }
    }

    /// Adds further addresses.
    #[must_use]
    pub fn with_aliases(mut self, aliases: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.aliases.extend(aliases.into_iter().map(Into::into));
        self
    }

    /// All addresses, the primary one first.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.mail.as_str()).chain(self.aliases.iter().map(String::as_str))
    }
}

/// Everybody in a directory whose address is of one of these domains.
pub(crate) fn of(directory: &Directory, domains: &BTreeSet<String>) -> Vec<Recipient> {
    let own = |address: &tegu_ldap::SmtpAddress| {
        let domain = address.as_str().rsplit_once('@').map_or("", |(_, domain)| domain);
        domains.iter().any(|own| own.eq_ignore_ascii_case(domain))
    };
    let mut recipients = Vec::new();
    let mut add = |addresses: &tegu_ldap::account::Addresses, kind| {
        let Some(mail) = addresses.main().filter(|mail| own(mail)) else {
            return;
        };
        let mut aliases = addresses
            .all()
            .filter(|alias| own(alias) && alias.as_str() != mail.as_str())
            .map(|alias| alias.as_str().to_owned())
            .collect::<Vec<_>>();
        aliases.sort();
        aliases.dedup();
        recipients.push(Recipient {
            mail: mail.as_str().to_owned(),
            aliases,
            kind,
        });
    };
    for account in directory
        .accounts()
        .iter()
        .filter(|account| account.kind().has_mailbox())
    {
        add(account.addresses(), RecipientKind::Mailbox);
    }
    for group in directory.groups() {
        add(group.addresses(), RecipientKind::Group);
    }
    recipients
}
