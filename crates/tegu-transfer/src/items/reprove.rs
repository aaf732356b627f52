//! Calendars and contacts that were moved, proved again by what the target gives back.

use super::identity;
use crate::{
    Entity, Finding, Proof, ProveContext, Result, digest,
    job::job_key,
    journal::{ContainerKey, RECORDS, Records},
    targets::ItemTarget,
};

/// Resources that are asked for at once.
const BATCH: usize = 100;

pub(super) async fn prove(
    entity: Entity,
    target: &dyn ItemTarget,
    context: &ProveContext<'_>,
) -> Result<Proof> {
    let place = (entity, context.account().mail.as_str());
    let key = job_key(entity, context.account().id.clone());
    let mut proof = Proof::default();
    let mut writer = None;
    for log in context
        .journal()
        .logs(&key)
        .await?
        .iter()
        .filter(|log| log.kind == RECORDS)
    {
        let scope = ContainerKey::of_log(&key, log);
        let opened = Records::read(context.journal(), &scope).await?;
        let mut expected = opened
            .records
            .iter()
            .filter(|(_, record)| record.stands_on_target() && !record.on_target)
            .collect::<Vec<_>>();
        if expected.is_empty() {
            continue;
        }
        expected.sort_by_key(|(id, _)| *id);
        proof.expected += expected.len() as u64;
        let container = scope.display();
        let open = match &mut writer {
            Some(open) => open,
            closed => closed.insert(target.open(context.account()).await?),
        };
        let collection = match &opened.target {
            Some(name) if open.reopen(name).await? => name,
            _ => {
                for (id, _) in expected {
                    let gone = "its collection is not on the target any more";
                    proof.flaw(
                        place,
                        &container,
                        id,
                        Finding::lossy("VERIFY-CONTAINER-GONE", gone),
                    );
                }
                continue;
            }
        };
        for batch in expected.chunks(BATCH) {
            let names = batch
                .iter()
                .map(|(id, record)| identity::name_on_target(record, id))
                .collect::<Vec<_>>();
            let found = open.get(collection, &names).await?;
            for ((id, record), found) in batch.iter().zip(found) {
                match (found, record.proof) {
                    (None, _) => {
                        let missing = "the target does not hold it any more";
                        proof.flaw(place, &container, id, Finding::lossy("VERIFY-MISSING", missing));
                    }
                    (Some(_), None) => proof.unproved += 1,
                    (Some(body), Some(proved)) if digest::of(&body) == proved => proof.proved += 1,
                    (Some(_), Some(_)) => {
                        let changed = "it has changed on the target since it was proved";
                        proof.flaw(place, &container, id, Finding::lossy("VERIFY-CHANGED", changed));
                    }
                }
            }
        }
    }
    Ok(proof)
}
