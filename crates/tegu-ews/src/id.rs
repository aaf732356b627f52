//! Names of folders and items.

use crate::xml::Element;
use std::hash::{Hash, Hasher};

/// An item's identity. Two identifiers may differ in the case of one letter only, and are then two items.
///
/// An item keeps its identifier while it lies in its folder. The change key says which state of the item is meant, and does not
/// count when identities are compared.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ItemId {
    /// The identifier: base64, compared octet by octet.
    pub id: String,
    /// Which state of the item.
    pub change_key: Option<String>,
}

impl ItemId {
    /// Makes an identity.
    pub fn new(id: impl Into<String>, change_key: Option<&str>) -> Self {
        Self {
            id: id.into(),
            change_key: change_key.map(str::to_owned),
        }
    }

    /// How many octets it takes besides its own size.
    #[cfg(feature = "client")]
    pub(crate) fn octets(&self) -> usize {
        self.id.len() + self.change_key.as_ref().map_or(0, String::len)
    }

    /// Reads an element with `Id` and `ChangeKey`.
    pub(crate) fn read(element: Element<'_>) -> Option<Self> {
        let id = element.attribute("Id").filter(|id| !id.is_empty())?;
        Some(Self::new(id, element.attribute("ChangeKey")))
    }
}

impl PartialEq for ItemId {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for ItemId {}

impl Hash for ItemId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

/// Which folder a request means.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum FolderRef {
    /// By its identifier.
    Id(String),
    /// By a name that every mailbox knows, such as `inbox`.
    Distinguished {
        /// The name.
        name: String,
        /// Whose folder it is, where access comes from delegation; otherwise it belongs to who asks.
        mailbox: Option<String>,
    },
}

impl FolderRef {
    /// A folder by a name that every mailbox knows.
    pub fn distinguished(name: impl Into<String>) -> Self {
        Self::Distinguished {
            name: name.into(),
            mailbox: None,
        }
    }

    /// The same folder in another's mailbox.
    #[must_use]
    pub fn of(self, address: impl Into<String>) -> Self {
        match self {
            Self::Distinguished { name, .. } => Self::Distinguished {
                name,
                mailbox: Some(address.into()),
            },
            id @ Self::Id(_) => id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn identifiers_that_differ_in_case_are_two() {
        let all = [("AAMkAa=", None), ("AAMkaA=", None), ("AAMkAa=", Some("new"))];
        let distinct: HashSet<ItemId> = all.map(|(id, key)| ItemId::new(id, key)).into_iter().collect();
        assert_eq!(distinct.len(), 2);
    }
}
