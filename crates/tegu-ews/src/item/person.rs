//! People of an item.

use crate::xml::Element;

/// A mailbox, a contact or a group that an item names (`t:Mailbox`).
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Person {
    /// The name that people see.
    pub name: String,
    /// The address, in the form that the routing type says.
    pub address: String,
    /// `SMTP`, or `EX` for a legacy distinguished name.
    pub routing: String,
    /// `Mailbox`, `PublicDL`, `PrivateDL`, `Contact`, `OneOff`; empty if the server does not say.
    pub kind: String,
}

impl Person {
    /// Reads the children of `t:Mailbox`.
    pub(crate) fn read(mailbox: Element<'_>) -> Self {
        let text = |name| mailbox.value(name).unwrap_or_default().to_owned();
        Self {
            name: text("Name"),
            address: text("EmailAddress"),
            routing: text("RoutingType"),
            kind: text("MailboxType"),
        }
    }

    /// Whether the address is a legacy distinguished name, which means nothing outside of its organisation.
    #[must_use]
    pub fn is_internal(&self) -> bool {
        self.routing.eq_ignore_ascii_case("EX")
            || self
                .address
                .get(..3)
                .is_some_and(|start| start.eq_ignore_ascii_case("/o="))
    }
}
