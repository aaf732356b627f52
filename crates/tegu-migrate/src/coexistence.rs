//! Two servers at once: waves, stages and routing sheets of a job.

use crate::{
    Entity, Error, Migration, Result,
    report::{Fact, Relation},
    shared::Shared,
    sources::DirectoryData,
};
use tegu_routing::{Forwarding, Grant, Sheets, Stage, Stages, prove, proxy::WaveProxy};
#[doc(inline)]
pub use tegu_routing::{WaveStatus, Waves};

impl Migration {
    /// Reads the job's directory: recipients for routing sheets, rights for [`sharing`](tegu_routing::sharing), accounts for waves.
    ///
    /// # Errors
    ///
    /// The directory cannot be reached or read.
    pub async fn read_directory(&self) -> Result<DirectoryData> {
        self.shared.directory.read().await
    }

    /// Returns the waves with their accounts and stages, and who should move together. Changes nothing.
    ///
    /// # Errors
    ///
    /// As for [`read_directory`](Self::read_directory), and kind [`Config`](crate::ErrorKind::Config) or [`Io`](crate::ErrorKind::Io) if
    /// `waves.json` cannot be read.
    pub async fn waves(&self) -> Result<Waves> {
        let stages = Stages::read_from(&self.shared.out)?;
        Ok(self.shared.waves(&self.read_directory().await?, &stages))
    }

    /// Sets the stage of all accounts of a wave and writes the wave's routing sheets into `waves/` of the job's directory, and those for a proxy
    /// if the servers have [`clients`](tegu_routing::Servers::clients). If the sheets are
    /// not proved, nothing is written and no stage changes: see [`Waves::proof`].
    ///
    /// Without configured servers there are no sheets, and only the stages are written.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](crate::ErrorKind::Config) if there is no such wave, or an account may not go to that stage; then nothing changes.
    /// Otherwise as for [`waves`](Self::waves).
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
        let earlier = stages.clone();
        stages.advance(&members.accounts, to)?;
        let mut proof = None;
        if let Some(servers) = &shared.servers {
            let sheets = Sheets::new(servers, &data.recipients, &stages);
            let mut proved = prove(servers, &sheets, &data.recipients, &stages, &data.forwardings());
            let proxy = WaveProxy::new(servers, &data.recipients, (&earlier, &stages));
            proved.findings.extend(proxy.findings.iter().cloned());
            if !proved.holds() {
                return Ok(before.proved(Some(proved)));
            }
            let folder = Sheets::folder(&shared.out, wave)?;
            sheets.write_to(&folder)?;
            proxy.write_to(&folder)?;
            proof = Some(proved);
        }
        stages.write_to(&shared.out)?;
        Ok(shared.waves(&data, &stages).proved(proof))
    }
}

impl Shared {
    fn waves(&self, data: &DirectoryData, stages: &Stages) -> Waves {
        let accounts = data.accounts.iter().map(|account| account.mail.as_str());
        let selected = accounts.filter(|mail| self.policy.takes_account(mail));
        Waves::new(&self.waves, selected, &data.grants(), &data.recipients, stages)
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

    /// Returns who has rights on whose mailbox, for [`sharing::groups`](tegu_routing::sharing::groups).
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
