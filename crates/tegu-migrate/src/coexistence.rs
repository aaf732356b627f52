//! Two servers at once: the waves of a job, and what the routing crate is told of the directory.

use crate::{
    Entity, Error, Migration, Result,
    report::{Fact, Relation},
    run::Shared,
    sources::DirectoryData,
};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::PoisonError,
};
use tegu_routing::{
    Finding, Forwarding, Grant, Proof, Servers, Sheets, Stage, Stages, Wave, assign, prove, sharing,
};

/// Whoever has rights on more mailboxes than this counts as a service, and ties nobody together.
const HUB: usize = 50;

/// What a job knows of waves and servers.
#[derive(Debug, Default)]
pub(crate) struct Coexistence {
    pub(crate) waves: Vec<Wave>,
    pub(crate) servers: Option<Servers>,
}

impl Coexistence {
    pub(crate) fn is_configured(&self) -> bool {
        !self.waves.is_empty() || self.servers.is_some()
    }
}

/// Who moves when, where everybody stands, and who should move together.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Waves {
    /// The waves in order.
    pub waves: Vec<WaveStatus>,
    /// Accounts that belong to no wave.
    pub unassigned: Vec<String>,
    /// People who share mailboxes or act for each other, and so should move together.
    pub groups: Vec<sharing::SharingGroup>,
    /// What was noticed: overlapping waves, groups that waves separate, services.
    pub findings: Vec<Finding>,
    /// Whether the routing sheets are right. Only of [`Migration::advance_wave`], and only if the servers are configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
}

impl Waves {
    /// Returns whether nothing stands against the routing sheets.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.proof.as_ref().is_none_or(Proof::holds)
    }
}

/// One wave.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct WaveStatus {
    /// Its name.
    pub name: String,
    /// Its accounts, by primary address.
    pub accounts: Vec<String>,
    /// How many of them are at each stage.
    pub stages: BTreeMap<Stage, usize>,
}

impl Migration {
    /// Reads the job's directory: recipients for routing sheets, rights for [`sharing`], accounts for waves.
    ///
    /// # Errors
    ///
    /// What the directory's source says: it cannot be reached, or read.
    pub async fn read_directory(&self) -> Result<DirectoryData> {
        self.shared.directory.read().await
    }

    /// Says who moves when, where everybody stands, and who should move together. Changes nothing.
    ///
    /// # Errors
    ///
    /// As for [`read_directory`](Self::read_directory), and kind [`Config`](crate::ErrorKind::Config) or [`Io`](crate::ErrorKind::Io) if
    /// `waves.json` cannot be read.
    pub async fn waves(&self) -> Result<Waves> {
        let stages = Stages::read_from(&self.shared.out)?;
        Ok(self.shared.waves(&self.read_directory().await?, &stages))
    }

    /// Takes all accounts of a wave to a stage and writes the wave's routing sheets into `waves/` of the job's directory. If the
    /// sheets do not prove to be right, nothing is written and nobody moves: see [`Waves::proof`].
    ///
    /// Without configured servers there are no sheets; the stages alone are written.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](crate::ErrorKind::Config) if there is no such wave, or an account may not go to that stage; then nothing has
    /// changed. Else as for [`waves`](Self::waves).
    pub async fn advance_wave(&self, wave: &str, to: Stage) -> Result<Waves> {
        let shared = &self.shared;
        let data = self.read_directory().await?;
        let mut stages = Stages::read_from(&shared.out)?;
        let before = shared.waves(&data, &stages);
        let Some(members) = before.waves.iter().find(|known| known.name == wave) else {
            return Err(Error::config(format!(
                "there is no wave {wave:?} in the configuration"
            )));
        };
        stages.advance(&members.accounts, to)?;
        let mut proof = None;
        if let Some(servers) = &shared.coexistence.servers {
            let sheets = Sheets::new(servers, &data.recipients, &stages);
            let proved = prove(servers, &sheets, &data.recipients, &stages, &data.forwardings());
            if !proved.holds() {
                return Ok(Waves {
                    proof: Some(proved),
                    ..before
                });
            }
            sheets.write_to(&Sheets::folder(&shared.out, wave)?)?;
            proof = Some(proved);
        }
        stages.write_to(&shared.out)?;
        Ok(Waves {
            proof,
            ..shared.waves(&data, &stages)
        })
    }
}

