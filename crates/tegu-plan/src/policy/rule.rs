//! The rules of a policy.

use super::{Day, glob};
use crate::{Entity, Octets};
use jiff::Timestamp;
use serde::{Deserialize, Serialize, de};
use std::{borrow::Cow, collections::BTreeSet, fmt};
use tegu_routing::pattern::matches_address;

/// Losses that are accepted for some accounts or kinds of things.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Relaxation {
    /// Codes of lossy findings.
    pub accept: BTreeSet<String>,
    /// Accounts it applies to: patterns of primary addresses. Empty means all.
    #[serde(default)]
    pub accounts: BTreeSet<String>,
    /// Kinds of things it applies to. Empty means all.
    #[serde(default)]
    pub entities: BTreeSet<Entity>,
    /// The reason, for the report.
    #[serde(default)]
    pub reason: String,
}

impl Relaxation {
    pub(crate) fn fits(&self, account: &str, entity: Entity) -> bool {
        scope_fits(&self.accounts, &self.entities, account, entity)
    }
}

/// Items that are excluded: those that match every part that is set.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields, default))]
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Exclusion {
    /// Accounts it applies to: patterns of primary addresses. Empty means all.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub accounts: BTreeSet<String>,
    /// Kinds of things it applies to. Empty means all.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub entities: BTreeSet<Entity>,
    /// Folders, calendars and address books it applies to: patterns of paths. Empty means all.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub folders: BTreeSet<String>,
    /// Messages that arrived before this day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Day>,
    /// Messages that arrived on this day or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Day>,
    /// Items larger than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub larger_than: Option<Octets>,
    /// The reason, for the report.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Its place in the policy, from 1.
    #[serde(skip)]
    number: usize,
}

impl Exclusion {
    pub(super) fn fits(&self, account: &str, entity: Entity) -> bool {
        scope_fits(&self.accounts, &self.entities, account, entity)
    }

    pub(super) fn numbered(&self, number: usize) -> Self {
        Self {
            number,
            ..self.clone()
        }
    }

    pub(super) fn hits(&self, path: &[String], received: Option<Timestamp>, size: Option<u64>) -> bool {
        let folder =
            self.folders.is_empty() || self.folders.iter().any(|pattern| glob::fits_path(pattern, path));
        let dated = |day: Option<Day>, wanted: bool| match (day, received) {
            (None, _) => true,
            (Some(day), Some(received)) => day.is_after(received) == wanted,
            (Some(_), None) => false,
        };
        let large = self
            .larger_than
            .is_none_or(|most| size.is_some_and(|size| size > most.get()));
        folder && dated(self.before, true) && dated(self.since, false) && large
    }

    /// The code of the finding on items that this rule excludes.
    pub(crate) fn code(&self) -> Cow<'static, str> {
        format!("POLICY-EXCLUDE-{}", self.number.max(1)).into()
    }
}

/// A rule in words, such as `before 2015-01-01, larger than 25.0 MiB (kept in the archive)`.
impl fmt::Display for Exclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(" ");
        let mut parts = Vec::new();
        if !self.entities.is_empty() {
            let names = self.entities.iter().map(|entity| entity.name());
            parts.push(names.collect::<Vec<_>>().join(" "));
        }
        if !self.accounts.is_empty() {
            parts.push(format!("of {}", list(&self.accounts)));
        }
        if !self.folders.is_empty() {
            parts.push(format!("in {}", list(&self.folders)));
        }
        parts.extend(self.before.map(|day| format!("before {day}")));
        parts.extend(self.since.map(|day| format!("since {day}")));
        parts.extend(self.larger_than.map(|size| format!("larger than {size}")));
        f.write_str(&parts.join(", "))?;
        if self.reason.is_empty() {
            Ok(())
        } else {
            write!(f, " ({})", self.reason)
        }
    }
}

/// Refuses a rule without any part, since it would exclude everything.
impl<'de> Deserialize<'de> for Exclusion {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Written {
            #[serde(default)]
            accounts: BTreeSet<String>,
            #[serde(default)]
            entities: BTreeSet<Entity>,
            #[serde(default)]
            folders: BTreeSet<String>,
            before: Option<Day>,
            since: Option<Day>,
            larger_than: Option<Octets>,
            #[serde(default)]
            reason: String,
        }
        let Written {
            accounts,
            entities,
            folders,
            before,
            since,
            larger_than,
            reason,
        } = Written::deserialize(deserializer)?;
        let sets = accounts.is_empty() && entities.is_empty() && folders.is_empty();
        if sets && before.is_none() && since.is_none() && larger_than.is_none() {
            return Err(de::Error::custom(
                "a rule of `exclude` without accounts, entities, folders, before, since or larger_than would leave out everything",
            ));
        }
        Ok(Self {
            accounts,
            entities,
            folders,
            before,
            since,
            larger_than,
            reason,
            number: 0,
        })
    }
}

fn scope_fits(
    accounts: &BTreeSet<String>,
    entities: &BTreeSet<Entity>,
    account: &str,
    entity: Entity,
) -> bool {
    (accounts.is_empty() || accounts.iter().any(|pattern| matches_address(pattern, account)))
        && (entities.is_empty()
            || entities.contains(&entity)
            || entity.moves_with().is_some_and(|whole| entities.contains(&whole)))
}
