//! What the routing crate is told of the directory.

use crate::{
    Entity, Migration, Result,
    report::{Fact, Relation},
    sources::DirectoryData,
};
use tegu_routing::{Forwarding, Grant};

impl Migration {
    /// Reads the job's directory: recipients for routing sheets, rights for [`sharing`](crate::routing::sharing), accounts for
    /// waves.
    ///
    /// # Errors
    ///
    /// What the directory's source says: it cannot be reached, or read.
    pub async fn read_directory(&self) -> Result<DirectoryData> {
        self.shared.directory.read().await
    }
}

impl DirectoryData {
    /// Returns the forwardings that leave no copy, for [`prove`](crate::routing::prove).
    pub fn forwardings(&self) -> Vec<Forwarding> {
        let facts = self.facts.iter();
        let forwards =
            facts.filter(|fact| fact.entity == Entity::Forwarding && fact.relation == Relation::ForwardsTo);
        forwards
            .map(|fact| Forwarding::new(&fact.who, &fact.whom))
            .collect()
    }

    /// Returns who has rights on whose mailbox, for [`sharing::groups`](crate::routing::sharing::groups).
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