impl Shared {
    /// Looks which accounts are done or rolled back: they take no part.
    pub(crate) fn read_stages(&self) -> Result<()> {
        if !self.coexistence.is_configured() {
            return Ok(());
        }
        let stages = Stages::read_from(&self.out)?;
        let accounts = stages.accounts.into_iter();
        let settled: BTreeSet<String> = accounts
            .filter(|(_, account)| !account.stage.moves())
            .map(|(mail, _)| mail)
            .collect();
        *self.settled.write().unwrap_or_else(PoisonError::into_inner) = settled;
        Ok(())
    }

    /// Returns whether a wave's stage keeps the account from taking part.
    pub(crate) fn is_settled(&self, mail: &str) -> bool {
        let settled = self.settled.read().unwrap_or_else(PoisonError::into_inner);
        settled.contains(&mail.to_lowercase())
    }

    fn waves(&self, data: &DirectoryData, stages: &Stages) -> Waves {
        let accounts = data.accounts.iter().map(|account| account.mail.as_str());
        let selected = accounts.filter(|mail| self.policy.takes_account(mail));
        let assignment = assign(&self.coexistence.waves, selected);
        let sharing = sharing::groups(&data.grants(), &data.recipients, HUB);
        let mut findings = assignment.findings.clone();
        findings.extend(sharing.findings);
        findings.extend(sharing::splits(&sharing.groups, &assignment.by_account()));
        let waves = assignment.waves.into_iter().map(|(name, accounts)| {
            let mut counts = BTreeMap::new();
            for mail in &accounts {
                *counts.entry(stages.stage(mail)).or_default() += 1;
            }
            WaveStatus {
                name,
                accounts,
                stages: counts,
            }
        });
        Waves {
            waves: waves.collect(),
            unassigned: assignment.unassigned,
            groups: sharing.groups,
            findings,
            proof: None,
        }
    }
}

impl DirectoryData {
    /// Returns the forwardings that leave no copy, for [`prove`].
    pub fn forwardings(&self) -> Vec<Forwarding> {
        let facts = self.facts.iter();
        let forwards =
            facts.filter(|fact| fact.entity == Entity::Forwarding && fact.relation == Relation::ForwardsTo);
        forwards
            .map(|fact| Forwarding::new(&fact.who, &fact.whom))
            .collect()
    }

    /// Returns who has rights on whose mailbox, for [`sharing::groups`].
    pub fn grants(&self) -> Vec<Grant> {
        let facts = self.facts.iter().filter(|fact| is_grant(fact));
        facts
            .map(|fact| Grant::new(&fact.who, &fact.whom, fact.relation.name()))
            .collect()
    }
}

fn is_grant(fact: &Fact) -> bool {
    matches!(
        fact.relation,
        Relation::HasDelegate
            | Relation::MaySendOnBehalf
            | Relation::MaySendAs
            | Relation::MayOpen
            | Relation::MayRead
            | Relation::HasRight
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_and_forwardings_are_told_apart() {
        let say = |entity, relation, whom: &str| Fact::new(entity, "anna@x", relation, whom);
        let data = DirectoryData {
            facts: vec![
                say(Entity::Forwarding, Relation::ForwardsTo, "boris@x"),
                say(Entity::Forwarding, Relation::ForwardsAndKeeps, "vera@x"),
                say(Entity::Delegates, Relation::HasDelegate, "vera@x"),
                say(Entity::Rooms, Relation::IsBooked, ""),
            ],
            ..DirectoryData::default()
        };
        assert_eq!(data.forwardings(), [Forwarding::new("anna@x", "boris@x")]);
        assert_eq!(data.grants(), [Grant::new("anna@x", "vera@x", "has-delegate")]);
    }
}
