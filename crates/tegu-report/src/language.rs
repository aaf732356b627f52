//! The languages of texts for people.

use serde::{Deserialize, Serialize};

/// A language of texts for people.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
pub enum Language {
    /// English, `en`.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Russian, `ru`.
    #[serde(rename = "ru")]
    Russian,
}

/// The same text in each [`Language`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Text {
    /// In English.
    pub en: &'static str,
    /// In Russian.
    pub ru: &'static str,
}

impl Text {
    /// Makes a text from its English and Russian forms.
    pub const fn new(en: &'static str, ru: &'static str) -> Self {
        Self { en, ru }
    }

    /// Returns the text in one language.
    pub fn get(self, language: Language) -> &'static str {
        match language {
            Language::English => self.en,
            Language::Russian => self.ru,
        }
    }
}
