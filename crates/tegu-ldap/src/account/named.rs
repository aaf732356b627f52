//! The name and the stable identity of an object, as they are serialised.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::dn::Dn;

/// The name and the stable identity of an object. Findings and changes about the object share them.
#[derive(Clone, Debug)]
pub(crate) struct Named(Dn);

impl Named {
    pub(crate) fn new(dn: &Dn, id: &str) -> Self {
        Self(Dn::identified(dn.as_str(), id))
    }

    pub(crate) fn dn(&self) -> &Dn {
        &self.0
    }

    /// Returns the identity: one that survives a renaming, else the canonical form of the name.
    pub(crate) fn id(&self) -> &str {
        self.0.id()
    }
}

#[derive(Serialize)]
struct Written<'a> {
    id: &'a str,
    dn: &'a Dn,
}

impl Serialize for Named {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Written {
            id: self.id(),
            dn: self.dn(),
        }
        .serialize(serializer)
    }
}

#[derive(Deserialize)]
struct Read {
    id: String,
    dn: Dn,
}

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Read::deserialize(deserializer).map(|read| Self::new(&read.dn, &read.id))
    }
}
