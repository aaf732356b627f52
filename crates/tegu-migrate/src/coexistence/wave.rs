//! Who moves when.

use crate::{Finding, Policy};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Accounts that move together.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Wave {
    /// Its name, which becomes the name of a folder.
    pub name: String,
    /// Who belongs to it, by patterns of primary addresses as in [`Policy`].
    pub accounts: BTreeSet<String>,
}

/// Who belongs to which wave.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Assignment {
    /// The accounts of each wave, by primary address, in the order of the waves.
    pub waves: Vec<(String, Vec<String>)>,
    /// Accounts that belong to none.
    pub unassigned: Vec<String>,
    /// Accounts that several waves name (`COEX-TWO-WAVES`): the first wave has them.
    pub findings: Vec<Finding>,
}

impl Assignment {
    /// The accounts of a wave.
    pub fn accounts(&self, wave: &str) -> Option<&[String]> {
        let found = self.waves.iter().find(|(name, _)| name == wave);
        found.map(|(_, accounts)| accounts.as_slice())
    }

    /// The wave of each account.
    pub fn by_account(&self) -> BTreeMap<&str, &str> {
        let waves = self.waves.iter();
        waves
            .flat_map(|(name, accounts)| accounts.iter().map(move |mail| (mail.as_str(), name.as_str())))
            .collect()
    }
}

/// Puts accounts into waves.
pub fn assign<'a>(waves: &[Wave], accounts: impl IntoIterator<Item = &'a str>) -> Assignment {
    let selects = waves.iter().map(|wave| {
        let mut policy = Policy::default();
        policy.accounts.clone_from(&wave.accounts);
        policy
    });
    let selects = selects.collect::<Vec<_>>();
    let mut assignment = Assignment {
        waves: waves.iter().map(|wave| (wave.name.clone(), Vec::new())).collect(),
        ..Assignment::default()
    };
    for mail in accounts {
        // A wave that names nobody has nobody, unlike a policy that names nobody.
        let takes =
            |(wave, policy): &(&Wave, &Policy)| !wave.accounts.is_empty() && policy.takes_account(mail);
        let mut fitting = (0..)
            .zip(waves.iter().zip(&selects))
            .filter(|(_, pair)| takes(pair));
        let Some((first, _)) = fitting.next() else {
            assignment.unassigned.push(mail.to_owned());
            continue;
        };
        if let Some((_, (second, _))) = fitting.next() {
            let name = waves.get(first).map_or("", |wave| wave.name.as_str());
            assignment.findings.push(Finding::info(
                "COEX-TWO-WAVES",
                format!(
                    "{mail} fits the waves {name} and {}; it moves with {name}",
                    second.name
                ),
            ));
        }
        if let Some((_, accounts)) = assignment.waves.get_mut(first) {
            accounts.push(mail.to_owned());
        }
    }
    assignment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_account_moves_once() {
        let wave = |name: &str, patterns: &[&str]| Wave {
            name: name.into(),
            accounts: patterns.iter().map(|pattern| (*pattern).to_owned()).collect(),
        };
        let waves = [
            wave("pilot", &["anna@x"]),
            wave("rest", &["*@x"]),
            wave("nobody", &[]),
        ];
        let assignment = assign(&waves, ["anna@x", "boris@x", "vera@y"]);
        assert_eq!(assignment.accounts("pilot").unwrap(), ["anna@x"]);
        assert_eq!(assignment.accounts("rest").unwrap(), ["boris@x"]);
        assert!(assignment.accounts("nobody").unwrap().is_empty());
        assert_eq!(assignment.unassigned, ["vera@y"]);
        assert_eq!(assignment.findings[0].code, "COEX-TWO-WAVES");
        assert_eq!(assignment.by_account()["anna@x"], "pilot");
    }
}
