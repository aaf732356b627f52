//! What address lists show of a person or thing, in one block of text.

use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::dn::Dn;

macro_rules! fields {
    (one { $($(#[$one_doc:meta])* $One:ident $one:ident,)* } many { $($(#[$many_doc:meta])* $Many:ident $many:ident,)* }) => {
        /// A field of a [`Card`].
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub(crate) enum Field { $($One,)* $($Many,)* }

        impl Card {
            $($(#[$one_doc])* #[must_use] pub fn $one(&self) -> Option<&str> { self.get(Field::$One).next() })*
            $($(#[$many_doc])* pub fn $many(&self) -> impl Iterator<Item = &str> { self.get(Field::$Many) })*
        }

        impl Serialize for Card {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(None)?;
                $(map.serialize_entry(stringify!($one), &self.$one())?;)*
                $(map.serialize_entry(stringify!($many), &self.$many().collect::<Vec<_>>())?;)*
                map.end()
            }
        }

        /// The serialised form.
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Plain { $($one: Option<String>,)* $($many: Vec<String>,)* }

        impl<'de> Deserialize<'de> for Card {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let plain = Plain::deserialize(deserializer)?;
                let mut out = Self::default();
                $(plain.$one.iter().for_each(|v| out.push(Field::$One, v));)*
                $(plain.$many.iter().for_each(|v| out.push(Field::$Many, v));)*
                Ok(out)
            }
        }
    };
}

/// What is known about the person or thing, for address lists.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Card {
    text: String,
    /// Which field each part of the text is, and where it ends.
    parts: Vec<(Field, usize)>,
}

fields! {
    one {
        /// `displayName`, else `cn`, else the common name in the DN.
        DisplayName display_name,
        /// `givenName`.
        GivenName given_name,
        /// `sn`.
        Surname surname,
        /// `initials`.
        Initials initials,
        /// `title`.
        Title title,
        /// `department` or `departmentNumber`.
        Department department,
        /// `company` or `o`.
        Company company,
        /// `physicalDeliveryOfficeName` or `roomNumber`.
        Office office,
        /// `streetAddress` or `street`.
        Street street,
        /// `l`.
        City city,
        /// `st`.
        Region region,
        /// `postalCode`.
        PostalCode postal_code,
        /// `co`, else `c`.
        Country country,
        /// `wWWHomePage`, else `labeledURI`.
        Web web,
        /// `manager`: the name of that person's entry. See [`Card::manager_dn`].
        Manager manager,
    }
    many {
        /// `telephoneNumber` and `otherTelephone`.
        Phone phones,
        /// `mobile` and `otherMobile`.
        Mobile mobiles,
        /// `facsimileTelephoneNumber`.
        Fax faxes,
        /// `homePhone`.
        HomePhone home_phones,
        /// `pager`.
        Pager pagers,
    }
}

impl Card {
    /// The entry of the manager.
    #[must_use]
    pub fn manager_dn(&self) -> Option<Dn> {
        self.manager().map(Dn::new)
    }

    pub(crate) fn with_capacity(parts: usize, text: usize) -> Self {
        Self {
            text: String::with_capacity(text),
            parts: Vec::with_capacity(parts),
        }
    }

    pub(crate) fn push(&mut self, field: Field, value: &str) {
        self.text.push_str(value);
        self.parts.push((field, self.text.len()));
    }

    /// Gives back memory that is not needed.
    pub(crate) fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.parts.shrink_to_fit();
    }

    fn get(&self, wanted: Field) -> impl Iterator<Item = &str> {
        let mut start = 0;
        self.parts.iter().filter_map(move |&(field, end)| {
            let part = self.text.get(std::mem::replace(&mut start, end)..end)?;
            (field == wanted).then_some(part)
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn fields_come_back_also_through_json() {
        let mut card = Card::default();
        card.push(Field::DisplayName, "Анна");
        card.push(Field::Phone, "+7 1");
        card.push(Field::Phone, "+7 2");
        assert_eq!(card.display_name(), Some("Анна"));
        assert_eq!(card.phones().collect::<Vec<_>>(), ["+7 1", "+7 2"]);
        assert_eq!(card.city(), None);
        let json = serde_json::to_string(&card).unwrap();
        assert_eq!(serde_json::from_str::<Card>(&json).unwrap(), card);
    }
}
