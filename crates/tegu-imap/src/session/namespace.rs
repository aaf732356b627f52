//! Namespaces: personal, other users', and shared (RFC 2342).

use crate::mailbox::MailboxName;
use crate::wire::NamespaceItem;

/// The namespaces of a server, with decoded prefixes.
///
/// All are empty if the server has no NAMESPACE.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Namespaces {
    /// Mailboxes of the user who logged in; the first is the one to create new ones in.
    pub personal: Vec<NamespaceItem>,
    /// Mailboxes that other users share with this one.
    pub other_users: Vec<NamespaceItem>,
    /// Mailboxes that belong to nobody, such as Exchange's public folders.
    pub shared: Vec<NamespaceItem>,
}

impl Namespaces {
    pub(super) fn new(
        personal: Vec<NamespaceItem>,
        other_users: Vec<NamespaceItem>,
        shared: Vec<NamespaceItem>,
    ) -> Self {
        Self {
            personal: decoded(personal),
            other_users: decoded(other_users),
            shared: decoded(shared),
        }
    }
}

/// Prefixes travel in the encoding of names.
fn decoded(mut items: Vec<NamespaceItem>) -> Vec<NamespaceItem> {
    for item in &mut items {
        item.prefix = MailboxName::from_wire(item.prefix.as_bytes()).as_str().to_owned();
    }
    items
}
