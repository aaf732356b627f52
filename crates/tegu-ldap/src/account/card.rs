//! The texts of one object, in one block of memory.

use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::block;
use crate::dn::Dn;

macro_rules! fields {
    (
        own { $($Own:ident $own:ident,)* }
        list { $($List:ident $list:ident,)* }
        one { $($(#[$one_doc:meta])* $One:ident $one:ident,)* }
        many { $($(#[$many_doc:meta])* $Many:ident $many:ident,)* }
    ) => {
        /// What a text is.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        #[repr(u8)]
        pub(crate) enum Field { $($Own,)* $($List,)* $($One,)* $($Many,)* }

        impl Field {
            /// Returns whether the text is for address lists.
            fn is_shown(self) -> bool {
                !matches!(self, $(Self::$Own)|* | $(Self::$List)|*)
            }

            fn of_tag(tag: u8) -> Option<Self> {
                const ALL: &[Field] = &[$(Field::$Own,)* $(Field::$List,)* $(Field::$One,)* $(Field::$Many,)*];
                ALL.get(usize::from(tag)).copied()
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
                $(map.serialize_entry(stringify!($list), &self.all(Field::$List).collect::<Vec<_>>())?;)*
                $(map.serialize_entry(stringify!($one), &self.get(Field::$One))?;)*
                $(map.serialize_entry(stringify!($many), &self.all(Field::$Many).collect::<Vec<_>>())?;)*
                map.end()
            }
        }

        /// The serialised form.
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Plain { $($own: Option<String>,)* $($list: Vec<String>,)* $($one: Option<String>,)* $($many: Vec<String>,)* }

        impl<'de> Deserialize<'de> for Texts {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let plain = Plain::deserialize(deserializer)?;
                let mut out = TextsBuilder::default();
                $(plain.$list.iter().for_each(|v| out.push(Field::$List, v));)*
                $(plain.$own.iter().for_each(|v| out.push(Field::$Own, v));)*
                $(plain.$one.iter().for_each(|v| out.push(Field::$One, v));)*
                $(plain.$many.iter().for_each(|v| out.push(Field::$Many, v));)*
                Ok(out.build())
            }
        }
    };
}

/// The texts of one object: what each is, its length, and the text itself, one behind the other.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Texts(Box<str>);

/// Collects texts.
#[derive(Debug, Default)]
pub(crate) struct TextsBuilder(String);

impl TextsBuilder {
    /// Adds a text.
    pub(crate) fn push(&mut self, field: Field, value: &str) {
        block::head(field as u8, value.len(), |byte| self.0.push(char::from(byte)));
        self.0.push_str(value);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn build(&self) -> Texts {
        Texts(self.0.as_str().into())
    }
}

/// Names, phones and other data for address lists.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Card(Texts);

fields! {
    own {
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
    list {
        X500 x500,
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
    fn parts(&self) -> impl Iterator<Item = (Field, &str)> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let (tag, start, end) = block::value(self.0.as_bytes(), at)?;
            at = end;
            Some((Field::of_tag(tag)?, self.0.get(start..end)?))
        })
    }

    pub(crate) fn get(&self, wanted: Field) -> Option<&str> {
        self.all(wanted).next()
    }

    pub(crate) fn all(&self, wanted: Field) -> impl Iterator<Item = &str> {
        self.parts()
            .filter_map(move |(field, part)| (field == wanted).then_some(part))
    }

    /// Returns what address lists show.
    pub(crate) fn card(&self) -> Card {
        let mut out = TextsBuilder::default();
        for (field, part) in self.parts().filter(|(field, _)| field.is_shown()) {
            out.push(field, part);
        }
        Card(out.build())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn fields_come_back_also_through_json() {
        let mut texts = TextsBuilder::default();
        texts.push(Field::X500, "/o=a");
        texts.push(Field::Sid, "S-1-5");
        texts.push(Field::DisplayName, "Анна");
        texts.push(Field::Phone, "+7 1");
        texts.push(Field::Phone, "+7 2");
        let texts = texts.build();
        let json = serde_json::to_string(&texts).unwrap();
        assert_eq!(serde_json::from_str::<Texts>(&json).unwrap(), texts);
        assert_eq!(texts.get(Field::Sid), Some("S-1-5"));
        let card = texts.card();
        assert_eq!(card.display_name(), Some("Анна"));
        assert_eq!(card.phones().collect::<Vec<_>>(), ["+7 1", "+7 2"]);
        assert_eq!(card.city(), None);
        let json = serde_json::to_string(&card).unwrap();
        assert!(!json.contains("S-1-5") && !json.contains("/o=a"), "{json}");
    }
}
