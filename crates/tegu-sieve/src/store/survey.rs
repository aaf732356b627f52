//! All mailboxes together: who forwards to whom, by settings and by rules.

use super::{MailboxSettings, SettingsSource};
use crate::forward::{Forward, Judged, Organisation};
use std::collections::HashMap;
use tegu_store::{Account, sources::AddressLookup};

/// What is known of all mailboxes, before anything is written.
#[derive(Debug, Default)]
pub struct Survey {
    /// Further addresses, by primary address in lower case.
    aliases: HashMap<String, Vec<String>>,
    /// Forwardings that the directory knows.
    forwards: HashMap<String, Vec<Forward>>,
    organisation: Organisation,
    judged: Vec<Judged>,
}

impl Survey {
    /// Adds further addresses of the mailbox with this primary address.
    pub fn aliases(&mut self, mail: &str, aliases: impl IntoIterator<Item = String>) {
        self.aliases
            .entry(mail.to_lowercase())
            .or_default()
            .extend(aliases);
    }

    /// Adds a forwarding that the directory knows. It counts where the source of settings tells none.
    pub fn forward(&mut self, mail: &str, forward: Forward) {
        self.forwards
            .entry(mail.to_lowercase())
            .or_default()
            .push(forward);
    }

    /// Reads what every mailbox does, and judges all forwarding. A mailbox that cannot be read is taken for one that forwards what the directory
    /// says; its own job tells what is wrong.
    pub async fn read(
        &mut self,
        source: &dyn SettingsSource,
        accounts: &[Account],
        addresses: &AddressLookup,
    ) {
        let mut mailboxes = Vec::with_capacity(accounts.len());
        for account in accounts {
            let mut settings = source.read(account).await.unwrap_or_else(|error| {
                tracing::warn!(account = account.mail, %error, "its rules are not known to the others");
                MailboxSettings::default()
            });
            settings.resolve(addresses);
            self.complete(account, &mut settings);
            let own = self.addresses(account);
            mailboxes.push(settings.mailbox(&account.mail, own.get(1..).unwrap_or_default()));
        }
        self.organisation = Organisation::new(mailboxes);
        self.judged = self.organisation.judge();
    }

    /// Adds what the directory knows where the source does not tell.
    pub fn complete(&self, account: &Account, settings: &mut MailboxSettings) {
        if settings.forwards.is_empty() {
            let known = self.forwards.get(&account.mail.to_lowercase());
            settings.forwards.extend(known.into_iter().flatten().cloned());
        }
    }

    /// All addresses of an account, the primary one first.
    #[must_use]
    pub fn addresses(&self, account: &Account) -> Vec<String> {
        let aliases = self.aliases.get(&account.mail.to_lowercase());
        let mut all = vec![account.mail.clone()];
        all.extend(aliases.into_iter().flatten().cloned());
        all
    }

    /// What the organisation says of an account's forwarding.
    #[must_use]
    pub fn judged(&self, account: &Account) -> Option<&Judged> {
        self.judged.get(self.organisation.position(&account.mail)?)
    }

    /// The sheets of the whole organisation: `forwarding.csv` for people, `forwarding.virtual` for Postfix. None if nobody forwards.
    #[must_use]
    pub fn sheets(&self) -> Vec<(&'static str, String)> {
        if self.judged.iter().all(|judged| judged.forwards.is_empty()) {
            return Vec::new();
        }
        vec![
            ("forwarding.csv", self.organisation.table(&self.judged)),
            (
                "forwarding.virtual",
                self.organisation.virtual_alias(&self.judged),
            ),
        ]
    }
}
