//! Accounts, groups and contacts as one type.

use std::borrow::Cow;

use super::{Account, AccountKind, Addresses, Card, Common, Contact, Field, Group, SendRules};
use crate::address::SmtpAddress;
use crate::dn::Dn;

/// An account, a group or a contact: what Exchange calls a recipient.
#[non_exhaustive]
#[derive(Clone, Copy, Debug)]
pub enum Recipient<'a> {
    /// A person, or a thing that has an account.
    Account(&'a Account),
    /// A group.
    Group(&'a Group),
    /// A person outside.
    Contact(&'a Contact),
}

impl<'a> Recipient<'a> {
    pub(crate) fn common(self) -> &'a Common {
        match self {
            Self::Account(a) => &a.common,
            Self::Group(g) => &g.common,
            Self::Contact(c) => &c.common,
        }
    }

    /// Returns the stable identity.
    #[must_use]
    pub fn id(self) -> &'a str {
        self.common().named.id()
    }

    /// Returns the DN of the object.
    #[must_use]
    pub fn dn(self) -> &'a Dn {
        self.common().named.dn()
    }

    /// Returns the main address.
    #[must_use]
    pub fn address(self) -> Option<&'a SmtpAddress> {
        self.common().addresses.main()
    }

    /// Returns all addresses, sorted by what they are for.
    #[must_use]
    pub fn addresses(self) -> &'a Addresses {
        &self.common().addresses
    }

    /// Returns old Exchange addresses (`X500:` and `legacyExchangeDN`): replies to old mail carry them.
    pub fn x500(self) -> impl Iterator<Item = Cow<'a, str>> {
        self.common().texts.all_long(Field::X500)
    }

    /// Returns who may send to the object, and who has to approve the messages.
    #[must_use]
    pub fn send_rules(self) -> &'a SendRules {
        self.common().send_rules()
    }

    /// Returns whether the object is left out of address lists.
    #[must_use]
    pub fn is_hidden(self) -> bool {
        self.common().hidden
    }

    /// Returns the name to show.
    #[must_use]
    pub fn display_name(self) -> Option<&'a str> {
        self.common().texts.get(Field::DisplayName)
    }

    /// Names, phones and the like.
    #[must_use]
    pub fn card(self) -> Card {
        self.common().texts.card()
    }

    /// Returns what it is, in a word.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self {
            Self::Account(a) => match a.kind() {
                AccountKind::User => "user",
                AccountKind::Linked => "linked",
                AccountKind::Shared => "shared",
                AccountKind::Room => "room",
                AccountKind::Equipment => "equipment",
                AccountKind::MailUser => "mail-user",
                AccountKind::Remote => "remote",
                AccountKind::NoMailbox => "no-mailbox",
            },
            Self::Group(_) => "group",
            Self::Contact(_) => "contact",
        }
    }
}
