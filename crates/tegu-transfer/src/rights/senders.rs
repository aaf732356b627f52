//! Who may send by which address: read of the whole organisation at once, for sheets.

use super::{RightsRoute, Surveyed};
use crate::Organisation;
use std::collections::HashMap;
use tegu_rights::{Grant, Item, People, Translator, Work};
use tegu_routing::Senders;

/// Logins that a finding names.
const NAMED: usize = 10;

/// What an account is known by here: its primary address, in lower case.
pub(super) fn key(people: &People, mail: &str) -> String {
    people.address(mail).unwrap_or(mail).to_lowercase()
}

impl RightsRoute {
    /// Reads who may send as whom. Only who is on the target sends from there, as himself or as somebody who is there too.
    pub(super) async fn read_senders(&self, organisation: &Organisation<'_>) {
        let surveyed = self.surveyed();
        let people = &surveyed.people;
        let grants = match self.source.senders(people).await {
            Ok(Some(grants)) => grants,
            Ok(None) => return,
            // Each account's own job says so, and fails.
            Err(error) => return tracing::warn!(%error, "nobody is told who may send as whom"),
        };
        let mut by_owner: HashMap<String, Vec<Grant>> = HashMap::new();
        for (owner, grant) in grants {
            by_owner.entry(key(people, &owner)).or_default().push(grant);
        }
        let aliases = organisation.aliases.iter();
        let aliases: HashMap<String, &[String]> = aliases
            .map(|(mail, aliases)| (key(people, mail), *aliases))
            .collect();
        let mut senders = Senders::default();
        for account in organisation.accounts {
            let owner = key(people, &account.mail);
            let Some(login) = surveyed.logins.get(&owner) else {
                continue;
            };
            let grants = by_owner.get(&owner).map(Vec::as_slice).unwrap_or_default();
            let work = Work::new(&Translator::new(people, &account.mail), grants);
            let others = work.items.iter().flat_map(|item| surveyed.logins_of(item));
            let logins: Vec<&str> = others.chain([login.as_str()]).collect();
            let further = aliases.get(&owner).copied().unwrap_or_default().iter();
            for address in further.chain([&account.mail]) {
                for login in &logins {
                    senders.allow(address, *login);
                }
            }
        }
        // A group has an address, and nobody signs in as it.
        for (owner, grants) in by_owner.iter().filter(|(owner, _)| people.group(owner).is_some()) {
            let work = Work::new(&Translator::new(people, owner), grants);
            let further = aliases.get(owner).copied().unwrap_or_default().iter();
            for address in further.chain([owner]) {
                for login in work.items.iter().flat_map(|item| surveyed.logins_of(item)) {
                    senders.allow(address, login);
                }
            }
        }
        // A survey makes a place of its own for them, so that this one is empty.
        let _ = surveyed.senders.set(senders);
    }
}

impl Surveyed {
    /// How those who may send as the owner sign in.
    fn logins_of<'a>(&'a self, item: &'a Item) -> impl Iterator<Item = &'a str> {
        let logins = item
            .senders
            .iter()
            .filter_map(|mail| self.logins.get(&key(&self.people, mail)));
        logins.map(String::as_str)
    }

    /// Says of an item of the owner's that the sheet has it.
    pub(super) fn name_sheet(&self, owner: &str, item: &mut Item) {
        let Some(senders) = self.senders.get() else {
            return;
        };
        let logins: Vec<&str> = self.logins_of(item).collect();
        if logins.is_empty() || !logins.iter().all(|login| senders.in_postfix(owner, login)) {
            return;
        }
        let some: Vec<&str> = logins.iter().take(NAMED).copied().collect();
        let why = format!(
            "{} lets {}{} send by {owner} on the new server, once its administrator puts it to use",
            Senders::POSTFIX,
            some.join(", "),
            if logins.len() > NAMED { ", …" } else { "" }
        );
        for finding in item
            .findings
            .iter_mut()
            .filter(|finding| finding.code == "RIGHTS-SEND")
        {
            finding.message.clone_from(&why);
        }
    }
}
