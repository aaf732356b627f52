use crate::{Account, Entity, RouteOptions, report::Fact};
use std::fmt;
use tegu_rights::People;

/// The whole organisation, as far as a route may have to know it before it decides about one account.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Organisation<'a> {
    /// Everybody whom the directory names, also those who take no part.
    pub accounts: &'a [Account],
    /// Those of them who move now, or are on the target already.
    pub there: &'a [&'a Account],
    /// By what names accounts and groups are known, if the directory tells.
    pub people: Option<&'a People>,
    /// Further addresses of mailboxes and groups, by their primary address.
    pub aliases: &'a [(&'a str, &'a [String])],
    /// What the directory says about things that no item stands for, such as who forwards to whom.
    pub facts: &'a [Fact],
    /// What moves.
    pub moving: &'a [Entity],
    /// How hard a route may work, and who is behind an X.500 name.
    pub options: &'a RouteOptions,
}

impl<'a> Organisation<'a> {
    /// An organisation of these accounts, of which nothing else is known.
    #[must_use]
    pub fn new(accounts: &'a [Account], options: &'a RouteOptions) -> Self {
        Self {
            accounts,
            there: &[],
            people: None,
            aliases: &[],
            facts: &[],
            moving: &[],
            options,
        }
    }

    /// Sets who moves now, or is on the target already.
    #[must_use]
    pub fn there(mut self, there: &'a [&'a Account]) -> Self {
        self.there = there;
        self
    }

    /// Sets by what names accounts and groups are known.
    #[must_use]
    pub fn people(mut self, people: &'a People) -> Self {
        self.people = Some(people);
        self
    }

    /// Sets further addresses of mailboxes and groups.
    #[must_use]
    pub fn aliases(mut self, aliases: &'a [(&'a str, &'a [String])]) -> Self {
        self.aliases = aliases;
        self
    }

    /// Sets what the directory says about things that no item stands for.
    #[must_use]
    pub fn facts(mut self, facts: &'a [Fact]) -> Self {
        self.facts = facts;
        self
    }

    /// Sets what moves.
    #[must_use]
    pub fn moving(mut self, moving: &'a [Entity]) -> Self {
        self.moving = moving;
        self
    }
}

impl fmt::Debug for Organisation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Organisation")
            .field("accounts", &self.accounts.len())
            .field("there", &self.there.len())
            .field("moving", &self.moving)
            .finish_non_exhaustive()
    }
}
