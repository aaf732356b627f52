use super::Letters;
use crate::{Language, Octets};
use serde::Deserialize;

/// Letters as a configuration asks for them.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct LettersConfig {
    /// Who writes: an address that can be answered.
    pub from: String,
    /// The name beside it, which is also whom owners are told to ask.
    pub name: String,
    /// In which language. Default English.
    #[serde(default)]
    pub language: Language,
    /// Whether each run and pass puts the letter into the new mailbox: once, and again only if something else is left to do. Default no:
    /// letters lie in `letters/` of the job's directory.
    #[serde(default)]
    pub deliver: bool,
    /// Octets of originals that are attached to one letter at most. Default 10 MiB; 0 attaches none.
    #[serde(default = "default_attach")]
    pub attach: Octets,
}

fn default_attach() -> Octets {
    Letters::ATTACH
}

impl LettersConfig {
    /// Letters in English, from an address and a name, which lie in the job's directory.
    pub fn new(from: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            from: from.into(),
            name: name.into(),
            language: Language::default(),
            deliver: false,
            attach: default_attach(),
        }
    }

    /// Writes in this language.
    #[must_use]
    pub fn language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// Says whether each letter is put into the new mailbox.
    #[must_use]
    pub fn deliver(mut self, deliver: bool) -> Self {
        self.deliver = deliver;
        self
    }

    /// Returns how these letters are written.
    pub fn letters(&self) -> Letters {
        Letters::new(&self.from, &self.name)
            .language(self.language)
            .attach(self.attach)
    }
}
