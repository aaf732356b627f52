//! Entries that were given, proved again by what the lists say now.

use super::{
    RightsRoute, decide,
    decide::List,
    entity_of,
    prepare::untold,
    side::{Listed, Side},
};
use crate::{Error, Finding, Proof, ProveContext, Result, Route as _, job::container_key, journal::Records};
use std::collections::BTreeMap;
use tegu_rights::EntryKey;

impl RightsRoute {
    pub(super) async fn reprove(&self, context: &ProveContext<'_>) -> Result<Proof> {
        let mut proof = Proof::default();
        self.reprove_side(context, &self.mail, &mut proof).await?;
        for side in &self.collections {
            self.reprove_side(context, side, &mut proof).await?;
        }
        Ok(proof)
    }

    async fn reprove_side<R: Listed>(
        &self,
        context: &ProveContext<'_>,
        side: &Side<R>,
        proof: &mut Proof,
    ) -> Result<()> {
        let account = context.account();
        let scope = container_key(self.entity(), account.id.clone(), vec![side.log().to_owned()]);
        let known = Records::read(context.journal(), &scope).await?.records;
        let mut given: BTreeMap<String, Vec<(EntryKey, _)>> = BTreeMap::new();
        for (id, record) in &known {
            if let (Some(key), Some(proved)) = (EntryKey::parse(id), record.proof) {
                given.entry(key.folder.clone()).or_default().push((key, proved));
            }
        }
        if given.is_empty() {
            return Ok(());
        }
        let entity = entity_of(side.items());
        let mut target = side.target.open(account).await.map_err(Error::at_target)?;
        for (folder, entries) in given {
            let list = match target.read(&folder).await {
                Ok(list) => List::Told(list),
                Err(error) => List::Untold(untold(&folder, error)?),
            };
            for (key, proved) in entries {
                proof.expected += 1;
                let standing = match &list {
                    List::Told(list) => decide::standing(list, &key),
                    List::Untold(_) => None,
                };
                let flaw = match standing {
                    Some(rights) if decide::proof_of(rights) == proved => {
                        proof.proved += 1;
                        continue;
                    }
                    Some(rights) => Finding::lossy(
                        "VERIFY-CHANGED",
                        format!("the list says {rights}, which is not what was given"),
                    ),
                    None => Finding::lossy("VERIFY-MISSING", "the list does not hold the entry any more"),
                };
                let id = format!("{folder}: {}", key.identifier);
                proof.flaw((entity, &account.mail), entity.name(), &id, flaw);
            }
        }
        Ok(())
    }
}
