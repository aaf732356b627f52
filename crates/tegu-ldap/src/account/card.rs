//! The texts of one object, in one block of memory.

use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::dn::Dn;

macro_rules! fields {
    (
        own { $($Own:ident $own:ident,)* }
        one { $($(#[$one_doc:meta])* $One:ident $one:ident,)* }
        many { $($(#[$many_doc:meta])* $Many:ident $many:ident,)* }
    ) => {
        /// What a text is.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub(crate) enum Field { $($Own,)* $($One,)* $($Many,)* }

        impl Field {
            /// Returns whether the text is for address lists.
            fn is_shown(self) -> bool {
                !matches!(self, $(Self::$Own)|*)
            }
        }

        impl Card {
            $($(#[$one_doc])* #[must_use] pub fn $one(&self) -> Option<&str> { self.0.get(Field::$One) })*
            $($(#[$many_doc])* pub fn $many(&self) -> impl Iterator<Item = &str> { self.0.all(Field::$Many) })*
        }

        impl Serialize for Texts {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(None)?;
                $(if let Some(text) = self.get(Field::$Own) {
                    map.serialize_entry(stringify!($own), text)?;
                })*
                $(map.serialize_entry(stringify!($one), &self.get(Field::$One))?;)*
                $(map.serialize_entry(stringify!($many), &self.all(Field::$Many).collect::<Vec<_>>())?;)*
                map.end()
            }
        }

        /// The serialised form.
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Plain { $($own: Option<String>,)* $($one: Option<String>,)* $($many: Vec<String>,)* }

        impl<'de> Deserialize<'de> for Texts {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let plain = Plain::deserialize(deserializer)?;
                let mut out = Self::default();
                $(plain.$own.iter().for_each(|v| out.push(Field::$Own, v));)*
                $(plain.$one.iter().for_each(|v| out.push(Field::$One, v));)*
                $(plain.$many.iter().for_each(|v| out.push(Field::$Many, v));)*
                Ok(out)
            }
        }
    };
}

/// The texts of one object.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Texts {
    text: String,
    /// What each part of the text is, and where it ends.
    parts: Vec<(Field, u32)>,
}

/// Names, phones and other data for address lists.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Card(Texts);

fields! {
    own {
        Id id,
        Sid sid,
        Nickname nickname,
        Sam sam,
        Uid uid,
        Login login,
        Mailbox mailbox,
        Archive archive,
        LinkedSid linked_sid,
        ForwardTo forward_to,
        Filter filter,
    }
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
    /// Returns the entry of the manager.
    #[must_use]
    pub fn manager_dn(&self) -> Option<Dn> {
        self.manager().map(Dn::new)
    }
}

impl Texts {
    fn with_capacity(parts: usize, text: usize) -> Self {
        Self {
            text: String::with_capacity(text),
            parts: Vec::with_capacity(parts),
        }
    }

    /// Adds a text. What would make the block larger than 4 GiB is left out: no reader gives that much.
    pub(crate) fn push(&mut self, field: Field, value: &str) {
        if let Ok(end) = u32::try_from(self.text.len() + value.len()) {
            self.text.push_str(value);
            self.parts.push((field, end));
        }
    }

    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.parts.clear();
    }

    /// Gives back memory that is not needed.
    fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.parts.shrink_to_fit();
    }

    fn parts(&self) -> impl Iterator<Item = (Field, &str)> {
        let mut start = 0;
        self.parts.iter().filter_map(move |&(field, end)| {
            let end = usize::try_from(end).ok()?;
            let part = self.text.get(std::mem::replace(&mut start, end)..end)?;
            Some((field, part))
        })
    }

    pub(crate) fn get(&self, wanted: Field) -> Option<&str> {
        let at = self.parts.iter().position(|&(field, _)| field == wanted)?;
        let end = |at: usize| self.parts.get(at).and_then(|&(_, end)| usize::try_from(end).ok());
        let start = at.checked_sub(1).map_or(Some(0), end)?;
        self.text.get(start..end(at)?)
    }

    pub(crate) fn all(&self, wanted: Field) -> impl Iterator<Item = &str> {
        self.parts()
            .filter_map(move |(field, part)| (field == wanted).then_some(part))
    }

    /// Returns what address lists show.
    pub(crate) fn card(&self) -> Card {
        let mut out = Self::with_capacity(self.parts.len(), self.text.len());
        for (field, part) in self.parts().filter(|(field, _)| field.is_shown()) {
            out.push(field, part);
        }
        out.shrink();
        Card(out)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn fields_come_back_also_through_json() {
        let mut texts = Texts::default();
        texts.push(Field::Sid, "S-1-5");
        texts.push(Field::DisplayName, "Анна");
        texts.push(Field::Phone, "+7 1");
        texts.push(Field::Phone, "+7 2");
        let json = serde_json::to_string(&texts).unwrap();
        assert_eq!(serde_json::from_str::<Texts>(&json).unwrap(), texts);
        assert_eq!(texts.get(Field::Sid), Some("S-1-5"));
        let card = texts.card();
        assert_eq!(card.display_name(), Some("Анна"));
        assert_eq!(card.phones().collect::<Vec<_>>(), ["+7 1", "+7 2"]);
        assert_eq!(card.city(), None);
        assert!(!serde_json::to_string(&card).unwrap().contains("S-1-5"));
    }
}
