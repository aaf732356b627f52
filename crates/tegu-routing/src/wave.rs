//! Who moves when.

use crate::{Finding, pattern};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Accounts that move together.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Wave {
    /// The wave's name, from which the name of a folder is made.
    pub name: String,
    /// Who belongs to the wave: [patterns](pattern) of primary addresses. A wave without patterns has no accounts.
    pub accounts: BTreeSet<String>,
}

impl Wave {
    /// Makes a wave of the accounts that fit any of these [patterns](pattern).
    pub fn new(name: impl Into<String>, accounts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            name: name.into(),
            accounts: accounts.into_iter().map(Into::into).collect(),
        }
    }

    /// Returns whether an account with this primary address fits the wave. An earlier wave may have it all the same; see
    /// [`assign`].
    #[must_use]
    pub fn takes(&self, mail: &str) -> bool {
        self.accounts
            .iter()
            .any(|pattern| pattern::matches_address(pattern, mail))
    }

    /// Returns whether this is the wave of everybody who is left.
    fn takes_everybody(&self) -> bool {
        self.accounts.iter().any(|pattern| pattern::matches_all(pattern))
    }
}

/// Who belongs to which wave.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Assignment {
    /// The accounts of each wave by primary address, in the order of the waves.
    pub waves: Vec<(String, Vec<String>)>,
    /// Accounts that belong to no wave.
    pub unassigned: Vec<String>,
    /// `COEX-TWO-WAVES`: an account that several waves name; the first of them has it. A wave with the pattern `*` takes
    /// everybody who is left, and counts as naming nobody.
    pub findings: Vec<Finding>,
}

impl Assignment {
    /// Returns the accounts of a wave, or `None` if there is no such wave.
    #[must_use]
    pub fn accounts(&self, wave: &str) -> Option<&[String]> {
        let found = self.waves.iter().find(|(name, _)| name == wave);
        found.map(|(_, accounts)| accounts.as_slice())
    }

    /// Returns the wave of each account that has one.
    #[must_use]
    pub fn by_account(&self) -> BTreeMap<&str, &str> {
        let waves = self.waves.iter();
        waves
            .flat_map(|(name, accounts)| accounts.iter().map(move |mail| (mail.as_str(), name.as_str())))
            .collect()
    }
}

/// Puts each account into the first wave that it fits.
pub fn assign<'a>(waves: &[Wave], accounts: impl IntoIterator<Item = &'a str>) -> Assignment {
    let mut assignment = Assignment {
        waves: waves.iter().map(|wave| (wave.name.clone(), Vec::new())).collect(),
        ..Assignment::default()
    };
    for mail in accounts {
        let mut fitting = (0..).zip(waves).filter(|(_, wave)| wave.takes(mail));
        let Some((number, first)) = fitting.next() else {
            assignment.unassigned.push(mail.to_owned());
            continue;
        };
        if let Some((_, second)) = fitting.find(|(_, wave)| !wave.takes_everybody()) {
            assignment.findings.push(Finding::info(
                "COEX-TWO-WAVES",
                format!(
                    "{mail} fits the waves {} and {}; it moves with {}",
                    first.name, second.name, first.name
                ),
            ));
        }
        if let Some((_, accounts)) = assignment.waves.get_mut::<usize>(number) {
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
        let waves = [
            Wave::new("pilot", ["anna@x"]),
            Wave::new("rest", ["*@x"]),
            Wave::new("nobody", [""; 0]),
        ];
        let assignment = assign(&waves, ["anna@x", "boris@x", "vera@y"]);
        assert_eq!(assignment.accounts("pilot").unwrap(), ["anna@x"]);
        assert_eq!(assignment.accounts("rest").unwrap(), ["boris@x"]);
        assert!(assignment.accounts("nobody").unwrap().is_empty());
        assert_eq!(assignment.unassigned, ["vera@y"]);
        assert_eq!(assignment.findings[0].code, "COEX-TWO-WAVES");
        assert_eq!(assignment.by_account()["anna@x"], "pilot");
    }

    #[test]
    fn a_wave_for_everybody_else_is_not_worth_a_finding() {
        let waves = [
            Wave::new("pilot", ["anna@x"]),
            Wave::new("second", ["a*@x"]),
            Wave::new("everybody", ["*"]),
        ];
        let assignment = assign(&waves, ["anna@x", "boris@x"]);
        assert_eq!(assignment.accounts("everybody").unwrap(), ["boris@x"]);
        assert_eq!(
            assignment.findings.len(),
            1,
            "the pilot and the second wave name anna"
        );
        let assignment = assign(&[waves[0].clone(), waves[2].clone()], ["anna@x", "boris@x"]);
        assert_eq!(assignment.findings, []);
    }
}
