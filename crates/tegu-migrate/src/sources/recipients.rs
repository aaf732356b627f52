//! Whom mail can be for, as the directory says.

use std::collections::BTreeSet;
use tegu_ldap::{Directory, SmtpAddress, account::Addresses};
use tegu_routing::{Recipient, RecipientKind};

/// Everybody in a directory whose address is of one of these domains.
pub(super) fn of(directory: &Directory, domains: &BTreeSet<String>) -> Vec<Recipient> {
    let own = |address: &SmtpAddress| {
        let domain = address.as_str().rsplit_once('@').map_or("", |(_, domain)| domain);
        domains.iter().any(|own| own.eq_ignore_ascii_case(domain))
    };
    let mut recipients = Vec::new();
    let mut add = |addresses: &Addresses, kind| {
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
        let recipient = match kind {
            RecipientKind::Group => Recipient::group(mail.as_str()),
            _ => Recipient::mailbox(mail.as_str()),
        };
        recipients.push(recipient.aliases(aliases));
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
