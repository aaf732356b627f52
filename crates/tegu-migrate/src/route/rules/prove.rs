//! Scripts that were stored, proved again by what the target gives back.

use super::{KINDS, RulesRoute, SCRIPT};
use crate::{
    Entity, Error, Finding, Result, digest,
    journal::Records,
    route::{Proof, ProveContext, Route as _},
};
use tegu_sieve::store::fetch;
use tegu_transfer::job::container_key;

impl RulesRoute {
    pub(super) async fn reprove(&self, context: &ProveContext<'_>) -> Result<Proof> {
        let account = context.account();
        let scope = |name: &str| container_key(self.entity(), account.id.clone(), vec![name.to_owned()]);
        let mut proof = Proof::default();
        let script = Records::read(context.journal(), &scope(SCRIPT)).await?;
        let script = script.records.get(SCRIPT).and_then(|record| record.proof);
        let (Some(script), Some(server)) = (script, self.server()) else {
            return Ok(proof);
        };
        let mut expected: Vec<(Entity, String)> = Vec::new();
        for (_, entity) in KINDS {
            let records = Records::read(context.journal(), &scope(entity.name()))
                .await?
                .records;
            // A rule that is gone from the source was proved with an earlier script.
            let there = records
                .iter()
                .filter(|(_, record)| record.stands_on_target() && record.proof == Some(script));
            expected.extend(there.map(|(id, _)| (entity, id.clone())));
        }
        if expected.is_empty() {
            return Ok(proof);
        }
        expected.sort();
        proof.expected = expected.len() as u64;
        let mut client = server.connect(account).await.map_err(Error::at_target)?;
        let found = fetch(&mut client, &self.options.script)
            .await
            .map_err(Error::at_target)?;
        let flaw = match found {
            Some(text) if digest::of(text.as_bytes()) == script => {
                proof.proved = proof.expected;
                return Ok(proof);
            }
            Some(_) => Finding::lossy(
                "VERIFY-CHANGED",
                "the script has changed on the target since it was proved",
            ),
            None => Finding::lossy("VERIFY-MISSING", "the target does not hold the script any more"),
        };
        for (entity, id) in expected {
            proof.flaw((entity, &account.mail), entity.name(), &id, flaw.clone());
        }
        Ok(proof)
    }
}
