//! What a migration is, and what a pass of it does.

use crate::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};
use tegu_outcome::printable;

/// The most characters of a value in a message.
const SHOWN: usize = 200;

/// What a migration is and what a pass of it does, as names and values without secrets.
///
/// *Identity* is what makes a migration this one: from where to where it leads. It never changes, since what a journal knows to be
/// moved was moved there. All other settings belong to a pass: when one changes, the next pass begins.
///
/// ```
/// use tegu_journal::Settings;
///
/// let monday = Settings::new().identity("mail", "imap a -> imap b").pass("policy.accept", "[]");
/// let friday = Settings::new().identity("mail", "imap a -> imap c").pass("policy.accept", "[]");
/// let difference = friday.difference(&monday).unwrap();
/// assert_eq!(difference.to_string(), "`mail` is \"imap a -> imap c\" here and \"imap a -> imap b\" in the journal");
/// ```
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Also what earlier passes led to.
    identity: BTreeMap<String, String>,
    pass: BTreeMap<String, String>,
}

/// A setting that has two values.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Difference {
    /// The setting.
    pub name: String,
    /// Its value here, if it has one.
    pub here: Option<String>,
    /// Its value in the journal, if it has one.
    pub journal: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: &Option<String>| {
            value.as_ref().map_or_else(
                || "not set".to_owned(),
                |value| {
                    let value = printable(value);
                    let short = value.chars().take(SHOWN).collect::<String>();
                    let rest = if short.len() < value.len() { "…" } else { "" };
                    format!("\"{short}{rest}\"")
                },
            )
        };
        let (here, journal) = (shown(&self.here), shown(&self.journal));
        write!(f, "`{}` is {here} here and {journal} in the journal", self.name)
    }
}

impl Settings {
    /// Makes settings without any.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a setting that never changes in one migration.
    #[must_use]
    pub fn identity(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        self.identity.insert(name.clone(), value.clone());
        self.pass(name, value)
    }

    /// Adds a setting that may change from pass to pass.
    #[must_use]
    pub fn pass(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.pass.insert(name.into(), value.into());
        self
    }

    /// Leaves a setting of the pass out.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.pass.remove(name);
        self
    }

    /// Returns the first setting in which a pass with these settings differs from `journal`.
    #[must_use]
    pub fn difference(&self, journal: &Self) -> Option<Difference> {
        self.other_migration(journal).or_else(|| {
            let names = self.pass.keys().chain(journal.pass.keys());
            first_difference(names, &self.pass, &journal.pass)
        })
    }

    /// Returns the first setting by which `journal` is of another migration. One that only one of them has, such as a kind of thing
    /// that did not move until now, makes no other migration.
    #[must_use]
    pub fn other_migration(&self, journal: &Self) -> Option<Difference> {
        let names = self
            .identity
            .keys()
            .filter(|name| journal.identity.contains_key(*name));
        first_difference(names, &self.identity, &journal.identity)
    }

    /// Takes over the identity of earlier passes.
    pub fn inherit(&mut self, earlier: &Self) {
        for (name, value) in &earlier.identity {
            self.identity.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }

    /// Returns the stored form: a JSON object.
    ///
    /// # Errors
    ///
    /// None that can happen: names and values are texts.
    pub fn encode(&self) -> Result<String> {
        serde_json::to_string(self)
            .map_err(|error| Error::new(ErrorKind::Journal, error).doing("encode", "settings"))
    }

    /// Reads the stored form. A text that an earlier version stored has no identity. `None`: nothing was stored yet.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| serde_json::from_str(text).unwrap_or_else(|_| text.into()))
    }
}

fn first_difference<'a>(
    names: impl Iterator<Item = &'a String>,
    here: &BTreeMap<String, String>,
    journal: &BTreeMap<String, String>,
) -> Option<Difference> {
    let differs = |name: &&String| here.get(*name) != journal.get(*name);
    let name = names.filter(differs).min()?;
    Some(Difference {
        here: here.get(name).cloned(),
        journal: journal.get(name).cloned(),
        name: name.clone(),
    })
}

impl From<&str> for Settings {
    /// Makes settings of a pass from one text.
    fn from(text: &str) -> Self {
        Self::new().pass("settings", text)
    }
}

/// What becomes of a call of [`Journal::begin`](crate::Journal::begin).
#[derive(Debug)]
pub(crate) struct Begin {
    /// Whether the last pass is joined.
    pub(crate) joined: bool,
    /// What is stored.
    pub(crate) settings: String,
}

/// Decides whether a pass is joined, begun or refused. `known` is what the journal stored; `unfinished`: the last pass has jobs left;
/// `at_work`: a lease is running.
pub(crate) fn begin(settings: &Settings, known: &str, unfinished: bool, at_work: bool) -> Result<Begin> {
    let known = Settings::decode(known);
    let mut merged = settings.clone();
    let mut difference = None;
    if let Some(known) = &known {
        if let Some(other) = settings.other_migration(known) {
            return Err(Error::config(format_args!(
                "the journal holds another migration: {other}; give this one another name, or a journal of its own"
            )));
        }
        difference = settings.difference(known);
        merged.inherit(known);
    }
    let joined = unfinished && known.is_some() && difference.is_none();
    if at_work && !joined {
        let why = difference.map_or_else(
            || "the last pass is through".to_owned(),
            |found| found.to_string(),
        );
        return Err(Error::new(
            ErrorKind::InUse,
            format_args!(
                "other workers are at work on this migration with other settings ({why}): wait for them, or stop them first"
            ),
        ));
    }
    Ok(Begin {
        joined,
        settings: merged.encode()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leads(to: &str) -> Settings {
        Settings::new().identity("mail", to).pass("policy", "strict")
    }

    #[test]
    fn another_target_is_another_migration() {
        let stored = leads("a").encode().unwrap();
        for at_work in [false, true] {
            let error = begin(&leads("b"), &stored, true, at_work).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(
                error
                    .to_string()
                    .contains("`mail` is \"b\" here and \"a\" in the journal"),
                "{error}"
            );
        }
    }

    #[test]
    fn what_moved_once_is_remembered() {
        let stored = leads("a").encode().unwrap();
        let contacts = Settings::new().identity("contacts", "x");
        let second = begin(&contacts, &stored, false, false).unwrap();
        assert!(!second.joined);
        assert!(
            begin(&leads("b"), &second.settings, false, false).is_err(),
            "after a pass without mail"
        );
        assert!(begin(&leads("a"), &second.settings, false, false).is_ok());
    }

    #[test]
    fn the_first_difference_is_named() {
        let lax = leads("a").pass("deletions", "true").pass("policy", "lax");
        let difference = lax.difference(&leads("a")).unwrap();
        assert_eq!(
            (
                difference.name.as_str(),
                difference.here.as_deref(),
                difference.journal
            ),
            ("deletions", Some("true"), None)
        );
        let stored = leads("a").encode().unwrap();
        let error = begin(&lax, &stored, true, true).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InUse);
        assert!(
            error
                .to_string()
                .contains("`deletions` is \"true\" here and not set in the journal"),
            "{error}"
        );
        assert!(begin(&leads("a"), &stored, true, true).unwrap().joined);
    }

    #[test]
    fn an_earlier_form_begins_a_new_pass() {
        for known in ["", "mail: a -> b\n{}"] {
            assert!(!begin(&leads("a"), known, true, false).unwrap().joined);
        }
    }
}
