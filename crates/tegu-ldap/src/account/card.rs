//! The texts of one object, in one block of memory.

use std::borrow::Cow;
use std::sync::Arc;

use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::block;
use super::dictionary::{Dictionary, Learner};
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
                $(if let Some(text) = self.all_long(Field::$Own).next() {
                    map.serialize_entry(stringify!($own), &text)?;
                })*
                $(map.serialize_entry(stringify!($list), &self.all_long(Field::$List).collect::<Vec<_>>())?;)*
                $(map.serialize_entry(stringify!($one), &self.get(Field::$One))?;)*
                map.serialize_entry("manager", &self.manager)?;
                $(map.serialize_entry(stringify!($many), &self.all(Field::$Many).collect::<Vec<_>>())?;)*
                map.end()
            }
        }

        /// The serialised form.
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Plain {
            $($own: Option<String>,)* $($list: Vec<String>,)* $($one: Option<String>,)* $($many: Vec<String>,)*
            manager: Option<Dn>,
        }

        impl<'de> Deserialize<'de> for Texts {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let plain = Plain::deserialize(deserializer)?;
                let mut out = TextsBuilder::default();
                $(plain.$list.iter().for_each(|v| out.push(Field::$List, v));)*
                $(plain.$own.iter().for_each(|v| out.push(Field::$Own, v));)*
                $(plain.$one.iter().for_each(|v| out.push(Field::$One, v));)*
                $(plain.$many.iter().for_each(|v| out.push(Field::$Many, v));)*
                Ok(Texts { manager: plain.manager, ..out.build() })
            }
        }
    };
}

/// The texts of one object, one behind the other: what each is, its length, and the text itself. A text that many objects have,
/// or that begins as theirs do, is a number in a dictionary and what follows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts {
    own: Box<str>,
    dictionary: Option<Arc<Dictionary>>,
    manager: Option<Dn>,
}

/// Set in the tag of a text that begins with one of the dictionary.
const NUMBERED: u8 = 0x40;

/// Collects texts.
#[derive(Debug, Default)]
pub(crate) struct TextsBuilder(String);

impl TextsBuilder {
    /// Adds a text.
    pub(crate) fn push(&mut self, field: Field, value: &str) {
        block::head(field as u8, value.len(), |byte| self.0.push(char::from(byte)));
        self.0.push_str(value);
    }

    /// Adds a text that other objects may have too.
    pub(crate) fn push_common(&mut self, field: Field, value: &str, learner: &mut Learner) {
        let (start, rest) = field.split(value);
        let Some(number) = learner.number(start) else {
            return self.push(field, value);
        };
        let mut push = |byte| self.0.push(char::from(byte));
        push(field as u8 | NUMBERED);
        block::number(number, &mut push);
        block::number(rest.len(), &mut push);
        self.0.push_str(rest);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    fn build(&self) -> Texts {
        Texts {
            own: self.0.as_str().into(),
            ..Texts::default()
        }
    }

    /// Ends an object.
    pub(crate) fn build_common(&self, manager: Option<Dn>, learner: &mut Learner) -> Texts {
        let dictionary = Some(learner.dictionary().clone());
        learner.end();
        Texts {
            own: self.0.as_str().into(),
            dictionary,
            manager,
        }
    }
}

impl Field {
    /// Splits a text into the start that it may share with others and the rest. Texts other than names that count up are shared
    /// as a whole or not at all.
    fn split(self, value: &str) -> (&str, &str) {
        let end = match self {
            Self::X500 => value.rfind('=').map(|at| at + 1),
            Self::Sid | Self::LinkedSid => value.rfind('-').map(|at| at + 1),
            _ => None,
        };
        value
            .split_at_checked(end.unwrap_or(value.len()))
            .unwrap_or((value, ""))
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
    /// `manager`: the name of that person's entry.
    #[must_use]
    pub fn manager(&self) -> Option<&str> {
        self.manager_dn().map(Dn::as_str)
    }

    /// Returns the entry of the manager.
    #[must_use]
    pub fn manager_dn(&self) -> Option<&Dn> {
        self.0.manager.as_ref()
    }
}

/// A text: what it shares with others, and the rest.
#[derive(Clone, Copy)]
struct Part<'a> {
    shared: &'a str,
    rest: &'a str,
}

impl<'a> Part<'a> {
    fn text(self) -> Cow<'a, str> {
        match (self.shared, self.rest) {
            ("", text) | (text, "") => text.into(),
            (shared, rest) => [shared, rest].concat().into(),
        }
    }
}

impl Texts {
    /// Returns each text, and where it stands.
    fn parts(&self) -> impl Iterator<Item = (Field, Part<'_>, std::ops::Range<usize>)> {
        let (block, mut at) = (self.own.as_bytes(), 0);
        std::iter::from_fn(move || {
            let begin = at;
            let tag = *block.get(at)?;
            let mut shared = "";
            at += 1;
            if tag & NUMBERED != 0 {
                let (number, next) = block::read_number(block, at)?;
                (shared, at) = (self.dictionary.as_ref()?.get(number)?, next);
            }
            let (length, start) = block::read_number(block, at)?;
            at = start.checked_add(length)?;
            let rest = self.own.get(start..at)?;
            Some((Field::of_tag(tag & !NUMBERED)?, Part { shared, rest }, begin..at))
        })
    }

    /// Returns the first text of a field whose texts are not split.
    pub(crate) fn get(&self, wanted: Field) -> Option<&str> {
        self.all(wanted).next()
    }

    /// Returns the texts of a field whose texts are not split.
    pub(crate) fn all(&self, wanted: Field) -> impl Iterator<Item = &str> {
        self.wanted(wanted).map(|part| match part.shared {
            "" => part.rest,
            shared => shared,
        })
    }

    /// Returns the texts of any field.
    pub(crate) fn all_long(&self, wanted: Field) -> impl Iterator<Item = Cow<'_, str>> {
        self.wanted(wanted).map(Part::text)
    }

    fn wanted(&self, wanted: Field) -> impl Iterator<Item = Part<'_>> {
        self.parts()
            .filter_map(move |(field, part, _)| (field == wanted).then_some(part))
    }

    /// Returns what address lists show.
    pub(crate) fn card(&self) -> Card {
        let shown = self.parts().filter(|(field, ..)| field.is_shown());
        let own: String = shown.filter_map(|(.., range)| self.own.get(range)).collect();
        Card(Self {
            own: own.into(),
            ..self.clone()
        })
    }
}

impl PartialEq for Texts {
    fn eq(&self, other: &Self) -> bool {
        fn plain(texts: &Texts) -> impl Iterator<Item = (Field, Cow<'_, str>)> {
            texts.parts().map(|(field, part, _)| (field, part.text()))
        }
        self.manager == other.manager && plain(self).eq(plain(other))
    }
}

impl Eq for Texts {}

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
        let texts = Texts {
            manager: Some(Dn::new("cn=b")),
            ..texts.build()
        };
        let json = serde_json::to_string(&texts).unwrap();
        assert_eq!(serde_json::from_str::<Texts>(&json).unwrap(), texts);
        assert_eq!(texts.all_long(Field::Sid).next().as_deref(), Some("S-1-5"));
        let card = texts.card();
        assert_eq!(card.display_name(), Some("Анна"));
        assert_eq!(card.phones().collect::<Vec<_>>(), ["+7 1", "+7 2"]);
        assert_eq!(card.city(), None);
        assert_eq!(card.manager(), Some("cn=b"));
        let json = serde_json::to_string(&card).unwrap();
        assert!(!json.contains("S-1-5") && !json.contains("/o=a"), "{json}");
    }

    #[test]
    fn what_many_have_is_kept_once_and_comes_back() {
        let mut learner = Learner::default();
        let mut lengths = Vec::new();
        for number in 0..1_000 {
            let texts = [
                (Field::Sid, format!("S-1-5-21-1-2-3-{number}")),
                (Field::X500, format!("/o=Example/cn=Recipients/cn=user{number}")),
                (Field::X500, format!("/o=Old{number}")),
                (Field::City, "Москва".to_owned()),
                (Field::Title, String::new()),
                (Field::Region, format!("region {}", number % 7)),
            ];
            let mut builder = TextsBuilder::default();
            for (field, text) in &texts {
                builder.push_common(*field, text, &mut learner);
            }
            let built = builder.build_common(None, &mut learner);
            let back: Vec<_> = built
                .parts()
                .map(|(f, p, _)| (f, p.text().into_owned()))
                .collect();
            assert_eq!(back, texts);
            assert_eq!(built.get(Field::City), Some("Москва"));
            assert_eq!(built.card().region(), Some(texts[5].1.as_str()));
            let json = serde_json::to_string(&built).unwrap();
            let again: Texts = serde_json::from_str(&json).unwrap();
            assert_eq!(serde_json::to_string(&again).unwrap(), json);
            lengths.push(built.own.len());
        }
        assert!(lengths[999] * 2 < lengths[0], "{} {}", lengths[0], lengths[999]);
    }
}
